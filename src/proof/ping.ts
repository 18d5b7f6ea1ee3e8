// The path proved with the system's ping, which has the right to send ICMP where nscap has not.
import { attemptIn, type Namespace } from '../netns/namespace.ts';

export interface PingResult {
  sent: number;
  received: number;
  /** What ping said when nothing came back: an ICMP error, or why it could not send. */
  trouble: string | undefined;
}

/** Sends `count` echo requests, 0.2 s apart, and waits at most `timeout` milliseconds for the last answer. */
export async function ping(
  from: Namespace,
  to: string,
  count: number,
  timeout: number,
  signal?: AbortSignal,
): Promise<PingResult> {
  const seconds = Math.max(1, Math.ceil(timeout / 1000));
  const argv = ['ping', '-n', '-c', `${count}`, '-i', '0.2', '-W', `${seconds}`, to];
  const result = await attemptIn(from, argv, {
    timeout: timeout + 5000,
    ...(signal === undefined ? {} : { signal }),
  });
  const counts = /(\d+) packets transmitted, (\d+)(?: packets)? received/.exec(result.stdout);
  const [sent, received] = [Number(counts?.[1] ?? 0), Number(counts?.[2] ?? 0)];
  return { sent, received, trouble: received > 0 ? undefined : trouble(result.stdout, result.stderr) };
}

function trouble(stdout: string, stderr: string): string | undefined {
  const unreachable = /^From (\S+) icmp_seq=\d+ (.+)$/m.exec(stdout);
  if (unreachable) return `${unreachable[2].trim()} (from ${unreachable[1]})`;
  const said = stderr
    .trim()
    .split('\n')[0]
    .replace(/^ping: (?:connect|bind|sendmsg): /, '')
    .replace(/^ping: /, '');
  return said === '' ? undefined : said;
}
