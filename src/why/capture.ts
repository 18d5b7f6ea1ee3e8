// Captures in every namespace on the path while the probe's packets flow, to see how far they get.
//
// Not by `nscap capture`: a process for each namespace would take longer to start than all the rest of the answer. A
// packet socket in each is there at once, keeps the few packets of the probe in its buffer, and is read afterwards.
import { close } from 'node:fs';
import { kernelProblem, theKernel } from '../binding/kernel.ts';
import type { KeptPacket } from '../binding/packet-socket.ts';
import { NscapError, reason } from '../errors.ts';
import type { FoundNamespace } from '../netns/discover.ts';
import { captureFilter } from './capture-filter.ts';
import { type Decoded, decode } from './decode.ts';

/** A packet seen at an interface. */
export interface Captured extends Decoded {
  here: FoundNamespace;
  /** Name of the interface, and whether it came in or went out there. */
  dev: string;
  direction: 'in' | 'out';
  /** Nanoseconds since 1970. */
  time: bigint;
  /** Addressed to another station's link-layer address: only a bridge or a sniffer takes it. */
  otherHost: boolean;
}

/** Why a namespace cannot be captured in, and a hint. */
export interface Refusal {
  words: string;
  hint?: string;
}

function refusal(error: unknown): Refusal {
  const hint = error instanceof NscapError ? error.hint : undefined;
  return { words: reason(error), ...(hint === undefined ? {} : { hint }) };
}

export interface Captures {
  /** Ends them; packets in order of time, and the namespaces that were listened in, or why not. */
  stop(): {
    packets: Captured[];
    listened: Set<FoundNamespace>;
    refused: ReadonlyMap<FoundNamespace, Refusal>;
  };
}

/** More packets than the probe sends; a busy network must not fill our memory. */
const MOST = 4000;

/** sll_pkttype (linux/if_packet.h). */
const PACKET_OTHERHOST = 3;

/** Starts capturing; where that is impossible (no permission, no koffi) nothing is captured, and nothing fails. */
export function startCaptures(namespaces: readonly FoundNamespace[]): Captures {
  const kernel = theKernel();
  const filter = captureFilter();
  const sockets = new Map<FoundNamespace, number>();
  const refused = new Map<FoundNamespace, Refusal>();
  for (const here of namespaces) {
    try {
      if (kernel === undefined) refused.set(here, refusal(kernelProblem()));
      else sockets.set(here, kernel.listen(here.namespace.path, filter));
    } catch (error) {
      // The namespace is gone, or this user may not listen there.
      refused.set(here, refusal(error));
    }
  }
  return {
    stop() {
      const packets: Captured[] = [];
      for (const [here, descriptor] of sockets) {
        const names = new Map((here.interfaces ?? []).map((link) => [link.index, link.name]));
        for (let count = 0; count < MOST; count++) {
          const packet = kernel!.nextPacket(descriptor);
          if (packet === undefined) break;
          packets.push(captured(here, names, packet));
        }
        // The kernel waits until no processor uses it any more, some 20 ms: we do not.
        close(descriptor, () => {});
      }
      packets.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
      return { packets, listened: new Set(sockets.keys()), refused };
    },
  };
}

function captured(here: FoundNamespace, names: Map<number, string>, packet: KeptPacket): Captured {
  return {
    ...decode(packet.protocol, packet.bytes),
    here,
    dev: names.get(packet.index) ?? `interface ${packet.index}`,
    direction: packet.outgoing ? 'out' : 'in',
    time: packet.time,
    otherHost: packet.type === PACKET_OTHERHOST,
  };
}
