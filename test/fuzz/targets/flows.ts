// TCP analyzed, its bytes put together, and packets paired from point to point.
import type { Batch } from '../../../src/base/batch.ts';
import { Text } from '../../../src/base/text.ts';
import { Analysis } from '../../../src/flow/analysis.ts';
import { Follow } from '../../../src/flow/follow.ts';
import { Queries } from '../../../src/flow/queries.ts';
import { connectionOf } from '../../../src/flow/record.ts';
import { Statistics } from '../../../src/flow/statistics.ts';
import { appendTags } from '../../../src/flow/tags.ts';
import { findingsOf } from '../../../src/report/tcp/findings.ts';
import { connectionJson, summaryJson } from '../../../src/report/tcp/json.ts';
import * as path from '../../../src/trace/path.ts';
import { Trace } from '../../../src/trace/trace.ts';
import { crampedSegments } from '../../flow/cramped-segments.ts';
import { judge, tsharkRows } from '../../flow/judged.ts';
import { withFile } from '../../flow/support.ts';
import { batchOf, PACKETS, packetSeeds, packetsOf, part, pcapOf } from '../packets.ts';
import { Broken, Difference, type Target } from '../target.ts';

const RAW = 101;
const CONTROL = /[\x00-\x1f\x7f]/;

/** Conversations in which every rule meets every other, and the samples. */
function* segments(): Iterable<Uint8Array> {
  const frames = crampedSegments(7, 60, 24);
  for (let i = 0; i < frames.length; i += 24) {
    let last = frames[i].time;
    const parts = frames.slice(i, i + 24).map(({ bytes, time }) => {
      const wait = Math.min(Math.max(Math.round((time - last) / 16_000), 0), 0xffff);
      last = time;
      return part(RAW, bytes, wait);
    });
    yield new Uint8Array(Buffer.concat(parts));
  }
  let n = 0;
  for (const seed of packetSeeds()) if (n++ % 4 === 0) yield seed;
}

export const analyze: Target = {
  name: 'analyze',
  about: 'segments classified, connections and findings',
  structure: PACKETS,
  seeds: segments,
  run(input) {
    const packets = packetsOf(input);
    if (reported(packets, 0) !== reported(packets, 0xff))
      throw new Broken('bytes beside the packet are read');
  },
  /** All in one capture, as conversations one after the other that use the same ports again. */
  async compare(inputs) {
    let start = 0;
    const packets = inputs.slice(0, 100).flatMap((input) => {
      const own = packetsOf(input).filter(({ link }) => link === RAW);
      const shifted = own.map((one) => ({ ...one, time: start + one.time }));
      start = (shifted.at(-1)?.time ?? start) + 1e6;
      return shifted;
    });
    const pcap = pcapOf(packets, RAW);
    await withFile(pcap, async (file) => {
      const rows = await judge(file);
      for (const [i, row] of tsharkRows(file).entries()) {
        const mine = rows.get(i + 1) ?? row.map(() => '');
        // Of a header that is malformed or cut the window is not looked at here.
        if (mine.at(-2) === '0') row.splice(-2, 2, ...mine.slice(-2));
        if (mine.join() !== row.join() && row[0] !== '')
          throw new Difference(`frame ${i + 1}: tshark has\n${row}\nand nscap\n${mine}`, pcap);
      }
    });
  },
};

function reported(packets: ReturnType<typeof packetsOf>, filler: number): string {
  const batch = batchOf(packets, filler);
  const statistics = new Statistics(new Analysis(16));
  const queries = new Queries();
  const tags = new Text();
  packets.forEach((_, i) => {
    const isSegment = statistics.add(batch, i);
    queries.add(statistics.analysis, isSegment, batch, i);
    if (isSegment) appendTags(tags, statistics.analysis);
  });
  const connections = [];
  for (let row = 0; row < statistics.analysis.table.rows; row++) {
    const connection = connectionOf(statistics, row);
    connections.push(connectionJson(connection, findingsOf(connection), ''));
  }
  const text = JSON.stringify([summaryJson(statistics, statistics.summary()), connections]);
  if (/null,null,null,null,null,null,null,null|NaN|Infinity/.test(text))
    throw new Broken(`numbers are missing: ${text}`);
  return text + Buffer.from(tags.take()).toString('latin1');
}

export const follow: Target = {
  name: 'follow',
  about: 'bytes of a stream put together',
  structure: PACKETS,
  seeds: segments,
  run(input) {
    const packets = packetsOf(input);
    const batch = batchOf(packets);
    const carried = packets.reduce((sum, { wire }) => sum + wire, 0);
    let delivered = 0;
    const kept = 4096;
    const output = {
      data: (_: number, _bytes: Uint8Array, begin: number, end: number) => {
        if (end < begin) throw new Broken(`data from ${begin} to ${end}`);
        delivered += end - begin;
      },
      gap: (_: number, length: number) => {
        if (!(length > 0)) throw new Broken(`a gap of ${length} bytes`);
      },
    };
    const follow = new Follow(0, output, kept);
    for (let i = 0; i < packets.length; i++) follow.add(batch, i);
    for (const side of follow.sides) side.end();
    if (delivered > carried) throw new Broken(`${delivered} bytes are delivered of ${carried} carried`);
    if (CONTROL.test(follow.endpoints?.join() ?? '')) throw new Broken('control bytes in an address');
  },
};

const POINTS = [{ name: 'a:x' }, { name: 'b:y' }, { name: 'c:z' }];

export const trace: Target = {
  name: 'trace',
  about: 'packets paired from point to point',
  structure: PACKETS,
  *seeds() {
    // Each packet at three points, one after the other, as one part each.
    let n = 0;
    for (const seed of segments()) {
      if (n++ % 3 !== 0) continue;
      const parts = PACKETS.split(seed).flatMap((one) => [one, one, one]);
      yield PACKETS.join(parts);
    }
  },
  run(input) {
    const packets = packetsOf(input);
    const batch: Batch = batchOf(packets);
    let sightings = 0;
    const trace = new Trace(POINTS, {
      window: 1e8,
      report: (found) => {
        if (found.count < 1) throw new Broken('a packet that no point saw');
        if (found.fate === path.LOST && found.lostAfter >= found.count)
          throw new Broken('lost behind its last point');
        sightings += found.count;
      },
    });
    for (let i = 0; i < packets.length; i++) trace.add(i % POINTS.length, batch, i);
    trace.end();
    const records = trace.records.reduce((sum, one) => sum + one, 0);
    if (records !== packets.length) throw new Broken(`${records} records counted of ${packets.length}`);
    for (const hop of trace.hops.all()) {
      const { packets: through, lost, unknown } = hop;
      // A record may stand for more packets than there are records: those it was cut into behind its point.
      if (through < 0 || lost < 0 || unknown < 0 || lost + unknown > through)
        throw new Broken(`a hop with ${through} packets, ${lost} lost, ${unknown} unknown`);
    }
    if (sightings > packets.length * 2)
      throw new Broken(`${sightings} sightings of ${packets.length} records`);
  },
};
