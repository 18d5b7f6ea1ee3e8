// The verdict of tcp-test, for people and for programs.

import { addressText } from '../base/address.ts';
import { count, duration } from '../base/units.ts';
import type { Step, TcpTestResult } from '../proof/tcp-test.ts';
import type { AssertionOutcome } from './assertions.ts';
import { drawTable } from './table.ts';
import { findingText } from './tcp/findings.ts';
import { allFindings } from './tcp/report.ts';

const WORDS = new Map<boolean | undefined, string>([
  [true, 'ok'],
  [false, 'FAILED'],
  [undefined, 'skipped'],
]);

/** The table of steps, what the capture shows, the verdict, and how to open the capture. */
export function tcpTestText(result: TcpTestResult): string {
  const rows = result.steps.map((step) => [step.name, step.expected, step.seen, WORDS.get(step.ok) ?? '']);
  const table = drawTable(['step', 'expected', 'seen', ''], rows, { rules: 'none' });
  const lines = [table, ...trafficLines(result), verdict(result)];
  if (result.traffic !== undefined && result.traffic.left > 0)
    lines.unshift(`(${count(result.traffic.left, 'packet')} more: nscap read ${result.file})`);
  if (result.kept !== undefined)
    lines.push(`the lab is kept: nscap lab status; nscap lab down ${result.kept} removes it`);
  if (result.traffic !== undefined) lines.push(`open the capture in Wireshark: wireshark ${result.file}`);
  return `${lines.join('\n')}\n`;
}

/** What the captured packets tell. */
function trafficLines({ traffic, port }: TcpTestResult): string[] {
  if (traffic === undefined) return [];
  const { observation } = traffic;
  const lines: string[] = [];
  for (const echo of observation.echoes.conversations) {
    if (echo.replies === 0) continue;
    const [from, to] = [addressText(echo.source), addressText(echo.destination)];
    lines.push(
      `ping ${from} > ${to}: round trip ${duration(echo.rttMin)} to ${duration(echo.rttMax)}, ${echo.replies} of ${echo.requests} answered`,
    );
  }
  if (observation.handshakeTime !== undefined)
    lines.push(`TCP handshake: ${duration(observation.handshakeTime)}`);
  if (observation.clientSegments + observation.serverSegments > 0) {
    lines.push(
      `TCP port ${port}: client ${count(observation.clientSegments, 'segment')}, ${count(observation.clientBytes, 'byte')}; ` +
        `server ${count(observation.serverSegments, 'segment')}, ${count(observation.serverBytes, 'byte')}`,
    );
  }
  const summary = traffic.found.statistics.summary();
  if (summary.rtt.count > 0) {
    const { min, sum, max, count: samples } = summary.rtt;
    lines.push(
      `TCP round trip: ${duration(min)} to ${duration(max)}, mean ${duration(sum / samples)}; ` +
        `${count(summary.retransmissions, 'retransmission')}; closed: ${observation.describeClose()}`,
    );
  }
  for (const finding of allFindings(traffic.found.statistics)) {
    if (finding.severity === 'problem') lines.push(`found: ${findingText(finding)}`);
  }
  return lines;
}

/** The same numbers for programs. */
function trafficJson({ traffic }: TcpTestResult): object | null {
  if (traffic === undefined) return null;
  const { observation, found, captured, dropped } = traffic;
  const { rtt, retransmissions } = found.statistics.summary();
  return {
    packets: captured,
    dropped,
    echo: observation.echoes.conversations.map((echo) => ({
      source: addressText(echo.source),
      destination: addressText(echo.destination),
      requests: echo.requests,
      replies: echo.replies,
      ...(echo.replies === 0
        ? {}
        : { rtt: { min: echo.rttMin, mean: echo.rttSum / echo.replies, max: echo.rttMax } }),
    })),
    handshakeTime: observation.handshakeTime ?? null,
    rtt: rtt.count === 0 ? null : { count: rtt.count, min: rtt.min, mean: rtt.sum / rtt.count, max: rtt.max },
    retransmissions,
    client: { segments: observation.clientSegments, bytes: observation.clientBytes },
    server: { segments: observation.serverSegments, bytes: observation.serverBytes },
    closed: observation.describeClose(),
    findings: allFindings(found.statistics),
  };
}

/** One sentence: what holds, or the first step that does not and what was seen. */
export function verdict(result: TcpTestResult): string {
  const failed = result.steps.find((step) => step.ok === false);
  if (failed !== undefined) return `FAILED at ${failed.name}: ${failed.seen}`;
  const [from, to] = [result.client!, result.server!];
  return `ok: ${from.namespace.label} (${from.address}) and ${to.namespace.label} (${to.address}) can talk over TCP port ${result.port}`;
}

/** The same as one document for programs, with the assertions that do not hold. Times in nanoseconds, sizes in bytes. */
export function tcpTestJson(
  result: TcpTestResult,
  failed: string[],
  assertions: readonly AssertionOutcome[] = [],
): object {
  const end = (point: TcpTestResult['server']) =>
    point && {
      namespace: point.namespace.label,
      interface: point.interface.name,
      address: point.address,
    };
  return {
    ok: result.ok && failed.length === 0,
    failedAssertions: failed,
    assertions,
    verdict: verdict(result),
    port: result.port,
    server: end(result.server) ?? null,
    client: end(result.client) ?? null,
    steps: result.steps.map((step: Step) => ({ ...step, ok: step.ok ?? null })),
    traffic: trafficJson(result),
    file: result.traffic === undefined ? null : result.file,
  };
}
