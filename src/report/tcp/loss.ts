// Findings about data that was lost, overtaken or sent in vain.
import { agree, byteSize, count, times } from '../../base/units.ts';
import type { Side } from '../../flow/record.ts';
import { LOSSES } from '../../flow/tally.ts';
import { gaveUp } from './ending.ts';
import { type Findings, share, verdictOf } from './finding.ts';
import { ordinal, regularity } from './regularity.ts';

/** The same data sent again so often after it was acknowledged: the ACKs do not come too late, they do not come. */
const DEAF = 3;
/** Where so many times as many came twice, the rest may have, too. */
const NEARLY_ALL = 10;
/** So large a share of the data sent again in vain is a problem by itself. */
const NEEDLESS = 0.005;
/** Fewer than this are what a sender does to be sure (RFC 8985, 7), but where it had to wait for its timer. */
const SOME = 10;
/** So few overtaken, or a smaller share of the data than this, is no trouble. */
const ONCE = 10;
const RARE = 0.01;
/** A rule that was there for less than this part of the packets (one in so many) is none. */
const A_WHILE = 10;
/** With fewer losses than this a rule is a guess. */
const FEW = 5;
/** Where less than this share of the packets has data, the others are ACKs in between. */
const TURNS = 0.75;
/** Of so many data segments (a share) captured twice, the capture is taken to have all twice. */
const TWICE = 0.3;

export function lossFindings(findings: Findings): void {
  const { client, server } = findings.connection;
  captureOrder(findings, client, server);
  captureOrder(findings, server, client);
  if (twice(findings, client, server)) return;
  for (const [sender, receiver] of [
    [client, server],
    [server, client],
  ] as const) {
    losses(findings, sender, receiver);
    overtaken(findings, sender);
    missed(findings, sender, receiver);
  }
}

/**
 * What is there once, and behind its own ACK, was not sent again: only the order in which it was captured, or put into the
 * file, is wrong.
 */
function captureOrder(findings: Findings, sender: Side, receiver: Side): void {
  const { count: n, frames } = sender.behindAck;
  if (n === 0) return;
  findings.note(
    'capture-order',
    `the capture is out of order: ${count(n, 'segment')} of ${sender.endpoint} ${agree(n, 'stands', 'stand')} in it once, and behind the ACK of ${receiver.endpoint} for ${agree(n, 'it', 'them')}, as where captures with different clocks were merged or several queues were read in turn; times between the two directions are not to be relied on`,
    frames,
  );
}

/** Were the packets of a connection captured at two places? */
export function isCapturedTwice(...sides: Side[]): boolean {
  const seen = sides.reduce((sum, side) => sum + side.duplicateCaptures, 0);
  const data = sides.reduce((sum, side) => sum + side.dataPackets, 0);
  return seen >= 2 && seen >= (TWICE * data) / 2;
}

/** The same packets captured at two places are no retransmissions, whatever they are called. */
function twice(findings: Findings, ...sides: Side[]): boolean {
  if (!isCapturedTwice(...sides)) return false;
  const seen = sides.reduce((sum, side) => sum + side.duplicateCaptures, 0);
  findings.note(
    'captured-twice',
    `${count(seen, 'segment')} were captured twice, as the same packet at two interfaces or in two files that were merged: what Wireshark calls retransmissions and duplicate ACKs here are none`,
    sides.flatMap((side) => verdictOf(side, 'retransmission').frames),
  );
  return true;
}

function losses(findings: Findings, sender: Side, receiver: Side): void {
  const frames = resentFrames(sender);
  const spurious = spuriousOf(sender);
  const quick = verdictOf(sender, 'out_of_order').frames;
  const everyBefore = everyOf(sender, sender.lossesUpstream, sender.fillingPackets);
  const everyBeyond = everyOf(sender, sender.lossesDownstream, sender.repeated);
  const before = sender.fillingPackets - overtakenOf(sender, everyBefore);
  // What the receiver says it got twice was not lost, and of that, what had not been acknowledged yet.
  const doubled = doubledOf(sender);
  // A receiver without room throws away what comes: told as a stall. But a rule's losses are a rule's.
  const crowded = everyBeyond > 0 ? 0 : Math.min(sender.repeatedStalled, sender.repeated - doubled);
  const again = Math.max(0, sender.repeated - doubled - crowded - gone(findings, sender));
  // Receivers tell of one range at a time: where nearly all came twice, the few others prove no loss.
  const unknown = everyBeyond === 0 && doubled >= NEARLY_ALL * again ? again : 0;
  const beyond = again - unknown;
  deaf(findings, sender, receiver);
  if (before > 0) {
    findings.problem(
      'loss-before',
      `${count(before, 'segment')} of ${sender.endpoint} (${share(before, sender.dataPackets)} of its data) never reached the point of capture at first and came again later: lost on the way from ${sender.endpoint}${ruleText(sender, sender.lossesUpstream, everyBefore)}`,
      [...verdictOf(sender, 'lost_segment').frames, ...frames],
    );
  }
  if (beyond > 0) {
    const fins = Math.min(beyond, sender.repeatedFin);
    const what =
      fins === beyond
        ? `the FIN of ${sender.endpoint} had to be sent again${fins === 1 ? '' : `, ${times(fins)},`} though it`
        : `${count(beyond, 'segment')} of ${sender.endpoint} (${share(beyond - fins, Math.max(beyond, sender.dataPackets))} of its data) had to be sent again though ${agree(beyond, 'it', 'they')}`;
    // One that announced less room than it had said before throws away what is on the way to it.
    const crammed = everyBeyond === 0 && sender.repeatedFilled > 0;
    const shrinks = crammed && receiver.shrunk.count > 0;
    const lost = `lost between there and ${receiver.endpoint}, or ${fins === beyond || beyond === 1 ? 'its ACK' : 'their ACKs'} on the way back`;
    const thrown = `thrown away by ${receiver.endpoint}, whose window was full`;
    const reason = shrinks ? `${thrown}, or ${lost}` : crammed ? `${lost}, or ${thrown}` : lost;
    findings.problem(
      'loss-beyond',
      `${what} had passed the point of capture: ${reason}${ruleText(sender, sender.lossesDownstream, everyBeyond)}`,
      [...frames, ...quick].filter((frame) => !spurious.frames.includes(frame)),
    );
  }
  if (crowded > 0) {
    findings.note(
      'no-room',
      `${count(crowded, 'segment')} of ${sender.endpoint} ${agree(crowded, 'was', 'were')} sent again while ${receiver.endpoint} had no room for ${agree(crowded, 'it', 'them')}: thrown away there rather than lost on the way`,
      beyond === 0 ? frames : [],
    );
  }
  const arrived = spurious.count + doubled + sender.spuriousFin + sender.probesLate;
  needless(findings, sender, receiver, arrived, unknown, beyond + before > 0);
}

/**
 * How many segments that filled holes were overtaken. What does so soon was overtaken as a rule; where losses are regular,
 * or most others were lost, it was lost, unless it was surely overtaken. And where nearly all were overtaken, all were.
 */
function overtakenOf({ fillingPackets, reordered, reorderedSurely }: Side, every: number): number {
  const late = fillingPackets - reordered;
  if (every > 0 || late > reordered - reorderedSurely) return reorderedSurely;
  return reorderedSurely < reordered && reordered >= NEARLY_ALL * late ? fillingPackets : reordered;
}

/** The first frames of what was sent again. */
function resentFrames(sender: Side): number[] {
  return verdictOf(sender, 'retransmission').frames.filter(
    (frame) => !sender.behindAck.frames.includes(frame),
  );
}

/** What Wireshark calls a spurious retransmission, but for what is only behind its own ACK. */
function spuriousOf(sender: Side): { count: number; frames: number[] } {
  const { count: n, frames } = verdictOf(sender, 'spurious_retransmission');
  const { behindAck } = sender;
  return {
    count: Math.max(0, n - sender.spuriousByNameOnly),
    frames: frames.filter((frame) => !behindAck.frames.includes(frame)),
  };
}

/** How many of the segments repeated had arrived: as large a share as of their bytes. */
function doubledOf({ repeated, repeatedBytes, dsackBytes, spuriousBytes }: Side): number {
  const share = (dsackBytes - spuriousBytes) / Math.max(1, repeatedBytes);
  return Math.round(repeated * Math.min(1, Math.max(0, share)));
}

/** What a receiver that is gone did not take: told with how the connection ended. */
function gone({ connection }: Findings, sender: Side): number {
  if (sender.unanswered.count === 0) return 0;
  if (connection.closing !== 'timeout' && !gaveUp(sender)) return 0;
  return sender.repeatedUnanswered + sender.repeatedFin;
}

/** Who sends the same again and again though it was acknowledged does not hear the ACKs. */
function deaf(findings: Findings, sender: Side, receiver: Side): void {
  if (sender.acksLost < DEAF) return;
  findings.problem(
    'acks-lost',
    `${sender.endpoint} sent the same data again ${times(sender.acksLost)} though ${receiver.endpoint} had acknowledged it: ACKs pass the point of capture and are lost between there and ${sender.endpoint}, as by a firewall there`,
    [sender.lastRepeated.frame, ...verdictOf(sender, 'spurious_retransmission').frames],
  );
}

/** Data sent again that had arrived. */
function needless(
  findings: Findings,
  sender: Side,
  receiver: Side,
  n: number,
  unknown: number,
  lossy: boolean,
): void {
  if (n === 0) return;
  const spurious = spuriousOf(sender);
  const frames = spurious.count > 0 ? spurious.frames : resentFrames(sender);
  if (sender.acksLost >= DEAF) return;
  const text = `${count(n, 'segment')} of ${sender.endpoint} ${agree(n, 'was', 'were')} sent again though ${receiver.endpoint} had got ${agree(n, 'it', 'them')}: its ACKs were lost or came too late${unknown === 0 ? '' : `; whether ${unknown} more had arrived is not known`}`;
  const stalled = findings.all.some(({ code }) => code === 'stalled');
  const few = n < NEEDLESS * sender.dataPackets || (n < SOME && sender.timeouts === 0);
  if (lossy || stalled || few) findings.note('spurious', text, frames);
  else findings.problem('spurious', text, frames);
}

/** The n of a rule that takes every n-th packet; `count` losses there were, and the places of the first are known. */
function everyOf({ packets }: Side, places: number[], count: number): number {
  const every = regularity(places, packets, places.length < LOSSES);
  return every * count * A_WHILE < packets ? 0 : every;
}

function ruleText({ dataPackets, packets }: Side, places: number[], every: number): string {
  if (every === 0) return '';
  const hits = places.length < FEW ? 'it seems to hit' : 'it hits';
  // Where data and ACKs take turns, those of the rule that fall on ACKs leave no trace.
  const half = every / 2;
  const turns = every > 2 && Number.isInteger(half) && dataPackets < TURNS * packets;
  const or = turns ? `, or every ${ordinal(half)} and the others were ACKs` : '';
  return `; ${hits} every ${ordinal(every)} packet${or}: a rule that drops them (nft, iptables, tc), not congestion`;
}

function overtaken(findings: Findings, sender: Side): void {
  const surely = sender.reorderedSurely;
  const reordered = overtakenOf(sender, everyOf(sender, sender.lossesUpstream, sender.fillingPackets));
  if (reordered === 0) return;
  const reason =
    surely === reordered
      ? 'overtaken on the way (several paths, queues or processors), not lost'
      : 'overtaken on the way (several paths or queues), or lost and sent again within one round trip';
  // Processors that share the work of a veth overtake each other now and then.
  const harmless = reordered < Math.max(ONCE, RARE * sender.dataPackets);
  findings[harmless ? 'note' : 'problem'](
    'reordered',
    `${count(reordered, 'segment')} of ${sender.endpoint} came out of order: ${reason}`,
    verdictOf(sender, 'out_of_order').frames,
  );
}

/** Acknowledged and never seen: the receiver has it, only the capture has not. */
function missed(findings: Findings, sender: Side, receiver: Side): void {
  const unseen = verdictOf(receiver, 'ack_lost_segment');
  const whole = receiver.packets > receiver.malformed.count;
  if (sender.packets === 0 && whole && findings.connection.opening !== 'unanswered') {
    findings.note(
      'one-sided',
      `only packets of ${receiver.endpoint} are in the capture: those of ${sender.endpoint} take another way or were filtered out`,
      [findings.connection.firstFrame],
    );
  } else if (sender.missed.bytes > 0) {
    findings.note(
      'capture-loss',
      `${byteSize(sender.missed.bytes)} of ${sender.endpoint} ${agree(sender.missed.bytes, 'was', 'were')} acknowledged by ${receiver.endpoint} but ${agree(sender.missed.bytes, 'is', 'are')} not in the capture: the capture lost packets, not the network`,
      [...sender.missed.frames, ...unseen.frames],
    );
  }
}
