// Findings about servers and their sockets, in words.
import { explainReason } from '../../drops/reasons.ts';
import type { ServerFacts } from '../../why/facts/servers.ts';
import { probeText, processText, type Renderings } from './rendering.ts';

export const SERVERS: Renderings<ServerFacts> = {
  'answered-in-transit': {
    cause: ({ netns, target, port, server, rule }) =>
      `${netns} answers TCP connections to ${target} port ${port} in its place${rule === undefined ? '' : ` (rule '${rule}')`}, and they are reset: ${server} never got a SYN`,
    advice: ({ netns, rule }) => (rule === undefined ? `find out what answers in ${netns}` : undefined),
  },
  'answered-from-elsewhere': {
    cause: (facts) =>
      `the server on ${portText(facts)} in ${facts.netns}${processText(facts.process)} answers from ${facts.source}, not from ${facts.asked}, where the request went${facts.translatedBy === undefined ? '' : `: a rule of ${facts.translatedBy} changes it`}: the asker does not accept it as an answer`,
    advice: ({ asked, translatedBy }) =>
      translatedBy === undefined
        ? `have the server listen on ${asked} itself, or answer from the address that was asked (IP_PKTINFO)`
        : undefined,
  },
  'backlog-full': {
    cause: (facts) =>
      `${serverText(facts)} does not accept its connections: its queue is full, and the kernel drops new ones`,
    advice: () => 'restart the server, or find out why it does not call accept(2)',
  },
  'bound-elsewhere': {
    cause: boundElsewhere,
    advice: ({ target }) =>
      `have the server listen on ${target} or ${target.includes(':') ? '::' : '0.0.0.0'}`,
  },
  'bound-to-device': {
    cause: (facts) =>
      `${portText(facts)} in ${facts.netns} is bound to the interface ${facts.interface}${processText(facts.process)}: packets for ${facts.target} come in by ${facts.arrivesBy}`,
    advice: ({ arrivesBy }) => `have the server listen on ${arrivesBy} or on all interfaces`,
  },
  'checksum-offload': ({ netns, sender = 'the sender' }) =>
    `${netns} drops packets whose checksum is wrong: ${sender} leaves it to hardware (offload), and nothing on the way computes it`,
  'connection-reset': {
    cause: ({ port, target, process }) =>
      `the server on TCP port ${port} in ${target}${processText(process)} resets each connection at once, without sending data`,
    advice: () => 'see the log of the server: it may refuse this client, or fail at each connection',
  },
  'kernel-drop': {
    cause: ({ netns, interface: device, packet, reason }) =>
      `the kernel drops ${probeText(packet)} in ${netns}${device === '' ? '' : `, at ${device}`}: ${explainReason(reason)?.meaning ?? reason} (${reason})`,
    advice: ({ reason }) => {
      const by = explainReason(reason)?.decidedBy;
      return by === undefined ? undefined : `see ${by}`;
    },
  },
  'not-accepted': {
    cause: (facts) =>
      `${serverText(facts)} does not accept: the kernel makes connections for it, and no program answers on them`,
    advice: () => 'find out why the server does not call accept(2), or restart it',
  },
  'not-listening': {
    cause: (facts) => `nothing listens on ${portText(facts)} in ${facts.netns}`,
    advice: () => 'start the server; nscap can stand in for it',
  },
  'ping-ignored': ({ netns, setting }) => `${netns} answers no pings (${setting} is 1)`,
  'ports-used-up': ({ netns, address, port, range }) =>
    `${netns} has no port left for a connection to ${address} port ${port}: those of ${range.join('-')} are in use`,
  'receive-buffer-full': {
    cause: ({ netns, port, process, stopped }) =>
      `${stopped ? stoppedText({ netns, port, process, protocol: 'udp' }) : `the server on UDP port ${port} in ${netns} does not read`}: its receive buffer is full, and the kernel drops new datagrams`,
    advice: ({ stopped }) =>
      stopped ? undefined : 'restart the server, or find out why it does not read its socket',
  },
  'server-stopped': (facts) =>
    `${stoppedText(facts)}${facts.queueFull ? ': its queue is full, and the kernel drops new connections' : ''}`,
  'socket-connected': {
    cause: (facts) =>
      `${portText(facts)} in ${facts.netns} is connected to ${facts.peer}${processText(facts.process)}: it takes datagrams from there only`,
    advice: () => 'restart the server, or have it take datagrams from every sender (nc -l -u -k)',
  },
  'socket-filter': {
    cause: ({ netns, packet, process, counted }) =>
      counted !== undefined
        ? `the socket of the server on ${packet.toUpperCase()} port ${counted.port} in ${netns}${processText(process)} drops packets itself: most likely by a filter (SO_ATTACH_FILTER, SO_ATTACH_BPF)`
        : `a filter on the socket of the server in ${netns}${processText(process)} drops ${probeText(packet)} (SO_ATTACH_FILTER, SO_ATTACH_BPF, or a filter of its cgroup)`,
    advice: () => 'the server attached the filter itself: see its configuration, or start it without',
  },
  'tcp-md5': {
    cause: ({ netns, port, process, asker, demands }) =>
      `the server${processText(process)} on TCP port ${port} in ${netns} demands ${demands === 'TCP-AO' ? 'TCP-AO (RFC 5925)' : 'TCP MD5 signatures (RFC 2385)'} of ${asker}: the kernel drops its SYNs`,
    advice: () =>
      'give both ends the same key (TCP_MD5SIG), as BGP daemons do by their "password", or remove it from the server',
  },
  'tcp-min-ttl': {
    cause: ({ netns, port, process }) =>
      `the server${processText(process)} on TCP port ${port} in ${netns} demands a higher time to live than the packets have left (IP_MINTTL, "TTL security" of RFC 5082): the kernel drops them`,
    advice: () =>
      'let the server demand less, or put fewer routers between the two: each decrements the time to live',
  },
};

/** The server, or that of several sockets of its port which is meant. */
function serverText(facts: ServerFacts['not-accepted']): string {
  const which =
    facts.sockets === undefined ? 'the server on' : `one of the ${facts.sockets} sockets that listen on`;
  return `${which} ${portText(facts)} in ${facts.netns}${processText(facts.process)}`;
}

function portText({ protocol, port }: { protocol: 'tcp' | 'udp'; port: number | undefined }): string {
  return `${protocol.toUpperCase()} port ${port}`;
}

function boundElsewhere(facts: ServerFacts['bound-elsewhere']): string {
  const { netns, address, target, scope } = facts;
  const who = processText(facts.process);
  const where = {
    loopback: `only on ${address}${who}: not reachable from outside ${netns}`,
    ipv6: `only on IPv6 (${address})${who}, not on ${target}`,
    other: `on ${address}${who}, not on ${target}`,
  }[scope];
  return `${portText(facts)} in ${netns} listens ${where}`;
}

/** A stopped server (SIGSTOP, or ^Z in its shell). */
function stoppedText({
  netns,
  port,
  process,
  protocol,
}: Pick<ServerFacts['backlog-full'], 'netns' | 'port' | 'protocol'> & {
  process?: ServerFacts['backlog-full']['process'] | undefined;
}): string {
  return `the server on ${portText({ protocol, port })} in ${netns}${processText(process)} is stopped and ${protocol === 'tcp' ? 'accepts' : 'reads'} nothing`;
}
