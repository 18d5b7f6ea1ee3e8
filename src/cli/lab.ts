// nscap lab: namespaces with cables between them, made in a moment and taken away without a trace.
import { Command } from 'commander';
import { usageError } from '../errors.ts';
import { notPermitted } from '../netns/command.ts';
import { createLab } from '../netns/lab/create.ts';
import { findLab, onlyLab, standingLabs } from '../netns/lab/find.ts';
import { serve } from '../netns/lab/listener.ts';
import { labRecords } from '../netns/lab/record.ts';
import { removeLab } from '../netns/lab/remove.ts';
import { parseListener } from '../netns/lab/spec.ts';
import { labStatus } from '../netns/lab/status.ts';
import { mayManageNamespaces } from '../netns/user.ts';
import { downText, labText, upText } from '../report/lab.ts';
import { interruptible } from './interrupt.ts';
import { execCommand, shellCommand } from './lab-exec.ts';
import { addLabOptions, type LabOptions, specFrom } from './lab-options.ts';

export function command(): Command {
  return new Command('lab')
    .description('Make, show, break and remove labs: network namespaces with cables between them')
    .enablePositionalOptions()
    .addCommand(upCommand())
    .addCommand(downCommand())
    .addCommand(statusCommand())
    .addCommand(execCommand())
    .addCommand(shellCommand())
    .addCommand(serveCommand(), { hidden: true })
    .addHelpText(
      'after',
      `
Examples:
  nscap lab up                                   ns1 (veth0, 10.0.1.0/24) and ns2 (veth1, 10.0.2.0/24), with routes
  nscap lab up --no-routes                       the same without the routes, to see what then fails
  nscap lab up --topology chain --count 4        ns1 – ns2 – ns3 – ns4, those in the middle forwarding
  nscap lab status
  nscap lab exec ns1 -- ping -c 1 10.0.2.0
  nscap lab down`,
    );
}

function upCommand(): Command {
  return addLabOptions(new Command('up').description('Make a lab, all of it or nothing')).action(
    async (options: LabOptions) => {
      const spec = await specFrom(options);
      requireRoot('up');
      await interruptible((signal) => createLab(spec, { signal }));
      process.stdout.write(upText(spec));
    },
  );
}

function downCommand(): Command {
  return new Command('down')
    .description('Remove a lab: all that it made, and nothing else')
    .argument('[labs...]', 'names of labs, or of namespaces of theirs; by default the one that is up')
    .option('--all', 'every lab there is')
    .addHelpText('after', '\nExample: nscap lab down')
    .action(async (words: string[], { all }: { all?: boolean }) => {
      requireRoot('down');
      const chosen = all ? await standingLabs() : words.length === 0 ? [await onlyLab()] : [];
      for (const word of words) chosen.push(await findLab(word));
      await interruptible(async () => {
        for (const record of new Map(chosen.map((one) => [one.spec.name, one])).values()) {
          const { said, notes } = downText(await removeLab(record));
          process.stdout.write(said);
          process.stderr.write(notes);
        }
      });
    });
}

function statusCommand(): Command {
  return new Command('status')
    .description('Show labs as tables, and where they differ from what they declare')
    .argument('[lab]', 'name of a lab, or of a namespace of one; by default all labs')
    .option('--json', 'one JSON document: an array of labs')
    .option('--check', 'exit with status 1 when something differs')
    .addHelpText('after', '\nExample: nscap lab status')
    .action(async (word: string | undefined, { json, check }: { json?: boolean; check?: boolean }) => {
      requireRoot('status');
      const records = word === undefined ? await labRecords() : [await findLab(word)];
      if (records.length === 0 && !json) await onlyLab();
      const labs = await Promise.all(records.map(labStatus));
      process.stdout.write(json ? `${JSON.stringify(labs, null, 2)}\n` : labs.map(labText).join('\n'));
      if (check && labs.some((lab) => lab.drift.length > 0)) process.exitCode = 1;
    });
}

/** What a lab's listeners are; started by `lab up`, ended by `lab down`. */
function serveCommand(): Command {
  return new Command('serve')
    .argument('<at>', 'PORT or ADDRESS:PORT')
    .option('--stuck', 'never accept')
    .action((at: string, { stuck }: { stuck?: boolean }) => {
      if (parseListener(at) === undefined) throw usageError(`'${at}' is no port to listen on`);
      serve(at, stuck ?? false);
    });
}

function requireRoot(what: string): void {
  if (!mayManageNamespaces()) throw notPermitted(`nscap lab ${what} needs root: a lab outlives the command`);
}
