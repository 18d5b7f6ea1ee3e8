// nscap capture NS IFACE [filter…]: live packets of a namespace, as tcpdump prints them or into a file.
import { Command, Option } from 'commander';
import { enter } from './capture/enter.ts';
import { addCaptureOptions, type CaptureFlags, checkFlags } from './capture/flags.ts';
import { captureInside } from './capture/inside.ts';
import { namespaceOf, notLive } from './capture/namespace.ts';
import { fieldRequest } from './field-options.ts';

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
      // What is wrong with fields or a filter is said before anything is captured.
      await fieldRequest(flags);
      if (flags.displayFilter !== undefined) {
        await (await import('../fields/filter/compile.ts')).displayFilter(flags.displayFilter);
      }
      if (flags.junit !== undefined) (await import('./assertions.ts')).checkJunit(flags.junit, flags.assert);
      if (flags.assert !== undefined) (await import('../report/assertions.ts')).parseAssertions(flags.assert);
      let namespace = await namespaceOf(name, flags.wait === true);
      if (flags.interface?.some((one) => one.includes(':'))) {
        const { captureAcross, groups } = await import('./capture/points.ts');
        const points = await groups(namespace, flags.interface, flags.wait === true);
        if (points.length > 1) {
          const delivery = await beside(flags.store);
          await captureAcross(points, words, flags);
          await delivery?.end();
          return;
        }
        namespace = points[0]!.namespace;
        flags.interface = points[0]!.names;
      }
      const delivery = await beside(flags.store);
      if (namespace.enter.length > 0) namespace = enter(namespace);
      await captureInside(namespace, words, flags);
      await delivery?.end();
    });
}

/** What sends rows to an engine while they are captured. */
async function beside(store: string | undefined) {
  if (store === undefined) return undefined;
  const { LiveDelivery } = await import('./store/delivery.ts');
  return new LiveDelivery(store);
}
