// Packets that a firewall refuses in the name of those it protects, and what servers refuse themselves.
import { expect, test } from 'vitest';
import * as path from '../../src/trace/path.ts';
import { Captures } from './captures.ts';
import * as frames from './frames.ts';

const POINTS = ['pc:eth0', 'router:lan', 'router:dmz', 'server:eth0'];
/** The service is not where its address is: DNAT sends what is for it to another. */
const SERVICE = { source: '10.1.0.10', destination: '10.9.9.9' };
const BACK = { source: '10.9.9.9', destination: '10.1.0.10' };
const SERVER = { source: '10.1.0.10', destination: '10.2.0.20' };
const RST_ACK = 20;

/** The two cables, each with the stations at its ends. */
const plain = (packet: frames.Bytes, point = 0) =>
  point < 2 ? frames.ethernet(1, 2, 0x0800, packet) : frames.ethernet(3, 4, 0x0800, packet);
const answer = (packet: frames.Bytes, point = 0) =>
  point < 2 ? frames.ethernet(2, 1, 0x0800, packet) : frames.ethernet(4, 3, 0x0800, packet);

/** Packets from end to end and back, before and after what is looked at. */
function calm(captures: Captures, time: number, points: number): void {
  for (let k = 0; k < 5; k++) {
    const [there, back] = [SERVER, { source: SERVER.destination, destination: SERVER.source }];
    const request = frames.ip(there, 17, frames.udp(there, 7, 7, [k, k, k, k]), { id: 10 + k });
    const reply = frames.ip(back, 17, frames.udp(back, 7, 7, [k, k, k, 9]), { id: 20 + k });
    for (let point = 0; point < points; point++)
      captures.add(point, time + k * 1000 + point, plain(request, point));
    for (let point = points - 1; point >= 0; point--)
      captures.add(point, time + k * 1000 + 500 - point, answer(reply, point));
  }
}

/** What became of the packets that are of neither end of the calm. */
function fates(points: readonly string[], refuse: (captures: Captures) => void): [string, number, number][] {
  const captures = new Captures(points);
  calm(captures, 0, points.length);
  const before = 10;
  refuse(captures);
  calm(captures, 5_000_000, points.length);
  captures.end();
  return captures.fates
    .slice(before, -10)
    .map(({ points: seen, fate, expected }) => [seen, fate, expected] as [string, number, number]);
}

function reset(captures: Captures): void {
  const syn = frames.tcp(SERVICE, 40_000, 80, { sequence: 7, flags: 2 });
  captures.add(0, 1_000_000, plain(frames.ip(SERVICE, 6, syn, { id: 500 })));
  captures.add(1, 1_000_002, plain(frames.ip(SERVICE, 6, syn, { id: 500 })));
  const rst = frames.tcp(BACK, 80, 40_000, { acknowledgment: 8, flags: RST_ACK });
  captures.add(1, 1_000_030, answer(frames.ip(BACK, 6, rst)));
  captures.add(0, 1_000_032, answer(frames.ip(BACK, 6, rst)));
}

test('a reset in the name of an address that was seen nowhere: whether the SYN was due behind it is unknown', () => {
  expect(fates(POINTS, reset)).toEqual([
    ['01', path.UNKNOWN, -1],
    ['10', path.COMPLETE, -1],
  ]);
});

test('a reset from behind the last point: the SYN has passed all', () => {
  expect(fates(POINTS.slice(0, 2), reset)).toEqual([
    ['01', path.COMPLETE, -1],
    ['10', path.COMPLETE, -1],
  ]);
});

test('an ICMP error in the name of an address does not say that it lives there: the datagram was lost', () => {
  const found = fates(POINTS, (captures) => {
    const datagram = frames.ip(SERVICE, 17, frames.udp(SERVICE, 4000, 53, [1, 2, 3, 4]), { id: 500 });
    captures.add(0, 1_000_000, plain(datagram));
    captures.add(1, 1_000_002, plain(datagram));
    const error = frames.ip(BACK, 1, frames.unreachable(3, datagram), { id: 900 });
    captures.add(1, 1_000_030, answer(error));
    captures.add(0, 1_000_032, answer(error));
  });
  expect(found).toEqual([
    ['01', path.LOST, 2],
    ['10', path.COMPLETE, -1],
  ]);
});
