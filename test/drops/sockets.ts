// Sockets in other namespaces that Node has no way to make: packet sockets, and options of TCP.
import { closeSync } from 'node:fs';
import { lastFailure } from '../../src/binding/libc.ts';
import { koffi } from '../../src/binding/load.ts';
import { insideNamespace } from '../../src/binding/netlink.ts';
import { NAMED } from '../../src/netns/namespace.ts';
import { address } from './frames.ts';

const library = koffi().load(null);
const socketCall = library.func('int socket(int, int, int)');
const bindCall = library.func('int bind(int, const void *, int)');
const connectCall = library.func('int connect(int, const void *, int)');
const listenCall = library.func('int listen(int, int)');
const acceptCall = library.func('int accept4(int, void *, void *, int)');
const sendCall = library.func('long send(int, const void *, size_t, int)');
const sendToCall = library.func('long sendto(int, const void *, size_t, int, const void *, int)');
const receiveCall = library.func('long recv(int, void *, size_t, int)');
const optionCall = library.func('int setsockopt(int, int, int, const void *, int)');
const ioctlCall = library.func('int ioctl(int, unsigned long, void *)');
const pairCall = library.func('int socketpair(int, int, int, void *)');

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_PACKET = 17;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOL_SOCKET = 1;
export const SO_RCVBUF = 8;
export const IPPROTO_TCP = 6;
const NONBLOCK = 0o4000;
const DONTWAIT = 0x40;

const open = new Set<number>();
/** The namespace of each that was made in one. */
const placed = new Map<number, string>();

function checked(result: number | bigint, what: string): number {
  if (Number(result) < 0) throw new Error(`${what}: ${lastFailure().words}`);
  return Number(result);
}

/** A socket of the namespace with that name. */
export function socketIn(namespace: string, family: number, type: number, protocol = 0): number {
  const made = insideNamespace(`${NAMED}/${namespace}`, () =>
    checked(socketCall(family, type | NONBLOCK, protocol), 'socket'),
  );
  keep(namespace, made);
  return made;
}

/** Has a descriptor closed with the others of its namespace. */
export function keep(namespace: string, descriptor: number): void {
  open.add(descriptor);
  placed.set(descriptor, namespace);
}

/** Closes the sockets of these namespaces. */
export function closeIn(namespaces: Iterable<string>): void {
  const wanted = new Set(namespaces);
  for (const [socket, namespace] of placed) if (wanted.has(namespace)) close(socket);
}

/** Runs system calls that belong to a namespace. */
export function inNamespace<T>(namespace: string, action: () => T): T {
  return insideNamespace(`${NAMED}/${namespace}`, action);
}

export function close(socket: number): void {
  placed.delete(socket);
  if (open.delete(socket)) closeSync(socket);
}

export function closeAll(): void {
  for (const one of [...open]) close(one);
}

/** struct sockaddr_in, or sockaddr_in6. */
function socketAddress(host: string, port: number): Buffer {
  const isIpv6 = host.includes(':');
  const bytes = Buffer.alloc(isIpv6 ? 28 : 16);
  bytes.writeUInt16LE(isIpv6 ? AF_INET6 : AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  address(host).copy(bytes, isIpv6 ? 8 : 4);
  return bytes;
}

export function bind(socket: number, host: string, port: number): void {
  const bytes = socketAddress(host, port);
  checked(bindCall(socket, bytes, bytes.length), 'bind');
}

export function connect(socket: number, host: string, port: number): void {
  const bytes = socketAddress(host, port);
  connectCall(socket, bytes, bytes.length);
}

export function listen(socket: number, backlog: number): void {
  checked(listenCall(socket, backlog), 'listen');
}

/** The next connection; -1 where there is none. */
export function accept(socket: number): number {
  const made = Number(acceptCall(socket, null, null, NONBLOCK));
  if (made >= 0) open.add(made);
  return made;
}

export function send(socket: number, bytes: Buffer, flags = 0): number {
  return Number(sendCall(socket, bytes, bytes.length, flags | DONTWAIT));
}

export function sendTo(socket: number, bytes: Buffer, host: string, port: number): number {
  return Number(sendToCall(socket, bytes, bytes.length, DONTWAIT, socketAddress(host, port), 16));
}

export function receive(socket: number, flags = 0): Buffer | undefined {
  const bytes = Buffer.alloc(65536);
  const length = Number(receiveCall(socket, bytes, bytes.length, flags | DONTWAIT));
  return length < 0 ? undefined : bytes.subarray(0, length);
}

export function setOption(socket: number, level: number, name: number, value: Buffer | number): void {
  const bytes = typeof value === 'number' ? Buffer.from(new Int32Array([value]).buffer) : value;
  checked(optionCall(socket, level, name, bytes, bytes.length), `setsockopt ${level} ${name}`);
}

export function ioctl(descriptor: number, request: number, argument: Buffer): void {
  checked(ioctlCall(descriptor, request, argument), `ioctl ${request}`);
}

/** struct sock_fprog of a classic BPF program. */
export function filterProgram(...instructions: [code: number, jt: number, jf: number, k: number][]): Buffer {
  const code = Buffer.alloc(8 * instructions.length);
  for (const [i, [op, jt, jf, k]] of instructions.entries()) {
    code.writeUInt16LE(op, 8 * i);
    code[8 * i + 2] = jt;
    code[8 * i + 3] = jf;
    code.writeUInt32LE(k, 8 * i + 4);
  }
  const program = Buffer.alloc(16);
  program.writeUInt16LE(instructions.length, 0);
  program.writeBigUInt64LE(koffi().address(code), 8);
  kept.push(code);
  return program;
}
const kept: Buffer[] = [];

/** An address of a Unix socket in the abstract namespace (unix(7)). */
function abstract(name: string): Buffer {
  return Buffer.concat([Buffer.from([1, 0, 0]), Buffer.from(name)]);
}

export function bindUnix(socket: number, name: string): void {
  checked(bindCall(socket, abstract(name), abstract(name).length), 'bind');
}

export function connectUnix(socket: number, name: string): void {
  checked(connectCall(socket, abstract(name), abstract(name).length), 'connect');
}

/** Two Unix sockets that are connected. */
export function socketPair(namespace: string, type: number): [number, number] {
  const both = new Int32Array(2);
  insideNamespace(`${NAMED}/${namespace}`, () =>
    checked(pairCall(1, type | NONBLOCK, 0, new Uint8Array(both.buffer)), 'socketpair'),
  );
  open.add(both[0]).add(both[1]);
  return [both[0], both[1]];
}

/** A packet socket on a device: sends whole frames and gets whatever passes. */
export class Wire {
  readonly socket: number;

  constructor(namespace: string, index: number) {
    this.socket = socketIn(namespace, AF_PACKET, SOCK_RAW, 0x0300);
    const where = Buffer.alloc(20);
    where.writeUInt16LE(AF_PACKET, 0);
    where.writeUInt16BE(3, 2);
    where.writeInt32LE(index, 4);
    checked(bindCall(this.socket, where, where.length), 'bind');
    setOption(this.socket, SOL_SOCKET, SO_RCVBUF, 1 << 22);
  }

  send(frame: Buffer): void {
    checked(sendCall(this.socket, frame, frame.length, 0), 'send');
  }

  receive(): Buffer | undefined {
    return receive(this.socket);
  }
}
