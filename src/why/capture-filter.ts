// The classic BPF program (linux/filter.h) of the captures: ARP, ICMP, first packets of TCP connections, UDP.
//
// The probe's packets may be translated on their way, so addresses and ports do not identify them: they are recognized later, by
// what no translation changes. The program sees packets from the network header on, and is given the EtherType.

import * as ethertype from '../wire/registry/ethertypes.ts';

const LOAD_WORD = 0x20;
const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const LOAD_BYTE_AT_X = 0x50;
/** X becomes the length of the IPv4 header. */
const LOAD_HEADER_LENGTH = 0xb1;
const EQUAL = 0x15;
const ANY_BIT = 0x45;
const RETURN = 0x06;
/** SKF_AD_OFF + SKF_AD_PROTOCOL: the EtherType. */
const PROTOCOL = 0xfffff000;

/** SYN and RST: what starts a connection, and what refuses it. */
const SYN_OR_RST = 0x06;
const OFFSET_OF_FRAGMENT = 0x1fff;

type Target = 'accept' | 'reject' | 'ipv4' | 'ipv6' | 'tcp4' | 'tcp6';
interface Instruction {
  label?: Target;
  code: number;
  k: number;
  /** Where to go on; the next instruction if undefined. */
  yes?: Target;
  no?: Target;
}

const PROGRAM: readonly Instruction[] = [
  { code: LOAD_WORD, k: PROTOCOL },
  { code: EQUAL, k: ethertype.ARP, yes: 'accept' },
  { code: EQUAL, k: ethertype.IPV4, yes: 'ipv4' },
  { code: EQUAL, k: ethertype.IPV6, yes: 'ipv6', no: 'reject' },
  { label: 'ipv4', code: LOAD_BYTE, k: 9 },
  { code: EQUAL, k: 1, yes: 'accept' },
  { code: EQUAL, k: 17, yes: 'accept' },
  { code: EQUAL, k: 6, yes: 'tcp4', no: 'reject' },
  { label: 'tcp4', code: LOAD_HALF, k: 6 },
  { code: ANY_BIT, k: OFFSET_OF_FRAGMENT, yes: 'accept' },
  { code: LOAD_HEADER_LENGTH, k: 0 },
  { code: LOAD_BYTE_AT_X, k: 13 },
  { code: ANY_BIT, k: SYN_OR_RST, yes: 'accept', no: 'reject' },
  { label: 'ipv6', code: LOAD_BYTE, k: 6 },
  { code: EQUAL, k: 58, yes: 'accept' },
  { code: EQUAL, k: 17, yes: 'accept' },
  // A fragment, or hop-by-hop options before it.
  { code: EQUAL, k: 44, yes: 'accept' },
  { code: EQUAL, k: 0, yes: 'accept' },
  { code: EQUAL, k: 6, yes: 'tcp6', no: 'reject' },
  { label: 'tcp6', code: LOAD_BYTE, k: 53 },
  { code: ANY_BIT, k: SYN_OR_RST, yes: 'accept', no: 'reject' },
  { label: 'reject', code: RETURN, k: 0 },
  { label: 'accept', code: RETURN, k: 256 },
];

/** The program as the kernel takes it: 8 bytes an instruction. */
export function captureFilter(): Buffer {
  const bytes = Buffer.alloc(PROGRAM.length * 8);
  for (const [index, { code, k, yes, no }] of PROGRAM.entries()) {
    const jump = (to: Target | undefined) =>
      to === undefined ? 0 : PROGRAM.findIndex(({ label }) => label === to) - index - 1;
    bytes.writeUInt16LE(code, index * 8);
    bytes[index * 8 + 2] = jump(yes);
    bytes[index * 8 + 3] = jump(no);
    bytes.writeUInt32LE(k >>> 0, index * 8 + 4);
  }
  return bytes;
}
