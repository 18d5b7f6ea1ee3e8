// Packets whose every field may hold what no sender would send, cut anywhere: what a capture's lines are compared by.
// The same seed gives the same packets.
import { numbers } from '../file/build.ts';

/** What a packet can be made of. */
const BYTES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 64, 127, 128, 254, 255];
const WORDS = [0, 1, 2, 7, 8, 19, 20, 28, 40, 255, 256, 1500, 0x7fff, 0x8000, 0xfffe, 0xffff];
const LONGS = [0, 1, 2, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const LENGTHS = [0, 0, 1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 17, 20, 31, 32, 40, 64, 150];
const V4 = ['0a000001', '7f000001', 'e0000001', 'ffffffff', 'c0000201'];
const V6 = [
  '00000000000000000000000000000001',
  'fe800000000000000000000000000001',
  '20010db8000000010000000000000000',
  '00000000000000000000ffff0a000001',
  '00010002000300040005000600070008',
];
/** Bytes of value that the TCP options of each kind have, where they have a fixed number. */
const TCP_OPTIONS: readonly (readonly [kind: number, ...lengths: number[]])[] = [
  ...[0, 1, 4, 9, 11, 12, 13].map((kind) => [kind, kind === 4 || kind === 9 ? 0 : 4] as const),
  [2, 2],
  [3, 1],
  [5, 8, 16, 24],
  [8, 8],
  [14, 1],
  [19, 16],
  [20, 2],
  [28, 2],
  [29, 2, 6],
  [30, 1, 2, 6, 10, 14, 18, 20],
  [34, 0, 4, 8, 3],
  [254, 2, 4, 10],
];
const NEIGHBOUR_OPTIONS = [1, 2, 3, 4, 5, 7, 8, 24, 25, 31, 13];
const ETHERTYPES = [0x0800, 0x0800, 0x86dd, 0x86dd, 0x0806, 0x8035, 0x8100, 0x88a8];

/** A linear congruential generator: enough for this. */
export class Mutants {
  private state: number;
  private depth = 0;

  constructor(seed: number) {
    this.state = seed;
  }

  /** A packet of this link type. */
  packet(link: number): Buffer {
    this.depth = 0;
    switch (link) {
      case 1:
        return this.ethernet();
      case 113: {
        const [type, payload] = this.carried();
        const head = [this.below(6), 1, this.pick([6, 6, 0, 8])];
        return this.join(numbers(false, 'www', ...head), this.bytes(8), this.word(type), payload);
      }
      case 276: {
        const [type, payload] = this.carried();
        const kind = Buffer.from([this.below(6), this.pick([6, 6, 0, 8])]);
        return this.join(numbers(false, 'wwdw', type, 0, 1, 1), kind, this.bytes(8), payload);
      }
      case 0: {
        const six = this.chance(0.5);
        const family = six ? this.pick([24, 28, 30]) : this.pick([2, 2, 2, 99]);
        return this.join(numbers(this.chance(0.7), 'd', family), six ? this.ipv6() : this.ipv4());
      }
      default:
        return this.chance(0.5) ? this.ipv4() : this.ipv6();
    }
  }

  below(n: number): number {
    this.state = (Math.imul(this.state, 1_103_515_245) + 12_345) >>> 0;
    return (this.state >>> 9) % n;
  }
  chance(p: number): boolean {
    return this.below(1000) < p * 1000;
  }
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)];
  }

  private byte(): number {
    return this.chance(0.6) ? this.pick(BYTES) : this.below(256);
  }
  private number16(): number {
    return this.chance(0.6) ? this.pick(WORDS) : this.below(65_536);
  }
  private word(value: number): Buffer {
    return Buffer.from([value >> 8, value]);
  }
  private long(): Uint8Array {
    const value = this.chance(0.6) ? this.pick(LONGS) : this.below(1 << 22) * 997;
    return numbers(false, 'd', value);
  }
  private bytes(length: number): Buffer {
    const kind = this.below(4);
    return Buffer.from(Array.from({ length }, (_, i) => (kind === 0 ? 0 : kind === 1 ? i : this.below(256))));
  }
  private some(): Buffer {
    return this.bytes(this.pick(LENGTHS));
  }
  private hex(values: readonly string[]): Buffer {
    return Buffer.from(this.pick(values), 'hex');
  }
  private join(...parts: readonly Uint8Array[]): Buffer {
    return Buffer.concat(parts);
  }

  private ethernet(): Buffer {
    const addresses = this.hex([
      'ffffffffffff020000000001',
      '0180c2000000020000000002',
      '020000000001020000000002',
    ]);
    if (this.chance(0.08)) {
      const llc = this.join(
        this.hex(['aaaa03000000', 'aaaa0300000c', '424203', '0404', 'f0f07f', 'fefe0300']),
        this.some(),
      );
      return this.join(addresses, this.word(this.chance(0.8) ? llc.length : this.below(1500)), llc);
    }
    const [type, payload] = this.carried();
    return this.join(addresses, this.word(type), payload);
  }

  /** An EtherType, and a payload of it. */
  private carried(): [type: number, payload: Buffer] {
    const type = this.pick(ETHERTYPES);
    switch (type) {
      case 0x0800:
        return [type, this.padded(this.ipv4())];
      case 0x86dd:
        return [type, this.padded(this.ipv6())];
      case 0x0806:
      case 0x8035:
        return [type, this.arp()];
      default: {
        if (++this.depth > 4) return [0x0800, this.some()];
        const [inner, payload] = this.carried();
        return [type, this.join(this.word(this.number16()), this.word(inner), payload)];
      }
    }
  }
  private padded(packet: Buffer): Buffer {
    return this.chance(0.1) ? this.join(packet, Buffer.alloc(this.below(20))) : packet;
  }

  private arp(): Buffer {
    const hardware = this.pick([1, 1, 1, 6, 15, 24, 300]);
    const protocol = this.pick([0x0800, 0x0800, 0x0800, 0x86dd]);
    const [h, p] = [this.pick([6, 6, 6, 0, 2, 4, 8]), this.pick([4, 4, 4, 0, 16])];
    const head = this.join(this.word(hardware), this.word(protocol), Buffer.from([h, p]));
    const operation = this.chance(0.9) ? 1 + this.below(10) : this.number16();
    return this.join(head, this.word(operation), this.bytes(h), this.bytes(p), this.bytes(h), this.bytes(p));
  }

  private ipv4(): Buffer {
    const protocol = ++this.depth > 4 ? 253 : this.pick([1, 1, 6, 6, 6, 17, 17, 4, 41, 47, 50, 51, 108, 253]);
    const options = this.chance(0.2) ? this.ipOptions() : Buffer.alloc(0);
    const payload = this.payload(protocol);
    const header = 20 + options.length;
    const packet = this.join(
      Buffer.from([this.chance(0.97) ? 0x40 | (header / 4) : this.byte(), this.byte()]),
      this.word(this.chance(0.9) ? header + payload.length : this.number16()),
      this.word(this.number16()),
      this.word(this.chance(0.8) ? this.pick([0, 0x4000]) : this.number16()),
      Buffer.from([this.byte(), protocol]),
      this.word(this.number16()),
      this.hex(V4),
      this.hex(V4),
      options,
      payload,
    );
    return packet;
  }
  private ipOptions(): Buffer {
    const parts: Buffer[] = [];
    for (let i = this.below(4); i >= 0; i--) {
      const kind = this.pick([0, 1, 7, 68, 131, 137, 136, 148, 130, 133, 200]);
      if (kind < 2) parts.push(Buffer.from([kind]));
      else {
        const value = this.join(
          Buffer.from([this.pick([4, 5, 8, 9, 13])]),
          this.bytes(this.pick([0, 1, 3, 4, 8])),
        );
        parts.push(Buffer.from([kind, this.chance(0.9) ? value.length + 2 : this.byte()]), value);
      }
    }
    const options = this.join(...parts);
    return this.join(options, Buffer.alloc(-options.length & 3)).subarray(0, 40);
  }

  private ipv6(): Buffer {
    const protocol = ++this.depth > 4 ? 253 : this.pick([58, 58, 58, 6, 6, 17, 17, 4, 41, 47, 59, 253]);
    let payload = this.payload(protocol);
    let next = protocol;
    for (let i = this.chance(0.35) ? this.below(3) : -1; i >= 0; i--) {
      const kind = this.pick([0, 60, 43, 44]);
      payload = this.join(this.extension(kind, next), payload);
      next = kind;
    }
    const length = this.chance(0.95) ? payload.length : this.number16();
    const flow = this.chance(0.7)
      ? Buffer.from([0x60, 0, 0, 0])
      : Buffer.from([this.chance(0.9) ? 0x6f : 0x5f, 1, 2, 3]);
    return this.join(
      flow,
      this.word(length),
      Buffer.from([next, this.byte()]),
      this.hex(V6),
      this.hex(V6),
      payload,
    );
  }
  private extension(kind: number, next: number): Buffer {
    const units = this.pick([0, 0, 1, 2, 4]);
    const told = this.chance(0.95) ? units : this.byte();
    if (kind === 44) return this.join(Buffer.from([next, 0]), this.word(this.number16()), this.long());
    if (kind === 43) {
      const type = this.pick([0, 2, 4, 5]);
      return this.join(Buffer.from([next, told, type, units >> 1]), this.long(), this.bytes(units * 8));
    }
    const option = this.pick([
      '01040000 0000',
      '050200000100',
      'c20400010000',
      '000000000000',
      '630400000000',
      '04ff00000000',
    ]);
    const first = Buffer.from(option.replace(' ', ''), 'hex');
    return this.join(Buffer.from([next, told]), first, this.bytes(units * 8));
  }

  private payload(protocol: number): Buffer {
    switch (protocol) {
      case 1:
        return this.icmp();
      case 58:
        return this.icmp6();
      case 6:
        return this.tcp();
      case 17:
        return this.udp();
      case 4:
        return this.ipv4();
      case 41:
        return this.ipv6();
      case 47:
        return this.gre();
      default:
        return this.some();
    }
  }

  private ports(): Buffer {
    const port = () => this.pick([0, 1, 40_000, 40_001, 65_535]);
    return this.join(this.word(port()), this.word(port()));
  }

  private tcp(): Buffer {
    const options = this.chance(0.7) ? this.tcpOptions() : Buffer.alloc(0);
    const words = this.chance(0.93) ? 5 + options.length / 4 : this.below(16);
    const flags = this.chance(0.7) ? this.pick([2, 18, 16, 24, 17, 4, 20]) : this.below(256);
    const head = this.join(this.ports(), this.long(), this.long(), Buffer.from([words << 4, flags]));
    const tail = this.join(
      this.word(this.number16()),
      this.word(this.number16()),
      this.word(this.number16()),
    );
    return this.join(head, tail, options, this.some());
  }
  private tcpOptions(): Buffer {
    const parts: Buffer[] = [];
    for (let i = this.below(5); i >= 0; i--) {
      const [kind, ...lengths] = this.pick(TCP_OPTIONS);
      const value = this.bytes(this.chance(0.85) ? this.pick(lengths) : this.below(20));
      if (kind === 30 && value.length > 0) value[0] = (this.below(10) << 4) | this.below(3);
      if (kind === 254 && value.length > 1 && this.chance(0.6)) value.writeUInt16BE(0xf989);
      if (kind < 2) parts.push(Buffer.from([kind]));
      else parts.push(Buffer.from([kind, this.chance(0.9) ? value.length + 2 : this.byte()]), value);
    }
    const options = this.join(...parts).subarray(0, 40);
    return this.join(options, Buffer.alloc(-options.length & 3, 1));
  }

  private udp(): Buffer {
    const vxlan = this.chance(0.1) && this.depth < 4;
    const inside = vxlan
      ? this.join(Buffer.from([this.pick([8, 8, 0]), 0, 0, 0]), this.long(), this.ethernet())
      : this.some();
    const ports = vxlan ? this.join(this.word(40_000), this.word(4789)) : this.ports();
    const length = this.chance(0.9) ? inside.length + 8 : this.number16();
    return this.join(ports, this.word(length), this.word(this.number16()), inside);
  }

  private gre(): Buffer {
    const flags = this.pick([0, 0x2000, 0x8000, 0xb000, 0x1000, 0x4000, 1, 0x3001, 0x3081, 2]);
    const type = this.pick([0x0800, 0x86dd, 0x6558, 0x1234]);
    const inside =
      type === 0x0800
        ? this.ipv4()
        : type === 0x86dd
          ? this.ipv6()
          : type === 0x6558
            ? this.ethernet()
            : this.some();
    const fields =
      (flags & 7) !== 0 ? 12 : 4 * [0xc000, 0x2000, 0x1000].filter((bits) => (flags & bits) !== 0).length;
    const route =
      (flags & 0x4000) !== 0 ? Buffer.from('08000008010203040506070800000000', 'hex') : Buffer.alloc(0);
    return this.join(
      this.word(flags),
      this.word((flags & 7) === 1 ? 0x1234 : type),
      this.bytes(fields),
      route,
      inside,
    );
  }

  private quoted(): Buffer {
    const packet = this.chance(0.8) ? this.ipv4() : this.ipv6();
    return this.chance(0.5) ? packet.subarray(0, this.pick([8, 20, 28, 48])) : packet;
  }

  private icmp(): Buffer {
    const type = this.chance(0.9)
      ? this.pick([0, 3, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 17, 18])
      : this.byte();
    const head = Buffer.from([type, this.chance(0.8) ? this.below(17) : this.byte(), 0, 0]);
    if (![3, 4, 5, 11, 12].includes(type)) return this.join(head, this.long(), this.some());
    const packet = this.quoted();
    if (this.chance(0.7)) return this.join(head, this.long(), packet);
    // Extensions (RFC 4884) behind 128 bytes.
    const object = this.join(
      this.word(this.chance(0.9) ? 8 : this.number16()),
      Buffer.from([this.pick([1, 2, 3]), 1]),
    );
    const filled = this.join(packet, Buffer.alloc(128)).subarray(0, 128);
    return this.join(
      head,
      this.long(),
      filled,
      Buffer.from([0x20, 0, 0, 0]),
      object,
      this.bytes(4),
      this.some(),
    );
  }

  private icmp6(): Buffer {
    const type = this.chance(0.9)
      ? this.pick([
          1, 2, 3, 4, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 143, 144, 155,
        ])
      : this.byte();
    const head = Buffer.from([type, this.chance(0.8) ? this.below(6) : this.byte(), 0, 0]);
    const address = () => this.hex(V6);
    switch (type) {
      case 1:
      case 2:
      case 3:
      case 4:
        return this.join(head, this.long(), this.chance(0.8) ? this.ipv6() : this.quoted());
      case 133:
        return this.join(head, this.long(), this.neighbourOptions());
      case 134:
        return this.join(head, this.long(), this.long(), this.long(), this.neighbourOptions());
      case 135:
      case 136:
        return this.join(head, this.long(), address(), this.neighbourOptions());
      case 137:
        return this.join(head, this.long(), address(), address(), this.neighbourOptions());
      case 143: {
        const record = () => this.join(Buffer.from([this.byte(), 0]), this.word(this.below(2)), address());
        return this.join(head, this.word(0), this.word(this.below(3)), record(), record());
      }
      default:
        return this.join(head, this.long(), this.chance(0.5) ? address() : this.some(), this.some());
    }
  }
  private neighbourOptions(): Buffer {
    const parts: Buffer[] = [];
    for (let i = this.below(3); i > 0; i--) {
      const units = this.pick([1, 1, 2, 3, 4]);
      parts.push(
        Buffer.from([this.pick(NEIGHBOUR_OPTIONS), this.chance(0.9) ? units : this.byte()]),
        this.bytes(units * 8 - 2),
      );
    }
    return this.join(...parts);
  }
}
