// Frames of IEEE 802.11, and what stands before them in captures of their radio.
import { bytes, type Part, text, udp, value } from './build.ts';
import { ip } from './packets.ts';

const WLAN = 105;
const PRISM = 119;
const RADIOTAP = 127;
const LOW_RATE = 195;
const LOW_RATE_TAP = 283;
const ETHERNET = 1;
const AVS = 163;
const A = '020000000001';
const B = '020000000002';
const C = '020000000003';
const D = '020000000004';
const PACKET = ip(17, bytes('9c40 0007 000a 0000 4142')).slice(14);
const LINE = 'IP 192.0.2.1.40000 > 192.0.2.2.7: UDP, length 2';
const SNAP = 'aaaa03 000000 0800';
/** A header: frame control, duration, addresses, sequence. */
const frame = (control: string, ...body: readonly Part[]) => bytes(control, '2c00', A, B, C, '1000', ...body);
const NET = value('00', text('net'));
const RATES = value('01', '82848b961224');
const ACKNOWLEDGEMENT = bytes('d400 0000', A);

/** A radiotap header with these words of bits, first of the lowest byte, and fields. */
function radiotap(words: string, fields: string, ...rest: readonly Part[]): Uint8Array {
  const present = bytes(words);
  const body = bytes(fields);
  return bytes('0000', new Uint8Array([4 + present.length + body.length, 0]), present, body, ...rest);
}

/** Name, link type, frame, and what tcpdump -n -t prints. */
export const RADIO: readonly (readonly [name: string, link: number, frame: Uint8Array, line: string])[] = [
  ['data between stations', WLAN, frame('0800', SNAP, PACKET), LINE],
  ['data from an access point', WLAN, frame('0802', SNAP, PACKET), LINE],
  ['data with quality of service', WLAN, frame('8839', '0500', SNAP, PACKET), LINE],
  ['data from access point to access point', WLAN, frame('0803', D, SNAP, PACKET), LINE],
  ['data that acknowledges and polls', WLAN, frame('3801', SNAP, PACKET), LINE],
  [
    'data of an unknown kind',
    WLAN,
    frame('0801', 'f0f003 01'),
    `${mac(B)} > ${mac(C)} NetBeui Unnumbered, ui, Flags [Command], length 4\n\t0x0000:  f0f0 0301                                ....`,
  ],
  ['no data', WLAN, frame('4811'), ''],
  ['ciphered data', WLAN, frame('0842', '01020342 aabb'), 'Data IV:30201 Pad 2 KeyID 1'],
  [
    'a beacon',
    WLAN,
    frame(
      '8000',
      '0000000000000000 6400 1100',
      NET,
      RATES,
      value('03', '06'),
      value('05', '00010000'),
      value('dd', '0050f201'),
    ),
    'Beacon (net) [1.0* 2.0* 5.5* 11.0* 9.0 18.0 Mbit] ESS CH: 6, PRIVACY',
  ],
  [
    'a beacon with a name too long',
    WLAN,
    frame('8000', '0000000000000000 6400 0000', value('00', '00'.repeat(33)), RATES),
    'Beacon IBSS [|802.11]',
  ],
  [
    'a question for networks',
    WLAN,
    frame('4000', value('00'), value('01'), RATES),
    'Probe Request () [1.0* 2.0* 5.5* 11.0* 9.0 18.0 Mbit]',
  ],
  ['an answer to it', WLAN, frame('5000', '0000000000000000 6400 0100', NET), 'Probe Response (net)'],
  [
    'an association',
    WLAN,
    frame('0000', '0100 0a00', NET, RATES),
    'Assoc Request (net) [1.0* 2.0* 5.5* 11.0* 9.0 18.0 Mbit]',
  ],
  [
    'an association refused',
    WLAN,
    frame('1000', '1000 2500 01c0'),
    'Assoc Response AID(1) : PRIVACY : The request has been declined',
  ],
  ['another access point', WLAN, frame('2000', '0100 0a00', D, NET), `ReAssoc Request (net) AP : ${mac(D)}`],
  ['an authentication', WLAN, frame('b000', '0000 0100 0000'), 'Authentication (Open System)-1: Successful'],
  [
    'a challenge',
    WLAN,
    frame('b000', '0100 0200 0000', value('10', text('challenge'))),
    'Authentication (Shared Key)-2 [Challenge Text] ',
  ],
  ['a ciphered authentication', WLAN, frame('b040', '01020300'), 'Authentication IV:30201 Pad 0 KeyID 0'],
  [
    'the end of an association',
    WLAN,
    frame('a000', '0300'),
    'Disassociation: Deauthenticated because sending STA is leaving (or has left) IBSS or ESS',
  ],
  ['the end of an authentication', WLAN, frame('c000', 'ff00'), `DeAuthentication (${mac(B)}): Reserved`],
  ['an action', WLAN, frame('d000', '0301'), `Action (${mac(B)}): BA ADDBA Response`],
  ['an action of a vendor', WLAN, frame('d000', '7f09'), `Action (${mac(B)}): Vendor Act#9`],
  ['an action that is reserved', WLAN, frame('d000', '0909'), `Action (${mac(B)}): Reserved(9) Act#9`],
  ['a management frame of an unknown kind', WLAN, frame('f000'), 'Unhandled Management subtype(f)'],
  ['a wrapper', WLAN, bytes('7400 0000', A, '00000000 0000'), 'Control Wrapper'],
  [
    'a request for an acknowledgement of many',
    WLAN,
    bytes('8400 0000', A, B, '0500 1000'),
    `BAR RA:${mac(A)} TA:${mac(B)} CTL(5) SEQ(16) `,
  ],
  ['an acknowledgement of many', WLAN, bytes('9400 0000', A), `BA RA:${mac(A)} `],
  ['a poll', WLAN, bytes('a400 01c0', A, B), 'Power Save-Poll AID(c001)'],
  ['a request to send', WLAN, bytes('b400 0000', A, B), `Request-To-Send TA:${mac(B)} `],
  ['an acknowledgement', WLAN, ACKNOWLEDGEMENT, `Acknowledgment RA:${mac(A)} `],
  ['the end of a period', WLAN, bytes('e400 0000', A, B), `CF-End RA:${mac(A)} `],
  [
    'a control frame of an unknown kind',
    WLAN,
    bytes('6400 0000', A),
    'unknown 802.11 ctrl frame subtype (6)',
  ],
  ['a frame of an unknown kind', WLAN, bytes('0c00 0000', A), 'unknown 802.11 frame type (3)'],
  [
    'radiotap',
    RADIOTAP,
    radiotap('ef180000', '0100000000000000 12 0c 9e09 8004 d3 a1 0100 03 00', ACKNOWLEDGEMENT, '01020304'),
    '1us tsft short preamble 6.0 Mb/s 2462 MHz 11g -45dBm signal -95dBm noise 1 sq antenna 3 0dB signal ' +
      `Acknowledgment RA:${mac(A)} `,
  ],
  [
    'radiotap of fast rates',
    RADIOTAP,
    radiotap(
      '08003800',
      '7c15 4001 ff 2d 07 00 01000000 0000 0000 4400 04 04 91000000 01 00 0000',
      ACKNOWLEDGEMENT,
    ),
    '5500 MHz 11n 150.0 Mb/s MCS 7 40 MHz short GI greenfield BCC FEC RX-STBC1 User 0 MCS 9 LDPC FEC 80 MHz short GI ' +
      `Acknowledgment RA:${mac(A)} `,
  ],
  [
    'radiotap with a namespace of a vendor',
    RADIOTAP,
    radiotap('020000c0 04000080 04000000', '00 00 001018 01 0200 aabb 16', ACKNOWLEDGEMENT),
    '',
  ],
  [
    'radiotap with a padded header',
    RADIOTAP,
    radiotap('02000000', '20', frame('8801', '0000', '0000', SNAP, PACKET)),
    LINE,
  ],
  [
    'radiotap with a field of unknown size',
    RADIOTAP,
    radiotap('00000001', '00', ACKNOWLEDGEMENT),
    `[bit 24] Acknowledgment RA:${mac(A)} `,
  ],
  ['radiotap longer than its header', RADIOTAP, radiotap('01000000', '00', ACKNOWLEDGEMENT), ''],
  ['Prism', PRISM, bytes('00000044', new Uint8Array(140), ACKNOWLEDGEMENT), `Acknowledgment RA:${mac(A)} `],
  ['AVS', AVS, bytes('80211001 00000010 00000000 00000000', ACKNOWLEDGEMENT), `Acknowledgment RA:${mac(A)} `],
  ['AVS as Prism', PRISM, bytes('80211002 00000008', ACKNOWLEDGEMENT), `Acknowledgment RA:${mac(A)} `],
  [
    'low-rate data',
    LOW_RATE,
    bytes('41d8 05 cdab ffff 0100010081000510 6162'),
    'IEEE 802.15.4 Data packet v1 abcd:ffff < -:10:05:00:81:00:01:00:01 \n\t0x0000:  6162                                     ab',
  ],
  ['low-rate data with a check sequence of two bytes', LOW_RATE, bytes('0200 07 9d50'), ''],
  ['low-rate data with a check sequence of four', LOW_RATE, bytes('0200 07 81c45aa4'), ''],
  [
    'low-rate data that is secured',
    LOW_RATE,
    bytes('09a8 05 cdab 0100 dcfe 0200 15 01000000 0506070809 00112233445566778899aabbccddeeff'),
    '',
  ],
  ['low-rate data with elements', LOW_RATE, bytes('0122 05 020f 0102 003f 0388 0a0b0c 00f8 61'), ''],
  ['low-rate data without a number of sequence', LOW_RATE, bytes('0121 0102'), ''],
  [
    'low-rate data with a reserved address',
    LOW_RATE,
    bytes('0104 05'),
    'IEEE 802.15.4 Data packet v0 [ERROR: Invalid dst address mode]',
  ],
  [
    'a low-rate beacon',
    LOW_RATE,
    bytes('0080 05 cdab 0100 ffcf 01 00 0200 35 12 0100 0200 0102030405060708 aa'),
    'IEEE 802.15.4 Beacon packet v0 -:none < abcd:0001 \n\t0x0000:  aa                                       .',
  ],
  [
    'an association with a low-rate network',
    LOW_RATE,
    bytes('23c8 05 cdab 0000 ffff 0807060504030201 01 8e'),
    'IEEE 802.15.4 Command packet v0 abcd:0000 < ffff:01:02:03:04:05:06:07:08 Command ID = Association Request command FFD, AC powered, Receiver on when idle, Allocate address, ',
  ],
  [
    'its answer',
    LOW_RATE,
    bytes('0300 05 02 0100 00'),
    'IEEE 802.15.4 Command packet v0 -:none < -:none Command ID = Association Response command Short address = 0001, Association successful',
  ],
  [
    'its end',
    LOW_RATE,
    bytes('0300 05 03 02'),
    'IEEE 802.15.4 Command packet v0 -:none < -:none Command ID = Disassociation Notification command Reason = The device wishes to leave the PAN',
  ],
  [
    'a realignment',
    LOW_RATE,
    bytes('0300 05 08 cdab 0100 0b 0200 01'),
    'IEEE 802.15.4 Command packet v0 -:none < -:none Command ID = Coordinator realignment command Pan ID = 0xabcd, Coordinator short address = 0001, Channel Number = 11, page = 1, Short address = 0002',
  ],
  [
    'a request for slots',
    LOW_RATE,
    bytes('0300 05 09 31'),
    'IEEE 802.15.4 Command packet v0 -:none < -:none Command ID = GTS request command GTS Length = 1, Receive-only GTS, GTS allocation',
  ],
  ['a command of a vendor', LOW_RATE, bytes('0300 05 24 0102'), ''],
  [
    'a multipurpose frame',
    LOW_RATE,
    bytes('a5 05 0100 0200 61'),
    'IEEE 802.15.4 Multipurpose packet -:0001 <  -:0002 \n\t0x0000:  61                                       a',
  ],
  [
    'a long multipurpose frame',
    LOW_RATE,
    bytes('bdaf cdab 0807060504030201 0200 0d 01000000 01 003f 003f 61'),
    '',
  ],
  ['a fragment of a low-rate frame', LOW_RATE, bytes('0600 01'), 'IEEE 802.15.4 Fragment packet '],
  ['TAP', LOW_RATE_TAP, bytes('0000 0800 00000000 0200 07'), 'IEEE 802.15.4 ACK packet v0 -:none < -:none '],
  ['TAP of another version', LOW_RATE_TAP, bytes('0100 0400'), ' (invalid)'],
  [
    'ZEP',
    ETHERNET,
    udp(
      17_754,
      17_754,
      '4558 02 01 0b 0001 00 ff e5000000 80000000 00000007',
      new Uint8Array(10),
      '03 0200 07',
    ),
    'IP 192.0.2.1.17754 > 192.0.2.2.17754: ZEPv2 Type 1, Channel ID 11, Device ID 0x0001, LQI 255, ' +
      '3841982464.500000000 (2021/09/30 09:21:04), seq# = 7, inner len = 3\n\tIEEE 802.15.4 ACK packet v0 -:none < -:none ',
  ],
  [
    'ZEP of the first version',
    ETHERNET,
    udp(17_754, 9, '4558 01 0b 0001 01 00', new Uint8Array(7), '00'),
    'IP 192.0.2.1.17754 > 192.0.2.2.9: ZEPv1 Channel ID 11, Device ID 0x0001, CRC, inner len = 0',
  ],
  [
    "ZEP's acknowledgement",
    ETHERNET,
    udp(17_754, 9, '4558 02 02 00000007 01'),
    'IP 192.0.2.1.17754 > 192.0.2.2.9: ZEPv2 ACK, seq# = 7\n\t0x0000:  01                                       .',
  ],
  [
    'ZEP too short',
    ETHERNET,
    udp(17_754, 9, '4558 02 01'),
    'IP 192.0.2.1.17754 > 192.0.2.2.9: ZEPv2  [len 4 < 32] (invalid)',
  ],
  [
    'ZEP of nothing',
    ETHERNET,
    udp(17_754, 9, '4501'),
    'IP 192.0.2.1.17754 > 192.0.2.2.9: ZEP [Preamble Code: E^A] (invalid)',
  ],
  [
    'ZEP beside PTP',
    ETHERNET,
    udp(319, 17_754, '4558 02 02 00000007'),
    'IP 192.0.2.1.319 > 192.0.2.2.17754: ZEPv2 ACK, seq# = 7',
  ],
];

function mac(digits: string): string {
  return digits.match(/../g)!.join(':');
}
