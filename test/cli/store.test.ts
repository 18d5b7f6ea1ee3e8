// nscap store import and analyze --store: rows of captures in a folder.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VERDICTS } from '../../src/flow/verdict.ts';
import { VERDICT_COLUMNS } from '../../src/store/schema.ts';
import { ACK, PSH } from '../../src/wire/tcp.ts';
import { pcap } from '../flow/support.ts';
import { bulk, Talk } from '../report/talk.ts';
import { filesOf, tableOf } from '../store/read.ts';
import { CORPUS, corpusFiles, has } from '../support/needs.ts';
import { nscap } from '../support/nscap.ts';

const folder = mkdtempSync(join(tmpdir(), 'nscap-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const captures = fileURLToPath(new URL('../../captures', import.meta.url));
/** A connection with segments sent again, in both directions, and a pause of 30 s. */
const LOSSY = join(folder, 'lossy.pcap');

beforeAll(() => {
  const talk = bulk(new Talk().handshake(), 20);
  const from = talk.position('client');
  talk.client({ length: 100, flags: ACK | PSH });
  talk.client({ length: 100, flags: ACK | PSH, sequence: from }, 300).server();
  const answer = talk.position('server');
  talk.server({ length: 50 }, 30_000).server({ length: 50, sequence: answer }, 400);
  talk.server({ length: 50, sequence: answer }, 800).client();
  writeFileSync(LOSSY, pcap(talk.frames));
});

let count = 0;
const newStore = () => join(folder, `store-${++count}`);
const contents = (store: string) =>
  filesOf(store).map((name) => [name, readFileSync(join(store, name), 'hex')]);

test('the rows of a capture: what analyze reports, by side', async () => {
  const store = newStore();
  const imported = await nscap(['store', 'import', '--store', store, '--host', 'web/1', LOSSY]);
  expect(imported).toMatchObject({ status: 0, stderr: '' });
  expect(imported.stdout).toMatch(
    /^lossy\.pcap: capture [0-9a-f]{16}, 1 connection, 3 segments, \d+ findings?\n$/,
  );
  const { stdout } = await nscap(['analyze', '--json', LOSSY]);
  const [analyzed] = JSON.parse(stdout).connections;
  const [row] = await tableOf(store, 'connections');
  expect(row).toMatchObject({
    host: 'web/1',
    flow_key: '000003e800001388',
    client_address: analyzed.client.address,
    client_port: analyzed.client.port,
    server_address: analyzed.server.address,
    opening: analyzed.opening,
    bytes_client: BigInt(analyzed.client.bytes),
    retransmissions_client: 1n,
    retransmissions_server: 2n,
    duration: BigInt(Math.round(analyzed.duration * 1e9)),
    rtt_max_client: BigInt(Math.round(analyzed.client.rtt.max * 1e9)),
  });
  for (const side of ['client', 'server'])
    for (const verdict of VERDICTS)
      expect(row[`${VERDICT_COLUMNS[verdict]}_${side}`], `${verdict} of the ${side}`).toBe(
        BigInt(analyzed[side].verdicts[verdict]?.count ?? 0),
      );
  const findings = await tableOf(store, 'findings');
  expect(findings.map(({ code, text }) => [code, text]).sort()).toEqual(
    analyzed.findings.map(({ code, text }: { code: string; text: string }) => [code, text]).sort(),
  );
  // A row of the table `segments` for each with a verdict, as analyze --packets lists them.
  const packets = await nscap(['analyze', '--packets', '--format', 'json', LOSSY]);
  const judged = packets.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ verdicts }) => verdicts.length > 0);
  expect(
    (await tableOf(store, 'segments')).map(({ frame, verdicts, seq }) => [frame, verdicts, seq]),
  ).toEqual(judged.map(({ frame, verdicts, seq }) => [frame, verdicts.join(','), BigInt(seq)]));
  // Samples are of the segments, whatever the interval.
  const samples = await tableOf(store, 'samples');
  expect(samples.length).toBeGreaterThan(2);
  const sum = (name: string, fromClient: boolean) =>
    samples
      .filter(({ from_client }) => from_client === fromClient)
      .reduce((total, sample) => total + Number(sample[name]), 0);
  expect(sum('packets', true)).toBe(analyzed.client.packets);
  expect(sum('packets', false)).toBe(analyzed.server.packets);
  expect(sum('retransmissions', false)).toBe(2);
  expect(sum('rtt_count', true)).toBe(analyzed.client.rtt.count);
  const [capture] = await tableOf(store, 'captures');
  expect(capture).toMatchObject({
    packets: BigInt(JSON.parse(stdout).summary.packets),
    file: LOSSY,
    damage: null,
  });
});

test('the same capture again, under another name, compressed or by analyze, changes nothing', async () => {
  const store = newStore();
  await nscap(['store', 'import', '--store', store, LOSSY]);
  const before = contents(store);
  const copy = join(folder, 'another name.pcap');
  copyFileSync(LOSSY, copy);
  const packed = join(folder, 'lossy.pcap.gz');
  writeFileSync(packed, gzipSync(readFileSync(LOSSY)));
  const again = await nscap(['store', 'import', '--store', store, '--host', 'other', packed, LOSSY, copy]);
  expect(again.status).toBe(0);
  expect(again.stdout.match(/in the store already, as capture/g)).toHaveLength(3);
  const analyzed = await nscap(['analyze', '--store', store, LOSSY]);
  expect(analyzed.status).toBe(0);
  expect(analyzed.stderr).toContain('is in the store already');
  expect(contents(store)).toEqual(before);
});

test('a compressed capture that an earlier version stored, named after its compressed bytes, is known', async () => {
  const [store, plain] = [newStore(), newStore()];
  const packed = join(folder, 'earlier.pcap.gz');
  writeFileSync(packed, gzipSync(readFileSync(LOSSY), { level: 9 }));
  await nscap(['store', 'import', '--store', store, packed]);
  await nscap(['store', 'import', '--store', plain, LOSSY]);
  expect(filesOf(store)).toEqual(filesOf(plain));
  const earlier = createHash('sha256').update(readFileSync(packed)).digest('hex').slice(0, 16);
  const [row] = filesOf(store).filter((name) => name.startsWith('captures/'));
  renameSync(join(store, row), join(store, dirname(row), `${earlier}-0.parquet`));
  const before = contents(store);
  const again = await nscap(['store', 'import', '--store', store, packed]);
  expect(again.stdout).toContain('in the store already');
  expect(contents(store)).toEqual(before);
});

test('analyze --store prints its report and writes the rows that import writes; a filter makes another capture', async () => {
  const [one, two] = [newStore(), newStore()];
  await nscap(['store', 'import', '--store', one, LOSSY]);
  const plain = await nscap(['analyze', LOSSY]);
  const stored = await nscap(['analyze', '--store', two, LOSSY]);
  expect(stored).toEqual(plain);
  const tables = ['connections', 'segments', 'samples', 'findings'];
  for (const table of tables) expect(await tableOf(two, table), table).toEqual(await tableOf(one, table));
  await nscap(['analyze', '--store', two, LOSSY, 'src', 'port', '1000']);
  expect((await tableOf(two, 'captures')).map(({ filter }) => filter).sort()).toEqual(['', 'src port 1000']);
});

test('--sample stores segments without a verdict as well', async () => {
  const store = newStore();
  await nscap(['store', 'import', '--store', store, '--sample', '1', LOSSY]);
  const { summary } = JSON.parse((await nscap(['analyze', '--json', LOSSY])).stdout);
  const segments = await tableOf(store, 'segments');
  expect(segments).toHaveLength(summary.segments);
  expect(segments.filter(({ verdict_bits }) => verdict_bits !== 0)).toHaveLength(3);
});

test('only the owner can read it', async () => {
  const store = newStore();
  await nscap(['store', 'import', '--store', store, LOSSY]);
  for (const name of filesOf(store)) expect(statSync(join(store, name)).mode & 0o777, name).toBe(0o600);
  expect(statSync(store).mode & 0o777).toBe(0o700);
  expect(statSync(join(store, 'connections')).mode & 0o777).toBe(0o700);
});

test('a file that is no capture keeps no other from the store; one cut short is stored as far as it goes', async () => {
  const store = newStore();
  const [text, cut] = [join(folder, 'text.pcap'), join(folder, 'cut.pcap')];
  writeFileSync(text, 'no capture at all');
  writeFileSync(cut, readFileSync(LOSSY).subarray(0, 2000));
  const { status, stdout, stderr } = await nscap([
    'store',
    'import',
    '--store',
    store,
    '--json',
    text,
    cut,
    LOSSY,
  ]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/text\.pcap is not a capture file[\s\S]*cut\.pcap: cut short at byte/);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { file: cut, stored: true },
    { file: LOSSY, stored: true, rows: { connections: 1 } },
  ]);
  const damage = (await tableOf(store, 'captures')).map((row) => row.damage).filter(Boolean);
  expect(damage).toEqual([expect.stringMatching(/^cut short at byte/)]);
});

test('a store of a newer version, or with a damaged mark, is refused and left as it is', async () => {
  const store = newStore();
  await nscap(['store', 'import', '--store', store, join(captures, 'no-route.pcap')]);
  const mark = join(store, 'nscap-store.json');
  for (const [text, said] of [
    ['{"schema":99}', /has schema version 99, and this nscap knows versions up to \d+\n.*a newer nscap/],
    ['what', /nscap-store\.json is damaged/],
  ] as const) {
    writeFileSync(mark, text);
    const before = contents(store);
    const { status, stderr } = await nscap(['store', 'import', '--store', store, LOSSY]);
    expect(status).toBe(1);
    expect(stderr).toMatch(said);
    expect(contents(store)).toEqual(before);
  }
});

test.each([['store', 'import'], ['analyze'], ['fleet', 'hosts']])(
  '%s %s: what is neither folder nor ClickHouse is a usage error, and so is a password',
  async (...words) => {
    const file = words.includes('fleet') ? [] : [LOSSY];
    const other = await nscap([...words, '--store', 'mysql://host:8123/db', ...file]);
    expect(other.status).toBe(2);
    expect(other.stderr).toContain("'mysql://host:8123/db' is neither a folder nor ClickHouse");
    const password = await nscap([...words, '--store', 'clickhouse://me:s3cret@host/db', ...file]);
    expect(password.status).toBe(2);
    expect(password.stderr).toContain('do not belong on the command line');
    expect(password.stderr).not.toContain('s3cret');
  },
);

test('an engine that does not answer: the rows wait in the spool, and what sends them is said', async () => {
  const spool = newStore();
  const target = `clickhouse://127.0.0.1:1/db?spool=${spool}`;
  const env = { ...process.env, NSCAP_CLICKHOUSE_PASSWORD: '' };
  const shipped = await nscap(['store', 'ship', '--store', target, '--timeout', '1'], { env });
  expect(shipped).toMatchObject({ status: 0, stdout: '0 batches with 0 rows sent\n' });
  await nscap(['store', 'import', '--store', spool, LOSSY]);
  const waits = await nscap(['store', 'ship', '--store', target, '--timeout', '1'], { env });
  expect(waits.status).toBe(1);
  expect(waits.stderr).toMatch(
    /cannot reach ClickHouse at 127\.0\.0\.1:1: .*\nhint: 6 batches wait in .*; nscap store ship --store '.*' sends them\n/,
  );
  const status = await nscap(['store', 'status', '--store', target, '--json'], { env });
  expect(status.status).toBe(1);
  expect(JSON.parse(status.stdout)).toMatchObject({
    problem: expect.stringContaining('cannot reach ClickHouse'),
    spool: { folder: spool, files: 6, refused: 0, unsent: [] },
    tables: [],
  });
  // As the shipper notes it where the engine refuses a file, and where a file is damaged.
  const [one, other] = filesOf(spool).filter((name) => name.endsWith('.parquet'));
  writeFileSync(join(spool, `${one}.reason`), 'ClickHouse: no column \x1b[31mrule (code 16)\n');
  mkdirSync(join(spool, 'refused', dirname(other)), { recursive: true });
  renameSync(join(spool, other), join(spool, 'refused', other));
  writeFileSync(join(spool, 'refused', `${other}.reason`), 'not a whole file of rows: no footer\n');
  const marked = await nscap(['store', 'status', '--store', target], { env });
  expect(marked.stdout).toMatch(/5 batches, .*; 1 refused, and tried again; 1 damaged and set aside\n/);
  expect(marked.stdout).toContain(`  refused/${other}: not a whole file of rows: no footer (`);
  expect(marked.stdout).toContain(`  ${one}: ClickHouse: no column \\x1b[31mrule (code 16) (`);
});

test('store init makes a folder, and status tells what lies there', async () => {
  const store = newStore();
  expect(await nscap(['store', 'init', '--store', store])).toMatchObject({ status: 0 });
  await nscap(['store', 'import', '--store', store, LOSSY]);
  const { stdout } = await nscap(['store', 'status', '--store', store, '--json']);
  const { tables } = JSON.parse(stdout);
  expect(tables.find((one: { table: string }) => one.table === 'connections')).toMatchObject({
    files: 1,
    first_day: '2023-11-14',
    last_day: '2023-11-14',
    hosts: 1,
  });
  expect((await nscap(['store', 'status', '--store', store])).stdout).toMatch(/│ connections +│ +1 │/);
  expect((await nscap(['store', 'status', '--store', join(folder, 'none')])).stderr).toContain(
    'there is no store in',
  );
  expect((await nscap(['store', 'init', '--store', store, '--days', '3'])).status).toBe(2);
});

test.runIf(has('root'))('a store of another user: a sentence, and no words of the system', async () => {
  const store = join(folder, 'others');
  await nscap(['store', 'init', '--store', store]);
  chmodSync(folder, 0o755);
  const { status, stderr } = await nscap(['store', 'status', '--store', store], { uid: 65_534, gid: 65_534 });
  expect(stderr).toBe(`nscap: cannot read the store ${store}: permission denied\n`);
  expect(status).toBe(1);
});

test('what kill -9 left is removed, and what a process that lives is writing is not', async () => {
  const store = newStore();
  await nscap(['store', 'import', '--store', store, LOSSY]);
  const whole = contents(store);
  const place = join(store, filesOf(store).find((name) => name.startsWith('connections/'))!, '..');
  const dead = spawnSync('true').pid;
  writeFileSync(join(place, `.x-2.parquet.writing-${dead}`), 'half');
  writeFileSync(join(place, `.y-2.parquet.writing-${process.pid}`), 'half');
  // As after a kill between the rows and the capture's own, which comes last.
  rmSync(join(store, 'captures'), { recursive: true });
  const again = await nscap(['store', 'import', '--store', store, LOSSY]);
  expect(again.stdout).toMatch(/: capture /);
  expect(readdirSync(place).filter((name) => name.startsWith('.'))).toEqual([
    `.y-2.parquet.writing-${process.pid}`,
  ]);
  rmSync(join(place, `.y-2.parquet.writing-${process.pid}`));
  const rows = (list: string[][]) => list.filter(([name]) => !name.startsWith('captures/'));
  expect(rows(contents(store))).toEqual(rows(whole));
});

test('the same capture stored by several at once, or after one that was interrupted: its rows once', async () => {
  const store = newStore();
  const stored = (host: string, ...options: string[]) =>
    nscap(['store', 'import', '--json', '--store', store, '--host', host, ...options, LOSSY]);
  // The options differ, and with them the numbers of the batches.
  const all = await Promise.all([
    stored('a', '--sample', '1'),
    stored('b'),
    stored('c', '--sample', '1'),
    stored('d'),
  ]);
  const documents = all.map(({ stdout }) => JSON.parse(stdout));
  expect(documents.filter((one) => one.stored)).toHaveLength(1);
  expect(await tableOf(store, 'connections')).toHaveLength(1);
  expect(await tableOf(store, 'captures')).toHaveLength(1);
  // kill -9 between two renames: all but the capture is there.
  for (const file of filesOf(store).filter((name) => name.startsWith('captures/'))) rmSync(join(store, file));
  const again = await stored('e', '--sample', documents.find((one) => one.stored).host === 'a' ? '0' : '1');
  expect(JSON.parse(again.stdout)).toMatchObject({ stored: true });
  for (const table of ['captures', 'hosts', 'connections'])
    expect(await tableOf(store, table), table).toMatchObject([{ host: 'e' }]);
  expect(readdirSync(store).filter((name) => name.includes('lock'))).toEqual([]);
});

test.runIf(has('root'))('a full disk is said, and nothing of the capture is in the store', async () => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'nscap-test', disk]).status).toBe(0);
  try {
    const { status, stderr } = await nscap(['store', 'import', '--store', join(disk, 'store'), LOSSY]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^nscap: cannot write .*: no space left on device\n/);
    expect(filesOf(join(disk, 'store'))).toEqual(['nscap-store.json']);
  } finally {
    spawnSync('umount', [disk]);
  }
});

test.runIf(has('tshark', 'corpus'))('totals are those of tshark over the same captures', async () => {
  const store = newStore();
  const files = corpusFiles((name) => /^(ndpi__1kxun|tcptrace__dsack|mercury__capture2)\./.test(name)).map(
    (name) => join(CORPUS, name),
  );
  expect((await nscap(['store', 'import', '--store', store, ...files])).status).toBe(0);
  const counted = new Map<string, number>(VERDICTS.map((name) => [name, 0]));
  for (const file of files) {
    const fields = VERDICTS.flatMap((name) => ['-e', `tcp.analysis.${name}`]);
    const { stdout } = spawnSync('tshark', ['-r', file, '-Y', 'tcp', '-T', 'fields', ...fields], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    for (const line of stdout.split('\n').filter(Boolean)) {
      for (const [at, cell] of line.split('\t').entries())
        if (cell !== '') counted.set(VERDICTS[at], counted.get(VERDICTS[at])! + 1);
    }
  }
  expect(counted.get('retransmission')).toBeGreaterThan(100);
  const rows = await tableOf(store, 'connections');
  for (const [name, number] of counted) {
    const column = VERDICT_COLUMNS[name as keyof typeof VERDICT_COLUMNS];
    const stored = (side: string) => rows.reduce((sum, row) => sum + Number(row[`${column}_${side}`]), 0);
    expect(stored('client') + stored('server'), name).toBe(number);
  }
});
