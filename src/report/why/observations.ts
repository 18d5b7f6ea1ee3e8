// The evidence of a finding, in words.
import { agree } from '../../base/units.ts';
import { chainText } from '../../why/facts/names.ts';
import type { Observation, ObservationFacts } from '../../why/facts/observations.ts';
import { interfaceText, processText } from './rendering.ts';

type Texts = { readonly [Code in keyof ObservationFacts]: (facts: ObservationFacts[Code]) => string };

/** A code without a row is an error of the compiler. Where a command shows the fact, its name comes first. */
const TEXTS: Texts = {
  'accept-queue': ({ netns, waiting, backlog }) =>
    backlog === undefined
      ? `ss -ltn in ${netns}: ${waiting} ${agree(waiting, 'connection waits', 'connections wait')} to be accepted (Recv-Q)`
      : `ss -ltn in ${netns}: ${waiting} ${agree(waiting, 'connection waits', 'connections wait')} to be accepted (Recv-Q), the limit is ${backlog} (Send-Q)`,
  'answer-captured': ({ source, port, ...where }) =>
    `captured at ${interfaceText(where)}: an answer from ${source} port ${port}`,
  address: ({ interface: device, netns, address, isDuplicate }) =>
    `ip address in ${netns}: ${address} dev ${device}${isDuplicate ? ' dadfailed' : ''}`,
  'bridge-port-flag': ({ interface: device, netns, flag, isOn }) =>
    `bridge -d link in ${netns}: ${device} ${flag} ${isOn ? 'on' : 'off'}`,
  'bridge-port-state': ({ interface: device, netns, state }) =>
    `bridge link in ${netns}: ${device} state ${state}`,
  carrier: ({ carrier, ...where }) => `${interfaceText(where)} has ${carrier ? 'a' : 'no'} carrier`,
  'chain-policy': ({ chain, policy, packets }) => `${chainText(chain)}: policy ${policy}${counted(packets)}`,
  'connect-error': ({ netns, error }) => `connect in ${netns}: ${error}`,
  'connection-reset': () => 'the connection was established, and reset (RST) at once',
  'connections-failed': ({ failed, total, error }) =>
    `${failed} of ${total} connections failed (${error}), each from another port`,
  counter: ({ netns, counter, count }) => `${counter} grew by ${count} in ${netns} during the probe`,
  'data-lost': ({ bytes }) =>
    `the connection is established, and none of the ${bytes} bytes sent in it are acknowledged`,
  'fdb-default': ({ interface: device, netns, destinations }) =>
    `bridge fdb in ${netns}: ${destinations.length === 0 ? `no default entry for ${device}` : `default entries of ${device} for ${destinations.join(', ')}`}`,
  'fdb-entry': ({ interface: device, netns, mac, port, state, destination }) => {
    const lists = destination === undefined ? `dev ${port ?? device}` : `dev ${device} dst ${destination}`;
    return `bridge fdb in ${netns}: ${mac} ${lists}${state === undefined ? '' : ` ${state}`}`;
  },
  'fdb-entry-absent': ({ interface: device, netns, mac }) =>
    `bridge fdb in ${netns}: no entry for ${mac} dev ${device}`,
  'fragmented-ping-lost': ({ size, outcome }) =>
    `a ping of ${size} bytes in fragments is lost (${outcome}), unfragmented ones are answered`,
  'interface-address': ({ interface: device, netns, mac }) => `ip link in ${netns}: ${device} address ${mac}`,
  'interface-flags': ({ interface: device, netns, flags }) =>
    `ip link in ${netns}: ${device} <${flags.join(',')}>`,
  'interface-master': ({ interface: device, netns, master }) =>
    `ip link in ${netns}: ${device} master ${master}`,
  'interface-state': ({ interface: device, netns, state }) => `ip link in ${netns}: ${device} state ${state}`,
  'interface-unused': (facts) => `${interfaceText(facts)} is down and has no address`,
  'ipsec-policy': ({ netns, source, destination, direction, action }) =>
    `ip xfrm policy in ${netns}: src ${source} dst ${destination} dir ${direction} action ${action}`,
  'kernel-drop': ({ netns, function: name, reason }) =>
    `the kernel dropped it in ${netns}${name === undefined ? '' : ` (${name})`}: ${reason}`,
  'large-ping-lost': ({ size, outcome, netns }) =>
    `a ping of ${size} bytes${netns === undefined ? '' : ` back from ${netns}`} is lost${outcome === undefined ? '' : ` (${outcome})`}, small ones are answered`,
  listeners: ({ netns, protocol, port, sockets, process }) => {
    const all = sockets
      .map((one) => `${one.address}${one.device === undefined ? '' : `%${one.device}`}:${one.port}`)
      .join(', ');
    const listed = port !== undefined ? all : all === '' ? 'no listener' : `only ${all}`;
    return `ss -l${protocol[0]}n in ${netns}: ${listed}${processText(process)}`;
  },
  'lookup-rule-absent': ({ netns, family, table }) =>
    `ip${family === 6 ? ' -6' : ''} rule in ${netns}: no lookup of ${table}`,
  'macvlan-mode': ({ interface: device, netns, mode, allowed }) => {
    const from =
      allowed === undefined ? '' : `, ${allowed.length === 0 ? 'no address' : allowed.join(', ')} allowed`;
    return `ip -d link in ${netns}: ${device} macvlan mode ${mode}${from}`;
  },
  'neighbour-entry': ({ interface: device, netns, address, mac, state }) =>
    `ip neighbour in ${netns}: ${address} dev ${device} lladdr ${mac} ${state.join(',')}`,
  'no-address': ({ netns }) => `ip address in ${netns}: no usable address`,
  'no-interface': ({ netns }) => `ip link in ${netns}: only lo`,
  'no-owner': ({ netns, address }) => `no interface in ${netns} has ${address}`,
  'no-route': ({ netns, target }) => `${netns} has no route to ${target}`,
  'no-source-address': ({ interface: device, netns }) =>
    `ip address in ${netns}: ${device} has no address to send from`,
  'only-way-back': ({ netns, target }) => `the only route of ${netns} to ${target} leads back`,
  path: ({ reply, namespaces }) => `the path${reply ? ' back' : ''}: ${namespaces.join(' → ')}`,
  'pings-answered': () => 'pings, which have no such checksum, are answered',
  'process-state': ({ process, state }) => `/proc/${process}/stat: state ${state}`,
  pvids: ({ interface: device, netns, other, vlan = 'none', otherVlan = 'none' }) =>
    `bridge vlan in ${netns}: ${device} PVID ${vlan}, ${other} PVID ${otherVlan}`,
  qdisc: ({ interface: device, netns, qdisc, handle, dropped }) =>
    `tc -s qdisc in ${netns}: ${qdisc} ${handle} dev ${device}, ${dropped} dropped during the probe`,
  route: ({ netns, table, type, route, interface: device, hoplimit }) => {
    const typed = type === 'unicast' ? route : `${type} ${route}`;
    const by = device === undefined ? '' : ` dev ${device}`;
    const limit = hoplimit === undefined ? '' : ` hoplimit ${hoplimit}`;
    return `ip route${table === 'main' ? '' : ` show table ${table}`} in ${netns}: ${typed}${by}${limit}`;
  },
  'route-lookup': ({ netns, target, source, arrivesBy, error, gateway, interface: device }) => {
    const from = source === undefined ? '' : ` from ${source}`;
    const by = arrivesBy === undefined ? '' : ` iif ${arrivesBy}`;
    const answer = error ?? `${gateway === undefined ? '' : `via ${gateway} `}dev ${device}`;
    return `ip route get ${target}${from}${by} in ${netns}: ${answer}`;
  },
  rule: ({ chain, handle, rule, packets }) =>
    `${chainText(chain)}${handle === undefined ? '' : ` handle ${handle}`}: ${rule}${counted(packets)}`,
  'same-link': ({ others, ...where }) =>
    `${[where, ...others].map(interfaceText).join(' and ')} are on one link`,
  setting: ({ netns, setting, value, largerOfAll }) =>
    `${setting} = ${value} in ${netns}${largerOfAll ? ' (the larger of all and its own)' : ''}`,
  'socket-drops': ({ netns, protocol, drops }) =>
    `ss -l${protocol[0]}m in ${netns}: ${drops} dropped by the socket; ${protocol === 'tcp' ? 'the SYN arrived, and no other counter moved' : 'neither for its checksum nor for want of room'}`,
  'socket-memory': ({ netns, used, limit }) =>
    `ss -lum in ${netns}: ${used} of ${limit} bytes of the receive buffer are in use`,
  stations: ({ stations, ...where }) => {
    const all = stations.map(({ address = 'no address', ...one }) => `${interfaceText(one)} (${address})`);
    return all.length === 0
      ? `nothing else is on the link of ${interfaceText(where)}`
      : `on the link of ${interfaceText(where)} ${all.length === 1 ? 'is only' : 'are'} ${all.join(', ')}`;
  },
  'tc-filter': ({ interface: device, netns, direction }) =>
    `tc filter show dev ${device} ${direction} in ${netns}`,
  'vxlan-ports': ({ interface: device, netns, port, other, otherPort }) =>
    `ip -d link: ${device} in ${netns} dstport ${port}, ${interfaceText(other)} dstport ${otherPort}`,
  'way-to': ({ target, ...where }) => `${interfaceText(where)} leads to ${target}`,
  'xdp-program': ({ interface: device, netns }) => `ip link in ${netns}: ${device} xdp`,
};

/** The whole evidence of a finding, as one line. */
export function evidenceText(observations: readonly Observation[]): string {
  return observations.map(observationText).join('; ');
}

export function observationText<Code extends keyof ObservationFacts>({
  code,
  facts,
}: {
  code: Code;
  facts: ObservationFacts[Code];
}): string {
  return TEXTS[code](facts);
}

function counted(packets: number | undefined): string {
  return packets === undefined ? '' : `, ${packets} ${agree(packets, 'packet', 'packets')} during the probe`;
}
