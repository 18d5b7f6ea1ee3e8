// How connections begin that do not begin as most do: both sides at once, in four steps, unanswered with unfinished checksums.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CONNECTION_FINDINGS } from '../../src/flow/findings/codes.ts';
import { Findings } from '../../src/flow/findings/finding.ts';
import { icmpFinding } from '../../src/flow/findings/icmp.ts';
import { sentence } from '../../src/report/tcp/findings.ts';
import { ACK, FIN, PSH, RST, SYN } from '../../src/wire/tcp.ts';
import { A, B } from '../flow/support.ts';
import { bulk, CLIENT, SERVER, Talk } from './talk.ts';

const SYN_ACK = SYN | ACK;

/** Both have sent a SYN and answered that of the other. */
function atOnce(): Talk {
  return new Talk()
    .client({ flags: SYN, sequence: 1000 })
    .server({ flags: SYN, sequence: 5000 })
    .client({ flags: SYN_ACK, sequence: 1000 })
    .server({ flags: SYN_ACK, sequence: 5000 });
}

test('simultaneous open: no SYN was lost, and none sent again', async () => {
  const { connection, codes, text } = await bulk(atOnce().client(), 3).connection();
  expect(connection.opening).toBe('handshake');
  expect(codes).toEqual(['simultaneous-open']);
  expect(text('simultaneous-open')).toBe(
    `${CLIENT} and ${SERVER} opened the connection at the same time: both sent a SYN and answered the other's with a SYN-ACK (simultaneous open, RFC 9293, 3.5) [1,2,3,4]`,
  );
  expect([connection.client.resentPackets, connection.server.resentPackets]).toEqual([0, 0]);
});

test('simultaneous open with losses: what was sent more than once is counted for each side', async () => {
  const again = new Talk().client({ flags: SYN }).client({ flags: SYN, sequence: 1000 }, 1000);
  again
    .server({ flags: SYN })
    .client({ flags: SYN_ACK, sequence: 1000 })
    .server({ flags: SYN_ACK, sequence: 5000 });
  const first = await bulk(again.client(), 2).connection();
  expect(first.problems).toEqual(['slow-handshake']);
  expect(first.text('slow-handshake')).toMatch(new RegExp(`^${CLIENT} had to send its SYN twice: `));
  const answer = atOnce().server({ flags: SYN_ACK, sequence: 5000 }, 1000).client();
  expect((await bulk(answer, 2).connection()).text('slow-handshake')).toMatch(
    new RegExp(`^${SERVER} had to send its SYN-ACK twice: one was lost, or the answer to it`),
  );
});

test('both ask, and neither is answered', async () => {
  const talk = new Talk().client({ flags: SYN }).server({ flags: SYN });
  talk.client({ flags: SYN, sequence: 1000 }, 1000).server({ flags: SYN, sequence: 5000 });
  const { connection, problems, text } = await talk.connection();
  expect(connection.opening).toBe('unanswered');
  expect(problems).toEqual(['unanswered']);
  expect(text('unanswered')).toMatch(/^neither the SYNs of .* nor the SYNs of .* was answered/);
});

test.each([
  [4, 3, 0, 'network unreachable: a router has no route to the destination'],
  [4, 3, 1, 'host unreachable: the last router cannot resolve the link-layer address'],
  [4, 3, 2, 'protocol unreachable: a firewall rule rejects it'],
  [4, 3, 3, 'port unreachable: a firewall rule rejects it'],
  [4, 3, 13, 'communication administratively prohibited: a firewall rule or a prohibit route'],
  [4, 11, 0, 'time to live exceeded: a routing loop, or a path longer than the time to live'],
  [6, 1, 0, 'no route to destination: a router has no route to the destination'],
  [6, 1, 2, 'beyond scope of source address: its source address is not valid beyond its link'],
  [6, 1, 3, 'address unreachable: the last router cannot resolve the link-layer address'],
  [6, 1, 6, 'reject route to destination: a router has a route that rejects it'],
  [6, 3, 0, 'hop limit exceeded: a routing loop'],
] as const)('a SYN that ICMP error %s/%s/%s answers: %s', async (version, type, code, says) => {
  const { connection } = await new Talk().client({ flags: SYN }).connection();
  const findings = new Findings({ ...connection, icmp: { frame: 2, version, type, code } });
  expect(icmpFinding(findings)).toBe(true);
  expect(findings.all[0]).toMatchObject({ code: 'rejected', severity: 'problem', frames: [1, 2] });
  expect(sentence(findings.all[0])).toContain(`was rejected with an ICMP error, ${says}`);
});

test('an ICMP error that a packet is too big is about the path, and answers no SYN', async () => {
  const { connection } = await new Talk().client({ flags: SYN }).connection();
  for (const icmp of [
    { frame: 2, version: 4, type: 3, code: 4 },
    { frame: 2, version: 6, type: 2, code: 0 },
  ] as const) {
    const findings = new Findings({ ...connection, icmp });
    expect(icmpFinding(findings)).toBe(false);
    expect(findings.all[0]).toMatchObject({ code: 'mtu', severity: 'problem', frames: [2] });
  }
});

test('the codes of all findings and what they mean are in docs/analyze.md (npm run docs)', () => {
  const page = readFileSync(new URL('../../docs/analyze.md', import.meta.url), 'utf8');
  for (const [code, meaning] of Object.entries(CONNECTION_FINDINGS)) {
    expect(page).toMatch(new RegExp(`^\\| \`${code}\` *\\| ${meaning.replace(/[()]/g, '\\$&')} *\\|$`, 'm'));
  }
});

test('a split handshake, of three and of four steps', async () => {
  const three = new Talk()
    .client({ flags: SYN })
    .server({ flags: SYN })
    .client({ flags: SYN_ACK, sequence: 1000 })
    .server();
  const four = new Talk()
    .client({ flags: SYN })
    .server({ sequence: 5001 })
    .server({ flags: SYN, sequence: 5000 })
    .client();
  for (const talk of [three, four]) {
    const { connection, codes, text } = await bulk(talk, 2).connection();
    expect(connection.opening).toBe('handshake');
    expect(codes).toEqual(['simultaneous-open']);
    expect(text('simultaneous-open')).toMatch(/answered the SYN of .* with a SYN of its own/);
  }
});

test('an RST to one of two that open at once', async () => {
  const talk = new Talk().client({ flags: SYN }).server({ flags: SYN });
  const { connection, problems } = await talk.server({ flags: RST, sequence: 5001 }).connection();
  expect(connection.opening).toBe('refused');
  expect(problems).toEqual(['refused']);
});

/** Puts the sum over the pseudo header where the checksum belongs, as a stack does that leaves it to offload. */
function unfinished(talk: Talk): Talk {
  const { bytes } = talk.frames.at(-1)!;
  let sum = 6 + bytes.length - 20;
  for (const address of [A, B]) sum += (address[0] << 8) + address[1] + (address[2] << 8) + address[3];
  sum %= 0xffff;
  bytes[36] = sum >> 8;
  bytes[37] = sum & 255;
  return talk;
}

test('SYNs that nobody answers, their checksums left to offload: that is one of the causes named', async () => {
  const one = unfinished(new Talk().client({ flags: SYN }));
  expect((await one.connection()).text('unanswered')).toMatch(
    /did not answer the SYN .*: a firewall drops it, .*, or, if this was captured at 10\.0\.2\.0, its checksum was left to offload at 10\.0\.1\.0 and never computed/,
  );
  const more = unfinished(one.client({ flags: SYN, sequence: 1000 }, 1000));
  expect((await more.connection()).text('unanswered')).toMatch(/drops them, .* their checksums were left/);
  const computed = await new Talk().client({ flags: SYN }).connection();
  expect(computed.text('unanswered')).toMatch(/the host is down, or its accept queue is full \[1\]$/);
});

test('SYN-ACKs that never arrive, their checksums left to offload', async () => {
  const talk = new Talk();
  for (let i = 0; i < 3; i++)
    unfinished(
      talk.client({ flags: SYN, sequence: 1000 }, 1000).server({ flags: SYN_ACK, sequence: 5000 }, 0.1),
    );
  expect((await talk.connection()).text('half-open')).toMatch(
    /keeps sending SYNs, .* or, if this was captured at 10\.0\.1\.0, their checksums were left to offload at 10\.0\.2\.0/,
  );
});

test('a header longer than its segment says nothing of the connection', async () => {
  const talk = new Talk()
    .server({ flags: SYN_ACK })
    .server({ flags: FIN | SYN, sequence: 220_000, length: 0, acknowledgment: 0 }, 100);
  talk.frames[1].bytes[32] = 0xf0;
  const { codes } = await talk.connection();
  expect(codes).not.toContain('unanswered');
  const alone = new Talk().client({ flags: SYN });
  alone.frames[0].bytes[32] = 0x40;
  const short = await alone.connection();
  expect(short.codes).toEqual(['malformed']);
  expect(short.text('malformed')).toMatch(/^1 segment of .* has a TCP header that is shorter/);
});

test('a window closed for milliseconds is a note with its frames', async () => {
  const talk = bulk(new Talk().handshake(65_000), 5);
  const close = (wait: number) =>
    talk
      .client({ length: 65_000, flags: ACK | PSH }, 0.1)
      .server({ window: 0 }, 0.1)
      .server({ window: 65_000 }, wait);
  const once = await bulk(close(3), 50).connection();
  expect(once.codes).toContain('zero-window');
  expect(once.problems).toEqual([]);
  expect(once.text('zero-window')).toMatch(
    new RegExp(
      `^receiver ${SERVER} announced a zero window once, and was closed for 3.00 ms: .*\\[15,16\\]$`,
    ),
  );
  const twice = await bulk(close(2), 50).connection();
  expect(twice.text('zero-window')).toMatch(
    /a zero window twice, and was closed for 3.00 ms at most, 5.00 ms in total/,
  );
});
