// Remarks besides the cause: notes, and what could not be observed.
import type { Evidence } from './evidence.ts';
import type { Note, Unseen } from './facts/remarks.ts';
import type { Watch } from './kernel-drops.ts';

export function notesOf({ probes }: Evidence): Note[] {
  if (probes?.port?.outcome !== 'open') return [];
  const { outcome, words } = probes.ping;
  return outcome === 'answered' || outcome === 'missing' ? [] : [{ code: 'ping-unanswered', said: words }];
}

/** What is unknown because no better method reported drops. */
function lackedOf(watch: Watch | undefined): Unseen[] {
  if (watch === undefined || watch.how === 'bpf') return [];
  return [{ kind: 'drops', way: watch.how, lacked: watch.lacked }];
}

/** Namespaces on the way where rules could not be read, or packets not be captured. */
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
  // Where a packet was seen matters only if it did not get through.
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
