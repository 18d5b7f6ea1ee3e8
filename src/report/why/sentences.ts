// What a finding says, in words: one row for each code, by topic.
import type { Diagnosis, FindingContext, FindingFacts } from '../../why/facts/finding-facts.ts';
import type { Finding } from '../../why/finding.ts';
import { ADDRESSES } from './addresses.ts';
import { BRIDGES } from './bridges.ts';
import { LINKS } from './links.ts';
import { NEIGHBOURS } from './neighbours.ts';
import { NETFILTER } from './netfilter.ts';
import { QUEUES } from './queues.ts';
import { interfaceText, type Rendering, type Renderings } from './rendering.ts';
import { ROUTES } from './routes.ts';
import { SERVERS } from './servers.ts';
import { TUNNELS } from './tunnels.ts';

/** A code without a row is an error of the compiler. */
const RENDERINGS: Renderings<FindingFacts> = {
  ...ADDRESSES,
  ...BRIDGES,
  ...LINKS,
  ...NEIGHBOURS,
  ...NETFILTER,
  ...QUEUES,
  ...ROUTES,
  ...SERVERS,
  ...TUNNELS,
  'fragmentation-needed-lost': {
    cause: (facts) => {
      const by = `${facts.route ? 'the route out of ' : ''}${interfaceText(facts)}`;
      const report = facts.family === 4 ? 'ICMP "fragmentation needed"' : 'ICMPv6 "packet too big"';
      const lost = `${by} takes packets of at most ${facts.mtu} bytes (MTU), and ${facts.router}'s report, ${report}, does not get back: larger ones vanish`;
      return facts.lostBy === undefined ? lost : `${lost}; ${causeText(facts.lostBy)}`;
    },
    advice: ({ lostBy }, fixed) => (lostBy === undefined ? undefined : adviceOf(lostBy, fixed)),
  },
  'fragments-dropped': {
    cause: ({ target, droppedBy }) =>
      droppedBy === undefined
        ? `packets in fragments are lost on the way to ${target}`
        : `packets in fragments are dropped: ${causeText(droppedBy)}`,
    advice: ({ droppedBy }, fixed) =>
      droppedBy === undefined
        ? 'look for rules that drop fragments, and for net.ipv4.ipfrag_high_thresh (0: none are put together)'
        : adviceOf(droppedBy, fixed),
  },
  'large-packets-lost': {
    cause: () => 'large packets are lost on the way',
    advice: () => 'compare the MTUs of the interfaces on the way',
  },
  'mtu-mismatch': (facts) =>
    `${interfaceText(facts)} takes packets of at most ${facts.mtu} bytes (MTU), but ${interfaceText(facts.sender)} sends up to ${facts.senderMtu}: larger ones are dropped silently`,
};

/** The cause and what follows from it: one sentence, without a full stop. */
export function causeText(diagnosis: Diagnosis): string {
  const said = causeOf(diagnosis);
  return (diagnosis.context ?? []).reduce(inContext, said);
}

/** What a person must do, where no command does it. */
export function adviceText(finding: Finding): string | undefined {
  return adviceOf(finding, finding.fix.length > 0);
}

function causeOf<Code extends keyof FindingFacts>({
  code,
  facts,
}: {
  code: Code;
  facts: FindingFacts[Code];
}): string {
  const row: Rendering<FindingFacts[Code]> = RENDERINGS[code];
  return typeof row === 'function' ? row(facts) : row.cause(facts);
}

function adviceOf<Code extends keyof FindingFacts>(
  { code, facts }: { code: Code; facts: FindingFacts[Code] },
  fixed: boolean,
): string | undefined {
  const row: Rendering<FindingFacts[Code]> = RENDERINGS[code];
  return typeof row === 'function' ? undefined : row.advice(facts, fixed);
}

function inContext(said: string, context: FindingContext): string {
  return context.kind === 'tunnel'
    ? `${interfaceText(context)}, a VXLAN, does not reach ${context.remote}: ${said}`
    : `${said}: some connections take that way and are lost`;
}
