// Findings about how a connection began.
import { icmpErrorText } from '../../base/icmp-error.ts';
import { agree, count, duration, times } from '../../base/units.ts';
import type { Side } from '../../flow/record.ts';
import { type Findings, verdictOf, within } from './finding.ts';
import { isCapturedTwice } from './loss.ts';

export function openingFindings(findings: Findings): void {
  const { connection } = findings;
  const { client, server, opening, synFrame, synAckFrame } = connection;
  const again = verdictOf(client, 'retransmission').frames;
  const answered = icmp(findings);
  if (connection.peerSynFrame !== 0) {
    simultaneous(findings, answered);
  } else if (opening === 'refused') {
    findings.problem(
      'refused',
      `${server.endpoint} refused the connection of ${client.endpoint} with an RST: nobody listens there, or a firewall rejects it`,
      [synFrame, server.rstFrame],
    );
  } else if (opening === 'unanswered' && !answered) {
    const what =
      client.syns === 1
        ? `${server.endpoint} has not answered the SYN of ${client.endpoint}`
        : `${server.endpoint} answered none of ${client.syns} SYNs of ${client.endpoint}${within(client.lastTime - connection.start)}`;
    const it = agree(client.syns, 'it', 'them');
    const offloaded = client.offloaded > 0;
    findings.problem(
      'unanswered',
      `${what}: a firewall drops ${it}, the host is away, ${offloaded ? '' : 'or '}its queue of connections to accept is full${uncomputed(client, server)}`,
      [synFrame, ...again],
    );
  } else if (opening === 'half-open') {
    if (client.rstFrame > synAckFrame) {
      findings.problem(
        'half-open',
        `${client.endpoint} answered the SYN-ACK of ${server.endpoint} with an RST: it did not want the connection (a port scan, or a process that is gone)`,
        [synFrame, synAckFrame, client.rstFrame],
      );
    } else if (server.syns > 1 || client.syns > 1) {
      const lost =
        client.syns > 1
          ? `${client.endpoint} goes on asking, so SYN-ACKs are lost on the way to it: a firewall, ${server.offloaded > 0 ? '' : 'or '}the route back${uncomputed(server, client)}`
          : `no ACK of ${client.endpoint} comes back: it is lost on the way, ${server.offloaded > 0 ? '' : 'or '}SYN-ACKs are${uncomputed(server, client)}`;
      findings.problem(
        'half-open',
        `the handshake was not completed: ${server.endpoint} sent ${count(server.syns, 'SYN-ACK')}, but ${lost}`,
        [synFrame, synAckFrame, ...verdictOf(server, 'retransmission').frames],
      );
    }
  }
  if (opening === 'handshake' && connection.peerSynFrame === 0 && !isCapturedTwice(client, server))
    slow(findings);
  const reused = verdictOf(client, 'reused_ports');
  if (reused.count > 0 && client.packets > client.malformed.count) {
    findings.note(
      'reused-ports',
      `${client.endpoint} was used for an earlier connection to ${server.endpoint}, too`,
      reused.frames,
    );
  }
}

/**
 * The end of a list of causes: where the checksums of what nobody answers were left to offload, a network card or the
 * kernel of the receiver has to take them for computed. A switch in user space passes them on as they are.
 */
function uncomputed({ offloaded, address: sender }: Side, { address: receiver }: Side): string {
  if (offloaded === 0) return '';
  return `, or, if this was captured at ${receiver}, ${agree(offloaded, 'its checksum was', 'their checksums were')} left to offload at ${sender} and nothing on the way computed ${agree(offloaded, 'it', 'them')}, so that ${receiver} drops ${agree(offloaded, 'the packet', 'the packets')} (TcpInCsumErrors rises there; at ${sender}: ethtool -K INTERFACE tx off)`;
}

/** Both sides sent a SYN without ACK. */
function simultaneous(findings: Findings, answered: boolean): void {
  const { connection } = findings;
  const { client, server, opening, synFrame, peerSynFrame, synAckFrame } = connection;
  const sides = [client, server];
  const proofs = [synFrame, peerSynFrame, synAckFrame, ...sides.map((side) => side.lastSynFrame)];
  const both = client.counterSynAcks > 0 && server.counterSynAcks > 0;
  // Who answers a SYN with one of its own, and the SYN-ACK to that with an ACK, has split the handshake.
  const split = opening === 'handshake' && server.counterSynAcks === 0;
  findings.note(
    'simultaneous-open',
    split
      ? `${server.endpoint} answered the SYN of ${client.endpoint} with a SYN of its own instead of a SYN-ACK (split handshake, RFC 9293, 3.5)`
      : `${client.endpoint} and ${server.endpoint} opened the connection at the same time: both sent a SYN${both ? ' and answered that of the other with a SYN-ACK' : ''} (simultaneous open, RFC 9293, 3.5)`,
    proofs,
  );
  if (isCapturedTwice(client, server)) return;
  if (opening === 'refused') {
    findings.problem(
      'refused',
      `${server.endpoint} ended the connection with an RST though it had sent a SYN itself: its process gave up, or a firewall rejects it`,
      [synFrame, peerSynFrame, server.rstFrame],
    );
  } else if (opening === 'unanswered' && !answered) {
    findings.problem(
      'unanswered',
      `neither the ${plural(client)} of ${client.endpoint} nor the ${plural(server)} of ${server.endpoint} was answered: each has passed the point of capture and was lost or dropped behind it`,
      proofs,
    );
  } else if (opening === 'half-open' && sides.some((side) => side.syns > 2)) {
    findings.problem(
      'half-open',
      `the handshake was not completed: after both had sent a SYN, ${sides.map((side) => `${side.endpoint} sent ${count(side.counterSynAcks, 'SYN-ACK')}`).join(' and ')}, and an ACK is missing: lost or dropped on the way`,
      proofs,
    );
  }
  if (opening === 'handshake') for (const side of sides) repeatedOpening(findings, side, proofs);
}

function plural({ syns, counterSynAcks }: Side): string {
  return agree(syns - counterSynAcks, 'SYN', 'SYNs');
}

/** One of two that open at the same time had to send something more than once. */
function repeatedOpening(findings: Findings, side: Side, proofs: number[]): void {
  const syns = side.syns - side.counterSynAcks;
  const parts = [
    syns > 1 ? `its SYN ${times(syns)}: the other side had not opened yet, or SYNs were lost or dropped` : '',
    side.counterSynAcks > 1
      ? `its SYN-ACK ${times(side.counterSynAcks)}: one was lost, or the answer to it`
      : '',
  ].filter(Boolean);
  if (parts.length === 0) return;
  findings.problem('slow-handshake', `${side.endpoint} had to send ${parts.join('; and ')}`, proofs);
}

/** A handshake that took more than one packet of a kind: which of them was lost, and where? */
function slow(findings: Findings): void {
  const { connection } = findings;
  const { client, server, synFrame, synAckFrame, handshakeFrame } = connection;
  const took = connection.handshakeTimed
    ? `the handshake took ${duration(connection.synToSynAck + connection.synAckToAck)}`
    : 'the handshake took more than one attempt';
  const again = verdictOf(client, 'retransmission').frames.filter((frame) => frame <= client.lastSynFrame);
  const proofs = [synFrame, ...again, synAckFrame, server.lastSynFrame, handshakeFrame];
  if (client.syns > 1 && client.lastSynFrame > synAckFrame) {
    findings.problem(
      'slow-handshake',
      `${took}: ${client.endpoint} had to send ${client.syns} SYNs though ${server.endpoint} had answered: SYN-ACKs passed the point of capture and were lost between there and ${client.endpoint}, or came too late`,
      proofs,
    );
  } else if (client.syns === 1 && server.syns > 1 && server.lastSynFrame > handshakeFrame) {
    findings.problem(
      'slow-handshake',
      `${server.endpoint} sent its SYN-ACK ${times(server.syns)} though ${client.endpoint} had acknowledged it: that ACK was lost between the point of capture and ${server.endpoint}, or its queue of connections to accept is full`,
      proofs,
    );
  } else if (client.syns > 1) {
    findings.problem(
      'slow-handshake',
      `${took}: ${client.endpoint} had to send ${client.syns} SYNs until ${server.endpoint} answered: ${first(client.syns)} lost or dropped on the way, or ${agree(client.syns - 1, 'its answer was', 'their answers were')} before the point of capture`,
      proofs,
    );
  } else if (server.syns > 1) {
    findings.problem(
      'slow-handshake',
      `${took}: ${server.endpoint} had to send ${server.syns} SYN-ACKs until ${client.endpoint} acknowledged: ${first(server.syns)} lost on the way, or ${agree(server.syns - 1, 'its ACK', 'their ACKs')} before the point of capture`,
      proofs,
    );
  }
}

/** Of `n`, all but the last. */
function first(n: number): string {
  return agree(n - 1, 'the first was', 'the first were');
}

/** What an ICMP error says about it. True where that explains a missing answer. */
function icmp(findings: Findings): boolean {
  const { client, server, icmp: error, opening, synFrame } = findings.connection;
  if (error.frame === 0) return false;
  const words = icmpErrorText(error.version as 4 | 6, error.type, error.code);
  const tooBig = error.version === 4 ? error.type === 3 && error.code === 4 : error.type === 2;
  if (tooBig) {
    findings.problem(
      'mtu',
      `packets between ${client.endpoint} and ${server.endpoint} are larger than a link on the way takes (ICMP: ${words})`,
      [error.frame],
    );
    return false;
  }
  const rejected = opening === 'unanswered';
  findings.problem(
    rejected ? 'rejected' : 'icmp',
    rejected
      ? `the connection of ${client.endpoint} to ${server.endpoint} was rejected with an ICMP error, ${words}: ${reason(words)}`
      : `an ICMP error says of packets between ${client.endpoint} and ${server.endpoint}: ${words}: ${reason(words)}`,
    [synFrame, error.frame],
  );
  return rejected;
}

function reason(words: string): string {
  if (/port|prohibited|policy/.test(words)) return 'a firewall rule rejects it';
  if (/host|address/.test(words)) return 'the last router gets no answer from the host (no neighbour entry)';
  return 'a router has no way there';
}
