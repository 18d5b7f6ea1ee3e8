// nscap capture -w: rotation without loss at the seams, limits, damage by kill and by full disks, pcapng, ownership.
import { cpSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFile } from '../../src/source/file.ts';
import { has, met } from '../support/needs.ts';
import { Lab } from './capture-lab.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The numbers of the packets that `Lab.send` sent, in a file; and what is wrong with the file. */
async function numbers(path: string): Promise<{ numbers: number[]; damage: string | undefined }> {
  const source = await openFile(path);
  const found: number[] = [];
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    // Ethernet, IPv4 and UDP headers have 42 bytes.
    for (let i = 0; i < batch.count; i++) found.push(batch.view.getUint32(batch.offset[i] + 42));
  }
  await source.close();
  return { numbers: found, damage: source.damage };
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe.runIf(has('netns'))('nscap capture -w', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab?.remove());

  /** The files whose names begin so, in the order tcpdump numbers them. */
  function files(prefix: string): string[] {
    const number = (name: string) => Number(name.slice(prefix.length));
    return readdirSync(lab.folder)
      .filter((name) => name.startsWith(prefix))
      .sort((a, b) => number(a) - number(b));
  }

  test.each([
    ['pcap', []],
    ['pcapng', ['--pcapng']],
  ])('-C begins new files and loses no packet at the seams: %s', async (kind, options) => {
    const name = `size-${kind}`;
    const capture = await lab.capture(['-w', lab.file(name), '-C', '100k', ...options, 'b', 'veth1', 'udp']);
    await lab.send(5000, 200);
    const { status, stderr } = await capture.stop();
    expect(status).toBe(0);
    expect(stderr).toContain('\n5000 packets captured\n');
    const made = files(name);
    expect(made.slice(0, 3)).toEqual([name, `${name}1`, `${name}2`]);
    expect(made.length).toBeGreaterThanOrEqual(12);
    const all: number[] = [];
    for (const file of made) {
      const read = await numbers(lab.file(file));
      expect(read.damage).toBeUndefined();
      all.push(...read.numbers);
      // As with tcpdump the packet that passes the limit is still in the file.
      expect(statSync(lab.file(file)).size).toBeLessThan(100 * 1024 + 700);
    }
    expect(all).toEqual(upTo(5000));
  });

  test('-C with -W is a ring that keeps the last packets', async () => {
    const capture = await lab.capture(['-w', lab.file('ring'), '-C', '20k', '-W', '12', 'b', 'veth1', 'udp']);
    await lab.send(5000, 200);
    expect((await capture.stop()).status).toBe(0);
    const made = files('ring');
    expect(made).toEqual(upTo(12).map((i) => `ring${String(i).padStart(2, '0')}`));
    const all = (await Promise.all(made.map((file) => numbers(lab.file(file))))).flatMap(
      (read) => read.numbers,
    );
    all.sort((a, b) => a - b);
    expect(all.at(-1)).toBe(4999);
    expect(all).toEqual(upTo(5000).slice(all[0]));
    expect(all.length).toBeGreaterThan(11 * 75);
  });

  test('-G begins a new file after so long, named by strftime; -W ends the capture', async () => {
    const capture = await lab.capture(['-w', lab.file('time-%s'), '-G', '1', '-W', '3', 'b', 'veth1', 'udp']);
    let sent = 0;
    while (capture.child.exitCode === null && sent < 60) {
      await lab.send(1).catch(() => {});
      sent++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { status, stderr } = await capture.end();
    expect(status).toBe(0);
    expect(stderr).toContain('Maximum file limit reached: 3\n');
    const made = files('time-');
    expect(made).toHaveLength(3);
    const counts = await Promise.all(
      made.map(async (file) => (await numbers(lab.file(file))).numbers.length),
    );
    // The first packet after the third period ended the capture; all before it are there.
    expect(stderr).toContain(`\n${counts.reduce((a, b) => a + b)} packets captured\n`);
  });

  test('--max-size ends before the file is larger; --json tells of it', async () => {
    const file = lab.file('limited.pcap');
    const capture = await lab.capture(['-w', file, '--max-size', '10k', '--json', 'b', 'veth1', 'udp']);
    await lab.send(200);
    const { status, stdout } = await capture.end();
    expect(status).toBe(0);
    const size = 24 + Math.floor((10 * 1024 - 24) / 122) * 122;
    expect(statSync(file).size).toBe(size);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      ended: 'size',
      captured: (size - 24) / 122,
      droppedByKernel: 0,
      interfaces: [{ name: 'b:veth1', linkType: 1, gone: false }],
      files: [{ path: file, bytes: size }],
    });
  });

  test('--duration ends it', async () => {
    const capture = await lab.capture([
      '-w',
      lab.file('duration.pcap'),
      '--duration',
      '0.3',
      '--json',
      'a',
      'lo',
    ]);
    expect(JSON.parse((await capture.end()).stdout)).toMatchObject({ ended: 'duration', captured: 0 });
  });

  test.each([[[]], [['-U']], [['--pcapng']]])(
    'kill -9 leaves whole records: %j',
    async (options: string[]) => {
      const file = lab.file(`killed${options.join('')}`);
      const capture = await lab.capture(['-w', file, ...options, 'b', 'veth1', 'udp']);
      const traffic = lab.send(20_000);
      while (statSync(file).size < 1000) await new Promise((resolve) => setTimeout(resolve, 10));
      capture.child.kill('SIGKILL');
      await traffic;
      await capture.end();
      const { numbers: found } = await numbers(file);
      expect(found).toEqual(upTo(found.length));
      expect(found.length).toBeGreaterThan(0);
    },
  );

  test('without -U, packets that wait for others are written after a second', async () => {
    const file = lab.file('idle.pcap');
    const capture = await lab.capture(['-w', file, 'b', 'veth1', 'udp']);
    await lab.send(3);
    await expect.poll(async () => (await numbers(file)).numbers).toEqual([0, 1, 2]);
    await lab.send(2);
    expect((await capture.stop()).stderr).toContain('\n5 packets captured\n');
    expect((await numbers(file)).numbers).toEqual([0, 1, 2, 0, 1]);
  });

  test('without -U, packets of a trickle that never pauses are written after a second, too', async () => {
    const file = lab.file('trickle.pcap');
    const capture = await lab.capture(['-w', file, 'b', 'veth1', 'icmp']);
    const ping = lab.start(['ip', 'netns', 'exec', 'a', 'ping', '-q', '-i', '0.1', '10.1.0.2']);
    // Less than a buffer of the C library holds, while more keep coming.
    await expect.poll(() => statSync(file).size).toBeGreaterThan(24);
    expect(statSync(file).size).toBeLessThan(4096 * 4);
    expect(ping.child.exitCode).toBeNull();
    const sent = Number(/^(\d+) packets transmitted/m.exec((await ping.stop()).stdout)![1]);
    expect((await capture.stop()).stderr).toContain(`\n${2 * sent} packets captured\n`);
  });

  test.each([[[]], [['-U']], [['--pcapng']], [['-C', '1']]])(
    'a full disk: said in one line, exit status 1, the file whole: %j',
    async (options: string[]) => {
      await lab.shell('mkdir -p /mnt/full; mount -t tmpfs -o size=256k tmpfs /mnt/full');
      const capture = await lab.capture(['-w', '/mnt/full/x', ...options, 'b', 'veth1', 'udp']);
      await lab.send(8000, 100);
      const { status, stderr } = await capture.end();
      expect(status).toBe(1);
      expect(stderr).toMatch(/nscap: cannot write \/mnt\/full\/x: no space left on device\n/i);
      expect(stderr).not.toMatch(/^ {4}at /m);
      const copy = lab.file(`full${options.join('')}`);
      await lab.shell(`cp /mnt/full/x ${copy}; umount /mnt/full`);
      const { numbers: found, damage } = await numbers(copy);
      expect(damage).toBeUndefined();
      expect(found.length).toBeGreaterThan(1000);
      expect(found).toEqual(upTo(found.length));
      expect(stderr).toContain(`\n${found.length} packets captured\n`);
    },
  );

  test.runIf(has('tshark'))('pcapng tells all that is known, and tshark has no warning for it', async () => {
    const file = lab.file('all.pcapng');
    const capture = await lab.capture(['-w', file, 'a', 'any', 'icmp']);
    await lab.ping(5);
    await capture.stop();
    const { stdout: info } = await lab.run('capinfos', file);
    expect(info).toMatch(/Name = a:any\n/);
    expect(info).toMatch(/Description = all interfaces of network namespace a\n/);
    expect(info).toMatch(/Filter string = icmp\n/);
    expect(info).toMatch(/Time precision = nanoseconds/);
    expect(info).toMatch(/Operating system = Linux /);
    expect(info).toMatch(/Capture application: nscap /);
    expect(info).toMatch(/Number of stat entries = 1\n/);
    const fields = ['frame.interface_name', 'frame.packet_flags_direction', 'icmp.type'];
    const { stdout, stderr } = await lab.run(
      'tshark',
      '-r',
      file,
      '-T',
      'fields',
      ...fields.flatMap((field) => ['-e', field]),
    );
    expect(stdout).toBe('a:veth0\t0x00000002\t8\na:veth0\t0x00000001\t0\n'.repeat(5));
    expect(stderr.replace(/^Running as user.*\n/m, '')).toBe('');
  });

  // In a user namespace there is no other user to become.
  test.runIf(has('root'))(
    'files belong to the user who ran sudo, and so does the process once it captures',
    async () => {
      const env = { SUDO_UID: '65534', SUDO_GID: '65534', SUDO_USER: 'nobody' };
      const file = lab.file('sudo.pcap');
      const capture = await lab.capture(['-w', file, 'a', 'veth0', 'icmp'], env);
      await lab.ping(2);
      const uids = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${capture.child.pid}/status`, 'utf8'))?.[1];
      await capture.stop();
      expect((await numbers(file)).numbers).toHaveLength(4);
      expect(uids?.split(/\s+/)).toEqual(Array(4).fill('65534'));
      expect(statSync(file).uid).toBe(65534);
      const rotating = lab.start(
        [process.execPath, ...lab.program, 'capture', '-w', lab.file('r'), '-C', '1', 'a', 'lo'],
        env,
      );
      const { status, stderr } = await rotating.end();
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /nscap: nobody may not make further files in .*\nhint: -Z root goes on as root\n/,
      );
    },
  );

  test('prints and analyses as a user who cannot read where nscap lies', async () => {
    // The lab's folder is its owner's alone.
    cpSync(join(ROOT, 'dist'), lab.file('dist'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), lab.file('node_modules'));
    // In a user namespace there is no other user to become.
    const user = met('root') ? ['-Z', 'nobody'] : [];
    const argv = ['capture', ...user, '--analyze', '-c', '2', 'a', 'veth0', 'udp'];
    const capture = lab.start([process.execPath, lab.file('dist/nscap.js'), ...argv]);
    await capture.said(/listening/);
    await lab.send(1);
    // SNMP: one of the printers that lie in a file of their own.
    await lab.send(1, 64, 161);
    expect(await capture.end()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(
        /^.* > 10\.1\.0\.2\.4000: UDP, length 64\n.* > 10\.1\.0\.2\.161: .*\nno TCP connections\n$/,
      ),
    });
  });
});
