// A headless Chromium that shows a page from a file, driven through its debugging pipe.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

/** What the DevTools protocol carries: JSON, whose shape is the method's. */
// biome-ignore lint/suspicious/noExplicitAny: a test that expects another shape fails
type Json = any;

interface Message {
  id?: number;
  method?: string;
  params?: Json;
  result?: Json;
  error?: { message: string };
}

/** The browser with one page. What the page says on its console, and what it asks the network for, is gathered. */
export class Browser {
  /** Errors and warnings of the console, exceptions, violations of the page's policy. */
  readonly complaints: string[] = [];
  /** URLs that were asked for. */
  readonly requests: string[] = [];
  private readonly child: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), 'nscap-browser-'));
  private readonly waiting = new Map<number, (message: Message) => void>();
  private readonly events = new Map<string, () => void>();
  private session = '';
  private last = 0;

  constructor() {
    this.child = spawn(
      'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--remote-debugging-pipe',
        `--user-data-dir=${this.folder}`,
        '--window-size=1200,900',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    let rest = '';
    (this.child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\0');
      rest = parts.pop()!;
      for (const part of parts) this.take(JSON.parse(part));
    });
  }

  private take({ id, method, params, ...rest }: Message): void {
    if (id !== undefined) this.waiting.get(id)?.({ id, ...rest });
    if (method === 'Runtime.exceptionThrown') {
      const { text, exception } = params.exceptionDetails;
      this.complaints.push(`${text} ${exception?.description ?? ''}`);
    } else if (method === 'Log.entryAdded') this.complaints.push(params.entry.text);
    else if (method === 'Runtime.consoleAPICalled') this.complaints.push(JSON.stringify(params.args));
    else if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
    if (method !== undefined) this.events.get(method)?.();
  }

  /** Sends a command of the DevTools protocol. */
  async send(method: string, params: object = {}): Promise<Json> {
    const id = ++this.last;
    const session = this.session === '' ? {} : { sessionId: this.session };
    (this.child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    const { result, error } = await new Promise<Message>((resolve) => this.waiting.set(id, resolve));
    this.waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Shows a file, and waits until it is loaded and drawn. */
  async open(path: string): Promise<void> {
    if (this.session === '') {
      const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
      this.session = (await this.send('Target.attachToTarget', { targetId, flatten: true })).sessionId;
      for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.send(`${domain}.enable`);
    }
    this.requests.length = 0;
    const loaded = new Promise<void>((resolve) => this.events.set('Page.loadEventFired', resolve));
    await this.send('Page.navigate', { url: pathToFileURL(path).href });
    await loaded;
    await this.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))');
  }

  /** The value of an expression in the page. */
  async evaluate(expression: string): Promise<Json> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
    await ended;
    // Helpers of the browser that was killed may still write there.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
