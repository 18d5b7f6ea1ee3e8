// What --store means, and who asks.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { credentials } from '../../src/store/clickhouse/credentials.ts';
import { clickhouseTarget } from '../../src/store/target.ts';

const folder = mkdtempSync(join(tmpdir(), 'nscap-target-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['/srv/rows', 'rows', './clickhouse', 'a:b'])('%s is a folder', (target) => {
  expect(clickhouseTarget(target)).toBeUndefined();
});

test.each([
  ['clickhouse://engine', false, [['engine', 8123]], 'nscap'],
  ['clickhouse://engine:9123/rows', false, [['engine', 9123]], 'rows'],
  [
    'clickhouses://a,b:1/rows',
    true,
    [
      ['a', 8443],
      ['b', 1],
    ],
    'rows',
  ],
  ['clickhouse://[fd00::1]:8123/a%20b', false, [['fd00::1', 8123]], 'a b'],
] as const)('%s', (target, tls, endpoints, database) => {
  const found = clickhouseTarget(target)!;
  expect(found).toMatchObject({ tls, database, spoolBytes: 2 ** 30 });
  expect(found.endpoints.map(({ host, port }) => [host, port])).toEqual(endpoints);
});

test('two stores have spools of their own, and parameters name another', () => {
  const [one, other] = ['clickhouse://a/x', 'clickhouse://a/y'].map((target) => clickhouseTarget(target)!);
  expect(one!.spool).not.toBe(other!.spool);
  expect(
    clickhouseTarget('clickhouse://a/x?spool=/var/spool/n%20s&spool_size=64M&every=60&ca=/etc/ca.pem'),
  ).toMatchObject({
    spool: '/var/spool/n s',
    spoolBytes: 64 * 2 ** 20,
    ca: '/etc/ca.pem',
    every: 60,
  });
});

test.each([
  ['http://engine/', 'is neither a folder nor ClickHouse'],
  ['clickhouse://', 'names no host'],
  ['clickhouse://a:99999/x', 'names no host'],
  ['clickhouse://a/x?speed=1', "'speed' is no parameter of a store"],
  ['clickhouse://a/x?spool_size=much', "'much' is no size"],
  ['clickhouse://a/x?every=soon', "'soon' is no number of seconds"],
  ['clickhouse://a/x?spool=%zz', 'has a % that escapes nothing'],
])('%s is refused', (target, said) => {
  expect(() => clickhouseTarget(target)).toThrow(said);
});

test('a password on the command line is refused, and not said again', () => {
  expect(() => clickhouseTarget('clickhouse+tls://me:s3cret@h/d')).toThrow(
    /^(?!.*s3cret).*do not belong on the command line/,
  );
  expect(() => clickhouseTarget('clickhouse://me:s3cret@engine/x')).toThrow(
    /^(?!.*s3cret).*do not belong on the command line/,
  );
});

test('who asks: the environment, else a file that nobody else can read, else the default user', () => {
  const file = join(folder, 'who.json');
  writeFileSync(file, '{"user": "capture", "password": "s3cret"}', { mode: 0o600 });
  const named = { NSCAP_CLICKHOUSE_CREDENTIALS: file };
  expect(credentials(named)).toEqual({ user: 'capture', password: 's3cret' });
  expect(credentials({ ...named, NSCAP_CLICKHOUSE_PASSWORD: 'other' })).toEqual({
    user: 'default',
    password: 'other',
  });
  expect(credentials({ XDG_CONFIG_HOME: folder })).toEqual({ user: 'default', password: '' });
  chmodSync(file, 0o644);
  expect(() => credentials(named)).toThrow(/has a password in it and may be read by others/);
  expect(() => credentials({ NSCAP_CLICKHOUSE_CREDENTIALS: join(folder, 'none') })).toThrow(
    /cannot read the credentials/,
  );
  writeFileSync(file, 's3cret, not JSON');
  chmodSync(file, 0o600);
  expect(() => credentials(named)).toThrow(/^(?!.*s3cret).* is not JSON/);
  expect(() => credentials({ NSCAP_CLICKHOUSE_PASSWORD: 'a\nb' })).toThrow('has a control character in it');
});
