// `nscap why`: the steps, the verdict and the commands that mend it, for people and for programs.
import { escapeControls } from '../base/escape-controls.ts';
import type { Examination } from '../netns/why/examine.ts';
import { commandLine, STEPS } from '../netns/why/finding.ts';

const MARKS = { ok: '✓', failed: '✗', skipped: '–' };

/** A line a step, then the verdict and what mends it. Ends with a line end. */
export function whyText(examination: Examination): string {
  const width = Math.max(...examination.steps.map(({ name }) => STEPS[name].length));
  const lines = examination.steps.map(
    ({ name, status, evidence }) =>
      `${MARKS[status]} ${STEPS[name].padEnd(width)}  ${status.padEnd(7)}  ${evidence}`,
  );
  lines.push('', `${examination.reachable ? 'reachable' : 'not reachable'}: ${examination.verdict}`);
  const { cause } = examination;
  if (cause !== undefined && cause.mend.length > 0) lines.push(`mend: ${commandLine(cause.mend)}`);
  else if (cause?.line !== undefined) lines.push(`mend: ${cause.line}`);
  if (cause?.advice !== undefined) lines.push(`to do: ${cause.advice}`);
  for (const note of examination.notes) lines.push(`note: ${note}`);
  return `${lines.map(escapeControls).join('\n')}\n`;
}

/** The same as plain data, ready for JSON.stringify. `mend` is one line for a shell, `commands` its words. */
export function whyJson(examination: Examination): unknown {
  const { question, steps, reachable, verdict, cause, notes, took } = examination;
  return {
    from: question.from.label,
    target: question.address ?? null,
    targetNamespace: question.wanted?.label ?? null,
    protocol: question.protocol,
    port: question.port ?? null,
    reachable,
    verdict,
    cause:
      cause === undefined
        ? null
        : {
            step: STEPS[cause.step],
            sentence: cause.cause,
            evidence: cause.evidence,
            ...(cause.possible ? { certain: false } : { certain: true }),
          },
    mend: cause === undefined ? null : cause.mend.length > 0 ? commandLine(cause.mend) : (cause.line ?? null),
    commands: cause?.mend ?? [],
    advice: cause?.advice ?? null,
    steps: steps.map(({ name, status, evidence }) => ({ step: STEPS[name], status, evidence })),
    notes,
    seconds: Math.round(took * 1000) / 1000,
  };
}
