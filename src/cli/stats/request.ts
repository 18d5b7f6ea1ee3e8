// Which statistics the words of a command line ask for, and how each is shown.
import { didYouMean } from '../../base/similar.ts';
import { usageError } from '../../errors.ts';
import { findField, nearestField } from '../../fields/catalogue.ts';
import type { Dissection } from '../../fields/dissection.ts';
import { displayFilter } from '../../fields/filter/compile.ts';
import {
  conversationSection,
  endpointSection,
  hierarchySection,
  intervalSection,
  lengthSection,
  roundTripSection,
  type Section,
} from '../../report/stats/sections.ts';
import {
  tsharkConversations,
  tsharkEndpoints,
  tsharkHierarchy,
  tsharkLengths,
} from '../../report/stats/tshark.ts';
import { Conversations } from '../../stats/conversations.ts';
import { KINDS, type Kind } from '../../stats/endpoint.ts';
import { Endpoints } from '../../stats/endpoints.ts';
import { Hierarchy } from '../../stats/hierarchy.ts';
import {
  CALCULATIONS,
  type Calculation,
  type ColumnRequest,
  Intervals,
  isCalculable,
} from '../../stats/intervals.ts';
import { Lengths } from '../../stats/lengths.ts';
import { RoundTrips } from '../../stats/round-trips.ts';
import type { Statistic } from '../../stats/statistic.ts';
import type { IoPlan } from './plan.ts';

/** A display filter. */
interface Condition {
  text: string;
  /** Undefined: every packet. */
  takes: ((packet: Dissection) => boolean) | undefined;
  /** What the dissection must keep for it: bits of fields/needs.ts. */
  needs: number;
}

/** @throws NscapError USAGE where it does not compile */
export async function condition(text: string | undefined): Promise<Condition> {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return { text: '', takes: undefined, needs: 0 };
  return { text: trimmed, ...(await displayFilter(trimmed)) };
}

/** A statistic on its way: what counts, and how what it counted is shown. */
export interface Shown {
  /** In JSON: `conversations.tcp`. */
  name: string;
  statistic: Statistic;
  section(): Section;
  /** For programs; rows may be made only when they are written. */
  json(): unknown;
  /** Lines in tshark's layout, if requested by tshark's name. */
  tshark?: () => Iterable<string>;
  /** Whether it has any data; a statistic that was not named is not shown without. */
  isEmpty(): boolean;
}

const NAMES = ['conversations', 'endpoints', 'protocols', 'lengths', 'io', 'rtt'] as const;
const OVERVIEW = ['protocols', 'conversations', 'lengths', 'rtt'] as const;
const MOST_COLUMNS = 64;

/** Takes the statistics from the front of the words: `conversations,tcp io a.pcap` leaves `a.pcap`. */
export async function statisticsOf(
  words: readonly string[],
  tshark: readonly string[],
  io: IoPlan,
): Promise<{ shown: Shown[]; rest: string[]; overview: boolean }> {
  const rest = [...words];
  const shown: Shown[] = [];
  while (rest.length > 0 && (NAMES as readonly string[]).includes(rest[0].split(',', 1)[0])) {
    shown.push(...(await named(rest.shift()!, io)));
  }
  for (const name of tshark) shown.unshift(await ofTshark(name));
  const overview = shown.length === 0;
  if (overview) for (const name of OVERVIEW) shown.push(...(await named(name, io)));
  return { shown, rest, overview };
}

async function named(word: string, io: IoPlan): Promise<Shown[]> {
  const [name, ...kinds] = word.split(',') as [(typeof NAMES)[number], ...string[]];
  if (name !== 'conversations' && name !== 'endpoints' && kinds.length > 0) {
    throw usageError(`${name} takes no '${kinds.join(',')}'`, 'nscap stats --help shows what it takes');
  }
  switch (name) {
    case 'conversations':
      return kindsOf(kinds).map((kind) => conversations(kind));
    case 'endpoints':
      return kindsOf(kinds).map((kind) => endpoints(kind));
    case 'protocols':
      return [protocols()];
    case 'lengths':
      return [lengths()];
    case 'rtt':
      return [roundTrips()];
    case 'io':
      return [await intervals(io.interval * 1000, io.columns)];
  }
}

function kindsOf(words: readonly string[]): readonly Kind[] {
  if (words.length === 0) return KINDS;
  return words.map(kindOf);
}

function kindOf(word: string): Kind {
  const kind = KINDS.find((candidate) => candidate === word);
  if (kind === undefined)
    throw usageError(`'${word}' is no kind of conversation`, `those there are: ${KINDS.join(', ')}`);
  return kind;
}

function conversations(kind: Kind, filter?: Condition): Shown {
  const statistic = new Conversations(kind);
  return {
    name: `conversations.${kind}`,
    statistic: only(statistic, filter),
    section: () => conversationSection(statistic),
    json: () => statistic.rows(),
    isEmpty: () => statistic.count === 0,
    ...(filter === undefined ? {} : { tshark: () => tsharkConversations(statistic, filter.text) }),
  };
}

function endpoints(kind: Kind, filter?: Condition): Shown {
  const statistic = new Endpoints(kind);
  return {
    name: `endpoints.${kind}`,
    statistic: only(statistic, filter),
    section: () => endpointSection(statistic),
    json: () => statistic.rows(),
    isEmpty: () => statistic.count === 0,
    ...(filter === undefined ? {} : { tshark: () => tsharkEndpoints(statistic, filter.text) }),
  };
}

function protocols(filter?: Condition): Shown {
  const statistic = new Hierarchy();
  return {
    name: 'protocols',
    statistic: only(statistic, filter),
    section: () => hierarchySection(statistic),
    json: () => statistic.root(),
    isEmpty: () => false,
    ...(filter === undefined ? {} : { tshark: () => tsharkHierarchy(statistic, filter.text) }),
  };
}

function lengths(filter?: Condition): Shown {
  const statistic = new Lengths();
  return {
    name: 'lengths',
    statistic: only(statistic, filter),
    section: () => lengthSection(statistic),
    json: () => statistic.rows(),
    isEmpty: () => false,
    ...(filter === undefined ? {} : { tshark: () => tsharkLengths(statistic) }),
  };
}

function roundTrips(): Shown {
  const statistic = new RoundTrips();
  return {
    name: 'rtt',
    statistic,
    section: () => roundTripSection(statistic),
    json: () => ({ total: statistic.total ?? null, connections: statistic.rows() }),
    isEmpty: () => statistic.total === undefined,
  };
}

async function intervals(microseconds: number, columns: readonly string[]): Promise<Shown> {
  if (columns.length > MOST_COLUMNS) throw usageError(`more than ${MOST_COLUMNS} columns`);
  const parsed = await Promise.all(columns.map(columnOf));
  const needs = parsed.reduce((all, { filter }) => all | filter.needs, 0);
  const statistic = new Intervals(
    microseconds,
    parsed.map(({ column }) => column),
    needs,
  );
  const section = () => intervalSection(statistic);
  return {
    name: 'io',
    statistic,
    section,
    json: () => {
      const { keys, rows } = section();
      return Array.from(rows, (row) => Object.fromEntries(row.map((cell, i) => [keys[i], cell])));
    },
    isEmpty: () => false,
  };
}

/** `AVG(tcp.len)tcp.port == 80`, or a filter alone, or nothing. */
async function columnOf(text: string): Promise<{ column: ColumnRequest; filter: Condition }> {
  const [, calculation, name, rest] = /^\s*([A-Z]+)\(([^)]*)\)(.*)$/s.exec(text) ?? [];
  const filter = await condition(rest ?? text);
  const { takes } = filter;
  if (calculation === undefined) return { column: { label: filter.text, takes }, filter };
  if ((calculation === 'FRAMES' || calculation === 'BYTES') && name === '') {
    return { column: { label: text.trim(), takes }, filter };
  }
  if (!(CALCULATIONS as readonly string[]).includes(calculation)) {
    throw usageError(
      `there is no calculation '${calculation}'`,
      `those there are: ${CALCULATIONS.join(', ')}`,
    );
  }
  const field = findField(name);
  if (field === undefined) throw usageError(`there is no field '${name}'`, nearestField(name));
  if (!isCalculable(calculation as Calculation, field)) {
    throw usageError(
      `${calculation} of ${name}: its values are no numbers`,
      'COUNT counts values of any field',
    );
  }
  return { column: { label: text.trim(), calculation: calculation as Calculation, field, takes }, filter };
}

/** A statistic of the packets that a filter takes. */
function only(statistic: Statistic, filter: Condition | undefined): Statistic {
  if (filter?.takes === undefined) return statistic;
  const { takes, needs } = filter;
  return {
    needs: statistic.needs | needs,
    add: (packet, clock) => {
      if (takes(packet)) statistic.add(packet, clock);
    },
  };
}

const TSHARK = ['conv,KIND', 'endpoints,KIND', 'io,phs', 'io,stat,INTERVAL', 'plen,tree'];

/** `-z conv,tcp,FILTER` and so on. */
async function ofTshark(text: string): Promise<Shown> {
  const [group = '', name = '', ...rest] = text.split(',');
  const filter = () => condition(rest.join(','));
  if (group === 'conv') return conversations(kindOf(name), await filter());
  if (group === 'endpoints' || group === 'host') return endpoints(kindOf(name), await filter());
  if (group === 'io' && name === 'phs') return protocols(await filter());
  if (group === 'plen' && name === 'tree') return lengths(await filter());
  if (group === 'io' && name === 'stat') {
    const [interval = '', ...columns] = rest;
    const seconds = Number(interval);
    if (!/^\d*\.?\d+$/.test(interval) || (seconds > 0 && seconds < 1e-6)) {
      throw usageError(
        `'${interval}' is no interval of io,stat`,
        'seconds, such as 1 or 0.01; 0 for one that has everything',
      );
    }
    const microseconds = seconds === 0 ? Number.POSITIVE_INFINITY : Math.round(seconds * 1e6);
    return intervals(microseconds, columns.length === 0 ? [''] : columns);
  }
  const meant = didYouMean(text, TSHARK);
  throw usageError(
    `-z ${text} is not known`,
    `${meant === undefined ? '' : `${meant}; `}those there are: ${TSHARK.join(', ')}`,
  );
}
