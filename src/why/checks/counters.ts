// Counters of the kernel that moved while the probe's packets flowed: each says of itself why a packet was dropped.
import { constants } from 'node:os';
import type { FoundNamespace } from '../../netns/discover.ts';
import type { Node } from '../../netns/topology.ts';
import type { Evidence } from '../evidence.ts';
import type { Observation } from '../facts/observations.ts';
import { commandIn, type Finding, sysctl } from '../finding.ts';
import { setting } from '../state.ts';
import { type Listener, listeners } from './listener.ts';

/** Puts what counters prove before what was only concluded. */
export async function checkCounters(evidence: Evidence): Promise<void> {
  const found = [
    portsUsedUp(evidence),
    ...(await Promise.all([socketDrops(evidence), reversePath(evidence), checksums(evidence)])),
  ];
  evidence.findings.unshift(...found.filter((finding) => finding !== undefined));
}

/** Of connect(2), where the source address is there: no port is free for this target, or none at all (UDP). */
const NO_PORT = { tcp: constants.errno.EADDRNOTAVAIL, udp: constants.errno.EAGAIN, icmp: undefined };

function portsUsedUp({ probes, request, snapshot }: Evidence): Finding | undefined {
  const knocked = probes?.port;
  if (knocked?.refusedHere === undefined || knocked.refusedHere !== NO_PORT[request.protocol])
    return undefined;
  const { asker } = request;
  const name = 'net.ipv4.ip_local_port_range';
  const range = snapshot.settingNow(asker, name)?.trim().split(/\s+/) ?? [];
  if (range.length !== 2) return undefined;
  return {
    code: 'ports-used-up',
    step: 'port',
    facts: { netns: asker.label, address: request.address!, port: request.port!, range },
    evidence: [
      { code: 'connect-error', facts: { netns: asker.label, error: knocked.words } },
      { code: 'setting', facts: { netns: asker.label, setting: name, value: range.join(' ') } },
    ],
    // Linux's own default.
    fix: [sysctl(asker, name, '32768 60999')],
    proved: true,
  };
}

/** Of a listener that demands more than the SYN had. */
async function socketDrops(evidence: Evidence): Promise<Finding | undefined> {
  const { there, request, snapshot } = evidence;
  const end = there?.arrived?.here;
  if (end === undefined || request.protocol === 'icmp') return undefined;
  const state = await snapshot.state(end);
  if (request.protocol === 'udp') return droppedDatagram(evidence, end, state.moved);
  const count = (name: string) => state.moved?.get(`TcpExt.${name}`) ?? 0;
  const moved = (counter: string): Observation => ({
    code: 'counter',
    facts: { netns: end.label, counter, count: count(counter) },
  });
  const port = there!.spec.port;
  const process = await listenerProcess(end, port);
  const server = { netns: end.label, port, ...(process === undefined ? {} : { process }) };
  const base: Pick<Finding, 'step' | 'fix' | 'proved'> = { step: 'port', fix: [], proved: true };
  const wrong = [
    'TCPMD5NotFound',
    'TCPMD5Failure',
    'TCPMD5Unexpected',
    'TCPAORequired',
    'TCPAOBad',
    'TCPAOKeyNotFound',
  ].find((name) => count(name) > 0);
  if (wrong !== undefined) {
    return {
      ...base,
      code: 'tcp-md5',
      facts: {
        ...server,
        asker: request.asker.label,
        demands: wrong.startsWith('TCPAO') ? 'TCP-AO' : 'TCP-MD5',
      },
      evidence: [moved(wrong)],
    };
  }
  if (count('TCPMinTTLDrop') > 0) {
    return {
      ...base,
      code: 'tcp-min-ttl',
      facts: server,
      evidence: [moved('TCPMinTTLDrop')],
    };
  }
  return droppedBySocket(evidence, end, port);
}

/** The socket counts its drops: nothing else explains them, so they are most likely by the socket's own filter. */
async function droppedBySocket(
  { probes, seen }: Evidence,
  here: FoundNamespace,
  port: number | undefined,
): Promise<Finding | undefined> {
  const arrived = seen.sightings.some(
    (sighting) =>
      sighting.role === 'request' && sighting.direction === 'in' && sighting.here.inode === here.inode,
  );
  if (!arrived || probes?.port?.outcome !== 'silent') return undefined;
  const all = await listeners(here, 'tcp').catch(() => []);
  const socket = all.find((listener) => listener.port === port && listener.drops > 0);
  if (socket === undefined || socket.waiting > socket.backlog) return undefined;
  return filtering(here, 'tcp', socket);
}

/** The same of a datagram: neither its checksum nor a full buffer was the reason, which have counters of their own. */
async function droppedDatagram(
  { there }: Evidence,
  here: FoundNamespace,
  moved: ReadonlyMap<string, number> | undefined,
): Promise<Finding | undefined> {
  const count = (name: string) => (moved?.get(`Udp.${name}`) ?? 0) + (moved?.get(`Udp6${name}`) ?? 0);
  if (count('InErrors') === 0) return undefined;
  if (['RcvbufErrors', 'InCsumErrors', 'MemErrors'].some((name) => count(name) > 0)) return undefined;
  const all = await listeners(here, 'udp').catch(() => []);
  const socket = all.find((listener) => listener.port === there!.spec.port && listener.drops > 0);
  if (socket === undefined) return undefined;
  return filtering(here, 'udp', socket, [
    { code: 'counter', facts: { netns: here.label, counter: 'Udp.InErrors', count: count('InErrors') } },
  ]);
}

function filtering(
  here: FoundNamespace,
  packet: 'tcp' | 'udp',
  { port, drops, process }: Listener,
  seen: readonly Observation[] = [],
): Finding {
  return {
    code: 'socket-filter',
    step: 'port',
    facts: {
      netns: here.label,
      packet,
      counted: { port },
      ...(process === undefined ? {} : { process }),
    },
    evidence: [
      { code: 'socket-drops', facts: { netns: here.label, protocol: packet, port, drops } },
      ...seen,
    ],
    fix: [],
    possible: true,
  };
}

/** The program that listens on the port, where the kernel tells. */
export async function listenerProcess(here: FoundNamespace, port: number | undefined) {
  const all = await listeners(here, 'tcp').catch(() => []);
  return all.find((listener) => listener.port === port)?.process;
}

/** IPReversePathFilter counts what rp_filter drops. */
async function reversePath({
  there,
  back,
  snapshot,
  seen,
  findings,
}: Evidence): Promise<Finding | undefined> {
  for (const path of [there, back]) {
    for (const { here } of path?.hops ?? []) {
      const state = await snapshot.state(here);
      const count = state.moved?.get('TcpExt.IPReversePathFilter') ?? 0;
      if (count === 0) continue;
      for (const finding of findings) if (finding.code === 'rp-filter') finding.proved = true;
      if (findings.some(({ code }) => code === 'rp-filter' || code === 'no-route')) return undefined;
      const last = seen.sightings
        .filter((sighting) => sighting.here.inode === here.inode && sighting.direction === 'in')
        .at(-1);
      if (last === undefined) continue;
      const names = ['all', last.dev].filter((dev) => setting(state, 4, dev, 'rp_filter') > 0);
      return {
        code: 'rp-filter',
        step: 'hops',
        facts: { netns: here.label, source: last.source ?? '?', interface: last.dev },
        evidence: [{ code: 'counter', facts: { netns: here.label, counter: 'IPReversePathFilter', count } }],
        fix: names.map((dev) => sysctl(here, `net.ipv4.conf.${dev.replaceAll('.', '/')}.rp_filter`, 0)),
        proved: true,
      };
    }
  }
  return undefined;
}

/** A SYN or datagram that arrived and was dropped for its checksum, which its sender left to absent hardware. */
async function checksums({ there, back, snapshot, request }: Evidence): Promise<Finding | undefined> {
  const end = there?.arrived;
  if (end === undefined || request.protocol === 'icmp') return undefined;
  const name = request.protocol === 'tcp' ? 'Tcp.InCsumErrors' : 'Udp.InCsumErrors';
  const errorsIn = async (here: FoundNamespace) => {
    const { moved } = await snapshot.state(here);
    return (moved?.get(name) ?? 0) + (moved?.get(name.replace('Udp.', 'Udp6')) ?? 0);
  };
  const [targetErrors, askerErrors] = [await errorsIn(end.here), await errorsIn(request.asker)];
  if (targetErrors === 0 && askerErrors === 0) return undefined;
  const receiver = targetErrors > 0 ? end.here : request.asker;
  const senders = [there!.hops[0].exit, back?.hops[0]?.exit ?? end.ingress].filter(
    (node) => node !== undefined,
  );
  const sender = targetErrors > 0 ? senders[0] : senders.at(-1);
  return {
    code: 'checksum-offload',
    step: 'port',
    facts: { netns: receiver.label, ...(sender === undefined ? {} : { sender: sender.link.name }) },
    evidence: [
      {
        code: 'counter',
        facts: { netns: receiver.label, counter: name, count: targetErrors || askerErrors },
      },
      { code: 'pings-answered', facts: {} },
    ],
    fix: senders.map((node: Node) => commandIn(node.namespace, 'ethtool', '-K', node.link.name, 'tx', 'off')),
    proved: true,
  };
}
