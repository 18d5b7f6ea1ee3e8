// Each reason of TCP that can be provoked here is: the event must name it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { harmlessBecause } from '../../src/drops/harmless.ts';
import { explainReason } from '../../src/drops/reasons.ts';
import { has } from '../support/needs.ts';
import { ACK, FIN, PSH, RST, SYN } from './frames.ts';
import { STRANGER, Stage, Stranger, timestamps } from './provoke.ts';
import {
  AF_INET,
  accept,
  close,
  connect,
  IPPROTO_TCP,
  SO_RCVBUF,
  SOCK_STREAM,
  SOL_SOCKET,
  send,
  setOption,
  socketIn,
} from './sockets.ts';

const TCP_MD5SIG = 14;
const IPPROTO_IP = 0;
const IP_MINTTL = 21;

/** struct tcp_md5sig for the stranger. */
function md5Key(key: string): Buffer {
  const bytes = Buffer.alloc(216);
  bytes.writeUInt16LE(2, 0);
  Buffer.from(STRANGER.split('.').map(Number)).copy(bytes, 4);
  bytes.writeUInt16LE(key.length, 130);
  bytes.write(key, 136);
  return bytes;
}

const MD5_OPTION = Buffer.concat([Buffer.from([19, 18]), Buffer.alloc(16, 7), Buffer.from([1, 1])]);

/** A connection to a listener of b's, and the socket at its other end. */
async function connected(
  stage: Stage,
  stamp?: number,
  before?: (socket: number) => void,
): Promise<{ peer: Stranger; socket: number }> {
  const { socket, port } = stage.listener(16, before);
  const peer = await new Stranger(stage, port).connect(stamp);
  for (let i = 0; i < 200; i++, await sleep(10)) {
    const made = accept(socket);
    if (made >= 0) return { peer, socket: made };
  }
  throw new Error('b accepted no connection');
}

const CASES: [reason: string, provoke: (stage: Stage) => Promise<void> | void][] = [
  [
    'TCP_CSUM',
    (stage) => new Stranger(stage, stage.listener().port).segment({ flags: SYN, wrongChecksum: true }),
  ],
  [
    'TCP_MD5NOTFOUND',
    (stage) => {
      const { port } = stage.listener(16, (socket) =>
        setOption(socket, IPPROTO_TCP, TCP_MD5SIG, md5Key('secret')),
      );
      new Stranger(stage, port).segment({ flags: SYN });
    },
  ],
  [
    'TCP_MD5UNEXPECTED',
    (stage) => new Stranger(stage, stage.listener().port).segment({ flags: SYN, options: MD5_OPTION }),
  ],
  [
    'TCP_MD5FAILURE',
    (stage) => {
      const { port } = stage.listener(16, (socket) =>
        setOption(socket, IPPROTO_TCP, TCP_MD5SIG, md5Key('secret')),
      );
      new Stranger(stage, port).segment({ flags: SYN, options: MD5_OPTION });
    },
  ],
  [
    'TCP_AUTH_HDR',
    (stage) => {
      const both = Buffer.concat([MD5_OPTION.subarray(0, 18), MD5_OPTION.subarray(0, 18)]);
      new Stranger(stage, stage.listener().port).segment({ flags: SYN, options: both });
    },
  ],
  [
    'TCP_FLAGS',
    async (stage) => (await connected(stage)).peer.segment({ flags: PSH, payload: Buffer.from('x') }),
  ],
  [
    'TCP_OLD_DATA',
    async (stage) => {
      const { peer } = await connected(stage);
      peer.data('hello');
      peer.segment({ sequence: peer.sequence - 3, flags: ACK, payload: Buffer.from('llo') });
      peer.segment({ sequence: peer.sequence - 5, flags: ACK, payload: Buffer.from('hello') });
    },
  ],
  [
    'TCP_OLD_SEQUENCE',
    async (stage) => {
      const { peer } = await connected(stage);
      peer.data('hello');
      peer.segment({ sequence: peer.sequence - 100, flags: ACK, payload: Buffer.from('old') });
    },
  ],
  [
    'TCP_INVALID_SEQUENCE',
    async (stage) => {
      const { peer } = await connected(stage);
      peer.segment({ sequence: peer.sequence + 10_000_000, payload: Buffer.from('far') });
    },
  ],
  [
    'TCP_INVALID_END_SEQUENCE',
    async (stage) => {
      const { peer } = await connected(stage, undefined, (socket) =>
        setOption(socket, SOL_SOCKET, SO_RCVBUF, 2304),
      );
      peer.segment({ payload: Buffer.alloc(1400) });
      for (let i = 0; i < 8; i++)
        peer.segment({ sequence: peer.sequence + 200 * i, payload: Buffer.alloc(1400) });
    },
  ],
  [
    'TCP_OFOMERGE',
    async (stage) => {
      const { peer } = await connected(stage);
      for (let i = 0; i < 2; i++)
        peer.segment({ sequence: peer.sequence + 100, payload: Buffer.from('later') });
    },
  ],
  [
    'TCP_RFC7323_PAWS',
    async (stage) => {
      const { peer } = await connected(stage, 100_000);
      peer.data('hello', timestamps(100_001, peer.echo));
      peer.data('stale', timestamps(50_000, peer.echo));
    },
  ],
  [
    'TCP_RFC7323_PAWS_ACK',
    async (stage) => {
      const { peer } = await connected(stage, 100_000);
      peer.data('hello', timestamps(100_001, peer.echo));
      peer.segment({ options: timestamps(50_000, peer.echo) });
      peer.segment({ sequence: peer.sequence - 5, options: timestamps(99_999, peer.echo) });
    },
  ],
  [
    'TCP_RFC7323_TSECR',
    async (stage) => {
      const { port } = stage.listener();
      const peer = new Stranger(stage, port);
      peer.segment({ flags: SYN, acknowledgment: 0, options: timestamps(7, 0) });
      peer.sequence++;
      const answer = await peer.next((flags) => (flags & SYN) !== 0);
      peer.acknowledgment = answer.readUInt32BE(4) + 1;
      peer.segment({ options: timestamps(8, 0x12345678) });
    },
  ],
  [
    'TCP_LISTEN_OVERFLOW',
    async (stage) => {
      // Room for three connections: two are there, and of two half-open ones only one gets in.
      const { port } = stage.listener(2);
      for (let i = 0; i < 2; i++) await new Stranger(stage, port).connect();
      const peers = [new Stranger(stage, port), new Stranger(stage, port)];
      for (const peer of peers) {
        peer.segment({ flags: SYN, acknowledgment: 0 });
        peer.sequence++;
        peer.acknowledgment = (await peer.next((flags) => (flags & SYN) !== 0)).readUInt32BE(4) + 1;
      }
      for (const peer of peers) peer.segment({});
    },
  ],
  [
    'TCP_RESET',
    async (stage) => {
      const { peer } = await connected(stage);
      peer.segment({ sequence: peer.sequence + 10, flags: RST });
    },
  ],
  ['TCP_INVALID_SYN', async (stage) => (await connected(stage)).peer.segment({ flags: SYN })],
  [
    'TCP_TOO_OLD_ACK',
    async (stage) => {
      const { peer } = await connected(stage);
      peer.segment({ acknowledgment: peer.acknowledgment - 1_000_000, payload: Buffer.from('x') });
    },
  ],
  [
    'TCP_ACK_UNSENT_DATA',
    async (stage) => {
      const { peer } = await connected(stage);
      peer.segment({ acknowledgment: peer.acknowledgment + 1000, payload: Buffer.from('x') });
    },
  ],
  [
    'TCP_INVALID_ACK_SEQUENCE',
    async (stage) => {
      // The SYN-ACK to b's own SYN acknowledges something else.
      const client = socketIn(stage.pair.b, AF_INET, SOCK_STREAM);
      const peer = new Stranger(stage, 0);
      connect(client, STRANGER, 4242);
      const syn = await stage.segment((bytes) => bytes.readUInt16BE(2) === 4242);
      peer.segment({
        ports: [4242, syn.readUInt16BE(0)],
        flags: SYN | ACK,
        acknowledgment: syn.readUInt32BE(4) + 77,
      });
    },
  ],
  [
    'TCP_MINTTL',
    async (stage) => {
      const { port } = stage.listener(16, (socket) => setOption(socket, IPPROTO_IP, IP_MINTTL, 255));
      new Stranger(stage, port).segment({ flags: SYN });
    },
  ],
  [
    'TCP_ABORT_ON_DATA',
    async (stage) => {
      const { peer, socket } = await connected(stage);
      close(socket);
      await peer.next((flags) => (flags & FIN) !== 0);
      peer.data('too late');
    },
  ],
  [
    'TCP_OVERWINDOW',
    async (stage) => {
      const { peer } = await connected(stage);
      peer.segment({ sequence: peer.sequence + peer.window, payload: Buffer.from('x') });
    },
  ],
  [
    'PROTO_MEM',
    async (stage) => {
      const { peer } = await connected(stage, undefined, (socket) =>
        setOption(socket, SOL_SOCKET, SO_RCVBUF, 2304),
      );
      for (let i = 1; i < 60; i++)
        peer.segment({ sequence: peer.sequence + 20 * i, payload: Buffer.from('x') });
    },
  ],
  [
    'TCP_OFO_DROP',
    async (stage) => {
      const { peer } = await connected(stage);
      peer.segment({ sequence: peer.sequence + 3, payload: Buffer.from('lo') });
      peer.data('hello');
    },
  ],
  [
    'TCP_OFO_QUEUE_PRUNE',
    async (stage) => {
      const { peer } = await connected(stage, undefined, (socket) =>
        setOption(socket, SOL_SOCKET, SO_RCVBUF, 2304),
      );
      for (let i = 30; i > 0; i--)
        peer.segment({ sequence: peer.sequence + 20 * i, payload: Buffer.from('x') });
    },
  ],
  [
    'IP_OUTNOROUTES',
    async (stage) => {
      const { socket } = await connected(stage);
      stage.b('ip', 'route', 'add', 'prohibit', `${STRANGER}/32`);
      send(socket, Buffer.from('nowhere to go'));
      stage.b('ip', 'route', 'delete', 'prohibit', `${STRANGER}/32`);
    },
  ],
  [
    'TCP_RFC7323_TW_PAWS',
    async (stage) => {
      const { peer, socket } = await connected(stage, 100_000);
      close(socket);
      peer.acknowledgment = (await peer.next((flags) => (flags & FIN) !== 0)).readUInt32BE(4) + 1;
      peer.segment({ flags: FIN | ACK, options: timestamps(100_001, peer.echo) });
      await sleep(50);
      peer.segment({
        sequence: peer.sequence + 1,
        flags: SYN,
        acknowledgment: 0,
        options: timestamps(50_000, 0),
      });
    },
  ],
];

describe.runIf(has('bpf'))('reasons of TCP', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.make();
  });
  afterAll(() => stage?.remove());

  test.each(CASES)('%s', async (reason, provoke) => {
    await provoke(stage);
    const event = await stage.dropped(reason, 5000);
    expect(event.namespace?.name).toBe(stage.pair.b);
    expect(event.function).toBeDefined();
    expect(explainReason(reason)).toBeDefined();
  });

  test('an ACK after the FIN is no loss, though the kernel frees it as a drop', async () => {
    const { peer, socket } = await connected(stage);
    peer.segment({ flags: FIN | ACK });
    peer.sequence++;
    send(socket, Buffer.from('x'));
    peer.acknowledgment = (await peer.next((flags) => (flags & PSH) !== 0)).readUInt32BE(4) + 1;
    peer.segment({});
    const event = await stage.dropped('NOT_SPECIFIED', 5000, 'tcp_rcv_state_process');
    expect(harmlessBecause(event)).toMatch(/was processed/);
  });
});
