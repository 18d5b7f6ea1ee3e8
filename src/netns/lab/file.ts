// Lab files: YAML, of which JSON is a part. Whatever is wrong with one is said with its line.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { NscapError, reason, usageError } from '../../errors.ts';
import { LAB_SCHEMA } from './schema.ts';
import {
  checkSpec,
  type InterfaceSpec,
  isNamespaceName,
  type LabSpec,
  type NamespaceSpec,
  type SpecPath,
} from './spec.ts';

/** Larger than any lab that a machine can hold. Bytes. */
const LARGEST = 4 << 20;

/** Reads a lab file. @throws NscapError NO_FILE; USAGE, with "FILE:LINE:" in front, for one that is not a lab */
export async function readLabFile(path: string): Promise<LabSpec> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a directory',
      EACCES: 'it may not be read',
    }[code ?? ''];
    throw new NscapError('NO_FILE', `${path}: ${why ?? reason(error)}`, { cause: error });
  }
  if (bytes.length > LARGEST) throw usageError(`${path}: too large for a lab file`);
  return parseLab(bytes.toString(), path);
}

const validate = new Ajv({ allowUnionTypes: true, verbose: true }).compile<LabSpec>(LAB_SCHEMA);

/** Reads the text of a lab file; `path` is for messages, and gives the lab its name where it has none. */
export function parseLab(text: string, path: string): LabSpec {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const at = (offset: number) => `${path}:${lines.linePos(offset).line}`;
  const [fault] = document.errors;
  if (fault !== undefined) throw usageError(`${at(fault.pos[0])}: ${fault.message}`);
  const complain = (where: SpecPath, sentence: string, hint?: string) =>
    usageError(`${at(offsetOf(document, where))}: ${sentence}`, hint);
  const value = plain(document, path);
  if (!validate(value)) {
    const { where, sentence, hint } = explain(validate.errors![0]!);
    throw complain(where, sentence, hint);
  }
  const name = basename(path).replace(/\.[^.]*$/, '');
  const spec = { ...tidy(value), name: value.name ?? (isNamespaceName(name) ? name : 'lab') };
  checkSpec(spec, complain);
  return spec;
}

/** The document as plain values; aliases are followed, but not without end. */
function plain(document: Document, path: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw usageError(`${path}: ${(error as Error).message}`);
  }
}

/** `ns1:` with nothing behind it is null in YAML, and means an empty namespace. */
function tidy(spec: LabSpec): LabSpec {
  const entries = Object.entries(spec.namespaces as Record<string, NamespaceSpec | null>).map(
    ([name, namespace]) => {
      const interfaces = Object.entries(
        (namespace?.interfaces ?? {}) as Record<string, InterfaceSpec | null>,
      );
      const filled = Object.fromEntries(interfaces.map(([device, one]) => [device, one ?? {}]));
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
  const what = called(where);
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
      sentence: `${what} lacks '${(error.params as { missingProperty: string }).missingProperty}'`,
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
      sentence: `${what} is not ${wanted.join(' or ')}`,
      ...(keys.length === 0 ? {} : { hint: `it may have: ${keys.join(', ')}` }),
    };
  }
  const hint = (error.parentSchema as { description?: string }).description;
  return { where, sentence: `${what} ${error.message}`, ...(hint === undefined ? {} : { hint }) };
}
