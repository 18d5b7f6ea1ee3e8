// nscap capture NS IFACE [filter…]: live packets of a namespace, as tcpdump prints them or into a file.
import { Command } from 'commander';
import { replaceProcess } from '../binding/exec.ts';
import { NscapError, usageError } from '../errors.ts';
import { filterExpression } from '../filter/expression.ts';
import { missingTool, notPermitted, toolEnvironment } from '../netns/command.ts';
import { enterArgv, type Namespace } from '../netns/namespace.ts';
import { mayManageNamespaces, selfArgv } from '../netns/user.ts';
import { addCaptureOptions, type CaptureFlags, checkFlags } from './capture/flags.ts';
import {
  divideWords,
  interfaceNamed,
  listDevices,
  listLinkTypes,
  listTimestampTypes,
  namespaceOf,
} from './capture/interfaces.ts';
import { captureHere } from './capture/session.ts';

export function command(): Command {
  const capture = new Command('capture')
    .argument('<namespace>', 'a name, pid:PID, /path/to/namespace, or host')
    .argument('[words...]', 'interfaces, and a filter in pcap-filter(7) syntax')
    .usage('[options] NAMESPACE INTERFACE... [filter...]');
  return addCaptureOptions(capture)
    .addHelpText(
      'after',
      `
Examples:
  nscap capture ns1 veth0 icmp
  nscap capture -X ns1 veth0 tcp port 7096
  nscap capture -w trace.pcap ns1 veth0
  nscap capture -w ring.pcap -C 10 -W 5 ns1 any
  nscap capture ns1 -i veth0 -i ns2:veth1 icmp`,
    )
    .action(async (name: string, words: string[], flags: CaptureFlags) => {
      checkFlags(flags);
      await capturePackets(name, words, flags);
    });
}

async function capturePackets(name: string, words: string[], flags: CaptureFlags): Promise<void> {
  const wait = flags.wait === true;
  const namespace = await namespaceOf(name, wait);
  if (namespace.enter.length > 0) enter(namespace);
  if (flags.listInterfaces) {
    process.stdout.write(listDevices());
    return;
  }
  const [given, filterWords] = divideWords(words, flags.interface);
  const names: string[] = [];
  for (const one of given) names.push(await interfaceNamed(namespace, one, wait));
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined) throw usageError(`the interface ${twice} is given twice`);
  if (flags.listDataLinkTypes || flags.listTimeStampTypes) {
    const list = flags.listDataLinkTypes ? listLinkTypes : listTimestampTypes;
    for (const one of names) process.stdout.write(list(one));
    return;
  }
  await captureHere(namespace, names, filterExpression(filterWords, flags.filterFile), flags);
}

/** This very command line again, inside the namespace and in this process's place. */
function enter(namespace: Namespace): never {
  if (!mayManageNamespaces())
    throw notPermitted(`entering the namespace '${namespace.label}' is not permitted`);
  const argv = enterArgv(namespace, selfArgv(process.argv.slice(2)));
  const environment = toolEnvironment();
  // Node would read a whole bundle of certificates each time it starts, which nobody needs here.
  delete environment.NODE_EXTRA_CA_CERTS;
  const code = replaceProcess(argv, environment);
  throw code === 'ENOENT'
    ? missingTool(argv[0]!)
    : new NscapError('SYSTEM', `cannot run ${argv[0]}: ${code}`);
}
