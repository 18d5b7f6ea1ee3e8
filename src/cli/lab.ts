// nscap lab: namespaces with cables between them, made in a moment and removed completely.
import { Command } from 'commander';
import { usageError } from '../errors.ts';
import { createLab } from '../lab/create.ts';
import { checkRemovable, findLab, onlyLab, onlyRemovable, standingLabs } from '../lab/find.ts';
import { serve } from '../lab/listener.ts';
import { type LabRecord, labRecords } from '../lab/record.ts';
import { removeLab } from '../lab/remove.ts';
import { LAB_SCHEMA } from '../lab/schema.ts';
import { type LabSpec, parseListener } from '../lab/spec.ts';
import { labStatus } from '../lab/status.ts';
import { downText, labText, upText } from '../report/lab.ts';
import { interruptible } from './interrupt.ts';
import { breakCommand } from './lab-break.ts';
import { execCommand, shellCommand } from './lab-exec.ts';
import { addLabOptions, type LabOptions, requireRoot, specFrom } from './lab-options.ts';

export function command(): Command {
  return new Command('lab')
    .description('Create, show, break and remove labs: network namespaces and the links between them')
    .enablePositionalOptions()
    .addCommand(upCommand())
    .addCommand(downCommand())
    .addCommand(statusCommand())
    .addCommand(execCommand())
    .addCommand(shellCommand())
    .addCommand(breakCommand())
    .addCommand(resetCommand())
    .addCommand(schemaCommand())
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
  nscap lab break no-route && nscap why ns1 ns2
  nscap lab down`,
    );
}

function upCommand(): Command {
  const command = new Command('up')
    .description('Create a lab, completely or not at all')
    .argument('[file]', 'a lab file (YAML or JSON); without one, the lab that the options describe');
  return addLabOptions(command)
    .addHelpText('after', '\nExamples:\n  nscap lab up --topology star --count 5\n  nscap lab up office.yaml')
    .action(async (file: string | undefined, options: LabOptions) => {
      const spec = await specFrom(file === undefined ? options : { ...options, file });
      requireRoot('up');
      await interruptible((signal) => createLab(spec, { signal }));
      process.stdout.write(upText(spec));
    });
}

function downCommand(): Command {
  return new Command('down')
    .description('Remove a lab: everything it created, and nothing else')
    .argument(
      '[labs...]',
      'names of labs, of namespaces of theirs, or of lab files; by default the one that is up',
    )
    .option('--all', 'every lab there is')
    .addHelpText('after', '\nExample: nscap lab down')
    .action(async (words: string[], { all }: { all?: boolean }) => {
      requireRoot('down');
      const chosen = all ? await standingLabs() : words.length === 0 ? [await onlyRemovable()] : [];
      for (const word of words) chosen.push((await meant(word)).record);
      for (const record of chosen) checkRemovable(record);
      await interruptible(async () => {
        for (const record of new Map(chosen.map((candidate) => [candidate.spec.name, candidate])).values())
          await remove(record);
      });
    });
}

function statusCommand(): Command {
  return new Command('status')
    .description('Show labs as tables, and where they differ from what they declare')
    .argument('[lab]', 'name of a lab, of a namespace of one, or of a lab file; by default all labs')
    .option('--json', 'one JSON document: an array of labs')
    .option('--check', 'exit with status 1 if anything differs')
    .addHelpText(
      'after',
      '\nWith a file the lab is compared with what the file says now.\n\nExample: nscap lab status',
    )
    .action(async (word: string | undefined, { json, check }: { json?: boolean; check?: boolean }) => {
      requireRoot('status');
      const chosen =
        word === undefined ? (await labRecords()).map((record) => ({ record })) : [await meant(word)];
      if (chosen.length === 0 && !json) await onlyLab();
      const labs = await Promise.all(
        chosen.map(({ record, declared }: Meant) => labStatus(record, declared)),
      );
      process.stdout.write(json ? `${JSON.stringify(labs, null, 2)}\n` : labs.map(labText).join('\n'));
      if (check && labs.some((lab) => lab.drift.length > 0)) process.exitCode = 1;
    });
}

function resetCommand(): Command {
  return new Command('reset')
    .description('Remove a lab and create it again as declared')
    .argument('[lab]', 'name of a lab, or of a namespace of one; by default the one that is up')
    .addHelpText('after', '\nExample: nscap lab break random; nscap why ns1 ns2; nscap lab reset')
    .action(async (word: string | undefined) => {
      requireRoot('reset');
      const record = word === undefined ? await onlyRemovable() : await findLab(word);
      checkRemovable(record);
      await interruptible(async (signal) => {
        await remove(record);
        await createLab(record.spec, { signal });
      });
      process.stdout.write(upText(record.spec));
    });
}

function schemaCommand(): Command {
  return new Command('schema')
    .description('Print the JSON Schema of lab files')
    .addHelpText('after', '\nExample: nscap lab schema > lab.schema.json')
    .action(() => {
      process.stdout.write(`${JSON.stringify(LAB_SCHEMA, null, 2)}\n`);
    });
}

interface Meant {
  record: LabRecord;
  /** What the file declares now, if one is given. */
  declared?: LabSpec;
}

async function meant(word: string): Promise<Meant> {
  if (!/\/|\.(ya?ml|json)$/.test(word)) return { record: await findLab(word) };
  const { readLabFile } = await import('../lab/file.ts');
  const declared = await readLabFile(word);
  return { record: await findLab(declared.name), declared };
}

async function remove(record: LabRecord): Promise<void> {
  const { said, notes } = downText(await removeLab(record));
  process.stdout.write(said);
  process.stderr.write(notes);
}

/** What a lab's listeners are; started by `lab up`, ended by `lab down`. */
function serveCommand(): Command {
  return new Command('serve')
    .argument('<at>', 'PORT or ADDRESS:PORT')
    .option('--stuck', 'never accept')
    .action((endpoint: string, { stuck }: { stuck?: boolean }) => {
      if (parseListener(endpoint) === undefined) throw usageError(`'${endpoint}' is no port to listen on`);
      serve(endpoint, stuck ?? false);
    });
}
