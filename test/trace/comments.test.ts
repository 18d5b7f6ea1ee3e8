// What the file of a trace says of packets that were cut: it stands at each of their segments.
import { expect, test } from 'vitest';
import { commentOn } from '../../src/report/trace/comments.ts';
import type { Path } from '../../src/trace/path.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { Random } from '../support/random.ts';
import { LINK, Network } from './simulation.ts';
import { calm, udp } from './traffic.ts';

test('each segment of a datagram that NAT changed, and the place where one of another was lost', () => {
  const random = new Random(1);
  const links = [LINK, LINK, LINK].map((link) => ({ ...link, jitter: 0 }));
  links[1].segment = 1200;
  links[1].change = (packet) => {
    if (packet.protocol === 'udp') packet.source = 9;
  };
  links[2].loss = ({ protocol }, n) => protocol === 'udp' && n === 3;
  const network = new Network(links, [LINK, LINK, LINK], random);
  calm(network, 0);
  udp(network, random, { count: 1, length: 3000, whole: true });
  calm(network, 300e9);
  const said: string[] = [];
  const seen: { trace?: Trace } = {};
  const say = (point: number, number: number, comment: string) =>
    said.push(`p${point} #${number}: ${comment}`);
  network.trace({
    before: (trace) => {
      seen.trace = trace;
      const { report } = (trace as unknown as { shared: { report: (way: Path) => void } }).shared;
      Object.assign((trace as unknown as { shared: object }).shared, {
        report: (way: Path) => {
          commentOn(trace, way, 1e9, say);
          report(way);
        },
      });
    },
  });
  const changed = 'changed since p1: src 10.1.0.10:50000→0.0.0.9:50000';
  expect(said.sort()).toEqual([
    ...[3, 4, 5].flatMap((number) => [`p2 #${number}: 1 → 3 segments since p1`, `p2 #${number}: ${changed}`]),
    'p2 #5: lost after p2',
    ...[3, 4].map((number) => `p3 #${number}: 1 → 2 segments since p2`),
  ]);
});
