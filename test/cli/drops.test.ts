// nscap drops, capture --drops and tcp-test's reasons, as a user runs them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Pair } from '../drops/pair.ts';
import { has } from '../support/needs.ts';
import { finish, nscap, type Result, run, seen, start } from '../support/nscap.ts';

const RULES =
  'add table inet f; add chain inet f i { type filter hook input priority 0; }; add rule inet f i tcp dport 80 drop';

describe.runIf(has('bpf', 'nft'))('nscap drops', () => {
  let pair: Pair;
  const folder = mkdtempSync(join(tmpdir(), 'nscap-drops-'));
  beforeAll(() => {
    pair = new Pair();
    pair.in(pair.b, 'nft', RULES);
  });
  afterAll(() => {
    pair?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs the command, and once it watches, `traffic`; it ends by itself (-c) or when `traffic` is over. */
  async function watched(args: string[], traffic: () => void): Promise<Result> {
    const child = start(args);
    const ended = finish(child);
    await seen(child.stderr, /watching drops|listening on/);
    traffic();
    if (!args.includes('-c')) setTimeout(() => child.kill('SIGINT'), 300);
    return ended;
  }
  const knock = () => pair.attempt(pair.a, 'timeout', '0.2', 'bash', '-c', 'exec 3<>/dev/tcp/10.77.0.2/80');
  const closed = () => pair.udp(pair.a, '10.77.0.2', 9999);

  test('a line for each packet, and a summary by reason, rule and interface', async () => {
    const { stdout, status } = await watched(['drops', pair.a, pair.b, 'not', 'icmp6'], () => {
      knock();
      closed();
    });
    expect(status).toBe(0);
    expect(stdout).toContain(
      `[dropped: NETFILTER_DROP in nft_do_chain, rule inet f i handle 2: tcp dport 80 drop, ${pair.b}:veth1 in]\n`,
    );
    expect(stdout).toMatch(
      /^[\d:.]+ IP 10\.77\.0\.1\.\d+ > 10\.77\.0\.2\.9999: UDP, length 5 \[dropped: NO_SOCKET in \w+, \S+:veth1 in\]$/m,
    );
    expect(stdout).toMatch(/^ +1 {2}NO_SOCKET +nothing listens on that address and port$/m);
    expect(stdout).toMatch(/^ +1 {2}inet f i handle 2: tcp dport 80 drop$/m);
    expect(stdout).toMatch(new RegExp(`^ +2  ${pair.b}:veth1$`, 'm'));
  });

  test('of a flood that is more than nft traces, it is said that the number is not known', async () => {
    const flood = `const s = require('dgram').createSocket('udp4');
      let left = 30000, open = 0;
      const send = () => { while (left > 0 && open < 100) { left--; open++; s.send('x', 80, '10.77.0.2', () => { open--; send(); }); }
        if (left === 0 && open === 0) s.close(); };
      send();`;
    pair.in(pair.b, 'nft', 'add rule inet f i udp dport 80 drop');
    const { stderr, status } = await watched(['drops', '--how', 'nft', pair.b, 'udp port 80'], () =>
      pair.attempt(pair.a, process.execPath, '-e', flood),
    );
    expect(stderr).toMatch(/^more packets came than nft traces .*: .* not known how many were dropped$/m);
    expect(status).toBe(0);
  });

  test('-Y takes packets by a display filter, and the summary is of these', async () => {
    const filter = 'udp.dstport == 9999 && nscap.drop.reason == "NO_SOCKET"';
    const { stdout, stderr, status } = await watched(['drops', '-Y', filter, pair.b], () => {
      knock();
      closed();
    });
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('UDP, length 5 [dropped: NO_SOCKET in ');
    expect(stdout).not.toContain('NETFILTER_DROP');
    expect(stdout).toMatch(/^ +1 {2}NO_SOCKET /m);
    expect(stderr).toContain('1 drop event shown\n');
    const wrong = await nscap(['drops', '-Y', 'udp.dsport == 1', pair.b]);
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    // What was only counted may be what the filter would take.
    for (const other of [
      ['--assert', 'drops == 0'],
      ['--how', 'counters'],
    ]) {
      expect(await nscap(['drops', '-Y', 'udp', ...other, pair.b])).toMatchObject({ status: 2, stdout: '' });
    }
  });

  test('--json: an object a line', async () => {
    const { stdout } = await watched(['drops', '--json', '-c', '1', pair.b, 'tcp'], knock);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(1);
    const event = JSON.parse(lines[0]);
    expect(event).toMatchObject({
      netns: pair.b,
      interface: 'veth1',
      direction: 'in',
      reason: 'NETFILTER_DROP',
      function: 'nft_do_chain',
      rule: { family: 'inet', table: 'f', chain: 'i', handle: 2, text: 'tcp dport 80 drop' },
      how: 'bpf',
    });
    expect(event.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(event.packet.text).toMatch(/^IP 10\.77\.0\.1\.\d+ > 10\.77\.0\.2\.80: Flags \[S\]/);
    expect(event.packet.hex).toMatch(/0a4d00010a4d0002/);
  });

  test('--explain: what it means, and what decides it', async () => {
    const { stdout } = await watched(['drops', '--explain', '-c', '1', pair.b, 'udp'], closed);
    expect(stdout).toContain(
      '# NO_SOCKET: nothing listens on that address and port\n        # decided by: ss -ltunp',
    );
  });

  test.runIf(has('tshark'))('-w: Wireshark shows reason, direction and interface', async () => {
    const file = join(folder, 'drops.pcapng');
    await watched(['drops', '-w', file, pair.b, 'udp or tcp'], () => {
      knock();
      closed();
    });
    const fields = [
      'frame.interface_name',
      'frame.comment',
      'frame.packet_flags_direction',
      'frame.drop_count',
    ];
    const { stdout } = await run('tshark', [
      '-r',
      file,
      '-T',
      'fields',
      ...fields.flatMap((name) => ['-e', name]),
    ]);
    expect(stdout.trim().split('\n')).toEqual([
      `${pair.b}:veth1\tdropped: NETFILTER_DROP in nft_do_chain, rule inet f i handle 2: tcp dport 80 drop\t0x00000001\t0`,
      expect.stringMatching(new RegExp(`^${pair.b}:veth1\tdropped: NO_SOCKET in \\w+\t0x00000001\t0$`)),
    ]);
  });

  test.runIf(has('tshark'))(
    '-w: what has no Ethernet header yet lies on a second interface, which says so',
    async () => {
      const file = join(folder, 'both.pcapng');
      const output =
        'add table ip o; add chain ip o o { type filter hook output priority 0; }; add rule ip o o udp dport 777 drop';
      pair.in(pair.b, 'nft', output);
      await watched(['drops', '-w', file, pair.b, 'udp'], () => {
        pair.udp(pair.b, '10.77.0.1', 777);
        closed();
      });
      pair.in(pair.b, 'nft', 'delete', 'table', 'ip', 'o');
      const shown = ['frame.interface_name', 'frame.interface_description', 'frame.protocols'];
      const fields = shown.flatMap((name) => ['-e', name]);
      const { stdout } = await run('tshark', ['-r', file, '-T', 'fields', ...fields]);
      const where = `packets dropped on veth1 in network namespace ${pair.b}`;
      expect(stdout.trim().split('\n')).toEqual([
        `${pair.b}:veth1\t${where}, without a link-layer header\traw:ip:udp:data`,
        `${pair.b}:veth1\t${where}\teth:ethertype:ip:udp:data`,
      ]);
    },
  );

  test('--assert: status 3 and a sentence', async () => {
    const failing = await watched(['drops', '--assert', 'drops == 0', pair.b, 'udp'], closed);
    expect(failing.status).toBe(3);
    expect(failing.stderr).toContain('drops == 0 does not hold: drops is 1');
    const holding = await watched(['drops', '--assert', 'NETFILTER_DROP == 0', pair.b, 'udp'], closed);
    expect(holding.status).toBe(0);
    const wrong = await nscap(['drops', '--assert', 'packets = 1', pair.b]);
    expect(wrong.status).toBe(2);
  });

  test('multicast without a receiver is no trouble', async () => {
    const { status, stdout } = await watched(['drops', '--assert', 'drops == 0', pair.b, 'ip6'], () =>
      pair.udp(pair.a, 'ff02::77%veth0', 9),
    );
    expect(stdout).toMatch(/NOT_SPECIFIED +no trouble/);
    expect(status).toBe(0);
  });

  test('a name that is no namespace and no filter is an error that names those there are', async () => {
    const { status, stderr } = await nscap(['drops', 'nowhere']);
    expect(status).toBe(1);
    expect(stderr).toContain("there is no namespace 'nowhere'");
    const filter = await nscap(['drops', pair.b, 'tcp', 'prot', '80']);
    expect(filter.status).toBe(2);
  });

  test('capture --drops: what is dropped stands between what is captured', async () => {
    const { stdout } = await watched(['capture', '--drops', pair.b, 'veth1', 'udp port 9999'], closed);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/UDP, length 5$/);
    expect(lines[1]).toMatch(/UDP, length 5 \[dropped: NO_SOCKET in \w+\]$/);
  });

  test('capture --drops -w: the reason is a comment in pcapng, and pcap is refused', async () => {
    const file = join(folder, 'both.pcapng');
    await watched(['capture', '--drops', '-w', file, pair.b, 'veth1', 'udp port 9999'], closed);
    expect(readFileSync(file).includes('dropped: NO_SOCKET in ')).toBe(true);
    const { stdout } = await nscap(['read', '-t', file]);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    const refused = await nscap(['capture', '--drops', '-w', join(folder, 'both.pcap'), pair.b, 'veth1']);
    expect(refused.status).toBe(2);
  });

  test('tcp-test says why a step was lost', async () => {
    const file = join(folder, 'test.pcap');
    const { stdout, status } = await nscap([
      'tcp-test',
      '80',
      '--server',
      pair.b,
      '--client',
      pair.a,
      '--timeout',
      '1',
      '--json',
      '-w',
      file,
    ]);
    expect(status).toBe(1);
    const { steps } = JSON.parse(stdout) as { steps: { name: string; seen: string }[] };
    expect(steps.find(({ name }) => name === 'connect')?.seen).toContain(
      `${pair.b}:veth1 dropped: NETFILTER_DROP in nft_do_chain, rule inet f i handle 2: tcp dport 80 drop`,
    );
  });
});
