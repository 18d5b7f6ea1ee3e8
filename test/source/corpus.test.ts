// Every frame of real captures, against tshark: time stamp, captured length, length, interface, and where it stops.
// All of ../shared/corpus/given with NSCAP_FRAMES=<the folder oracle/frames.sh made>, else a sample asked of tshark now.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { test } from 'vitest';
import { NscapError } from '../../src/errors.ts';
import { openFile } from '../../src/source/file.ts';
import { CORPUS, corpusFiles, has } from '../support/needs.ts';

const TABLES = process.env.NSCAP_FRAMES;
const FIELDS = ['frame.time_epoch', 'frame.cap_len', 'frame.len', 'frame.interface_id', 'frame.encap_type'];

interface Frames {
  /** time, captured length, length, interface; of packets alone. */
  rows: string[];
  /** Whether the reader complains at the end. */
  complains: boolean;
}

/** The link type of what tshark takes for a picture or other file, and shows as one frame. */
const NO_CAPTURE = '134';

/**
 * Damaged pcap files in which tshark finds a variant of the format (Nokia's, with four more bytes a record) by guessing
 * from the first records. libpcap does not guess, and nscap does as libpcap: frame 2 is what tcpdump prints.
 */
const GUESSED = /igmplayer\.pcap$|FuzzTarget-5766899836387328\.pcap$/;

/** tshark's rows without those it makes of blocks that hold no packet: they have no link type. */
function packets(table: string): string[] {
  return table
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((row) => row.length >= 5 && row[4] !== '' && row[4] !== NO_CAPTURE)
    .map((row) => row.slice(0, 4).join(' '));
}

async function expected(name: string): Promise<Frames> {
  if (TABLES !== undefined) {
    const table = gunzipSync(readFileSync(join(TABLES, `${name}.frames.tsv.gz`))).toString();
    const status = readFileSync(join(TABLES, 'status.tsv'), 'utf8');
    const rows = table
      .split('\n')
      .slice(1)
      .map((line) => line.slice(line.indexOf('\t') + 1))
      .join('\n');
    return {
      rows: packets(rows),
      complains: status.split('\n').some((l) => l.startsWith(`${name}\t`) && l.split('\t')[1] !== '0'),
    };
  }
  const args = ['-n', '-r', join(CORPUS, name), '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field])];
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' };
  try {
    const { stdout } = await promisify(execFile)('tshark', args, { env, maxBuffer: 1 << 28 });
    return { rows: packets(stdout), complains: false };
  } catch (error) {
    return { rows: packets((error as { stdout: string }).stdout), complains: true };
  }
}

/** tshark keeps the fraction in 32 bits with a sign, writes a time that is nowhere as nothing, and lengths below 2^31. */
function asTshark(seconds: number, nanoseconds: number): string {
  const fraction = (nanoseconds % 0x1_0000_0000) | 0;
  const sign = fraction < 0 ? '-' : '';
  return `${sign}${seconds}.${String(Math.abs(fraction)).padStart(9, '0')}`;
}

async function seen(name: string): Promise<Frames> {
  const rows: string[] = [];
  try {
    const source = await openFile(join(CORPUS, name));
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) {
        const time = asTshark(batch.seconds[i], batch.nanoseconds[i]);
        const { section } = source.interfaces[batch.interface[i]];
        const first = source.interfaces.findIndex((one) => one.section === section);
        const interfaceId = source.format === 'pcap' ? '' : batch.interface[i] - first;
        rows.push(`${time} ${batch.captured[i]} ${Math.min(batch.wire[i], 0x7fffffff)} ${interfaceId}`);
      }
    }
    await source.close();
    return { rows, complains: source.damage !== undefined };
  } catch (error) {
    if (!(error instanceof NscapError)) throw error;
    return { rows, complains: true };
  }
}

// What is odd, and of the many plain files every eightieth.
const ODD =
  /^pcapngtest|^cut-|901|902|crash|clusterfuzz-.*[0-3]\.pcap|invalid|modified|nano|bigendian|many_int|zwnd|\.gz$|opb/;
const SAMPLE = corpusFiles(
  (name, i) => !GUESSED.test(name) && (TABLES !== undefined || ODD.test(name) || i % 80 === 0),
);

test.runIf(has('corpus') && (TABLES !== undefined || has('tshark'))).concurrent.for(SAMPLE)(
  'frames of a real capture are those that tshark sees: %s',
  async (name, { expect }) => {
    const [theirs, ours] = await Promise.all([expected(name), seen(name)]);
    // A packet without a time (pcapng's simple packet) has none in tshark; here it is 0.
    theirs.rows = theirs.rows.map((row) => (row.startsWith(' ') ? `0.000000000${row}` : row));
    const at = theirs.rows.findIndex((row, i) => row !== ours.rows[i]);
    expect(ours.rows[at], `frame ${at + 1}`).toBe(theirs.rows[at]);
    expect(ours.rows.slice(theirs.rows.length), `frames after ${theirs.rows.length}`).toEqual([]);
    // Empty, or no capture: tshark is content, nscap and tcpdump are not.
    if (theirs.rows.length > 0 || !ours.complains)
      expect(ours.complains, 'whether the file is called damaged').toBe(theirs.complains);
  },
);
