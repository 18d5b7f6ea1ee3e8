// The part of the program that finds the network namespace of a dropped packet, and its device.
import type { KernelFacts } from '../kernel-facts.ts';
import type { Assembler } from './assembler.ts';
import { DEVICE, DEVICE_OK, INODE, POINTER, read, SKB, SOCKET, STACK, WORD } from './stack.ts';

/** The first inode that a namespace can have (linux/proc_ns.h): what is below was read from something else. */
const FIRST_INODE = 0xeffffff0;

/**
 * The namespace of the socket that was to receive the packet, else of the device, else of the socket that sent it.
 * skb->dev shares its memory with what a queued packet needs instead (a node of a tree, UDP's scratch), so that what is
 * read through it counts only where it leads to the inode of a namespace.
 */
export function findNamespace(out: Assembler, facts: KernelFacts): void {
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
