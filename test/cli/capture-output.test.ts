// What becomes of files besides their packets: a start that is refused, -z, -G without a time in the name, .gz.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFile } from '../../src/source/file.ts';
import { has } from '../support/needs.ts';
import { nscap } from '../support/nscap.ts';
import { Lab } from './capture-lab.ts';

describe.runIf(has('netns'))('in a lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
    chmodSync(lab.folder, 0o755);
  });
  afterAll(() => lab.remove());

  test.runIf(has('root'))('a start that is refused leaves the file as it was', async () => {
    const file = lab.file('keep.pcap');
    writeFileSync(file, 'as it was');
    const args = ['capture', '-Z', 'nobody', '-C', '1', '-w', file, 'a', 'lo'];
    const { status, stderr } = await lab.start([process.execPath, ...lab.program, ...args]).end();
    expect(stderr).toContain(`nscap: nobody may not make further files in ${lab.folder}\n`);
    expect(status).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe('as it was');
  });

  test('a pcapng file says whose the addresses are; --no-names leaves that out', async () => {
    for (const words of [[], ['--no-names']]) {
      const file = lab.file('names.pcapng');
      await (await lab.capture([...words, '-w', file, 'a', 'veth0'])).stop();
      const names = new Map<string, string>();
      const source = await openFile(file, { keep: ({ body }) => readNames(Buffer.from(body), names) });
      while ((await source.next()) !== null);
      await source.close();
      expect(names.get('10.1.0.1')).toBe(words.length === 0 ? 'a' : undefined);
      expect(names.get('10.1.0.2')).toBe(words.length === 0 ? 'b' : undefined);
    }
  });

  test('-z runs a command with the name of each file, also of the last', async () => {
    const list = lab.file('list');
    const command = lab.file('note it');
    writeFileSync(command, `#!/bin/sh\necho "$#:$1" >> '${list}'\n`);
    chmodSync(command, 0o755);
    const file = lab.file('ring');
    const capture = await lab.capture(['-w', file, '-C', '10k', '-z', command, 'b', 'veth1', 'udp']);
    await lab.send(100);
    expect((await capture.stop()).stderr).toContain('\n100 packets captured\n');
    // They run side by side, and none waits for another.
    expect(readFileSync(list, 'utf8').trim().split('\n').sort()).toEqual([`1:${file}`, `1:${file}1`]);
  });

  test('-z with one file; a command that is not there is told, and the status is 1', async () => {
    const file = lab.file('one.pcap');
    const capture = await lab.capture(['-w', file, '-z', '/no/such', 'b', 'veth1', 'udp']);
    const { status, stderr } = await capture.stop();
    expect(stderr).toMatch(/nscap: \/no\/such .*one\.pcap: no such file or directory/i);
    expect(status).toBe(1);
  });

  test('-G warns where each file overwrites the one before', async () => {
    const capture = await lab.capture(['-w', lab.file('same.pcap'), '-G', '10', 'b', 'veth1', 'udp']);
    expect((await capture.stop()).stderr).toMatch(/each file of -G overwrites the one before, .*%H%M%S/);
    const named = await lab.capture(['-w', lab.file('%H%M%S.pcap'), '-G', '10', 'b', 'veth1', 'udp']);
    expect((await named.stop()).stderr).not.toContain('overwrites');
  });

  test.each(['x.pcap', 'x.pcapng'])('%s.gz is compressed, by capture and by convert', async (name) => {
    const file = lab.file(`${name}.gz`);
    const capture = await lab.capture(['-w', file, 'b', 'veth1', 'udp']);
    await lab.send(200);
    await capture.stop();
    const magic = name === 'x.pcap' ? 0xa1b2c3d4 : 0x0a0d0d0a;
    expect(gunzipSync(readFileSync(file)).readUInt32LE(0)).toBe(magic);
    const printed = await nscap(['read', file]);
    expect(printed.stdout.trim().split('\n')).toHaveLength(200);
    const copy = lab.file(`copy-${name}.gz`);
    await nscap(['convert', file, copy]);
    expect(gunzipSync(readFileSync(copy)).readUInt32LE(0)).toBe(magic);
    expect((await nscap(['read', copy])).stdout).toBe(printed.stdout);
  });
});

/** The records for IPv4 of a name resolution block (draft-ietf-opsawg-pcapng, 4.4). */
function readNames(body: Buffer, names: Map<string, string>): void {
  for (let at = 0; body.readUInt16LE(at) !== 0; ) {
    const length = body.readUInt16LE(at + 2);
    const value = body.subarray(at + 4, at + 4 + length);
    if (body.readUInt16LE(at) === 1)
      names.set(value.subarray(0, 4).join('.'), value.toString('utf8', 4, length - 1));
    at += 4 + ((length + 3) & ~3);
  }
}
