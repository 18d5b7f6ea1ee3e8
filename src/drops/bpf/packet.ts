// The part of the program that copies a dropped packet.
import type { KernelFacts } from '../kernel-facts.ts';
import { type Assembler, Helper } from './assembler.ts';
import { ETHERNET_LENGTH, Event, NO_HARDWARE, SNAPLEN } from './layout.ts';
import type { ProgramOptions } from './options.ts';
import { CAPTURED, DYNPTR, L3, PIECE, POINTER, read, SCRATCH, SKB, SOCKET, STACK, WORD } from './stack.ts';

/** What skb->mac_header holds where it is not set. */
const UNSET = 0xffff;
/** Devices whose packets begin with an Ethernet header (linux/if_arp.h). */
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;

/**
 * Copies the packet after an Ethernet header, its own or a generated one. A dropped packet's data may begin anywhere in it,
 * or after it: its network header is where it says it is, unless that lies outside of the linear part.
 */
export function readPacket(out: Assembler, { facts, wholePackets }: ProgramOptions): void {
  const { skb } = facts;
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
  if (wholePackets !== undefined) readPieces(out, skb, wholePackets);
  out.load(8, 9, STACK, CAPTURED);
  out.jumpIfImmediate('gt', 9, SNAPLEN, 'exit');
  out.aluImmediate('add', 9, ETHERNET_LENGTH);
  out.store(4, SCRATCH, Event.CAPTURED, 9);
}

/**
 * Appends what lies in other pieces of memory (fragments in pages: a large write, zero-copy, a ring of a packet socket)
 * to the linear part, as far as there is room.
 */
function readPieces(out: Assembler, skb: KernelFacts['skb'], fromPacket: number): void {
  for (const slot of [WORD, L3]) out.storeImmediate(8, STACK, slot, 0);
  read(out, STACK, WORD, 4, SKB, skb.dataLength);
  out.load(8, 8, STACK, WORD);
  out.jumpIfImmediate('eq', 8, 0, 'one-piece');
  out.move(1, SKB);
  out.set(2, 0);
  out.move(3, STACK);
  out.aluImmediate('add', 3, DYNPTR);
  out.callKernel(fromPacket);
  read(out, STACK, L3, 4, SKB, skb.len);
  out.load(8, 4, STACK, L3);
  out.alu('sub', 4, 8);
  out.load(8, 9, STACK, CAPTURED);
  out.jumpIfImmediate('gt', 9, SNAPLEN, 'exit');
  // Register 2: what is missing, or what there is.
  out.set(2, SNAPLEN);
  out.alu('sub', 2, 9);
  out.jumpIf('ge', 8, 2, 'enough');
  out.move(2, 8);
  out.label('enough');
  out.jumpIfImmediate('gt', 2, SNAPLEN, 'exit');
  out.store(8, STACK, PIECE, 2);
  out.move(1, SCRATCH);
  out.alu('add', 1, 9);
  out.aluImmediate('add', 1, Event.FRAME + ETHERNET_LENGTH);
  out.move(3, STACK);
  out.aluImmediate('add', 3, DYNPTR);
  out.set(5, 0);
  out.call(Helper.dynptrRead);
  out.jumpIfImmediate('ne', 0, 0, 'one-piece');
  out.load(8, 2, STACK, PIECE);
  out.alu('add', 9, 2);
  out.store(8, STACK, CAPTURED, 9);
  out.label('one-piece');
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
  out.jumpIfImmediate('eq', 1, NO_HARDWARE, 'own');
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
