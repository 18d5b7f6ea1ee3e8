// Labs in which nothing is wrong.
import { SERVER, SERVER_SILENT, type Topology, UDP_SERVER } from '../lab.ts';
import { chain, nft, set } from './case.ts';
import { SHARED } from './shares.ts';

/** What must not alarm anyone. */
export const HEALTHY: {
  name: string;
  topology: Topology;
  from?: string;
  to?: string;
  target?: string;
  port?: number;
  udp?: boolean;
  serve?: Record<string, string>;
  setup?: string[];
}[] = [
  ...(
    [
      'pair',
      'pair6',
      'devices',
      'router',
      'router6',
      'chain',
      'bridge',
      'bridge6',
      'host',
      'triangle',
      'macvlan',
      'vxlan',
    ] as const
  ).map((topology) => ({ name: topology, topology })),
  { name: 'through address translation', topology: 'host', to: 'x' },
  ...SHARED,
  { name: 'to the router', topology: 'router', to: 'r' },
  { name: 'to itself', topology: 'pair', to: 'a' },
  { name: 'to the middle of a chain', topology: 'chain', to: 's' },
  { name: 'a namespace by name', topology: 'chain', target: '@b' },
  { name: 'a port', topology: 'router', port: 8080, serve: { b: SERVER('0.0.0.0', 8080) } },
  {
    name: 'a port on all addresses of both families',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('::', 8080) },
  },
  {
    name: 'a UDP port',
    topology: 'router',
    port: 8080,
    udp: true,
    serve: { b: UDP_SERVER('0.0.0.0', 8080) },
  },
  {
    name: 'a port where pings are ignored',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    setup: [set('b', 'net.ipv4.icmp_echo_ignore_all', 1)],
  },
  {
    name: 'a port where pings are dropped',
    topology: 'pair',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    setup: [...chain('b', 'input'), ...nft('b', 'add rule inet f c meta l4proto icmp drop')],
  },
  {
    name: 'a stateful firewall',
    topology: 'router',
    port: 8080,
    serve: { b: SERVER('0.0.0.0', 8080) },
    setup: [
      ...chain('b', 'input', 'drop'),
      ...nft(
        'b',
        'add rule inet f c ct state established,related accept',
        'add rule inet f c tcp dport 8080 accept',
        'add rule inet f c icmp type echo-request accept',
      ),
      ...chain('a', 'input', 'drop'),
      ...nft('a', 'add rule inet f c ct state established,related accept'),
    ],
  },
  {
    name: 'a narrow link behind a router that says so',
    topology: 'router',
    setup: ['ip -n @r link set right mtu 1400', 'ip -n @b link set veth0 mtu 1400'],
  },
  {
    name: 'a port behind a narrow link, whose router says so',
    topology: 'chain',
    port: 8080,
    serve: { b: SERVER_SILENT(8080) },
    setup: ['ip -n @r link set right mtu 1400', 'ip -n @s link set left mtu 1400'],
  },
  { name: 'link-local', topology: 'pair6', target: 'link-local' },
];
