// nscap capture beside tcpdump, in the same namespace at the same time: the same packets, lines and files.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFile } from '../../src/source/file.ts';
import { has } from '../support/needs.ts';
import { PROGRAM } from '../support/nscap.ts';
import { Lab, type Running } from './capture-lab.ts';

/** Time, lengths and bytes of each record of a pcap file, for a failure that says what differs. */
function records(file: Buffer): string[] {
  const found: string[] = [];
  for (let at = 24; at < file.length; ) {
    const [seconds, fraction, captured, wire] = [0, 4, 8, 12].map((offset) =>
      file.readUInt32LE(at + offset),
    ) as [number, number, number, number];
    found.push(
      `${seconds}.${String(fraction).padStart(6, '0')} ${captured}/${wire} ${file.toString('hex', at + 16, at + 16 + captured)}`,
    );
    at += 16 + captured;
  }
  return found;
}

/** Sends 100 MB, and takes them. */
const SOURCE = `
  const socket = require("node:net").connect(5000, "10.1.0.2");
  const bytes = Buffer.alloc(1 << 20);
  let left = 100;
  const more = () => { while (left-- > 0) if (!socket.write(bytes)) return; socket.end(); };
  socket.on("drain", more); more();`;
const SINK = `
  const server = require('node:net').createServer((socket) => { socket.resume(); socket.on('end', () => socket.end()); server.close(); });
  server.listen(5000, () => console.log('ready'));`;

const TUNNEL = `
  const koffi = require('node:module').createRequire(process.argv[1])('koffi'); const fs = require('node:fs'); const { execFileSync } = require('node:child_process');
  const tun = fs.openSync('/dev/net/tun', 'r+');
  const request = Buffer.alloc(40); request.write('tun0'); request.writeUInt16LE(0x1001, 16);
  if (koffi.load(null).func('int ioctl(int, unsigned long, ...)')(tun, 0x400454ca, 'void *', request) < 0) process.exit(1);
  for (const args of [['address', 'add', '10.2.0.1/24', 'dev', 'tun0'], ['link', 'set', 'tun0', 'up']]) execFileSync('ip', args);
  console.log('up');
  // Packets that come out of the tunnel go back in with source and target exchanged: whoever pings is answered.
  const packet = Buffer.alloc(2048);
  fs.read(tun, packet, 0, 2048, null, function answer(error, length) {
    if (error) return;
    const source = Buffer.from(packet.subarray(12, 16));
    packet.copyWithin(12, 16, 20); source.copy(packet, 16);
    if (packet[20] === 8) { packet[20] = 0; packet.writeUInt16BE((packet.readUInt16BE(22) + 0x800) % 0xffff, 22); }
    fs.writeSync(tun, packet, 0, length);
    fs.read(tun, packet, 0, 2048, null, answer);
  });`;

describe.runIf(has('netns'))('nscap capture', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab?.remove());

  describe.runIf(has('tcpdump'))('beside tcpdump', () => {
    /** The same traffic captured by tcpdump and by nscap with these options; answers both files. */
    async function both(
      name: string,
      device: string,
      options: string[],
      traffic: () => Promise<unknown>,
      filter: string,
    ) {
      const [theirs, ours] = [lab.file(`${name}.theirs.pcap`), lab.file(`${name}.ours.pcap`)];
      const tcpdump = await lab.tcpdump('a', ['-i', device, '-w', theirs, ...options, filter]);
      const capture = await lab.capture(['-w', ours, ...options, 'a', device, filter]);
      await traffic();
      const result = await capture.stop();
      // tcpdump loses what its kernel buffer holds when it is stopped; it has it for a second.
      await new Promise((resolve) => setTimeout(resolve, 1200));
      await tcpdump.stop();
      return { theirs: readFileSync(theirs), ours: readFileSync(ours), result };
    }

    test.each([
      ['veth', 'veth0', [], '10.1.0.2'],
      ['lo', 'lo', [], '127.0.0.1'],
      ['any', 'any', [], '10.1.0.2'],
      ['snaplen', 'veth0', ['-s', '60'], '10.1.0.2'],
      ['nanoseconds', 'veth0', ['--time-stamp-precision', 'nano'], '10.1.0.2'],
      ['incoming', 'veth0', ['-Q', 'in'], '10.1.0.2'],
      ['unbuffered', 'veth0', ['-U'], '10.1.0.2'],
      ['cooked', 'any', ['-y', 'LINUX_SLL'], '10.1.0.2'],
    ] as const)('the same file, byte for byte: %s', async (name, device, options, address) => {
      const { theirs, ours, result } = await both(
        name,
        device,
        [...options],
        () => lab.ping(20, address),
        'icmp',
      );
      expect(ours.length).toBeGreaterThan(20 * 60);
      expect(records(ours)).toEqual(records(theirs));
      expect(ours.equals(theirs)).toBe(true);
      expect(result.status).toBe(0);
    });

    test('the same file, byte for byte: tun, which has raw IP packets', async () => {
      const tunnel: Running = lab.start([
        'ip',
        'netns',
        'exec',
        'a',
        process.execPath,
        '-e',
        TUNNEL,
        PROGRAM,
      ]);
      await tunnel.printed(/up/);
      const { theirs, ours } = await both('tun', 'tun0', [], () => lab.ping(20, '10.2.0.9'), 'icmp');
      await tunnel.stop('SIGKILL');
      expect(ours.readUInt32LE(20), 'LINKTYPE_RAW').toBe(101);
      expect(ours.length).toBeGreaterThan(40 * 60);
      expect(records(ours)).toEqual(records(theirs));
      expect(ours.equals(theirs)).toBe(true);
    });

    test('the same lines', async () => {
      const options = ['-n', '-e', '-X', '-tttt'];
      const tcpdump = await lab.tcpdump('a', ['-i', 'veth0', ...options, '-l', 'icmp or udp']);
      const capture = await lab.capture([...options, 'a', 'veth0', 'icmp', 'or', 'udp']);
      await Promise.all([lab.ping(10), lab.send(10)]);
      await new Promise((resolve) => setTimeout(resolve, 1200));
      const [ours, theirs] = [await capture.stop(), await tcpdump.stop()];
      expect(ours.stdout.split('\n').length).toBeGreaterThan(30 * 4);
      // tcpdump ends an interrupted line with one more line end.
      expect(ours.stdout).toBe(theirs.stdout.replace(/\n\n$/, '\n'));
      expect(ours.stderr).toMatch(
        /^listening on veth0, link-type EN10MB \(Ethernet\), snapshot length 262144 bytes\n/,
      );
      const closing = (text: string) => text.split('\n').filter((line) => /^\d+ packets /.test(line));
      expect(closing(ours.stderr)).toEqual(closing(theirs.stderr));
    });
  });

  test('a packet is printed at once, and -c ends the capture', async () => {
    const capture = await lab.capture(['-c', '4', 'a', 'veth0', 'icmp']);
    await lab.ping(1);
    await capture.printed(/echo request.*\n.*echo reply.*\n/);
    await lab.ping(3);
    const { status, stdout, stderr } = await capture.end();
    expect(status).toBe(0);
    expect(stdout.match(/\n/g)).toHaveLength(4);
    expect(stderr).toMatch(
      /\n4 packets captured\n\d packets received by filter\n0 packets dropped by kernel\n$/,
    );
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s right after the traffic: all of it is in the file',
    async (signal) => {
      const file = lab.file(`${signal}.pcap`);
      const capture = await lab.capture(['-w', file, 'b', 'veth1', 'udp port 4000']);
      await lab.send(3000);
      const { status, stderr } = await capture.stop(signal);
      expect(status).toBe(0);
      expect(stderr).toMatch(
        /\n3000 packets captured\n3000 packets received by filter\n0 packets dropped by kernel\n$/,
      );
      expect(readFileSync(file).length).toBe(24 + 3000 * (16 + 106));
    },
  );

  test.each([
    ['printing', []],
    ['writing', ['-w', '/dev/null']],
  ])(
    '%s: what lies in /etc/netns/NAME is in /etc inside, and /sys shows the interfaces there',
    async (_, args) => {
      // A name that only the namespace's own hosts file knows. The lab's /etc is not touched.
      const script = `
      passwd=$(cat /etc/passwd)
      mount -t tmpfs tmpfs /etc
      mkdir -p /etc/netns/a
      echo "$passwd" > /etc/passwd
      echo 'hosts: files' > /etc/nsswitch.conf
      : > /etc/hosts
      echo '10.1.0.2 only-inside' > /etc/netns/a/hosts
      : > /etc/netns/a/not-in-etc
      exec "$@"`;
      const command = [process.execPath, PROGRAM, 'capture', ...args, 'a', 'veth0', 'host only-inside'];
      const capture = lab.start(['unshare', '--mount', 'sh', '-ec', script, 'sh', ...command]);
      await capture.said(/listening on veth0.*\n/);
      // One process from the start on: it is in the namespace, and what it shows is that of the namespace.
      const shown = `nsenter --mount --target ${capture.child.pid} ls /sys/class/net`;
      expect(await lab.shell(shown)).toBe('lo\nveth0\n');
      expect(await lab.shell('ip netns pids a')).toContain(String(capture.child.pid));
      expect((await capture.stop()).status).toBe(0);
    },
  );

  test('SIGUSR1 prints the counters, and the capture goes on', async () => {
    const capture = await lab.capture(['-w', lab.file('usr1.pcap'), 'a', 'veth0', 'icmp']);
    await lab.ping(2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    capture.child.kill('SIGUSR1');
    await capture.said(
      /nscap: 4 packets captured, 4 packets received by filter, 0 packets dropped by kernel\n/,
    );
    await lab.ping(1);
    expect((await capture.stop()).stderr).toContain('\n6 packets captured\n');
  });

  test('-w - is a pcap stream that tcpdump reads while it comes', async () => {
    const capture = await lab.capture(['-w', '-', '-c', '6', 'a', 'veth0', 'icmp']);
    await lab.ping(3);
    const { status } = await capture.end();
    expect(status).toBe(0);
    const bytes = Buffer.concat(capture.bytes);
    expect(bytes.readUInt32LE(0)).toBe(0xa1b2c3d4);
    expect(bytes.length).toBe(24 + 6 * (16 + 98));
  });

  test('several interfaces: merged in the order of time, told apart in pcapng', async () => {
    const file = lab.file('several.pcapng');
    const capture = await lab.capture(['-w', file, '--print', 'a', 'veth0', 'lo', 'icmp'], {}, 2);
    await Promise.all([lab.ping(30), lab.ping(30, '127.0.0.1')]);
    const { stdout, stderr } = await capture.stop();
    expect(stderr).toContain('\n120 packets captured\n');
    const times = stdout
      .trim()
      .split('\n')
      .map((line) => line.slice(0, 15));
    expect(times).toHaveLength(120);
    expect(times).toEqual([...times].sort());
  });

  test('more interfaces than libuv has threads', async () => {
    const numbers = [0, 1, 2, 3, 4, 5];
    await lab.shell(`ip netns add many; ip -n many link set lo up
      for i in ${numbers.join(' ')}; do
        ip -n many link add p$i type veth peer name q$i; ip -n many link set p$i up; ip -n many link set q$i up
        ip -n many address add 10.5.$i.1/24 dev p$i
      done`);
    const file = lab.file('many.pcapng');
    const capture = await lab.capture(['-w', file, 'many', ...numbers.map((i) => `p${i}`), 'arp'], {}, 6);
    await lab.shell(
      `for i in ${numbers.join(' ')}; do ip netns exec many ping -c 1 -W 0.1 10.5.$i.9 || true; done`,
    );
    expect((await capture.stop()).status).toBe(0);
    const source = await openFile(file);
    const seen = new Set<string>();
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) seen.add(source.interfaces[batch.interface[i]].name);
    }
    await source.close();
    expect([...seen].sort()).toEqual(numbers.map((i) => `many:p${i}`));
  });

  test.each([
    ['by libpcap alone', []],
    ['through memory', ['-U']],
    ['pcapng', ['--pcapng']],
  ])(
    'bulk with segments of up to 64 KiB: every packet that was not dropped is whole, %s',
    async (_, options) => {
      const file = lab.file('bulk');
      const capture = await lab.capture(['-w', file, ...options, 'b', 'veth1', 'tcp']);
      const server = lab.start(['ip', 'netns', 'exec', 'b', process.execPath, '-e', SINK]);
      await server.printed(/ready/);
      await lab.shell(`ip netns exec a ${process.execPath} -e '${SOURCE}'`);
      await server.end();
      const { stderr } = await capture.stop();
      const [captured, received, dropped] = stderr.match(/\d+(?= packets)/g)!.map(Number) as [
        number,
        number,
        number,
      ];
      expect(captured).toBe(received - dropped);
      const source = await openFile(file);
      let packets = 0;
      let largest = 0;
      for (let batch = await source.next(); batch !== null; batch = await source.next()) {
        packets += batch.count;
        for (let i = 0; i < batch.count; i++) {
          largest = Math.max(largest, batch.captured[i]);
          if (batch.captured[i] !== batch.wire[i]) throw new Error(`packet ${batch.frame(i)} was cut`);
        }
      }
      await source.close();
      expect(source.damage).toBeUndefined();
      expect(packets).toBe(captured);
      expect(largest).toBeGreaterThan(20_000);
    },
  );
});
