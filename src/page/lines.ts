// Packets of a capture as tcpdump prints them: those that the page can be asked for.
import { Text } from '../base/text.ts';
import { SEGMENT } from '../flow/series/bars.ts';
import type { ConnectionSeries } from '../flow/series/connection-series.ts';
import { PacketPrinter } from '../print/packet.ts';
import type { PacketSource } from '../source/source.ts';
import { interfaceNames } from '../source/source.ts';

/** Lines of a capture, and characters of one. */
const LINES = 1500;
const LENGTH = 300;

/** The frames whose lines the page has: those of findings, then marked events, then as many others as there is room for. */
export function framesOf(
  findings: readonly number[],
  series: readonly (ConnectionSeries | undefined)[],
): Set<number> {
  const frames = new Set(findings.slice(0, LINES));
  for (const plain of [false, true]) {
    for (const one of series) {
      for (const { bars } of one?.directions ?? []) {
        for (let i = 0; i < bars.count && frames.size < LINES; i++) {
          if ((bars.kinds[i] === SEGMENT) === plain) frames.add(bars.frames[i]);
        }
      }
    }
  }
  return frames;
}

/** The lines of these frames, by frame number; sequence numbers are absolute (tcpdump -S). */
export async function packetLines(
  source: PacketSource,
  frames: ReadonlySet<number>,
): Promise<Record<number, string>> {
  const text = new Text();
  const printer = new PacketPrinter({ absolute: true, interfaceName: interfaceNames(source) }, text);
  const lines: Record<number, string> = {};
  let left = frames.size;
  for (let batch = await source.next(); batch !== null && left > 0; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      const frame = batch.frame(i);
      if (!frames.has(frame)) continue;
      text.clear();
      while (!printer.print(batch, i)) await printer.load();
      const line = new TextDecoder().decode(text.bytes.subarray(0, text.length)).trimEnd();
      lines[frame] = line.length > LENGTH ? `${line.slice(0, LENGTH)}…` : line;
      left--;
    }
  }
  return lines;
}
