// UDP (RFC 768).
import { HEADER_LENGTH } from '../../wire/udp.ts';
import { correct, pseudoSum, shouldBe } from '../engine/checksum.ts';
import type { Printer } from '../engine/printer.ts';
import { printEndpoints, printHosts, writesAddresses } from './endpoints.ts';

const PROTOCOL = 17;

export function printUdp(p: Printer, offset: number, length: number): void {
  p.protocol = 'udp';
  const { ip, ipVersion: version, fragmented } = p;
  const view = p.view;
  if (!p.has(offset, 4)) {
    if (writesAddresses(p, PROTOCOL)) {
      printHosts(p);
      p.ascii(': ');
    }
    p.truncated();
    return;
  }
  printEndpoints(p, PROTOCOL, view.getInt32(offset));
  p.ascii(': ');
  if (length < HEADER_LENGTH) {
    p.field('truncated-udp ', length);
    return;
  }
  if (!p.has(offset, 6)) {
    p.truncated();
    return;
  }
  let datagram = view.getUint16(offset + 4);
  // A jumbogram (RFC 2675, 4).
  if (datagram === 0 && length > 65535) datagram = length;
  if (datagram < HEADER_LENGTH) {
    p.field('truncated-udplength ', datagram);
    return;
  }
  if (!p.has(offset, HEADER_LENGTH)) {
    p.truncated();
    return;
  }
  const payload = datagram - HEADER_LENGTH;
  let captured = length - HEADER_LENGTH;
  if (payload < captured) captured = payload;
  const data = offset + HEADER_LENGTH;
  p.sourcePort = view.getUint16(offset);
  p.destinationPort = view.getUint16(offset + 2);
  if (!p.quiet && p.payload.udpFirst.print(p, data, captured)) return;
  if (p.verbose > 0 && p.options.checksums && !fragmented) {
    printChecksum(p, offset, captured + HEADER_LENGTH, version, ip);
  }
  if (!p.quiet && p.payload.udpPorts.print(p, data, captured)) return;
  if (payload > captured && !fragmented) {
    p.field('UDP, bad length ', payload);
    p.field(' > ', captured);
  } else p.field('UDP, length ', payload);
}

/** Over IPv4 only with -vv, as tcpdump. */
function printChecksum(p: Printer, offset: number, length: number, version: number, ip: number): void {
  if (version === 4 && p.verbose < 2) return;
  const found = p.view.getUint16(offset + 6);
  if (version === 4 && found === 0) {
    p.ascii('[no cksum] ');
    return;
  }
  if (!p.has(offset, length)) return;
  const sum = pseudoSum(p, ip, version, PROTOCOL, offset, length);
  if (correct(sum)) p.ascii('[udp sum ok] ');
  else {
    p.ascii('[bad udp cksum 0x');
    p.out.hexPadded(found, 4);
    p.ascii(' -> 0x');
    p.out.hexPadded(shouldBe(found, sum), 4);
    p.ascii('!] ');
  }
}
