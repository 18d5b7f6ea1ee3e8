// What people type: times, ports, near misses, names that a terminal would obey; and what comes of it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { didYouMean } from '../../src/base/similar.ts';
import { parseDuration } from '../../src/cli/arguments.ts';
import { parsePort } from '../../src/talk/port.ts';
import { nscap } from '../support/nscap.ts';

const folder = mkdtempSync(join(tmpdir(), 'nst-words-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An empty capture of Ethernet: the header of a pcap file. */
const EMPTY = Buffer.from('d4c3b2a1020004000000000000000000000004000100000001', 'hex').subarray(0, 24);
const HOSTILE = '\x1b]0;x\x07\u009b2J\u202e';
const OBEYED = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

test.each([
  ['3', 3000],
  ['0.5', 500],
  ['500ms', 500],
  ['10s', 10_000],
  ['1m', 60_000],
  ['2h', 7_200_000],
])('%s as a time', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

test.each(['0', '-1', '1d', 'm', '1 m', '', '600h'])('%j is not a time', (text) => {
  expect(() => parseDuration(text)).toThrow(/is not a time|is too long/);
});

test('words that are near are suggested, others are not', () => {
  expect(didYouMean('analyse', ['read', 'analyze'])).toBe('analyze may be meant');
  expect(didYouMean('retransmission', ['retransmissions', 'resets'])).toBe('retransmissions may be meant');
  expect(didYouMean('frobnicate', ['read', 'analyze'])).toBeUndefined();
});

test('a port is a number, or a name that a machine knows or not', () => {
  expect(parsePort('65535')).toBe(65535);
  expect(() => parsePort('nscap-none')).toThrow(/'nscap-none' is no port number/);
});

describe('names that a terminal would obey', () => {
  const file = join(folder, `${HOSTILE}.pcap`);
  test.each([
    [['read', file]],
    [['analyze', file]],
    [['follow', file, '0']],
    [['convert', file, join(folder, 'out.pcap')]],
    [['capture', HOSTILE, 'lo']],
    [['top', HOSTILE, 'lo']],
    [['map', HOSTILE]],
    [['why', HOSTILE, '127.0.0.1']],
    [['filter', HOSTILE]],
    [['nc', HOSTILE]],
    [['tcp-test', HOSTILE]],
    [['lab', 'up', join(folder, HOSTILE)]],
    [['lab', 'exec', HOSTILE, '--', 'true']],
    [['completion', HOSTILE]],
    [[HOSTILE]],
    [['analyze', file, '--assert', `${HOSTILE} == 0`]],
  ])('nscap %s', async ([command, ...words]) => {
    const { stdout, stderr } = await nscap([command, ...words]);
    expect(stderr).not.toBe('');
    expect(`${stdout}${stderr}`).not.toMatch(OBEYED);
  });
});

test('read -w copies, and leaves nothing beside its file', async () => {
  const [input, output] = [join(folder, 'in.pcap'), join(folder, 'copy.pcap')];
  writeFileSync(input, EMPTY);
  expect(await nscap(['read', input, '-w', output, 'tcp'])).toMatchObject({ status: 0 });
  expect(readFileSync(output).subarray(0, 4)).toEqual(EMPTY.subarray(0, 4));
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('assertions that hold are shown, and all of them are in the file for CI', async () => {
  const input = join(folder, 'asserted.pcap');
  writeFileSync(input, EMPTY);
  const junit = join(folder, 'junit.xml');
  const assert = ['--assert', 'packets == 0', '--assert', 'segments > 2', '--junit', junit];
  const { status, stderr } = await nscap(['analyze', '-r', input, ...assert]);
  expect(status).toBe(3);
  expect(stderr).toContain('nscap: packets == 0 holds: packets is 0\n');
  expect(stderr).toContain('nscap: segments > 2 does not hold: segments is 0\n');
  expect(readFileSync(junit, 'utf8')).toContain('tests="2" failures="1"');
  expect((await nscap(['analyze', input, '--junit', junit])).status).toBe(2);
});
