// nscap extcap: called by Wireshark to list, describe and capture on the interfaces of every namespace; and its installation.
import { Command } from 'commander';
import { usageError } from '../errors.ts';

interface FolderFlags {
  dir?: string;
  json?: boolean;
}

export function command(): Command {
  const extcap = new Command('extcap')
    .description(
      "Put the interfaces of every network namespace into Wireshark's own list: install, and the calls of its extcap contract",
    )
    .argument(
      '[words...]',
      "the options of Wireshark's calls; unknown ones are ignored, as the contract has it",
    )
    .usage('install|uninstall|status')
    .allowUnknownOption()
    .addHelpText(
      'after',
      `
Examples:
  sudo nscap extcap install
  nscap extcap status
  tshark -D
  tshark -i ns1:veth0
  tshark -i all-namespaces -o extcap.all_namespaces.drops:true`,
    )
    .action(async (words: string[]) => {
      const { isCall, parseCall } = await import('./extcap/call.ts');
      if (!isCall(words))
        throw usageError('what is to be done is missing', 'nscap extcap install, uninstall or status');
      const { answer } = await import('./extcap/answer.ts');
      await answer(parseCall(words));
    });
  const folder = [
    '--dir <folder>',
    "Wireshark's extcap folder (default: those that tshark and wireshark report)",
  ] as const;
  extcap
    .command('install')
    .description(
      'put a launcher into the extcap folder of each Wireshark: for all users as root, else for this user',
    )
    .option(...folder)
    .addHelpText('after', '\nExample:\n  sudo nscap extcap install')
    .action(async (flags: FolderFlags) => (await import('./extcap/install.ts')).install(flags.dir));
  extcap
    .command('uninstall')
    .description('remove the launchers')
    .option(...folder)
    .addHelpText('after', '\nExample:\n  sudo nscap extcap uninstall')
    .action(async (flags: FolderFlags) => (await import('./extcap/install.ts')).uninstall(flags.dir));
  extcap
    .command('status')
    .description('where launchers are, and whether they work')
    .option(...folder)
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExample:\n  nscap extcap status')
    .action(async (flags: FolderFlags) =>
      (await import('./extcap/install.ts')).status(flags.dir, flags.json === true),
    );
  return extcap;
}
