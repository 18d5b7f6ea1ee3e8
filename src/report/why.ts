// `nscap why`: the steps, the verdict and the commands that fix it, for people and for programs.
import { escapeControls } from '../base/escape-controls.ts';
import type { Rule, Way } from '../drops/event.ts';
import type { NscapError } from '../errors.ts';
import type { Examination } from '../why/examine.ts';
import type { Diagnosis } from '../why/facts/finding-facts.ts';
import type { Observation } from '../why/facts/observations.ts';
import type { StepFacts } from '../why/facts/steps.ts';
import {
  commandLine,
  diagnosisOf,
  type Effect,
  type Finding,
  STEPS,
  type Step,
  type StepName,
} from '../why/finding.ts';
import { drawColumns } from './table.ts';
import { evidenceText } from './why/observations.ts';
import { disagreementText, noteText, unseenText } from './why/remarks.ts';
import { adviceText, causeText } from './why/sentences.ts';
import { stepText } from './why/steps.ts';
import { verdictText } from './why/verdict.ts';

const MARKS = { ok: '✓', failed: '✗', skipped: '–' };

/** A line a step, then the verdict and what fixes it. Ends with a line end. */
export function whyText(examination: Examination): string {
  const steps = examination.steps.map((step) => [
    `${MARKS[step.status]} ${STEPS[step.name]}`,
    step.status,
    stepText(step),
  ]);
  const lines: string[] = [];
  lines.push('', `${examination.reachable ? 'reachable' : 'not reachable'}: ${verdictText(examination)}`);
  const { cause } = examination;
  const fix = cause && fixLine(cause);
  if (fix !== undefined) lines.push(`fix: ${fix}`);
  const advice = cause && adviceText(cause);
  if (advice !== undefined) lines.push(`to do: ${advice}`);
  for (const one of examination.unseen) lines.push(`not seen: ${unseenText(one)}`);
  if (examination.hints.length > 0) lines.push(`hint: ${hintText(examination.hints)}`);
  for (const note of examination.notes) lines.push(`note: ${noteText(note)}`);
  const table = drawColumns(steps.map((cells) => cells.map(escapeControls)));
  return `${table}\n${lines.map(escapeControls).join('\n')}\n`;
}

/** `meanwhile the kernel dropped, of these packets or others: 2 NEIGH_FAILED at ns1:veth0`. */
function hintText(hints: Examination['hints']): string {
  const counts = new Map<string, number>();
  for (const { reason, netns, interface: device } of hints) {
    const place = [netns, device].filter((one) => one !== undefined).join(':');
    const text = place === '' ? reason : `${reason} at ${place}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const parts = [...counts].map(([text, count]) => `${count} ${text}`);
  return `meanwhile the kernel dropped, of these packets or of others: ${parts.join(', ')}`;
}

/** What fixes it, as one line for a shell. */
export function fixLine({ fix, byHand }: Finding): string | undefined {
  if (fix.length > 0) return commandLine(fix);
  if (byHand === undefined) return undefined;
  const stop = byHand.stop === undefined ? '' : `${commandLine([byHand.stop])}; `;
  return `${stop}${commandLine([byHand.start])} &`;
}

/** What was found wrong, for programs: `code` says which `facts` there are, of which `sentence` is made. */
export type WhyCause = Diagnosis & WhyDetails;

/** What a cause has besides its code and facts. */
export interface WhyDetails {
  effect: Effect;
  /** The step at which it was found: `route out`, `firewall`, … */
  step: string;
  /** One sentence: the cause and what follows from it. */
  sentence: string;
  /** What shows it, in words. */
  evidence: string;
  /** The same as data: each has a code and facts. */
  observations: readonly Observation[];
  certain: boolean;
  /** Packets showed it. */
  proved: boolean;
}

/**
 * One step, for programs: `name` says which `facts` there are. The step that the cause fails has the cause's facts and
 * its `code` instead; one that was not reached has `behind`, the name of the step that failed.
 */
export interface WhyStep {
  name: StepName;
  /** As text shows it: `route out`, `firewall`, `ping`, … */
  step: string;
  status: 'ok' | 'failed' | 'skipped';
  /** The facts in words. */
  evidence: string;
  facts?: StepFacts[StepName] | Diagnosis['facts'];
  code?: Diagnosis['code'];
  behind?: StepName;
}

/** A packet of the probe that the kernel reported to have dropped. */
export interface WhyDrop {
  netns: string;
  /** Empty where the kernel names none. */
  interface: string;
  /** The kernel's name for the reason, without SKB_DROP_REASON_. */
  reason?: string;
  /** The function of the kernel that dropped it. */
  function?: string;
  /** The rule of a packet filter that dropped it. */
  rule?: Rule | undefined;
}

/** A packet that the kernel dropped meanwhile: of the probe, or of others. */
export interface WhyHint {
  /** As in `WhyDrop`. */
  reason: string;
  function?: string;
  netns?: string;
  interface?: string;
}

/** The answer, for programs. */
export interface WhyReport {
  /** The namespace that was asked about. */
  from: string;
  /** The address that was tried; null where the target is a namespace without one. */
  target: string | null;
  /** The namespace that the target names. */
  targetNamespace: string | null;
  protocol: 'icmp' | 'tcp' | 'udp';
  port: number | null;
  reachable: boolean;
  /** One sentence. */
  verdict: string;
  /** Null if there is no problem. With `reachable`: a problem that does not stop this request. */
  cause: WhyCause | null;
  /** What fixes it, as one line for a shell. */
  fix: string | null;
  /** The same as commands, one after the other, each a list of words; empty where a person has to do it. */
  commands: readonly (readonly string[])[];
  /** What a person must do, where no command does it. */
  advice: string | null;
  steps: WhyStep[];
  /** Worth knowing, though it stops nothing. */
  notes: string[];
  /** What could not be looked at, and why. */
  unseen: string[];
  /** What the kernel reported to have dropped of the packets asked about. */
  drops: WhyDrop[];
  /** How that was learned, and which better ways could not be had; null where nothing was sent. */
  evidence: { how: Way; lacked: readonly string[] } | null;
  /** Drops meanwhile that may have been of the probe's packets, or of others'. */
  hints: readonly WhyHint[];
  /** Where packets showed something else than routes and rules let expect. */
  disagreement?: string[];
  /** How long it took. */
  seconds: number;
}

/** The same as plain data, ready for JSON.stringify. */
export function whyJson(examination: Examination): WhyReport {
  const { request, steps, reachable, cause, notes, unseen, disagreements, dropped, learned, hints, took } =
    examination;
  return {
    from: request.asker.label,
    target: request.address ?? null,
    targetNamespace: request.targetNamespace?.label ?? null,
    protocol: request.protocol,
    port: request.port ?? null,
    reachable,
    verdict: verdictText(examination),
    cause: cause === undefined ? null : causeJson(cause),
    fix: (cause && fixLine(cause)) ?? null,
    commands: cause?.fix ?? [],
    advice: (cause && adviceText(cause)) ?? null,
    steps: steps.map(stepJson),
    notes: notes.map(noteText),
    unseen: unseen.map(unseenText),
    drops: dropped,
    evidence: learned ?? null,
    hints,
    ...(disagreements.length === 0 ? {} : { disagreement: disagreements.map(disagreementText) }),
    seconds: Math.round(took * 1000) / 1000,
  };
}

function stepJson(step: Step): WhyStep {
  const { name, status } = step;
  const common = { name, step: STEPS[name], status, evidence: stepText(step) };
  if ('finding' in step) return { ...common, code: step.finding.code, facts: step.finding.facts };
  if ('behind' in step) return { ...common, behind: step.behind };
  return { ...common, facts: step.facts };
}

function causeJson(cause: Finding): WhyCause {
  const { effect = 'drops', step, evidence, possible, proved } = cause;
  return {
    ...diagnosisOf(cause),
    effect,
    step: STEPS[step],
    sentence: causeText(cause),
    evidence: evidenceText(evidence),
    observations: evidence,
    certain: !possible,
    proved: proved === true,
  };
}

/** What keeps the request from being answered at all. */
export function whyErrorJson({ code, message, hint }: NscapError, exitStatus: number): unknown {
  return {
    reachable: null,
    verdict: message,
    cause: null,
    fix: null,
    error: { code, message, hint: hint ?? null, exitStatus },
  };
}
