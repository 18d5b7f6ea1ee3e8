// A filter that takes nothing, and what would have taken packets.
import { expect, test } from 'vitest';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';
import { nscap } from '../support/nscap.ts';

const MACS = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
const PORTS = [0, 20, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 32, 0, 0, 0, 0, 0];
/** A SYN to port 80 over IPv4, and over IPv6 behind a header of hop-by-hop options. */
const SYN = [0x45, 0, 0, 40, 0, 7, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, ...PORTS];
const ADDRESS = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const SYN6 = [0x60, 0, 0, 0, 0, 28, 0, 64, ...ADDRESS, 1, ...ADDRESS, 2, 6, 0, 1, 4, 0, 0, 0, 0, ...PORTS];

async function read(
  frames: readonly number[][],
  filter: string,
): Promise<{ status: number | null; said: string }> {
  const records = frames.map((rest) => {
    const packet = new Uint8Array([...MACS, ...rest]);
    return pcapRecord(0, 0, packet.length, packet.length, { packet });
  });
  const input = join(pcapHeader({ link: 1 }), ...records);
  const { status, stdout, stderr } = await nscap(['read', '-', filter], { input });
  expect(stdout).toBe('');
  return { status, said: stderr };
}

const TAG = [0x81, 0, 0, 5];
const PPPOE = [0x88, 0x64, 0x11, 0, 0, 1, 0, 42, 0, 0x21];
const LABEL = [0x88, 0x47, 0, 1, 1, 64];

test.each([
  ['a VLAN tag', [...TAG, 8, 0, ...SYN], "a VLAN tag: 'vlan and (tcp port 80)'"],
  ['two tags', [0x88, 0xa8, 0, 5, ...TAG, 8, 0, ...SYN], "two VLAN tags: 'vlan and vlan and (tcp port 80)'"],
  ['PPPoE', [...PPPOE, ...SYN], "a PPPoE header: 'pppoes and (tcp port 80)'"],
  ['MPLS', [...LABEL, ...SYN], "an MPLS label: 'mpls and (tcp port 80)'"],
])('%s: names the filter that takes it', async (_, frame, hint) => {
  expect(await read([frame], 'tcp port 80')).toEqual({
    status: 0,
    said: `hint: 1 packet has ${hint} would take it\n`,
  });
});

test('IPv6 extension headers: the protocol is found behind them, hosts stay as they were asked for', async () => {
  const frames = [[0x86, 0xdd, ...SYN6]];
  const { said } = await read(frames, 'tcp port 80 and dst host fd00::2');
  expect(said).toBe(
    "hint: 1 packet has IPv6 extension headers: 'ip6 protochain 6 and dst host fd00::2' would take it, whatever the port\n",
  );
  expect((await read(frames, 'tcp port 80 and dst host fd00::3')).said).toBe('');
});

test('nothing is said where no such filter would take anything', async () => {
  expect((await read([[...TAG, 8, 0, ...SYN]], 'udp')).said).toBe('');
  expect((await read([[8, 0, ...SYN]], 'tcp port 81')).said).toBe('');
});

test('what is copied to another file, too', async () => {
  const packet = new Uint8Array([...MACS, ...TAG, 8, 0, ...SYN]);
  const record = pcapRecord(0, 0, packet.length, packet.length, { packet });
  const input = join(pcapHeader({ link: 1 }), record);
  const { stderr } = await nscap(['read', '-w', '/dev/null', '-', 'tcp'], { input });
  expect(stderr).toBe("hint: 1 packet has a VLAN tag: 'vlan and (tcp)' would take it\n");
});
