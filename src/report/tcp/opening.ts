// Findings about how a connection began.
import { agree, count, duration, times } from '../../base/units.ts';
import type { Side } from '../../flow/record.ts';
import { type Findings, verdictOf, within } from './finding.ts';
import { icmpFinding } from './icmp.ts';
import { isCapturedTwice } from './loss.ts';

export function openingFindings(findings: Findings): void {
  const { connection } = findings;
  const { client, server, opening, synFrame, synAckFrame } = connection;
  const again = verdictOf(client, 'retransmission').frames;
  const answered = icmpFinding(findings);
  if (connection.peerSynFrame !== 0) {
    simultaneous(findings, answered);
  } else if (opening === 'refused') {
    findings.problem(
      'refused',
      `${server.endpoint} refused the connection of ${client.endpoint} with an RST: nothing listens there, or a firewall rejects it`,
      [synFrame, server.rstFrame],
    );
  } else if (opening === 'unanswered' && !answered) {
    const what =
      client.syns === 1
        ? `${server.endpoint} did not answer the SYN of ${client.endpoint}`
        : `${server.endpoint} answered none of ${client.syns} SYNs of ${client.endpoint}${within(client.lastTime - connection.start)}`;
    const it = agree(client.syns, 'it', 'them');
    const offloaded = client.offloaded > 0;
    findings.problem(
      'unanswered',
      `${what}: a firewall drops ${it}, the host is down, ${offloaded ? '' : 'or '}its accept queue is full${uncomputed(client, server)}`,
      [synFrame, ...again],
    );
  } else if (opening === 'half-open') {
    if (client.rstFrame > synAckFrame) {
      findings.problem(
        'half-open',
        `${client.endpoint} answered the SYN-ACK of ${server.endpoint} with an RST: it no longer wanted the connection (a port scan, or a process that has exited)`,
        [synFrame, synAckFrame, client.rstFrame],
      );
    } else if (server.syns > 1 || client.syns > 1) {
      const lost =
        client.syns > 1
          ? `${client.endpoint} keeps sending SYNs, so the SYN-ACKs are lost on the way to it: a firewall, ${server.offloaded > 0 ? '' : 'or '}the return route${uncomputed(server, client)}`
          : `no ACK of ${client.endpoint} was captured: it is lost on the way, ${server.offloaded > 0 ? '' : 'or '}the SYN-ACKs are${uncomputed(server, client)}`;
      findings.problem(
        'half-open',
        `the handshake did not complete: ${server.endpoint} sent ${count(server.syns, 'SYN-ACK')}, but ${lost}`,
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
      `${client.endpoint} was already used by an earlier connection to ${server.endpoint}`,
      reused.frames,
    );
  }
}

/**
 * One more cause: checksums left to offload are valid only where a network card or the receiver's kernel treats them as
 * computed. A switch in user space forwards them unchanged.
 */
function uncomputed({ offloaded, address: sender }: Side, { address: receiver }: Side): string {
  if (offloaded === 0) return '';
  return `, or, if this was captured at ${receiver}, ${agree(offloaded, 'its checksum was', 'their checksums were')} left to offload at ${sender} and never computed, so that ${receiver} drops ${agree(offloaded, 'the packet', 'the packets')} (TcpInCsumErrors increases there; fix at ${sender}: ethtool -K INTERFACE tx off)`;
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
      : `${client.endpoint} and ${server.endpoint} opened the connection at the same time: both sent a SYN${both ? " and answered the other's with a SYN-ACK" : ''} (simultaneous open, RFC 9293, 3.5)`,
    proofs,
  );
  if (isCapturedTwice(client, server)) return;
  if (opening === 'refused') {
    findings.problem(
      'refused',
      `${server.endpoint} ended the connection with an RST although it had sent a SYN itself: its process gave up, or a firewall rejects it`,
      [synFrame, peerSynFrame, server.rstFrame],
    );
  } else if (opening === 'unanswered' && !answered) {
    findings.problem(
      'unanswered',
      `neither the ${plural(client)} of ${client.endpoint} nor the ${plural(server)} of ${server.endpoint} was answered: each passed the capture point and was lost or dropped after it`,
      proofs,
    );
  } else if (opening === 'half-open' && sides.some((side) => side.syns > 2)) {
    findings.problem(
      'half-open',
      `the handshake did not complete: after both had sent a SYN, ${sides.map((side) => `${side.endpoint} sent ${count(side.counterSynAcks, 'SYN-ACK')}`).join(' and ')}, and an ACK is missing: it was lost or dropped on the way`,
      proofs,
    );
  }
  if (opening === 'handshake') for (const side of sides) repeatedOpening(findings, side, proofs);
}

function plural({ syns, counterSynAcks }: Side): string {
  return agree(syns - counterSynAcks, 'SYN', 'SYNs');
}

/** In a simultaneous open, a side had to send its SYN or SYN-ACK more than once. */
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

/** A handshake with repeated packets: which of them was lost, and where? */
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
      `${took}: ${client.endpoint} had to send ${client.syns} SYNs although ${server.endpoint} had answered: SYN-ACKs passed the capture point and were lost between there and ${client.endpoint}, or arrived too late`,
      proofs,
    );
  } else if (client.syns === 1 && server.syns > 1 && server.lastSynFrame > handshakeFrame) {
    findings.problem(
      'slow-handshake',
      `${server.endpoint} sent its SYN-ACK ${times(server.syns)} although ${client.endpoint} had acknowledged it: that ACK was lost between the capture point and ${server.endpoint}, or its accept queue is full`,
      proofs,
    );
  } else if (client.syns > 1) {
    findings.problem(
      'slow-handshake',
      `${took}: ${client.endpoint} had to send ${client.syns} SYNs until ${server.endpoint} answered: ${first(client.syns)} lost or dropped on the way, or ${agree(client.syns - 1, 'its answer was', 'their answers were')} before the capture point`,
      proofs,
    );
  } else if (server.syns > 1) {
    findings.problem(
      'slow-handshake',
      `${took}: ${server.endpoint} had to send ${server.syns} SYN-ACKs until ${client.endpoint} acknowledged: ${first(server.syns)} lost on the way, or ${agree(server.syns - 1, 'its ACK', 'their ACKs')} before the capture point`,
      proofs,
    );
  }
}

/** Of `n`, all but the last. */
function first(n: number): string {
  return agree(n - 1, 'the first was', 'the first were');
}
