// The parent's side of an agent.
import { createInterface } from 'node:readline';
import { spawn } from '../base/spawn.ts';
import { STARTING } from '../base/starting.ts';
import { NscapError } from '../errors.ts';
import type { Instruction } from './agent.ts';
import type { ExchangeEvent, ExchangeResult } from './exchange.ts';

/** An exchange going on in a child process. */
export interface TalkChild {
  /** What it told so far, but for the progress. */
  events: ExchangeEvent[];
  /** Waits for an event. Rejects with the result's error when the exchange ends without it. */
  until(event: 'listening' | 'connected'): Promise<void>;
  /** The result; also when the child could not start or died, which is then its error. Never rejects. */
  done: Promise<ExchangeResult>;
  /** Ends the child at once. */
  kill(): void;
}

/** No line an agent writes is near as long; more on stderr than this is not kept. */
const STDERR_KEPT = 4096;

/**
 * Starts an agent and gives it the instruction.
 * @param argv the whole command line: `enterArgv(namespace, selfArgv([AGENT]))`
 */
export function talkIn(
  argv: readonly string[],
  instruction: Instruction,
  env: NodeJS.ProcessEnv = process.env,
): TalkChild {
  const [program, ...args] = argv as [string, ...string[]];
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const events: ExchangeEvent[] = [];
  const waiting = new Set<() => void>();
  let silent = false;
  // The agent limits each of its waits itself. This is for one that hangs, beyond the start of it and of who calls it: it
  // is started anew by everything it says, which is something every second while bytes go.
  const timer = setTimeout(
    () => {
      silent = true;
      child.kill('SIGKILL');
    },
    instruction.timeoutMs + 2 * STARTING,
  );

  const done = new Promise<ExchangeResult>((resolve) => {
    let stderr = '';
    let result: ExchangeResult | undefined;
    child.stderr.on('data', (chunk) => {
      if (stderr.length < STDERR_KEPT) stderr += chunk;
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as ExchangeEvent;
      timer.refresh();
      if (event.event === 'progress') return;
      events.push(event);
      if (event.event === 'done') result = event.result;
      for (const look of waiting) look();
    });
    child.on('error', (error) => resolve(dead(instruction, error.message)));
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const why = silent
        ? 'the process that should do it hung'
        : stderr.trim().split('\n')[0] ||
          `the process that should do it ended with ${signal ?? `status ${status}`}`;
      resolve(result ?? dead(instruction, why));
    });
  });

  child.stdin.on('error', () => {}); // It died before it read: its end says why.
  child.stdin.write(`${JSON.stringify(instruction)}\n`);

  return {
    events,
    done,
    until: (event) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (events.some((one) => one.event === event)) resolve();
        };
        waiting.add(look);
        look();
        done.then(({ error }) => {
          look();
          reject(new NscapError(error?.code ?? 'AGENT', error?.message ?? `it ended without '${event}'`));
        });
      }),
    kill: () => child.kill('SIGKILL'),
  };
}

function dead({ role }: Instruction, message: string): ExchangeResult {
  return {
    ok: false,
    stage: role === 'serve' ? 'listen' : 'connect',
    error: { code: 'AGENT', message },
    sent: 0,
    received: 0,
    sentSha256: '',
    receivedSha256: '',
  };
}
