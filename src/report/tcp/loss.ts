// Findings about data that was lost, overtaken or sent in vain.
import { byteSize, count } from '../../base/units.ts';
import type { Side } from '../../flow/record.ts';
import { LOSSES } from '../../flow/tally.ts';
import { type Findings, share, verdictOf } from './finding.ts';

/** Losses at a regular distance need so many to be told from chance. */
const REGULAR = 3;
/** And so large a share of all has to lie at that distance. */
const IN_STEP = 0.75;
/** The shortest and the longest distance that counts as one. */
const SHORTEST = 2;
const LONGEST = 100_000;
/** Of so many data segments (a share) captured twice, the capture is taken to have all twice. */
const TWICE = 0.3;

export function lossFindings(findings: Findings): void {
  const { client, server } = findings.connection;
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

/** The same packets captured at two places are no retransmissions, whatever they are called. */
function twice(findings: Findings, ...sides: Side[]): boolean {
  const seen = sides.reduce((sum, side) => sum + side.twice, 0);
  const data = sides.reduce((sum, side) => sum + side.dataPackets, 0);
  if (seen < 2 || seen < (TWICE * data) / 2) return false;
  findings.note(
    'captured-twice',
    `${count(seen, 'segment')} were captured twice, as the same packet at two interfaces: what Wireshark calls retransmissions and duplicate ACKs here are none`,
    sides.flatMap((side) => verdictOf(side, 'retransmission').frames),
  );
  return true;
}

function losses(findings: Findings, sender: Side, receiver: Side): void {
  const { frames } = verdictOf(sender, 'retransmission');
  const spurious = verdictOf(sender, 'spurious_retransmission');
  const quick = verdictOf(sender, 'out_of_order').frames;
  const regular = regularity(sender);
  // What fills a hole soon was overtaken as a rule; where losses are regular it was lost.
  const before = sender.fillingPackets - (regular === '' ? sender.overtaken : 0);
  // A receiver without room throws away what comes: told as a stall.
  const crowded = sender.repeatedStalled;
  // So does one that is gone: told with how it ended.
  const gone =
    findings.connection.closing === 'timeout' && sender.unanswered.count > 0 ? sender.stuck.count : 0;
  const beyond = Math.max(0, sender.repeated - crowded - gone);
  if (before > 0) {
    findings.problem(
      'loss-before',
      `${count(before, 'segment')} of ${sender.endpoint} (${share(before, sender.dataPackets)} of its data) never reached the point of capture at first and came again later: lost on the way from ${sender.endpoint}${regular}`,
      [...verdictOf(sender, 'lost_segment').frames, ...frames],
    );
  }
  if (beyond > 0) {
    findings.problem(
      'loss-beyond',
      `${count(beyond, 'segment')} of ${sender.endpoint} (${share(beyond, Math.max(beyond, sender.dataPackets))} of its data) had to be sent again though they had passed the point of capture: lost between there and ${receiver.endpoint}, or their ACKs on the way back${before > 0 ? '' : regular}`,
      [...frames, ...quick].filter((frame) => !spurious.frames.includes(frame)),
    );
  }
  if (crowded > 0) {
    findings.note(
      'no-room',
      `${count(crowded, 'segment')} of ${sender.endpoint} ${crowded === 1 ? 'was' : 'were'} sent again while ${receiver.endpoint} had no room for ${crowded === 1 ? 'it' : 'them'}: no loss on the way`,
      beyond === 0 ? frames : [],
    );
  }
  if (spurious.count > 0) {
    const needless = `${count(spurious.count, 'segment')} of ${sender.endpoint} ${spurious.count === 1 ? 'was' : 'were'} sent again though ${receiver.endpoint} had acknowledged ${spurious.count === 1 ? 'it' : 'them'}: its ACKs were lost or came too late`;
    if (beyond + before > 0) findings.note('spurious', needless, spurious.frames);
    else findings.problem('spurious', needless, spurious.frames);
  }
}

/**
 * Where losses come at one distance, counted in packets of the sender, they are no accident. Congestion takes several in
 * a row and leaves others alone; a rule takes every n-th, and chance may add some in between.
 */
function regularity({ losses, packets }: Side): string {
  const sorted = [...new Set(losses)].sort((a, b) => a - b);
  const every = commonest(distances(sorted));
  if (every < SHORTEST || every > LONGEST) return '';
  const phase = commonest(sorted.map((place) => place % every));
  const inStep = sorted.filter((place) => place % every === phase);
  const next = distances(inStep).filter((one) => one === every).length;
  if (inStep.length < REGULAR || inStep.length < IN_STEP * sorted.length) return '';
  if (next * 2 < inStep.length - 1) return '';
  // Few losses among many packets are no rule's, or its that was there for a while only.
  if (losses.length < LOSSES && every * sorted.length * 2 < packets) return '';
  return `; it hits every ${every}${ordinal(every)} packet: a rule that drops them (nft, iptables, tc), not congestion`;
}

function distances(sorted: number[]): number[] {
  return sorted.slice(1).map((place, i) => place - sorted[i]!);
}

/** The number that is there most often; of several, the first. 0 if there is none. */
function commonest(numbers: number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  let found = 0;
  for (const [number, count] of counts) if (count > (counts.get(found) ?? 0)) found = number;
  return found;
}

function ordinal(n: number): string {
  if (n % 100 >= 11 && n % 100 <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][n % 10] ?? 'th';
}

function overtaken(findings: Findings, sender: Side): void {
  const { overtaken: reordered } = sender;
  if (reordered === 0 || regularity(sender) !== '') return;
  const { frames } = verdictOf(sender, 'out_of_order');
  findings.problem(
    'reordered',
    `${count(reordered, 'segment')} of ${sender.endpoint} came out of order: overtaken on the way (several paths or queues), or lost and sent again within one round trip`,
    frames,
  );
}

/** Acknowledged and never seen: the receiver has it, only the capture has not. */
function missed(findings: Findings, sender: Side, receiver: Side): void {
  const unseen = verdictOf(receiver, 'ack_lost_segment');
  if (sender.packets === 0 && findings.connection.opening !== 'unanswered') {
    findings.note(
      'one-sided',
      `only packets of ${receiver.endpoint} are in the capture: those of ${sender.endpoint} take another way or were filtered out`,
      [findings.connection.firstFrame],
    );
  } else if (sender.missed.bytes > 0) {
    findings.note(
      'capture-loss',
      `${byteSize(sender.missed.bytes)} of ${sender.endpoint} were acknowledged by ${receiver.endpoint} but are not in the capture: the capture lost packets, not the network`,
      [...sender.missed.frames, ...unseen.frames],
    );
  }
}
