// nscap capture NS IFACE [filter…]: live packets of a namespace, as tcpdump prints them or into a file.
import { Command, Option } from 'commander';
import { filterExpression } from '../filter/expression.ts';
import { enter } from './capture/enter.ts';
import { addCaptureOptions, type CaptureFlags } from './capture/flags.ts';
import { chosenInterfaces, listDevices, listLinkTypes, listTimestampTypes } from './capture/interfaces.ts';
import { namespaceOf, notLive } from './capture/namespace.ts';
import { captureHere } from './capture/open.ts';
import { checkFlags, openingOf, sessionOf } from './capture/request.ts';

export function command(typed: readonly string[] = []): Command {
  const capture = new Command('capture')
    .argument('<namespace>', 'a name, pid:PID, container:NAME, a path, or host')
    .argument('[words...]', 'interfaces, and a filter in pcap-filter(7) syntax')
    .usage('[options] NAMESPACE INTERFACE... [filter...]');
  // tcpdump's way to read a file.
  const read = new Option('-r, --read <file>').hideHelp().argParser((file) => {
    throw notLive(file);
  });
  return addCaptureOptions(capture, typed)
    .addOption(read)
    .addHelpText(
      'after',
      `
Examples:
  nscap capture ns1 veth0 icmp
  nscap capture -X ns1 veth0 tcp port 7096
  nscap capture --analyze ns1 veth0 tcp port 7096
  nscap capture ns1 veth0 -Y tcp.analysis.flags -T fields -e ip.src -e tcp.seq
  nscap capture -w trace.pcap ns1 veth0
  nscap capture -w ring.pcap -C 10 -W 5 ns1 any
  nscap capture ns1 -i veth0 -i ns2:veth1 icmp`,
    )
    .action(async (name: string, words: string[], flags: CaptureFlags) => {
      checkFlags(flags);
      // Contradictions are reported before anything is captured.
      const session = await sessionOf(flags);
      const opening = openingOf(flags);
      const { filterFile, wait = false } = flags;
      let interfaces = flags.interface;
      let namespace = await namespaceOf(name, wait);
      if (interfaces?.some((text) => text.includes(':'))) {
        const { captureAcross, groups } = await import('./capture/points.ts');
        const points = await groups(namespace, interfaces, wait);
        if (points.length > 1) {
          const filter = filterExpression(words, filterFile);
          const delivery = await beside(flags);
          await captureAcross(points, filter, opening, session, wait);
          await delivery?.end();
          return;
        }
        namespace = points[0].namespace;
        interfaces = points[0].names;
      }
      const { listInterfaces, listDataLinkTypes, listTimeStampTypes } = flags;
      const lists = listInterfaces || listDataLinkTypes || listTimeStampTypes;
      const delivery = lists ? undefined : await beside(flags);
      if (namespace.enter.length > 0) namespace = enter(namespace);
      if (listInterfaces) {
        process.stdout.write(listDevices());
        return;
      }
      const { names, filterWords } = await chosenInterfaces(namespace, words, interfaces, wait);
      if (lists) {
        const list = listDataLinkTypes ? listLinkTypes : listTimestampTypes;
        for (const text of names) process.stdout.write(await list(text));
        return;
      }
      await captureHere(namespace, names, filterExpression(filterWords, filterFile), opening, session);
      await delivery?.end();
    });
}

/** What sends rows to an engine while they are captured. */
async function beside({ store, relinquishPrivileges }: CaptureFlags) {
  if (store === undefined) return undefined;
  const { LiveDelivery } = await import('./store/delivery.ts');
  const { futureUser } = await import('../binding/privilege.ts');
  return new LiveDelivery(store, futureUser(relinquishPrivileges));
}
