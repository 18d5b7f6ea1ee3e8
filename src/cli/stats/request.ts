// Which statistics the words of a command line ask for.
import { didYouMean } from '../../base/similar.ts';
import { usageError } from '../../errors.ts';
import { type StatisticName, TSHARK_SYNTAX, type TsharkName } from './names.ts';
import type { IoPlan } from './plan.ts';
import type { Shown } from './shown.ts';
import { OVERVIEW, STATISTICS, TSHARK } from './statistics.ts';

/** Takes the statistics from the front of the words: `conversations,tcp io a.pcap` leaves `a.pcap`. */
export async function statisticsOf(
  words: readonly string[],
  tshark: readonly string[],
  io: IoPlan,
): Promise<{ shown: Shown[]; rest: string[]; overview: boolean }> {
  const rest = [...words];
  const shown: Shown[] = [];
  while (rest.length > 0) {
    const [name, ...behind] = rest[0].split(',') as [string, ...string[]];
    if (!Object.hasOwn(STATISTICS, name)) break;
    shown.push(...(await STATISTICS[name as StatisticName](behind, io)));
    rest.shift();
  }
  for (const text of tshark) shown.unshift(await ofTshark(text));
  const overview = shown.length === 0;
  if (overview) for (const name of OVERVIEW) shown.push(...(await STATISTICS[name]([], io)));
  return { shown, rest, overview };
}

/** Other words that tshark takes. */
const ALIASES: Record<string, TsharkName> = { host: 'endpoints' };

/** `-z conv,tcp,FILTER` and so on: a name of one word or two, and what is behind it. */
async function ofTshark(text: string): Promise<Shown> {
  const words = text.split(',');
  for (const length of [2, 1]) {
    const given = words.slice(0, length).join(',');
    const name = Object.hasOwn(ALIASES, given) ? ALIASES[given] : given;
    if (Object.hasOwn(TSHARK, name)) return TSHARK[name as TsharkName](words.slice(length));
  }
  const all = Object.values(TSHARK_SYNTAX);
  const meant = didYouMean(text, all);
  throw usageError(
    `-z ${text} is not known`,
    `${meant === undefined ? '' : `${meant}; `}those there are: ${all.join(', ')}`,
  );
}
