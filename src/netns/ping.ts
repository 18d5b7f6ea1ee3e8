// Echo requests from inside a namespace, sent by the system's ping, which may send ICMP where nscap may not.
import type { CommandOptions } from './command.ts';
import { attemptInside } from './inside.ts';
import type { Namespace } from './namespace.ts';

interface PingOptions {
  count: number;
  /** Seconds between two requests: 0.2 unless given. */
  interval?: number;
  /** Seconds to wait for an answer after the last request. */
  wait?: number;
  /** Seconds after which ping gives up, however many requests it has sent. */
  deadline?: number;
  /** Bytes of the whole packet; undefined: ping's own size. */
  size?: number;
  /** With a size: whether a packet that is too large may be fragmented, by this host too. */
  fragment?: boolean;
  source?: string;
}

/** What ping reported. */
export interface PingReport {
  /** 128 + N where signal N ended it. */
  status: number;
  sent: number;
  received: number;
  /** Seconds that the quickest answer took. */
  time?: number;
  /** A router said that the packet is too big for the next link, or the kernel did at once. */
  tooBig: boolean;
  /** Why a request was not answered: an ICMP error and who sent it, or why nothing could be sent. */
  error?: { words: string; from?: string };
}

/** Bytes of IP and ICMP headers (RFC 791 and 792, RFC 8200 and 4443). */
const HEADERS = { 4: 28, 6: 48 } as const;

/** Sends echo requests. @throws NscapError (MISSING_TOOL) where there is no ping, (TIMEOUT) as `command` asks */
export async function ping(
  namespace: Namespace,
  target: string,
  options: PingOptions,
  command: CommandOptions,
): Promise<PingReport> {
  const { status, stdout, stderr } = await attemptInside(namespace, argvOf(target, options), command);
  return { status, ...readReport(stdout, stderr) };
}

function argvOf(target: string, { count, interval = 0.2, wait, deadline, ...packet }: PingOptions): string[] {
  const family = target.includes(':') ? 6 : 4;
  const { size, fragment = false, source } = packet;
  return [
    'ping',
    `-${family}`,
    '-n',
    ...['-c', String(count), '-i', String(interval)],
    ...(wait === undefined ? [] : ['-W', String(wait)]),
    ...(deadline === undefined ? [] : ['-w', String(deadline)]),
    ...(source === undefined ? [] : ['-I', source]),
    ...(size === undefined ? [] : ['-M', fragment ? 'dont' : 'do', '-s', String(size - HEADERS[family])]),
    target,
  ];
}

function readReport(stdout: string, stderr: string): Omit<PingReport, 'status'> {
  const text = `${stdout}\n${stderr}`;
  const counts = /(\d+) packets transmitted, (\d+)(?: packets)? received/.exec(stdout);
  const [sent, received] = [Number(counts?.[1] ?? 0), Number(counts?.[2] ?? 0)];
  const milliseconds = /min\/avg\/max\/\w+ = ([\d.]+)/.exec(stdout)?.[1];
  const error = errorIn(text, sent === 0 ? stderr : '');
  return {
    sent,
    received,
    ...(milliseconds === undefined ? {} : { time: Number(milliseconds) / 1000 }),
    tooBig: /Frag needed|message too long|Packet too big/i.test(text),
    ...(error === undefined ? {} : { error }),
  };
}

/** `From 10.0.0.1 icmp_seq=1 Destination Host Unreachable`, `/usr/bin/ping: connect: Network is unreachable`. */
function errorIn(text: string, rest: string): PingReport['error'] {
  const icmp = /^From (\S+?):? icmp_seq=\d+ (.*)$/m.exec(text);
  if (icmp !== null) return { words: icmp[2].trim(), from: icmp[1] };
  const own =
    /^(?:\S*\/)?(?:ping|connect): (?:(?:connect|bind|sendmsg): )?(.*)$/m.exec(text)?.[1] ??
    rest.trim().split('\n')[0];
  return own === '' ? undefined : { words: own };
}
