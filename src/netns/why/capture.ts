// Captures while the probe's packets flow, in every namespace on the way: how far did they get?
//
// Not by `nscap capture`: a process for each namespace would take longer to start than all the rest of the answer. A
// packet socket in each is there at once, keeps the few packets of the probe in its buffer, and is read afterwards.
import { closeSync } from 'node:fs';
import type { FoundNamespace } from '../discover.ts';
import { type KeptPacket, theKernel } from '../kernel.ts';
import { bitsOf } from './prefix.ts';

/** A packet seen at an interface. */
export interface Sighting {
  here: FoundNamespace;
  /** Name of the interface, and whether it came in or went out there. */
  dev: string;
  direction: 'in' | 'out';
  /** Nanoseconds since 1970. */
  time: bigint;
  kind: 'request' | 'answer' | 'resolving' | 'other';
}

export interface Captures {
  /** Ends them and answers what was seen, in order of time; `listened` are the namespaces that were listened to. */
  stop(): { sightings: Sighting[]; listened: Set<FoundNamespace> };
}

/** What is looked for: packets to the target, and from it. */
export interface Sought {
  target: string;
  protocol: 'icmp' | 'tcp' | 'udp';
  port?: number;
}

/** More packets than the probe sends; a busy network must not fill our memory. */
const MOST = 1000;

const ETH_P_IP = 0x0800;
const ETH_P_ARP = 0x0806;
const ETH_P_IPV6 = 0x86dd;

/** Starts listening; where that can't be had (no permission, no koffi) nothing is listened to, and nothing fails. */
export function startCaptures(namespaces: readonly FoundNamespace[], sought: Sought): Captures {
  const kernel = theKernel();
  const filter = filterFor(sought.target);
  const sockets = new Map<FoundNamespace, number>();
  for (const here of namespaces) {
    try {
      if (kernel !== undefined) sockets.set(here, kernel.listen(here.namespace.path, filter));
    } catch {
      // The namespace is gone, or this user may not listen there.
    }
  }
  return {
    stop() {
      const sightings: Sighting[] = [];
      for (const [here, descriptor] of sockets) {
        const names = new Map((here.interfaces ?? []).map((one) => [one.index, one.name]));
        for (let count = 0; count < MOST; count++) {
          const packet = kernel!.nextPacket(descriptor);
          if (packet === undefined) break;
          sightings.push({
            here,
            dev: names.get(packet.index) ?? `interface ${packet.index}`,
            direction: packet.outgoing ? 'out' : 'in',
            time: packet.time,
            kind: kindOf(packet, sought),
          });
        }
        closeSync(descriptor);
      }
      sightings.sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0));
      return { sightings, listened: new Set(sockets.keys()) };
    },
  };
}

function kindOf(
  { protocol, bytes }: KeptPacket,
  { target, protocol: wanted, port }: Sought,
): Sighting['kind'] {
  if (protocol === ETH_P_ARP) return 'resolving';
  const six = protocol === ETH_P_IPV6;
  if (bytes.length < (six ? 44 : 24)) return 'other';
  const [source, goal] = six
    ? [addressAt(bytes, 8, 16), addressAt(bytes, 24, 16)]
    : [addressAt(bytes, 12, 4), addressAt(bytes, 16, 4)];
  const next = six ? bytes[6]! : bytes[9]!;
  const at = six ? 40 : (bytes[0]! & 15) * 4;
  if (at + 4 > bytes.length) return 'other';
  const type = bytes[at]!;
  // Neighbour solicitation and advertisement (RFC 4861, 4.3 and 4.4).
  if (six && next === 58 && (type === 135 || type === 136)) return 'resolving';
  const mine = bitsOf(target);
  if (wanted === 'icmp') {
    if (next !== (six ? 58 : 1)) return 'other';
    if (goal === mine && type === (six ? 128 : 8)) return 'request';
    return source === mine && type === (six ? 129 : 0) ? 'answer' : 'other';
  }
  if (next !== (wanted === 'tcp' ? 6 : 17)) return 'other';
  if (goal === mine && bytes.readUInt16BE(at + 2) === port) return 'request';
  return source === mine && bytes.readUInt16BE(at) === port ? 'answer' : 'other';
}

function addressAt(bytes: Buffer, at: number, length: number): bigint {
  return BigInt(`0x${bytes.toString('hex', at, at + length)}`);
}

/**
 * A classic BPF program (linux/filter.h) that accepts ARP, ICMPv6, and what goes to or comes from the address. It sees
 * packets from the network header on, and is told the EtherType.
 */
function filterFor(target: string): Buffer {
  const LOAD = 0x20; // 4 bytes at k
  const LOAD_BYTE = 0x30;
  const EQUAL = 0x15;
  const RETURN = 0x06;
  const PROTOCOL = 0xfffff000; // SKF_AD_OFF + SKF_AD_PROTOCOL
  const six = target.includes(':');
  const bits = bitsOf(target);
  const words = six
    ? [96n, 64n, 32n, 0n].map((shift) => Number((bits >> shift) & 0xffffffffn))
    : [Number(bits)];
  // Each comparison of an address: on the first word that differs on to what follows, else accept.
  const compare = (at: number): [number, number][] => words.map((word, index) => [at + 4 * index, word]);
  const program: { code: number; k: number; yes?: 'accept' | 'next'; no?: 'reject' | 'next' | number }[] = [
    { code: LOAD, k: PROTOCOL },
    { code: EQUAL, k: ETH_P_ARP, yes: 'accept', no: 'next' },
    { code: EQUAL, k: six ? ETH_P_IPV6 : ETH_P_IP, yes: 'next', no: 'reject' },
  ];
  if (six) program.push({ code: LOAD_BYTE, k: 6 }, { code: EQUAL, k: 58, yes: 'accept', no: 'next' });
  for (const [last, pairs] of [
    [false, compare(six ? 8 : 12)],
    [true, compare(six ? 24 : 16)],
  ] as const) {
    for (const [index, [at, word]] of pairs.entries()) {
      const end = index === pairs.length - 1;
      // Past the rest of this address, two instructions a word.
      const skip = 2 * (pairs.length - 1 - index);
      program.push(
        { code: LOAD, k: at },
        { code: EQUAL, k: word, yes: end ? 'accept' : 'next', no: last ? 'reject' : skip },
      );
    }
  }
  const reject = program.length;
  const bytes = Buffer.alloc((program.length + 2) * 8);
  const put = (at: number, code: number, yes: number, no: number, k: number) => {
    bytes.writeUInt16LE(code, at * 8);
    bytes[at * 8 + 2] = yes;
    bytes[at * 8 + 3] = no;
    bytes.writeUInt32LE(k >>> 0, at * 8 + 4);
  };
  for (const [at, { code, k, yes, no }] of program.entries()) {
    const jump = (to: typeof yes | typeof no) =>
      to === 'accept'
        ? reject + 1 - at - 1
        : to === 'reject'
          ? reject - at - 1
          : typeof to === 'number'
            ? to
            : 0;
    put(at, code, jump(yes), jump(no), k);
  }
  put(reject, RETURN, 0, 0, 0);
  put(reject + 1, RETURN, 0, 0, 256);
  return bytes;
}
