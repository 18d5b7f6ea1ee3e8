// The examples of docs/library.md: type-checked, run, and what they print compared with what the page shows.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { has, type Need } from '../support/needs.ts';
import { run } from '../support/nscap.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/.bin/tsc');

/** A block of TypeScript, what it needs, and the block behind it: what it prints. */
const BLOCK = /(?:<!-- ([a-z ]+) -->\n)?```ts\n([\s\S]*?)```\n(?:\n```text\n([\s\S]*?)```\n)?/g;
const examples = Array.from(
  readFileSync(join(ROOT, 'docs/library.md'), 'utf8').matchAll(BLOCK),
  ([, needs, code, output], index) => ({
    name: `example ${index + 1}: ${code.split('\n').find((line) => line !== '' && !line.startsWith('import'))}`,
    file: `example${index + 1}`,
    needs: (needs?.split(' ') ?? []) as Need[],
    code: code,
    output,
  }),
);

/** The sample's TCP as captured at its client, and at its server 5 µs away, where the FIN of the client is lost. */
function twoPoints(sample: Buffer): [client: Buffer, server: Buffer] {
  const client = [sample.subarray(0, 24)];
  const server = [sample.subarray(0, 24)];
  for (let offset = 24, number = 1; offset < sample.length; number++) {
    const end = offset + 16 + sample.readUInt32LE(offset + 8);
    const record = Buffer.from(sample.subarray(offset, end));
    offset = end;
    if (record[16 + 14 + 9] !== 6) continue;
    client.push(record);
    const isOut = record[16 + 14 + 12 + 2] === 2;
    const later = Buffer.from(record);
    later.writeUInt32LE(record.readUInt32LE(4) + (isOut ? 5 : -5), 4);
    if (number !== 16) server.push(later);
  }
  return [Buffer.concat(client), Buffer.concat(server)];
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nscap-examples-'));
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules/nscap'));
  symlinkSync(join(ROOT, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  const sample = join(ROOT, 'captures/walkthrough.pcap');
  copyFileSync(sample, join(folder, 'trace.pcap'));
  writeFileSync(join(folder, 'cut.pcap'), readFileSync(sample).subarray(0, 150));
  const [client, server] = twoPoints(readFileSync(sample));
  writeFileSync(join(folder, 'client.pcap'), client);
  writeFileSync(join(folder, 'server.pcap'), server);
  for (const { file, code } of examples) writeFileSync(join(folder, `${file}.ts`), code);
  // scripts/build.mjs alone, which is enough for all other tests, makes no types.
  if (!existsSync(join(ROOT, 'dist/types/index.d.ts')))
    execFileSync(TSC, ['--project', 'tsconfig.build.json'], { cwd: ROOT });
  const options = '--strict --module nodenext --target es2023 --types node'.split(' ');
  const checked = execFileSync(TSC, [...options, ...examples.map(({ file }) => `${file}.ts`)], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(checked).toBe('');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('there are examples', () => expect(examples.length).toBeGreaterThan(8));

for (const { name, file, needs, output } of examples) {
  test.runIf(has(...needs))(name, async () => {
    const program = join(folder, `${file}.js`);
    // Labs are made where no other test sees their names.
    const result = needs.includes('root')
      ? await run(
          'unshare',
          ['--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /run && exec "$0" "$@"', process.execPath, program],
          { cwd: folder },
        )
      : await run(process.execPath, [program], { cwd: folder });
    expect(result).toEqual({ status: 0, signal: null, stdout: output ?? expect.any(String), stderr: '' });
    expect(output, `docs/library.md shows what ${name} prints:\n${result.stdout}`).toBeDefined();
  });
}
