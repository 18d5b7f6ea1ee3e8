// A packet of each protocol above TCP, UDP, IP and Ethernet that is dissected, and what tcpdump 4.99.3 prints of it.
import { ethernet, ip, TCP, transport, UDP } from './packets.ts';

function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

function text(ascii: string): Uint8Array {
  return new Uint8Array(Buffer.from(ascii, 'latin1'));
}

/** Name, frame, and what tcpdump -n -t prints. */
export const SAMPLES: readonly (readonly [string, Uint8Array, string])[] = [
  [
    'DNS query with EDNS',
    transport(
      UDP,
      40000,
      53,
      hex('12340100000100000000000103777777076578616d706c65036e6574000001000100002904d00000' + '80000000'),
    ),
    'IP 192.0.2.1.40000 > 192.0.2.2.53: 4660+ [1au] A? www.example.net. (44)',
  ],
  [
    'DNS response',
    transport(
      UDP,
      53,
      40000,
      hex(
        '12348580000100040000000003777777076578616d706c65036e657400001c0001c00c0005000100' +
          '00012c00040161c010c00c001c00010000003c001020010db8000000000000000000000001c00c00' +
          '0f00010000003c0004000ac010c00c001000010000003c000807763d7370663120',
      ),
    ),
    'IP 192.0.2.1.53 > 192.0.2.2.40000: 4660* 4/0/0 CNAME a.example.net., AAAA 2001:db8::1, MX example.net. 10, TXT "v=spf1 " (113)',
  ],
  [
    'DNS name that points at itself',
    transport(UDP, 53, 40000, hex('000781800001000100000000c00c00010001c00c000100010000003c0004c0000209')),
    'IP 192.0.2.1.53 > 192.0.2.2.40000: 7 1/0/0 A 192.0.2.9 (34)',
  ],
  [
    'DNS over TCP',
    transport(
      TCP,
      40000,
      53,
      hex(
        '002c12340100000100000000000103777777076578616d706c65036e6574000001000100002904d0' + '000080000000',
      ),
    ),
    'IP 192.0.2.1.40000 > 192.0.2.2.53: Flags [P.], seq 1:47, ack 1, win 512, length 46 4660+ [1au] A? www.example.net. (44)',
  ],
  [
    'multicast DNS',
    transport(
      UDP,
      5353,
      5353,
      hex(
        '000084000000000100000000077072696e746572056c6f63616c0000218001000000780009000000' + '000277017800',
      ),
    ),
    'IP 192.0.2.1.5353 > 192.0.2.2.5353: 0*- [0q] 1/0/0 (Cache flush) SRV x.:631 0 0 (46)',
  ],
  [
    'DHCP',
    transport(
      UDP,
      68,
      67,
      hex(
        '01010600deadbeef0004800000000000000000000000000000000000020000000001000000000000' +
          '00000000000000000000000000000000000000000000000000000000000000000000000000000000' +
          '00000000000000000000000000000000000000000000000000000000000000000000000000000000' +
          '00000000000000000000000000000000000000000000000000000000000000000000000000000000' +
          '00000000000000000000000000000000000000000000000000000000000000000000000000000000' +
          '00000000000000000000000000000000000000000000000000000000000000000000000063825363' +
          '3501013d07010200000000010c04686f737437040103060fff',
      ),
    ),
    'IP 192.0.2.1.68 > 192.0.2.2.67: BOOTP/DHCP, Request from 02:00:00:00:00:01, length 265',
  ],
  [
    'DHCPv6',
    transport(UDP, 546, 547, hex('01abcdef0001000800030001020000010006000400170018000800020000')),
    'IP 192.0.2.1.546 > 192.0.2.2.547: dhcp6 solicit',
  ],
  [
    'NTP',
    transport(
      UDP,
      123,
      123,
      hex(
        '23020aec0000010000000200c000024de000000080000000e000000080000000e000000080000000' +
          'e000000080000000',
      ),
    ),
    'IP 192.0.2.1.123 > 192.0.2.2.123: NTPv4, Client, length 48',
  ],
  [
    'HTTP request',
    transport(
      TCP,
      40000,
      80,
      text('GET /index.html HTTP/1.1\r\nHost: www.example.net\r\nAccept: */*\r\n\r\n'),
    ),
    'IP 192.0.2.1.40000 > 192.0.2.2.80: Flags [P.], seq 1:65, ack 1, win 512, length 64: HTTP: GET /index.html HTTP/1.1',
  ],
  [
    'HTTP response',
    transport(TCP, 80, 40000, text('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n')),
    'IP 192.0.2.1.80 > 192.0.2.2.40000: Flags [P.], seq 1:46, ack 1, win 512, length 45: HTTP: HTTP/1.1 404 Not Found',
  ],
  [
    'SMTP',
    transport(TCP, 40000, 25, text('MAIL FROM:<a@example.net>\r\n')),
    'IP 192.0.2.1.40000 > 192.0.2.2.25: Flags [P.], seq 1:28, ack 1, win 512, length 27: SMTP: MAIL FROM:<a@example.net>',
  ],
  [
    'FTP',
    transport(TCP, 21, 40000, text('220 ready\r\n')),
    'IP 192.0.2.1.21 > 192.0.2.2.40000: Flags [P.], seq 1:12, ack 1, win 512, length 11: FTP: 220 ready',
  ],
  [
    'SIP',
    transport(UDP, 5060, 5060, text('REGISTER sip:example.net SIP/2.0\r\nCSeq: 1 REGISTER\r\n\r\n')),
    'IP 192.0.2.1.5060 > 192.0.2.2.5060: SIP: REGISTER sip:example.net SIP/2.0',
  ],
  [
    'RTSP',
    transport(TCP, 40000, 554, text('OPTIONS rtsp://example.net/ RTSP/1.0\r\nCSeq: 1\r\n\r\n')),
    'IP 192.0.2.1.40000 > 192.0.2.2.554: Flags [P.], seq 1:50, ack 1, win 512, length 49: RTSP: OPTIONS rtsp://example.net/ RTSP/1.0',
  ],
  [
    'SSH',
    transport(TCP, 22, 40000, text('SSH-2.0-OpenSSH_9.2\r\n')),
    'IP 192.0.2.1.22 > 192.0.2.2.40000: Flags [P.], seq 1:22, ack 1, win 512, length 21: SSH: SSH-2.0-OpenSSH_9.2',
  ],
  [
    'telnet',
    transport(TCP, 40000, 23, hex('fffb18fffd01fffa1801fff0')),
    'IP 192.0.2.1.40000 > 192.0.2.2.23: Flags [P.], seq 1:13, ack 1, win 512, length 12 [telnet WILL TERMINAL TYPE, DO ECHO, SB TERMINAL TYPE SEND SE]',
  ],
  [
    'RESP',
    transport(TCP, 40000, 6379, text('*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n')),
    'IP 192.0.2.1.40000 > 192.0.2.2.6379: Flags [P.], seq 1:23, ack 1, win 512, length 22: RESP "GET" "key"',
  ],
  [
    'syslog',
    transport(UDP, 514, 514, text('<34>su: failed')),
    'IP 192.0.2.1.514 > 192.0.2.2.514: SYSLOG auth.critical, length: 14',
  ],
  [
    'TFTP',
    transport(UDP, 40000, 69, hex('0001626f6f742e696d67006f6374657400626c6b73697a65003130323400')),
    'IP 192.0.2.1.40000 > 192.0.2.2.69: TFTP, length 30, RRQ "boot.img" octet blksize 1024',
  ],
  [
    'RIP',
    transport(UDP, 520, 520, hex('02020000000200000a000000ff0000000000000000000001')),
    'IP 192.0.2.1.520 > 192.0.2.2.520: RIPv2, Response, length: 24',
  ],
  [
    'ISAKMP',
    transport(UDP, 500, 500, hex('010203040506070800000000000000002120220800000000000000240000000800004004')),
    'IP 192.0.2.1.500 > 192.0.2.2.500: isakmp: parent_sa ikev2_init[I]',
  ],
  [
    'ESP over UDP',
    transport(UDP, 4500, 4500, hex('0000abcd0000000100000000000000000000000000000000')),
    'IP 192.0.2.1.4500 > 192.0.2.2.4500: UDP-encap: ESP(spi=0x0000abcd,seq=0x1), length 24',
  ],
  [
    'RADIUS',
    transport(UDP, 40000, 1812, hex('0109002100000000000000000000000000000000010761646d696e0406c0000204')),
    'IP 192.0.2.1.40000 > 192.0.2.2.1812: RADIUS, Access-Request (1), id: 0x09 length: 33',
  ],
  [
    'Geneve',
    transport(
      UDP,
      40000,
      6081,
      hex(
        '0000655800002a0002000000000202000000000108060001080006040001020000000001c0000201' +
          '000000000000c0000202',
      ),
    ),
    'IP 192.0.2.1.40000 > 192.0.2.2.6081: Geneve, Flags [none], vni 0x2a: ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 28',
  ],
  [
    'IGMP',
    ip(2, hex('220000000000000104000000e00000fb'), 1),
    'IP 192.0.2.1 > 192.0.2.2: igmp v3 report, 1 group record(s)',
  ],
  [
    'VRRP',
    ip(112, hex('210164010001ba52c0000263'), 255),
    'IP 192.0.2.1 > 192.0.2.2: VRRPv2, Advertisement, vrid 1, prio 100, authtype none, intvl 1s, length 12',
  ],
  [
    'spanning tree',
    ethernet(0x0026, hex('4242030000000000800002000000000100000000800002000000000180010000140002000f00')),
    'STP 802.1d, Config, Flags [none], bridge-id 8000.02:00:00:00:00:01.8001, length 35',
  ],
  ['EAPOL', ethernet(0x888e, hex('0100000a0101000a0168656c6c6f')), 'EAP packet (0) v1, len 10'],
  [
    'whois',
    transport(TCP, 40000, 43, text('example.org\r\n')),
    'IP 192.0.2.1.40000 > 192.0.2.2.43: Flags [P.], seq 1:14, ack 1, win 512, length 13: WHOIS: example.org',
  ],
  [
    'a port that was once used for LMP',
    transport(UDP, 40000, 49998, hex('1000000100000008')),
    'IP 192.0.2.1.40000 > 192.0.2.2.49998: UDP, length 8',
  ],
  [
    'PPPoE under its older EtherType',
    ethernet(0x3c13, hex('110000070006c02109010006')),
    'PPPoE  [ses 0x7] LCP, Echo-Request (0x09), id 1, length 6',
  ],
  [
    'OSI in Ethernet II: IPv4',
    ethernet(0xfefe, hex('03cc4500001400010000400100000a0001010a000201')),
    'IP 10.0.1.1 > 10.0.2.1:  [|icmp]',
  ],
  [
    'SNAP with the EtherType of OSI over GRE',
    ethernet(11, hex('aaaa0300000000fe010203')),
    '02:00:00:00:00:01 > 02:00:00:00:00:02 SNAP, ethertype GRE-OSI (0x00fe), length 3: \n\t0x0000:  aaaa 0300 0000 00fe 0102 03              ...........',
  ],
  [
    'PPPoE',
    ethernet(0x8864, hex('110000070006c02109010006')),
    'PPPoE  [ses 0x7] LCP, Echo-Request (0x09), id 1, length 6',
  ],
  [
    'MPLS',
    ethernet(0x8847, hex('000641404500001c00070000401100000a0000010a0000020035003500080000')),
    'MPLS (label 100, tc 0, [S], ttl 64) IP 10.0.0.1.53 > 10.0.0.2.53: domain [length 0 < 12] (invalid)',
  ],
];
