// Findings about queueing disciplines, traffic control filters and XDP programs, in words.
import type { QueueFacts } from '../../why/facts/queues.ts';
import { interfaceText, type Renderings } from './rendering.ts';

export const QUEUES: Renderings<QueueFacts> = {
  'netem-loss': (facts) =>
    `netem on ${interfaceText(facts)} loses ${facts.percent} % of the packets leaving it`,
  'queue-drops': (facts) =>
    `the queue ${facts.qdisc} on ${interfaceText(facts)} ${facts.dropped > 0 ? 'drops' : 'may hold back or drop'} packets leaving it${facts.bitsPerSecond === undefined ? '' : `: its rate is ${facts.bitsPerSecond} bit/s`}`,
  'tc-filter': (facts) =>
    `a ${facts.filter} traffic control filter on ${interfaceText(facts)} (${facts.direction}, pref ${facts.pref}) ${DOES[facts.does]}`,
  'xdp-program': (facts) =>
    `${interfaceText(facts)} has an XDP program that decides about every packet before anything else sees it`,
};

const DOES = {
  drops: 'drops packets',
  redirects: 'sends packets elsewhere',
  'runs-program': 'runs a BPF program that may drop packets',
} as const;
