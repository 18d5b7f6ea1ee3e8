// Findings about how a connection began, in words.
import { agree, count, duration, times } from '../../base/units.ts';
import type { ConnectionFacts, Uncomputed } from '../../flow/findings/facts.ts';
import type { Sentences } from './sentence.ts';

export const OPENING: Sentences<
  'half-open' | 'refused' | 'reused-ports' | 'simultaneous-open' | 'slow-handshake' | 'unanswered'
> = {
  'half-open': halfOpen,
  refused: ({ client, server, simultaneous }) =>
    simultaneous
      ? `${server} ended the connection with an RST although it had sent a SYN itself: its process gave up, or a firewall rejects it`
      : `${server} refused the connection of ${client} with an RST: nothing listens there, or a firewall rejects it`,
  'reused-ports': ({ client, server }) => `${client} was already used by an earlier connection to ${server}`,
  'simultaneous-open': ({ client, server, split, bothAnswered }) =>
    split
      ? `${server} answered the SYN of ${client} with a SYN of its own instead of a SYN-ACK (split handshake, RFC 9293, 3.5)`
      : `${client} and ${server} opened the connection at the same time: both sent a SYN${bothAnswered ? " and answered the other's with a SYN-ACK" : ''} (simultaneous open, RFC 9293, 3.5)`,
  'slow-handshake': slow,
  unanswered,
};

function unanswered(facts: ConnectionFacts['unanswered']): string {
  const { client, server } = facts;
  if (facts.kind === 'simultaneous') {
    const plural = (syns: number) => agree(syns, 'SYN', 'SYNs');
    return `neither the ${plural(facts.clientSyns)} of ${client} nor the ${plural(facts.serverSyns)} of ${server} was answered: each passed the capture point and was lost or dropped after it`;
  }
  const { syns, uncomputed } = facts;
  const within = facts.duration > 0 ? ` within ${duration(facts.duration)}` : '';
  const what =
    syns === 1
      ? `${server} did not answer the SYN of ${client}`
      : `${server} answered none of ${syns} SYNs of ${client}${within}`;
  return `${what}: a firewall drops ${agree(syns, 'it', 'them')}, the host is down, ${uncomputed === undefined ? 'or ' : ''}its accept queue is full${uncomputedText(uncomputed)}`;
}

function halfOpen(facts: ConnectionFacts['half-open']): string {
  switch (facts.kind) {
    case 'aborted':
      return `${facts.client} answered the SYN-ACK of ${facts.server} with an RST: it no longer wanted the connection (a port scan, or a process that has exited)`;
    case 'lost': {
      const { client, server, synAcks, clientRepeats, uncomputed } = facts;
      const or = uncomputed === undefined ? 'or ' : '';
      const lost = clientRepeats
        ? `${client} keeps sending SYNs, so the SYN-ACKs are lost on the way to it: a firewall, ${or}the return route`
        : `no ACK of ${client} was captured: it is lost on the way, ${or}the SYN-ACKs are`;
      return `the handshake did not complete: ${server} sent ${count(synAcks, 'SYN-ACK')}, but ${lost}${uncomputedText(uncomputed)}`;
    }
    case 'simultaneous':
      return `the handshake did not complete: after both had sent a SYN, ${facts.ends.map(({ endpoint, synAcks }) => `${endpoint} sent ${count(synAcks, 'SYN-ACK')}`).join(' and ')}, and an ACK is missing: it was lost or dropped on the way`;
  }
}

function uncomputedText(uncomputed: Uncomputed | undefined): string {
  if (uncomputed === undefined) return '';
  const { packets, sender, receiver } = uncomputed;
  return `, or, if this was captured at ${receiver}, ${agree(packets, 'its checksum was', 'their checksums were')} left to offload at ${sender} and never computed, so that ${receiver} drops ${agree(packets, 'the packet', 'the packets')} (TcpInCsumErrors increases there; fix at ${sender}: ethtool -K INTERFACE tx off)`;
}

function slow(facts: ConnectionFacts['slow-handshake']): string {
  if (facts.kind === 'simultaneous') {
    const parts = [
      facts.syns > 1
        ? `its SYN ${times(facts.syns)}: the other side had not opened yet, or SYNs were lost or dropped`
        : '',
      facts.synAcks > 1 ? `its SYN-ACK ${times(facts.synAcks)}: one was lost, or the answer to it` : '',
    ].filter(Boolean);
    return `${facts.endpoint} had to send ${parts.join('; and ')}`;
  }
  const { kind, client, server, times: n } = facts;
  const took =
    facts.took === undefined
      ? 'the handshake took more than one attempt'
      : `the handshake took ${duration(facts.took)}`;
  switch (kind) {
    case 'syn-acks-beyond':
      return `${took}: ${client} had to send ${n} SYNs although ${server} had answered: SYN-ACKs passed the capture point and were lost between there and ${client}, or arrived too late`;
    case 'ack-beyond':
      return `${server} sent its SYN-ACK ${times(n)} although ${client} had acknowledged it: that ACK was lost between the capture point and ${server}, or its accept queue is full`;
    case 'syns':
      return `${took}: ${client} had to send ${n} SYNs until ${server} answered: ${first(n)} lost or dropped on the way, or ${agree(n - 1, 'its answer was', 'their answers were')} before the capture point`;
    case 'syn-acks':
      return `${took}: ${server} had to send ${n} SYN-ACKs until ${client} acknowledged: ${first(n)} lost on the way, or ${agree(n - 1, 'its ACK', 'their ACKs')} before the capture point`;
  }
}

/** Of `n`, all but the last. */
function first(n: number): string {
  return agree(n - 1, 'the first was', 'the first were');
}
