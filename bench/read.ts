// Printing capture files: nscap read beside tcpdump and tshark, whole processes, output thrown away.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeTcpCapture } from './captures.ts';
import { type Bench, type Contender, type Cost, type Figures, installed, measure } from './measure.ts';

const PACKETS = 1_000_000;
/** Whole segments, for -v, which sums up every byte. */
const WHOLE = 200_000;
const ROUNDS = 3;
const FEW = 'tcp[tcpflags] & tcp-syn != 0';
const NSCAP = fileURLToPath(new URL('../nscap.js', import.meta.url));

export const bench: Bench = {
  title: `Printing ${PACKETS} TCP segments, frames cut to 96 bytes (whole processes, median of ${ROUNDS}; ×: of tcpdump's seconds)`,
  async run(): Promise<Figures[]> {
    const folder = mkdtempSync(join(tmpdir(), 'nscap-bench-'));
    try {
      const cut = join(folder, 'cut.pcap');
      const whole = join(folder, 'whole.pcap');
      writeTcpCapture(cut, PACKETS, 96);
      writeTcpCapture(whole, WHOLE, 262_144);
      const figures: Figures[] = [];
      for (const options of [[], ['-v'], ['-X'], ['-e'], ['-S', '-tt']]) {
        figures.push(...(await compare(options.join(' ') || 'lines', cut, options, options)));
      }
      figures.push(...(await compare(`${WHOLE} whole segments, -v`, whole, ['-v'], ['-v'])));
      const few = [FEW, '-w', '/dev/null'];
      figures.push(...(await compare(`few: ${FEW}`, cut, [FEW], few)));
      figures.push(...(await compare(`${WHOLE} whole segments, few`, whole, [FEW], few)));
      figures.push(...(await beside(await measure([nscap(cut, []), tshark(cut)].filter(isInstalled), 1))));
      figures.push(...(await startUp()));
      return figures;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function nscap(file: string, options: string[]): Contender {
  return { what: 'nscap read', program: NSCAP, args: ['read', file, ...options] };
}

function tshark(file: string): Contender {
  return { what: 'tshark -n', program: 'tshark', args: ['-n', '-r', file] };
}

function isInstalled({ program }: Contender): boolean {
  return program.includes('/') || installed(program);
}

/**
 * nscap and tcpdump in turn. Where TZ is unset the C library looks at /etc/localtime for every packet tcpdump prints,
 * so tcpdump runs with it set, too.
 */
async function compare(what: string, file: string, ours: string[], theirs: string[]): Promise<Figures[]> {
  const args = ['-n', '-r', file, ...theirs];
  const contenders = [
    nscap(file, ours),
    ...(installed('tcpdump')
      ? [
          { what: 'tcpdump -n', program: 'env', args: ['-u', 'TZ', 'tcpdump', ...args] },
          { what: 'tcpdump -n, TZ=UTC', program: 'env', args: ['TZ=UTC', 'tcpdump', ...args] },
        ]
      : []),
  ];
  const costs = await measure(contenders, ROUNDS);
  return contenders.map((contender, i) => ({
    what: `${what}: ${contender.what}`,
    ...row(costs[i]),
    ...(i === 0 && costs.length > 1 ? ratio(costs) : {}),
  }));
}

function row({ seconds, cpu, memory }: Cost): Record<string, number> {
  return { seconds: Number(seconds.toFixed(3)), 'CPU s': Number(cpu.toFixed(2)), MB: Math.round(memory) };
}

function ratio(costs: readonly Cost[]): Record<string, string> {
  const [ours, ...theirs] = costs.map((cost) => cost.seconds);
  return { '×': theirs.map((seconds) => (ours / seconds).toFixed(2)).join(', with TZ=UTC ') };
}

function beside([ours, theirs]: readonly Cost[]): Figures[] {
  if (theirs === undefined) return [];
  const faster = `${(theirs.seconds / ours.seconds).toFixed(1)} times faster than tshark`;
  return [
    { what: 'lines, once more: nscap read', ...row(ours), '×': faster },
    { what: 'lines, once more: tshark -n', ...row(theirs) },
  ];
}

/** What every command pays. */
async function startUp(): Promise<Figures[]> {
  const contenders = [
    { what: 'nscap --version', program: NSCAP, args: ['--version'] },
    { what: 'node -e 0', program: process.execPath, args: ['-e', '0'] },
  ];
  const costs = await measure(contenders, 5 * ROUNDS);
  return contenders.map(({ what }, i) => ({
    what,
    ...row(costs[i]),
    ...(i === 0 ? { '×': `${(costs[0].seconds / costs[1].seconds).toFixed(2)} of node -e 0` } : {}),
  }));
}
