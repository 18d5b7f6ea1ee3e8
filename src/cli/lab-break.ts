// nscap lab break: something is wrong now. What?
import { Command } from 'commander';
import { shellLine } from '../base/shell.ts';
import { usageError } from '../errors.ts';
import { findLab, onlyLab } from '../lab/find.ts';
import type { SceneOptions } from '../lab/scene.ts';
import { drawColumns } from '../report/table.ts';
import { parsePort } from '../talk/port.ts';
import { requireRoot } from './lab-options.ts';

interface Options extends SceneOptions {
  list?: boolean;
  tell?: boolean;
  json?: boolean;
}

export function breakCommand(): Command {
  return new Command('break')
    .description('Inject a fault into a running lab, one of those that nscap why finds')
    .argument('[kind]', 'a fault of --list, or random, which does not print what it did')
    .argument('[lab]', 'name of a lab, or of a namespace of one; by default the one that is up')
    .option('--list', 'list the faults')
    .option('--from <namespace>', 'the sender; by default the first at the edge of the lab')
    .option('--to <namespace>', 'the target; by default the last at the edge of the lab')
    .option(
      '--port <port>',
      'the TCP port in question; by default the first listener declared, or 7096',
      parsePort,
    )
    .option('--tell', 'with random: print what was done')
    .option('--json', 'one JSON document: what was done, and by which commands')
    .addHelpText(
      'after',
      `
nscap lab reset restores the lab.

Examples:
  nscap lab break no-return-route && nscap why ns1 ns2
  nscap lab break drop-forward --from ns1 --to ns4`,
    )
    .action(async (kind: string | undefined, word: string | undefined, options: Options) => {
      const { BREAKS, breakLab } = await import('../lab/break.ts');
      if (options.list) {
        const rows = Object.entries(BREAKS).map(([name, { summary }]) => [name, summary]);
        process.stdout.write(`${drawColumns(rows)}\n`);
        return;
      }
      if (kind === undefined)
        throw usageError('the kind of fault is missing', 'nscap lab break --list lists them');
      requireRoot('break');
      const record = word === undefined ? await onlyLab() : await findLab(word);
      const broken = await breakLab(record, kind, options);
      const silent = kind === 'random' && !options.tell;
      if (options.json) process.stdout.write(`${JSON.stringify(broken, null, 2)}\n`);
      else if (silent)
        process.stdout.write(`something is wrong in ${record.spec.name} now: nscap why says what\n`);
      else {
        const commands = broken.commands
          .map(
            ({ argv, input }) =>
              `  ${[shellLine(argv), ...(input ?? '').trim().split('\n')].join('\n  ').trimEnd()}\n`,
          )
          .join('');
        process.stdout.write(`${broken.sentence}\n${commands}`);
      }
    });
}
