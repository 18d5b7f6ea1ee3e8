// A packet of each shape of the core protocols: link layers, ARP, IP, ICMP, TCP, UDP, tunnels.
import { ethernet, ip, TCP, transport, UDP } from './packets.ts';

export const IPV4 = 0x0800;
export const IPV6 = 0x86dd;

function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
}

function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The Internet checksum of some bytes. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum += i % 2 === 0 ? bytes[i]! << 8 : bytes[i]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

function withChecksum(bytes: Uint8Array, at: number, pseudo: Uint8Array = new Uint8Array(0)): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint16(at, checksum(join(pseudo, copy)));
  return copy;
}

const SOURCE6 = hex('20010db8 00000000 00000000 00000001');
const TARGET6 = hex('fe800000 00000000 0202b3ff fe1e8329');

/** A frame whose IPv6 packet carries this, of this next header. */
export function ip6(next: number, payload: Uint8Array, length = payload.length): Uint8Array {
  const header = hex('60012345 0000 00 40');
  header[6] = next;
  new DataView(header.buffer).setUint16(4, length);
  return ethernet(IPV6, join(header, SOURCE6, TARGET6, payload));
}

function icmp6(message: string): Uint8Array {
  const bytes = hex(message);
  const pseudo = join(SOURCE6, TARGET6, new Uint8Array([0, 0, 0, bytes.length, 0, 0, 0, 58]));
  return ip6(58, withChecksum(bytes, 2, pseudo));
}

function icmp(message: string): Uint8Array {
  return ip(1, withChecksum(hex(message), 2));
}

/** A TCP segment with this checksum in place, from 192.0.2.1 to 192.0.2.2. */
export function tcp(flags: number, options = '', payload = '', more: { urgent?: number } = {}): Uint8Array {
  const list = hex(options);
  const header = new DataView(new ArrayBuffer(20));
  header.setUint16(0, 40_000);
  header.setUint16(2, 7096);
  header.setUint32(4, 0xfffffff0);
  header.setUint32(8, 77);
  header.setUint8(12, (5 + list.length / 4) << 4);
  header.setUint16(12, header.getUint16(12) | flags);
  header.setUint16(14, 64_240);
  header.setUint16(18, more.urgent ?? 0);
  const segment = join(new Uint8Array(header.buffer), list, new TextEncoder().encode(payload));
  const pseudo = join(hex('c0000201 c0000202 0006'), new Uint8Array([segment.length >> 8, segment.length]));
  return ip(TCP, withChecksum(segment, 16, pseudo));
}

/** The IP packet inside a frame. */
function packet(frame: Uint8Array): Uint8Array {
  return frame.slice(14);
}

/** An IPv4 packet whose header is written out, its checksum put in. */
function header4(header: string, payload = ''): Uint8Array {
  return ethernet(IPV4, join(withChecksum(hex(header), 10), hex(payload)));
}

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;
const URG = 32;

const QUOTED = Buffer.from(packet(transport(UDP, 1000, 2000, new Uint8Array(8)))).toString('hex');
const QUOTED6 = Buffer.from(packet(ip6(17, hex('03e807d0000c0000 61626364')))).toString('hex');
const LINK_ADDRESS = '0101020000000001';
const PREFIX = '030440c00000 0e10 ffffffff 00000000 20010db8000000000000000000000000';

/** Name, frame, and what tcpdump -n -t prints. */
export const CORE: readonly (readonly [string, Uint8Array, string])[] = [
  [
    'SYN',
    tcp(SYN, '020405b4 0402080a 00000001 00000000 01 030307'),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [S], seq 4294967280, win 64240, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0',
  ],
  [
    'SYN-ACK',
    tcp(SYN | ACK, '020405b4 01 01 0402'),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [S.], seq 4294967280, ack 77, win 64240, options [mss 1460,nop,nop,sackOK], length 0',
  ],
  ['ACK', tcp(ACK), 'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [.], ack 77, win 64240, length 0'],
  [
    'data',
    tcp(PSH | ACK, '0101080a0000000500000006', 'hello'),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [P.], seq 4294967280:4294967285, ack 77, win 64240, options [nop,nop,TS val 5 ecr 6], length 5',
  ],
  [
    'SACK',
    tcp(ACK, '0101050a 00000001 00000005'),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [.], ack 77, win 64240, options [nop,nop,sack 1 {4294967221:4294967225}], length 0',
  ],
  [
    'urgent data',
    tcp(URG | ACK, '', 'x', { urgent: 1 }),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [.U], seq 4294967280:4294967281, ack 77, win 64240, urg 1, length 1',
  ],
  [
    'every flag',
    tcp(0x1ff),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [FSRP.UEW], seq 4294967280, ack 77, win 64240, urg 0, length 0',
  ],
  [
    'FIN',
    tcp(FIN | ACK),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [F.], seq 4294967280, ack 77, win 64240, length 0',
  ],
  [
    'RST with a reason',
    tcp(RST, '', 'no such\nservice'),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [R], seq 4294967280:4294967295, win 64240, length 15',
  ],
  [
    'MD5, TCP-AO and TFO',
    tcp(ACK, '1312000102030405060708090a0b0c0d0e0f 1d04 0102 2204abcd 0101'),
    "IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [.], ack 77, win 64240, options [md5 shared secret not supplied with -M, can't check - 000102030405060708090a0b0c0d0e0f,tcp-ao keyid 1 rnextkeyid 2,tfo  (invalid),nop,nop], length 0",
  ],
  [
    'MPTCP',
    tcp(SYN, '1e0c0081 0102030405060708'),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [S], seq 4294967280, win 64240, options [mptcp 12 capable v0 csum {0x102030405060708}], length 0',
  ],
  [
    'options that cannot be',
    tcp(ACK, '0203 08ff'),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [.], ack 77, win 64240, options [mss 2303[len 3]], length 0',
  ],
  ['UDP', transport(UDP, 1000, 2000, new Uint8Array(9)), 'IP 192.0.2.1.1000 > 192.0.2.2.2000: UDP, length 9'],
  [
    'UDP with a length that cannot be',
    ip(UDP, hex('03e807d0 0fff0000 6162')),
    'IP 192.0.2.1.1000 > 192.0.2.2.2000: UDP, bad length 4087 > 2',
  ],
  [
    'fragment',
    header4('4500001c 12342003 40110000 c0000201 c0000202', '6162636465666768'),
    'IP 192.0.2.1 > 192.0.2.2: ip-proto-17',
  ],
  [
    'first fragment',
    header4('4500001c 12342000 40110000 c0000201 c0000202', '03e807d000640000'),
    'IP 192.0.2.1.1000 > 192.0.2.2.2000: UDP, length 92',
  ],
  [
    'IP options',
    header4('48000028 00010000 40110000 c0000201 c0000202 94040000 01 07070801020304', '03e807d000080000'),
    'IP 192.0.2.1.1000 > 192.0.2.2.2000: UDP, length 0',
  ],
  [
    'IP header too short',
    ethernet(IPV4, hex('44000014 00010000 40110000 c0000201 c0000202')),
    'IP bad-hlen 16',
  ],
  [
    'IP length too long',
    ethernet(IPV4, hex('450000ff 00010000 40630000 c0000201 c0000202 6162')),
    'IP truncated-ip - 233 bytes missing! 192.0.2.1 > 192.0.2.2:  ip-proto-99 235',
  ],
  ['unknown protocol', ip(253, hex('61626364')), 'IP 192.0.2.1 > 192.0.2.2:  ip-proto-253 4'],
  [
    'echo request',
    icmp('0800 0000 1234 0001 6162'),
    'IP 192.0.2.1 > 192.0.2.2: ICMP echo request, id 4660, seq 1, length 10',
  ],
  [
    'port unreachable',
    icmp(`0303 0000 00000000 ${QUOTED}`),
    'IP 192.0.2.1 > 192.0.2.2: ICMP 192.0.2.2 udp port 2000 unreachable, length 44',
  ],
  [
    'need to fragment',
    icmp(`0304 0000 000005dc ${QUOTED}`),
    'IP 192.0.2.1 > 192.0.2.2: ICMP 192.0.2.2 unreachable - need to frag (mtu 1500), length 44',
  ],
  [
    'time exceeded',
    icmp(`0b00 0000 00000000 ${QUOTED}`),
    'IP 192.0.2.1 > 192.0.2.2: ICMP time exceeded in-transit, length 44',
  ],
  [
    'redirect',
    icmp(`0501 0000 c0000209 ${QUOTED}`),
    'IP 192.0.2.1 > 192.0.2.2: ICMP redirect 192.0.2.2 to host 192.0.2.9, length 44',
  ],
  [
    'router advertisement',
    icmp('0900 0000 0102 0708 c0000209 0000000a'),
    'IP 192.0.2.1 > 192.0.2.2: ICMP router advertisement lifetime 30:00 1: {192.0.2.9 10}, length 16',
  ],
  [
    'ICMPv6 echo',
    icmp6('8000 0000 0001 0002 6162'),
    'IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: ICMP6, echo request, id 1, seq 2, length 10',
  ],
  [
    'ICMPv6 port unreachable',
    icmp6(`0104 0000 00000000 ${QUOTED6}`),
    'IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: ICMP6, destination unreachable, unreachable port, fe80::202:b3ff:fe1e:8329 udp port 2000, length 60',
  ],
  [
    'packet too big',
    icmp6(`0200 0000 00000500 ${QUOTED6}`),
    'IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: ICMP6, packet too big, mtu 1280, length 60',
  ],
  [
    'neighbour solicitation',
    icmp6(`8700 0000 00000000 fe8000000000000000000000000000aa ${LINK_ADDRESS}`),
    'IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: ICMP6, neighbor solicitation, who has fe80::aa, length 32',
  ],
  [
    'neighbour advertisement',
    icmp6(`8800 0000 e0000000 fe8000000000000000000000000000aa ${LINK_ADDRESS}`),
    'IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: ICMP6, neighbor advertisement, tgt is fe80::aa, length 32',
  ],
  [
    'IPv6 router advertisement',
    icmp6(`8600 0000 40fa0708 00000000 00000000 ${LINK_ADDRESS} ${PREFIX}`),
    'IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: ICMP6, router advertisement, length 56',
  ],
  [
    'listener report',
    icmp6('8f00 0000 0000 0001 0400 0000 ff0200000000000000000001ff0000aa'),
    'IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: ICMP6, multicast listener report v2, 1 group record(s), length 28',
  ],
  [
    'hop-by-hop options',
    ip6(0, hex('1100 05020000 0100 03e807d0 000a0000 6162')),
    'IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: HBH 1000 > 2000: UDP, length 2',
  ],
  [
    'IPv6 fragment',
    ip6(44, hex('11000001 00000007 03e807d0 000a0000 6162')),
    'IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: frag (0|10) 1000 > 2000: UDP, length 2',
  ],
  [
    'routing header',
    ip6(43, hex('3b02 0401 00000000 20010db8000000000000000000000009')),
    'IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: RT6 (len=2, type=4, segleft=1, last-entry=0, tag=0, [0]2001:db8::9) no next header',
  ],
  ['nothing behind IPv6', ip6(59, hex('')), 'IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: no next header'],
  [
    'IPv6 cut short',
    ip6(253, hex('61626364'), 40),
    'IP6 truncated-ip6 - 36 bytes missing!2001:db8::1 > fe80::202:b3ff:fe1e:8329:  ip-proto-253 40',
  ],
  [
    'ARP request',
    ethernet(0x0806, hex('0001 0800 0604 0001 020000000001 c0000201 000000000000 c0000202')),
    'ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 28',
  ],
  [
    'ARP reply',
    ethernet(0x0806, hex('0001 0800 0604 0002 020000000002 c0000202 020000000001 c0000201')),
    'ARP, Reply 192.0.2.2 is-at 02:00:00:00:00:02, length 28',
  ],
  [
    'RARP',
    ethernet(0x8035, hex('0001 0800 0604 0003 020000000002 00000000 020000000001 00000000')),
    'ARP, Reverse Request who-is 02:00:00:00:00:01 tell 02:00:00:00:00:02, length 28',
  ],
  [
    'VLAN',
    ethernet(0x8100, join(hex('6064 0800'), packet(tcp(ACK)))),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [.], ack 77, win 64240, length 0',
  ],
  [
    'QinQ',
    ethernet(0x88a8, join(hex('0064 8100 1065 0800'), packet(tcp(ACK)))),
    'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [.], ack 77, win 64240, length 0',
  ],
  [
    'unknown EtherType',
    ethernet(0x1234, hex('000102030405')),
    '02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype Unknown (0x1234), length 20: \n\t0x0000:  0001 0203 0405                           ......',
  ],
  [
    'LLC',
    ethernet(0x0006, hex('fc fc 03 616263')),
    '02:00:00:00:00:01 > 02:00:00:00:00:02 Unknown DSAP 0xfc Unnumbered, ui, Flags [Command], length 6\n\t0x0000:  fcfc 0361 6263                           ...abc',
  ],
  [
    'SNAP',
    ethernet(0x0024, join(hex('aaaa03 000000 0800'), packet(ip(253, hex('6162'))))),
    'IP 192.0.2.1 > 192.0.2.2:  ip-proto-253 2',
  ],
  [
    'GRE',
    ip(47, join(hex('2000 0800 00000007'), packet(tcp(ACK)))),
    'IP 192.0.2.1 > 192.0.2.2: GREv0, key=0x7, length 48: IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [.], ack 77, win 64240, length 0',
  ],
  [
    'IP in IP',
    ip(4, packet(tcp(ACK))),
    'IP 192.0.2.1 > 192.0.2.2: IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [.], ack 77, win 64240, length 0',
  ],
  [
    'IPv6 in IPv4',
    ip(41, packet(icmp6('8000 0000 0001 0002'))),
    'IP 192.0.2.1 > 192.0.2.2: IP6 2001:db8::1 > fe80::202:b3ff:fe1e:8329: ICMP6, echo request, id 1, seq 2, length 8',
  ],
  [
    'VXLAN',
    transport(UDP, 50_000, 4789, join(hex('08000000 00002a00'), tcp(ACK))),
    'IP 192.0.2.1.50000 > 192.0.2.2.4789: VXLAN, flags [I] (0x08), vni 42\nIP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [.], ack 77, win 64240, length 0',
  ],
  [
    'VXLAN to the port of Linux, which tcpdump takes for OTV',
    transport(UDP, 50_000, 8472, join(hex('08000000 00002a00'), tcp(ACK))),
    'IP 192.0.2.1.50000 > 192.0.2.2.8472: OTV, flags [I] (0x08), overlay 0, instance 42\nIP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [.], ack 77, win 64240, length 0',
  ],
  [
    'AH',
    ip(51, join(hex('0604 0000 00000001 00000002 000102030405060708090a0b'), packet(tcp(ACK)).slice(20))),
    'IP 192.0.2.1 > 192.0.2.2: AH(spi=0x00000001,seq=0x2,icv=0x000102030405060708090a0b): 40000 > 7096: Flags [.], ack 77, win 64240, length 0',
  ],
  [
    'ESP',
    ip(50, hex('00000001 00000002 000102030405')),
    'IP 192.0.2.1 > 192.0.2.2: ESP(spi=0x00000001,seq=0x2), length 14',
  ],
];
