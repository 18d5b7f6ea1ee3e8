// nscap fields [PATTERN]: the fields that -T fields prints and -Y compares.
import { Command } from 'commander';
import { NscapError } from '../errors.ts';
import { FIELDS } from '../fields/catalogue.ts';
import { Sink } from '../output/sink.ts';

export function command(): Command {
  return new Command('fields')
    .description("list fields under Wireshark's names: name, type, description")
    .argument('[pattern]', 'only those whose name or description has this text in it; * stands for any')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  nscap fields tcp.analysis
  nscap fields 'ip.*addr'`,
    )
    .action((pattern: string | undefined, { json }: { json?: boolean }) => {
      const found = FIELDS.filter(({ name, title }) => matches(pattern ?? '', `${name} ${title}`));
      if (found.length === 0) {
        throw new NscapError('USAGE', `no field has '${pattern}' in its name or description`, {
          hint: 'nscap fields lists all',
        });
      }
      const sink = new Sink();
      if (json) {
        const list = found.map(({ name, type, title }) => ({ name, type, description: title }));
        sink.end(`${JSON.stringify(list, null, 2)}\n`);
        return;
      }
      const width = Math.max(...found.map(({ name }) => name.length));
      const lines = found.map(
        ({ name, type, title }) => `${name.padEnd(width)}  ${type.padEnd(13)}  ${title}\n`,
      );
      sink.end(lines.join(''));
    });
}

/** Whether the pieces between asterisks occur in the text in order, ignoring case. */
function matches(pattern: string, text: string): boolean {
  const lower = text.toLowerCase();
  let from = 0;
  for (const piece of pattern.toLowerCase().split('*')) {
    const index = lower.indexOf(piece, from);
    if (index < 0) return false;
    from = index + piece.length;
  }
  return true;
}
