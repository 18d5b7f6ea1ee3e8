// Findings about how a connection ended, or hangs.
import type { Side } from '../record.ts';
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
    const proofs = [finFrame, peer.finFrame, rstFrame];
    findings.note({ code: 'reset-after-close', facts: { endpoint: side.endpoint } }, proofs);
    return;
  }
  const [after, closed] =
    finFrame !== 0 && finFrame < rstFrame
      ? (['own-close', finFrame] as const)
      : peer.finFrame !== 0 && peer.finFrame < rstFrame
        ? (['peer-close', peer.finFrame] as const)
        : (['none', 0] as const);
  const facts = {
    endpoint: side.endpoint,
    peer: peer.endpoint,
    after,
    pending: peer.unanswered.count,
    withoutAck: side.rstWithoutAck,
  };
  findings.problem({ code: 'reset', facts }, [closed, rstFrame]);
}

/** A side that closes first and has sent nothing in answer to the data it received. */
function closedUnanswered(findings: Findings, side: Side, peer: Side): void {
  const first = side.finFrame !== 0 && (peer.finFrame === 0 || side.finFrame < peer.finFrame);
  if (!first || side.dataPackets > 0 || peer.dataPackets === 0) return;
  findings.note({ code: 'closed-unanswered', facts: { endpoint: side.endpoint, peer: peer.endpoint } }, [
    peer.firstDataFrame,
    side.finFrame,
  ]);
}

function vanished(findings: Findings, side: Side, peer: Side): void {
  const { count: asked, frame, since } = side.unanswered;
  const resent = verdictOf(side, 'retransmission').frames;
  const { icmp } = findings.connection;
  const alive = verdictOf(side, 'keep_alive');
  const { smallest } = side.unanswered;
  const reason =
    icmp.frame > peer.lastFrame - NEAR && icmp.frame > 0
      ? 'icmp'
      : smallest >= LARGE && !side.largestArrived
        ? 'large'
        : 'unknown';
  const facts = {
    peer: peer.endpoint,
    endpoint: side.endpoint,
    packets: asked,
    keepAlives: alive.count >= asked - 1 && alive.count > 0,
    duration: side.lastTime - since,
    gaveUp: gaveUp(side),
    ...(peer.lastFrame > 0 ? { afterFrame: peer.lastFrame } : {}),
    reason,
    ...(reason === 'large' ? { smallest } : {}),
  } as const;
  const proofs = [peer.lastFrame, frame, ...resent.filter((known) => known >= frame), side.lastFrame];
  findings.problem({ code: 'vanished', facts }, proofs);
}

function stuck(findings: Findings, side: Side, peer: Side): void {
  if (side.lastRepeated.count < STUCK || !side.lastRepeated.pending) return;
  const facts = {
    endpoint: side.endpoint,
    peer: peer.endpoint,
    times: side.lastRepeated.count + 1,
    large: side.largest >= LARGE,
  };
  const proofs = [side.lastRepeated.frame, ...verdictOf(side, 'retransmission').frames];
  findings.problem({ code: 'stuck', facts }, proofs);
}

function silence(findings: Findings): void {
  const { silence: longest, client, server } = findings.connection;
  const waiting = [client, server].some(
    (side) => Math.max(side.closed.longest, side.full.longest) >= longest.time * 0.5,
  );
  if (waiting) return; // reported as a stall
  const facts = { duration: longest.time, afterFrame: longest.frame };
  findings.note({ code: 'silence', facts }, [longest.frame]);
}
