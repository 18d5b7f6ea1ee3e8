// The options of tshark that `read` and `capture` share: -T, -e NAME, -E.
import { type Command, Option } from 'commander';
import { usageError } from '../errors.ts';
import type { Display } from '../fields/displayed.ts';
import type { Field } from '../fields/field.ts';
import type { PacketSource } from '../source/source.ts';
import { gather } from './arguments.ts';

/** What commander makes of them. */
export interface FieldFlags {
  T?: string;
  E?: string[];
  /** Names of fields with -T; without it tcpdump's -e, a plain flag. */
  e?: boolean | string[];
  displayFilter?: string;
}

/** The formats of tshark that are supported for chosen fields. */
const FORMATS = ['fields', 'json', 'ek'] as const;
type FieldFormat = (typeof FORMATS)[number];

/**
 * Is `-e` tshark's, which takes the name of a field? To tcpdump it prints the link-layer header, and so it does where no
 * -T selects fields.
 */
function takesFields(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end < 0 ? words : words.slice(0, end)).some(
    (word) => /^-[a-zA-Z#]*T/.test(word) && !/^--/.test(word),
  );
}

/** -Y of a command; `what` it does with the packets. */
export function displayFilterOption(what: string): Option {
  return new Option(
    '-Y, --display-filter <filter>',
    `${what} that match this display filter, in Wireshark's language, such as 'tcp.analysis.retransmission && ip.addr == 10.0.1.0/24'`,
  );
}

/** Adds -Y, -T and -E to a command. */
export function addFieldOptions(command: Command): Command {
  return command
    .addOption(displayFilterOption('only packets'))
    .option('-T <format>', 'print fields instead: fields, json or ek, as tshark does; -e NAME says which')
    .option(
      '-E <option>',
      'with -T fields: header=y, separator=, quote=d, occurrence=f, aggregator=; or bom=y',
      gather,
    );
}

/** What -e means in `words`, as typed. */
export function linkOrField(words: readonly string[]): Option {
  return takesFields(words)
    ? new Option('-e <field>', 'with -T: a field to print, such as ip.src').argParser(gather)
    : new Option('-e', 'print the link-layer header; with -T, -e NAME: a field to print, such as ip.src');
}

/**
 * What says of each record in turn whether a display filter takes it; undefined where there is none. `named`: the source's
 * records say which interface they are from, as those of pcapng do.
 */
export async function displayOf(
  source: PacketSource,
  text: string | undefined,
  named: boolean,
): Promise<Display | undefined> {
  if (text === undefined) return undefined;
  const { displayFilter } = await import('../fields/filter/compile.ts');
  const { Display } = await import('../fields/displayed.ts');
  return new Display(await displayFilter(text), source.interfaces, named);
}

export interface FieldRequest {
  format: FieldFormat;
  fields: Field[];
  cells: import('../fields/table.ts').CellOptions;
}

/** The requested fields, and their format; undefined if there are none. @throws NscapError USAGE */
export async function fieldRequest(flags: FieldFlags): Promise<FieldRequest | undefined> {
  if (flags.T === undefined || flags.T === 'text') {
    if (Array.isArray(flags.e)) {
      throw usageError('-e NAME is about -T fields, -T json or -T ek', 'nscap read -T fields -e ip.src FILE');
    }
    if (flags.E !== undefined) throw usageError('-E is about -T fields, which is not given');
    return undefined;
  }
  const format = FORMATS.find((candidate) => candidate === flags.T);
  if (format === undefined) {
    throw usageError(`'${flags.T}' is not a format of -T`, `${FORMATS.join(', ')} and text are`);
  }
  if (!Array.isArray(flags.e))
    throw usageError(`-T ${format} prints fields, and -e names none`, '-e ip.src -e tcp.seq');
  const { fieldsNamed } = await import('../fields/catalogue.ts');
  const { cellOptions } = await import('../fields/table.ts');
  return { format, fields: fieldsNamed(flags.e), cells: cellOptions(flags.E ?? []) };
}
