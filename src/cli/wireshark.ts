// nscap wireshark NS IFACE [filter…]: a capture that Wireshark shows while it goes on.
import { Command } from 'commander';
import { usageError } from '../errors.ts';

export function command(): Command {
  return new Command('wireshark')
    .description('Capture inside a namespace and show the packets in Wireshark as they come')
    .argument('[words...]', 'namespace, interfaces and a filter, with the options of nscap capture')
    .usage('[options] NAMESPACE INTERFACE... [filter...]')
    .option('--command', 'print the command line that does so from another machine, and do nothing')
    .option('--program <program>', 'what to start instead of wireshark')
    .allowUnknownOption()
    .addHelpText(
      'after',
      `
Examples:
  sudo nscap wireshark ns1 veth0
  sudo nscap wireshark --drops ns1 any tcp port 443
  nscap wireshark --command ns1 veth0`,
    )
    .action(async (words: string[], flags: { command?: boolean; program?: string }) => {
      if (words.filter((word) => !word.startsWith('-')).length < 1) {
        throw usageError('the namespace is missing', 'nscap wireshark NAMESPACE INTERFACE [filter...]');
      }
      const { openWireshark, remoteCommand } = await import('./wireshark/open.ts');
      if (flags.command) process.stdout.write(`${remoteCommand(words)}\n`);
      else await openWireshark(words, flags.program ?? 'wireshark');
    });
}
