// UDP (RFC 768).
import { HEADER_LENGTH } from '../../wire/udp.ts';
import { correct, pseudoSum, shouldBe } from '../engine/checksum.ts';
import type { Printer } from '../engine/printer.ts';

const PROTOCOL = 17;

export function printUdp(p: Printer, at: number, length: number): void {
  p.protocol = 'udp';
  const { ip, ipVersion: version, fragmented } = p;
  const view = p.view;
  if (!p.has(at, 4)) {
    printAddresses(p, version, ip, -1, -1);
    p.truncated();
    return;
  }
  const source = view.getUint16(at);
  const target = view.getUint16(at + 2);
  if (version !== 4 || p.names !== undefined || p.bytes[ip + 9] !== PROTOCOL) {
    printAddresses(p, version, ip, source, target);
  } else {
    const ports = view.getInt32(at);
    if (!p.endpoints.write(p.out, view.getInt32(ip + 12), view.getInt32(ip + 16), ports, PROTOCOL)) {
      const start = p.out.length;
      printAddresses(p, version, ip, source, target);
      p.endpoints.remember(p.out, start);
    }
  }
  if (length < HEADER_LENGTH) {
    p.field('truncated-udp ', length);
    return;
  }
  if (!p.has(at, 6)) {
    p.truncated();
    return;
  }
  let datagram = view.getUint16(at + 4);
  // A jumbogram (RFC 2675, 4).
  if (datagram === 0 && length > 65535) datagram = length;
  if (datagram < HEADER_LENGTH) {
    p.field('truncated-udplength ', datagram);
    return;
  }
  if (!p.has(at, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  const payload = datagram - HEADER_LENGTH;
  let captured = length - HEADER_LENGTH;
  if (payload < captured) captured = payload;
  const data = at + HEADER_LENGTH;
  p.sourcePort = source;
  p.destinationPort = target;
  if (!p.quiet && p.payload.udpFirst.print(p, data, captured)) return;
  if (p.verbose > 0 && p.options.checksums && !fragmented) {
    printChecksum(p, at, captured + HEADER_LENGTH, version, ip);
  }
  if (!p.quiet && p.payload.udpPorts.print(p, data, captured)) return;
  if (payload > captured && !fragmented) {
    p.field('UDP, bad length ', payload);
    p.field(' > ', captured);
  } else p.field('UDP, length ', payload);
}

/** Addresses and ports; after IPv6 extension headers only the ports. Ports below 0 were not captured. */
function printAddresses(p: Printer, version: number, ip: number, source: number, target: number): void {
  const addresses = p.bytes[version === 4 ? ip + 9 : ip + 6] === PROTOCOL;
  if (!addresses && source < 0) return;
  if (addresses) printAddress(p, version, ip + (version === 4 ? 12 : 8));
  if (addresses && source >= 0) p.ascii('.');
  if (source >= 0) p.udpPort(source);
  p.ascii(' > ');
  if (addresses) printAddress(p, version, ip + (version === 4 ? 16 : 24));
  if (addresses && target >= 0) p.ascii('.');
  if (target >= 0) p.udpPort(target);
  p.ascii(': ');
}

function printAddress(p: Printer, version: number, at: number): void {
  if (version === 4) p.ipv4(at);
  else p.ipv6(at);
}

/** Over IPv4 only with -vv, as tcpdump. */
function printChecksum(p: Printer, at: number, length: number, version: number, ip: number): void {
  if (version === 4 && p.verbose < 2) return;
  const found = p.view.getUint16(at + 6);
  if (version === 4 && found === 0) {
    p.ascii('[no cksum] ');
    return;
  }
  if (!p.has(at, length)) return;
  const sum = pseudoSum(p, ip, version, PROTOCOL, at, length);
  if (correct(sum)) p.ascii('[udp sum ok] ');
  else {
    p.ascii('[bad udp cksum 0x');
    p.out.hexPadded(found, 4);
    p.ascii(' -> 0x');
    p.out.hexPadded(shouldBe(found, sum), 4);
    p.ascii('!] ');
  }
}
