// --resolve: the names tcpdump prints without -n, from the resolver, /etc/services, /etc/protocols and /etc/ethers.
import { lookupService } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { ipv4Text, ipv6Text } from '../base/address.ts';
import type { Batch } from '../base/batch.ts';
import { Text } from '../base/text.ts';
import type { HostNames, PrintOptions } from '../print/engine/options.ts';
import { PacketPrinter } from '../print/packet.ts';

/** Milliseconds that a batch waits for names; later answers serve later packets. */
const PATIENCE = 5000;
/** Lookups under way at once: Node has no more threads for them, and cannot end before all it was given are done. */
const AT_ONCE = 2;
/** A name is text from the network: other characters are not printed. */
const NAME = /^[\w.:%-]+$/;

/** Looks names up before packets are printed, because a printer cannot wait for them. */
export class Resolver implements HostNames {
  private readonly hosts = new Map<string, string | undefined>();
  private readonly tcp = new Map<number, string>();
  private readonly udp = new Map<number, string>();
  private readonly protocols = new Map<number, string>();
  private readonly macs = new Map([['ff:ff:ff:ff:ff:ff', 'Broadcast']]);
  /** Addresses that were needed but never looked up. */
  private readonly wanted: string[] = [];
  /** The addresses in a packet's text, including those in tunnels and answers, are found by formatting it once in advance. */
  private readonly rehearsal: PacketPrinter;
  private readonly rehearsed = new Text();

  /** `options`: how the packets will be printed. */
  constructor(options: Partial<PrintOptions>) {
    this.rehearsal = new PacketPrinter({ ...options, explain: false, names: this }, this.rehearsed);
    for (const [, name, port, protocol] of lines('/etc/services', /^([^\s#]+)\s+(\d+)\/(tcp|udp)/gm)) {
      const table = protocol === 'tcp' ? this.tcp : this.udp;
      if (!table.has(Number(port))) table.set(Number(port), name);
    }
    for (const [, address, name] of lines('/etc/ethers', /^([\da-f:]+)\s+([^\s#]+)/gim)) {
      const pairs = address.toLowerCase().split(':');
      this.macs.set(pairs.map((pair) => pair.padStart(2, '0')).join(':'), name);
    }
    for (const [, name, number] of lines('/etc/protocols', /^([^\s#]+)\s+(\d+)/gm)) {
      if (!this.protocols.has(Number(number))) this.protocols.set(Number(number), name);
    }
  }

  host(bytes: Uint8Array, offset: number, length: 4 | 16): string | undefined {
    const address = length === 4 ? ipv4Text(bytes, offset) : ipv6Text(bytes, offset);
    const name = this.hosts.get(address);
    if (name === undefined && !this.hosts.has(address)) {
      this.hosts.set(address, undefined);
      this.wanted.push(address);
    }
    return name;
  }
  mac(bytes: Uint8Array, offset: number): string | undefined {
    return this.macs.get(macText(bytes, offset));
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

  /** Looks up the addresses in the first `count` packets of a batch that are new. */
  async prepare(batch: Batch, count = batch.count): Promise<void> {
    for (let i = 0; i < Math.min(count, batch.count); i++) {
      while (!this.rehearsal.print(batch, i)) await this.rehearsal.load();
      this.rehearsed.clear();
    }
    const wanted = this.wanted.splice(0).reverse();
    if (wanted.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    const workers = Array.from({ length: Math.min(AT_ONCE, wanted.length) }, () => this.work(wanted));
    await Promise.race([Promise.all(workers), patience]);
    clearTimeout(timer);
    // Lookups that were not started are made when the address occurs again.
    for (const address of wanted.splice(0)) this.hosts.delete(address);
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

function macText(bytes: Uint8Array, offset: number): string {
  return Buffer.from(bytes.subarray(offset, offset + 6))
    .toString('hex')
    .replace(/..(?!$)/g, '$&:');
}
