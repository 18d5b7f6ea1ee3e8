// Packets of OSI's own protocols. tcpdump's text of them is in samples-more-lines.ts.
import { bytes, value as item, llc, type Part, sized, text, whole } from './build.ts';

const clnp = (type: string, ...parts: readonly Part[]) => whole('81', '0140', type, '0040 0000', ...parts);
const NSAPS = bytes('07 49000119200100', '0a 47000580ffff00000100');
const MAC = '0200000000aa';
const osi = (...parts: readonly Part[]) => llc('fefe03', ...parts);
const esis = (type: string, ...parts: readonly Part[]) =>
  osi(whole('82', '0100', type, '001e 1234', ...parts));
/** A PDU whose header tells where its TLVs begin; its length stands at `place` in what follows the first eight bytes. */
const isis = (type: string, size: number, place: number, header: string, ...parts: readonly Part[]) => {
  const pdu = bytes(
    '83',
    (size + 8).toString(16).padStart(2, '0'),
    '01 00',
    type,
    '01 00 00',
    header,
    ...parts,
  );
  new DataView(pdu.buffer, pdu.byteOffset).setUint16(8 + place, pdu.length);
  return osi(pdu);
};
const SYSTEM = '192168001001';
const lsp = (...parts: readonly Part[]) =>
  isis('14', 19, 0, `0000 04b0 ${SYSTEM} 0000 00000007 1234 8f`, ...parts);
const GIGABIT = '4cee6b28';
const SUBPARTS = bytes(
  item('03', '00000001'),
  item('04', '0000000100000002'),
  item('06', 'c0000201'),
  item('09', GIGABIT),
  item('0b', GIGABIT.repeat(8)),
  item('12', '00000a'),
  item('13', '0003'),
  item('14', '1401'),
  item('16', '01', GIGABIT),
  item('1d', '00000a 01 0007'),
  item('20', '3001', SYSTEM, '003e81'),
  item('63', '0102'),
);
const SWITCHING = (capability: string, ...parts: readonly Part[]) =>
  item('15', capability, '02 0000', GIGABIT.repeat(8), ...parts);
const neighbour = (...parts: readonly Part[]) => bytes(SYSTEM, '02 00000a', sized('', 1, 0, ...parts));

/** Name and frame. */
export const OSI: readonly (readonly [string, Uint8Array])[] = [
  ['CLNP data', osi(clnp('1c', NSAPS), '01020304')],
  ['CLNP in segments', osi(clnp('fe', NSAPS, '0001 0000 0040'), '01020304')],
  [
    'CLNP with options',
    osi(
      clnp(
        '1c',
        NSAPS,
        item('c3', 'ff'),
        item('c5', '4007'),
        item('c8', '0003 03490001'),
        item('cb', '0103 03490001'),
        item('cc', '0000'),
        item('cd', '0e'),
        item('c1', '81'),
        item('77', '0102'),
      ),
    ),
  ],
  ['CLNP error report', osi(clnp('01', NSAPS, item('c1', 'a000')), clnp('1c', NSAPS), '0102')],
  ['CLNP option too long', osi(clnp('1c', NSAPS, 'cd07'))],
  ['CLNP version 2', osi('810902400000000000')],
  ['CLNP too short', osi('810801400000000000')],
  [
    'ES-IS hello of an end system',
    esis('02', '02 03490001 0449000203', item('c6', '001e'), item('81', '81cc')),
  ],
  ['ES-IS hello of an intermediate system', esis('04', '03490001', item('cd', '01'))],
  ['ES-IS redirect', esis('06', '03490001 06', MAC, '03490002')],
  [
    'ES-IS of protocols first',
    esis('04', '03490001', item('81', '81cc'), item('c6', '001e'), item('cd', '01')),
  ],
  ['ES-IS nobody knows', esis('09', '0102 0304')],
  ['ES-IS version 2', osi('82 0b 02 00 02 001e 0000 0000')],
  [
    'IS-IS hello on a LAN',
    isis(
      '0f',
      19,
      9,
      `01 ${SYSTEM} 001e 0000 40 ${SYSTEM} 02`,
      item('01', '03490001'),
      item('06', MAC, '0200000000bb'),
      item('81', 'cc8e'),
      item('84', 'c0000201'),
      item('e8', 'fe800000000000000000000000000001'),
      item('e5', '0002 8003'),
      item('d3', '07 001e', SYSTEM),
      item('0a', '01', text('secret')),
      item('0a', '36', '00'.repeat(16)),
      item('0a', '03 0007', '0102'),
      item('08', '0000'),
    ),
  ],
  [
    'IS-IS hello between two',
    isis(
      '11',
      12,
      9,
      `03 ${SYSTEM} 001e 0000 07`,
      item('f0', '00 00000007', SYSTEM, '00000009'),
      item('f1', '00000001'),
    ),
  ],
  ['IS-IS hello of no type', isis('1f', 12, 9, `03 ${SYSTEM} 001e 0000 07`)],
  [
    'IS-IS LSP of old',
    lsp(
      item('01', '03490001'),
      item('02', '00 0a8a8080', SYSTEM, '02'),
      item('03', '0a8a8080', SYSTEM),
      item('80', '0a808080 0a000000 ff000000 8a054680 c0000200 ffffff00'),
      item('82', '4a808080 0a000000 ff00ff00'),
      item('89', text('router')),
      item('86', 'c0000201'),
      item('0c', '1234'),
      item('0e', '05d4'),
      item('07', '0001 0002 0003'),
      item('0d', '02', SYSTEM, SYSTEM, '00'),
      item('05', '0a808080 06490001'),
      item('83', '02 0007'),
      item('8a', SYSTEM, '02 01 c0000201 c0000202 00000007'),
      item('fa', '00000c 0102'),
      item('63', '0102'),
    ),
  ],
  [
    'IS-IS LSP of neighbours',
    lsp(
      item('16', neighbour(), neighbour(SUBPARTS)),
      item('18', SYSTEM, '0200'),
      item('de', '0002', neighbour()),
    ),
  ],
  [
    'IS-IS LSP of what switches',
    lsp(
      item(
        '16',
        neighbour(
          SWITCHING('01', GIGABIT, '05dc'),
          SWITCHING('64', GIGABIT, '01000000'),
          SWITCHING('96', '0102'),
        ),
      ),
      item('16', neighbour(item('20', '0001', SYSTEM, '00000007'), item('20', '1001', SYSTEM, '00000007'))),
    ),
  ],
  [
    'IS-IS LSP of routes',
    lsp(
      item(
        '87',
        '0000000a 18 c00002',
        '0000000a d8 c00002',
        sized('', 1, 0, item('01', '00000007'), item('03', '40 00 00000007')),
      ),
      item(
        'ec',
        '0000000a 00 20 20010db8',
        '0000000a e0 20 20010db8',
        sized('', 1, 0, item('02', '0000000700000008')),
      ),
      item('eb', '0002 0000000a 58 c00002', sized('', 1, 0, item('03', '08 01 003e81'), item('63', '01'))),
      item('ed', '0002 0000000a 00 00'),
    ),
  ],
  [
    'IS-IS LSP of capabilities',
    lsp(
      item('f2', 'c0000201 03', item('02', 'c0 001f40 01 03 003e80'), item('13', '0102')),
      item('8f', '0001', item('05', '05', '01'.repeat(32)), item('06', '00000001 0018')),
      item(
        '90',
        '0001',
        item('01', '00'.repeat(14), '00080007 01', '80 00000001 001002'),
        item('03', MAC, '0007 40000009'),
      ),
    ),
  ],
  ['IS-IS LSP of configurations', lsp(item('8f', '0001', item('04', '00', text('spb'), '00'.repeat(98))))],
  [
    'IS-IS CSNP',
    isis(
      '19',
      25,
      0,
      `0000 ${SYSTEM} 00 0000000000000000 ffffffffffffffff`,
      item('09', '04b0', SYSTEM, '0000 00000007 1234'),
    ),
  ],
  ['IS-IS PSNP', isis('1b', 9, 0, `0000 ${SYSTEM} 00`, item('09', '04b0', SYSTEM, '0000 00000007 1234'))],
  ['IS-IS version 2', osi('83 1b 02 00 0f 01 00 00', '00'.repeat(19))],
  ['IS-IS of a header too long', osi('83 1c 01 00 0f 01 00 00', '00'.repeat(20))],
];
