// What the analysis says of a capture, in the shape of tshark's fields.
import { Text } from '../../src/base/text.ts';
import { Analysis } from '../../src/flow/analysis.ts';
import { appendTags } from '../../src/flow/tags.ts';
import { VERDICTS } from '../../src/flow/verdict.ts';
import { openFile } from '../../src/source/file.ts';
import { type Frame, pcap, tsharkFields, withFile } from './support.ts';

/** The fields of a row, by their names in tshark. */
export const FIELDS = [
  'tcp.stream',
  ...VERDICTS.map((name) => `tcp.analysis.${name}`),
  'tcp.analysis.ack_rtt',
  'tcp.analysis.acks_frame',
  'tcp.analysis.duplicate_ack_num',
  'tcp.analysis.duplicate_ack_frame',
  'tcp.analysis.rto',
  'tcp.analysis.rto_frame',
  'tcp.analysis.bytes_in_flight',
  'tcp.analysis.push_bytes_sent',
  'tcp.window_size',
  'tcp.window_size_scalefactor',
];

/** A row for each segment of a capture file: its frame, then FIELDS. A field that tshark leaves out is empty. */
export async function judge(path: string, maxConnections?: number): Promise<Map<number, string[]>> {
  const source = await openFile(path);
  const analysis = new Analysis(maxConnections);
  const rows = new Map<number, string[]>();
  const shown = (value: number) => (value === 0 ? '' : String(value));
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      if (!analysis.add(batch, i)) continue;
      rows.set(analysis.frame, [
        analysis.stream < 0 ? '' : String(analysis.stream),
        ...VERDICTS.map((_, bit) => ((analysis.verdict & (1 << bit)) === 0 ? '' : '1')),
        analysis.ackRtt.text,
        shown(analysis.acksFrame),
        shown(analysis.duplicateAckNumber),
        analysis.duplicateAckNumber === 0 ? '' : String(analysis.duplicateAckFrame),
        analysis.rto.text,
        shown(analysis.rtoFrame),
        shown(analysis.bytesInFlight),
        shown(analysis.pushBytesSent),
        String(analysis.windowSize),
        shown(analysis.windowScaleFactor),
      ]);
    }
  }
  await source.close();
  return rows;
}

/** The same as tshark has it, a row for each frame; a flag that it gives twice counts once. */
export function tsharkRows(path: string, more: string[] = []): string[][] {
  return tsharkFields(path, [...FIELDS, ...more]).map((row) =>
    row.map((value, i) => (i > 0 && i <= VERDICTS.length && value !== '' ? '1' : value)),
  );
}

/** The verdicts on each of the frames of a raw IP capture, as names. */
export async function verdicts(frames: Frame[]): Promise<string[][]> {
  return withFile(pcap(frames), async (path) => {
    const rows = await judge(path);
    return frames.map((_, i) => VERDICTS.filter((_name, bit) => rows.get(i + 1)?.[1 + bit] === '1'));
  });
}

/** The tags of each frame, as the line of a live capture shows them. */
export async function tags(frames: Frame[]): Promise<string[]> {
  return withFile(pcap(frames), async (path) => {
    const source = await openFile(path);
    const analysis = new Analysis();
    const text = new Text();
    const lines: string[] = [];
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        text.clear();
        if (analysis.add(batch, i)) appendTags(text, analysis);
        lines.push(new TextDecoder().decode(text.take()));
      }
    }
    await source.close();
    return lines;
  });
}
