// The packet that was clicked.
import type { CaptureData, PageData } from '../document.ts';
import { fill, h, quoted } from './dom.ts';
import type { Picked } from './graph.ts';
import { DRAWN, type Unpacked } from './segments.ts';

/** A command line, to be copied. */
export function command(text: string): HTMLElement {
  return h('pre', { class: 'command' }, h('code', {}, text));
}

/** Shows in `place` the packet whose bar is nearest; `kinds`: names of the kinds of bars. */
export function showPacket(
  place: HTMLElement,
  { kinds }: PageData,
  { file, lines }: CaptureData,
  { data, times, begins, ends, frames }: Unpacked,
  { time, value, perPixel }: Picked,
): void {
  let nearest = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times.length; i++) {
    const dx = (times[i] - time) / perPixel.time;
    const dy = Math.max(0, begins[i] - value, value - ends[i]) / perPixel.value;
    const distance = dx * dx + dy * dy;
    if (distance <= least) {
      least = distance;
      nearest = i;
    }
  }
  if (nearest < 0) return;
  const frame = frames[nearest];
  const kind = DRAWN[kinds[data.bars.k[nearest]]];
  const many = data.bars.c?.[nearest] ?? 1;
  fill(
    place,
    h('h4', {}, `Frame ${frame}`),
    lines[frame] !== undefined && h('pre', { class: 'command' }, lines[frame]),
    h(
      'p',
      {},
      `${times[nearest].toFixed(9)} s, ${kind[2]}, sequence ${begins[nearest]} to ${ends[nearest]} of the ${data.sender}${many === 1 ? '' : ` (the first of ${many} that stand together here)`}`,
    ),
    ...(file === null
      ? []
      : [
          command(`wireshark -r ${quoted(file)} -g ${frame}`),
          command(`nscap read ${quoted(file)} -Y 'frame.number == ${frame}'`),
          command(`tshark -r ${quoted(file)} -Y 'frame.number == ${frame}' -V`),
        ]),
  );
}
