// Writes the man pages, one a command, from the same definitions as --help: node scripts/ts.mjs scripts/man.ts FOLDER
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Argument, Command, Option } from 'commander';
import { COMMANDS } from '../src/cli/commands.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node scripts/ts.mjs scripts/man.ts FOLDER');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
mkdirSync(folder, { recursive: true });

const pages: [name: string, summary: string][] = [];
for (const [name, [summary, load]] of Object.entries(COMMANDS)) {
  const command = (await load()).command().summary(summary);
  pages.push([`nscap-${name}`, summary]);
  writeFileSync(
    join(folder, `nscap-${name}.1`),
    page(`nscap ${name}`, summary, sections(command, `nscap ${name}`)),
  );
}
writeFileSync(
  join(folder, 'nscap.1'),
  page('nscap', 'packet capture and TCP analysis for Linux network namespaces', overview()),
);

function page(name: string, summary: string, body: string): string {
  const title = name.replaceAll(' ', '-');
  const also = title === 'nscap' ? pages.map(([other]) => other) : ['nscap'];
  return `.TH ${title.toUpperCase()} 1 "" "nscap ${version}" "nscap"
.SH NAME
${title} \\- ${text(summary)}
${body}.SH "SEE ALSO"
${also.map((other) => `.BR ${text(other)} (1)`).join(',\n')},
.BR tcpdump (8),
.BR pcap\\-filter (7),
.BR ip\\-netns (8)
`;
}

function overview(): string {
  return `.SH SYNOPSIS
.B nscap
.I command
.RI [ option .\\|.\\|.]
.SH DESCRIPTION
Captures and explains traffic between Linux network namespaces: packets printed as
.BR tcpdump (8)
prints them, TCP analyzed by Wireshark's rules, the cause named where two namespaces cannot talk.
.SH COMMANDS
${Object.entries(COMMANDS)
  .map(([name, [summary]]) => `.TP\n.BR nscap\\-${text(name)} (1)\n${text(summary)}\n`)
  .join('')}.SH "EXIT STATUS"
${status([
  ['0', 'success'],
  ['1', 'failure'],
  ['2', 'usage error'],
  ['3', 'an assertion did not hold'],
  ['4', 'permission denied'],
])}`;
}

function status(rows: [string, string][]): string {
  return rows.map(([number, meaning]) => `.TP\n.B ${number}\n${text(meaning)}\n`).join('');
}

/** SYNOPSIS, DESCRIPTION, ARGUMENTS and OPTIONS of a command, its subcommands' after it, then what --help ends with. */
function sections(command: Command, path: string): string {
  const help = command.createHelp();
  const visible = command.commands.filter((child) => child.name() !== 'help');
  const usage = command.usage().replace(/^(?=\[options\]|\[command\])/, '');
  return [
    `.SH SYNOPSIS\n${usage
      .split('\n')
      .map((line) => line.trim())
      .map((line) => `.B ${text(line.startsWith('nscap') ? line : `${path} ${line}`)}\n`)
      .join('.br\n')}`,
    command.description() === '' ? '' : `.SH DESCRIPTION\n${text(sentence(command.description()))}\n`,
    argumentsOf(command, '.SH ARGUMENTS\n'),
    list('.SH OPTIONS\n', help.visibleOptions(command)),
    ...visible.map((child) => subcommand(child, `${path} ${child.name()}`)),
    closing(command),
  ].join('');
}

function subcommand(command: Command, path: string): string {
  const help = command.createHelp();
  return `.SH "${text(path.toUpperCase())}"
.B ${text(`${path} ${command.usage()}`)}
.PP
${text(sentence(command.description()))}
${argumentsOf(command, '')}${list('', help.visibleOptions(command))}${closing(command, '.SS')}`;
}

function argumentsOf(command: Command, heading: string): string {
  const rows = command.registeredArguments.filter((argument: Argument) => argument.description !== '');
  if (rows.length === 0) return '';
  return heading + rows.map((row) => `.TP\n.I ${text(row.name())}\n${text(row.description)}\n`).join('');
}

function list(heading: string, options: readonly Option[]): string {
  const rows = options.filter(({ long }) => long !== '--help');
  if (rows.length === 0) return '';
  return heading + rows.map((option) => `.TP\n.B ${text(option.flags)}\n${text(meaning(option))}\n`).join('');
}

/** What --help says of an option: description, choices, default. */
function meaning(option: Option): string {
  const extra: string[] = [];
  if (option.argChoices) extra.push(`choices: ${option.argChoices.join(', ')}`);
  if (option.defaultValue !== undefined && option.defaultValue !== false && !option.negate) {
    extra.push(`default: ${option.defaultValueDescription ?? String(option.defaultValue)}`);
  }
  return extra.length === 0 ? option.description : `${option.description} (${extra.join('; ')})`;
}

/** What stands below the options in --help: its headings end with a colon, what belongs to them is indented. */
function closing(command: Command, macro = '.SH'): string {
  let after = '';
  command.emit('afterHelp', { error: false, command, write: (part: string) => (after += part) });
  let out = '';
  let literal = false;
  const end = () => {
    if (literal) out += '.fi\n.RE\n';
    literal = false;
  };
  for (const line of after.trim().split('\n')) {
    if (line === '') continue;
    const heading = /^(\w[\w ]*)(?: \(.*\))?:$/.exec(line);
    if (heading !== null) {
      end();
      out += `${macro} "${text(heading[1].toUpperCase())}"\n`;
      if (heading[0].includes('(')) out += `${text(line)}\n`;
    } else if (line.startsWith('  ')) {
      if (!literal) out += '.RS 4\n.nf\n';
      literal = true;
      out += `${text(line.slice(2))}\n`;
    } else if (line.startsWith('Exit status: ')) {
      end();
      out += `${macro} "EXIT STATUS"\n${text(line.slice(13))}\n`;
    } else {
      end();
      out += `.PP\n${text(line)}\n`;
    }
  }
  end();
  return out;
}

function sentence(words: string): string {
  const first = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.?!]$/.test(first) ? first : `${first}.`;
}

/** Text as roff takes it: its own characters escaped, and no line a request by accident. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replace(/^(?=[.])/gm, '\\&');
}
