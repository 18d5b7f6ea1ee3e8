// An XDP program that drops every packet, on a device of a namespace.
import { closeSync } from 'node:fs';
import { lastFailure } from '../../src/binding/libc.ts';
import { koffi } from '../../src/binding/load.ts';
import { inNamespace, keep } from './sockets.ts';

const SYS_BPF = process.arch === 'x64' ? 321 : 280;
const PROG_LOAD = 5;
const LINK_CREATE = 28;
const TYPE_XDP = 6;
const ATTACH_XDP = 37;
// XDP_FLAGS_SKB_MODE and XDP_FLAGS_DRV_MODE (linux/if_link.h).
export const GENERIC = 2;
export const NATIVE = 4;
/** r0 = XDP_DROP; exit. */
const DROP = Buffer.from([0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);

const bpf = koffi().load(null).func('long syscall(long, int, void *, unsigned int)');

function call(command: number, attributes: Buffer): number {
  const result = Number(bpf(SYS_BPF, command, attributes, attributes.length));
  if (result < 0) throw new Error(`bpf ${command}: ${lastFailure().words}`);
  return result;
}

/** Attaches it, by the stack (GENERIC) or by the driver (NATIVE), until the namespace goes. */
export function dropByXdp(namespace: string, index: number, mode: number): void {
  const license = Buffer.from('GPL\0');
  const load = Buffer.alloc(128);
  load.writeUInt32LE(TYPE_XDP, 0);
  load.writeUInt32LE(DROP.length / 8, 4);
  load.writeBigUInt64LE(koffi().address(DROP), 8);
  load.writeBigUInt64LE(koffi().address(license), 16);
  const program = call(PROG_LOAD, load);
  const create = Buffer.alloc(64);
  for (const [i, value] of [program, index, ATTACH_XDP, mode].entries()) create.writeUInt32LE(value, 4 * i);
  const link = inNamespace(namespace, () => call(LINK_CREATE, create));
  closeSync(program);
  keep(namespace, link);
}
