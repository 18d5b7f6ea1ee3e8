// ClickHouse over HTTP: statements, and rows in RowBinary. Replicas that do not answer are left for the next one.
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { NscapError, reason } from '../../errors.ts';
import type { ClickhouseTarget, Endpoint } from '../target.ts';
import type { Credentials } from './credentials.ts';

const compress = promisify(gzip);

/** Milliseconds. */
const CONNECT_TIMEOUT = 10_000;
const INSERT_TIMEOUT = 120_000;
/** Bytes below which a body is sent as it is. */
const COMPRESSED_FROM = 16_384;
/** Bytes of an answer that are read at most where something failed. */
const ERROR_BYTES = 65_536;

/**
 * Codes of failures that may be over when the same is sent again: memory, timeouts, connections between replicas,
 * ZooKeeper, too many parts, a disk that is full, a replica that only reads.
 */
const PASSING = new Set([
  32, 159, 164, 201, 202, 203, 209, 210, 225, 236, 241, 242, 243, 252, 254, 279, 285, 286, 287, 319, 335, 394,
  999,
]);
const AUTHENTICATION = new Set([192, 193, 194, 195, 497, 516]);
const UNKNOWN_DATABASE = 81;
const UNKNOWN_TABLE = 60;

export type FailureKind =
  /** Nobody answered, or an answer did not come: what was sent may have been done. */
  | 'unreachable'
  /** The engine could not, now. */
  | 'passing'
  /** Who asks, or a database, table or column that is not there: nothing will do until somebody changes it. */
  | 'setup'
  /** This very statement cannot be done. */
  | 'statement';

export class ClickhouseError extends NscapError {
  readonly kind: FailureKind;
  /** ClickHouse's own number; 0 where it said nothing. */
  readonly number: number;

  constructor(
    kind: FailureKind,
    message: string,
    options: { number?: number; hint?: string; cause?: unknown } = {},
  ) {
    super(kind === 'statement' ? 'SQL' : 'STORE', message, options);
    this.kind = kind;
    this.number = options.number ?? 0;
  }
}

export type Settings = Record<string, string | number>;

export class Clickhouse {
  readonly target: ClickhouseTarget;
  private readonly credentials: Credentials;
  private readonly agent: http.Agent;
  private readonly known = new Map<string, ReadonlySet<string>>();
  /** The endpoint that answered last. */
  private current = 0;

  /** @throws NscapError FILE where the file of certificates cannot be read */
  constructor(target: ClickhouseTarget, who: Credentials) {
    this.target = target;
    this.credentials = who;
    // A connection for each request: ClickHouse closes idle ones after a few seconds, and an INSERT that is on its way just
    // then fails without anybody knowing whether it was done.
    this.agent = target.tls
      ? new https.Agent(target.ca === undefined ? {} : { ca: certificates(target.ca) })
      : new http.Agent();
  }

  /** Where it is, for people. */
  get place(): string {
    const { tls, endpoints, database } = this.target;
    const hosts = endpoints.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
    return `clickhouse${tls ? 's' : ''}://${hosts.join(',')}/${database}`;
  }

  /** The answer to a statement. `database`: none for what makes it. @throws ClickhouseError */
  query(
    sql: string,
    settings: Settings = {},
    database: string | undefined = this.target.database,
  ): Promise<Buffer> {
    // What fails behind the beginning of an answer has a status of its own then.
    const parameters = { ...settings, wait_end_of_query: 1, ...(database === undefined ? {} : { database }) };
    return this.anywhere(parameters, Buffer.from(sql), {}, 0);
  }

  /** Sends rows; `sql` is the INSERT before them. @throws ClickhouseError */
  async insert(sql: string, rows: Buffer, settings: Settings = {}): Promise<void> {
    const parameters = { ...settings, database: this.target.database, query: sql };
    const large = rows.length >= COMPRESSED_FROM;
    const body = large ? await compress(rows, { level: 1 }) : rows;
    await this.anywhere(parameters, body, large ? { 'Content-Encoding': 'gzip' } : {}, INSERT_TIMEOUT);
  }

  /** Which settings of these the engine has: each version has others, and refuses what it does not know. */
  async has(
    table: 'settings' | 'merge_tree_settings',
    names: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const key = `${table} ${names}`;
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const list = names.map((name) => `'${name}'`).join(', ');
    const answer = await this.query(`SELECT name FROM system.${table} WHERE name IN (${list})`, {}, 'system');
    const found = new Set(answer.toString().split('\n').filter(Boolean));
    this.known.set(key, found);
    return found;
  }

  close(): void {
    this.agent.destroy();
  }

  private async anywhere(
    parameters: Settings,
    body: Buffer,
    headers: http.OutgoingHttpHeaders,
    timeout: number,
  ): Promise<Buffer> {
    const { endpoints } = this.target;
    for (let tried = 1; ; tried++) {
      try {
        return await this.post(endpoints[this.current], parameters, body, headers, timeout);
      } catch (error) {
        const elsewhere = error instanceof ClickhouseError && ['unreachable', 'passing'].includes(error.kind);
        if (elsewhere) this.current = (this.current + 1) % endpoints.length;
        if (!elsewhere || tried >= endpoints.length) throw error;
      }
    }
  }

  private post(
    { host, port }: Endpoint,
    parameters: Settings,
    body: Buffer,
    headers: http.OutgoingHttpHeaders,
    timeout: number,
  ): Promise<Buffer> {
    const { user, password } = this.credentials;
    const query = new URLSearchParams(
      Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const { request } = this.target.tls ? https : http;
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => reject(unreachable(`${host}:${port}`, error));
      const sent = request(
        {
          host,
          port,
          agent: this.agent,
          method: 'POST',
          path: `/?${query}`,
          headers: {
            ...headers,
            'Content-Length': body.length,
            // Headers are bytes; Node takes each character for one.
            'X-ClickHouse-User': Buffer.from(user).toString('latin1'),
            'X-ClickHouse-Key': Buffer.from(password).toString('latin1'),
          },
        },
        (response) => {
          clearTimeout(connecting);
          collect(response).then(
            (answer) => {
              const failure = failureIn(response, answer);
              if (failure === undefined) resolve(answer);
              else reject(failure);
            },
            (error) => failed(error as Error),
          );
        },
      );
      const connecting = setTimeout(() => {
        if (sent.socket === null || sent.socket.connecting) sent.destroy(new Error('no connection in 10 s'));
      }, CONNECT_TIMEOUT);
      if (timeout > 0)
        sent.setTimeout(timeout, () => sent.destroy(new Error(`no answer in ${timeout / 1000} s`)));
      sent.on('close', () => clearTimeout(connecting));
      sent.on('error', failed);
      sent.end(body);
    });
  }
}

async function collect(response: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += (chunk as Buffer).length;
    if (response.statusCode === 200 || length < ERROR_BYTES) chunks.push(chunk as Buffer);
  }
  if (!response.complete) throw new Error('the answer was cut off');
  return Buffer.concat(chunks);
}

/** What the engine says went wrong. An exception may also come behind a beginning that was well. */
function failureIn(response: http.IncomingMessage, answer: Buffer): ClickhouseError | undefined {
  const header = Number(response.headers['x-clickhouse-exception-code'] ?? 0);
  if (response.statusCode === 200 && header === 0) return undefined;
  const text = answer.toString();
  const number = header || Number(/^\s*Code: (\d+)/.exec(text)?.[1] ?? 0);
  if (number === 0) {
    const kind = (response.statusCode ?? 0) >= 500 ? 'passing' : 'setup';
    return new ClickhouseError(kind, `what answers is not ClickHouse: HTTP status ${response.statusCode}`);
  }
  return explained(number, text);
}

function explained(number: number, text: string): ClickhouseError {
  const said = (
    /DB::Exception: ([\s\S]*?)(?:, e\.what\(\)|\. ?\([A-Z_]+\)|\s*\(version |$)/.exec(text)?.[1] ?? text
  )
    .trim()
    .split('\n', 1)[0]
    .slice(0, 400);
  if (AUTHENTICATION.has(number)) {
    return new ClickhouseError('setup', `ClickHouse refuses user or password: ${said}`, {
      number,
      hint: 'NSCAP_CLICKHOUSE_USER and NSCAP_CLICKHOUSE_PASSWORD, or a file that NSCAP_CLICKHOUSE_CREDENTIALS names',
    });
  }
  if (number === UNKNOWN_DATABASE || number === UNKNOWN_TABLE) {
    return new ClickhouseError('setup', `ClickHouse: ${said}`, {
      number,
      hint: 'nscap store init --store TARGET makes database and tables',
    });
  }
  return new ClickhouseError(
    PASSING.has(number) ? 'passing' : 'statement',
    `ClickHouse: ${said} (code ${number})`,
    {
      number,
    },
  );
}

function unreachable(place: string, error: NodeJS.ErrnoException): ClickhouseError {
  const { code = '' } = error;
  const tls = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO|EPROTO/.test(code);
  const said = tls ? `TLS: ${error.message}` : reason(error).replace(/ \S+:\d+$/, '');
  return new ClickhouseError(tls ? 'setup' : 'unreachable', `cannot reach ClickHouse at ${place}: ${said}`, {
    cause: error,
    ...(tls ? { hint: '?ca=FILE in the target names the certificates that are trusted' } : {}),
  });
}

function certificates(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new NscapError('FILE', `cannot read the certificates ${file}: ${reason(error)}`, { cause: error });
  }
}
