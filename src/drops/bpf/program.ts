// The program that the kernel runs for each packet it drops: namespace, filter, counter, rate, event.
import type { Program } from '../../filter/program.ts';
import type { KernelFacts } from '../kernel-facts.ts';
import { Assembler, Helper } from './assembler.ts';
import { appendClassic } from './classic.ts';
import { Event, FRAME_LENGTH, Key, NAME_LENGTH, NO_HARDWARE, Scratch, Total } from './layout.ts';
import { findNamespace } from './namespace.ts';
import type { ProgramOptions } from './options.ts';
import { readPacket } from './packet.ts';
import {
  DEVICE,
  DEVICE_OK,
  INODE,
  KEY,
  LOCATION,
  lookUp,
  MEMORY,
  ONE,
  REASON,
  read,
  SCRATCH,
  SKB,
  SOCKET,
  STACK,
  WORD,
} from './stack.ts';

/** A map update that fails where the key is there already. */
const NO_EXIST = 1;
/** enum skb_drop_reason: what a kernel without reasons is taken to say. */
const NOT_SPECIFIED = 2;

/** The instructions for these options. */
export function dropProgram(options: ProgramOptions): Buffer {
  const out = new Assembler();
  readArguments(out, options.facts);
  findNamespace(out, options.facts);
  keepNamespaces(out, options);
  enterScratch(out, options.maps.scratch);
  identify(out, options.facts);
  if (options.filter === undefined) {
    // Most packets of a flood come no further than to the limit.
    count(out, options);
    limit(out, options);
    describe(out, options.facts);
    readPacket(out, options);
  } else {
    describe(out, options.facts);
    readPacket(out, options);
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

/** When, where and why: what packets are counted by. */
function identify(out: Assembler, { skb, device }: KernelFacts): void {
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
  out.storeImmediate(4, SCRATCH, Event.DEVICE, 0);
  out.load(8, 1, STACK, DEVICE_OK);
  out.jumpIfImmediate('eq', 1, 0, 'identified');
  out.load(8, 8, STACK, DEVICE);
  read(out, SCRATCH, Event.DEVICE, 4, 8, device.index);
  out.label('identified');
}

/** The rest of the event's header, but for its lengths. */
function describe(out: Assembler, { skb, device }: KernelFacts): void {
  read(out, SCRATCH, Event.MARK, 4, SKB, skb.mark);
  read(out, SCRATCH, Event.PACKET_TYPE, 1, SKB, skb.packetType.offset);
  out.load(1, 1, SCRATCH, Event.PACKET_TYPE);
  out.aluImmediate('rsh', 1, skb.packetType.shift);
  out.aluImmediate('and', 1, (1 << skb.packetType.bits) - 1);
  out.store(1, SCRATCH, Event.PACKET_TYPE, 1);
  out.storeImmediate(2, SCRATCH, Event.HARDWARE, NO_HARDWARE);
  out.storeImmediate(8, SCRATCH, Event.NAME, 0);
  out.storeImmediate(8, SCRATCH, Event.NAME + 8, 0);
  out.load(8, 1, STACK, DEVICE_OK);
  out.jumpIfImmediate('eq', 1, 0, 'described');
  out.load(8, 8, STACK, DEVICE);
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
