// The options of `nscap drops`.
import { type Command, Option } from 'commander';
import { WAYS, type Way } from '../../drops/event.ts';
import { usageError } from '../../errors.ts';
import { parseDropAssertions } from '../../report/drop-assertions.ts';
import { gather, parseCount, parseDuration } from '../arguments.ts';
import { displayFilterOption } from '../field-options.ts';
import { addPrintOptions, type PrintFlags, printOptions } from '../print-options.ts';
import { STORE_OPTION } from '../store/options.ts';
import type { DropPlan } from './plan.ts';

/** What commander makes of them. The duration is in milliseconds. */
export interface DropFlags extends PrintFlags {
  how?: Way;
  write?: string;
  print?: boolean;
  count?: number;
  duration?: number;
  json?: boolean;
  assert?: string[];
  filterFile?: string;
  displayFilter?: string;
  relinquishPrivileges?: string;
  rules: boolean;
  store?: string;
}

export function addDropOptions(command: Command): Command {
  command
    .addOption(
      new Option(
        '--how <way>',
        'how to learn of drops (default: the first of these that is allowed)',
      ).choices([...WAYS]),
    )
    .option(
      '-w, --write <file>',
      'write the packets to a pcapng file, reasons as comments; - for standard output',
    )
    .option('--print', 'with -w: print the packets as well')
    .option('-c, --count <n>', 'exit after n events', parseCount)
    .option('--duration <time>', 'exit after this time', parseDuration)
    .option('--json', 'print one JSON object a line for each event')
    .option(
      '--assert <assertion>',
      'exit with status 3 unless it holds at the end, such as "drops == 0"; may be given several times',
      gather,
    )
    .option('--no-rules', 'do not ask nft which rule dropped a packet')
    .option('-F, --filter-file <file>', 'read the filter from a file')
    .addOption(displayFilterOption('only packets'))
    .option('-l', 'ignored; for compatibility: each line is written as it comes')
    .option(
      '-Z, --relinquish-privileges <user>',
      'become this user once everything is attached (default: the user who ran sudo)',
    );
  command.option(...STORE_OPTION);
  return addPrintOptions(command);
}

/** Throws a usage error where options contradict each other. */
export function checkDropFlags(flags: DropFlags): void {
  if (flags.write === '-' && (flags.print || flags.json)) {
    throw usageError(
      `standard output cannot take both the packets and what ${flags.print ? '--print' : '--json'} prints`,
    );
  }
  if (flags.displayFilter !== undefined && flags.how === 'counters') {
    throw usageError('-Y matches packets, and --how counters has none');
  }
  if (flags.displayFilter !== undefined && flags.assert !== undefined) {
    throw usageError(
      '--assert is about all that the kernel counts, and -Y sees only the packets that are shown',
      "give the filter in pcap-filter(7) syntax: nscap drops --assert 'drops == 0' tcp port 443",
    );
  }
  if (flags.print && flags.write === undefined) throw usageError('--print goes with -w FILE');
}

/** What the options ask for once everything is attached. @throws NscapError USAGE where an assertion cannot be meant */
export function dropPlanOf(flags: DropFlags): DropPlan {
  const { write, json, count, duration, store } = flags;
  return {
    write,
    shown: json ? 'objects' : write === undefined || flags.print ? 'lines' : 'nothing',
    print: printOptions(flags),
    explain: flags.explain === true,
    count,
    duration,
    assertions: parseDropAssertions(flags.assert ?? []),
    user: flags.relinquishPrivileges,
    store,
  };
}
