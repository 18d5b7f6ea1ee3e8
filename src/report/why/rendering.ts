// How a finding becomes words.
import type { InterfaceName, ProbePacket, ProcessName } from '../../why/facts/names.ts';

/** The words for a code's facts: the cause alone, or with what a person must do. */
export type Rendering<Facts> =
  | ((facts: Facts) => string)
  | {
      /** One sentence, without a full stop: the cause and what follows from it. */
      cause(facts: Facts): string;
      /** What a person must do; `fixed`: commands do it. */
      advice(facts: Facts, fixed: boolean): string | undefined;
    };

/** A row for every code of a topic. */
export type Renderings<Topic> = { readonly [Code in keyof Topic]: Rendering<Topic[Code]> };

/** `veth0 in ns1`. */
export function interfaceText({ interface: name, netns }: InterfaceName): string {
  return `${name} in ${netns}`;
}

/** ` (nginx, process 123)`, or nothing where the program is not known. */
export function processText(process: ProcessName | undefined): string {
  return process === undefined ? '' : ` (${process.name}, process ${process.id})`;
}

export function probeText(packet: ProbePacket): string {
  if (packet === 'answer') return 'the answer';
  return packet === 'ping' ? 'the ping' : `the ${packet.toUpperCase()} packet`;
}

/** The consequence of a namespace not forwarding a packet. */
export function consequence({ reply, starts }: { reply: boolean; starts: boolean }): string {
  if (reply) return starts ? 'its answers never leave' : 'the answers end there';
  return starts ? 'packets for it never leave' : 'packets for it end there';
}
