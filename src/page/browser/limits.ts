// What limited a sender: as a bar over time, in words, and as a table.
import type { DirectionData, LimitsData } from '../document.ts';
import { details, h } from './dom.ts';
import * as format from './format.ts';
import type { Layer } from './layers.ts';
import { seconds } from './segments.ts';
import { table } from './table.ts';

/** What limits a sender: in a legend, and in a sentence. */
const CAUSES: Record<string, [name: string, words: string]> = {
  application: ['application', 'its application, which had nothing to send'],
  'receiver-window': ['receiver', "the receiver's window"],
  'send-buffer': ['send buffer', 'its send buffer'],
  'congestion-window': ['congestion window', 'the congestion window'],
  loss: ['network loss', 'losses in the network'],
  'path-mtu': ['path MTU', 'the MTU of the path'],
  unknown: ['unknown', 'what is not known'],
};

function percent(share: number): string {
  return `${(share * 100).toFixed(share >= 0.1 ? 0 : 1)} %`;
}

/** A layer for each cause that there is. */
export function limitLayers(names: readonly string[], limits: LimitsData, start: number): Layer[] {
  const begins = seconds(limits.runs.b, start);
  return limits.causes.map(({ cause, seconds: total, share }) => {
    const found = limits.runs.c.flatMap((one, i) => (names[one] === cause ? [i] : []));
    const times = Float64Array.from(found, (i) => begins[i]);
    return {
      name: `${CAUSES[cause]?.[0] ?? cause} ${format.time(total)} (${percent(share)})`,
      color: `cause-${cause}`,
      shape: 'spans' as const,
      times,
      values: times.map(() => 1),
      ends: Float64Array.from(found, (i) => begins[i] + limits.runs.l[i] / 1e9),
    };
  });
}

/** Who limited the sender, in words, with the longest wait for each as proof. */
export function verdict({ kernel, limits: estimate, sender }: DirectionData): HTMLElement {
  const limits = kernel?.limits ?? estimate;
  const causes = [...limits.causes].sort((a, b) => b.seconds - a.seconds);
  const first = causes[0];
  if (first === undefined) return h('p', {}, `The ${sender} sent no data.`);
  return h(
    'div',
    { class: 'limits' },
    h(
      'p',
      {},
      `${sentence(first, sender)}${limits.estimate ? ' (an estimate from the packets)' : ' (as the kernel says)'}.`,
    ),
    unknown(limits),
    kernel !== undefined && h('p', {}, counted(kernel.last)),
    kernel !== undefined && uncounted(limits, kernel.last),
    details(
      'What limited the sender, with proof',
      () =>
        table(
          'Time that the sender waited, by cause',
          [
            { title: 'cause', key: ({ cause }) => CAUSES[cause]?.[1] ?? cause },
            {
              title: 'time',
              key: (one) => one.seconds,
              cell: (one) => format.time(one.seconds),
              numeric: true,
            },
            {
              title: 'share',
              key: ({ share }) => share,
              cell: ({ share }) => percent(share),
              numeric: true,
            },
            {
              title: 'waits',
              key: ({ waits }) => waits,
              cell: ({ waits }) => format.whole(waits),
              numeric: true,
            },
            {
              title: 'the longest',
              key: ({ longest }) => longest?.seconds ?? 0,
              cell: ({ longest }) =>
                longest === null
                  ? ''
                  : `${format.time(longest.seconds)}, from frame ${longest.fromFrame} to ${longest.untilFrame}`,
            },
          ],
          causes,
        ).element,
    ),
  );
}

function sentence({ cause, share }: LimitsData['causes'][number], sender: string): string {
  return cause === 'unknown'
    ? `For ${percent(share)} of the time it is not known what limited the ${sender}`
    : `For ${percent(share)} of the time the ${sender} was limited by ${CAUSES[cause]?.[1] ?? cause}`;
}

/** What the packets leave open: why, and between which shares each of the causes lies that it may be. */
function unknown({ causes, candidates, estimate }: LimitsData): HTMLElement | undefined {
  const share = (cause: string) => causes.find((one) => one.cause === cause)?.share ?? 0;
  const open = share('unknown');
  if (open < 0.005) return undefined;
  if (candidates.length === 0)
    return h(
      'p',
      {},
      `${percent(open)} is unknown: the handshake was not captured, so the window is not known.`,
    );
  const ranges = candidates.map(
    (one) => `${CAUSES[one]?.[0] ?? one} ${percent(share(one))} to ${percent(share(one) + open)}`,
  );
  return h(
    'p',
    {},
    `${percent(open)} is unknown, as the packets look the same for each of these: ${ranges.join(', ')}.${estimate ? " The sender's kernel can tell more: nscap capture --sockets." : ''}`,
  );
}

/** What the kernel counts of these causes, and how much of its busy time may differ without a word. */
const COUNTERS: [cause: string, counter: string][] = [
  ['receiver-window', 'rwnd_limited'],
  ['send-buffer', 'sndbuf_limited'],
];
const NOTICEABLE = 0.1;

/** Where the packets show more of a cause than the kernel counted: how much, and why. */
function uncounted({ causes }: LimitsData, last: Record<string, number>): HTMLElement | undefined {
  const more = COUNTERS.flatMap(([cause, counter]) => {
    const shown = causes.find((one) => one.cause === cause)?.seconds ?? 0;
    const beyond = shown - (last[counter] ?? 0) / 1e6;
    return beyond * 1e6 > (last.busy ?? 0) * NOTICEABLE
      ? `${format.time(beyond)} more that ${CAUSES[cause][1]} limited it`
      : [];
  });
  if (more.length === 0) return undefined;
  return h(
    'p',
    {},
    `The packets show ${more.join(', and ')}: the kernel counts only while nothing else holds the sender back, not the time in which it spaces out what it has (pacing) or does not look for more to send.`,
  );
}

/** What the kernel counted, as `ss -ti` prints it. */
function counted({
  busy = 0,
  rwnd_limited = 0,
  sndbuf_limited = 0,
  total_retrans = 0,
}: Record<string, number>): string {
  const part = (name: string, time: number) =>
    time === 0 ? '' : `, ${name} ${format.time(time / 1e6)} (${percent(time / Math.max(1, busy))})`;
  return `The kernel counted: busy ${format.time(busy / 1e6)}${part('limited by the window', rwnd_limited)}${part('limited by the send buffer', sndbuf_limited)}, ${total_retrans} retransmissions.`;
}
