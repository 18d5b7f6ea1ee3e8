// A fleet of hosts and a cluster of two replicas, with what goes wrong in real ones.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NscapError } from '../../src/errors.ts';
import { BatchWriter } from '../../src/store/batch-writer.ts';
import { SCHEMA_VERSION, TABLES } from '../../src/store/schema.ts';
import { SpoolWriter, waiting } from '../../src/store/spool.ts';
import { PROGRAM, type Result, run } from '../support/nscap.ts';
import { CLUSTER, Cluster, PASSWORD } from './cluster.ts';

const HOSTS = 20;
const captures = fileURLToPath(new URL('../../captures', import.meta.url));
const FILES = ['nc-7096.pcap', 'no-route.pcap', 'walkthrough.pcap'].map((name) => join(captures, name));
const WHO = { NSCAP_CLICKHOUSE_USER: 'capture', NSCAP_CLICKHOUSE_PASSWORD: PASSWORD };
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'nscap-fleet-'));
let cluster: Cluster;

beforeAll(async () => {
  cluster = new Cluster();
  await cluster.engines();
  for (let i = 0; i < HOSTS; i++) cluster.host(cluster.hostNumber(i));
});
afterAll(async () => {
  spawnSync('umount', [join(folder, 'spool0')], { stdio: 'ignore' });
  await cluster?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs nscap on a host. */
function on(index: number, args: string[], environment: NodeJS.ProcessEnv = WHO): Promise<Result> {
  const place = ['netns', 'exec', cluster.name(cluster.hostNumber(index)), process.execPath, PROGRAM];
  return run('ip', [...place, ...args], { env: { ...process.env, XDG_STATE_HOME: folder, ...environment } });
}

test('store init makes replicated tables on both, and once more changes nothing', async () => {
  const init = ['store', 'init', '--store', cluster.target(), '--cluster', CLUSTER];
  const made = await on(0, init);
  expect(made, made.stderr).toMatchObject({ status: 0 });
  expect(made.stdout).toMatch(/schema version \d+; 8 tables made\n$/);
  expect((await on(0, init)).stdout).toMatch(/; nothing to change\n$/);
  for (const replica of [1, 2])
    expect(cluster.query("SELECT count() FROM system.tables WHERE database = 'nscap'", replica)).toBe('17');
  const other = await on(0, ['store', 'init', '--store', cluster.target()]);
  expect(other.status).toBe(1);
  expect(other.stderr).toContain('were made for the cluster fleet');
});

/** Rows of a host: what was written and what was given up, counted as they are made. */
class Source {
  readonly spool: string;
  rows = 0;
  sum = 0;
  lost = 0;
  private readonly writer: BatchWriter;
  private readonly store: SpoolWriter;
  private batch = 0;

  constructor(index: number, bound = 1 << 30) {
    this.spool = join(folder, `spool${index}`);
    this.store = new SpoolWriter(this.spool, bound);
    this.writer = new BatchWriter(
      { host: `host${index}`, boot: 'boot', capture: 'c', nscap: 'test' },
      this.store,
    );
  }

  /** Writes a batch; where there is no room it is lost, as in a live capture. */
  write(rows: number): void {
    const day = 20_000 + (this.batch % 3);
    this.batch++;
    let sum = 0;
    const into = this.writer.rows('drops', day * 86_400);
    for (let i = 0; i < rows; i++) {
      into.add(BigInt(day) * 86_400_000_000_000n, {
        reason: `R${i % 7}`,
        packets: i,
        harmless: false,
        how: 'bpf',
      });
      sum += i;
    }
    try {
      this.writer.flush();
      this.store.commit();
      this.rows += rows;
      this.sum += sum;
    } catch (error) {
      if (!(error instanceof NscapError)) throw error;
      this.lost += rows;
    }
  }
}

test('twenty hosts ship while a replica dies, the network is cut, replies are lost and shippers are killed', async () => {
  // One of them on a disk that fills.
  mkdirSync(join(folder, 'spool0'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'nscap-test', join(folder, 'spool0')]);
  const sources = Array.from(
    { length: HOSTS },
    (_, index) => new Source(index, index === 1 ? 9000 : 1 << 30),
  );
  const proxy = await cluster.proxy(3);
  const target = (index: number) =>
    cluster.target(`spool=${sources[index].spool}`, [proxy, '10.99.0.11', '10.99.0.12']);
  let over = false;
  /** A shipper that is killed again and again. */
  const shipper = async (index: number) => {
    if (index < 2) await pause(10_000); // until there is no room
    while (!over) {
      const label = `ship${index}`;
      const argv = [process.execPath, PROGRAM, 'store', 'ship', '--follow', '--store', target(index)];
      cluster.start(label, cluster.hostNumber(index), argv, WHO);
      await pause(3000 + Math.random() * 6000);
      await cluster.kill(label);
    }
  };
  const shippers = sources.map((_, index) => shipper(index));
  try {
    for (let second = 0; second < 20; second++) {
      if (second % 2 === 0)
        for (const source of sources) source.write(500 + Math.floor(Math.random() * 1000));
      if (second === 5) await cluster.kill('replica1');
      if (second === 12) cluster.startReplica(1);
      if (second === 8 || second === 16)
        for (let i = 5; i < 12; i++) cluster.link(cluster.hostNumber(i), 'down');
      if (second === 11 || second === 19)
        for (let i = 5; i < 12; i++) cluster.link(cluster.hostNumber(i), 'up');
      await pause(1000);
    }
  } finally {
    over = true;
    await Promise.all(shippers);
  }
  await cluster.replicaUp(1);
  for (let i = 0; i < HOSTS; i += 5) {
    const ended = await Promise.all(
      [0, 1, 2, 3, 4].map((more) =>
        on(i + more, ['store', 'ship', '--timeout', '60', '--store', target(i + more)]),
      ),
    );
    for (const { status, stderr } of ended) expect(status, stderr).toBe(0);
  }
  for (const { spool } of sources) expect(waiting(spool)).toEqual([]);
  execFileSync('umount', [join(folder, 'spool0')]);
  const expected = sources.map(({ rows, sum }, index) => `host${index}\t${rows}\t${rows}\t${sum}`).sort();
  const stored = (replica: number) =>
    cluster
      .query(
        'SELECT host, count(), uniqExact(boot, batch, row), sum(packets) FROM drops_local GROUP BY host ORDER BY host',
        replica,
      )
      .split('\n')
      .sort();
  // A replica fetches in its own time what the other took.
  for (const replica of [1, 2]) await expect.poll(() => stored(replica)).toEqual(expected);
  // Where there was no room, rows were lost, and are known by number.
  for (const index of [0, 1]) expect(sources[index].lost, `host${index}`).toBeGreaterThan(0);
  for (const source of sources.slice(2)) expect(source.lost).toBe(0);
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const QUESTIONS = [
  ['worst'],
  ['worst', '--by', 'rtt'],
  ['hosts'],
  ['since', '2020-01-01'],
  ['links'],
  ['drops'],
];

test('fleet answers as DuckDB does, and importing again changes nothing', async () => {
  const files = join(folder, 'files');
  const target = cluster.target(`spool=${join(folder, 'import')}`, undefined, 'answers');
  expect((await on(2, ['store', 'init', '--store', target, '--cluster', CLUSTER])).status).toBe(0);
  for (const store of [files, target, target]) {
    for (const host of ['a', 'b']) {
      const done = await on(2, [
        'store',
        'import',
        '--sample',
        '1',
        '--host',
        host,
        '--store',
        store,
        ...FILES,
      ]);
      expect(done, done.stderr).toMatchObject({ status: 0 });
    }
  }
  // What was imported under one name is there, whatever the other.
  for (const words of [...QUESTIONS, ['conn', '5a633524dcac8ee7']]) {
    const [duckdb, clickhouse] = await Promise.all(
      [files, target].map((store) => on(2, ['fleet', '--json', '--store', store, ...words])),
    );
    expect(clickhouse.stderr, words.join(' ')).toBe('');
    const without = (text: string) => JSON.parse(text).map(({ command, ...row }: { command: string }) => row);
    expect(without(clickhouse.stdout), words.join(' ')).toEqual(without(duckdb.stdout));
  }
  const sum =
    'SELECT count(*) AS n, sum(packets_client) AS p, max(client_address_bytes) AS b FROM connections';
  const [one, other] = await Promise.all(
    [files, target].map((store) => on(2, ['fleet', '--csv', '--store', store, 'sql', sum])),
  );
  expect(one.stdout).toBe(other.stdout);
  const status = JSON.parse((await on(2, ['store', 'status', '--json', '--store', target])).stdout);
  expect(status).toMatchObject({ schema: SCHEMA_VERSION, spool: { files: 0, unsent: [] } });
  // One page of both: what differs is which store they name, and when they were made.
  const pages = await Promise.all(
    [files, target].map(async (store, i) => {
      const page = join(folder, `fleet${i}.html`);
      const made = await on(2, ['fleet', 'report', '--store', store, '-o', page]);
      expect(made, made.stderr).toMatchObject({ status: 0, stderr: '' });
      return readFileSync(page, 'utf8').match(/<td[^>]*>.*?<\/td>/gs);
    }),
  );
  expect(pages[0]?.length).toBeGreaterThan(20);
  expect(pages[1]).toEqual(pages[0]);
});

test('a wrong password, no tables, another version, a table that is gone: an error each, and nothing lost', async () => {
  const spool = join(folder, 'errors');
  const target = cluster.target(`spool=${spool}`, undefined, 'errors');
  const ship = (environment = WHO) =>
    on(3, ['store', 'ship', '--timeout', '20', '--store', target], environment);
  await on(3, ['store', 'import', '--store', spool, ...FILES]);
  const before = waiting(spool).length;
  const attempt = async (what: string, pattern: RegExp, environment = WHO) => {
    const { status, stderr } = await ship(environment);
    expect(stderr, what).toMatch(pattern);
    expect(status, what).toBe(1);
    expect(waiting(spool), what).toHaveLength(before);
  };
  await attempt('password', /refuses user or password/, { ...WHO, NSCAP_CLICKHOUSE_PASSWORD: 'wrong' });
  await attempt('database', /there is no store in .*\nhint: nscap store init/);
  await on(3, ['store', 'init', '--store', target, '--cluster', CLUSTER]);
  cluster.query("INSERT INTO nscap_schema VALUES (99, 0, '')", 1, 'errors');
  await attempt('version', /has schema version 99, and this nscap knows versions up to/);
  cluster.query('DROP TABLE nscap_schema ON CLUSTER fleet', 1, 'errors');
  await attempt('no version', /there is no store in/);
  cluster.query('DROP TABLE connections ON CLUSTER fleet', 1, 'errors');
  // The path of the version's table in ZooKeeper goes with it.
  await expect
    .poll(async () => (await on(3, ['store', 'init', '--store', target, '--cluster', CLUSTER])).status)
    .toBe(0);
  const [first] = waiting(spool);
  truncateSync(join(spool, first.name), first.bytes - 10);
  const damaged = await ship();
  expect(damaged.status).toBe(1);
  expect(damaged.stderr).toMatch(/refused\/.*: not a whole file of rows/);
  expect(damaged.stdout).toContain(`${before - 1} batches with`);
  expect(waiting(spool)).toEqual([]);
});

test('tables of the first version get the columns that are new, and keep their rows', async () => {
  const target = cluster.target(`spool=${join(folder, 'old')}`, undefined, 'old');
  cluster.query('CREATE DATABASE old', 1, 'default');
  const { createTable, createVersionTable } = await import('../../src/store/clickhouse/ddl.ts');
  for (const table of Object.values(TABLES)) {
    const columns = table.columns.filter(({ since }) => since === 1);
    const [statement] = createTable('old', { ...table, columns }, { ttl: false, window: false });
    cluster.query(statement, 1, 'old');
  }
  cluster.query(createVersionTable('old'), 1, 'old');
  cluster.query("INSERT INTO nscap_schema VALUES (1, 0, '')", 1, 'old');
  const fixture = fileURLToPath(new URL('../store/fixtures/v1', import.meta.url));
  cpSync(fixture, join(folder, 'old'), { recursive: true });
  const early = await on(4, ['store', 'ship', '--store', target]);
  expect(early.stderr).toMatch(
    /has schema version 1, and this nscap writes version \d+\nhint: nscap store init/,
  );
  const init = await on(4, ['store', 'init', '--store', target.replace(',10.99.0.12:8123', '')]);
  expect(init.stdout).toMatch(/before 1; columns added: .*samples\.cwnd/);
  const only = target.replace(',10.99.0.12:8123', '');
  expect(await on(4, ['store', 'ship', '--store', only])).toMatchObject({ status: 0 });
  expect(cluster.query('SELECT count(), sum(packets), max(cwnd) FROM samples', 1, 'old')).toBe('2\t8\t\\N');
  expect(await on(4, ['store', 'import', '--sample', '1', '--store', only, FILES[2]])).toMatchObject({
    status: 0,
  });
});

test('TLS: the certificates that the target names are trusted, and no others', async () => {
  const target = `clickhouses://10.99.0.11/nscap?ca=${cluster.ca}`;
  expect(await on(5, ['fleet', '--store', target, '--csv', 'sql', 'SELECT 1 AS one'])).toMatchObject({
    stdout: 'one\n1\n',
  });
  const other = await on(5, ['fleet', '--store', 'clickhouses://10.99.0.11/nscap', 'hosts']);
  expect(other.status).toBe(1);
  expect(other.stderr).toMatch(/TLS: self-signed certificate\nhint: \?ca=FILE/);
});

const TALK = `const net = require('node:net');
  const server = net.createServer((socket) => socket.resume().on('end', () => socket.end())).listen(7000, () =>
    net.connect(7000).end('hello').resume().on('close', () => server.close()));`;

test('a live capture in a namespace that knows nothing of the engine: its rows arrive', async () => {
  const inside = cluster.name(cluster.hostNumber(7));
  const spool = join(folder, 'live');
  const argv = [
    'capture',
    '--store',
    cluster.target(`spool=${spool}`),
    '-q',
    '--duration',
    '6',
    inside,
    'lo',
    'tcp',
  ];
  cluster.link(cluster.hostNumber(7), 'down'); // nothing of that namespace reaches the engine
  const capture = on(6, argv);
  await pause(2500);
  expect(spawnSync('ip', ['netns', 'exec', inside, process.execPath, '-e', TALK]).status).toBe(0);
  const { status, stderr } = await capture;
  expect(status, stderr).toBe(0);
  expect(waiting(spool)).toEqual([]);
  expect(
    cluster.query(
      'SELECT sum(payload_bytes_client), max(server_port) FROM connections WHERE server_port = 7000',
    ),
  ).toBe('5\t7000');
});

test('what was given up is a row with its number', async () => {
  const spool = join(folder, 'small');
  const inside = cluster.name(cluster.hostNumber(8));
  const capture = on(8, [
    ...['capture', '--store', `clickhouse://127.0.0.1:1/nscap?spool=${spool}&spool_size=8K`],
    ...['-q', '--duration', '6', inside, 'lo', 'tcp'],
  ]);
  await pause(2500);
  expect(spawnSync('ip', ['netns', 'exec', inside, process.execPath, '-e', TALK]).status).toBe(0);
  const { status, stderr } = await capture;
  expect(stderr).toMatch(/the spool .* is full; going on without/);
  expect(stderr).toMatch(/nscap: \d+ rows could not be stored: the spool/);
  expect(status).toBe(1);
  const lost = Number(/nscap: (\d+) rows could not/.exec(stderr)![1]);
  expect(await on(8, ['store', 'ship', '--store', cluster.target(`spool=${spool}`)])).toMatchObject({
    status: 0,
  });
  expect(cluster.query("SELECT sum(count) FROM findings WHERE code = 'rows-given-up'")).toBe(String(lost));
});
