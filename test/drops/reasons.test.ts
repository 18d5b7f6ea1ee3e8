// The tables of reasons: complete, and the same in the documentation.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { DropEvent } from '../../src/drops/event.ts';
import { HARMLESS, harmlessBecause } from '../../src/drops/harmless.ts';
import { kernelFacts } from '../../src/drops/kernel-facts.ts';
import { explainReason, KNOWN_REASONS } from '../../src/drops/reasons.ts';
import { has } from '../support/needs.ts';
import { ethernet, ipv4 } from './frames.ts';

// The columns are padded.
const page = readFileSync(new URL('../../docs/drop-reasons.md', import.meta.url), 'utf8').replace(
  / +\|/g,
  ' |',
);
const folder = fileURLToPath(new URL('.', import.meta.url));
const tests = readdirSync(folder)
  .filter((name) => name.startsWith('reasons-'))
  .map((name) => readFileSync(`${folder}${name}`, 'utf8'))
  .join('');

describe('reasons', () => {
  test.runIf(has('bpf'))('every reason of this kernel has words', () => {
    const names = Object.values(kernelFacts().reasons).filter((name) => !name.startsWith('SKB_'));
    expect(names.filter((name) => explainReason(name) === undefined)).toEqual([]);
  });

  test.each(KNOWN_REASONS)('%s is in docs/drop-reasons.md: provoked in a test, or why it is not', (name) => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
    expect(row, `docs/drop-reasons.md has no row for ${name}`).toBeDefined();
    expect(row).toContain(explainReason(name)!.meaning.replaceAll('|', '\\|'));
    const provoked = row!.endsWith('| yes |');
    const tested = tests.includes(`'${name}'`) || tests.includes(`'${name},`);
    if (provoked) expect(tested, `no test provokes ${name}`).toBe(true);
    else expect(row).toMatch(/ \| [^|]{10,} \|$/);
  });

  test('a reason nobody knows has no words, and none that JavaScript has for everything', () => {
    expect(explainReason('NEWER_THAN_THIS')).toBeUndefined();
    expect(explainReason('constructor')).toBeUndefined();
  });

  test('every row of what is no trouble names a reason and a source', () => {
    for (const { reason, because, source } of HARMLESS) {
      expect(KNOWN_REASONS).toContain(reason);
      expect(because.length).toBeGreaterThan(10);
      expect(source).toMatch(/net\/|IEEE|RFC/);
    }
  });

  test('multicast without a reason is no trouble, unicast may be', () => {
    const event = (destination: string, address: string): DropEvent => ({
      time: { seconds: 0, nanoseconds: 0 },
      reason: 'NOT_SPECIFIED',
      count: 1,
      packet: {
        linkType: 1,
        bytes: ethernet(
          destination,
          '02:00:00:00:00:01',
          0x0800,
          ipv4({ source: '10.0.0.1', destination: address, protocol: 17, payload: Buffer.alloc(8) }),
        ),
        length: 60,
      },
    });
    expect(harmlessBecause(event('01:00:5e:00:00:fb', '224.0.0.251'))).toMatch(/multicast/);
    expect(harmlessBecause(event('02:00:00:00:00:02', '10.0.0.2'))).toBeUndefined();
    expect(
      harmlessBecause({ ...event('01:00:5e:00:00:fb', '224.0.0.251'), reason: 'NO_SOCKET' }),
    ).toBeUndefined();
  });
});
