// What ICMP errors say, in words.

/** RFC 792 and RFC 1812, 5.2.7.1. */
const UNREACHABLE = [
  'network unreachable',
  'host unreachable',
  'protocol unreachable',
  'port unreachable',
  'fragmentation needed',
  'source route failed',
  'network unknown',
  'host unknown',
  'source host isolated',
  'network administratively prohibited',
  'host administratively prohibited',
  'network unreachable for this type of service',
  'host unreachable for this type of service',
  'communication administratively prohibited',
];

/** RFC 4443, 3.1. */
const UNREACHABLE_6 = [
  'no route to destination',
  'communication administratively prohibited',
  'beyond scope of source address',
  'address unreachable',
  'port unreachable',
  'source address failed ingress/egress policy',
  'reject route to destination',
];

/** An error of ICMP, or of ICMPv6, by type and code. */
export function icmpErrorText(version: 4 | 6, type: number, code: number): string {
  if (version === 4) {
    if (type === 3) return UNREACHABLE[code] ?? `unreachable, code ${code}`;
    if (type === 11) return code === 1 ? 'fragment reassembly time exceeded' : 'time to live exceeded';
    if (type === 12) return 'parameter problem';
  } else {
    if (type === 1) return UNREACHABLE_6[code] ?? `unreachable, code ${code}`;
    if (type === 2) return 'packet too big';
    if (type === 3) return code === 1 ? 'fragment reassembly time exceeded' : 'hop limit exceeded';
    if (type === 4) return 'parameter problem';
  }
  return `ICMP error ${type}, code ${code}`;
}
