// Findings about how a connection ended, or hangs, in words.
import { byteSize, count, duration, times } from '../../base/units.ts';
import type { ConnectionFacts } from '../../flow/findings/facts.ts';
import type { Sentences } from './sentence.ts';

export const ENDING: Sentences<
  'closed-unanswered' | 'reset' | 'reset-after-close' | 'silence' | 'stuck' | 'vanished'
> = {
  'closed-unanswered': ({ endpoint, peer }) =>
    `${endpoint} closed the connection first and sent nothing in answer to the data of ${peer}: its process exited or was killed, or it only receives`,
  reset,
  'reset-after-close': ({ endpoint }) => `${endpoint} sent an RST after both sides had closed: harmless`,
  silence: ({ duration: lasted, afterFrame }) =>
    `no packet for ${duration(lasted)} after frame ${afterFrame}`,
  stuck: ({ endpoint, peer, times: n, large }) =>
    `${endpoint} sent the same data ${times(n)} and ${peer} never acknowledged it${large ? '; if smaller packets pass, the path does not carry packets of that size (MTU)' : ''}`,
  vanished,
};

function reset({ endpoint, peer, after, pending, withoutAck }: ConnectionFacts['reset']): string {
  const reason = withoutAck ? UNKNOWN_CONNECTION : ABORTED;
  switch (after) {
    case 'own-close':
      return `${endpoint} reset the connection after it had closed its side: ${peer} kept sending to a process that had exited, was killed or had closed the socket`;
    case 'peer-close':
      return `${endpoint} reset the connection after ${peer} had closed its side: ${reason}`;
    case 'none': {
      const unanswered =
        pending > 0 ? ` while ${peer} was sending to it (${count(pending, 'packet')} without an answer)` : '';
      return `${endpoint} reset the connection without closing it${unanswered}: ${reason}`;
    }
  }
}

/**
 * A socket that is aborted sends an RST with ACK (Linux, BSD). An RST in answer to a segment of an unknown connection has no
 * ACK (RFC 9293, 3.5.2), and neither has that of a firewall rule.
 */
const ABORTED = 'its process exited or was killed with unread data, or aborted the connection (SO_LINGER 0)';
const UNKNOWN_CONNECTION =
  'its host does not know the connection (the process has exited, or the host was restarted), or a firewall rejects the packets';

function vanished(facts: ConnectionFacts['vanished']): string {
  const { peer, endpoint, packets, keepAlives, gaveUp, afterFrame, reason, smallest = 0 } = facts;
  const unanswered = `${packets} ${keepAlives ? 'keep-alives' : 'packets'} of ${endpoint} in ${duration(facts.duration)} were not answered${gaveUp ? ', and it gave up and reset the connection' : ''}`;
  const away = "the peer's host, namespace or link is down, or a firewall drops everything";
  const why = {
    icmp: 'the ICMP error gives the reason',
    large: `all had ${byteSize(smallest)} of data or more, and nothing that large had arrived before: the path does not carry packets of that size (MTU, or a firewall that drops large ones); or ${away}`,
    unknown: away,
  }[reason];
  return `${peer} stopped answering${afterFrame === undefined ? '' : ` after frame ${afterFrame}`}: ${unanswered}; ${why}`;
}
