// What findings about neighbour resolution (ARP and neighbour discovery) say.
import type { InterfaceName } from './names.ts';

export interface NeighbourFacts {
  'arp-filter': InterfaceName & { asker: string; address: string; routeInterface: string };
  'arp-ignored': InterfaceName & { address: string; value: number };
  'arp-not-asked': InterfaceName;
  'arp-off': InterfaceName & { role: 'asks' | 'answers' };
  'duplicate-mac': InterfaceName & { mac: string; twin: InterfaceName };
  'neighbour-entry-wrong': {
    netns: string;
    address: string;
    mac: string;
    owner: InterfaceName;
    rightMac: string;
    /** Learned when another had the address: it holds until it is checked. Absent: fixed. */
    learned?: true;
  };
}
