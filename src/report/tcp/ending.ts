// Findings about how a connection ended, or hangs.
import { byteSize, count, duration, times } from '../../base/units.ts';
import type { Side } from '../../flow/record.ts';
import { type Findings, verdictOf } from './finding.ts';

/** The same data so often in vain is stuck, though the other side still talks. */
const STUCK = 3;
/** Segments this large may be too large for the path. */
const LARGE = 1000;
/** An ICMP error no further than this many frames before the last answer is about what came after it. */
const NEAR = 3;
/** A silence is worth a word from this time on (nanoseconds). */
const SILENCE = 1e9;

/** Did the side reset the connection after it had asked for long and in vain? */
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
    wordless(findings, client, server);
    wordless(findings, server, client);
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
      `${side.endpoint} reset the connection after it had closed its side: ${peer.endpoint} went on sending to a process that was killed, had ended or had closed the socket`,
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

/** Who closes first and has said nothing to all that was sent to it? */
function wordless(findings: Findings, side: Side, peer: Side): void {
  const first = side.finFrame !== 0 && (peer.finFrame === 0 || side.finFrame < peer.finFrame);
  if (!first || side.dataPackets > 0 || peer.dataPackets === 0) return;
  findings.note(
    'closed-unanswered',
    `${side.endpoint} closed the connection first and without a word to what ${peer.endpoint} had sent: its process ended or was killed, or it is one that only listens`,
    [peer.firstDataFrame, side.finFrame],
  );
}

/**
 * Who is it that resets? A socket that is given up tells the peer with an RST that acknowledges, too (Linux, BSD). What
 * answers a segment that belongs to no connection has no ACK to send (RFC 9293, 3.5.2); so does a firewall's rule.
 */
function reasonOf({ rstWithoutAck }: Side): string {
  return rstWithoutAck
    ? 'its host does not know the connection (any more), as when the process is gone or the host was started again, or a firewall rejects the packets'
    : 'its process was killed or ended with data unread, or gave up the connection (SO_LINGER 0)';
}

function vanished(findings: Findings, side: Side, peer: Side): void {
  const { count: asked, frame, since } = side.unanswered;
  const waited = duration(side.lastTime - since);
  const resent = verdictOf(side, 'retransmission').frames;
  const { icmp } = findings.connection;
  const alive = verdictOf(side, 'keep_alive');
  const what = alive.count >= asked - 1 && alive.count > 0 ? 'keep-alives' : 'packets';
  const inVain = `${asked} ${what} of ${side.endpoint} in ${waited} were in vain${gaveUp(side) ? ', so that it gave up and reset the connection' : ''}`;
  const { smallest } = side.unanswered;
  const away = "the peer's host, namespace or link is gone, or a firewall drops everything";
  const reason =
    icmp.frame > peer.lastFrame - NEAR && icmp.frame > 0
      ? 'the ICMP error says why'
      : smallest >= LARGE && !side.largestArrived
        ? `all had ${byteSize(smallest)} of data or more, and nothing so large arrived before: the path takes no packets of that size (MTU, or a firewall that drops large ones); or ${away}`
        : away;
  findings.problem(
    'vanished',
    `${peer.endpoint} answered no more${peer.lastFrame > 0 ? ` after frame ${peer.lastFrame}` : ''}: ${inVain}; ${reason}`,
    [peer.lastFrame, frame, ...resent.filter((one) => one >= frame), side.lastFrame],
  );
}

function stuck(findings: Findings, side: Side, peer: Side): void {
  if (side.lastRepeated.count < STUCK || !side.lastRepeated.pending) return;
  const size =
    side.largest >= LARGE ? '; if smaller ones pass, the path takes no packets of that size (MTU)' : '';
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
  if (waiting) return; // told as a stall
  findings.note('silence', `nothing was sent for ${duration(longest.time)} after frame ${longest.frame}`, [
    longest.frame,
  ]);
}
