// The comparison of time-sequence data with tcptrace's: what differs has a name by what tshark says, or is a fault.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ACK, SYN } from '../../src/wire/tcp.ts';
import { pcap, withFile } from '../flow/support.ts';
import { Talk } from '../report/talk.ts';
import { has } from '../support/needs.ts';

const compare = (path: string) =>
  promisify(execFile)(process.execPath, ['scripts/ts.mjs', 'bench/time-sequence.ts', path], {
    encoding: 'utf8',
  });

test.runIf(has('tcptrace', 'tshark'))(
  'counts what tcptrace draws otherwise by kind',
  async () => {
    const plain = new Talk().handshake().client({ length: 100 }).server().client({ length: 50 }).server();
    // Data of a SYN, as of TCP Fast Open, and an answer of its own after five minutes of silence.
    const odd = new Talk()
      .client({ flags: SYN, length: 7 })
      .server({ flags: SYN | ACK })
      .client()
      .server();
    odd.client({ length: 10 }, 300_000).server();
    const [same, other] = await Promise.all(
      [plain, odd].map(({ frames }) => withFile(pcap(frames), async (path) => (await compare(path)).stdout)),
    );
    expect(same).toContain('"differing":0,"filesDiffering":0,"faults":0');
    expect(other).toContain('1 marks in 1 files: tcptrace: data of a SYN left out');
    expect(other).toContain('"faults":0');
  },
  30_000,
);
