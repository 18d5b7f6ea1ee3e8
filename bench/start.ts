// From the start of a live capture to "listening", and what it costs above tcpdump's.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, type Figures, installed, median } from './measure.ts';

const ROUNDS = 15;
const NAME = `nsb-${process.pid}-s`;
const NSCAP = fileURLToPath(new URL('../nscap.js', import.meta.url));

function contenders(folder: string): [what: string, argv: string[]][] {
  const tcpdump = ['ip', 'netns', 'exec', NAME, 'tcpdump', '-i', 'lo'];
  const nscap = [NSCAP, 'capture'];
  const out = (name: string) => join(folder, name);
  return [
    ['tcpdump -n', [...tcpdump, '-n']],
    ['tcpdump -w', [...tcpdump, '-Z', 'root', '-w', out('a.pcap')]],
    ['nscap capture', [...nscap, NAME, 'lo']],
    ['nscap capture, with a filter', [...nscap, NAME, 'lo', 'tcp port 80']],
    ['nscap capture -X', [...nscap, '-X', NAME, 'lo']],
    ['nscap capture --analyze', [...nscap, '--analyze', NAME, 'lo']],
    ['nscap capture -w', [...nscap, '-w', out('b.pcap'), NAME, 'lo']],
    ['nscap capture --pcapng -w', [...nscap, '--pcapng', '-w', out('b.pcapng'), NAME, 'lo']],
    ['nscap capture, two interfaces', [...nscap, NAME, 'veth0', 'veth1']],
  ];
}

export const bench: Bench = {
  title: `From start to "listening" (median of ${ROUNDS}, in turn)`,
  async run(): Promise<Figures[]> {
    const folder = mkdtempSync(join(tmpdir(), 'nscap-bench-'));
    execFileSync('ip', ['netns', 'add', NAME]);
    try {
      execFileSync('ip', ['-n', NAME, 'link', 'set', 'dev', 'lo', 'up']);
      execFileSync('ip', [
        '-n',
        NAME,
        'link',
        'add',
        'name',
        'veth0',
        'type',
        'veth',
        'peer',
        'name',
        'veth1',
      ]);
      for (const device of ['veth0', 'veth1'])
        execFileSync('ip', ['-n', NAME, 'link', 'set', 'dev', device, 'up']);
      const all = contenders(folder).filter(([what]) => !what.startsWith('tcpdump') || installed('tcpdump'));
      const times: number[][] = all.map(() => []);
      for (let round = 0; round < ROUNDS; round++) {
        for (const [i, [, argv]] of all.entries()) times[i].push(await start(argv));
      }
      const medians = times.map(median);
      return all.map(([what], i) => ({
        what,
        ms: Math.round(medians[i]),
        'above tcpdump -n': Math.round(medians[i] - medians[0]),
      }));
    } finally {
      execFileSync('ip', ['netns', 'delete', NAME]);
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Milliseconds until a capture says that it listens; ends it then. */
async function start([program, ...args]: string[]): Promise<number> {
  const began = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await listening(child);
  const took = performance.now() - began;
  child.kill('SIGINT');
  await ended;
  return took;
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr!.on('data', (chunk) => {
      said += chunk;
      if (said.includes('listening on ')) resolve();
    });
    child.once('exit', () => reject(new Error(`no capture began: ${said}`)));
  });
}
