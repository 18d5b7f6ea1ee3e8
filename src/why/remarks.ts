// The remarks besides the cause: what is worth knowing, and what could not be observed.
import type { Evidence } from './evidence.ts';
import type { Note, Unseen } from './facts/remarks.ts';
import type { Watch } from './kernel-drops.ts';

export function notesOf({ probes }: Evidence): Note[] {
  if (probes?.port?.outcome !== 'open') return [];
  const { outcome, words } = probes.ping;
  return outcome === 'answered' || outcome === 'missing' ? [] : [{ code: 'ping-unanswered', said: words }];
}

/** What is not known for want of a better way to learn of drops. */
function lackedOf(watch: Watch | undefined): Unseen[] {
  if (watch === undefined || watch.how === 'bpf') return [];
  return [{ kind: 'drops', way: watch.how, lacked: watch.lacked }];
}

/** Namespaces on the way whose rules, or whose packets, could not be looked at. */
export async function unseenOf(
  { there, back, snapshot, seen, request, watch, refused }: Evidence,
  reachable: boolean,
): Promise<Unseen[]> {
  const visited = [...new Set([...(there?.hops ?? []), ...(back?.hops ?? [])].map((hop) => hop.here))];
  const rules = await Promise.all(
    visited.map(async (netns): Promise<Unseen[]> => {
      const { problem } = (await snapshot.state(netns)).firewall;
      return problem === undefined ? [] : [{ kind: 'firewall', netns: netns.label, problem }];
    }),
  );
  // Of what gets through nobody needs to know where it was seen.
  if (reachable) return rules.flat();
  const packets: Unseen[] =
    request.address !== undefined && !seen.listened.has(request.asker)
      ? [
          {
            kind: 'packets',
            netns: request.asker.label,
            ...(refused === undefined ? {} : { refused: refused.words }),
            ...(refused?.hint === undefined ? {} : { hint: refused.hint }),
          },
        ]
      : [];
  return [...rules.flat(), ...packets, ...lackedOf(watch)];
}
