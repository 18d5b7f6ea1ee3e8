// What captures saw of the probe's packets.
import type { InterfaceName } from './names.ts';

/** An interface at which a packet was seen. */
export interface SeenAt extends InterfaceName {
  direction: 'in' | 'out';
}

/** What captures saw of the probe's packets. */
export interface ObservedPath {
  protocol: 'icmp' | 'tcp' | 'udp';
  /** Where packets start. */
  from: string;
  /** What was asked for works. */
  answered: boolean;
  /** Where the request was seen, and its answer, in order of time. */
  there: readonly SeenAt[];
  back: readonly SeenAt[];
  /** Where an ICMP error about it was seen, and who sent that. */
  errors: readonly SeenAt[];
  errorSource?: string;
  /** Nothing was sent: the address it tried to resolve, and whether that was answered. */
  resolving?: { interface: string; address: string; answered: boolean };
  /** Where it was lost: not sent, sent and not seen again, arrived somewhere; or the answer was. */
  lost?: 'unsent' | 'sent' | 'arrived' | 'answer';
}
