// Packets sent to find out: pings of any size and a connection to the port, from inside the namespace.
import { NscapError } from '../../errors.ts';
import type { FoundNamespace } from '../discover.ts';
import { attemptIn } from '../namespace.ts';
import { selfArgv, selfEnvironment } from '../user.ts';

export interface PingResult {
  outcome: 'answered' | 'silent' | 'error' | 'missing';
  /** What ping said of it: the error's words, or the time it took. */
  words: string;
  /** `frag`: a router said that the packet is too big for the next link, as it should. */
  tooBig?: boolean;
  /** Seconds, from the quickest answer. */
  time?: number;
}

/** Seconds to wait for an answer: namespaces on one machine answer in microseconds, shaped ones in some 100 ms. */
const PATIENCE = 1;

/**
 * Sends pings and says what came of them.
 * @param size bytes of the whole packet, sent with "don't fragment"; undefined: a small one.
 */
export async function ping(
  from: FoundNamespace,
  target: string,
  options: { size?: number; source?: string; count?: number } = {},
): Promise<PingResult> {
  const { size, source, count = 2 } = options;
  const six = target.includes(':');
  // IP and ICMP headers: RFC 791 and 792, RFC 8200 and 4443.
  const payload = size === undefined ? [] : ['-M', 'do', '-s', String(size - (six ? 48 : 28))];
  const argv = [
    'ping',
    six ? '-6' : '-4',
    '-n',
    '-c',
    String(count),
    // A veth that drops a packet as too large says ENOBUFS, and ping then tries again and again: with a deadline it
    // gives up in time. But until then it would also send more than one.
    ...(count === 1
      ? ['-i', String(2 * PATIENCE), '-w', String(PATIENCE)]
      : ['-i', '0.2', '-W', String(PATIENCE)]),
    ...(source === undefined ? [] : ['-I', source]),
    ...payload,
    target,
  ];
  let result: Awaited<ReturnType<typeof attemptIn>>;
  try {
    result = await attemptIn(from.namespace, argv, { timeout: (PATIENCE + 2) * 1000 });
  } catch (error) {
    if (error instanceof NscapError && error.code === 'MISSING_TOOL')
      return { outcome: 'missing', words: 'the program ping is not installed' };
    if (error instanceof NscapError && error.code === 'TIMEOUT')
      return { outcome: 'silent', words: 'no answer' };
    throw error;
  }
  const text = `${result.stdout}\n${result.stderr}`;
  const tooBig = /Frag needed|message too long|Message too long|Packet too big/i.test(text);
  const time = /min\/avg\/max\/\w+ = ([\d.]+)/.exec(text)?.[1];
  if (result.status === 0) {
    const counts = /(\d+) packets transmitted, (\d+) received/.exec(text);
    return {
      outcome: 'answered',
      words: `${counts?.[2] ?? '?'} of ${counts?.[1] ?? '?'} answered${time === undefined ? '' : ` in ${time} ms`}`,
      ...(time === undefined ? {} : { time: Number(time) / 1000 }),
      ...(tooBig ? { tooBig } : {}),
    };
  }
  const said =
    /^From (\S+?):? icmp_seq=\d+ (.*)$/m.exec(text) ?? /^(?:ping|connect): (.*)$/m.exec(text) ?? undefined;
  const words =
    said === undefined
      ? 'no answer'
      : said.length > 2
        ? `${said[2]}, says ${said[1]}`
        : said[1]!.replace(/^(sendmsg|connect): /, '');
  return { outcome: said === undefined ? 'silent' : 'error', words, ...(tooBig ? { tooBig } : {}) };
}

export interface PortResult {
  outcome: 'open' | 'refused' | 'silent' | 'error';
  /** In the system's words. */
  words: string;
  /** Milliseconds it took, the start of a process included. */
  took: number;
}

/** A TCP handshake, or a datagram: `nscap nc -z` inside the namespace. */
export async function knock(
  from: FoundNamespace,
  target: string,
  port: number,
  udp: boolean,
): Promise<PortResult> {
  const start = performance.now();
  const argv = selfArgv([
    'nc',
    '-z',
    '-v',
    '-n',
    '-w',
    udp ? '0.7' : '1.3',
    ...(udp ? ['-u'] : []),
    target,
    String(port),
  ]);
  const result = await attemptIn(from.namespace, argv, { timeout: 5000, env: selfEnvironment() }).catch(
    (error: unknown) => {
      if (error instanceof NscapError && error.code === 'TIMEOUT') return undefined;
      throw error;
    },
  );
  const took = Math.round(performance.now() - start);
  if (result === undefined) return { outcome: 'silent', words: 'Connection timed out', took };
  if (result.status === 0) return { outcome: 'open', words: udp ? 'nothing refused it' : 'connected', took };
  const said = /^nscap: (.*)$/m.exec(result.stderr)?.[1] ?? result.stderr.trim();
  const words = said.replace(/^connect to [^ ]+: /, '');
  const outcome = /refused/i.test(said) ? 'refused' : /timed out/i.test(said) ? 'silent' : 'error';
  return { outcome, words, took };
}
