// The values that nft's expressions (libnftables-json(5): payload, meta, ct, fib) have of a packet.
import { isObject, objectOf } from '../base/json.ts';
import { icmpTypes, portOf, protocolNames, trackedState } from './match.ts';
import type { FirewallPacket } from './ruleset.ts';

/** Ways to write the packet's own value; undefined where it can't be told, 'absent' where it has none of the kind. */
export type Values = (string | number)[] | 'absent' | undefined;

interface Payload {
  protocol?: string;
  field?: string;
}

/** What the left side of a match is of this packet. */
export function valuesOf(left: unknown, packet: FirewallPacket): Values {
  if (!isObject(left)) return undefined;
  if ('payload' in left) return payloadOf(objectOf(left.payload) as Payload, packet);
  if ('meta' in left) return metaOf(objectOf(left.meta).key, packet);
  if ('ct' in left) return trackedOf(objectOf(left.ct), packet);
  if ('exthdr' in left) return extensionOf(objectOf(left.exthdr), packet);
  if ('fib' in left) return fibOf(objectOf(left.fib), packet);
  const number = operationOf(left) === undefined ? undefined : numberOf(left, packet);
  return number === undefined ? undefined : [number];
}

const OPERATIONS: Record<string, (a: number, b: number) => number> = {
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >>> b,
};

function operationOf(expression: unknown): string | undefined {
  return Object.keys(objectOf(expression)).find((name) => Object.hasOwn(OPERATIONS, name));
}

/** The number that an expression gives, bitwise operations included; undefined where it can't be told. */
export function numberOf(expression: unknown, packet: FirewallPacket): number | undefined {
  if (typeof expression === 'number') return expression;
  const operation = operationOf(expression);
  if (operation === undefined) {
    const values = isObject(expression) && !('map' in expression) ? valuesOf(expression, packet) : undefined;
    return values === 'absent' ? undefined : values?.find((value) => typeof value === 'number');
  }
  const [first, ...rest] = [objectOf(expression)[operation]].flat();
  return rest.reduce<number | undefined>(
    (so, operand) => {
      const by = numberOf(operand, packet);
      return so === undefined || by === undefined ? undefined : OPERATIONS[operation](so, by) >>> 0;
    },
    numberOf(first, packet),
  );
}

function trackedOf({ key, dir }: Record<string, unknown>, packet: FirewallPacket) {
  const { original, status = [] } = packet;
  switch (key) {
    case 'state':
      return [trackedState(packet)];
    case 'direction':
      return [packet.reply ? 'reply' : 'original'];
    case 'status':
      // `assured` and `confirmed` depend on the packet's turn: only what was translated is known.
      return packet.untracked ? [] : [...status];
    case 'mark':
      if (packet.untracked) return 'absent';
      return packet.connectionMark === undefined ? undefined : [packet.connectionMark];
    case 'daddr':
    case 'ip daddr':
      return dir === 'original' && original !== undefined ? [original.target] : undefined;
    case 'proto-dst':
      return dir === 'original' && original?.port !== undefined ? [original.port] : undefined;
    default:
      return undefined;
  }
}

/** `exthdr frag exists`: what is sent has no other extension header (RFC 8200, 4) than that of fragments. */
function extensionOf({ name, field }: Record<string, unknown>, packet: FirewallPacket): Values {
  const has = packet.family === 6 && name === 'frag' && packet.fragment === true;
  if (field === undefined) return [Number(has)];
  return has ? undefined : 'absent';
}

/** `fib daddr type`: what kind of address it is to the namespace. */
function fibOf({ result, flags }: Record<string, unknown>, packet: FirewallPacket) {
  if (result !== 'type') return undefined;
  const all = [flags].flat();
  const type = packet.addressType?.(all.includes('saddr') ? packet.source : packet.target);
  return type === undefined ? undefined : [type];
}

function payloadOf({ protocol = '', field = '' }: Payload, packet: FirewallPacket): Values {
  return PAYLOADS.get(protocol)?.(field, packet);
}

const PAYLOADS: ReadonlyMap<string, (field: string, packet: FirewallPacket) => Values> = new Map([
  ['ip', (field, packet) => ipField(4, field, packet)],
  ['ip6', (field, packet) => ipField(6, field, packet)],
  ['tcp', (field, packet) => (packet.protocol === 'tcp' ? portField(field, packet) : 'absent')],
  ['udp', (field, packet) => (packet.protocol === 'udp' ? portField(field, packet) : 'absent')],
  ['th', portField],
  ['icmp', (field, packet) => icmpField(4, field, packet)],
  ['icmpv6', (field, packet) => icmpField(6, field, packet)],
  ['ether', etherField],
  ['arp', arpField],
]);

function ipField(family: 4 | 6, field: string, packet: FirewallPacket): Values {
  if (packet.protocol === 'arp' || packet.family !== family) return 'absent';
  switch (field) {
    case 'saddr':
      return [packet.source];
    case 'daddr':
      return [packet.target];
    case 'protocol':
    case 'nexthdr':
      return protocolNames(packet);
    case 'ttl':
    case 'hoplimit':
      return packet.ttl === undefined ? undefined : [packet.ttl];
    case 'length':
      return packet.size === undefined ? undefined : [packet.size];
    case 'frag-off':
      // Whole packets have neither an offset nor the flag "more fragments"; of fragments the first is meant.
      return [packet.fragment ? 0x2000 : 0];
    default:
      return undefined;
  }
}

function portField(field: string, packet: FirewallPacket): Values {
  if (packet.protocol !== 'tcp' && packet.protocol !== 'udp') return 'absent';
  if (field !== 'dport' && field !== 'sport') return undefined;
  const port = portOf(packet, field);
  return port === undefined ? undefined : [port];
}

function icmpField(family: 4 | 6, field: string, packet: FirewallPacket): Values {
  const ours = packet.protocol === 'icmp' || packet.protocol === 'neighbour';
  if (!ours || packet.family !== family) return 'absent';
  return field === 'type' ? icmpTypes(packet) : undefined;
}

function etherField(field: string, packet: FirewallPacket): Values {
  if (field === 'saddr') return packet.macs && [packet.macs.source];
  if (field === 'daddr') return packet.macs && [packet.macs.target];
  if (field !== 'type') return undefined;
  if (packet.protocol === 'arp') return ['arp', 0x0806];
  return packet.family === 4 ? ['ip', 0x0800] : ['ip6', 0x86dd];
}

function arpField(field: string, packet: FirewallPacket): Values {
  if (packet.protocol !== 'arp') return 'absent';
  if (field === 'operation') return packet.reply ? ['reply', 2] : ['request', 1];
  if (field === 'saddr ip') return [packet.source];
  if (field === 'daddr ip') return [packet.target];
  return undefined;
}

function metaOf(key: unknown, packet: FirewallPacket): Values {
  switch (key) {
    case 'l4proto':
      return packet.protocol === 'arp' ? 'absent' : protocolNames(packet);
    case 'nfproto':
      return packet.family === 4 ? ['ipv4', 2] : ['ipv6', 10];
    case 'protocol':
      return packet.protocol === 'arp' ? ['arp'] : packet.family === 4 ? ['ip'] : ['ip6'];
    case 'iifname':
    case 'iif':
      return packet.iif === undefined ? 'absent' : [packet.iif];
    case 'oifname':
    case 'oif':
      return packet.oif === undefined ? 'absent' : [packet.oif];
    case 'mark':
      return packet.mark === undefined ? undefined : [packet.mark];
    case 'length':
      return packet.size === undefined ? undefined : [packet.size];
    default:
      return undefined;
  }
}
