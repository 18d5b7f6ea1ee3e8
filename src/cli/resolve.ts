// --resolve: the names tcpdump prints without -n, from the resolver, /etc/services and /etc/protocols.
import { lookupService } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { ipv4Text, ipv6Text } from '../base/address.ts';
import type { Batch } from '../base/batch.ts';
import type { HostNames } from '../print/options.ts';
import { ARP, IPV4, IPV6, Packet } from '../wire/packet.ts';

/** Milliseconds that a batch waits for names; what comes later serves later packets. */
const PATIENCE = 5000;
/** Lookups under way at once: the resolver of the C library has four threads here. */
const AT_ONCE = 16;
/** A name is text from the network: what else it holds is not printed. */
const NAME = /^[\w.:%-]+$/;

/** Looks names up before packets are printed, because a printer cannot wait for them. */
export class Resolver implements HostNames {
  private readonly hosts = new Map<string, string | undefined>();
  private readonly tcp = new Map<number, string>();
  private readonly udp = new Map<number, string>();
  private readonly protocols = new Map<number, string>();
  private readonly packet = new Packet();

  constructor() {
    for (const [, name, port, protocol] of lines('/etc/services', /^([^\s#]+)\s+(\d+)\/(tcp|udp)/gm)) {
      const table = protocol === 'tcp' ? this.tcp : this.udp;
      if (!table.has(Number(port))) table.set(Number(port), name);
    }
    for (const [, name, number] of lines('/etc/protocols', /^([^\s#]+)\s+(\d+)/gm)) {
      if (!this.protocols.has(Number(number))) this.protocols.set(Number(number), name);
    }
  }

  host(bytes: Uint8Array, at: number, length: 4 | 16): string | undefined {
    return this.hosts.get(length === 4 ? ipv4Text(bytes, at) : ipv6Text(bytes, at));
  }
  tcpPort(port: number): string | undefined {
    return this.tcp.get(port);
  }
  udpPort(port: number): string | undefined {
    return this.udp.get(port);
  }
  protocol(number: number): string | undefined {
    return this.protocols.get(number);
  }

  /** Looks up the addresses in a batch that are new. */
  async prepare(batch: Batch): Promise<void> {
    const wanted: string[] = [];
    for (let i = 0; i < batch.count; i++) {
      const layers = this.packet.decode(batch, i);
      const { ipv4, ipv6, arp } = this.packet;
      if ((layers & IPV4) !== 0) this.want(wanted, ipv4Text, batch, ipv4.sourceAt, ipv4.destinationAt);
      else if ((layers & IPV6) !== 0) this.want(wanted, ipv6Text, batch, ipv6.sourceAt, ipv6.destinationAt);
      else if ((layers & ARP) !== 0 && arp.protocolLength === 4 && arp.endAt <= this.packet.captureEnd) {
        this.want(wanted, ipv4Text, batch, arp.senderProtocolAt, arp.targetProtocolAt);
      }
    }
    if (wanted.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    const workers = Array.from({ length: Math.min(AT_ONCE, wanted.length) }, () => this.work(wanted));
    await Promise.race([Promise.all(workers), patience]);
    clearTimeout(timer);
  }

  private want(
    wanted: string[],
    text: (bytes: Uint8Array, at: number) => string,
    batch: Batch,
    ...places: number[]
  ): void {
    for (const at of places) {
      const address = text(batch.bytes, at);
      if (this.hosts.has(address)) continue;
      this.hosts.set(address, undefined);
      wanted.push(address);
    }
  }

  private async work(wanted: string[]): Promise<void> {
    for (let address = wanted.pop(); address !== undefined; address = wanted.pop()) {
      try {
        const { hostname } = await lookupService(address, 0);
        if (hostname !== address && NAME.test(hostname)) this.hosts.set(address, hostname);
      } catch {
        // No name: the number is printed.
      }
    }
  }
}

function lines(file: string, pattern: RegExp): Iterable<RegExpMatchArray> {
  try {
    return readFileSync(file, 'utf8').matchAll(pattern);
  } catch {
    return [];
  }
}
