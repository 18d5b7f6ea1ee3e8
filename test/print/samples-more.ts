// More packets of protocols that are dissected, as in samples.ts. What tcpdump prints of them is in samples-more-lines.ts.
import { join } from '../file/build.ts';
import { ethernet, TCP, transport, UDP } from './packets.ts';
import { LINKS } from './samples-link.ts';

function hex(...digits: string[]): Uint8Array {
  return new Uint8Array(Buffer.from(digits.join('').replaceAll(' ', ''), 'hex'));
}

function words(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setUint32(i * 4, value);
  });
  return new Uint8Array(view.buffer);
}

const NFS = 2049;
const CREDENTIALS = [0, 0, 0, 0];
const HANDLE3 = [16, 0x01000601, 0x4b0e8604, 0x000a, 0x2c];
const ATTRIBUTES3 = [2, 0o40755, 3, 0, 0, 0, 4096, 0, 4096, 7, 9, 0, 0xa1, 0, 0xb2, ...[11, 1, 12, 2, 13, 3]];

function call(xid: number, version: number, procedure: number, ...rest: number[]): Uint8Array {
  return words(xid, 0, 2, 100_003, version, procedure, ...CREDENTIALS, ...rest);
}
function reply(xid: number, ...rest: number[]): Uint8Array {
  return words(xid, 1, 0, 0, 0, 0, ...rest);
}
function toNfs(message: Uint8Array): Uint8Array {
  return transport(UDP, 900, NFS, message);
}
/** The server's frames: addresses the other way round, so that the call is found. */
function fromNfs(message: Uint8Array): Uint8Array {
  const frame = transport(UDP, NFS, 900, message);
  frame[29] = 2;
  frame[33] = 1;
  return frame;
}

const NAME = [5, 0x68656c6c, 0x6f000000];
const SET = [1, 0o644, 1, 1000, 1, 100, 1, 0, 2, 1700000000, 5, 2, 1700000001, 6];
const CHANGES = [1, 0, 512, 11, 1, 12, 2, 1, ...ATTRIBUTES3];
const HANDLE2 = [0x00000801, 8, 0, 12, 0, 0x11, 0, 0];
const ATTRIBUTES2 = [1, 0o100644, 1, 0xffffffff, 100, 1234, 512, 0xff, 8, 0x801, 0x99, 11, 1, 12, 2, 13, 3];
/** Procedures of NFS with arguments and results. */
const EXCHANGES: readonly (readonly [
  name: string,
  version: number,
  procedure: number,
  arguments_: number[],
  results: number[],
])[] = [
  ['null', 3, 0, [], []],
  ['getattr', 3, 1, HANDLE3, [0, ...ATTRIBUTES3]],
  ['setattr', 3, 2, [...HANDLE3, ...SET], [0, ...CHANGES]],
  ['lookup', 3, 3, [...HANDLE3, ...NAME], [0, ...HANDLE3, 1, ...ATTRIBUTES3, 1, ...ATTRIBUTES3]],
  ['lookup of nothing', 3, 3, [...HANDLE3, ...NAME], [2, 1, ...ATTRIBUTES3]],
  ['access', 3, 4, [...HANDLE3, 0x1f], [0, 1, ...ATTRIBUTES3, 0x1f]],
  ['readlink', 3, 5, HANDLE3, [0, 1, ...ATTRIBUTES3, ...NAME]],
  ['read', 3, 6, [...HANDLE3, 0, 4096, 512], [0, 1, ...ATTRIBUTES3, 512, 1, 0, 512, 0, 0]],
  ['write', 3, 7, [...HANDLE3, 0, 4096, 512, 2, 512, 1, 2], [0, ...CHANGES, 512, 2, 7, 8]],
  ['create', 3, 8, [...HANDLE3, ...NAME, ...SET], [0, 1, ...HANDLE3, 1, ...ATTRIBUTES3, ...CHANGES]],
  ['mkdir', 3, 9, [...HANDLE3, ...NAME, ...SET], [17, ...CHANGES]],
  ['symlink', 3, 10, [...HANDLE3, ...NAME, ...SET, ...NAME], [0, 0, 0, 0]],
  ['mknod', 3, 11, [...HANDLE3, ...NAME, 4, ...SET, 5, 6], [0, 1, ...HANDLE3, 1, ...ATTRIBUTES3, ...CHANGES]],
  ['remove', 3, 12, [...HANDLE3, ...NAME], [0, ...CHANGES]],
  ['rmdir', 3, 13, [...HANDLE3, ...NAME], [66, ...CHANGES]],
  ['rename', 3, 14, [...HANDLE3, ...NAME, ...HANDLE3, ...NAME], [0, ...CHANGES, ...CHANGES]],
  ['link', 3, 15, [...HANDLE3, ...HANDLE3, ...NAME], [0, 1, ...ATTRIBUTES3, ...CHANGES]],
  ['readdir', 3, 16, [...HANDLE3, 0, 0, 0, 0, 4096], [0, 1, ...ATTRIBUTES3, 5, 6, 0, 1]],
  ['readdirplus', 3, 17, [...HANDLE3, 0, 0, 5, 6, 512, 4096], [0, 1, ...ATTRIBUTES3, 5, 6, 0, 1]],
  ['fsstat', 3, 18, HANDLE3, [0, 1, ...ATTRIBUTES3, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 7]],
  ['fsinfo', 3, 19, HANDLE3, [0, 1, ...ATTRIBUTES3, 1, 2, 3, 4, 5, 6, 7, 0, 8, 9, 10, 27]],
  ['pathconf', 3, 20, HANDLE3, [0, 1, ...ATTRIBUTES3, 32000, 255, 1, 0, 1, 1]],
  ['commit', 3, 21, [...HANDLE3, 0, 4096, 512], [0, ...CHANGES, 7, 8]],
  ['getattr of version 2', 2, 1, HANDLE2, [0, ...ATTRIBUTES2]],
  ['lookup of version 2', 2, 4, [...HANDLE2, ...NAME], [0, ...HANDLE2, ...ATTRIBUTES2]],
  ['readlink of version 2', 2, 5, HANDLE2, [0, ...NAME]],
  ['read of version 2', 2, 6, [...HANDLE2, 512, 4096, 0], [0, ...ATTRIBUTES2]],
  ['write of version 2', 2, 8, [...HANDLE2, 0, 512, 0, 4, 1], [0, ...ATTRIBUTES2]],
  ['readdir of version 2', 2, 16, [...HANDLE2, 0, 512], [0, 1, 512, 1]],
  ['statfs of version 2', 2, 17, HANDLE2, [0, 8192, 512, 100, 50, 40]],
  ['procedure nobody knows', 3, 30, [], [0]],
];

/** Name and frame. Their order matters: an answer is understood by the question before it. */
export const MORE_SAMPLES: readonly (readonly [string, Uint8Array])[] = [
  ...EXCHANGES.flatMap(([name, version, procedure, asked, answered], i) => [
    [`NFS ${name}`, toNfs(call(i, version, procedure, ...asked))] as const,
    [`NFS ${name}, answered`, fromNfs(reply(i, ...answered))] as const,
  ]),
  ['NFS mismatch', fromNfs(words(99, 1, 1, 0, 2, 2))],
  ['NFS authentication', fromNfs(words(99, 1, 1, 1, 5))],
  ['NFS over TCP', transport(TCP, 900, NFS, join(words(0x8000_0044), call(0x99, 3, 1, ...HANDLE3)))],
  ...[
    [0, 0x0102, 0, 44],
    [0x0103, 0x01000000, 0x0c000000, 44],
    [0x0103, 0x00080000, 0x0c000000, 44],
    [0x0103, 0x00090000, 0x0b000000, 44],
    [0x01030000, 0, 0, 44],
    [0x01030000, 0x1234, 0, 44, 0, 0],
    [0x01030000, 0x1234, 0x000a0000, 44, 0, 0xff00ff],
    [0x01030000, 0x1234, 0x00000000, 44, 0, 0xff00ff],
    [0x01030405, 0x1234, 0x0c000000, 44],
    [0x01030405, 0, 0xa0000, 44],
    [0x01030405, 0x1234, 0xa0000, 44],
    [0x4468656c, 0x6c6f2077, 0x6f000000, 0, 0, 0x01020304, 0x05060708],
    [0x01030405, 0x1234, 0xb0000],
  ].map(
    (handle, i) => [`NFS handle ${i}`, toNfs(call(200 + i, 3, 1, handle.length * 4, ...handle))] as const,
  ),
  // BFD
  ['BFD control', transport(UDP, 49153, 3784, hex('20c0 0318 00000001 00000002 000f4240 000f4240 0000c350'))],
  [
    'BFD multihop with password',
    transport(
      UDP,
      49152,
      4784,
      hex('21c4 0321 00000001 00000002 000f4240 000f4240 0000c350 0109 05 736563726574'),
    ),
  ],
  [
    'BFD LAG with MD5',
    transport(
      UDP,
      49152,
      6784,
      hex(
        '2344 0330 00000001 00000002 000f4240 000f4240 0000c350 02180500 00000009',
        '00112233445566778899aabbccddeeff',
      ),
    ),
  ],
  [
    'BFD with SHA1',
    transport(
      UDP,
      49152,
      3784,
      hex(
        '2044 0334 00000001 00000002 000f4240 000f4240 0000c350 051c0500 00000009',
        '00112233445566778899aabbccddeeff00112233',
      ),
    ),
  ],
  [
    'BFD version 0',
    transport(UDP, 49153, 3784, hex('00c4 0318 00000001 00000002 000f4240 000f4240 0000c350 0304 0501')),
  ],
  [
    'BFD version 3',
    transport(UDP, 49153, 3784, hex('60c4 0318 00000001 00000002 000f4240 000f4240 0000c350')),
  ],
  ['BFD echo', transport(UDP, 3785, 3785, hex('0102030405060708'))],
  // PTP
  ...[0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14].map(
    (type) =>
      [
        `PTP message ${type}`,
        transport(
          UDP,
          319,
          319,
          hex(
            `${(type | (type & 16)).toString(16).padStart(2, '0')}02 0040 05 00 0708 000000001234 0007`,
            '00000000 001b19fffe010203 0001 0102 05 7f',
            '000066ab1234 3b9ac9ff 0025 00 80 f8 fe ffff 80 001b19fffe010203 0003 a0',
          ),
        ),
      ] as const,
  ),
  ['PTP version 1', transport(UDP, 320, 320, hex('0001 0001', '00'.repeat(36)))],
  ['PTP version 3', transport(UDP, 320, 320, hex('1003 0001', '00'.repeat(36)))],
  // sFlow
  [
    'sFlow',
    transport(
      UDP,
      40000,
      6343,
      join(
        words(5, 1, 0x0a000001, 2, 3, 4, 9),
        words(
          1,
          32 + 24 + 32 + 24 + 12 + 12,
          7,
          0x02000008,
          512,
          1000,
          0,
          3,
          4,
          5,
          1,
          16,
          1,
          1514,
          4,
          128,
          2,
          24,
          100,
          1,
          2,
          3,
          4,
          0x800,
          1001,
          16,
          1,
          2,
          3,
          4,
          1002,
          4,
          9,
          1013,
          4,
          9,
        ),
        words(
          2,
          12 + 96,
          8,
          0x03000009,
          1,
          1,
          88,
          1,
          6,
          0,
          1000000000,
          1,
          3,
          ...Array.from({ length: 16 }, (_, i) => i),
        ),
        words(
          4,
          16 + 60 + 8 + 88 + 36 + 36 + 12 + 12,
          8,
          3,
          9,
          7,
          2,
          52,
          ...Array.from({ length: 13 }, (_, i) => i),
          3,
          0,
          4,
          80,
          ...Array.from({ length: 20 }, (_, i) => i),
          5,
          28,
          ...Array.from({ length: 7 }, (_, i) => i),
          1001,
          28,
          ...Array.from({ length: 7 }, (_, i) => i),
          6,
          4,
          1,
          0x100001,
          4,
          1,
        ),
        words(3, 44 + 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 0x1001, 4, 5),
        words(5, 4, 9),
        words(2, 0),
      ),
    ),
  ],
  ['sFlow of an IPv6 agent', transport(UDP, 40000, 6343, words(5, 2, 0x20010db8, 0, 0, 1, 2, 3, 4, 0))],
  ['sFlow version 4', transport(UDP, 40000, 6343, words(4, 1, 0x0a000001, 2, 3, 4, 9))],
  ...[0x2a000007, 0x4cc0_0007, 0x8880_0007, 0x6e00_0007, 0x2000_0000].map(
    (shim, i) =>
      [
        `BCM LI ${i}`,
        transport(
          UDP,
          49152,
          137,
          join(
            words(shim),
            i === 3 ? ethernet(0x0800, new Uint8Array(20)) : hex('450000140007000040060000c0000201c0000202'),
          ),
        ),
      ] as const,
  ),
  // IPX
  ...[
    ['SAP', '0452', '0002 030c 30303630423037 41450000', '00'.repeat(37), '00056c00 0060b07ae0e8 400c 0001'],
    ['SAP request', '0452', '0001 0004'],
    ['nearest SAP request', '0452', '0003 0004'],
    ['RIP', '0453', '0001 00052582 ffff ffff'],
    ['RIP response', '0453', '0002 00052582 0001 0002 00052583 0003 0004'],
    ['NCP', '0451', '2222'],
    ['NetBIOS', '0455', '2222'],
    ['diagnostics', '0456', '2222'],
    ['NWLink', '0553', '2222'],
    ['EIGRP', '85be', '0205', '00'.repeat(18)],
    ['other', '4003', '0001'],
  ].map(([name, socket, ...data]) => {
    const payload = hex(...data);
    const header = hex(
      'ffff',
      (payload.length + 30).toString(16).padStart(4, '0'),
      '0011 00000000 ffffffffffff',
      socket as string,
      '00056800 0800078412de',
      socket as string,
    );
    return [`IPX ${name}`, ethernet(0x8137, join(header, payload))] as const;
  }),
  [
    'IPX over 802.3',
    ethernet(34, hex('ffff 0022 0011 00000000 ffffffffffff 0451 00056800 0800078412de 0451 22220000')),
  ],
  [
    'IPX over LLC',
    ethernet(37, hex('e0e003 ffff 0022 0011 00000000 ffffffffffff 0451 00056800 0800078412de 0451 22220000')),
  ],
  // AppleTalk
  ...[
    ['NBP lookup', '02', '2114 1608 01fc 00 06', '0443686561', '0b4c61736572536861726564', '03434845'],
    ['NBP broadcast request', '02', '1214 1608 01fd 01 06', '0443686561', '0b4c61736572536861726564', '012a'],
    ['NBP reply', '02', '3214 1608 02fd 01 0443686561 034c6173 012a 1609 01fd 02 0443686561 034c6173 21'],
    ['NBP of another kind', '02', '4214 1608 02fd 01 0443686561 034c6173 012a'],
    ['ATP request', '03', '5c05 1234 00000007 0102'],
    ['ATP response', '03', '9803 1234 00000000 0102'],
    ['ATP release', '03', 'f807 1234 00000000'],
    ['ATP of no kind', '03', '0007 1234 00000000'],
    ['RTMP', '01', '1608 08 02'],
    ['EIGRP', '58', '0205', '00'.repeat(18)],
    ['other', '63', '00'],
  ].flatMap(([name, type, ...data]) => {
    const ddp = join(hex('0040 0000 0000 1608 ff 02 02 fd', type as string), hex(...data));
    return [
      [`AppleTalk ${name}`, ethernet(0x809b, ddp)] as const,
      [`AppleTalk ${name} in UDP`, transport(UDP, 769, 202, join(hex('ff0502'), ddp))] as const,
    ];
  }),
  [
    'AppleTalk over SNAP',
    ethernet(25, hex('aaaa03 080007 809b 0040 0000 0000 1608 ff 02 02 fd 01 16080802')),
  ],
  ...['0001', '0002', '0003', '0004'].map(
    (operation) =>
      [
        `AARP ${operation}`,
        ethernet(0x80f3, hex('0001 809b 06 04', operation, '000502183436 0014687f 000000000000 001468ea')),
      ] as const,
  ),
  ...LINKS,
];
