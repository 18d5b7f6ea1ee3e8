// The answer in one sentence.
import type { Examination } from '../../why/examine.ts';
import { lostText } from './observed-path.ts';
import { causeText } from './sentences.ts';

/** Whether it is reached, and why not. */
export function verdictText({ request, reachable, cause, outcome }: Examination): string {
  const where =
    request.port === undefined
      ? `${request.address}`
      : `${request.protocol.toUpperCase()} port ${request.port} at ${request.address}`;
  if (reachable) {
    // Some servers do so by design: no problem, but worth mentioning.
    const ended = outcome.closed ? '; the server closes the connection at once, without sending data' : '';
    const but = cause === undefined ? ended : `, but ${causeText(cause)}`;
    return `${request.asker.label} reaches ${where}${but}`;
  }
  if (cause !== undefined) return `${causeText(cause)}${cause.possible ? ' (likely, not proved)' : ''}`;
  const said = outcome.said ?? 'nothing was sent';
  const lost = outcome.observed && lostText(outcome.observed);
  if (lost !== undefined) return `${lost} (${said}), and nothing seen there explains it`;
  return `${request.asker.label} does not reach ${where} (${said}), and nothing seen here explains it`;
}
