// Findings about how a connection ended, or hangs.
import { byteSize, count, duration, times } from '../../base/units.ts';
import type { Side } from '../../flow/record.ts';
import { type Findings, verdictOf } from './finding.ts';

/** The same data sent this often without an acknowledgment is stuck, even where the peer still sends. */
const STUCK = 3;
/** Segments this large may be too large for the path. */
const LARGE = 1000;
/** An ICMP error at most this many frames before the last answer is about what follows. */
const NEAR = 3;
/** A silence is reported from this duration on (nanoseconds). */
const SILENCE = 1e9;

/** Did the side reset the connection after a long time without an answer? */
export function gaveUp({ rstFrame, lastFrame, rstWithoutAck, unanswered, lastTime }: Side): boolean {
  return (
    rstFrame !== 0 &&
    rstFrame === lastFrame &&
    !rstWithoutAck &&
    unanswered.count >= STUCK &&
    lastTime - unanswered.since >= SILENCE
  );
}

export function endingFindings(findings: Findings): void {
  const { connection } = findings;
  const { client, server, opening, closing } = connection;
  if (closing === 'reset' && opening !== 'refused' && opening !== 'half-open') {
    for (const [side, peer] of [
      [client, server],
      [server, client],
    ] as const) {
      if (gaveUp(side)) vanished(findings, side, peer);
      else if (side.rstFrame !== 0) reset(findings, side, peer);
    }
  }
  if (closing === 'timeout' && opening !== 'unanswered' && opening !== 'half-open') {
    for (const [side, peer] of [
      [client, server],
      [server, client],
    ] as const) {
      if (side.unanswered.count >= STUCK) vanished(findings, side, peer);
    }
  } else {
    stuck(findings, client, server);
    stuck(findings, server, client);
  }
  if (closing === 'fin' || closing === 'half-closed') {
    closedUnanswered(findings, client, server);
    closedUnanswered(findings, server, client);
  }
  const inOrder = client.behindAck.count + server.behindAck.count === 0;
  if (inOrder && connection.silence.time >= SILENCE && closing !== 'timeout') silence(findings);
}

function reset(findings: Findings, side: Side, peer: Side): void {
  const { rstFrame, finFrame } = side;
  const bothClosed = finFrame !== 0 && peer.finFrame !== 0 && peer.finFrame < rstFrame;
  if (bothClosed && finFrame < rstFrame) {
    findings.note('reset-after-close', `${side.endpoint} sent an RST after both sides had closed: harmless`, [
      finFrame,
      peer.finFrame,
      rstFrame,
    ]);
  } else if (finFrame !== 0 && finFrame < rstFrame) {
    findings.problem(
      'reset',
      `${side.endpoint} reset the connection after it had closed its side: ${peer.endpoint} kept sending to a process that had exited, was killed or had closed the socket`,
      [finFrame, rstFrame],
    );
  } else if (peer.finFrame !== 0 && peer.finFrame < rstFrame) {
    findings.problem(
      'reset',
      `${side.endpoint} reset the connection after ${peer.endpoint} had closed its side: ${reasonOf(side)}`,
      [peer.finFrame, rstFrame],
    );
  } else {
    const pending =
      peer.unanswered.count > 0
        ? ` while ${peer.endpoint} was sending to it (${count(peer.unanswered.count, 'packet')} without an answer)`
        : '';
    findings.problem(
      'reset',
      `${side.endpoint} reset the connection without closing it${pending}: ${reasonOf(side)}`,
      [rstFrame],
    );
  }
}

/** A side that closes first and has sent nothing in answer to the data it received. */
function closedUnanswered(findings: Findings, side: Side, peer: Side): void {
  const first = side.finFrame !== 0 && (peer.finFrame === 0 || side.finFrame < peer.finFrame);
  if (!first || side.dataPackets > 0 || peer.dataPackets === 0) return;
  findings.note(
    'closed-unanswered',
    `${side.endpoint} closed the connection first and sent nothing in answer to the data of ${peer.endpoint}: its process exited or was killed, or it only receives`,
    [peer.firstDataFrame, side.finFrame],
  );
}

/**
 * A socket that is aborted sends an RST with ACK (Linux, BSD). An RST in answer to a segment of an unknown connection has no
 * ACK (RFC 9293, 3.5.2), and neither has that of a firewall rule.
 */
function reasonOf({ rstWithoutAck }: Side): string {
  return rstWithoutAck
    ? 'its host does not know the connection (the process has exited, or the host was restarted), or a firewall rejects the packets'
    : 'its process exited or was killed with unread data, or aborted the connection (SO_LINGER 0)';
}

function vanished(findings: Findings, side: Side, peer: Side): void {
  const { count: asked, frame, since } = side.unanswered;
  const waited = duration(side.lastTime - since);
  const resent = verdictOf(side, 'retransmission').frames;
  const { icmp } = findings.connection;
  const alive = verdictOf(side, 'keep_alive');
  const what = alive.count >= asked - 1 && alive.count > 0 ? 'keep-alives' : 'packets';
  const unanswered = `${asked} ${what} of ${side.endpoint} in ${waited} were not answered${gaveUp(side) ? ', and it gave up and reset the connection' : ''}`;
  const { smallest } = side.unanswered;
  const away = "the peer's host, namespace or link is down, or a firewall drops everything";
  const reason =
    icmp.frame > peer.lastFrame - NEAR && icmp.frame > 0
      ? 'the ICMP error gives the reason'
      : smallest >= LARGE && !side.largestArrived
        ? `all had ${byteSize(smallest)} of data or more, and nothing that large had arrived before: the path does not carry packets of that size (MTU, or a firewall that drops large ones); or ${away}`
        : away;
  findings.problem(
    'vanished',
    `${peer.endpoint} stopped answering${peer.lastFrame > 0 ? ` after frame ${peer.lastFrame}` : ''}: ${unanswered}; ${reason}`,
    [peer.lastFrame, frame, ...resent.filter((known) => known >= frame), side.lastFrame],
  );
}

function stuck(findings: Findings, side: Side, peer: Side): void {
  if (side.lastRepeated.count < STUCK || !side.lastRepeated.pending) return;
  const size =
    side.largest >= LARGE
      ? '; if smaller packets pass, the path does not carry packets of that size (MTU)'
      : '';
  findings.problem(
    'stuck',
    `${side.endpoint} sent the same data ${times(side.lastRepeated.count + 1)} and ${peer.endpoint} never acknowledged it${size}`,
    [side.lastRepeated.frame, ...verdictOf(side, 'retransmission').frames],
  );
}

function silence(findings: Findings): void {
  const { silence: longest, client, server } = findings.connection;
  const waiting = [client, server].some(
    (side) => Math.max(side.closed.longest, side.full.longest) >= longest.time * 0.5,
  );
  if (waiting) return; // reported as a stall
  findings.note('silence', `no packet for ${duration(longest.time)} after frame ${longest.frame}`, [
    longest.frame,
  ]);
}
