// Compares what a store holds of captures with what tshark counts in them, capture by capture:
//   node scripts/ts.mjs test/conformance/store.ts CAPTURES [PATTERN]
// imports each into a store of its own, and prints each sum that differs: connections, packets, bytes on the wire,
// payload, and segments by verdict. PATTERN is a regular expression of names of files.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERDICTS } from '../../src/flow/verdict.ts';
import { VERDICT_COLUMNS } from '../../src/store/schema.ts';
import { tableOf } from '../store/read.ts';

type Sums = Record<string, number>;

/** Counts of a capture, as tshark has them. A field that stands several times in a packet counts once for its first TCP. */
function byTshark(file: string): Sums | undefined {
  const fields = ['tcp.stream', 'frame.len', 'tcp.len', ...VERDICTS.map((name) => `tcp.analysis.${name}`)];
  const args = ['-n', '-r', file, '-Y', 'tcp && !icmp && !icmpv6', '-T', 'fields', '-E', 'occurrence=f'];
  const { status, stdout } = spawnSync('tshark', [...args, ...fields.flatMap((name) => ['-e', name])], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status !== 0) return undefined;
  const streams = new Set<string>();
  const sums: Sums = { packets: 0, bytes: 0, payload_bytes: 0 };
  for (const name of VERDICTS) sums[VERDICT_COLUMNS[name]] = 0;
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [stream, length, payload, ...verdicts] = line.split('\t');
    if (stream === '') continue; // a fragment, or a header that is cut
    streams.add(stream);
    sums.packets++;
    sums.bytes += Number(length);
    sums.payload_bytes += Number(payload);
    for (const [i, given] of verdicts.entries()) if (given !== '') sums[VERDICT_COLUMNS[VERDICTS[i]]]++;
  }
  return { connections: streams.size, ...sums };
}

async function ofStore(store: string): Promise<Sums> {
  const rows = await tableOf(store, 'connections');
  const columns = ['packets', 'bytes', 'payload_bytes', ...VERDICTS.map((name) => VERDICT_COLUMNS[name])];
  const sum = (column: string) =>
    rows.reduce((total, row) => total + Number(row[`${column}_client`]) + Number(row[`${column}_server`]), 0);
  return {
    connections: rows.length,
    ...Object.fromEntries(columns.map((column) => [column, sum(column)])),
  };
}

const [captures, pattern = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'nscap-conformance-'));
let same = 0;
let different = 0;
try {
  for (const name of readdirSync(captures).filter((one) => new RegExp(pattern).test(one))) {
    const file = join(captures, name);
    const expected = byTshark(file);
    if (expected === undefined || expected.packets === 0) continue;
    const store = join(folder, name);
    const imported = spawnSync('node', ['dist/nscap.js', 'store', 'import', '--store', store, file]);
    if (imported.status !== 0) {
      process.stdout.write(`${name}: ${imported.stderr}`);
      different++;
      continue;
    }
    const found = await ofStore(store);
    const wrong = Object.keys(expected).filter((key) => found[key] !== expected[key]);
    if (wrong.length === 0) same++;
    else different++;
    for (const key of wrong)
      process.stdout.write(`${name}: ${key} ${found[key]}, by tshark ${expected[key]}\n`);
    rmSync(store, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${same} captures the same, ${different} different\n`);
if (different > 0) process.exitCode = 1;
