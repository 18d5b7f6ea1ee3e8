// nscap fleet: the rows of a store, asked with DuckDB.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACK, FIN, PSH } from '../../src/wire/tcp.ts';
import { type Frame, pcap } from '../flow/support.ts';
import { bulk, Talk } from '../report/talk.ts';
import { filesOf, rowsOf } from '../store/read.ts';
import { has } from '../support/needs.ts';
import { nscap, PROGRAM } from '../support/nscap.ts';

const folder = mkdtempSync(join(tmpdir(), 'nscap-fleet-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const store = join(folder, "a 'store' [1]");
const KEY = '000003e800001388';

/** Both ends of a connection with NAT between them: what the client sent again, the server saw once. */
function bothEnds(): { client: Frame[]; server: Frame[] } {
  const talk = bulk(new Talk().handshake(), 5);
  const from = talk.position('client');
  talk.client({ length: 100, flags: ACK | PSH });
  const lost = talk.frames.at(-1);
  talk.client({ length: 100, flags: ACK | PSH, sequence: from }, 300).server();
  talk
    .client({ flags: FIN | ACK })
    .server({ flags: FIN | ACK })
    .client();
  const server = talk.frames
    .filter((frame) => frame !== lost)
    .map(({ time, bytes }) => {
      const copy = Uint8Array.from(bytes);
      const view = new DataView(copy.buffer);
      const sends = view.getUint16(20) === 1000;
      copy.set([192, 0, 2, 9], sends ? 12 : 16);
      view.setUint16(sends ? 20 : 22, 61_000);
      return { time: time + 250_000, bytes: copy };
    });
  return { client: talk.frames, server };
}

const fleet = (...words: string[]) => nscap(['fleet', '--store', store, ...words]);

test.each([
  [['conn', 'nonsense'], "'nonsense' is no key of a connection"],
  [['conn'], 'conn needs one word more'],
  [['worst', 'more'], "worst takes no 'more'"],
  [['sql'], 'sql needs one word more'],
  [['worst', '--since', 'soon'], "'soon' is not a time"],
  [['worst', '--json', '--csv'], 'one format, please: json or csv'],
  [['worst', '--format', 'parquet'], 'Parquet is no text for standard output'],
  [['wurst'], 'wurst'],
  [['report', '--json', '-o', 'x.html'], 'a report is an HTML page'],
  [['report'], 'a report needs a file'],
])('fleet %j is a usage error', async (words, said) => {
  const { status, stderr } = await fleet(...words);
  expect(status).toBe(2);
  expect(stderr).toContain(said);
});

test('without a store it says how one is made', async () => {
  const { status, stderr } = await nscap(['fleet', '--store', join(folder, 'nowhere'), 'hosts']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/there is no store in .*nowhere\nhint: nscap store import/);
});

test('--sql prints the query, without DuckDB or a store', async () => {
  const { status, stdout } = await nscap(['fleet', 'worst', '--sql', '--by', 'rtt', '--since', '2026-11-30']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^SELECT host[\s\S]*WHERE time >= 1795996800000000000\nORDER BY worst_rtt_p99 DESC/);
});

test('where DuckDB is not installed, how to install it is said', async () => {
  // As a package that was installed alone: dist/ and what it needs.
  const alone = join(folder, 'alone');
  cpSync(join(PROGRAM, '..'), join(alone, 'dist'), { recursive: true });
  const made = join(folder, 'empty');
  await nscap([
    'store',
    'import',
    '--store',
    made,
    new URL('../../captures/no-route.pcap', import.meta.url).pathname,
  ]);
  const { run } = await import('../support/nscap.ts');
  const result = await run(process.execPath, [
    join(alone, 'dist/nscap.js'),
    'fleet',
    '--store',
    made,
    'hosts',
  ]);
  expect(result.status).toBe(1);
  expect(result.stderr).toMatch(/DuckDB, .*is not installed: .*\nhint: npm install @duckdb\/node-api/);
});

describe.runIf(has('duckdb'))('over a folder', () => {
  beforeAll(async () => {
    const { client, server } = bothEnds();
    const [a, b] = [join(folder, 'client side.pcap'), join(folder, 'server.pcap')];
    writeFileSync(a, pcap(client));
    writeFileSync(b, pcap(server));
    for (const [host, file] of [
      ['client/host', a],
      ['server', b],
    ] as const)
      expect((await nscap(['store', 'import', '--store', store, '--host', host, file])).status).toBe(0);
  });

  test('worst: the end that sent again first; since then only what is not older', async () => {
    const { status, stdout } = await fleet('worst', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { host: 'client/host', retransmitted: 1, flow_key: KEY, client_address: '10.0.1.0' },
      { host: 'server', retransmitted: 0, flow_key: KEY, client_address: '192.0.2.9' },
    ]);
    expect(JSON.parse((await fleet('worst', '--json', '--since', '2h')).stdout)).toEqual([]);
    expect(JSON.parse((await fleet('worst', '--json', '--since', '2023-11-14')).stdout)).toHaveLength(2);
    const table = await nscap(['fleet', 'worst', '--store', store], {
      env: { ...process.env, COLUMNS: '200' },
    });
    expect(table.stdout).toMatch(
      /│ client\/host │ 2023-11-14 22:13:20\.001000 │ 10\.0\.1\.0:1000 +│ 10\.0\.2\.0:2000 │ +1 │/,
    );
  });

  test('conn: both ends side by side, and what shows the packets', async () => {
    const { stdout } = await fleet('conn', KEY.toUpperCase());
    expect(stdout).toMatch(/│ +│ client\/host +│ server +│/);
    expect(stdout).toMatch(/│ retransmissions client +│ 1 +│ 0 +│/);
    expect(stdout).toContain("nscap read '");
    // The command is one that runs.
    const [row] = JSON.parse((await fleet('conn', KEY, '--json')).stdout);
    const words = /^nscap read '([^']*)' (.*)$/.exec(row.command)!;
    const read = await nscap(['read', '-q', words[1], ...words[2].split(' ')]);
    expect(read.stdout.split('\n').length - 1).toBe(bothEnds().client.length);
    expect((await fleet('conn', 'x00000000000000f')).stdout).toContain(
      'no capture of the store has the connection',
    );
  });

  test('hosts, since, links and drops', async () => {
    const hosts = JSON.parse((await fleet('hosts', '--json')).stdout);
    expect(hosts).toMatchObject([
      { host: 'client/host', captures_stored: 1, connections_seen: 1, retransmitted: 1 },
      { host: 'server', captures_stored: 1, packets_seen: bothEnds().server.length },
    ]);
    const found = JSON.parse((await fleet('since', '2020-01-01', '--json')).stdout);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatchObject({ severity: expect.stringMatching(/^(problem|note)$/), hosts_found: 1 });
    for (const question of ['links', 'drops'])
      expect(await fleet(question)).toMatchObject({ status: 0, stdout: 'no rows\n' });
  });

  test('sql: joins by the key of the connection; numbers are numbers', async () => {
    const { stdout } = await fleet(
      '--json',
      'sql',
      `SELECT a.host AS one, b.host AS other, a.retransmissions_client - b.retransmissions_client AS lost, a.time,
         a.server_address_bytes AS bytes, a.day, NULL AS nothing, sum(a.packets_client) OVER () / 3.0 AS third
       FROM connections a JOIN connections b ON a.flow_key = b.flow_key AND a.host < b.host`,
    );
    expect(stdout).toContain('"time":1700000000001000000');
    expect(JSON.parse(stdout)).toMatchObject([
      {
        one: 'client/host',
        other: 'server',
        lost: 1,
        bytes: '00000000000000000000ffff0a000200',
        day: '2023-11-14',
        nothing: null,
      },
    ]);
    expect(JSON.parse(stdout)[0].third).toBeCloseTo(11 / 3, 5);
  });

  test('CSV, and Parquet that others read', async () => {
    const query = `SELECT host, 'a "quoted", word' AS word FROM hosts ORDER BY host`;
    expect((await fleet('--csv', 'sql', query)).stdout).toBe(
      'host,word\nclient/host,"a ""quoted"", word"\nserver,"a ""quoted"", word"\n',
    );
    const csv = join(folder, 'hosts.csv');
    expect(await fleet('-o', csv, 'sql', query)).toMatchObject({ status: 0, stdout: '' });
    expect(readFileSync(csv, 'utf8')).toMatch(/^host,word\n/);
    const parquet = join(folder, "it's.parquet");
    expect(await fleet('-o', parquet, 'worst')).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(parquet).subarray(0, 4).toString()).toBe('PAR1');
  });

  test('what is wrong with a query is said in a sentence', async () => {
    const table = await fleet('sql', 'SELECT * FROM conections');
    expect(table.status).toBe(1);
    expect(table.stderr).toMatch(
      /^nscap: Catalog error: Table with name conections does not exist!\nhint: the tables are hosts, /,
    );
    const syntax = await fleet('sql', 'SELEKT 1');
    expect(syntax.stderr).toMatch(/^nscap: Parser error: syntax error/);
  });

  test('report: one page with all of it, that loads nothing and runs no script', async () => {
    const file = join(folder, 'fleet.html');
    expect(await fleet('report', '-o', file)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const page = readFileSync(file, 'utf8');
    expect(page).toMatch(
      /Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[^']+'; base-uri/,
    );
    expect(page).not.toMatch(/<script|<link|src=|https?:/);
    for (const title of [
      'Days',
      'Hosts',
      'Links',
      'Drops',
      'Findings',
      'Connections with the most retransmissions',
    ])
      expect(page).toContain(`>${title}</h2>`);
    expect(page).toMatch(
      /<td>client\/host<\/td><td class="number">2023-11-14 [\d:.]+<\/td><td>10\.0\.1\.0:1000<\/td>/,
    );
    expect(page).toContain(KEY);
  });

  test('of a damaged file the hint is a command, after which its capture can be imported again', async () => {
    const damaged = join(folder, "it's damaged");
    const file = new URL('../../captures/walkthrough.pcap', import.meta.url).pathname;
    await nscap(['store', 'import', '--store', damaged, file]);
    const rows = () => nscap(['fleet', '--store', damaged, '--csv', 'worst']);
    const before = await rows();
    expect(before.status).toBe(0);
    const names = filesOf(damaged);
    truncateSync(join(damaged, names.find((name) => name.startsWith('connections/'))!), 500);
    const { stderr } = await rows();
    const [, command] = /^hint: (find .*) removes the rows of its capture; then import/m.exec(stderr) ?? [];
    expect(command, stderr).toBeDefined();
    execFileSync('/bin/sh', ['-c', command]);
    expect(filesOf(damaged)).toEqual(['nscap-store.json']);
    await nscap(['store', 'import', '--store', damaged, file]);
    expect(filesOf(damaged)).toEqual(names);
    expect((await rows()).stdout).toBe(before.stdout);
  });

  test('a damaged file and one of a newer version are named, and left as they are', async () => {
    const damaged = join(folder, 'damaged');
    cpSync(store, damaged, { recursive: true });
    const file = filesOf(damaged).find((name) => name.startsWith('connections/'))!;
    const whole = readFileSync(join(damaged, file));
    truncateSync(join(damaged, file), whole.length - 20);
    const cut = await nscap(['fleet', '--store', damaged, 'worst']);
    expect(cut.status).toBe(1);
    expect(cut.stderr).toContain(`${file} is damaged: `);
    expect(
      (await nscap(['fleet', '--store', damaged, 'since', '2020-01-01'])).status,
      'of other tables',
    ).toBe(0);
    const text = whole.toString('latin1').replace(/nscap.schema\x18\x01\d/, 'nscap.schema\x18\x019');
    expect(text).not.toBe(whole.toString('latin1'));
    writeFileSync(join(damaged, file), text, 'latin1');
    const newer = await nscap(['fleet', '--store', damaged, 'worst']);
    expect(newer).toMatchObject({ status: 1, stdout: '' });
    expect(newer.stderr).toMatch(/has schema version 9, and this nscap knows versions up to \d+/);
    expect(await rowsOf(readFileSync(join(damaged, file)))).toHaveLength(1);
  });
});
