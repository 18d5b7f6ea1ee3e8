// What findings about queueing disciplines, traffic control filters and XDP programs say.
import type { InterfaceName } from './names.ts';

export interface QueueFacts {
  'netem-loss': InterfaceName & { percent: number };
  'queue-drops': InterfaceName & {
    qdisc: string;
    /** Packets dropped during the probe. */
    dropped: number;
    /** Absent: no rate is set. */
    bitsPerSecond?: number;
  };
  'tc-filter': InterfaceName & {
    filter: string;
    direction: 'ingress' | 'egress';
    pref: number | undefined;
    does: 'drops' | 'redirects' | 'runs-program';
  };
  'xdp-program': InterfaceName;
}
