// Writes docs/api.md: every export of src/index.ts with its docstring.
//   node scripts/ts.mjs scripts/api.ts            rewrites the page
//   node scripts/ts.mjs scripts/api.ts --check    exits with 1 where it differs
// An export without a docstring is an error, and so is a signature that names a type of ours that is not exported.
// It asks the compiler, by the interface that TypeScript 7 has for that. (TypeDoc 0.28 and API Extractor 7.60 need
// TypeScript 6 at most.)
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import {
  API,
  type Checker,
  type Project,
  SymbolFlags,
  type Symbol as TypeSymbol,
} from 'typescript/unstable/sync';

const PAGE = 'docs/api.md';
const SECTIONS = ['Functions', 'Classes', 'Constants', 'Types'] as const;

/** A type, wherever it is declared. */
const DECLARATION = /^(?:export )?(?:abstract )?(?:interface|type|class|enum) (\w+)/gm;
/** On the page: a block of code, or a member. */
const SIGNATURE = /```ts\n([\s\S]*?)```|^- `([^`\n]+)`/gm;
const TYPE_NAME = /(?<![\w.])[A-Z]\w*\b(?!\??:)/g;
/** Types of TypeScript's own whose names ours may have as well. */
const UTILITY = new Set(['Exclude', 'Extract', 'Omit', 'Partial', 'Pick', 'Readonly', 'Record', 'Required']);

/** What is read of a declaration, whichever kind it is. */
interface Declaration extends Node {
  type?: Node;
  body?: Node;
  modifiers?: readonly Node[];
  members?: readonly Declaration[];
}

interface Item {
  section: (typeof SECTIONS)[number];
  name: string;
  text: string;
}

const api = new API({ cwd: resolve('.') });
const project = api
  .updateSnapshot({ openProject: resolve('tsconfig.build.json') })
  .getProjects()[0] as Project;
const checker: Checker = project.checker;
const face = checker.getSymbolAtLocation(project.program.getSourceFile(resolve('src/index.ts'))!)!;
const exported = new Map(
  checker
    .getExportsOfModule(face)
    .map((symbol) => [symbol.name, target(symbol)] as const)
    .sort(([one], [other]) => (one.toLowerCase() < other.toLowerCase() ? -1 : 1)),
);
/** What may be called or made: not exported as a type only. */
const values = new Set(
  Array.from(readFileSync('src/index.ts', 'utf8').matchAll(/export \{([^}]*)\}/g), ([, names]) =>
    names!.split(','),
  )
    .flat()
    .map((name) => name.trim()),
);
/** The names of all properties and methods of what is exported. */
const properties = new Set(
  [...exported.values()]
    .filter(({ flags }) => flags & (SymbolFlags.Interface | SymbolFlags.Class))
    .flatMap((symbol) => checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)))
    .map(({ name }) => name),
);
const undocumented: string[] = [];
const items = [...exported].map(([name, symbol]) => item(name, symbol));
api.close();

const page = format(`# The library's exports

Generated from the docstrings by \`npm run docs\`. [library.md](library.md) has examples.

${SECTIONS.map((section) => `- ${section}: ${links(of(section))}`).join('\n')}

${SECTIONS.map(
  (section) =>
    `## ${section}\n\n${of(section)
      .map(({ text }) => text)
      .join('\n\n')}`,
).join('\n\n')}
`);
const unspelled = unspelledTypes();
for (const line of unspelled) console.error(line);
for (const name of undocumented) console.error(`${name} is exported and has no docstring`);
if (undocumented.length + unspelled.length > 0) process.exitCode = 1;
else if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
else if (readFileSync(PAGE, 'utf8') !== page) {
  console.error(`${PAGE} is not what the docstrings say now: npm run docs`);
  process.exitCode = 1;
}

/** Types of this repository that signatures on the page name, and that are not on the page. */
function unspelledTypes(): string[] {
  const ours = new Map<string, string>();
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  for (const file of files.map((path) => `src/${path}`))
    for (const [, name] of readFileSync(file, 'utf8').matchAll(DECLARATION)) ours.set(name!, file);
  return items.flatMap(({ name, text }) => {
    const signatures = Array.from(text.matchAll(SIGNATURE), ([, block, member]) => block ?? member).join(
      '\n',
    );
    const named = signatures.replaceAll(/'[^'\n]*'|\/\*[\s\S]*?\*\/|\/\/.*/g, '').matchAll(TYPE_NAME);
    return [...new Set(Array.from(named, ([one]) => one))]
      .filter((one) => ours.has(one) && !exported.has(one) && !UTILITY.has(one))
      .map((one) => `${name} names ${one} (${ours.get(one)}), which src/index.ts does not export`);
  });
}

function of(section: Item['section']): Item[] {
  return items.filter((one) => one.section === section);
}

function links(list: readonly { name: string }[]): string {
  return list.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(', ');
}

/** What a re-export stands for. */
function target(symbol: TypeSymbol): TypeSymbol {
  return symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function item(name: string, symbol: TypeSymbol): Item {
  const node = declarationOf(symbol);
  const about = docstring(symbol);
  if (about === '') undocumented.push(name);
  switch (node.kind) {
    case SyntaxKind.FunctionDeclaration:
      return { section: 'Functions', name, text: whole(name, about, code(signature(node)), tags(symbol)) };
    case SyntaxKind.ClassDeclaration:
      return {
        section: 'Classes',
        name,
        text: whole(name, about, tags(symbol), members(symbol, constructorText(name, node))),
      };
    case SyntaxKind.VariableDeclaration:
      return { section: 'Constants', name, text: whole(name, about, constant(name, symbol), tags(symbol)) };
    case SyntaxKind.TypeAliasDeclaration:
      return { section: 'Types', name, text: whole(name, about, code(alias(name, symbol, node))) };
    default:
      return { section: 'Types', name, text: whole(name, about, members(symbol)) };
  }
}

/** A heading and what comes below it; last the exports that it names. */
function whole(name: string, ...parts: string[]): string {
  const text = parts.filter(Boolean).join('\n\n');
  const codes = [...text.matchAll(/```ts\n([\s\S]*?)```|`([^`\n]+)`/g)]
    .map(([, block, span]) => block ?? span)
    .join(' ');
  const named = [...exported.keys()].filter((other) => other !== name && names(codes, other));
  const see = named.length === 0 ? '' : `\n\nSee ${links(named.map((other) => ({ name: other })))}.`;
  return `### ${name}\n\n${text}${see}`;
}

/** Whether code names an export: a function that is called as a property is, too, only where it is called itself. */
function names(codes: string, name: string): boolean {
  const isCall = properties.has(name) ? '(?=\\()' : '\\b(?!\\??:)';
  return new RegExp(`(?<![\\w.'])${name}${isCall}`).test(codes);
}

function code(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}

/** Properties and methods, those of bases among them that are not exported themselves. */
function members(symbol: TypeSymbol, lines: string[] = []): string {
  const bases = new Set<TypeSymbol>();
  for (const member of checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))) {
    if (member.declarations === undefined || member.declarations.length === 0) continue;
    const node = declarationOf(member);
    if (
      node.modifiers?.some(
        ({ kind }) => kind === SyntaxKind.PrivateKeyword || kind === SyntaxKind.ProtectedKeyword,
      )
    )
      continue;
    const owner = member.getParent();
    const base = owner === undefined ? undefined : [...exported.values()].find((one) => one.id === owner.id);
    if (base !== undefined && base.id !== symbol.id) {
      bases.add(base);
      continue;
    }
    if (owner !== undefined && base === undefined && ['AsyncIterable', 'Error'].includes(owner.name))
      continue;
    const notes = docstring(member).replaceAll(/\s*\n\s*/g, ' ');
    const thrown = tags(member).replaceAll(/\s*\n\s*/g, ' ');
    lines.push(
      `- \`${memberText(member, node)}\`${[notes, thrown]
        .filter(Boolean)
        .map((text) => ` ${text}`)
        .join('')}`,
    );
  }
  const all = bases.size === 0 ? '' : `All of ${links([...bases])}, and:\n\n`;
  return `${all}${lines.join('\n')}`;
}

/** A property as `name: type`; a method, or a constructor, as it is declared. */
function memberText(member: TypeSymbol, node: Declaration): string {
  const optional = member.flags & SymbolFlags.Optional ? '?' : '';
  switch (node.kind) {
    case SyntaxKind.PropertyDeclaration:
    case SyntaxKind.PropertySignature: {
      const constant = node.modifiers?.some(({ kind }) => kind === SyntaxKind.ReadonlyKeyword)
        ? 'readonly '
        : '';
      const type =
        node.type === undefined ? checker.typeToString(checker.getTypeOfSymbol(member)!) : inlined(node.type);
      return `${constant}${member.name}${optional}: ${oneLine(type)}`;
    }
    case SyntaxKind.GetAccessor:
      return `readonly ${oneLine(signature(node)).replace(/^(?:override )?get (\w+)\(\)/, '$1')}`;
    default:
      return oneLine(signature(node));
  }
}

/** A type, with those of its file in it that are not exported by name. */
function inlined(type: Node): string {
  const source = type.getSourceFile().text;
  const local = new Map<string, string>();
  for (const [, name, bases = '', body] of source.matchAll(
    /^(?:export )?interface (\w+)(?: extends ([\w, ]+?))? (\{\n[\s\S]*?\n\})$/gm,
  ))
    local.set(name!, [...bases.split(', ').filter(Boolean), body!].join(' & '));
  for (const [, name, body] of source.matchAll(/^(?:export )?type (\w+) =([\s\S]*?);\n(?=\S|\n|$)/gm))
    local.set(name!, body!.trim());
  let text = textOf(type);
  // As deep as they are made of each other.
  for (let depth = 0; depth < 3; depth++)
    for (const [name, body] of local) {
      if (exported.has(name)) continue;
      const isUnion = /\|/.test(body.replaceAll(/\{[\s\S]*\}/g, ''));
      text = text.replaceAll(new RegExp(`(?<![\\w'.])${name}(?![\\w'])(?!\\??:)`, 'g'), () =>
        isUnion && text !== name ? `(${body})` : body,
      );
    }
  return oneLine(text)
    .replaceAll(/;? \} & \{ /g, '; ')
    .replaceAll(/([(:]|^) ?\| /g, '$1 ')
    .trim();
}

function oneLine(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/;$/, '');
}

/** How an object of a class is made, where the class is exported and not only its type. */
function constructorText(name: string, node: Declaration): string[] {
  const found = node.members?.find(({ kind }) => kind === SyntaxKind.Constructor);
  if (found === undefined || !values.has(name)) return [];
  return [`- \`${oneLine(signature(found)).replace(/^constructor/, `new ${name}`)}\``];
}

/** A type of names, all of them. */
function alias(name: string, symbol: TypeSymbol, node: Declaration): string {
  const text = signature(node);
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  // Made of a constant that is not exported.
  if (!/= \(?(typeof|keyof typeof) /.test(text) || !type.isUnionType()) return text;
  return `type ${name} = ${type
    .getTypes()
    .map((one) => checker.typeToString(one))
    .join(' | ')}`;
}

/** A constant of names and numbers, or of names and texts. */
function constant(name: string, symbol: TypeSymbol): string {
  const entries = checker.getPropertiesOfType(checker.getTypeOfSymbol(symbol)!).map((member) => {
    const type = checker.typeToString(checker.getTypeOfSymbol(member)!);
    return { name: member.name, type };
  });
  if (entries.every(({ type }) => /^\d+$/.test(type)))
    return entries.map((entry) => `\`${name}.${entry.name}\` ${entry.type}`).join(', ');
  return entries.map((entry) => `- \`${entry.name}\` ${entry.type.replace(/^"(.*)"$/, '$1')}`).join('\n');
}

function declarationOf(symbol: TypeSymbol): Declaration {
  return symbol.declarations[0].resolve(project) as unknown as Declaration;
}

/** The text of a node without its docstring, up to its body. */
function signature(node: Declaration): string {
  const end = node.body === undefined ? node.end : node.body.pos;
  return node
    .getSourceFile()
    .text.slice(node.getStart(), end)
    .replace(/^export (async )?/, '')
    .replace(/^async /, '')
    .trim();
}

function textOf(node: Node): string {
  return node.getSourceFile().text.slice(node.getStart(), node.end);
}

function docstring(symbol: TypeSymbol): string {
  return checker.getDocumentationCommentOfSymbol(symbol).trim();
}

/** @param, @throws and @example in words. */
function tags(symbol: TypeSymbol): string {
  return checker
    .getJsDocTagsOfSymbol(symbol)
    .map(({ name, text }) => {
      const words = (typeof text === 'string' ? text : (text ?? []).map((part) => part.text).join('')).trim();
      if (name === 'param') return words.replace(/^(\S+)\s+/, (_, parameter) => `\`${parameter}\`: `);
      return name === 'throws' ? `Throws ${words}.` : name === 'example' ? code(words) : '';
    })
    .filter(Boolean)
    .join('\n\n');
}

/** As `biome check` wants it. */
function format(text: string): string {
  const biome = join('node_modules', '.bin', 'biome');
  const { stdout, stderr, status } = spawnSync(biome, ['format', `--stdin-file-path=${PAGE}`], {
    input: text,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
