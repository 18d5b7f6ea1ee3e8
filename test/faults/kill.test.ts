// kill -9, SIGTERM, SIGINT and SIGHUP at random moments of every command that runs for a while: files are whole or said to
// be cut short, and nothing is left: no process, packet socket, nft table, tracefs instance, namespace or temporary file.
//
//   NSCAP_FAULTS=200 npx vitest run test/faults/kill.test.ts      so many moments for each command; 2 otherwise
//   NSCAP_SEED=7                                                  the moments of an earlier run; it is printed
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Lab, type Running } from '../cli/capture-lab.ts';
import { met } from '../support/needs.ts';
import { nscap, PROGRAM } from '../support/nscap.ts';
import { processFile } from '../support/proc.ts';
import { Random } from '../support/random.ts';

const TIMES = Number(process.env.NSCAP_FAULTS ?? 2);
const SEED = Number(process.env.NSCAP_SEED ?? Date.now() % 1e6);
/** Milliseconds from the start within which a command is ended: while it starts, while it runs. */
const WITHIN = 2500;
const SIGNALS = ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const;

const COMMANDS: [name: string, args: (file: string) => string[], file?: string][] = [
  ['capture', () => ['capture', 'a', 'veth0']],
  ['capture -w', (file) => ['capture', '-w', file, '-U', 'a', 'veth0'], 'x.pcap'],
  [
    'capture -w, pcapng, two interfaces',
    (file) => ['capture', '-w', file, 'a', '-i', 'a:veth0', '-i', 'b:veth1'],
    'y.pcapng',
  ],
  ['capture --drops --process', () => ['capture', '--drops', '--process', 'a', 'veth0']],
  ['drops --how bpf', () => ['drops', '--how', 'bpf', 'a']],
  ['drops --how tracefs', () => ['drops', '--how', 'tracefs', 'a']],
  ['drops --how nft', () => ['drops', '--how', 'nft', 'a']],
  ['drops --how counters', () => ['drops', '--how', 'counters', 'a']],
  ['trace -w', (file) => ['trace', '-w', file, 'a:veth0', 'b:veth1'], 'z.pcapng'],
  ['trace --to', () => ['trace', 'a', '--to', '10.1.0.2']],
  ['stats', () => ['stats', 'conversations', '-i', 'a:veth0']],
  ['map --watch', () => ['map', '--watch']],
  ['why', () => ['why', 'a', '10.1.0.2', '7096']],
  ['report --duration', (file) => ['report', '--duration', '1', 'a', 'veth0', '-o', file], 'r.html'],
  ['capture -G', (file) => ['capture', '-w', `${file}-%s.pcap`, '-U', '-G', '1', 'a', 'veth0'], 'g'],
  ['capture -w, compressed', (file) => ['capture', '-w', file, 'a', 'veth0'], 'w.pcap.gz'],
  ['extcap', (file) => ['extcap', '--capture', '--extcap-interface', 'a:veth0', '--fifo', file], 'e.pcapng'],
  ['top', () => ['top', 'a', 'veth0']],
  ['nc -l', () => ['nc', '-l', '-k', '127.0.0.1', '7096']],
  ['exporter --drops', () => ['exporter', '--drops', '--listen', '127.0.0.1:0', 'a:veth0', 'b:veth1']],
  [
    'tcp-test',
    (file) => ['tcp-test', '7096', '--server', 'b', '--client', 'a', '--bytes', '1G', '-w', file],
    't.pcap',
  ],
];

/** What may be left in a lab, by kind. */
interface Left {
  processes: string[];
  packetSockets: string[];
  tables: string[];
  instances: string[];
  namespaces: string[];
  records: string[];
  temporary: string[];
}

describe.runIf(met('root'))(`ended at any moment (NSCAP_SEED=${SEED})`, () => {
  let lab: Lab;
  let before: Left;
  let traffic: Running;
  const random = new Random(SEED);

  beforeAll(async () => {
    lab = await Lab.make();
    // Traffic all the time; half an hour of it at most.
    traffic = lab.start(['ip', 'netns', 'exec', 'a', 'ping', '-q', '-i', '0.01', '-c', '180000', '10.1.0.2']);
    before = await left(0);
  });
  afterAll(async () => {
    await traffic.stop('SIGKILL');
    lab.remove();
  });

  /** `pid`: of the process that has made instances of the kernel's tracing, which all namespaces share. */
  async function left(pid: number): Promise<Left> {
    const lines = async (script: string) =>
      (await lab.shell(script)).split('\n').filter((line) => line !== '');
    const found = await lines(`
      for n in a b; do ip netns exec $n sh -c 'tail -n +2 /proc/net/packet | sed "s/^/packet $0 /"' $n; done
      for n in a b; do ip netns exec $n nft list tables | sed 's/^/table /'; done
      unshare -m sh -c 'mount -t tracefs none /mnt && ls /mnt/instances' | sed 's/^/instance /'
      ip netns list | sed 's/^/namespace /'
      ls -d /run/nscap/labs/* 2>/dev/null | sed 's/^/record /' || true`);
    const of = (kind: string) => found.filter((line) => line.startsWith(`${kind} `));
    return {
      processes: processes(),
      packetSockets: of('packet'),
      tables: of('table'),
      instances: of('instance').filter((line) => line.includes(`nscap-${pid}-`)),
      namespaces: of('namespace'),
      records: of('record'),
      temporary: readdirSync(lab.folder).filter(
        (name) => !COMMANDS.some(([, , file]) => file !== undefined && name.startsWith(file)),
      ),
    };
  }

  /** Processes that have this lab's folder in their environment: all that nscap was started with in it. */
  function processes(): string[] {
    const mark = `TMPDIR=${lab.folder}`;
    return readdirSync('/proc').filter(
      (name) => /^\d+$/.test(name) && processFile(name, 'environ')?.includes(mark),
    );
  }

  /** Files that a command has written: one, or several that begin so. */
  const written = (name: string) =>
    readdirSync(lab.folder).filter((one) => one.startsWith(name) && !one.endsWith('.html'));

  test.each(COMMANDS)('%s', async (command, args, name) => {
    const file = lab.file(name ?? 'none');
    for (let n = 0; n < TIMES; n++) {
      const [signal, wait] = [random.pick(SIGNALS), random.below(WITHIN)];
      const argv = [process.execPath, PROGRAM, ...args(file)];
      // top draws on a terminal only, and has to end with it: script(1) ignores SIGHUP.
      const ofTerminal = command === 'top';
      const running = lab.start(ofTerminal ? ['script', '-qfc', argv.join(' '), '/dev/null'] : argv, {
        TMPDIR: lab.folder,
        TERM: 'xterm',
      });
      await new Promise((resolve) => setTimeout(resolve, wait));
      running.child.kill(ofTerminal && signal === 'SIGHUP' ? 'SIGKILL' : signal);
      const { status: ended } = await running.end();
      expect(ended, 'a usage error would test nothing').not.toBe(2);
      const pid = running.child.pid!;
      await expect
        .poll(() => left(pid), { message: `${signal} after ${wait} ms: what is left` })
        .toEqual(before);
      expect(running.stderr, `${signal} after ${wait} ms`).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
      for (const one of name === undefined ? [] : written(name)) {
        // Whole, or cut short, which is said; never unreadable.
        const { status, stderr } = await nscap(['read', '-q', lab.file(one)]);
        expect(
          { status, stderr: stderr.replace(/.*(truncated|cut short).*/s, '') },
          `${one}: ${signal} after ${wait} ms`,
        ).toEqual({ status: 0, stderr: '' });
      }
    }
  });
});
