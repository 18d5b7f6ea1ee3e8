// Labs as tables and sentences.
import { escapeControls } from '../base/escape-controls.ts';
import { shellLine } from '../base/shell.ts';
import type { Removal } from '../lab/remove.ts';
import type { LabSpec } from '../lab/spec.ts';
import type { LabStatus } from '../lab/status.ts';
import { drawTable } from './table.ts';

/** Lines of one cell; more are unreadable and slow to draw. --json has all. */
const LINES = 6;

/** A lab: one line on it, the table of its interfaces, what differs from what it declares. */
export function labText(lab: LabStatus): string {
  const rows: string[][] = [];
  for (const namespace of lab.namespaces) {
    if (!namespace.present) rows.push([namespace.name, '', '', '', 'gone', '']);
    namespace.interfaces.forEach((one, at) => {
      const routes = at === 0 ? [...one.routes, ...namespace.refusals] : one.routes;
      rows.push([
        at === 0 ? namespace.name : '',
        escapeControls(one.name),
        cell([...(one.peer ? [one.peer] : []), ...(one.master ? [`port of ${one.master}`] : [])]),
        cell(one.addresses),
        one.state,
        cell(routes),
      ]);
    });
  }
  const state = lab.state === 'up' ? 'is up' : `is ${lab.state}`;
  const lines = [
    `lab ${lab.name} ${state} since ${lab.since.slice(0, 19).replace('T', ' ')} UTC`,
    drawTable(['namespace', 'interface', 'peer', 'address', 'state', 'routes'], rows, { rules: 'rows' }),
  ];
  for (const { namespace, sentence, fix } of lab.drift) {
    lines.push(
      escapeControls(
        `differs: ${namespace}: ${sentence}${fix === undefined ? '' : `   (${shellLine(fix)})`}`,
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}

function cell(all: string[]): string {
  const shown = all.length <= LINES ? all : [...all.slice(0, LINES - 1), `… ${all.length - LINES + 1} more`];
  return shown.map(escapeControls).join('\n');
}

/** What `lab up` says when all is there. */
export function upText(spec: LabSpec): string {
  const names = Object.keys(spec.namespaces);
  const shown = names.length > 6 ? `${names.slice(0, 3).join(', ')} … ${names.at(-1)}` : names.join(', ');
  const links = spec.links?.length ?? 0;
  return `lab ${spec.name} is up: ${names.length} namespace${names.length === 1 ? '' : 's'} (${shown}), ${links} link${links === 1 ? '' : 's'}\n`;
}

/** What `lab down` says on standard output, and what on standard error. */
export function downText(removal: Removal): { said: string; notes: string } {
  const { name, removed, left, processes } = removal;
  const shown =
    removed.length > 6 ? `${removed.length} namespaces` : removed.join(', ') || 'nothing was left of it';
  const notes = [
    ...left.map(({ namespace, reason }) =>
      reason === 'gone'
        ? `${namespace} was gone already`
        : `${namespace} is not the namespace that the lab made: left alone`,
    ),
    ...processes.map(
      ({ pid, command, namespace }) => `${command} (process ${pid}) still runs, in what was ${namespace}`,
    ),
  ];
  return {
    said: `lab ${name} is down: ${shown}\n`,
    notes: notes.map((note) => `nscap: ${escapeControls(note)}\n`).join(''),
  };
}
