// Display filters: what they take, and what is said of wrong ones. What is expected in filters.tsv is what tshark 4.0.17
// says of sample.pcap: the frames that a filter takes, or behind an exclamation mark its message.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { NscapError } from '../../src/errors.ts';
import { Dissection } from '../../src/fields/dissection.ts';
import { displayFilter } from '../../src/fields/filter/compile.ts';
import { openFile } from '../../src/source/file.ts';
import { A, B, ip, pcap, tcp, withFile } from '../flow/support.ts';
import { nscap } from '../support/nscap.ts';
import { udp } from './support.ts';

const SAMPLE = fileURLToPath(new URL('sample.pcap', import.meta.url));
const expected = readFileSync(new URL('filters.tsv', import.meta.url), 'utf8')
  .split('\n')
  .slice(0, -1)
  .map((line) => line.split('\t') as [string, string]);

/** The frames that a filter takes of the sample, or what is wrong with it. */
async function outcome(text: string): Promise<string> {
  const frames: number[] = [];
  try {
    const filter = await displayFilter(text);
    const source = await openFile(SAMPLE);
    const dissection = new Dissection(filter.needs);
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        dissection.add(batch, i);
        if (filter.takes(dissection)) frames.push(batch.frame(i));
      }
    }
    await source.close();
  } catch (error) {
    if (!(error instanceof NscapError)) throw error;
    const { message, excerpt } = error;
    return `! ${[message, ...excerpt].join('\n')}`;
  }
  return frames.join();
}

test('filters take what tshark takes, and wrong ones get its message with a mark under what is meant', async () => {
  const wrong: object[] = [];
  for (const [filter, line] of expected) {
    const said = line.replace(/\\([n\\])/g, (_, letter: string) => (letter === 'n' ? '\n' : '\\'));
    const here = await outcome(filter);
    if (here !== said) wrong.push({ filter, here, tshark: said });
  }
  expect(expected.length).toBeGreaterThan(250);
  expect(wrong).toEqual([]);
});

/** Whether a filter takes a packet. */
function takes(text: string, bytes: Uint8Array): Promise<boolean> {
  return withFile(pcap([{ bytes, time: 0 }]), async (path) => {
    const filter = await displayFilter(text);
    const source = await openFile(path);
    const dissection = new Dissection(filter.needs);
    dissection.add((await source.next())!, 0);
    await source.close();
    return filter.takes(dissection);
  });
}

test('upper and lower change the letters of ASCII and nothing else', async () => {
  const name = [...'AZaz@[`{'].map((letter) => letter.charCodeAt(0));
  const message = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, name.length, ...name, 0, 0, 1, 0, 1];
  const bytes = udp(A, B, 4000, 53, message);
  expect(await takes('upper(dns.qry.name) == "AZAZ@[`{"', bytes)).toBe(true);
  expect(await takes('lower(dns.qry.name) == "azaz@[`{"', bytes)).toBe(true);
});

test('a message of DNS over TCP begins with its length', async () => {
  const message = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x78, 0, 0, 1, 0, 1];
  const segment = tcp({ sourcePort: 4000, destinationPort: 53, length: 2 + message.length });
  segment.set([0, message.length, ...message], 20);
  for (const [bytes, start, length] of [
    [udp(A, B, 4000, 53, message), '00:01:01', 19],
    [ip(A, B, 6, segment), '00:13:00', 21],
  ] as const) {
    for (const text of [`dns[0:3] == ${start}`, `len(dns) == ${length}`, `dns contains ${start}`])
      expect(await takes(text, bytes), text).toBe(true);
  }
});

test('xor, which the grammar has and tshark 4.0.17 has not', async () => {
  expect(await outcome('tcp xor frame.number == 3')).toBe('');
  expect(await outcome('udp ^^ frame.number == 1')).toBe('2');
});

test.each([
  ['[', 'missing terminating ] for character class'],
  ['(abc', 'missing closing parenthesis'],
  ['abc)', 'unmatched closing parenthesis'],
  ['[z-a]', 'range out of order in character class'],
  ['*a', 'quantifier does not follow a repeatable item'],
])('what is wrong with the pattern %s is said as tshark says it', async (text, message) => {
  expect(await outcome(`frame matches "${text}"`)).toContain(`! Regex compilation error: ${message}.`);
});

test('an empty filter takes every packet', async () => {
  expect(await outcome('')).toBe('1,2,3');
  expect(await outcome('  ')).toBe('1,2,3');
});

test('a pattern takes time linear in the text', async () => {
  // A backtracking engine would need longer than the world has been.
  const text = `frame matches "(${'.*'.repeat(20)}z)+(a|aa)+$x"`;
  expect(await outcome(text)).toBe('');
  expect(await outcome('frame matches "(?=x)"')).toContain('not supported');
});

test('a filter nested too deeply is an error', async () => {
  expect(await outcome(`${'('.repeat(1000)}tcp${')'.repeat(1000)}`)).toContain('nested too deeply');
  expect(await outcome(`${'!'.repeat(100_000)}tcp`)).toContain('nested too deeply');
});

test('read -Y prints the packets that a filter takes, and what is wrong with one', async () => {
  const taken = await nscap(['read', '-#', '-t', SAMPLE, '-Y', 'tcp.flags.syn == 1']);
  expect(taken).toMatchObject({ status: 0, stderr: '' });
  expect(taken.stdout).toMatch(/^\s*1\s+IP 10\.0\.0\.1\.1 > 10\.0\.0\.2\.2: Flags \[S\]/);
  const wrong = await nscap(['read', SAMPLE, '-Y', 'ip.addr = 10.0.0.1']);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toBe(
    'nscap: "=" was unexpected in this context.\n    ip.addr = 10.0.0.1\n            ^\n',
  );
});

test('long and hostile filters compile or are an error, in time that grows with their length', async () => {
  const list = Array.from({ length: 5000 }, (_, i) => `frame.number == ${i}`);
  expect(await outcome(list.join(' or '))).toBe('1,2,3');
  expect(await outcome(`tcp${' and tcp'.repeat(5000)}`)).toBe('3');
  expect(await outcome(`frame.number${' == frame.number'.repeat(5000)}`)).toBe('1,2,3');
  expect(await outcome(`frame.number in {${Array.from({ length: 5000 }, (_, i) => i).join()}}`)).toBe(
    '1,2,3',
  );
  const chained = [`tcp${'[0:1]'.repeat(5000)}`, `tcp.port == 1${'+1'.repeat(5000)}`];
  for (const text of chained) expect(await outcome(text)).toContain('nested too deeply');
  expect(await outcome(`ip.addr == ${'a:'.repeat(20_000)}`)).toContain('":a" was unexpected');
  expect(await outcome(`${'x'.repeat(100_000)} == 1`)).toContain('must be a field or function');
});
