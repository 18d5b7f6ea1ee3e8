// Analysing capture files: nscap analyze beside tcptrace and tshark, whole processes, output thrown away.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, type Contender, type Cost, type Figures, installed, measure } from './measure.ts';
import { BULK, LOSSY, recording, SHORT_ONES } from './recordings.ts';
import { writeTraffic } from './traffic.ts';

/** Of recorded captures; the first of them are a capture of their own. */
const RECORDED = 4_000_000;
const FIRST = 1_000_000;
/** Of generated ones. */
const PACKETS = 2_000_000;
const CONNECTIONS = 200_000;
const PAYLOAD = 100;
const ROUNDS = 5;
const NSCAP = fileURLToPath(new URL('../nscap.js', import.meta.url));

export const bench: Bench = {
  title: `Analysing TCP, recorded and generated captures (whole processes, median of ${ROUNDS}; tshark once; ×: of that one's seconds)`,
  async run(): Promise<Figures[]> {
    const folder = mkdtempSync(join(tmpdir(), 'nscap-bench-'));
    const figures: Figures[] = [];
    try {
      for (const traffic of [BULK, SHORT_ONES, LOSSY]) {
        const file = await recording(traffic, RECORDED);
        const first = join(folder, 'first.pcap');
        copyFirst(file, first, FIRST);
        figures.push(...(await compare(`${traffic.name}, first ${FIRST} packets`, first)));
        rmSync(first);
        figures.push(...(await compare(`${traffic.name}, ${RECORDED} packets`, file, traffic === BULK)));
      }
      const many = join(folder, 'many.pcap');
      writeTraffic(many, { packets: PACKETS, connections: CONNECTIONS, payload: PAYLOAD, resentOneOf: 200 });
      figures.push(
        ...(await compare(`generated, ${PACKETS} packets, ${CONNECTIONS} connections`, many, true)),
      );
      return figures;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Copies the first packets of a pcap file in this machine's byte order. */
function copyFirst(from: string, to: string, packets: number): void {
  const source = openSync(from, 'r');
  const target = openSync(to, 'w');
  const chunk = Buffer.alloc(1 << 20);
  let filled = 0;
  let at = 24;
  for (let left = packets; left > 0; ) {
    const read = readSync(source, chunk, filled, chunk.length - filled, null);
    if (read === 0) throw new Error(`${from} holds fewer than ${packets} packets`);
    filled += read;
    for (; left > 0 && at + 16 <= filled; left--) {
      const end = at + 16 + chunk.readUInt32LE(at + 8);
      if (end > filled) break;
      at = end;
    }
    writeSync(target, chunk, 0, at);
    chunk.copyWithin(0, at, filled);
    filled -= at;
    at = 0;
  }
  closeSync(source);
  closeSync(target);
}

/** nscap and its peers in turn; tshark, which takes half a minute, once. */
async function compare(what: string, file: string, slow = false): Promise<Figures[]> {
  const quick: Contender[] = [
    { what: 'nscap analyze', program: NSCAP, args: ['analyze', file] },
    { what: 'tcptrace', program: 'tcptrace', args: [file] },
  ].filter(({ program }) => program === NSCAP || installed(program));
  const costs = await measure(quick, ROUNDS);
  const contenders = [...quick];
  if (slow && installed('tshark')) {
    const tshark = {
      what: 'tshark -q -z conv,tcp',
      program: 'tshark',
      args: ['-q', '-z', 'conv,tcp', '-r', file],
    };
    contenders.push(tshark);
    costs.push(...(await measure([tshark], 1)));
  }
  const [ours] = costs;
  return contenders.map((contender, i) => ({
    what: `${what}: ${contender.what}`,
    ...row(costs[i], ours, i > 0),
  }));
}

function row(cost: Cost, ours: Cost, peer: boolean): Record<string, number | string> {
  return {
    seconds: Number(cost.seconds.toFixed(3)),
    'CPU s': Number(cost.cpu.toFixed(2)),
    MB: Math.round(cost.memory),
    ...(peer
      ? {
          'nscap ×': (ours.seconds / cost.seconds).toFixed(3),
          'memory ×': (ours.memory / cost.memory).toFixed(2),
        }
      : {}),
  };
}
