// Findings about how a connection began.
import type { Side } from '../record.ts';
import type { ConnectionFacts, Ends, Uncomputed } from './facts.ts';
import { type Findings, verdictOf } from './finding.ts';
import { icmpFinding } from './icmp.ts';
import { isCapturedTwice } from './loss.ts';

export function openingFindings(findings: Findings): void {
  const { connection } = findings;
  const { client, server, opening, synFrame } = connection;
  const ends = endsOf(findings);
  const answered = icmpFinding(findings);
  if (connection.peerSynFrame !== 0) {
    simultaneous(findings, answered);
  } else if (opening === 'refused') {
    findings.problem({ code: 'refused', facts: { ...ends, simultaneous: false } }, [
      synFrame,
      server.rstFrame,
    ]);
  } else if (opening === 'unanswered' && !answered) {
    const facts = {
      kind: 'client',
      ...ends,
      syns: client.syns,
      duration: client.lastTime - connection.start,
      ...uncomputed(client, server),
    } as const;
    findings.problem({ code: 'unanswered', facts }, [
      synFrame,
      ...verdictOf(client, 'retransmission').frames,
    ]);
  } else if (opening === 'half-open') {
    halfOpen(findings);
  }
  if (opening === 'handshake' && connection.peerSynFrame === 0 && !isCapturedTwice(client, server))
    slow(findings);
  const reused = verdictOf(client, 'reused_ports');
  if (reused.count > 0 && client.packets > client.malformed.count)
    findings.note({ code: 'reused-ports', facts: ends }, reused.frames);
}

function endsOf({ connection: { client, server } }: Findings): Ends {
  return { client: client.endpoint, server: server.endpoint };
}

function halfOpen(findings: Findings): void {
  const { client, server, synFrame, synAckFrame } = findings.connection;
  const ends = endsOf(findings);
  if (client.rstFrame > synAckFrame) {
    const proofs = [synFrame, synAckFrame, client.rstFrame];
    findings.problem({ code: 'half-open', facts: { kind: 'aborted', ...ends } }, proofs);
  } else if (server.syns > 1 || client.syns > 1) {
    const facts = {
      kind: 'lost',
      ...ends,
      synAcks: server.syns,
      clientRepeats: client.syns > 1,
      ...uncomputed(server, client),
    } as const;
    const proofs = [synFrame, synAckFrame, ...verdictOf(server, 'retransmission').frames];
    findings.problem({ code: 'half-open', facts }, proofs);
  }
}

/**
 * One more cause: checksums left to offload are valid only where a network card or the receiver's kernel treats them as
 * computed. A switch in user space forwards them unchanged.
 */
function uncomputed(
  { offloaded, address: sender }: Side,
  { address: receiver }: Side,
): { uncomputed?: Uncomputed } {
  return offloaded === 0 ? {} : { uncomputed: { packets: offloaded, sender, receiver } };
}

/** Both sides sent a SYN without ACK. */
function simultaneous(findings: Findings, answered: boolean): void {
  const { connection } = findings;
  const { client, server, opening, synFrame, peerSynFrame, synAckFrame } = connection;
  const ends = endsOf(findings);
  const sides = [client, server];
  const proofs = [synFrame, peerSynFrame, synAckFrame, ...sides.map((side) => side.lastSynFrame)];
  const bothAnswered = client.counterSynAcks > 0 && server.counterSynAcks > 0;
  // A host that answers a SYN with its own SYN, and the SYN-ACK to that with an ACK, has split the handshake.
  const split = opening === 'handshake' && server.counterSynAcks === 0;
  findings.note({ code: 'simultaneous-open', facts: { ...ends, split, bothAnswered } }, proofs);
  if (isCapturedTwice(client, server)) return;
  if (opening === 'refused') {
    const frames = [synFrame, peerSynFrame, server.rstFrame];
    findings.problem({ code: 'refused', facts: { ...ends, simultaneous: true } }, frames);
  } else if (opening === 'unanswered' && !answered) {
    const [clientSyns, serverSyns] = [synsOf(client), synsOf(server)];
    const facts = { kind: 'simultaneous', ...ends, clientSyns, serverSyns } as const;
    findings.problem({ code: 'unanswered', facts }, proofs);
  } else if (opening === 'half-open' && sides.some((side) => side.syns > 2)) {
    const both = sides.map(({ endpoint, counterSynAcks }) => ({ endpoint, synAcks: counterSynAcks }));
    findings.problem({ code: 'half-open', facts: { kind: 'simultaneous', ends: both } }, proofs);
  }
  if (opening === 'handshake') for (const side of sides) repeatedOpening(findings, side, proofs);
}

/** SYNs without ACK. */
function synsOf({ syns, counterSynAcks }: Side): number {
  return syns - counterSynAcks;
}

/** In a simultaneous open, a side had to send its SYN or SYN-ACK more than once. */
function repeatedOpening(findings: Findings, side: Side, proofs: number[]): void {
  const [syns, synAcks] = [synsOf(side), side.counterSynAcks];
  if (syns <= 1 && synAcks <= 1) return;
  const facts = { kind: 'simultaneous', endpoint: side.endpoint, syns, synAcks } as const;
  findings.problem({ code: 'slow-handshake', facts }, proofs);
}

/** A handshake with repeated packets: which of them was lost, and where? */
function slow(findings: Findings): void {
  const { connection } = findings;
  const { client, server, synFrame, synAckFrame, handshakeFrame } = connection;
  const again = verdictOf(client, 'retransmission').frames.filter((frame) => frame <= client.lastSynFrame);
  const proofs = [synFrame, ...again, synAckFrame, server.lastSynFrame, handshakeFrame];
  const took = connection.handshakeTimed ? { took: connection.synToSynAck + connection.synAckToAck } : {};
  const report = (kind: Exclude<ConnectionFacts['slow-handshake']['kind'], 'simultaneous'>, times: number) =>
    findings.problem(
      { code: 'slow-handshake', facts: { kind, ...endsOf(findings), times, ...took } },
      proofs,
    );
  if (client.syns > 1 && client.lastSynFrame > synAckFrame) report('syn-acks-beyond', client.syns);
  else if (client.syns === 1 && server.syns > 1 && server.lastSynFrame > handshakeFrame)
    report('ack-beyond', server.syns);
  else if (client.syns > 1) report('syns', client.syns);
  else if (server.syns > 1) report('syn-acks', server.syns);
}
