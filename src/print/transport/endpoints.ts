// Addresses and ports before TCP and UDP.
import { Literal } from '../../base/text.ts';
import { TextCache } from '../../base/text-cache.ts';
import * as ip from '../../wire/registry/ip-protocols.ts';
import { finder, type Printer, State } from '../engine/printer.ts';

const DOT = 0x2e;
const TO = new Literal(' > ');

/** Endpoints over IPv4 as they were written. */
class EndpointTexts extends State {
  readonly cache = new TextCache(1024);
}
const endpointTexts = finder(EndpointTexts);

/** True where a protocol lies right behind the IP header: after extension headers the addresses are already written. */
export function writesAddresses(p: Printer, protocol: number): boolean {
  return p.bytes[p.ipVersion === 4 ? p.ip + 9 : p.ip + 6] === protocol;
}

/** `10.0.1.0.40000 > 10.0.2.0.7096`, or only the ports, which lie in the two halves of a word. */
export function printEndpoints(p: Printer, protocol: number, ports: number): void {
  const { out, view } = p;
  const addresses = writesAddresses(p, protocol);
  if (!addresses || p.ipVersion !== 4 || p.names !== undefined) {
    write(p, protocol, ports, addresses);
    return;
  }
  const { cache } = endpointTexts(p);
  const source = view.getInt32(p.ip + 12);
  if (cache.write(out, source, view.getInt32(p.ip + 16), ports, protocol)) return;
  const start = out.length;
  write(p, protocol, ports, true);
  cache.remember(out, start);
}

/** `10.0.1.0 > 10.0.2.0`: the ports were not captured. */
export function printHosts(p: Printer): void {
  printSource(p);
  p.out.literal(TO);
  printDestination(p);
}

function write(p: Printer, protocol: number, ports: number, addresses: boolean): void {
  if (addresses) {
    printSource(p);
    p.out.byte(DOT);
  }
  printPort(p, protocol, ports >>> 16);
  p.out.literal(TO);
  if (addresses) {
    printDestination(p);
    p.out.byte(DOT);
  }
  printPort(p, protocol, ports & 0xffff);
}

function printPort(p: Printer, protocol: number, port: number): void {
  if (protocol === ip.UDP) p.udpPort(port);
  else p.tcpPort(port);
}

function printSource(p: Printer): void {
  if (p.ipVersion === 4) p.ipv4(p.ip + 12);
  else p.ipv6(p.ip + 8);
}

function printDestination(p: Printer): void {
  if (p.ipVersion === 4) p.ipv4(p.ip + 16);
  else p.ipv6(p.ip + 24);
}
