// Who asks ClickHouse: from the environment or a file, never from the command line, which all users of a host see.
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { NscapError, reason } from '../../errors.ts';

export interface Credentials {
  user: string;
  password: string;
}

const DEFAULT_USER = 'default';

/**
 * NSCAP_CLICKHOUSE_USER and NSCAP_CLICKHOUSE_PASSWORD, else the file that NSCAP_CLICKHOUSE_CREDENTIALS names, else
 * ~/.config/nscap/clickhouse.json where there is one: {"user": "…", "password": "…"}.
 * @throws NscapError FILE, STORE where the file is no such thing or others may read it
 */
export function credentials(environment: NodeJS.ProcessEnv = process.env): Credentials {
  const { NSCAP_CLICKHOUSE_USER: user, NSCAP_CLICKHOUSE_PASSWORD: password } = environment;
  if (user !== undefined || password !== undefined)
    return sendable(
      { user: user ?? DEFAULT_USER, password: password ?? '' },
      'NSCAP_CLICKHOUSE_USER or _PASSWORD',
    );
  const named = environment.NSCAP_CLICKHOUSE_CREDENTIALS;
  const config = environment.XDG_CONFIG_HOME || join(homedir(), '.config');
  const file = named ?? join(config, 'nscap', 'clickhouse.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT')
      return { user: DEFAULT_USER, password: '' };
    throw new NscapError('FILE', `cannot read the credentials ${file}: ${reason(error)}`, { cause: error });
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new NscapError('STORE', `${file} has a password in it and may be read by others`, {
      hint: `chmod 600 ${file}`,
    });
  }
  return parse(text, file);
}

function parse(text: string, file: string): Credentials {
  const form = { hint: '{"user": "…", "password": "…"}' };
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    // The message of JSON.parse quotes what it read.
    throw new NscapError('STORE', `${file} is not JSON`, form);
  }
  const { user = DEFAULT_USER, password = '' } = (found ?? {}) as Partial<Credentials>;
  if (typeof user !== 'string' || typeof password !== 'string')
    throw new NscapError('STORE', `${file} has no user and password`, form);
  return sendable({ user, password }, file);
}

/** They travel in headers, which hold one line each. */
function sendable(who: Credentials, where: string): Credentials {
  const control = (text: string) => Array.from(text).some((one) => one < ' ' || one === '\x7f');
  if (control(who.user) || control(who.password))
    throw new NscapError('STORE', `${where} has a control character in it, such as the end of a line`);
  return who;
}
