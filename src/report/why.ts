// `nscap why`: the steps, the verdict and the commands that fix it, for people and for programs.
import { escapeControls } from '../base/escape-controls.ts';
import type { NscapError } from '../errors.ts';
import type { Examination } from '../why/examine.ts';
import { commandLine, type Finding, STEPS } from '../why/finding.ts';
import { drawColumns } from './table.ts';

const MARKS = { ok: '✓', failed: '✗', skipped: '–' };

/** A line a step, then the verdict and what fixes it. Ends with a line end. */
export function whyText(examination: Examination): string {
  const steps = examination.steps.map(({ name, status, evidence }) => [
    `${MARKS[status]} ${STEPS[name]}`,
    status,
    evidence,
  ]);
  const lines: string[] = [];
  lines.push('', `${examination.reachable ? 'reachable' : 'not reachable'}: ${examination.verdict}`);
  const { cause } = examination;
  if (cause !== undefined && cause.fix.length > 0) lines.push(`fix: ${commandLine(cause.fix)}`);
  else if (cause?.line !== undefined) lines.push(`fix: ${cause.line}`);
  if (cause?.advice !== undefined) lines.push(`to do: ${cause.advice}`);
  for (const one of examination.unseen) lines.push(`not seen: ${one}`);
  for (const note of examination.notes) lines.push(`note: ${note}`);
  const table = drawColumns(steps.map((cells) => cells.map(escapeControls)));
  return `${table}\n${lines.map(escapeControls).join('\n')}\n`;
}

/** The same as plain data, ready for JSON.stringify. `fix` is one line for a shell, `commands` its words. */
export function whyJson(examination: Examination): unknown {
  const { question, steps, reachable, verdict, cause, notes, unseen, disagreements, took } = examination;
  return {
    from: question.from.label,
    target: question.address ?? null,
    targetNamespace: question.wanted?.label ?? null,
    protocol: question.protocol,
    port: question.port ?? null,
    reachable,
    verdict,
    cause: cause === undefined ? null : causeJson(cause),
    fix: cause === undefined ? null : cause.fix.length > 0 ? commandLine(cause.fix) : (cause.line ?? null),
    commands: cause?.fix ?? [],
    advice: cause?.advice ?? null,
    steps: steps.map(({ name, status, evidence }) => ({ step: STEPS[name], status, evidence })),
    notes,
    unseen,
    ...(disagreements.length === 0 ? {} : { disagreement: disagreements }),
    seconds: Math.round(took * 1000) / 1000,
  };
}

function causeJson({ code, effect = 'drops', step, cause, evidence, possible, proved }: Finding): unknown {
  return {
    code,
    effect,
    step: STEPS[step],
    sentence: cause,
    evidence,
    certain: !possible,
    proved: proved === true,
  };
}

/** What keeps the question from being answered at all. */
export function whyErrorJson({ code, message, hint }: NscapError, exitStatus: number): unknown {
  return {
    reachable: null,
    verdict: message,
    cause: null,
    fix: null,
    error: { code, message, hint: hint ?? null, exitStatus },
  };
}
