// Lab files: YAML, of which JSON is a part. Errors are reported with their line.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { NscapError, reason, usageError } from '../errors.ts';
import { LAB_SCHEMA } from './schema.ts';
import {
  checkSpec,
  type InterfaceSpec,
  isNamespaceName,
  type LabSpec,
  type NamespaceSpec,
  type SpecPath,
} from './spec.ts';

/** The most bytes of a lab file, and the most of what is slow in YAML: brackets, and aliases, which can stand for any amount. */
const LARGEST = 256 << 10;
const MOST_BRACKETS = 20_000;
const MOST_ALIASES = 1000;
/** More than one machine can hold. */
const MOST_NAMESPACES = 1024;

/** Reads a lab file. @throws NscapError NO_FILE; USAGE, with "FILE:LINE:" in front, for one that is not a lab */
export async function readLabFile(path: string): Promise<LabSpec> {
  let bytes: Buffer;
  try {
    bytes = await readBeginning(path, LARGEST + 1);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a directory',
      EACCES: 'it may not be read',
    }[code ?? ''];
    throw new NscapError('NO_FILE', `${path}: ${why ?? reason(error)}`, { cause: error });
  }
  if (bytes.length > LARGEST)
    throw usageError(`${path}: too large for a lab file`, `at most ${LARGEST >> 10} KiB`);
  return parseLab(bytes.toString(), path);
}

/** At most `most` bytes: the file may be endless, as /dev/zero. */
async function readBeginning(path: string, most: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const bytes = Buffer.alloc(most);
    let length = 0;
    while (length < most) {
      const { bytesRead } = await file.read(bytes, length, most - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

const validate = new Ajv({ allowUnionTypes: true, verbose: true }).compile<LabSpec>(LAB_SCHEMA);

/** Reads the text of a lab file; `path` is for messages, and gives the lab its name where it has none. */
export function parseLab(text: string, path: string): LabSpec {
  const lines = new LineCounter();
  if (
    occurrences(text, /[[\]{}]/g) > MOST_BRACKETS ||
    occurrences(text, /(?:^|[\s,[{])\*[^\s*]/g) > MOST_ALIASES
  )
    throw usageError(`${path}: too intricate for a lab file`, 'it has too many brackets or aliases');
  // The parser compares every key with every other; ours, below, looks each up once.
  const options = { lineCounter: lines, prettyErrors: false, stringKeys: true, uniqueKeys: false };
  const document = parseDocument(text, options);
  const placeOf = (offset: number) => `${path}:${lines.linePos(offset).line}`;
  const [fault] = document.errors;
  if (fault !== undefined) throw usageError(`${placeOf(fault.pos[0])}: ${fault.message}`);
  const again = repeatedKey(document);
  if (again !== undefined) throw usageError(`${placeOf(again)}: Map keys must be unique`);
  const all = document.get('namespaces');
  if (isMap(all) && all.items.length > MOST_NAMESPACES) {
    throw usageError(`${path}: a lab has at most ${MOST_NAMESPACES} namespaces, not ${all.items.length}`);
  }
  const complain = (where: SpecPath, sentence: string, hint?: string) =>
    usageError(`${placeOf(offsetOf(document, where))}: ${sentence}`, hint);
  const value = plain(document, path);
  if (!validate(value)) {
    const { where, sentence, hint } = explain(validate.errors![0]);
    throw complain(where, sentence, hint);
  }
  const name = basename(path).replace(/\.[^.]*$/, '');
  const spec = { ...tidy(value), name: value.name ?? (isNamespaceName(name) ? name : 'lab') };
  checkSpec(spec, complain);
  return spec;
}

function occurrences(text: string, pattern: RegExp): number {
  let count = 0;
  for (const _ of text.matchAll(pattern)) count += 1;
  return count;
}

/** Where a key stands that its map has already. */
function repeatedKey(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Map(_, map) {
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) {
          found = key.range?.[0] ?? 0;
          return visit.BREAK;
        }
        keys.add(key.value);
      }
    },
  });
  return found;
}

/** The document as plain values; aliases are followed, within a limit. */
function plain(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw usageError(`${path}: ${(error as Error).message}`);
  }
}

/** `ns1:` with nothing after it is null in YAML, and means an empty namespace. */
function tidy(spec: LabSpec): LabSpec {
  const entries = Object.entries(spec.namespaces as Record<string, NamespaceSpec | null>).map(
    ([name, namespace]) => {
      const interfaces = Object.entries(
        (namespace?.interfaces ?? {}) as Record<string, InterfaceSpec | null>,
      );
      const filled = Object.fromEntries(
        interfaces.map(([device, interfaceSpec]) => [device, interfaceSpec ?? {}]),
      );
      return [name, { ...namespace, ...(interfaces.length === 0 ? {} : { interfaces: filled }) }];
    },
  );
  return { ...spec, namespaces: Object.fromEntries(entries) };
}

/** Where in the text the part at `where` begins: a key if the part is the value of one. The nearest there is. */
function offsetOf(document: Document, where: SpecPath): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of where) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && node.items[Number(step)] !== undefined) {
      node = node.items[Number(step)];
      offset = (node as Node).range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/** What a part is called: by its key, or by its place in the list. */
function called(where: SpecPath): string {
  const [last, parent] = [where.at(-1), where.at(-2)];
  if (last === undefined) return 'a lab file';
  return parent !== undefined && /^\d+$/.test(String(last))
    ? `entry ${Number(last) + 1} of '${parent}'`
    : `'${last}'`;
}

/** One of the validator's errors in words. */
function explain(error: ErrorObject): { where: SpecPath; sentence: string; hint?: string } {
  const where: SpecPath = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const name = called(where);
  if (error.keyword === 'additionalProperties') {
    const extra = (error.params as { additionalProperty: string }).additionalProperty;
    const allowed = Object.keys((error.parentSchema as { properties: object }).properties);
    return {
      where: [...where, extra],
      sentence: `there is no '${extra}' here`,
      hint: `there are: ${allowed.join(', ')}`,
    };
  }
  if (error.keyword === 'required') {
    return {
      where,
      sentence: `${name} lacks '${(error.params as { missingProperty: string }).missingProperty}'`,
    };
  }
  if (error.keyword === 'type') {
    const types = ([] as string[]).concat((error.params as { type: string | string[] }).type);
    const words: Record<string, string> = {
      object: 'a map',
      array: 'a list',
      integer: 'a whole number',
      string: 'text',
      boolean: 'true or false',
    };
    const wanted = types.filter((type) => type !== 'null').map((type) => words[type] ?? type);
    const { properties = {} } = error.parentSchema as { properties?: object };
    const keys = Object.keys(properties);
    return {
      where,
      sentence: `${name} is not ${wanted.join(' or ')}`,
      ...(keys.length === 0 ? {} : { hint: `it may have: ${keys.join(', ')}` }),
    };
  }
  const hint = (error.parentSchema as { description?: string }).description;
  return { where, sentence: `${name} ${error.message}`, ...(hint === undefined ? {} : { hint }) };
}
