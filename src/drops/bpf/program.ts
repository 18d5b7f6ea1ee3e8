// The program that the kernel runs for each packet it drops: namespace, filter, counter, rate, event.
import type { Program } from '../../filter/program.ts';
import type { KernelFacts } from '../kernel-facts.ts';
import { Assembler, Helper, type Register } from './assembler.ts';
import { appendClassic } from './classic.ts';
import { ETHERNET_LENGTH, Event, FRAME_LENGTH, Key, NAME_LENGTH, Scratch, SNAPLEN, Total } from './layout.ts';

export interface ProgramOptions {
  facts: KernelFacts;
  /** Descriptors of the maps. */
  maps: { scratch: number; totals: number; counters: number; ring: number };
  /** Inodes of the namespaces whose packets are wanted; undefined for all. */
  namespaces: readonly number[] | undefined;
  /** A filter on Ethernet frames; undefined for every packet. */
  filter: Program | undefined;
  /** Nanoseconds between two events of a processor in the long run, and how many may come at once. */
  interval: number;
  burst: number;
}

/** The first inode that a namespace can have (linux/proc_ns.h): what is below was read from something else. */
const FIRST_INODE = 0xeffffff0;
/** What skb->mac_header holds where it is not set. */
const UNSET = 0xffff;
/** Devices whose packets begin with an Ethernet header (linux/if_arp.h). */
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;
/** A map update that fails where the key is there already. */
const NO_EXIST = 1;
/** enum skb_drop_reason: what a kernel without reasons is taken to say. */
const NOT_SPECIFIED = 2;

const SKB: Register = 6;
const SCRATCH: Register = 7;
const STACK: Register = 10;

/** Offsets on the stack. */
const REASON = -8;
const LOCATION = -16;
const SOCKET = -24;
const POINTER = -32;
const DEVICE = -40;
const DEVICE_OK = -48;
const INODE = -56;
const WORD = -64;
const KEY = -96;
const ONE = -104;
const L3 = -112;
const CAPTURED = -120;
const MEMORY = -192;

/** The instructions for these options. */
export function dropProgram(options: ProgramOptions): Buffer {
  const out = new Assembler();
  readArguments(out, options.facts);
  findNamespace(out, options.facts);
  keepNamespaces(out, options);
  enterScratch(out, options.maps.scratch);
  describe(out, options.facts);
  if (options.filter === undefined) {
    count(out, options);
    limit(out, options);
    readPacket(out, options.facts);
  } else {
    readPacket(out, options.facts);
    filter(out, options.filter);
    count(out, options);
    limit(out, options);
  }
  send(out, options.maps);
  out.label('exit');
  out.set(0, 0);
  out.exit();
  return out.assemble();
}

/** Reads `size` bytes of kernel memory at `base` + `offset` into `destination` bytes behind another register. */
function read(
  out: Assembler,
  to: Register,
  destination: number,
  size: number,
  base: Register,
  offset: number,
): void {
  out.move(1, to);
  out.aluImmediate('add', 1, destination);
  out.set(2, size);
  out.move(3, base);
  if (offset !== 0) out.aluImmediate('add', 3, offset);
  out.call(Helper.readKernel);
}

function readArguments(out: Assembler, { arguments: argument }: KernelFacts): void {
  out.load(8, SKB, 1, 8 * argument.skb);
  out.load(8, 2, 1, 8 * argument.location);
  out.store(8, STACK, LOCATION, 2);
  if (argument.reason === undefined) out.set(2, NOT_SPECIFIED);
  else out.load(8, 2, 1, 8 * argument.reason);
  out.store(8, STACK, REASON, 2);
  if (argument.socket === undefined) out.set(2, 0);
  else out.load(8, 2, 1, 8 * argument.socket);
  out.store(8, STACK, SOCKET, 2);
}

/**
 * The namespace of the socket that was to receive the packet, else of the device, else of the socket that sent it.
 * skb->dev shares its memory with what a queued packet needs instead (a node of a tree, UDP's scratch), so that what is
 * read through it counts only where it leads to the inode of a namespace.
 */
function findNamespace(out: Assembler, facts: KernelFacts): void {
  out.storeImmediate(8, STACK, INODE, 0);
  out.storeImmediate(8, STACK, DEVICE_OK, 0);
  out.load(8, 8, STACK, SOCKET);
  inodeBehind(out, facts, facts.socketNet, 'device', INODE);
  out.label('device');
  read(out, STACK, DEVICE, 8, SKB, facts.skb.dev);
  takeDevice(out, facts, 'route');
  out.jump('sender');
  out.label('route');
  routeDevice(out, facts);
  takeDevice(out, facts, 'sender');
  out.label('sender');
  out.load(8, 1, STACK, INODE);
  out.jumpIfImmediate('ne', 1, 0, 'found');
  read(out, STACK, SOCKET, 8, SKB, facts.skb.sk);
  out.load(8, 8, STACK, SOCKET);
  inodeBehind(out, facts, facts.socketNet, 'found', INODE);
  out.label('found');
}

/** Takes the device on the stack where it is one, and of the namespace that is known already. */
function takeDevice(out: Assembler, facts: KernelFacts, otherwise: string): void {
  const first = out.fresh();
  out.load(8, 8, STACK, DEVICE);
  inodeBehind(out, facts, facts.device.net, otherwise, WORD);
  out.load(8, 1, STACK, WORD);
  out.load(8, 2, STACK, INODE);
  out.jumpIfImmediate('eq', 2, 0, first);
  out.jumpIf('ne', 2, 1, otherwise);
  out.label(first);
  out.store(8, STACK, INODE, 1);
  out.storeImmediate(8, STACK, DEVICE_OK, 1);
}

/** What this host sends has no device before its route was followed: the one that leads to. */
function routeDevice(out: Assembler, { skb, routeDevice: device }: KernelFacts): void {
  out.storeImmediate(8, STACK, WORD, 0);
  read(out, STACK, WORD, 4, SKB, skb.iif);
  out.load(8, 1, STACK, WORD);
  out.jumpIfImmediate('ne', 1, 0, 'sender');
  read(out, STACK, POINTER, 8, SKB, skb.route);
  out.load(8, 8, STACK, POINTER);
  out.aluImmediate('and', 8, ~7);
  out.jumpIfImmediate('eq', 8, 0, 'sender');
  read(out, STACK, DEVICE, 8, 8, device);
}

/** Follows the pointer to a namespace at register 8 + `net`; goes to `otherwise` where no inode of one comes of it. */
function inodeBehind(
  out: Assembler,
  facts: KernelFacts,
  net: number,
  otherwise: string,
  result: number,
): void {
  out.jumpIfImmediate('eq', 8, 0, otherwise);
  read(out, STACK, POINTER, 8, 8, net);
  out.load(8, 8, STACK, POINTER);
  out.jumpIfImmediate('eq', 8, 0, otherwise);
  out.storeImmediate(8, STACK, WORD, 0);
  read(out, STACK, WORD, 4, 8, facts.inode);
  out.load(8, 1, STACK, WORD);
  out.jump32IfImmediate('lt', 1, FIRST_INODE, otherwise);
  out.store(8, STACK, result, 1);
}

function keepNamespaces(out: Assembler, { namespaces, maps }: ProgramOptions): void {
  if (namespaces === undefined) return;
  out.load(8, 1, STACK, INODE);
  out.jumpIfImmediate('ne', 1, 0, 'placed');
  addTotal(out, maps.totals, Total.UNPLACED);
  out.jump('exit');
  out.label('placed');
  for (const inode of namespaces) out.jump32IfImmediate('eq', 1, inode, 'wanted');
  out.jump('exit');
  out.label('wanted');
}

function enterScratch(out: Assembler, map: number): void {
  out.storeImmediate(8, STACK, WORD, 0);
  lookUp(out, map, WORD);
  out.jumpIfImmediate('eq', 0, 0, 'exit');
  out.move(SCRATCH, 0);
}

/** Register 0 becomes the address of the value whose key lies on the stack, or 0. */
function lookUp(out: Assembler, map: number, key: number): void {
  out.loadMap(1, map);
  out.move(2, STACK);
  out.aluImmediate('add', 2, key);
  out.call(Helper.mapLookup);
}

/** The event's header, but for its lengths. */
function describe(out: Assembler, { skb, device }: KernelFacts): void {
  out.call(Helper.time);
  out.store(8, SCRATCH, Event.TIME, 0);
  for (const [from, to, size] of [
    [LOCATION, Event.LOCATION, 8],
    [REASON, Event.REASON, 4],
    [INODE, Event.NAMESPACE, 4],
  ] as const) {
    out.load(8, 1, STACK, from);
    out.store(size, SCRATCH, to, 1);
  }
  read(out, SCRATCH, Event.INCOMING, 4, SKB, skb.iif);
  read(out, SCRATCH, Event.MARK, 4, SKB, skb.mark);
  read(out, SCRATCH, Event.PACKET_TYPE, 1, SKB, skb.packetType.offset);
  out.load(1, 1, SCRATCH, Event.PACKET_TYPE);
  out.aluImmediate('rsh', 1, skb.packetType.shift);
  out.aluImmediate('and', 1, (1 << skb.packetType.bits) - 1);
  out.store(1, SCRATCH, Event.PACKET_TYPE, 1);
  out.storeImmediate(4, SCRATCH, Event.DEVICE, 0);
  out.storeImmediate(2, SCRATCH, Event.HARDWARE, UNSET);
  out.storeImmediate(8, SCRATCH, Event.NAME, 0);
  out.storeImmediate(8, SCRATCH, Event.NAME + 8, 0);
  out.load(8, 1, STACK, DEVICE_OK);
  out.jumpIfImmediate('eq', 1, 0, 'described');
  out.load(8, 8, STACK, DEVICE);
  read(out, SCRATCH, Event.DEVICE, 4, 8, device.index);
  read(out, SCRATCH, Event.HARDWARE, 2, 8, device.type);
  read(out, SCRATCH, Event.NAME, NAME_LENGTH, 8, device.name);
  out.label('described');
}

/** Adds 1 to a counter over all. */
function addTotal(out: Assembler, map: number, index: number): void {
  const absent = out.fresh();
  out.storeImmediate(4, STACK, WORD, index);
  lookUp(out, map, WORD);
  out.jumpIfImmediate('eq', 0, 0, absent);
  out.set(1, 1);
  out.atomicAdd(0, 0, 1);
  out.label(absent);
}

function count(out: Assembler, { maps }: ProgramOptions): void {
  addTotal(out, maps.totals, Total.PACKETS);
  out.load(4, 1, SCRATCH, Event.NAMESPACE);
  out.store(4, STACK, KEY + Key.NAMESPACE, 1);
  // What has lost its device is counted with the one it came in by.
  out.load(4, 1, SCRATCH, Event.DEVICE);
  out.jumpIfImmediate('ne', 1, 0, 'keyed');
  out.load(4, 1, SCRATCH, Event.INCOMING);
  out.label('keyed');
  out.store(4, STACK, KEY + Key.DEVICE, 1);
  out.load(8, 1, STACK, REASON);
  out.alu32('mov', 1, 1);
  out.store(8, STACK, KEY + Key.REASON, 1);
  out.load(8, 1, STACK, LOCATION);
  out.store(8, STACK, KEY + Key.LOCATION, 1);
  lookUp(out, maps.counters, KEY);
  out.jumpIfImmediate('ne', 0, 0, 'counted');
  out.storeImmediate(8, STACK, ONE, 1);
  out.loadMap(1, maps.counters);
  out.move(2, STACK);
  out.aluImmediate('add', 2, KEY);
  out.move(3, STACK);
  out.aluImmediate('add', 3, ONE);
  out.set(4, NO_EXIST);
  out.call(Helper.mapUpdate);
  out.jumpIfImmediate('eq', 0, 0, 'limit');
  // Another processor was quicker, or there is no room.
  lookUp(out, maps.counters, KEY);
  out.jumpIfImmediate('ne', 0, 0, 'counted');
  addTotal(out, maps.totals, Total.UNCOUNTED);
  out.jump('limit');
  out.label('counted');
  out.set(1, 1);
  out.atomicAdd(0, 0, 1);
  out.label('limit');
}

/** Lets through a burst and then one event each interval (the generic cell rate algorithm, ITU-T I.371). */
function limit(out: Assembler, { maps, interval, burst }: ProgramOptions): void {
  out.load(8, 1, SCRATCH, Event.TIME);
  out.load(8, 2, SCRATCH, Scratch.NEXT);
  out.set64(3, BigInt(interval) * BigInt(burst));
  out.move(4, 1);
  out.alu('sub', 4, 3);
  out.jumpIf('sge', 2, 4, 'caught-up');
  out.move(2, 4);
  out.label('caught-up');
  out.jumpIf('sgt', 2, 1, 'limited');
  out.aluImmediate('add', 2, interval);
  out.store(8, SCRATCH, Scratch.NEXT, 2);
  out.jump('within-limit');
  out.label('limited');
  addTotal(out, maps.totals, Total.LIMITED);
  out.jump('exit');
  out.label('within-limit');
}

/**
 * Copies the packet behind an Ethernet header, its own or one made up. A dropped packet's data may begin anywhere in it,
 * or behind it: its network header is where it says it is, unless that lies outside of the linear part.
 */
function readPacket(out: Assembler, { skb }: KernelFacts): void {
  for (const slot of [POINTER, SOCKET, WORD, L3, CAPTURED]) out.storeImmediate(8, STACK, slot, 0);
  read(out, STACK, POINTER, 8, SKB, skb.head);
  read(out, STACK, WORD, 4, SKB, skb.tail);
  read(out, STACK, L3, 2, SKB, skb.networkHeader);
  read(out, STACK, SOCKET, 8, SKB, skb.data);
  out.load(8, 8, STACK, POINTER);
  // Register 9: the end of the linear part, 8: the network header.
  out.load(8, 9, STACK, WORD);
  out.alu('add', 9, 8);
  out.load(8, 1, STACK, L3);
  out.jumpIfImmediate('eq', 1, 0, 'no-network-header');
  out.alu('add', 8, 1);
  out.jumpIf('gt', 9, 8, 'network-header');
  out.label('no-network-header');
  out.load(8, 8, STACK, SOCKET);
  out.label('network-header');
  // Length: what is counted from `data` on, and what lies between the network header and that.
  out.storeImmediate(8, STACK, WORD, 0);
  read(out, STACK, WORD, 4, SKB, skb.len);
  out.load(8, 1, STACK, WORD);
  out.load(8, 2, STACK, SOCKET);
  out.alu('add', 1, 2);
  out.alu('sub', 1, 8);
  out.jumpIfImmediate('sge', 1, 0, 'length');
  out.set(1, 0);
  out.label('length');
  out.aluImmediate('add', 1, ETHERNET_LENGTH);
  out.store(4, SCRATCH, Event.LENGTH, 1);
  out.alu('sub', 9, 8);
  out.jumpIfImmediate('sge', 9, 0, 'not-negative');
  out.set(9, 0);
  out.label('not-negative');
  out.jumpIfImmediate('le', 9, SNAPLEN, 'snapped');
  out.set(9, SNAPLEN);
  out.label('snapped');
  out.store(8, STACK, CAPTURED, 9);
  linkHeader(out, skb);
  out.move(1, SCRATCH);
  out.aluImmediate('add', 1, Event.FRAME + ETHERNET_LENGTH);
  out.load(8, 2, STACK, CAPTURED);
  out.jumpIfImmediate('gt', 2, SNAPLEN, 'exit');
  out.move(3, 8);
  out.call(Helper.readKernel);
  out.load(8, 9, STACK, CAPTURED);
  out.jumpIfImmediate('gt', 9, SNAPLEN, 'exit');
  out.aluImmediate('add', 9, ETHERNET_LENGTH);
  out.store(4, SCRATCH, Event.CAPTURED, 9);
}

/** The packet's own Ethernet header where it lies right before the network header, which register 8 points to. */
function linkHeader(out: Assembler, skb: KernelFacts['skb']): void {
  out.storeImmediate(8, STACK, WORD, 0);
  read(out, STACK, WORD, 2, SKB, skb.macHeader);
  out.load(8, 1, STACK, WORD);
  out.jumpIfImmediate('eq', 1, UNSET, 'made-up');
  out.load(8, 2, STACK, POINTER);
  out.alu('add', 2, 1);
  out.aluImmediate('add', 2, ETHERNET_LENGTH);
  out.jumpIf('ne', 2, 8, 'made-up');
  out.load(2, 1, SCRATCH, Event.HARDWARE);
  out.jumpIfImmediate('eq', 1, UNSET, 'own');
  out.jumpIfImmediate('eq', 1, ARPHRD_ETHER, 'own');
  out.jumpIfImmediate('ne', 1, ARPHRD_LOOPBACK, 'made-up');
  out.label('own');
  read(out, SCRATCH, Event.FRAME, ETHERNET_LENGTH, 8, -ETHERNET_LENGTH);
  out.storeImmediate(1, SCRATCH, Event.HAS_LINK, 1);
  out.jump('linked');
  out.label('made-up');
  out.storeImmediate(8, SCRATCH, Event.FRAME, 0);
  out.storeImmediate(4, SCRATCH, Event.FRAME + 8, 0);
  read(out, SCRATCH, Event.FRAME + 12, 2, SKB, skb.protocol);
  out.storeImmediate(1, SCRATCH, Event.HAS_LINK, 0);
  out.label('linked');
}

/** Goes on with what the filter accepts. Register 9 has the bytes captured. */
function filter(out: Assembler, program: Program): void {
  appendClassic(out, program, {
    base: SCRATCH,
    offset: Event.FRAME,
    room: FRAME_LENGTH,
    captured: 9,
    length: Event.LENGTH,
    memory: MEMORY,
    accept: 'accepted',
    reject: 'exit',
  });
  out.label('accepted');
}

function send(out: Assembler, maps: ProgramOptions['maps']): void {
  out.loadMap(1, maps.ring);
  out.move(2, SCRATCH);
  out.load(4, 3, SCRATCH, Event.CAPTURED);
  out.jumpIfImmediate('gt', 3, FRAME_LENGTH, 'exit');
  out.aluImmediate('add', 3, Event.FRAME);
  out.set(4, 0);
  out.call(Helper.ringOutput);
  out.jumpIfImmediate('eq', 0, 0, 'exit');
  addTotal(out, maps.totals, Total.LOST);
}
