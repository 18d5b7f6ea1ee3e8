// Reading and converting capture files of a million TCP segments, frames cut to 96 bytes as captures often are.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { writeTcpCapture } from './captures.ts';
import { type Bench, type Contender, type Figures, installed, measure } from './measure.ts';

const PACKETS = 1_000_000;
const ROUNDS = 5;
const PASS = fileURLToPath(new URL('pass.mjs', import.meta.url));
const NSCAP = fileURLToPath(new URL('../nscap.js', import.meta.url));

export const bench: Bench = {
  title: `Capture files of ${PACKETS} TCP segments (whole processes, start-up included, median of ${ROUNDS})`,
  async run(): Promise<Figures[]> {
    const folder = mkdtempSync(join(tmpdir(), 'nscap-bench-'));
    try {
      const contenders = prepare(folder).filter(
        ({ program }) => program === process.execPath || installed(program),
      );
      const costs = await measure(contenders, ROUNDS);
      return contenders.map(({ what }, i) => {
        const { seconds, cpu, memory } = costs[i];
        return {
          what,
          'M packets/s': Number((PACKETS / seconds / 1e6).toFixed(2)),
          'M packets/CPU s': Number((PACKETS / cpu / 1e6).toFixed(2)),
          seconds: Number(seconds.toFixed(3)),
          'CPU s': Number(cpu.toFixed(2)),
          MB: Math.round(memory),
        };
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function prepare(folder: string): Contender[] {
  const pcap = join(folder, 'a.pcap');
  const pcapng = join(folder, 'a.pcapng');
  const packed = join(folder, 'a.pcap.gz');
  const out = (name: string) => join(folder, name);
  writeTcpCapture(pcap, PACKETS, 96);
  spawnSync(process.execPath, [NSCAP, 'convert', pcap, pcapng]);
  writeFileSync(packed, gzipSync(readFileSync(pcap), { level: 1 }));
  const node = (what: string, ...args: string[]): Contender => ({ what, program: process.execPath, args });
  return [
    node('pcap: read', PASS, pcap),
    node('pcap: read and decode', PASS, pcap, 'decode'),
    node('pcapng: read', PASS, pcapng),
    node('pcapng: read and decode', PASS, pcapng, 'decode'),
    node('pcap.gz: read and decode', PASS, packed, 'decode'),
    { what: 'pcap: capinfos -c', program: 'capinfos', args: ['-c', pcap] },
    { what: 'pcapng: capinfos -c', program: 'capinfos', args: ['-c', pcapng] },
    node('pcap to pcapng: nscap convert', NSCAP, 'convert', pcap, out('b.pcapng')),
    { what: 'pcap to pcapng: editcap', program: 'editcap', args: ['-F', 'pcapng', pcap, out('c.pcapng')] },
    node('pcapng to pcap: nscap convert', NSCAP, 'convert', pcapng, out('b.pcap')),
    { what: 'pcapng to pcap: editcap', program: 'editcap', args: ['-F', 'pcap', pcapng, out('c.pcap')] },
    node('two merged: nscap convert', NSCAP, 'convert', pcap, pcapng, out('d.pcapng')),
    { what: 'two merged: mergecap', program: 'mergecap', args: ['-w', out('e.pcapng'), pcap, pcapng] },
  ];
}
