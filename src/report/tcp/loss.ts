// Findings about data that was lost, reordered or sent again needlessly, in words.
import { agree, byteSize, count, times } from '../../base/units.ts';
import type { ConnectionFacts, DropRule } from '../../flow/findings/facts.ts';
import type { Sentences } from './sentence.ts';

export const LOSS: Sentences<
  | 'acks-lost'
  | 'capture-loss'
  | 'capture-order'
  | 'captured-twice'
  | 'loss-before'
  | 'loss-beyond'
  | 'no-room'
  | 'one-sided'
  | 'reordered'
  | 'spurious'
> = {
  'acks-lost': ({ sender, receiver, times: n }) =>
    `${sender} sent the same data again ${times(n)} although ${receiver} had acknowledged it: ACKs pass the capture point and are lost between there and ${sender}, for example by a firewall`,
  'capture-loss': ({ sender, receiver, bytes }) =>
    `${byteSize(bytes)} of ${sender} ${agree(bytes, 'was', 'were')} acknowledged by ${receiver} but ${agree(bytes, 'is', 'are')} not in the capture: the capture lost packets, not the network`,
  'capture-order': ({ sender, receiver, segments: n }) =>
    `the capture is out of order: ${count(n, 'segment')} of ${sender} ${agree(n, 'occurs', 'occur')} only once, after the ACK of ${receiver} for ${agree(n, 'it', 'them')}, as when captures with different clocks are merged or several queues are read in turn; times between the two directions are unreliable`,
  'captured-twice': ({ segments }) =>
    `${count(segments, 'segment')} were captured twice, at two interfaces or in two files that were merged: what Wireshark calls retransmissions and duplicate ACKs here are neither`,
  'loss-before': ({ sender, segments, of, rule }) =>
    `${count(segments, 'segment')} of ${sender} (${share(segments, of)} of its data) did not reach the capture point at first and were sent again: lost upstream, between ${sender} and the capture point${ruleText(rule)}`,
  'loss-beyond': lossBeyond,
  'no-room': ({ sender, receiver, segments: n }) =>
    `${count(n, 'segment')} of ${sender} ${agree(n, 'was', 'were')} sent again while ${receiver} had no room for ${agree(n, 'it', 'them')}: discarded there, not lost on the way`,
  'one-sided': ({ captured, missing }) =>
    `the capture has only packets of ${captured}: those of ${missing} take another path or were filtered out`,
  reordered: ({ sender, segments, certain }) =>
    `${count(segments, 'segment')} of ${sender} arrived out of order: ${certain ? 'reordered on the way (several paths, queues or processors), not lost' : 'reordered on the way (several paths or queues), or lost and sent again within one round trip'}`,
  spurious: ({ sender, receiver, segments: n, unknown }) =>
    `${count(n, 'segment')} of ${sender} ${agree(n, 'was', 'were')} sent again although ${receiver} had received ${agree(n, 'it', 'them')}: its ACKs were lost or arrived too late${unknown === 0 ? '' : `; whether ${unknown} more had arrived is unknown`}`,
};

function lossBeyond(facts: ConnectionFacts['loss-beyond']): string {
  const { sender, receiver, segments, fins, of, window, rule } = facts;
  const onlyFins = fins === segments;
  const what = onlyFins
    ? `the FIN of ${sender} had to be sent again${fins === 1 ? '' : ` ${times(fins)}`} although it`
    : `${count(segments, 'segment')} of ${sender} (${share(segments - fins, of)} of its data) had to be sent again although ${agree(segments, 'it', 'they')}`;
  const lost = `lost downstream, between there and ${receiver}, or ${onlyFins || segments === 1 ? 'its ACK' : 'their ACKs'} on the way back`;
  const discarded = `discarded by ${receiver}, whose window was full`;
  const reason = {
    open: lost,
    full: `${lost}, or ${discarded}`,
    shrunk: `${discarded}, or ${lost}`,
  }[window];
  return `${what} had passed the capture point: ${reason}${ruleText(rule)}`;
}

function ruleText(rule: DropRule | undefined): string {
  if (rule === undefined) return '';
  const { every, certain, alternates } = rule;
  const or = alternates ? `, or every ${ordinal(every / 2)} and the others were ACKs` : '';
  return `; it ${certain ? 'hits' : 'seems to hit'} every ${ordinal(every)} packet${or}: a rule that drops them (nft, iptables, tc), not congestion`;
}

/** `10 %`, `0.3 %`. */
function share(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  return `${percent >= 10 ? percent.toFixed(0) : percent.toFixed(percent >= 1 ? 1 : 2)} %`;
}

/** `1st`, `2nd`, `11th`. */
export function ordinal(n: number): string {
  if (n % 100 >= 11 && n % 100 <= 13) return `${n}th`;
  return `${n}${['th', 'st', 'nd', 'rd'][n % 10] ?? 'th'}`;
}
