// Where rows go: a folder, or the tables of ClickHouse, as --store names them.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { usageError } from '../errors.ts';
import { pathPart } from './folder.ts';

export interface Endpoint {
  host: string;
  port: number;
}

export interface ClickhouseTarget {
  /** As it was given. */
  text: string;
  /** Replicas and shards that are asked in turn where one does not answer. */
  endpoints: readonly Endpoint[];
  tls: boolean;
  database: string;
  /** File of the certificates that are trusted, instead of those that Node comes with. */
  ca: string | undefined;
  /** Folder in which batches wait until the engine has them, and the bytes that it may take. */
  spool: string;
  spoolBytes: number;
  /** Seconds after which a live command makes a batch of its rows, however few. */
  every: number;
}

const SCHEME = /^(clickhouses?):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const DEFAULT_DATABASE = 'nscap';
const SPOOL_BYTES = 1 << 30;
const EVERY = 10;
const BYTES: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
const FORM =
  'clickhouse://HOST:8123/DATABASE, or clickhouses:// with TLS; ?ca=FILE, ?spool=FOLDER, ?spool_size=1G and ?every=60 may follow';

/** The engine that a target names; undefined for a folder. @throws NscapError USAGE for what is neither */
export function clickhouseTarget(target: string): ClickhouseTarget | undefined {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(target)) return undefined;
  // A password must not be said again.
  if (/^[a-z][a-z\d+.-]*:\/\/[^/]*@/i.test(target)) {
    throw usageError(
      'user and password do not belong on the command line, where all users of the host see them',
      'NSCAP_CLICKHOUSE_USER and NSCAP_CLICKHOUSE_PASSWORD, or a file that NSCAP_CLICKHOUSE_CREDENTIALS names',
    );
  }
  const [, scheme, hosts = '', database, query] = SCHEME.exec(target) ?? [];
  if (scheme === undefined) throw usageError(`'${target}' is neither a folder nor ClickHouse`, FORM);
  const tls = scheme === 'clickhouses';
  const endpoints = hosts.split(',').map((text) => endpoint(text, tls ? 8443 : 8123, target));
  const name = decode(database ?? '', target) || DEFAULT_DATABASE;
  const options = parameters(query ?? '', target);
  const where = endpoints.map(({ host, port }) => `${host}:${port}`).join(',');
  return {
    text: target,
    endpoints,
    tls,
    database: name,
    ca: options.ca,
    spool: options.spool ?? join(stateFolder(), 'spool', pathPart(`${where}/${name}`)),
    spoolBytes: options.spool_size === undefined ? SPOOL_BYTES : bytes(options.spool_size),
    every: options.every === undefined ? EVERY : seconds(options.every),
  };
}

function stateFolder(): string {
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'nscap');
}

function endpoint(text: string, port: number, target: string): Endpoint {
  const [, six, four, digits] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = six ?? four;
  const number = digits === undefined ? port : Number(digits);
  if (host === undefined || number < 1 || number > 65_535)
    throw usageError(`'${target}' names no host: '${text}'`, FORM);
  return { host, port: number };
}

const PARAMETERS = ['ca', 'spool', 'spool_size', 'every'] as const;

function parameters(query: string, target: string): Partial<Record<(typeof PARAMETERS)[number], string>> {
  const all: Partial<Record<(typeof PARAMETERS)[number], string>> = {};
  for (const part of query.split('&').filter(Boolean)) {
    const [name = '', value = ''] = part.split('=', 2);
    const known = PARAMETERS.find((one) => one === name);
    if (known === undefined || value === '')
      throw usageError(`'${name}' is no parameter of a store`, `there are ${PARAMETERS.join(', ')}`);
    all[known] = decode(value, target);
  }
  return all;
}

function decode(text: string, target: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw usageError(`'${target}' has a % that escapes nothing`, FORM);
  }
}

function seconds(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw usageError(`'${text}' is no number of seconds`, '?every=60');
  return Number(text);
}

function bytes(text: string): number {
  const [, number, unit] = /^(\d{1,12})([KMGT]?)$/i.exec(text) ?? [];
  if (number === undefined || Number(number) === 0)
    throw usageError(`'${text}' is no size`, 'such as 500M or 4G');
  return Number(number) * BYTES[unit.toUpperCase()];
}
