// Findings about VXLANs and VLAN interfaces, in words.
import type { TunnelFacts } from '../../why/facts/tunnels.ts';
import { interfaceText, type Renderings } from './rendering.ts';

export const TUNNELS: Renderings<TunnelFacts> = {
  'fdb-entry-wrong': wrongEntry,
  'vlan-id-mismatch': (facts) => {
    const kind = facts.kind.toUpperCase();
    return `${interfaceText(facts)} is in ${kind} ${facts.id}, but ${interfaceText(facts.other)} is in ${kind} ${facts.otherId}: they are different links`;
  },
  'vxlan-port-mismatch': (facts) =>
    `${interfaceText(facts)}, a VXLAN, sends to UDP port ${facts.port}, but ${interfaceText(facts.other)} listens on ${facts.otherPort}: neither hears the other`,
  'vxlan-local-wrong': (facts) =>
    `${interfaceText(facts)}, a VXLAN, sends from ${facts.local}, an address that ${facts.netns} does not have`,
  'vxlan-remote-wrong': (facts) =>
    `${interfaceText(facts)}, a VXLAN, sends to ${facts.remote}, which is not ${facts.far}${facts.right === undefined ? '' : `: that is ${facts.right}`}`,
};

function wrongEntry(facts: TunnelFacts['fdb-entry-wrong']): string {
  const { kind, mac, leadsTo, right, far, defaults = [] } = facts;
  const where = interfaceText(facts);
  const owner = facts.owner === undefined ? '' : interfaceText(facts.owner);
  switch (kind) {
    case 'bridge':
      return `${where} has a fixed entry that sends frames for ${mac} (${owner}) out of ${leadsTo} instead of ${right}`;
    case 'vxlan':
      return `${where}, a VXLAN, has an entry that sends frames for ${mac} (${owner}) to ${leadsTo}, which is not ${far}`;
    case 'no-default':
      return `${where}, a VXLAN, knows no way to ${far}: its forwarding table has ${defaults.length === 0 ? 'no default entry' : `default entries for ${defaults.join(', ')} only`}, and no remote end is set`;
  }
}
