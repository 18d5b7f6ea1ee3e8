// Captures on `any`: packets name their interface by an index that means nothing in another namespace.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';
import { has } from '../support/needs.ts';
import { nscap } from '../support/nscap.ts';
import { Lab } from './capture-lab.ts';

/** An IPv4 packet behind a LINUX_SLL2 header that has this index. */
function packet(index: number): Uint8Array {
  return join(
    new Uint8Array([8, 0, 0, 0, 0, 0, 0, index, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0]),
    new Uint8Array([0x45, 0, 0, 20, 0, 7, 0, 0, 64, 253, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]),
  );
}

test('a pcap file, which has no names: the index is printed, never a name of this machine', async () => {
  const records = [1, 2, 3, 200].map((index) => pcapRecord(0, 0, 40, 40, { packet: packet(index) }));
  const { stdout } = await nscap(['read', '-t', '-'], { input: join(pcapHeader({ link: 276 }), ...records) });
  expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['lo', '2', '3', '200', '']);
});

describe.runIf(has('netns'))('in a lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
    // Indices of b that a does not have.
    await lab.shell('ip -n b link add name far type veth peer name away');
  });
  afterAll(() => lab.remove());

  test('pcapng describes each interface that packets came by, and read names it', async () => {
    const file = lab.file('any.pcapng');
    const capture = await lab.capture(['-w', file, 'a', 'any', 'icmp']);
    await lab.ping(1);
    await lab.ping(1, '127.0.0.1');
    await capture.stop();
    const { stdout } = await nscap(['read', '-t', file]);
    const seen = stdout.split('\n').map((line) => line.slice(0, 10));
    expect(new Set(seen)).toEqual(new Set(['veth0 Out ', 'veth0 In  ', 'lo    In  ', '']));
  });

  test('two namespaces at once: each packet has the name of its own namespace', async () => {
    const file = lab.file('both.pcapng');
    const args = ['--print', '-w', file, 'a', '-i', 'any', '-i', 'b:any', 'icmp'];
    const capture = await lab.capture(args, {}, 2);
    await lab.ping(1);
    const { stdout, stderr } = await capture.stop();
    const names = (text: string) => new Set(text.match(/(?<= )(veth\d|\d+|lo)(?= +(In|Out) )/g));
    expect(names(stdout)).toEqual(new Set(['veth0', 'veth1']));
    expect(names((await nscap(['read', file])).stdout)).toEqual(new Set(['veth0', 'veth1']));
    expect(stderr).toContain('\n4 packets captured\n');
    expect(stderr).toMatch(/\n\d+ packets received by filter\n/);
  });

  test.each([[['-w', '/dev/null']], [[]]])(
    'a filter that took nothing: names the one that would have %j',
    async (options: string[]) => {
      const capture = await lab.capture([...options, 'b', 'veth1', 'icmp6 and dst host ff02::16']);
      // Where IPv6 begins a host reports its groups, behind a hop-by-hop header (RFC 3810, 5).
      const reports = await lab.tcpdump('b', [
        '-i',
        'veth1',
        '-c',
        '1',
        '-w',
        lab.file('report'),
        'ip6[6] = 0',
      ]);
      await lab.shell(
        `ip netns exec a sh -c 'for off in 1 0; do echo $off > /proc/sys/net/ipv6/conf/veth0/disable_ipv6; done'`,
      );
      await reports.end();
      const { status, stderr } = await capture.stop();
      expect(status).toBe(0);
      expect(stderr).toMatch(
        /\n0 packets captured\n[\s\S]*hint: \d+ packets? ha(s|ve) IPv6 extension headers: 'ip6 protochain 58 and dst host ff02::16' would take/,
      );
    },
  );
});
