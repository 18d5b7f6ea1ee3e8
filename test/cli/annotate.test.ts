// nscap convert --annotate: findings as comments on the packets that prove them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { commentsOf } from '../../src/file/pcapng-options.ts';
import { openFile } from '../../src/source/file.ts';
import { nscap } from '../support/nscap.ts';

const FILE = fileURLToPath(new URL('../data/transport/tcp.pcap', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nscap-annotate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('each frame that a finding names has its sentence, and no other has one', async () => {
  const annotated = join(folder, 'annotated.pcapng');
  expect(await nscap(['convert', '--annotate', FILE, annotated])).toMatchObject({ status: 0, stderr: '' });
  const { connections } = JSON.parse((await nscap(['analyze', '--json', FILE])).stdout);
  const wanted = new Map<number, string[]>();
  for (const { findings } of connections) {
    for (const { text, frames } of findings) {
      for (const frame of frames) wanted.set(frame, [...(wanted.get(frame) ?? []), text]);
    }
  }
  expect(wanted.size).toBeGreaterThan(3);
  const source = await openFile(annotated);
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) {
      const texts = wanted.get(batch.frame(i));
      expect(commentsOf(batch, i)).toEqual(texts === undefined ? [] : [`nscap: ${texts.join('; ')}`]);
    }
  }
  await source.close();
  const words = ['-T', 'fields', '-E', 'separator=|', '-e', 'frame.number', '-e', 'nscap.finding'];
  const { stdout } = await nscap(['read', annotated, ...words, '-Y', 'nscap.finding']);
  const told = [...wanted].sort(([one], [other]) => one - other);
  expect(stdout).toBe(told.map(([frame, texts]) => `${frame}|${texts.join('; ')}\n`).join(''));
});

test('pcap has no place for comments, and a pipe cannot be read twice', async () => {
  expect(await nscap(['convert', '--annotate', FILE, join(folder, 'x.pcap')])).toMatchObject({ status: 2 });
  const piped = await nscap(['convert', '--annotate', '-', join(folder, 'x.pcapng')], { input: '' });
  expect(piped.status).not.toBe(0);
});
