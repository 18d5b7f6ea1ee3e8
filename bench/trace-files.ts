// A trace of files: four points of one path, UDP and TCP of many flows, a share of it lost.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, type Figures, measure } from './measure.ts';

/** Packets of each point, flows, and of how many packets one is lost between the second and the third point. */
const PACKETS = Number(process.env.PACKETS ?? 500_000);
const FLOWS = 200;
const LOST_OF = 101;
/** Packets a second, by the time stamps. */
const RATE = 200_000;
const POINTS = 4;
const ROUNDS = 3;

export const bench: Bench = {
  title: `Trace of ${POINTS} files with ${PACKETS} packets each: packets a second are those of all files`,
  async run(): Promise<Figures[]> {
    const folder = mkdtempSync(join(tmpdir(), 'nscap-bench-'));
    try {
      return [await once(folder, 'udp'), await once(folder, 'tcp')];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function once(folder: string, protocol: 'udp' | 'tcp'): Promise<Figures> {
  const files = Array.from({ length: POINTS }, (_, point) => {
    const path = join(folder, `${protocol}-${point}.pcap`);
    writeFileSync(path, capture(protocol, point));
    return path;
  });
  const trace = ['dist/nscap.js', 'trace', '--json', ...files];
  const { hops } = JSON.parse(
    execFileSync(process.execPath, trace, { encoding: 'utf8', maxBuffer: 1 << 30 }),
  );
  const lost = hops.reduce((sum: number, hop: { lost: number }) => sum + hop.lost, 0);
  const [cost] = await measure([{ what: protocol, program: process.execPath, args: trace }], ROUNDS);
  const records = PACKETS * POINTS - (POINTS - 2) * Math.ceil(PACKETS / LOST_OF);
  return {
    what: protocol,
    'packets/s': Math.round(records / cost.seconds),
    'packets/s of CPU': Math.round(records / cost.cpu),
    lost,
    'lost really': Math.ceil(PACKETS / LOST_OF),
    'memory MB': Math.round(cost.memory),
  };
}

/** What a point captured, as a pcap file. */
function capture(protocol: 'udp' | 'tcp', point: number): Uint8Array {
  const length = protocol === 'udp' ? 60 : 14 + 20 + 32 + 100;
  const file = new Uint8Array(24 + PACKETS * (16 + length));
  const view = new DataView(file.buffer);
  view.setUint32(0, 0xa1b23c4d, true);
  view.setUint32(4, (4 << 16) | 2, true);
  view.setUint32(16, 262_144, true);
  view.setUint32(20, 1, true);
  let at = 24;
  for (let k = 0; k < PACKETS; k++) {
    if (point >= 2 && k % LOST_OF === 0) continue;
    const time = k * (1e9 / RATE) + point * 20_000 + 1000;
    view.setUint32(at, 1_700_000_000 + Math.floor(time / 1e9), true);
    view.setUint32(at + 4, time % 1e9, true);
    view.setUint32(at + 8, length, true);
    view.setUint32(at + 12, length, true);
    at += 16;
    packet(view, at, protocol, k, point);
    at += length;
  }
  return file.subarray(0, at);
}

function packet(view: DataView, at: number, protocol: 'udp' | 'tcp', k: number, point: number): void {
  const flow = k % FLOWS;
  const n = Math.floor(k / FLOWS);
  view.setUint32(at, 0x02000000);
  view.setUint32(at + 6, 0x02000001);
  view.setUint16(at + 12, 0x0800);
  const ip = at + 14;
  view.setUint32(ip, 0x45000000 | (protocol === 'udp' ? 46 : 152));
  view.setUint16(ip + 4, k & 0xffff || 1);
  view.setUint16(ip + 6, 0x4000);
  view.setUint16(ip + 8, ((point < 2 ? 64 : 63) << 8) | (protocol === 'udp' ? 17 : 6));
  view.setUint32(ip + 12, point < 2 ? 0x0a01000a : 0x0a020001);
  view.setUint32(ip + 16, 0x0a020014);
  const transport = ip + 20;
  view.setUint16(transport, 20_000 + flow + (point < 2 ? 0 : 10_000));
  view.setUint16(transport + 2, 80);
  if (protocol === 'udp') {
    view.setUint16(transport + 4, 26);
    view.setUint32(transport + 8, k);
    return;
  }
  view.setUint32(transport + 4, 1000 + n * 100);
  view.setUint32(transport + 8, 5000);
  view.setUint16(transport + 12, 0x8018);
  view.setUint16(transport + 14, 500);
  view.setUint32(transport + 20, 0x0101080a);
  view.setUint32(transport + 24, 77_000 + Math.floor(k / 200));
  view.setUint32(transport + 28, 88_000);
  view.setUint32(transport + 32, k);
}
