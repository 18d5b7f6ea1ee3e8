// Findings about data that was lost, reordered or sent again needlessly.
import type { Side } from '../record.ts';
import { LOSSES } from '../tally.ts';
import { gaveUp } from './ending.ts';
import type { DropRule } from './facts.ts';
import { type Findings, verdictOf } from './finding.ts';
import { regularity } from './regularity.ts';

/** Data sent again this often in a row after it was acknowledged: the ACKs are not late, they are lost. */
const ACKS_LOST = 3;
/** Where this many times as many segments were duplicates, the rest may be as well. */
const NEARLY_ALL = 10;
/** From this share of the data on, needless retransmissions are a problem by themselves. */
const NEEDLESS = 0.005;
/** Fewer than this may be tail loss probes (RFC 8985, 7), unless the sender waited for its timer. */
const FEW_NEEDLESS = 10;
/** Fewer reordered segments than this, or a smaller share of the data, are only a note. */
const FEW_REORDERED = 10;
const REORDERED_SHARE = 0.01;
/** A pattern that covers less than one in this many packets is not a rule. */
const COVERAGE = 10;
/** With fewer losses than this the rule is only probable. */
const FEW = 5;
/** Where less than this share of the packets has data, ACKs alternate with it. */
const DATA_SHARE = 0.75;
/** From this share of the data segments on, the capture is assumed to have every packet twice. */
const DUPLICATE_SHARE = 0.3;

export function lossFindings(findings: Findings): void {
  const { client, server } = findings.connection;
  captureOrder(findings, client, server);
  captureOrder(findings, server, client);
  if (capturedTwice(findings, client, server)) return;
  for (const [sender, receiver] of [
    [client, server],
    [server, client],
  ] as const) {
    losses(findings, sender, receiver);
    reordered(findings, sender);
    missed(findings, sender, receiver);
  }
}

/**
 * Data that occurs once, after its own ACK, was not sent again: only the order in which it was captured or written to the
 * file is wrong.
 */
function captureOrder(findings: Findings, sender: Side, receiver: Side): void {
  const { count: n, frames } = sender.behindAck;
  if (n === 0) return;
  findings.note({ code: 'capture-order', facts: { ...direction(sender, receiver), segments: n } }, frames);
}

/** Were the packets of a connection captured at two points? */
export function isCapturedTwice(...sides: Side[]): boolean {
  const seen = sides.reduce((sum, side) => sum + side.duplicateCaptures, 0);
  const data = sides.reduce((sum, side) => sum + side.dataPackets, 0);
  return seen >= 2 && seen >= (DUPLICATE_SHARE * data) / 2;
}

/** Packets captured at two points are not retransmissions, though Wireshark calls them that. */
function capturedTwice(findings: Findings, ...sides: Side[]): boolean {
  if (!isCapturedTwice(...sides)) return false;
  const seen = sides.reduce((sum, side) => sum + side.duplicateCaptures, 0);
  findings.note(
    { code: 'captured-twice', facts: { segments: seen } },
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
  const before = sender.fillingPackets - reorderedOf(sender, everyBefore);
  // Duplicates that the receiver reports (D-SACK) were not lost.
  const duplicates = duplicatesOf(sender);
  // A receiver without room discards what arrives, which is reported as a stall, unless the losses follow a rule.
  const crowded = everyBeyond > 0 ? 0 : Math.min(sender.repeatedStalled, sender.repeated - duplicates);
  const again = Math.max(0, sender.repeated - duplicates - crowded - sentToVanished(findings, sender));
  // D-SACK reports one block at a time: where nearly all were duplicates, the few others do not prove a loss.
  const unknown = everyBeyond === 0 && duplicates >= NEARLY_ALL * again ? again : 0;
  const beyond = again - unknown;
  acksLost(findings, sender, receiver);
  if (before > 0) {
    const facts = {
      sender: sender.endpoint,
      segments: before,
      of: sender.dataPackets,
      ...ruleOf(sender, sender.lossesUpstream, everyBefore),
    };
    findings.problem({ code: 'loss-before', facts }, [
      ...verdictOf(sender, 'lost_segment').frames,
      ...frames,
    ]);
  }
  if (beyond > 0) {
    const fins = Math.min(beyond, sender.repeatedFin);
    // A receiver that shrinks its window discards what is in flight.
    const full = everyBeyond === 0 && sender.repeatedFilled > 0;
    const facts = {
      ...direction(sender, receiver),
      segments: beyond,
      fins,
      of: Math.max(beyond, sender.dataPackets),
      window: !full ? 'open' : receiver.shrunk.count > 0 ? 'shrunk' : 'full',
      ...ruleOf(sender, sender.lossesDownstream, everyBeyond),
    } as const;
    findings.problem(
      { code: 'loss-beyond', facts },
      [...frames, ...quick].filter((frame) => !spurious.frames.includes(frame)),
    );
  }
  if (crowded > 0) {
    const facts = { ...direction(sender, receiver), segments: crowded };
    findings.note({ code: 'no-room', facts }, beyond === 0 ? frames : []);
  }
  const arrived = spurious.count + duplicates + sender.spuriousFin + sender.probesLate;
  needless(findings, sender, receiver, arrived, unknown, beyond + before > 0);
}

/**
 * How many segments that filled holes were reordered. Those that come soon usually were; where losses are regular, or most
 * others were lost, only those count that surely were. Where nearly all were reordered, all were.
 */
function reorderedOf({ fillingPackets, reordered, reorderedSurely }: Side, every: number): number {
  const late = fillingPackets - reordered;
  if (every > 0 || late > reordered - reorderedSurely) return reorderedSurely;
  return reorderedSurely < reordered && reordered >= NEARLY_ALL * late ? fillingPackets : reordered;
}

/** The first frames that were sent again. */
function resentFrames(sender: Side): number[] {
  return verdictOf(sender, 'retransmission').frames.filter(
    (frame) => !sender.behindAck.frames.includes(frame),
  );
}

/** What Wireshark calls spurious retransmissions, without segments that only follow their own ACK. */
function spuriousOf(sender: Side): { count: number; frames: number[] } {
  const { count: n, frames } = verdictOf(sender, 'spurious_retransmission');
  const { behindAck } = sender;
  return {
    count: Math.max(0, n - sender.spuriousByNameOnly),
    frames: frames.filter((frame) => !behindAck.frames.includes(frame)),
  };
}

/** How many of the repeated segments had arrived: the same share as of their bytes. */
function duplicatesOf({ repeated, repeatedBytes, dsackBytes, spuriousBytes }: Side): number {
  const share = (dsackBytes - spuriousBytes) / Math.max(1, repeatedBytes);
  return Math.round(repeated * Math.min(1, Math.max(0, share)));
}

/** Segments that a vanished receiver did not acknowledge: reported with how the connection ended. */
function sentToVanished({ connection }: Findings, sender: Side): number {
  if (sender.unanswered.count === 0) return 0;
  if (connection.closing !== 'timeout' && !gaveUp(sender)) return 0;
  return sender.repeatedUnanswered + sender.repeatedFin;
}

/** A sender that repeats acknowledged data again and again does not receive the ACKs. */
function acksLost(findings: Findings, sender: Side, receiver: Side): void {
  if (sender.acksLost < ACKS_LOST) return;
  const facts = { ...direction(sender, receiver), times: sender.acksLost };
  const proofs = [sender.lastRepeated.frame, ...verdictOf(sender, 'spurious_retransmission').frames];
  findings.problem({ code: 'acks-lost', facts }, proofs);
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
  if (sender.acksLost >= ACKS_LOST) return;
  const facts = { ...direction(sender, receiver), segments: n, unknown };
  const stalled = findings.all.some(({ code }) => code === 'stalled');
  const few = n < NEEDLESS * sender.dataPackets || (n < FEW_NEEDLESS && sender.timeouts === 0);
  findings.add(lossy || stalled || few ? 'note' : 'problem', { code: 'spurious', facts }, frames);
}

/** The n of a rule that drops every n-th packet, from `count` losses, of which the places of the first are known. */
function everyOf({ packets }: Side, places: number[], count: number): number {
  const every = regularity(places, packets, places.length < LOSSES);
  return every * count * COVERAGE < packets ? 0 : every;
}

function ruleOf({ dataPackets, packets }: Side, places: number[], every: number): { rule?: DropRule } {
  if (every === 0) return {};
  // Where data and ACKs alternate, the ACKs that the rule drops leave no trace.
  const alternates = every > 2 && every % 2 === 0 && dataPackets < DATA_SHARE * packets;
  return { rule: { every, certain: places.length >= FEW, alternates } };
}

function direction(sender: Side, receiver: Side): { sender: string; receiver: string } {
  return { sender: sender.endpoint, receiver: receiver.endpoint };
}

function reordered(findings: Findings, sender: Side): void {
  const surely = sender.reorderedSurely;
  const n = reorderedOf(sender, everyOf(sender, sender.lossesUpstream, sender.fillingPackets));
  if (n === 0) return;
  // Processors that share the work of a veth reorder a few packets now and then.
  const harmless = n < Math.max(FEW_REORDERED, REORDERED_SHARE * sender.dataPackets);
  const facts = { sender: sender.endpoint, segments: n, certain: surely === n };
  const { frames } = verdictOf(sender, 'out_of_order');
  findings.add(harmless ? 'note' : 'problem', { code: 'reordered', facts }, frames);
}

/** Data that was acknowledged and never captured: the receiver has it, the capture does not. */
function missed(findings: Findings, sender: Side, receiver: Side): void {
  const unseen = verdictOf(receiver, 'ack_lost_segment');
  const whole = receiver.packets > receiver.malformed.count;
  if (sender.packets === 0 && whole && findings.connection.opening !== 'unanswered') {
    const facts = { captured: receiver.endpoint, missing: sender.endpoint };
    findings.note({ code: 'one-sided', facts }, [findings.connection.firstFrame]);
  } else if (sender.missed.bytes > 0) {
    const facts = { ...direction(sender, receiver), bytes: sender.missed.bytes };
    findings.note({ code: 'capture-loss', facts }, [...sender.missed.frames, ...unseen.frames]);
  }
}
