// nscap tcp-test: tests a TCP path between two namespaces, step by step, and reports what was seen on the wire.
import { setTimeout as delay } from 'node:timers/promises';
import { endpointText } from '../base/address.ts';
import { STARTING } from '../base/starting.ts';
import { bitRate, count, duration } from '../base/units.ts';
import { NscapError, usageError } from '../errors.ts';
import { createLab, withLab } from '../lab/create.ts';
import { pairSpec } from '../lab/topology.ts';
import { runnable } from '../netns/command.ts';
import { enterArgv, type Namespace, namespaceNames, sameNamespace } from '../netns/namespace.ts';
import { ping } from '../netns/ping.ts';
import { resolveNamespace } from '../netns/resolve.ts';
import { selfArgv, selfEnvironment } from '../netns/user.ts';
import type { PrintOptions } from '../print/engine/options.ts';
import { AGENT, type Instruction } from '../talk/agent.ts';
import { type TalkChild, talkIn } from '../talk/child.ts';
import type { ExchangeResult } from '../talk/exchange.ts';
import { PathDrops } from './drops.ts';
import { choosePoints, type Point, route } from './points.ts';
import { type Recorder, record } from './recorder.ts';
import { readTraffic, type Traffic } from './traffic.ts';

const PINGS = 2;
/** Milliseconds to wait for the last reply at most: between namespaces of one machine it takes microseconds. */
const PING_TIMEOUT = 1000;
/** Bytes captured of each packet of bulk: its headers. The hash proves the rest. */
const BULK_SNAPLEN = 256;
/** Milliseconds a capture goes on after the last step: the ACK of the last FIN is still under way. */
const LINGER = 100;

export interface TcpTestOptions {
  /** 1 to 65535. */
  port: number;
  /** NS arguments; without them ns1 and ns2 where both exist, else a lab made for this run. */
  server?: string;
  client?: string;
  message: string;
  /** Bulk instead of the message: this many bytes to the server. */
  bytes?: number;
  /** Milliseconds each wait may take. */
  timeout: number;
  /** The capture file; its folder must be there. */
  file: string;
  /** Leaves a lab made for this run in place. */
  keep: boolean;
  /** Whether to start a server; without one the test is whether a server listens there already. */
  serve: boolean;
  /** How the captured packets are printed. */
  print: Partial<PrintOptions>;
  /** Aborted, the test ends early and takes back what it made. */
  signal: AbortSignal;
}

/** One step of the proof. `ok` is undefined where an earlier failure left nothing to try. */
export interface Step {
  name: string;
  expected: string;
  seen: string;
  ok: boolean | undefined;
}

export interface TcpTestResult {
  ok: boolean;
  port: number;
  server: Point | undefined;
  client: Point | undefined;
  /** The lab that `keep` left in place. */
  kept: string | undefined;
  steps: Step[];
  /** What the capture holds; undefined where there could be none. */
  traffic: Traffic | undefined;
  file: string;
}

/**
 * Runs the test. The steps of the result report what is broken on the path.
 * @throws NscapError for what is not the path's fault: unknown namespaces, no permission, a missing tool, an abort.
 */
export async function tcpTest(options: TcpTestOptions): Promise<TcpTestResult> {
  try {
    return await test(options);
  } catch (error) {
    if (!options.signal.aborted) throw error;
    throw new NscapError('INTERRUPTED', 'interrupted: what the test had made is taken back', {
      cause: error,
    });
  }
}

async function test(options: TcpTestOptions): Promise<TcpTestResult> {
  if ((options.server === undefined) !== (options.client === undefined)) {
    throw usageError('--server and --client go together', 'give both, or neither for a lab of its own');
  }
  let [server, client] = [options.server, options.client];
  if (server === undefined || client === undefined) {
    const names = await namespaceNames();
    if (!names.includes('ns1') || !names.includes('ns2')) return inOwnLab(options);
    [server, client] = ['ns1', 'ns2'];
  }
  const [atServer, atClient] = await Promise.all([resolveNamespace(server), resolveNamespace(client)]);
  return between(atServer, atClient, options);
}

async function inOwnLab(options: TcpTestOptions): Promise<TcpTestResult> {
  const namespaces = [`ns1-${process.pid}`, `ns2-${process.pid}`] as const;
  const spec = pairSpec({ namespaces });
  const run = async () => {
    const [server, client] = await Promise.all(namespaces.map(resolveNamespace));
    return between(server, client, options);
  };
  if (!options.keep) return withLab(spec, run, { signal: options.signal });
  await createLab(spec, { signal: options.signal });
  return { ...(await run()), kept: spec.name };
}

async function between(
  server: Namespace,
  client: Namespace,
  options: TcpTestOptions,
): Promise<TcpTestResult> {
  return new Run(server, client, options).all();
}

/** One run: the steps in order, each of which is skipped once an earlier one left nothing to try. */
class Run {
  private readonly steps: Step[] = [];
  private readonly pings: { step: Step; from: Point; to: Point }[] = [];
  private server!: Point;
  private client!: Point;
  private recorder: Recorder | undefined;
  private drops: PathDrops | undefined;
  private traffic: Traffic | undefined;
  private readonly atServer: Namespace;
  private readonly atClient: Namespace;
  private readonly options: TcpTestOptions;

  constructor(atServer: Namespace, atClient: Namespace, options: TcpTestOptions) {
    this.atServer = atServer;
    this.atClient = atClient;
    this.options = options;
  }

  async all(): Promise<TcpTestResult> {
    const { options } = this;
    try {
      if (await this.findPoints()) {
        await this.checkRoutes();
        await this.watchDrops();
        await this.startCapture();
        await this.pingBothWays();
        await this.talk();
      }
    } finally {
      try {
        await this.endCapture();
      } finally {
        await this.drops?.stop();
      }
    }
    options.signal.throwIfAborted();
    this.skipRest();
    return {
      ok: this.steps.every((step) => step.ok === true),
      port: options.port,
      server: this.server,
      client: this.client,
      kept: undefined,
      steps: this.steps,
      traffic: this.traffic,
      file: options.file,
    };
  }

  /** Names the steps that were not come to. */
  private skipRest(): void {
    for (const name of ['capture', 'listen', 'connect', 'message', 'answer', 'close']) {
      const wanted = this.options.serve || name === 'capture' || name === 'connect';
      if (wanted && !this.steps.some((step) => step.name === name)) this.step(name, '', '', undefined);
    }
  }

  private step(name: string, expected: string, seen: string, ok: boolean | undefined): boolean {
    this.steps.push({ name, expected, seen, ok });
    return ok === true;
  }

  private async findPoints(): Promise<boolean> {
    const expected = 'an address and a link in each';
    try {
      const points = await choosePoints(this.atServer, this.atClient);
      this.server = points.server;
      this.client = points.client;
    } catch (error) {
      if (!(error instanceof NscapError) || error.code !== 'NO_ADDRESS') throw error;
      return this.step(
        'namespaces',
        expected,
        error.hint === undefined ? error.message : `${error.message} (${error.hint})`,
        false,
      );
    }
    const down = [this.server, this.client].filter((point) => !point.interface.up);
    const unplugged = [this.server, this.client].filter((point) => !point.interface.carrier);
    const [first] = down.length > 0 ? down : unplugged;
    if (first !== undefined) {
      const what = down.length > 0 ? 'is down' : 'has no carrier: its other end is down';
      return this.step('namespaces', expected, `${pointText(first)} ${what}`, false);
    }
    return this.step(
      'namespaces',
      expected,
      `${this.server.address} at ${pointText(this.server)}, ${this.client.address} at ${pointText(this.client)}`,
      true,
    );
  }

  private async checkRoutes(): Promise<void> {
    const { server, client } = this;
    const ways = [
      { from: client, to: server },
      { from: server, to: client },
    ];
    for (const { from, to } of sameNamespace(server.namespace, client.namespace) ? ways.slice(1) : ways) {
      const found = await route(from.namespace, to.address);
      this.step(
        `route ${from.namespace.label} to ${to.namespace.label}`,
        `a way to ${to.address}`,
        found === undefined
          ? `${from.namespace.label} has no route to ${to.address}`
          : `${found.gateway === undefined ? '' : `via ${found.gateway} `}dev ${found.dev}`,
        found !== undefined,
      );
    }
  }

  private async watchDrops(): Promise<void> {
    const { server, client } = this;
    const ends = [server.namespace, client.namespace];
    this.drops = await PathDrops.watch(ends, [server.address, client.address]);
  }

  private async startCapture(): Promise<void> {
    const { options, server, client } = this;
    const expected = 'ready before the first packet';
    const six = server.address.includes(':');
    const filter = `arp or ${six ? 'icmp6' : 'icmp'} or (host ${server.address} and host ${client.address})`;
    this.recorder = await record(
      server.namespace.label,
      server.interface.name,
      options.file,
      filter,
      options.bytes === undefined ? 0 : BULK_SNAPLEN,
    );
    this.step('capture', expected, `ready on ${pointText(server)}`, true);
  }

  private async pingBothWays(): Promise<void> {
    const { server, client } = this;
    await this.ping(client, server);
    if (!sameNamespace(server.namespace, client.namespace)) await this.ping(server, client);
  }

  private async ping(from: Point, to: Point): Promise<void> {
    const { timeout, signal } = this.options;
    const patience = Math.min(timeout, PING_TIMEOUT);
    const { sent, received, error } = await ping(
      from.namespace,
      to.address,
      { count: PINGS, wait: Math.max(1, Math.ceil(patience / 1000)) },
      { timeout: patience + STARTING, ...(signal === undefined ? {} : { signal }) },
    );
    const sender = error?.from === undefined ? '' : ` (from ${error.from})`;
    this.step(
      `ping ${from.namespace.label} to ${to.namespace.label}`,
      `${PINGS} replies from ${to.address}`,
      received > 0 || error === undefined ? `${received} of ${sent} answered` : `${error.words}${sender}`,
      received === PINGS,
    );
    this.pings.push({ step: this.steps.at(-1)!, from, to });
  }

  /** Server, client, data both ways, close. */
  private async talk(): Promise<void> {
    const { options, server, client } = this;
    const bulk = options.bytes;
    const exchange = {
      host: server.address,
      port: options.port,
      message: bulk === undefined ? options.message : { bytes: bulk },
      reply: bulk === undefined ? `received: ${options.message}` : `received ${bulk} bytes`,
      timeoutMs: options.timeout,
    };
    let listener: TalkChild | undefined;
    if (options.serve) {
      listener = this.start(server.namespace, { role: 'serve', ...exchange, startMs: STARTING });
      const trouble = await listener.until('listening').then(
        () => undefined,
        (error: Error) => error.message,
      );
      const expected = `${endpointText(server.address, options.port)} in ${server.namespace.label}`;
      if (!this.step('listen', expected, trouble ?? 'listening', trouble === undefined)) return;
    }
    const caller = this.start(client.namespace, {
      role: 'connect',
      ...exchange,
      sourceAddress: client.address,
    });
    const sent = await caller.done;
    this.connected(sent);
    if (listener === undefined) return;
    // A client that did not come through leaves the server waiting for it.
    if (!sent.ok) listener.kill();
    const received = await listener.done;
    if (sent.localPort !== undefined) this.data(sent, received);
  }

  private start(namespace: Namespace, instruction: Instruction): TalkChild {
    const child = talkIn(runnable(enterArgv(namespace, selfArgv([AGENT]))), instruction, selfEnvironment());
    this.options.signal.addEventListener('abort', child.kill, { once: true });
    return child;
  }

  private connected(sent: ExchangeResult): void {
    const { server, client, options } = this;
    const from = sent.localPort === undefined ? undefined : endpointText(sent.localAddress!, sent.localPort);
    this.step(
      'connect',
      `${client.namespace.label} to ${endpointText(server.address, options.port)}`,
      from === undefined
        ? sent.error!.message
        : `connected from ${from} in ${duration(sent.connectSeconds! * 1e9)}`,
      from !== undefined,
    );
  }

  private data(sent: ExchangeResult, received: ExchangeResult): void {
    const { options } = this;
    const expected =
      options.bytes === undefined
        ? `${JSON.stringify(options.message)}, ${Buffer.byteLength(options.message)} bytes`
        : `${options.bytes} bytes, SHA-256 ${sent.sentSha256.slice(0, 16)}…`;
    const came = received.receivedSha256 === sent.sentSha256 && received.received === sent.sent;
    const speed = options.bytes === undefined ? '' : `, ${bitRate(received.bytesPerSecond ?? 0)}`;
    this.step(
      'message',
      expected,
      came
        ? `the same ${received.received} bytes${speed}`
        : (received.error?.message ?? `${received.received} bytes`),
      came,
    );
    if (!came) return;
    const answered =
      sent.receivedSha256 === received.sentSha256 && sent.received === received.sent && sent.received > 0;
    this.step(
      'answer',
      `${received.sent} bytes back`,
      answered ? `the same ${sent.received} bytes` : (sent.error?.message ?? `${sent.received} bytes`),
      answered,
    );
    this.step(
      'close',
      'FIN both ways',
      sent.error?.message ?? received.error?.message ?? 'both ends closed',
      sent.ok && received.ok,
    );
  }

  /** Ends the capture and holds what the steps saw against what was on the wire. */
  private async endCapture(): Promise<void> {
    if (this.recorder === undefined) return;
    await delay(LINGER);
    const counts = await this.recorder.stop();
    await this.drops?.stop();
    if (this.options.signal.aborted) return;
    const traffic = await readTraffic(this.options.file, this.options.port, counts, this.options.print);
    this.traffic = traffic;
    const { observation } = traffic;
    const at = (name: string) => this.steps.find((step) => step.name === name);
    const connect = at('connect');
    if (connect !== undefined) {
      connect.seen += `; on the wire: ${observation.describeHandshake()}`;
      connect.ok &&= observation.handshake;
    }
    const close = at('close');
    if (close !== undefined) {
      close.seen = close.ok
        ? observation.describeClose()
        : `${close.seen}; on the wire: ${observation.describeClose()}`;
      close.ok &&= observation.clientFins > 0 && observation.serverFins > 0 && observation.resets === 0;
    }
    for (const { step, from, to } of this.pings) {
      if (!step.ok) step.seen += `; on the wire: ${observation.describePing(from.address, to.address)}`;
    }
    this.explainLosses();
    this.step(
      'capture file',
      'every packet of the test',
      `${count(counts.captured, 'packet')} captured, ${counts.dropped} dropped`,
      counts.dropped === 0 && counts.captured > 0,
    );
  }

  /** Adds to each step that was lost what the kernel says of the first packet of its kind that it dropped. */
  private explainLosses(): void {
    const pings = new Set(this.pings.map(({ step }) => step));
    for (const step of this.steps) {
      if (step.ok !== false) continue;
      const ofTcp = ['connect', 'message', 'answer', 'close'].includes(step.name);
      const why = pings.has(step)
        ? this.drops?.echo()
        : ofTcp
          ? this.drops?.tcp(this.options.port)
          : undefined;
      if (why !== undefined) step.seen += `; ${why}`;
    }
  }
}

function pointText(point: Point): string {
  return `${point.namespace.label}:${point.interface.name}`;
}
