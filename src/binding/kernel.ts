// What only system calls answer, where they can be made: without koffi, or with a C library that lacks one, there is none.
import { connectFrom } from './connecting.ts';
import { holdSocketNamespace, namespaceIds, socketNamespace } from './namespace-id.ts';
import { listen, nextPacket } from './packet-socket.ts';
import { socketCalls } from './socket-calls.ts';

/** All are synchronous and leave this process as it was. */
const KERNEL = { connectFrom, holdSocketNamespace, namespaceIds, socketNamespace, listen, nextPacket };

export type Kernel = typeof KERNEL;

let tried: { problem?: unknown } | undefined;

/** The system calls, or undefined where koffi can't be loaded or the C library lacks them. */
export function theKernel(): Kernel | undefined {
  if (tried === undefined) {
    try {
      socketCalls();
      tried = {};
    } catch (problem) {
      tried = { problem };
    }
  }
  return 'problem' in tried ? undefined : KERNEL;
}

/** Why there are no system calls. */
export function kernelProblem(): unknown {
  theKernel();
  return tried?.problem;
}
