// Packets sent to find out: pings of any size and a connection to the port, from inside the namespace.
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { getSystemErrorMap } from 'node:util';
import type { Connecting } from '../binding/connecting.ts';
import { type Kernel, theKernel } from '../binding/kernel.ts';
import { NscapError } from '../errors.ts';
import type { FoundNamespace } from '../netns/discover.ts';
import { attemptInside } from '../netns/inside.ts';
import { type PingReport, ping as systemPing } from '../netns/ping.ts';
import { bitsOf, familyOf, WIDTH } from '../netns/prefix.ts';
import { selfArgv, selfEnvironment } from '../netns/user.ts';

interface PingResult {
  outcome: 'answered' | 'silent' | 'error' | 'missing';
  /** What ping said of it: the error's words, or the time it took. */
  words: string;
  /** `frag`: a router said that the packet is too big for the next link, as it should. */
  tooBig?: boolean;
  /** Seconds, from the quickest answer. */
  time?: number;
}

export interface PortResult {
  outcome: 'open' | 'refused' | 'silent' | 'error';
  /** In the system's words. */
  words: string;
  /** Milliseconds it took. */
  took: number;
  /** The asker's own port, where it is known. */
  ownPort?: number;
  /** errno of connect(2) itself: nothing was sent. */
  refusedHere?: number;
  /** What the server did once connected: sent something, ended the connection, reset it, or nothing yet. */
  server?: 'speaks' | 'closes' | 'resets' | 'waits';
  /** UDP: something came back. */
  answered?: boolean;
  /** TCP, where a payload was sent: how much, in segments of which size, and whether it was acknowledged. */
  payload?: { bytes: number; segment: number; delivered: boolean };
}

/** What the packets that were sent came to. */
export interface Probes {
  ping: PingResult;
  port?: PortResult;
  /** The largest packet that the way should carry, undivided. */
  large?: PingResult & { size: number };
  /** One that is larger than that, and divided. */
  fragments?: PingResult & { size: number };
  /** Further connections, each from another port, where there is more than one way. */
  more: PortResult[];
}

/** Seconds after which ping gives up by itself, and that it waits between two. */
const DEADLINE = 2;
const INTERVAL = 0.2;
/** The status of a program that SIGINT ended because it had not yet got so far as to catch it. */
const INTERRUPTED = 130;

interface PingOptions {
  /** Bytes of the whole packet, sent with "don't fragment" unless `divide`; undefined: a small one. */
  size?: number;
  source?: string;
  count?: number;
  divide?: boolean;
  /** Milliseconds to wait for an answer. */
  patience: number;
  /** Is given the process id of ping. */
  started?: (id: number) => void;
}

/** Sends pings and returns what became of them. */
export async function ping(asker: FoundNamespace, target: string, options: PingOptions): Promise<PingResult> {
  const { size, source, count = 2, divide = false, patience, started } = options;
  const packet = {
    ...(size === undefined ? {} : { size, fragment: divide }),
    ...(source === undefined ? {} : { source }),
  };
  // A veth that drops a packet as too large says ENOBUFS, and ping then tries again and again until its deadline: of
  // one packet no second is sent before that.
  const times = count === 1 ? { interval: 2 * DEADLINE, deadline: DEADLINE } : { wait: DEADLINE };
  const request = { count, ...times, ...packet };
  const timeout = (DEADLINE + 2) * 1000;
  let report: PingReport;
  try {
    const interrupt = patience + (count - 1) * INTERVAL * 1000;
    const common = { timeout, ...(started === undefined ? {} : { started }) };
    report = await systemPing(asker.namespace, target, request, { interrupt, ...common });
    // On a busy machine it was interrupted before it could send anything.
    if (report.status === INTERRUPTED) report = await systemPing(asker.namespace, target, request, common);
  } catch (error) {
    if (error instanceof NscapError && error.code === 'MISSING_TOOL')
      return { outcome: 'missing', words: 'the program ping is not installed' };
    if (error instanceof NscapError && error.code === 'TIMEOUT')
      return { outcome: 'silent', words: 'no answer' };
    throw error;
  }
  const { sent, received, time, error } = report;
  const tooBig = report.tooBig ? { tooBig: true } : {};
  if (report.status === 0) {
    return {
      outcome: 'answered',
      words: `${received} of ${sent} answered${time === undefined ? '' : ` in ${(time * 1000).toFixed(3)} ms`}`,
      ...(time === undefined ? {} : { time }),
      ...tooBig,
    };
  }
  if (error === undefined) return { outcome: 'silent', words: 'no answer', ...tooBig };
  const words = error.from === undefined ? error.words : `${error.words}, says ${error.from}`;
  return { outcome: 'error', words, ...tooBig };
}

/** Milliseconds: for what follows the last retransmission, and for a server to speak. */
const LATE = 300;
const GREETING = 120;
const POLLING = 5;
/** Bytes of payload that a receive buffer has room for at once. */
const LARGEST = 32_000;

/** After the handshake: wait for the server to speak, then also send it something. */
type Talk = 'none' | 'greeting' | 'payload';

/** A knock that is under way: its own port is known before the first packet leaves. */
interface Knock {
  ownPort: number | undefined;
  /** Sends the packets and waits for answers. */
  result(): Promise<PortResult>;
}

/** A TCP handshake or a datagram, from a socket inside the namespace; by `nscap nc -z` if that is impossible. */
export function knock(
  asker: FoundNamespace,
  target: string,
  port: number,
  udp: boolean,
  patience: number,
  talk: Talk,
): Knock {
  try {
    const kernel = theKernel();
    if (kernel !== undefined) return knockBySocket(kernel, asker, target, port, { udp, patience, talk });
  } catch {
    // Entering takes more than this user has: a program may have another way in.
  }
  return { ownPort: undefined, result: () => knockByProgram(asker, target, port, udp) };
}

function knockBySocket(
  kernel: Kernel,
  asker: FoundNamespace,
  target: string,
  port: number,
  { udp, patience, talk }: { udp: boolean; patience: number; talk: Talk },
): Knock {
  const [address, zone] = target.split('%');
  const scope = asker.interfaces?.find((link) => link.name === zone)?.index;
  const family = familyOf(address!)!;
  const bytes = Buffer.from(
    bitsOf(address!)
      .toString(16)
      .padStart(WIDTH[family] / 4, '0'),
    'hex',
  );
  const start = performance.now();
  const socket = kernel.connectFrom(
    asker.namespace.path,
    { address: bytes, port, ...(scope === undefined ? {} : { scope }) },
    udp ? 'udp' : 'tcp',
  );
  return {
    ownPort: socket.port || undefined,
    async result() {
      try {
        if (socket.error !== 0) {
          const outcome = socket.error === constants.errno.ECONNREFUSED ? 'refused' : 'error';
          return { outcome, words: errorWords(socket.error), took: 0, refusedHere: socket.error };
        }
        const found = udp
          ? await datagramFate(socket, patience)
          : await handshakeFate(socket, patience, talk);
        return { ...found, took: Math.round(performance.now() - start), ownPort: socket.port };
      } finally {
        socket.close();
      }
    },
  };
}

/** Where an answer may take a second it may be to the second SYN, which goes after one. */
async function handshakeFate(
  socket: Connecting,
  patience: number,
  talk: Talk,
): Promise<Omit<PortResult, 'took'>> {
  const end = performance.now() + patience + LATE;
  while (performance.now() < end) {
    const { connected, error } = socket.state();
    // Only what was connected can be reset: a SYN is refused.
    if (error === constants.errno.ECONNRESET)
      return { outcome: 'open', words: 'connected', server: 'resets' };
    if (error !== 0) return failed(error);
    if (connected) {
      if (talk === 'none') return { outcome: 'open', words: 'connected' };
      const server = await greeting(socket);
      const sent =
        talk === 'payload' && server === 'waits' ? await transfer(socket, patience + LATE) : undefined;
      return {
        outcome: 'open',
        words: 'connected',
        server,
        ...(sent === undefined ? {} : { payload: sent }),
      };
    }
    await delay(POLLING);
  }
  // A process that had to wait for the processor may have slept through it.
  if (socket.state().connected) return { outcome: 'open', words: 'connected', server: 'waits' };
  return failed(constants.errno.ETIMEDOUT);
}

/** What the server does by itself: many say something at once, some end the connection. */
async function greeting(socket: Connecting): Promise<NonNullable<PortResult['server']>> {
  const end = performance.now() + GREETING;
  while (performance.now() < end) {
    const received = socket.receive();
    if (typeof received === 'number') return 'resets';
    if (received !== undefined) return received.length === 0 ? 'closes' : 'speaks';
    await delay(POLLING);
  }
  return 'waits';
}

/**
 * Sends two full segments of empty lines, which most servers skip (RFC 9112, 2.2): what lets small packets pass may lose
 * large ones. The other kernel acknowledges them, whether its program reads or not.
 */
async function transfer(socket: Connecting, patience: number): Promise<PortResult['payload']> {
  const { size: segment } = socket.segments();
  const bytes = Math.min(2 * segment, LARGEST);
  if (socket.send(Buffer.alloc(bytes, '\r\n')) !== 0) return undefined;
  const end = performance.now() + patience;
  for (;;) {
    // Whatever ended the connection came back.
    const delivered = socket.segments().unacknowledged === 0 || !socket.state().connected;
    if (delivered || performance.now() >= end) return { bytes, segment, delivered };
    await delay(POLLING);
  }
}

async function datagramFate(socket: Connecting, patience: number): Promise<Omit<PortResult, 'took'>> {
  // Nothing but a datagram without a payload: a server may make of it what it likes.
  const sent = socket.send(Buffer.alloc(0));
  if (sent !== 0) return { ...failed(sent), refusedHere: sent };
  const end = performance.now() + patience;
  while (performance.now() < end) {
    const received = socket.receive();
    if (typeof received === 'number') return failed(received);
    if (received !== undefined) return { outcome: 'open', words: 'answered', answered: true };
    const { error } = socket.state();
    if (error !== 0) return failed(error);
    await delay(POLLING);
  }
  const late = socket.receive();
  if (typeof late === 'number') return failed(late);
  if (late !== undefined) return { outcome: 'open', words: 'answered', answered: true };
  return { outcome: 'open', words: 'nothing refused it' };
}

function failed(error: number): Omit<PortResult, 'took'> {
  const { ECONNREFUSED, ETIMEDOUT } = constants.errno;
  const outcome = error === ECONNREFUSED ? 'refused' : error === ETIMEDOUT ? 'silent' : 'error';
  return { outcome, words: errorWords(error) };
}

/** As the C library says it. */
function errorWords(error: number): string {
  const words = getSystemErrorMap().get(-error)?.[1] ?? `errno ${error}`;
  return `${words[0].toUpperCase()}${words.slice(1)}`;
}

async function knockByProgram(
  asker: FoundNamespace,
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
  const result = await attemptInside(asker.namespace, argv, { timeout: 5000, env: selfEnvironment() }).catch(
    (error: unknown) => {
      if (error instanceof NscapError && error.code === 'TIMEOUT') return undefined;
      throw error;
    },
  );
  const took = Math.round(performance.now() - start);
  if (result === undefined) return { outcome: 'silent', words: 'Connection timed out', took };
  if (result.status === 0) return { outcome: 'open', words: udp ? 'nothing refused it' : 'connected', took };
  const message = /^nscap: (.*)$/m.exec(result.stderr)?.[1] ?? result.stderr.trim();
  const words = message.replace(/^connect to [^ ]+: /, '');
  const outcome = /refused/i.test(message) ? 'refused' : /timed out/i.test(message) ? 'silent' : 'error';
  return { outcome, words, took };
}
