// Cells of rarer protocols and messages. The values are tshark 4.0.17's.
import { expect, test } from 'vitest';
import { Blocks, join } from '../file/build.ts';
import { rowsOf } from './support.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

function capture(linkType: number, ...packets: string[]): Uint8Array {
  const b = new Blocks();
  return join(
    b.section(),
    b.interface(linkType),
    ...packets.map((packet) => b.enhanced(0, 0n, bytes(packet))),
  );
}

const MACS = 'ffffffffffff 000102030405';
const ip = (protocol: string, payload: string, fragment = '0000') =>
  `45000000 0001${fragment} 40${protocol}0000 0a000001 0a000002 ${payload}`.replace(
    '45000000',
    `4500${(20 + payload.replaceAll(' ', '').length / 2).toString(16).padStart(4, '0')}`,
  );

test('LLDP ends before its last unit', async () => {
  const frame = `0180c200000e 000102030405 88cc 0207 04000102030405 0407 03000102030405 0602 0078 0000`;
  expect(await rowsOf(capture(1, frame), ['eth.trailer'])).toEqual(['780000']);
});

test('ARP says who announces an address, and who asks for one', async () => {
  const arp = (operation: string, sender: string, target: string) =>
    `${MACS} 0806 0001 0800 06 04 ${operation} 000102030405 ${sender} 000000000000 ${target}`;
  const packets = capture(
    1,
    arp('0001', '0a000001', '0a000001'),
    arp('0002', '0a000001', '0a000001'),
    arp('0001', '00000000', '0a000001'),
    arp('0001', '0a000001', '0a000002'),
  );
  const names = ['arp.isgratuitous', 'arp.isannouncement', 'arp.isprobe', 'eth.addr.oui'];
  expect(await rowsOf(packets, names)).toEqual(
    ['1\t1\t\t', '1\t\t\t', '\t\t1\t', '\t\t\t'].map((row) => `${row}16777215,258`),
  );
});

test('fragments name the frames that a datagram came in', async () => {
  const packets = capture(101, ip('fd', '0102030405060708', '2000'), ip('fd', '090a', '0001'));
  const names = ['ip.fragment', 'ip.fragment.count', 'ip.reassembled.length', 'ip.reassembled.data'];
  expect(await rowsOf(packets, names)).toEqual(['\t\t\t', '1,2\t2\t10\t0102030405060708090a']);
});

test('GRE has a key, and of PPTP two numbers in its place', async () => {
  const packets = capture(
    101,
    ip('2f', '3000 0800 00000007 00000009'),
    ip('2f', '3081 880b 0004 0063 00000001 00000002 ff03c021'),
  );
  const names = [
    'gre.key',
    'gre.key.payload_length',
    'gre.key.call_id',
    'gre.sequence_number',
    'gre.ack_number',
  ];
  expect(await rowsOf(packets, names)).toEqual(['0x00000007\t\t\t9\t', '\t4\t99\t1\t2']);
});

test('messages of ICMP have the numbers of their kind', async () => {
  const packets = capture(
    101,
    ip('01', '0304 0000 0000 05dc'),
    ip('01', '0501 0000 0a000009'),
    ip('01', '0c00 0000 14000000'),
    ip('01', '0d00 0000 0001 0001 00000001 00000002 00000003'),
  );
  const names = [
    'icmp.mtu',
    'icmp.redir_gw',
    'icmp.pointer',
    'icmp.originate_timestamp',
    'icmp.transmit_timestamp',
  ];
  expect(await rowsOf(packets, names)).toEqual([
    '1500\t\t\t\t',
    '\t10.0.0.9\t\t\t',
    '\t\t20\t\t',
    '\t\t\t1\t3',
  ]);
});
