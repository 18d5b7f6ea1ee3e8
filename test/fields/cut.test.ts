// Packets of which less was captured than there was, byte by byte, and damaged ones: what is shown of them is what
// tshark shows.
import { expect, test } from 'vitest';
import { FIELDS } from '../../src/fields/catalogue.ts';
import { A, B, ethernet, type Frame, ip, pcap, tsharkFields, withFile } from '../flow/support.ts';
import { rowsOf, udp } from './support.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'));

const NAME = '03777777 076578616d706c65 03636f6d 00';
const DNS = `0001 8180 0001 0001 0000 0000 ${NAME} 0001 0001 c00c 0001 0001 0000003c 0004 0a000001`;
const SYN = 'd2f1 0050 00000001 00000000 a002 ffff 0000 0000';
const OPTIONS = '0204 05b4 0402 080a 00000001 00000000 01 030307';
const SOURCE = 'fe80000000000000 020c29fffe000001';
const GROUP = 'ff02000000000000 00000001ff000002';
const SOLICITATION = `8700 0000 00000000 ${GROUP} 0101 000c29000001`;

/** A frame as short as Ethernet allows. */
function padded(bytes: Uint8Array, length = 60): Uint8Array {
  const frame = new Uint8Array(length);
  frame.set(bytes);
  return frame;
}

const PACKETS: Uint8Array[] = [
  // DNS in UDP
  ethernet(0x0800, udp(A, B, 53, 40000, [...hex(DNS)])),
  // a SYN with options
  ethernet(0x0800, ip(A, B, 6, hex(SYN + OPTIONS))),
  // an echo request, padded
  padded(ethernet(0x0800, ip(A, B, 1, hex('0800 f7fd 0001 0001')))),
  // ARP
  ethernet(0x0806, hex('0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002')),
  // router alert
  ethernet(0x0800, hex('46c00020 00010000 01020000 0a000100 e00000fb 94040000 16000904 e00000fb')),
  // hop-by-hop options and neighbor discovery
  ethernet(0x86dd, hex(`60000000 0028 00 ff ${SOURCE} ${GROUP} 3a00 0502 0000 0100 ${SOLICITATION}`)),
  // a fragment
  ethernet(0x86dd, hex(`60000000 0010 2c 40 ${SOURCE} ${GROUP} 1100 0001 00000007 0102030405060708`)),
];

/** Not of the packet itself; and what depends on dissectors that nscap has not. */
const OTHERS =
  /^(frame|nscap)\b|^tcp\.(analysis|fin_retransmission)|\.(stream|unsolicited)$|^(dns|mdns|llmnr)$/;
const NAMES = FIELDS.filter(({ name, type }) => type !== 'protocol' && !OTHERS.test(name)).map(
  ({ name }) => name,
);

/** What differs from tshark: frame, field, and both cells. */
async function differences(frames: Frame[]): Promise<string[]> {
  const file = pcap(frames, 1);
  const here = (await rowsOf(file, NAMES)).map((line) => line.split('\t'));
  const there = await withFile(file, (path) => tsharkFields(path, NAMES));
  expect(here.length).toBe(there.length);
  return there.flatMap((cells, i) =>
    cells.flatMap((cell, k) =>
      cell === here[i][k] ? [] : [`frame ${i + 1}, ${NAMES[k]}: tshark '${cell}', here '${here[i][k]}'`],
    ),
  );
}

test('packets cut at every byte have the fields that tshark shows', async () => {
  const cuts = PACKETS.flatMap((bytes) =>
    Array.from(bytes, (_byte, i) => ({ bytes: bytes.slice(0, i + 1), wire: bytes.length })),
  );
  expect(await differences(cuts.map((frame, i) => ({ ...frame, time: i })))).toEqual([]);
});

/** The packet with other bytes from `at` on. */
function changed(packet: number, at: number, text: string): Uint8Array {
  const bytes = PACKETS[packet].slice();
  bytes.set(hex(text), at);
  return bytes;
}

test('damaged packets have the fields that tshark shows', async () => {
  const damaged = [
    changed(1, 46, '0002'), // TCP: a header of no bytes
    changed(1, 46, '40'), // shorter than a header
    changed(1, 58, '05'), // a SACK block that is cut
    changed(1, 54, '00'), // more than zeros behind the end of the options
    changed(1, 71, '04'), // a window scale of four bytes
    changed(0, 38, '0001'), // UDP: shorter than its header
    changed(0, 38, '0400'), // longer than the packet
    changed(0, 20, '2000'), // and so in a fragment
    changed(0, 38, '0020'), // shorter than what carries it
    changed(0, 66, '45'), // DNS: a label of a kind that is not used
    changed(0, 75, 'c021'), // a name that points to itself
    changed(3, 14, '8001'), // ARP of other hardware
    changed(3, 16, '86dd'), // of another protocol
    changed(5, 57, '30'), // IPv6: an option that is longer than its header
    changed(5, 18, '0000'), // no jumbogram, and no payload
    changed(5, 87, '11'), // a link-layer address beyond the packet
  ];
  expect(await differences(damaged.map((bytes, i) => ({ bytes, time: i })))).toEqual([]);
});

test('what follows an IEEE 802.3 length in a VLAN tag, and a cooked header, is padding and trailer', async () => {
  const llc = '81000064 0004 0000 03 00';
  const tagged = padded(hex(`020000000002 020000000001 ${llc}`), 64);
  expect(await differences([{ bytes: tagged, time: 0 }])).toEqual([]);
  const cooked = new Uint8Array([
    ...hex('0000 0001 0006 020000000001 0000 0800'),
    ...ip(A, B, 132, hex('00')),
    0,
  ]);
  const frame = pcap([{ bytes: padded(cooked, 62), time: 0 }], 113);
  expect(await rowsOf(frame, ['eth.padding'])).toEqual(['00'.repeat(23)]);
});

test('NSEC lists types beside its own', async () => {
  const answer = `0001 8400 0000 0001 0000 0000 ${NAME} 002f 0001 0000003c 0007 c00c 0003 400080`;
  const file = pcap([{ bytes: udp(A, B, 53, 40000, [...hex(answer)]), time: 0 }]);
  expect(await rowsOf(file, ['dns.resp.type'])).toEqual(['47,1,16']);
});

/** An IPv4 datagram with options, and UDP behind them. */
function withOptions(...options: string[]): Uint8Array[] {
  return options.map((text) => {
    const given = [...hex(text)];
    while (given.length % 4 !== 0) given.push(0);
    const bytes = [...udp(A, B, 50001, 50002, [1, 2, 3])];
    bytes.splice(20, 0, ...given);
    bytes[0] = 0x45 + given.length / 4;
    bytes[3] = bytes.length;
    return ethernet(0x0800, Uint8Array.from(bytes));
  });
}

const HOST = '20010db8000000000000000000000001';
const UDP = 'c351 c352 0013 1111 7061796c6f61642d616263';

/** An IPv6 packet: its first header, and what follows. */
function six(next: string, rest: string): Uint8Array {
  const bytes = hex(rest);
  const length = bytes.length.toString(16).padStart(4, '0');
  return ethernet(0x86dd, hex(`60000000 ${length} ${next} 40 ${HOST} ${HOST} ${rest}`));
}

const QUOTED = `4500 0026 0001 0000 40 11 0000 0a090909 0a080808 c351 c352 0012 0000 78787878787878787878`;

/** A segment with options. */
function segment(options: string): Uint8Array {
  const given = [...hex(options)];
  while (given.length % 4 !== 0) given.push(0);
  const offset = (5 + given.length / 4).toString(16);
  return Uint8Array.from([...hex(`c351 c353 00000001 00000002 ${offset}010 0100 0000 0000`), ...given]);
}

const ODD: Uint8Array[] = [
  ...withOptions(
    '0702',
    '0703 04',
    '0a04 0102',
    '1908 0102030405060708',
    '1902',
    '820b 0000 000000000000 00',
  ),
  ...withOptions(
    '8204 8289',
    '8605 010203',
    '9404 0000',
    '9403 00',
    '5207 0102030405',
    '830b 04 0a000009 0a00000a',
  ),
  // destination and hop-by-hop options whose length is not that of their type
  ...[
    '0400 00000000',
    '0401 00 000000',
    '0503 000000 00',
    '0f02 0000 0000',
    '0800 00000000',
    '07000000 0000',
  ].map((text) => six('3c', `1100 ${text} ${UDP}`)),
  // errors: how much they quote, and what they have no use for
  ...[
    '0304 0000 0005 05dc',
    '0b00 0000 0108 0000',
    '0c00 0000 0105 0001',
    '0501 0000 0a000001',
    '0400 0000 0108 0000',
  ].map((head) => ethernet(0x0800, ip(A, B, 1, hex(head + QUOTED)))),
  // a quoted fragment, quoted GRE, a quoted datagram of another version
  ...['4500 0026 0001 2000 40 11', '4500 0026 0001 0000 40 2f', '6500 0026 0001 0000 40 11'].map((head) =>
    ethernet(
      0x0800,
      ip(A, B, 1, hex(`0300 0000 00000000 ${head} 0000 0a090909 0a080808 0000 0800 ${QUOTED}`)),
    ),
  ),
  ethernet(0x0800, ip(A, B, 1, hex('2a00 0000 0001 0203'))),
  six('3a', `0100 0000 01020304 60000000 0000 3b 40 ${HOST} ${HOST}`),
  six('3a', `0100 0000 00000000 ${QUOTED}`),
  // options of neighbor discovery
  ...[
    '0102 0102030405060708090a0b0c0d0e',
    '0202 0102030405060708 000000000000',
    '0602 010203040506 0708090a0b0c0d0e',
  ].map((option) => six('3a', `8500 0000 00000000 ${option}`)),
  ...[
    '1801 4008 00000001',
    '1802 4008 00000001 20010db800010002',
    '1804 4008 00000001',
    '1f02 0000 00000001 01610162 00000000',
  ].map((option) => six('3a', `8600 0000 40c00708 00000000 00000000 ${option.padEnd(80, '0').slice(0, 80)}`)),
  ...['0258 0064ff9b20010db800010002', '025b 0064ff9b20010db800010002', '025f 0064ff9b20010db800010002'].map(
    (option) => six('3a', `8600 0000 40c00708 00000000 00000000 2602 ${option}`),
  ),
  six('3a', `8600 0000 40c00708 00000000 00000000 0401 000000000000`),
  six('3a', `8d00 0000 00000000 0501 0000 000005dc`),
  six('3a', `8a00 0000 00000001 01000000 00000000 0114 0000 0000 0000 ${HOST}`),
  ...['00 0000 0104', '01 0000 0104070a0d101316', '02 0000 0104070a'].map((rest) => six('3a', `9b${rest}`)),
  six('3a', `8200 0000 0404 0000 ${HOST} 0294 0001 ${HOST}`),
  six('3a', `8300 0000 0404 0000 ${HOST} 0294 0001 ${HOST}`),
  six('11', 'c351 c352 0009 0000 61'),
  ethernet(0x0800, ip(A, B, 47, hex('2081 0800 00000001'))),
  // what is no type, a tag that Wireshark does not know, IPv6 that the type calls IPv4
  ethernet(0x05dd, hex('010203')),
  ethernet(0x9200, hex('0005 0800 4500 0014')),
  ethernet(0x0800, six('11', UDP).subarray(14)),
  ethernet(0x0800, ip(A, B, 103, hex('2000 0000 00000000'))),
  // options of TCP
  ...[
    '1e03 10 00',
    '1e04 1001',
    '1e0c 1001 0102030405060708',
    '1e0e 0001 0102030405060708 0102',
    '1e0c 0301 01020304 05060708',
    '1e04 5001',
    '1e04 0101',
    '1502',
    '0502',
    '0506 01020304',
    '050e 010203040506070809',
    '0204 05b4 0204 05b4',
    'fd02',
  ].map((option) => ethernet(0x0800, ip(A, B, 6, segment(option)))),
];

test('odd options, errors and messages have the fields that tshark shows', async () => {
  expect(await differences(ODD.map((bytes, i) => ({ bytes, time: i })))).toEqual([]);
});
