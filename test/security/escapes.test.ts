// Names and texts that others chose reach a terminal as text only, whatever command shows them, and wherever they come from.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Text } from '../../src/base/text.ts';
import { PcapngWriter } from '../../src/file/pcapng-writer.ts';
import { openFile } from '../../src/source/file.ts';
import { Lab } from '../cli/capture-lab.ts';
import { met } from '../support/needs.ts';
import { nscap, PROGRAM, type Result, run } from '../support/nscap.ts';

/** ESC, CSI as one character, BEL, DEL, right-to-left override, isolate, line separator. */
const HOSTILE = 'x\x1b[31m\x9b2J\x07\x7f\u202e\u2066\u2028y';
const RAW = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
/** What is left of it, in every way to write the rest: \x1b, \u001b or a dot. */
const SHOWN = /x(\\\\?x1b|\\u001b|\.)\[31m/;

let folder: string;
/** A capture whose name, interface, comments, section and addresses have it. */
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nscap-escapes-'));
  file = join(folder, `${HOSTILE}.pcapng`);
  const source = await openFile('captures/walkthrough.pcap');
  const text = new Text();
  const writer = new PcapngWriter(text);
  writer.section({ application: HOSTILE, os: HOSTILE, hardware: HOSTILE });
  writer.interface({ ...source.interfaces[0], name: HOSTILE, description: HOSTILE });
  writer.names([{ address: new Uint8Array([10, 0, 1, 1]), name: HOSTILE }]);
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) writer.record(batch, i, 0, HOSTILE);
  }
  await source.close();
  writeFileSync(file, text.take());
});
afterAll(() => rmSync(folder, { recursive: true }));

function expectText({ stdout, stderr }: Result, shows = true): void {
  expect(RAW.exec(stdout)?.[0] ?? '', 'raw on standard output').toBe('');
  expect(RAW.exec(stderr)?.[0] ?? '', 'raw on standard error').toBe('');
  if (shows) expect(stdout + stderr).toMatch(SHOWN);
}

describe('of a capture file', () => {
  test.each<[string, string[], boolean]>([
    ['read', ['read', 'FILE', '-v'], false],
    ['read --explain', ['read', '--explain', 'FILE'], false],
    ['analyze', ['analyze', 'FILE', 'FILE'], true],
    ['analyze --packets', ['analyze', '--packets', 'FILE'], false],
    ['stats', ['stats', 'conversations', 'FILE'], false],
    ['convert to pcap', ['convert', 'FILE', 'OUT.pcap'], false],
    ['convert -i', ['convert', '-i', HOSTILE, 'FILE', 'OUT.pcapng'], false],
    ['trace', ['trace', 'FILE', 'captures/walkthrough.pcap'], true],
    ['follow', ['follow', 'FILE', '99'], true],
    ['store import', ['store', 'import', '--store', 'OUT', 'FILE'], true],
  ])('%s', async (_, words, shows) => {
    const args = words.map((word) => word.replace(/^FILE$/, file).replace(/^OUT/, join(folder, 'out')));
    expectText(await nscap(args), shows);
  });

  test.each([
    ['read -T json', ['read', '-T', 'json', '-c', '1', 'FILE']],
    ['analyze --json', ['analyze', '--json', 'FILE']],
    ['report --json', ['report', '--json', 'FILE']],
    ['convert --json', ['convert', '--json', 'FILE', 'OUT.pcapng']],
    ['trace --json', ['trace', '--json', 'FILE', 'captures/walkthrough.pcap']],
  ])('%s has it as JSON writes it', async (_, words) => {
    const args = words.map((word) => word.replace(/^FILE$/, file).replace(/^OUT/, join(folder, 'json')));
    const result = await nscap(args);
    expectText(result, false);
    for (const line of documents(result.stdout)) expect(() => JSON.parse(line)).not.toThrow();
  });
});

/** One document, or one a line. */
function documents(text: string): string[] {
  try {
    JSON.parse(text);
    return [text];
  } catch {
    return text.split('\n').filter(Boolean);
  }
}

test.runIf(met('script'))(
  'fields are raw for programs, as those of tshark, and text on a terminal',
  async () => {
    const plain = join(folder, 'plain.pcapng');
    copyFileSync(file, plain);
    const words = [
      process.execPath,
      PROGRAM,
      'read',
      '-c',
      '1',
      '-T',
      'fields',
      '-e',
      'frame.interface_name',
      plain,
    ];
    const { stdout } = await run('script', ['-qec', words.join(' '), '/dev/null']);
    expectText({ status: 0, signal: null, stdout: stdout.replaceAll('\r\n', '\n'), stderr: '' });
    expect((await run(words[0], words.slice(1))).stdout).toBe(`${HOSTILE}\n`);
  },
);

test.each([
  ['a command', [HOSTILE]],
  ['an option', ['read', `--${HOSTILE}`]],
  ['a file that is not there', ['read', `./${HOSTILE}`]],
  ['a filter', ['read', 'captures/walkthrough.pcap', HOSTILE]],
  ['a display filter', ['read', '-Y', HOSTILE, 'captures/walkthrough.pcap']],
  ['a field', ['read', '-T', 'fields', '-e', HOSTILE, 'captures/walkthrough.pcap']],
  ['a filter to compile', ['filter', HOSTILE]],
  ['an assertion', ['analyze', '--assert', HOSTILE, 'captures/walkthrough.pcap']],
  ['a namespace', ['capture', HOSTILE, 'lo']],
  ['an interface', ['capture', 'host', HOSTILE]],
  ['a place to trace', ['trace', `host:${HOSTILE}`, 'host:lo']],
  ['a place to watch', ['drops', HOSTILE]],
  ['a target', ['why', 'host', HOSTILE]],
  ['a host', ['nc', '-z', HOSTILE, '80']],
  ['a lab', ['lab', 'down', HOSTILE]],
  ['a kind of fault', ['lab', 'break', HOSTILE]],
  ['a statistic', ['stats', HOSTILE, 'captures/walkthrough.pcap']],
  ['a store', ['store', 'status', '--store', `x://${HOSTILE}`]],
  ['a shell', ['completion', HOSTILE]],
  ['a name of fields', ['fields', HOSTILE]],
])('%s that is typed', async (_, args) => {
  expectText(await nscap(args), false);
});

test('of a lab file', async () => {
  const lab = join(folder, 'lab.yaml');
  for (const text of [
    `namespaces: {${JSON.stringify(HOSTILE)}: {}}`,
    `${JSON.stringify(HOSTILE)}: 1`,
    `namespaces: {a: {routes: [${JSON.stringify(HOSTILE)}]}}`,
    `namespaces: [${HOSTILE.replaceAll(/[\x1b\x07]/g, '')}`,
  ]) {
    writeFileSync(lab, text);
    const result = await nscap(['lab', 'up', lab]);
    expect(result.status).not.toBe(0);
    expectText(result, false);
  }
});

describe.runIf(met('root'))('of namespaces, interfaces, processes and rules', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
    const program = join(lab.folder, HOSTILE.slice(0, 12));
    mkdirSync(lab.folder, { recursive: true });
    copyFileSync('/bin/sleep', program);
    await lab.run('chmod', '755', program);
    const script = `ip netns add "$1"; ip -n a link add "$2" type veth peer name p0; ip -n a link set "$2" up
ip netns exec b nft add table ip t
ip netns exec b nft 'add chain ip t c { type filter hook input priority 0; }'
ip netns exec b nft "add rule ip t c tcp dport 81 drop comment \\"$2\\""
ip netns exec a "$3" 60 >/dev/null 2>&1 &`;
    const { status, stderr } = await lab.run(
      'sh',
      '-ec',
      script,
      'sh',
      HOSTILE,
      HOSTILE.slice(0, 8),
      program,
    );
    if (status !== 0) throw new Error(stderr);
  });
  afterAll(() => lab.remove());

  test.each([
    ['ns', ['ns'], true],
    ['ns --json', ['ns', '--json'], true],
    ['map', ['map'], true],
    ['map --json', ['map', '--json'], true],
    ['why', ['why', 'a', '10.1.0.2', '81'], true],
    ['why --json', ['why', '--json', 'a', '10.1.0.2', '81'], true],
    ['extcap', ['extcap', '--extcap-interfaces'], true],
  ])('%s', async (_, args, shows) => {
    const result = await lab.run(process.execPath, PROGRAM, ...args);
    expectText(result, shows);
    if (args.includes('--json')) expect(() => JSON.parse(result.stdout)).not.toThrow();
  });
});
