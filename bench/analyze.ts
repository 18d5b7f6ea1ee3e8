// Analysing capture files: nscap analyze beside tcptrace and tshark, whole processes, output thrown away.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, type Contender, type Cost, type Figures, installed, measure } from './measure.ts';
import { writeTraffic } from './traffic.ts';

const PACKETS = 2_000_000;
const CONNECTIONS = 200_000;
const PAYLOAD = 100;
const ROUNDS = 5;
const NSCAP = fileURLToPath(new URL('../nscap.js', import.meta.url));

export const bench: Bench = {
  title: `Analysing TCP, ${PAYLOAD} bytes of payload a segment (whole processes, median of ${ROUNDS}; tshark once; ×: of that one's seconds)`,
  async run(): Promise<Figures[]> {
    const folder = mkdtempSync(join(tmpdir(), 'nscap-bench-'));
    try {
      const half = join(folder, 'half.pcap');
      const bulk = join(folder, 'bulk.pcap');
      const many = join(folder, 'many.pcap');
      const traffic = { connections: 100, payload: PAYLOAD, resentOneOf: 200 };
      writeTraffic(half, { ...traffic, packets: PACKETS / 2 });
      writeTraffic(bulk, { ...traffic, packets: PACKETS });
      writeTraffic(many, { ...traffic, packets: PACKETS, connections: CONNECTIONS });
      return [
        ...(await compare(`${PACKETS / 2} packets`, half)),
        ...(await compare(`${PACKETS} packets`, bulk, true)),
        ...(await compare(`${PACKETS} packets, ${CONNECTIONS} connections`, many, true)),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

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
    ...row(costs[i]!, ours!, i > 0),
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
