// nscap read, as a user runs it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Text } from '../../src/base/text.ts';
import { NO_TIME } from '../../src/print/engine/options.ts';
import { PacketPrinter } from '../../src/print/packet.ts';
import { openFile } from '../../src/source/file.ts';
import { join, pcapHeader, pcapRecord } from '../file/build.ts';
import { ethernet, file, ip, transport, UDP } from '../print/packets.ts';
import { CORE, samples } from '../print/samples.ts';
import { finish, nscap, start } from '../support/nscap.ts';

let folder: string;
const at = (name: string) => path(folder, name);
/** What tcpdump -n -t prints of the first of them. */
const SYN =
  'IP 192.0.2.1.40000 > 192.0.2.2.7096: Flags [S], seq 4294967280, win 64240, options [mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7], length 0';
beforeAll(() => {
  folder = mkdtempSync(path(tmpdir(), 'nscap-read-'));
  writeFileSync(at('core.pcap'), file(CORE));
  // Many lines: more than a pipe holds.
  writeFileSync(at('long.pcap'), file(Array.from({ length: 20_000 }, () => CORE[0])));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines = (text: string) => text.split('\n').filter((line) => /^ +\d+ {2}/.test(line));

describe('nscap read', () => {
  it('prints a file, named or with -r, and standard input', async () => {
    const named = await nscap(['read', at('core.pcap'), '-t']);
    expect(named).toMatchObject({ status: 0, stderr: '' });
    expect(named.stdout.startsWith(`${SYN}\n`)).toBe(true);
    expect((await nscap(['read', '-t', '-r', at('core.pcap')])).stdout).toBe(named.stdout);
    expect((await nscap(['read', '-', '-t'], { input: file(CORE) })).stdout).toBe(named.stdout);
  });

  it('prints the same bundled, where most printers are loaded on demand, as the source does', async () => {
    const frames = samples().map(({ frame }) => frame);
    writeFileSync(at('all.pcap'), file(frames));
    const text = new Text();
    const printer = new PacketPrinter({ verbose: 1, time: NO_TIME }, text);
    const source = await openFile(at('all.pcap'));
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        while (!printer.print(batch, i)) await printer.load();
      }
    }
    const printed = Buffer.from(text.take()).toString('latin1');
    expect(await nscap(['read', '-tv', at('all.pcap')])).toMatchObject({ status: 0, stdout: printed });
  });

  it('looks names up: also of addresses in tunnels, and vendors where a MAC address has no name', async () => {
    const inner = transport(UDP, 40_000, 40_001, new Uint8Array(4)).subarray(14);
    inner.set([127, 0, 0, 1], 12);
    const tunnel = ip(47, join(new Uint8Array([0, 0, 8, 0]), inner));
    tunnel.set([0, 0, 0x5e, 0, 1, 1], 6);
    const query = ethernet(0x0806, new Uint8Array(28));
    query.fill(255, 0, 6);
    query.set([0, 1, 8, 0, 6, 4, 0, 2], 14);
    const read = await nscap(['read', '-te', '--resolve', '-'], { input: file([tunnel, query]) });
    expect(read).toMatchObject({ status: 0, stderr: '' });
    expect(read.stdout).toMatch(/^00:00:5e:00:01:01 \(oui IANA\) > 02:00:00:00:00:02 \(oui Unknown\), /);
    expect(read.stdout).toMatch(/GREv0, [^\n]* (localhost\S*)\.40000 > /);
    expect(read.stdout).toMatch(
      /\n02:00:00:00:00:01 \(oui Unknown\) > Broadcast, .* is-at 00:.* \(oui Ethernet\), /,
    );
  });

  it('takes letters together, a filter and a count', async () => {
    const few = await nscap([
      'read',
      '-tnv#',
      '-c',
      '2',
      at('core.pcap'),
      'tcp[tcpflags]',
      '&',
      'tcp-syn',
      '!=',
      '0',
    ]);
    expect(few.status).toBe(0);
    expect(lines(few.stdout)).toHaveLength(2);
    expect(few.stdout).toContain('Flags [S.], cksum');
  });

  it('knows five ways to write the time, and takes a snapshot length as tcpdump does with -r', async () => {
    const wrong = await nscap(['read', '-ttt', '-ttt', at('core.pcap')]);
    expect(wrong).toMatchObject({
      status: 2,
      stdout: '',
      stderr: 'nscap: -t is given more than 5 times\nhint: -ttttt is the most there is\n',
    });
    const read = await nscap(['read', '-tnns0', '-c1', at('core.pcap')]);
    expect(read).toMatchObject({ status: 0, stderr: '', stdout: `${SYN}\n` });
  });

  it('says of which link types it has bytes alone to show', async () => {
    const record = pcapRecord(0, 0, 10, 10, { packet: new Uint8Array(10) });
    writeFileSync(at('radio.pcap'), join(pcapHeader({ link: 255 }), record, record));
    const result = await nscap(['read', '-t', '-x', at('radio.pcap')]);
    const dump = '\n\t0x0000:  0000 0000 0000 0000 0000';
    const packet = `UNSUPPORTED${dump}${' '.repeat(17)}..........${dump}\n`;
    expect(result).toMatchObject({ status: 0, stdout: packet.repeat(2) });
    expect(result.stderr).toMatch(
      /^nscap: 2 packets of link type .*BLUETOOTH_BREDR_BB.* are shown as bytes: it has no printer\n$/,
    );
    const one = await nscap(['read', '-c1', at('radio.pcap')]);
    expect(one.stderr).toMatch(/^nscap: 1 packet of link type .* is shown as bytes: /);
  });

  it('prints what stands before a last record that is cut, and says where', async () => {
    const whole = file(CORE.slice(0, 2));
    writeFileSync(at('cut.pcap'), whole.subarray(0, whole.length - 5));
    const result = await nscap(['read', at('cut.pcap'), '-t']);
    expect(result.status).toBe(0);
    expect(result.stdout).toBe(`${SYN}\n`);
    expect(result.stderr).toMatch(/^nscap: .*cut\.pcap: /);
  });

  it('fails in a sentence where there is no file, and where none is given', async () => {
    const missing = await nscap(['read', at('nothing.pcap')]);
    expect(missing).toMatchObject({ status: 1, stdout: '' });
    expect(missing.stderr).toMatch(/^nscap: .*nothing\.pcap/);
    expect((await nscap(['read'])).status).toBe(2);
    expect((await nscap(['read', at('core.pcap'), '-c', '0'])).status).toBe(2);
  });

  it('ends quietly when nobody reads on', async () => {
    const child = start(['read', at('long.pcap')]);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await finish(child)).toMatchObject({ status: 0, signal: null, stderr: '' });
  });

  it('colours and explains when asked to', async () => {
    const always = await nscap(['read', at('core.pcap'), '--color', 'always', '--explain', '-c', '1']);
    expect(always.stdout).toContain('\x1b[');
    expect(always.stdout).toContain('# ');
    const auto = await nscap(['read', at('core.pcap'), '-c', '1']);
    expect(auto.stdout).not.toContain('\x1b[');
  });
});
