// IPsec policies (ip xfrm policy): one that blocks, or that demands a tunnel which is not there.
import type { FoundNamespace } from '../../netns/discover.ts';
import { hasIpsecPolicies } from '../../netns/forwarding-state.ts';
import { runInside } from '../../netns/inside.ts';
import { covers, familyOf, parsePrefix } from '../../netns/prefix.ts';
import { type Finding, ipIn } from '../finding.ts';
import type { PacketSpec } from '../packet.ts';

interface Policy {
  src: string;
  dst: string;
  direction: string;
  action: 'allow' | 'block';
  /** Packets must be transformed (encrypted) by a template. */
  template: boolean;
}

/** The policies of a namespace, of the text of `ip xfrm policy`. */
function parsePolicies(text: string): Policy[] {
  const found: Policy[] = [];
  for (const line of text.split('\n')) {
    const selector = /^src (\S+) dst (\S+)/.exec(line);
    if (selector !== null) {
      found.push({ src: selector[1], dst: selector[2], direction: '', action: 'allow', template: false });
      continue;
    }
    const policy = found.at(-1);
    if (policy === undefined) continue;
    const direction = /^\s+dir (\S+)/.exec(line)?.[1];
    if (direction !== undefined) policy.direction = direction;
    if (/\baction block\b/.test(line)) policy.action = 'block';
    if (/^\s+tmpl /.test(line)) policy.template = true;
  }
  return found;
}

/** The policy of that direction (out, in, fwd) which keeps the spec from passing. */
export async function checkPolicies(
  here: FoundNamespace,
  direction: 'out' | 'in' | 'fwd',
  { source, target, family }: PacketSpec,
): Promise<Finding[]> {
  if (hasIpsecPolicies(here.namespace) === false) return [];
  let text: string;
  try {
    text = await runInside(here.namespace, ['ip', 'xfrm', 'policy', 'list']);
  } catch {
    return []; // A kernel without IPsec.
  }
  const fits = (prefix: string, address: string | undefined) =>
    address !== undefined && familyOf(address) === family && covers(parsePrefix(prefix, family), address);
  const policy = parsePolicies(text).find(
    (candidate) =>
      candidate.direction === direction &&
      (candidate.action === 'block' || candidate.template) &&
      fits(candidate.src, source) &&
      fits(candidate.dst, target),
  );
  if (policy === undefined) return [];
  return [
    {
      code: 'ipsec-policy',
      step: 'hops',
      facts: {
        netns: here.label,
        source: policy.src,
        destination: policy.dst,
        direction,
        action: policy.action === 'block' ? 'block' : 'encrypt',
      },
      evidence: [
        {
          code: 'ipsec-policy',
          facts: {
            netns: here.label,
            source: policy.src,
            destination: policy.dst,
            direction,
            action: policy.action,
          },
        },
      ],
      fix: [ipIn(here, 'xfrm', 'policy', 'delete', 'src', policy.src, 'dst', policy.dst, 'dir', direction)],
      ...(policy.action === 'block' ? {} : { possible: true }),
    },
  ];
}
