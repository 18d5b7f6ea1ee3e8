// Puts what --help prints into the pages of docs/, between <!-- help --> and <!-- /help -->, the codes of findings of
// analyze and why between <!-- findings --> and <!-- /findings -->, and those of the evidence of why between
// <!-- observations --> and <!-- /observations -->:
//   node scripts/ts.mjs scripts/docs.ts            rewrites the pages
//   node scripts/ts.mjs scripts/docs.ts --check    exits with 1 and names those that differ
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { COMMANDS } from '../src/cli/commands.ts';
import { CONNECTION_FINDINGS } from '../src/flow/findings/codes.ts';
import { markdown } from '../src/store/documents.ts';
import { FINDING_CODES, OBSERVATION_CODES } from '../src/why/codes.ts';

const BLOCK = /(?<=<!-- help -->\n)[\s\S]*?(?=<!-- \/help -->)/;
const FINDINGS = /(?<=<!-- findings -->\n)[\s\S]*?(?=<!-- \/findings -->)/;
const OBSERVATIONS = /(?<=<!-- observations -->\n)[\s\S]*?(?=<!-- \/observations -->)/;
/** The tables of a store, in docs/store.md. */
const TABLES = /(?<=<!-- tables -->\n)[\s\S]*?(?=<!-- \/tables -->)/;
const FINDINGS_OF: Record<string, Record<string, string>> = {
  analyze: CONNECTION_FINDINGS,
  why: FINDING_CODES,
};
const check = process.argv.includes('--check');
const wrong: string[] = [];
for (const [name, [, load]] of Object.entries(COMMANDS)) {
  const path = `docs/${name}.md`;
  if (!existsSync(path)) {
    wrong.push(`${path} is missing`);
    continue;
  }
  const page = readFileSync(path, 'utf8');
  if (!BLOCK.test(page)) wrong.push(`${path} has no <!-- help --> … <!-- /help -->`);
  const command = (await load()).command();
  const made = page
    .replace(BLOCK, () => `\`\`\`\n${helps(command, `nscap ${name}`).join('\n')}\`\`\`\n`)
    .replace(TABLES, () => `\n${markdown()}\n`)
    .replace(FINDINGS, () => codesTable(FINDINGS_OF[name] ?? {}))
    .replace(OBSERVATIONS, () => codesTable(OBSERVATION_CODES));
  if (made === page) continue;
  if (check) wrong.push(`${path} is not what --help prints now: npm run docs`);
  else writeFileSync(path, made);
}
for (const line of wrong) console.error(line);
if (wrong.length > 0) process.exitCode = 1;

/** A table of the codes. */
function codesTable(codes: Record<string, string>): string {
  const rows = Object.entries(codes).map(([code, meaning]) => [`\`${code}\``, meaning] as const);
  const widths = [0, 1].map((column) => Math.max(7, ...rows.map((row) => row[column].length)));
  const lines = [['code', 'meaning'], widths.map((width) => '-'.repeat(width)), ...rows].map(
    ([code, meaning]) => `| ${code!.padEnd(widths[0])} | ${meaning!.padEnd(widths[1])} |\n`,
  );
  return `${lines.join('')}`;
}

/** The help of a command, and of each below it. */
function helps(command: Command, path: string): string[] {
  command.configureHelp({ helpWidth: 100, commandUsage: () => `${path} ${command.usage()}` });
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  const below = command.commands.filter((child) => child.name() !== 'help');
  return [text, ...below.flatMap((child) => helps(child, `${path} ${child.name()}`))];
}
