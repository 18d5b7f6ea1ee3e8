// What counts each statistic, and what shows it: by our names, and by tshark's.
import { usageError } from '../../errors.ts';
import {
  conversationSection,
  endpointSection,
  hierarchySection,
  lengthSection,
  roundTripSection,
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
import { Lengths } from '../../stats/lengths.ts';
import { RoundTrips } from '../../stats/round-trips.ts';
import type { Statistic } from '../../stats/statistic.ts';
import { intervals } from './columns.ts';
import { type Condition, condition } from './condition.ts';
import type { StatisticName, TsharkName } from './names.ts';
import type { IoPlan } from './plan.ts';
import type { Shown } from './shown.ts';

/** Makes a statistic from what follows its name on the command line, separated by commas. @throws NscapError USAGE */
type Make = (words: readonly string[], io: IoPlan) => readonly Shown[] | Promise<readonly Shown[]>;

export const STATISTICS: Record<StatisticName, Make> = {
  conversations: (kinds) => kindsOf(kinds).map((kind) => conversations(kind)),
  endpoints: (kinds) => kindsOf(kinds).map((kind) => endpoints(kind)),
  protocols: plain('protocols', () => [protocols()]),
  lengths: plain('lengths', () => [lengths()]),
  io: plain('io', async (io) => [await intervals(io.interval * 1000, io.columns)]),
  rtt: plain('rtt', () => [roundTrips()]),
};

/** Those that are shown where none is named. */
export const OVERVIEW: readonly StatisticName[] = ['protocols', 'conversations', 'lengths', 'rtt'];

/** The same by tshark's names, in its layout; what follows the name ends with a display filter, in which commas may be. */
export const TSHARK: Record<TsharkName, (words: readonly string[]) => Promise<Shown>> = {
  conv: async ([kind = '', ...filter]) => conversations(kindOf(kind), await condition(filter.join(','))),
  endpoints: async ([kind = '', ...filter]) => endpoints(kindOf(kind), await condition(filter.join(','))),
  'io,phs': async (filter) => protocols(await condition(filter.join(','))),
  'io,stat': ([interval = '', ...columns]) =>
    intervals(microsecondsOf(interval), columns.length === 0 ? [''] : columns),
  'plen,tree': async (filter) => lengths(await condition(filter.join(','))),
};

/** A statistic whose name nothing follows. */
function plain(
  name: StatisticName,
  make: (io: IoPlan) => readonly Shown[] | Promise<readonly Shown[]>,
): Make {
  return (words, io) => {
    if (words.length === 0) return make(io);
    throw usageError(`${name} takes no '${words.join(',')}'`, 'nscap stats --help shows what it takes');
  };
}

/** The interval of io,stat in microseconds. */
function microsecondsOf(interval: string): number {
  const seconds = Number(interval);
  if (!/^\d*\.?\d+$/.test(interval) || (seconds > 0 && seconds < 1e-6)) {
    throw usageError(
      `'${interval}' is no interval of io,stat`,
      'seconds, such as 1 or 0.01; 0 for one that has everything',
    );
  }
  return seconds === 0 ? Number.POSITIVE_INFINITY : Math.round(seconds * 1e6);
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
