// Breaks a lab on purpose, in the ways that networks break: to learn from, and to try `nscap why` on.
import { NscapError, usageError } from '../errors.ts';
import { attempt, commandFailed } from '../netns/command.ts';
import { FIREWALL_BREAKS } from './break-firewall.ts';
import { LINK_BREAKS } from './break-link.ts';
import { LISTENER_BREAKS } from './break-listener.ts';
import { ROUTE_BREAKS } from './break-route.ts';
import { type LabRecord, updateRecord } from './record.ts';
import { type Scene, type SceneOptions, sceneOf } from './scene.ts';
import type { Break, Step } from './step.ts';

/** Every way, by the name that `lab break` takes. */
export const BREAKS: Record<string, Break> = {
  ...ROUTE_BREAKS,
  ...LINK_BREAKS,
  ...FIREWALL_BREAKS,
  ...LISTENER_BREAKS,
};

/** What was done. */
interface Broken {
  kind: string;
  /** What is wrong now: "ns1 has no route to 10.0.2.0". */
  sentence: string;
  commands: { argv: string[]; input?: string }[];
}

/**
 * Breaks the lab, and notes it in its record. Either all of it is done or nothing.
 * @param kind one of BREAKS, or `random`
 * @throws NscapError USAGE for an unknown kind, NO_PLACE, KERNEL_LACKS, COMMAND_FAILED
 */
export async function breakLab(record: LabRecord, kind: string, options: SceneOptions = {}): Promise<Broken> {
  if (kind !== 'random' && !Object.hasOwn(BREAKS, kind)) {
    throw usageError(
      `there is no way to break a lab called '${kind}'`,
      `there are: ${Object.keys(BREAKS).join(', ')}`,
    );
  }
  const scene = await sceneOf(record, options);
  if (kind !== 'random') return breakBy(scene, kind);
  const kinds = shuffled(Object.keys(BREAKS));
  for (const candidate of kinds) {
    try {
      return await breakBy(scene, candidate);
    } catch (error) {
      // Not every lab and kernel can be broken in every way.
      if (!(error instanceof NscapError && ['NO_PLACE', 'KERNEL_LACKS'].includes(error.code))) throw error;
    }
  }
  throw new NscapError('NO_PLACE', 'there is nothing to break in this lab');
}

async function breakBy(scene: Scene, kind: string): Promise<Broken> {
  const plan = await BREAKS[kind].plan(scene);
  const done: Step[] = [];
  for (const step of plan.steps) {
    const result = await attempt(step.argv, {
      detached: true,
      ...(step.input === undefined ? {} : { input: step.input }),
    });
    if (result.status !== 0) {
      for (const { undo } of done.reverse()) if (undo !== undefined) await attempt(undo, { detached: true });
      if (/Unknown device type|Operation not supported/.test(result.stderr)) {
        throw new NscapError('KERNEL_LACKS', `this kernel can't do that: '${step.argv.join(' ')}'`);
      }
      throw commandFailed(step.argv, result);
    }
    done.push(step);
  }
  await plan.act?.();
  scene.record.broken.push({ kind, sentence: plan.sentence });
  await updateRecord(scene.record);
  return {
    kind,
    sentence: plan.sentence,
    commands: plan.steps.map(({ argv, input }) => (input === undefined ? { argv } : { argv, input })),
  };
}

function shuffled(words: string[]): string[] {
  return words
    .map((word) => [Math.random(), word] as const)
    .sort(([a], [b]) => a - b)
    .map(([, word]) => word);
}
