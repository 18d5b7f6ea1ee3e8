// Display filters over the page's connections: Wireshark's language, by the parser of fields/filter, for the fields that the page has.
// A field has all the values that it has in the packets of the connection.
import { didYouMean } from '../base/similar.ts';
import type { Comparison, Quantifier, Test, Value } from '../fields/filter/ast.ts';
import { FilterError } from '../fields/filter/error.ts';
import { joined } from '../fields/filter/joined.ts';
import { parse } from '../fields/filter/parser.ts';
import { VERDICTS } from '../flow/verdict.ts';
import { type Address, orderOf, parseAddress } from './address.ts';
import type { ConnectionData } from './document.ts';

type Type = 'address' | 'number' | 'text' | 'none';
type Cell = Address | number | string;

interface Field {
  type: Type;
  values: (row: ConnectionData) => Cell[];
}

/** Whether a connection is taken. */
export type Takes = (row: ConnectionData) => boolean;

function endpoint(text: string): { address: Address | undefined; port: number } {
  const [, bracketed, bare, port] = /^(?:\[(.*)\]|(.*)):(\d+)$/.exec(text) ?? [];
  return { address: parseAddress(bracketed ?? bare ?? ''), port: Number(port) };
}

/** Both ends send, so either is source and destination. */
const addresses =
  (family: 4 | 6): Field['values'] =>
  ({ client, server }) =>
    [client, server].flatMap((one) => {
      const { address } = endpoint(one);
      return address?.family === family ? [address] : [];
    });
const ports: Field['values'] = ({ client, server }) => [client, server].map((one) => endpoint(one).port);
const count = (value: number | undefined) => (value === undefined || value === 0 ? [] : [value]);

const FIELDS: Record<string, Field> = {
  frame: { type: 'none', values: () => [1] },
  ip: { type: 'none', values: (row) => addresses(4)(row).slice(0, 1) },
  ipv6: { type: 'none', values: (row) => addresses(6)(row).slice(0, 1) },
  tcp: { type: 'none', values: () => [1] },
  'tcp.stream': { type: 'number', values: ({ stream }) => [stream] },
  'tcp.analysis': { type: 'number', values: ({ verdicts }) => Object.values(verdicts) },
  'tcp.analysis.flags': { type: 'number', values: ({ verdicts }) => Object.values(verdicts) },
  'tcp.analysis.ack_rtt': {
    type: 'number',
    values: ({ clientRtt, serverRtt }) => [clientRtt, serverRtt].flatMap((one) => one ?? []),
  },
  'nscap.finding': { type: 'text', values: ({ findings }) => findings },
  'nscap.verdict': { type: 'text', values: ({ verdicts }) => Object.keys(verdicts) },
};
for (const name of ['addr', 'src', 'dst', 'host', 'src_host', 'dst_host']) {
  FIELDS[`ip.${name}`] = { type: 'address', values: addresses(4) };
  FIELDS[`ipv6.${name}`] = { type: 'address', values: addresses(6) };
}
for (const name of ['port', 'srcport', 'dstport']) FIELDS[`tcp.${name}`] = { type: 'number', values: ports };
for (const name of VERDICTS) {
  FIELDS[`tcp.analysis.${name}`] = { type: 'number', values: ({ verdicts }) => count(verdicts[name]) };
}

/** Compiles a display filter. @throws FilterError with the place of what is wrong */
export function connectionFilter(text: string): Takes {
  return compile(parse(text));
}

function compile(test: Test): Takes {
  switch (test.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return joined(test.kind, test.tests.map(compile));
    case 'not': {
      const inner = compile(test.test);
      return (row) => !inner(row);
    }
    case 'exists': {
      const { values } = field(test.value);
      return (row) => values(row).length > 0;
    }
    case 'compare': {
      const { type, values } = field(test.left);
      return quantified(test.quantifier, values, comparison(test.comparison, type, test.right));
    }
    case 'in': {
      const { type, values } = field(test.left);
      const tests = test.set.map(({ low, high }) => {
        if (high === undefined) return comparison('eq', type, low);
        const [above, below] = [comparison('ge', type, low), comparison('le', type, high)];
        return (value: Cell) => above(value) && below(value);
      });
      return quantified(test.quantifier, values, (value) => tests.some((one) => one(value)));
    }
  }
}

/** Where there is no value, nothing holds of it. */
function quantified(quantifier: Quantifier, values: Field['values'], holds: (value: Cell) => boolean): Takes {
  if (quantifier === 'any') return (row) => values(row).some(holds);
  return (row) => {
    const all = values(row);
    return all.length > 0 && all.every(holds);
  };
}

function field(value: Value): Field {
  if (value.kind !== 'word' && value.kind !== 'field') {
    throw new FilterError('The page compares fields only.', value, 'nscap read -Y takes all of the language');
  }
  const found = Object.hasOwn(FIELDS, value.text) ? FIELDS[value.text] : undefined;
  if (found === undefined) {
    const hint = didYouMean(value.text, Object.keys(FIELDS));
    throw new FilterError(
      `"${value.text}" is no field of the page's connections.`,
      value,
      hint ?? `there are ${Object.keys(FIELDS).slice(3).join(', ')}`,
    );
  }
  return found;
}

function comparison(how: Comparison, type: Type, right: Value): (value: Cell) => boolean {
  if (type === 'none') throw new FilterError('A protocol has no value to compare.', right);
  if (how === 'contains' || how === 'matches') {
    if (type !== 'text') throw new FilterError(`Numbers and addresses cannot be compared by ${how}.`, right);
    const text = literal(right);
    if (how === 'contains') return (value) => String(value).includes(text);
    const pattern = expression(text, right);
    return (value) => pattern.test(String(value));
  }
  const order = orderBy(type, right);
  const holds = HOLDS[how];
  return (value) => {
    const found = order(value);
    return found === undefined ? how === 'ne' : holds(found);
  };
}

const HOLDS: Record<Exclude<Comparison, 'contains' | 'matches'>, (order: number) => boolean> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

function orderBy(type: Type, right: Value): (value: Cell) => number | undefined {
  const text = literal(right);
  if (type === 'address') {
    const address = parseAddress(text);
    if (address === undefined) throw new FilterError(`"${text}" is not a valid address.`, right);
    return (value) => orderOf(value as Address, address);
  }
  if (type === 'text') return (value) => (value === text ? 0 : String(value) < text ? -1 : 1);
  const number = Number(text);
  if (text === '' || Number.isNaN(number)) throw new FilterError(`"${text}" is not a valid number.`, right);
  return (value) => (value as number) - number;
}

function literal(value: Value): string {
  if (value.kind === 'word') return value.text;
  if (value.kind === 'string' || value.kind === 'character') return new TextDecoder().decode(value.bytes);
  throw new FilterError('The page compares fields with values only.', value);
}

function expression(text: string, place: Value): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch {
    throw new FilterError(`"${text}" is not a valid regular expression.`, place);
  }
}
