// The printing options that `read` and `capture` share: tcpdump's letters with tcpdump's meaning.
import { type Command, Option } from 'commander';
import { isTerminal } from '../base/terminal.ts';
import { usageError } from '../errors.ts';
import { type PrintOptions, SINCE_FIRST } from '../print/engine/options.ts';

/** What commander makes of them; counted options are numbers. */
export interface PrintFlags {
  e?: boolean | string[];
  q?: number;
  verbose?: number;
  absoluteTcpSequenceNumbers?: boolean;
  x?: number;
  X?: number;
  A?: number;
  t?: number;
  nano?: boolean;
  number?: boolean;
  dontVerifyChecksums?: boolean;
  explain?: boolean;
  color?: 'auto' | 'always' | 'never';
  resolve?: boolean;
}

const LINK_HEADER = new Option('-e', 'print the link-layer header');

/** Adds the options to a command; `link`: what -e means, where it may mean something else (field-options.ts). */
export function addPrintOptions(command: Command, link = LINK_HEADER): Command {
  return command
    .option('-n', 'print numbers, not names (the default)')
    .addOption(link)
    .addOption(counted('-q', 'print less'))
    .addOption(counted('-v, --verbose', 'print more; -vv and -vvv still more'))
    .option('-S, --absolute-tcp-sequence-numbers', 'print absolute TCP sequence numbers')
    .addOption(counted('-x', 'print the packet in hex; -xx with the link header'))
    .addOption(counted('-X', 'print the packet in hex and ASCII; -XX with the link header'))
    .addOption(counted('-A', 'print the packet in ASCII; -AA with the link header'))
    .addOption(
      counted(
        '-t',
        'no time; -tt seconds since 1970; -ttt since the last packet; -tttt date; -ttttt since the first',
        SINCE_FIRST,
      ),
    )
    .option('--nano', 'print nine digits of a second')
    .option('-#, --number', 'print the number of each packet')
    .option('-K, --dont-verify-checksums', 'do not verify checksums')
    .option(
      '--resolve',
      'print names of hosts, ports and protocols where there are any, and vendors of MAC addresses',
    )
    .option('--explain', 'say in words what a packet does, and what is normal though it looks wrong')
    .addOption(new Option('--no-explain').hideHelp())
    .addOption(
      new Option('--color <when>', 'colour by what a packet does')
        .choices(['auto', 'always', 'never'])
        .default('auto', 'auto: on a terminal'),
    );
}

/** An option whose value is how often it was given, at most `most` times: -vv is 2. */
function counted(flags: string, description: string, most = Number.POSITIVE_INFINITY): Option {
  return new Option(flags, description).argParser((_, before: number | undefined) => {
    if (before === most) {
      throw usageError(
        `${flags} is given more than ${most} times`,
        `-${flags[1].repeat(most)} is the most there is`,
      );
    }
    return (before ?? 0) + 1;
  });
}

/** What the options say, for PacketPrinter. */
export function printOptions(flags: PrintFlags): Partial<PrintOptions> {
  const terminal = isTerminal(1);
  return {
    link: flags.e === true,
    quiet: flags.q ?? 0,
    verbose: flags.verbose ?? 0,
    absolute: flags.absoluteTcpSequenceNumbers === true,
    hex: flags.x ?? 0,
    hexAscii: flags.X ?? 0,
    ascii: flags.A ?? 0,
    time: flags.t ?? 0,
    nano: flags.nano === true,
    number: flags.number === true,
    checksums: flags.dontVerifyChecksums !== true,
    explain: flags.explain === true,
    colour: flags.color === 'always' || (flags.color !== 'never' && terminal && !process.env.NO_COLOR),
    terminal,
  };
}
