// What a machine lacks: programs, a home, a folder for temporary files, /proc, descriptors. Every command goes without it, or says in a
// sentence what it lacks; none hangs, lies about the cause, or shows a stack trace.
//
//   NSCAP_FAULTS=1 npx vitest run test/faults/lacking.test.ts     each command with each lack; else with all of a kind at once
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { Lab } from '../cli/capture-lab.ts';
import { met } from '../support/needs.ts';
import { PROGRAM } from '../support/nscap.ts';

const SAMPLE = fileURLToPath(new URL('../../captures/walkthrough.pcap', import.meta.url));
const LONG = process.env.NSCAP_FAULTS !== undefined;

/** A call of every command that ends by itself; `o` is a folder to write to. */
const CALLS: Record<string, (o: string) => string[]> = {
  capture: (o) => [
    ...['capture', '-w', `${o}/c.pcapng`, '--drops', '--process', '--duration', '100ms'],
    ...['a', '-i', 'a:veth0', '-i', 'b:veth1'],
  ],
  drops: () => ['drops', '--duration', '100ms', 'a'],
  trace: () => ['trace', '--duration', '100ms', 'a:veth0', 'b:veth1'],
  read: () => ['read', '-c', '1', SAMPLE],
  analyze: () => ['analyze', SAMPLE],
  top: () => ['top', 'a', 'veth0'],
  stats: () => ['stats', 'conversations', '-i', 'a:veth0', '--duration', '100ms'],
  convert: (o) => ['convert', SAMPLE, `${o}/c.pcap`],
  follow: () => ['follow', SAMPLE, '0'],
  report: (o) => ['report', '--duration', '100ms', 'a', 'veth0', '-o', `${o}/r.html`],
  fields: () => ['fields', 'tcp.port'],
  filter: () => ['filter', 'tcp', 'port', '80'],
  why: () => ['why', 'a', '10.1.0.2'],
  map: () => ['map'],
  ns: () => ['ns'],
  'tcp-test': (o) => ['tcp-test', '7096', '--client', 'a', '--server', 'b', '-w', `${o}/t.pcap`],
  completion: () => ['completion', 'bash'],
  nc: () => ['nc', '-z', '-w', '1', '127.0.0.1', '9'],
  extcap: () => ['extcap', '--extcap-interfaces'],
  wireshark: () => ['wireshark', 'a', 'veth0'],
  store: (o) => ['store', 'import', '--store', `${o}/store`, SAMPLE],
  exporter: () => ['exporter', 'a:nothing'],
  fleet: (o) => ['fleet', 'worst', '--store', `${o}/store`],
  lab: () => ['lab', 'status'],
};

/** What is done before the program takes the shell's place. */
const LACKS: Record<string, string> = {
  'a PATH': 'export PATH=',
  'a home': 'unset HOME',
  'a folder for temporary files': 'export TMPDIR=/nonexistent',
  descriptors: 'ulimit -n 20',
  'a few descriptors': 'ulimit -n 26',
  '/proc': '/bin/umount -l /proc',
};
const SHORT: Record<string, string> = {
  'its environment': 'unset HOME; export PATH= TMPDIR=/nonexistent',
  descriptors: 'ulimit -n 22',
};

describe.runIf(met('root'))('a machine that lacks', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab.remove());

  test('every command is tried', () => {
    expect(Object.keys(CALLS).sort()).toEqual(Object.keys(COMMANDS).sort());
  });

  describe.each(Object.entries(LONG ? { ...LACKS, ...SHORT } : SHORT))('%s', (_, without) => {
    test.concurrent.for(Object.entries(CALLS))('%s', async ([name, call], { expect }) => {
      const folder = lab.file(`${name}-${without.replaceAll(/\W/g, '')}`);
      mkdirSync(folder);
      const script = `${without}; exec "$@"`;
      // In a session of its own: a signal to its whole process group is not to end this one.
      const argv = [
        'setsid',
        '--wait',
        'unshare',
        '--mount',
        '--',
        'sh',
        '-c',
        script,
        'sh',
        process.execPath,
        PROGRAM,
      ];
      const { status, signal, stdout, stderr } = await lab.run(...argv, ...call(folder));
      const said = `${without}: nscap ${name}: ${stderr}`;
      expect(signal, said).toBeNull();
      expect([0, 1, 2, 4], said).toContain(status);
      expect(`${stdout}${stderr}`, said).not.toMatch(
        /^\s+at .*:\d+:\d+\)?$|node:internal|is not a function|Cannot read prop|\bundefined\b|E[A-Z]{4,}: /m,
      );
      if (status === 0) return;
      const sentences = stderr.split('\n').filter((line) => /^nscap: .{10}/.test(line));
      // Wireshark shows what extcap says as it stands.
      expect(sentences.length, said).toBeGreaterThan(name === 'extcap' ? -1 : 0);
      if (/ulimit -n/.test(without)) expect(said).not.toMatch(/not installed|damaged|may not be looked into/);
    });
  });
});
