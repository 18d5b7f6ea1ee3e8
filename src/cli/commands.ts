import type { Commands } from './command-module.ts';
export const COMMANDS: Commands = {
  capture: ['capture live inside a namespace', () => import('./capture.ts')],
  drops: ['show the packets that the kernel drops: reason, function, rule', () => import('./drops.ts')],
  trace: ['follow each packet from point to point: delay, loss, change', () => import('./trace.ts')],
  read: ['print a capture file as tcpdump does', () => import('./read.ts')],
  analyze: ["analyze every TCP connection by Wireshark 4.0's rules", () => import('./analyze.ts')],
  top: ['the busiest connections of an interface, refreshed once a second', () => import('./top.ts')],
  stats: [
    'conversations, endpoints, protocols, intervals and round trips, as tshark -z counts them',
    () => import('./stats.ts'),
  ],
  convert: [
    'convert captures between pcap and pcapng; filter, cut, merge, split',
    () => import('./convert.ts'),
  ],
  follow: ['show the bytes of one TCP connection', () => import('./follow.ts')],
  report: ['one HTML page that shows captures: graphs, findings', () => import('./report.ts')],
  fields: ['list the fields that -T fields prints and -Y compares', () => import('./fields.ts')],
  filter: [
    'the BPF program a filter expression compiles to, as tcpdump -d shows it',
    () => import('./filter.ts'),
  ],
  why: ['why one namespace cannot reach another, and the command that fixes it', () => import('./why.ts')],
  map: ['draw the namespaces and the links between them', () => import('./map.ts')],
  ns: ['list all network namespaces, their interfaces and peers', () => import('./ns.ts')],
  'tcp-test': [
    'test a TCP path between two namespaces, in a temporary lab if needed',
    () => import('./tcp-test.ts'),
  ],
  completion: ['TAB completion for bash, zsh and fish', () => import('./completion.ts')],
  nc: ['TCP and UDP client and server, compatible with nc and ncat', () => import('./nc.ts')],
  extcap: ["put every namespace's interfaces into Wireshark's own list", () => import('./extcap.ts')],
  wireshark: ['capture inside a namespace, shown live in Wireshark', () => import('./wireshark.ts')],
  store: ['keep what captures show as rows, of many captures and hosts', () => import('./store.ts')],
  exporter: [
    'counters by verdict, drops by reason and round trips, for Prometheus',
    () => import('./exporter.ts'),
  ],
  fleet: ['ask the rows of a store: worst connections, links, drops, hosts', () => import('./fleet.ts')],
  lab: ['create, show, break and remove labs of network namespaces', () => import('./lab.ts')],
};
