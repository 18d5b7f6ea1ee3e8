// The engine on made-up networks: losses per hop and which packets, exactly.
import { expect, test } from 'vitest';
import type { Sightings } from '../../src/trace/sightings.ts';
import { Random } from '../support/random.ts';
import { LINK, type Link, Network, type Truth } from './simulation.ts';
import { calm, ping, refused, type TcpOptions, tcp, udp } from './traffic.ts';

const ROUTED: Link = { ...LINK, router: true };

function chain(random: Random, change: (links: Link[], back: Link[]) => void): Network {
  const links = [LINK, ROUTED, LINK].map((link) => ({ ...link }));
  const back = [LINK, ROUTED, LINK].map((link) => ({ ...link }));
  change(links, back);
  const network = new Network(links, back, random);
  calm(network, 0);
  return network;
}

/** What each hop must have counted. */
function expectTruth(network: Network, options: Parameters<Network['trace']>[0] = {}, which = true): void {
  calm(network, 300e9);
  const found = network.trace(options);
  const wanted: Record<string, Truth & { unknown: number }> = {};
  for (const [hop, truth] of network.truth) wanted[hop] = { ...truth, unknown: 0 };
  expect(found.hops).toEqual(wanted);
  expect(found.unknown).toEqual([]);
  if (which) expect(found.lost.sort()).toEqual(network.lostFrames);
}

function masquerade(links: Link[], back: Link[]): void {
  links[1].change = (packet) => {
    packet.source = 0x0a020001;
    if (packet.protocol === 'icmp') packet.sourcePort = packet.destinationPort = packet.sourcePort + 1000;
    else packet.sourcePort += 10_000;
  };
  back[1].change = (packet) => {
    packet.destination = 0x0a01000a;
    if (packet.protocol === 'icmp') packet.sourcePort = packet.destinationPort = packet.sourcePort - 1000;
    else packet.destinationPort -= 10_000;
  };
}

const VARIANTS: Record<string, Partial<TcpOptions>> = {
  'time stamps and identifications': {},
  'no time stamps': { stamps: false },
  'no identifications (IPv6)': { ids: false },
  neither: { stamps: false, ids: false },
};

for (const [variant, options] of Object.entries(VARIANTS)) {
  for (const resolution of [1, 1000]) {
    test(`TCP with ${variant}, losses on all hops, clock of ${resolution} ns`, () => {
      for (let seed = 1; seed <= 2; seed++) {
        const random = new Random(seed);
        const network = chain(random, (links, back) => {
          for (const link of [...links, ...back]) link.loss = 0.05;
        });
        for (let k = 0; k < 3; k++)
          tcp(network, random, { ...options, port: 40_000 + k, start: 2e9 + k * 777_777 });
        expectTruth(network, { resolution });
      }
    });
  }

  test(`TCP with ${variant}, masquerade`, () => {
    for (let seed = 1; seed <= 2; seed++) {
      const random = new Random(seed);
      const network = chain(random, (links, back) => {
        masquerade(links, back);
        links[1].loss = back[2].loss = 0.05;
      });
      for (let k = 0; k < 3; k++)
        tcp(network, random, { ...options, port: 40_000 + k, start: 2e9 + k * 777_777 });
      expectTruth(network);
    }
  });

  test(`TCP with ${variant}, cut into segments at the router`, () => {
    for (let seed = 1; seed <= 2; seed++) {
      const random = new Random(seed);
      const network = chain(random, (links, back) => {
        masquerade(links, back);
        links[1].segment = 1448;
        links[1].loss = 0.1;
        links[2].loss = 0.03;
      });
      tcp(network, random, { ...options, bytes: 400_000, size: 14_480 });
      expectTruth(network);
    }
  });

  test(`TCP with ${variant}, put together at the router and cut again`, () => {
    for (let seed = 1; seed <= 2; seed++) {
      const random = new Random(seed);
      const network = chain(random, (links) => {
        links[0].merge = 10;
        links[1].segment = 1448;
        links[1].loss = 0.1;
        links[2].loss = 0.03;
      });
      tcp(network, random, { ...options, bytes: 100_000, gap: 2000 });
      calm(network, 300e9);
      const found = network.trace();
      const lost = Object.fromEntries(
        Object.entries(found.hops).map(([hop, { lost, unknown }]) => [hop, { lost, unknown }]),
      );
      expect(lost).toEqual(
        Object.fromEntries([...network.truth].map(([hop, { lost }]) => [hop, { lost, unknown: 0 }])),
      );
      expect(found.lost.sort()).toEqual(network.lostFrames);
    }
  });
}

test('UDP that is numbered, each 7th lost', () => {
  const random = new Random(1);
  const network = chain(random, (links) => {
    links[1].loss = (_, n) => n % 7 === 3;
  });
  udp(network, random, { count: 1000 });
  expectTruth(network);
});

test('the bytes of a hop are those of all packets that were due, lost ones too', () => {
  const random = new Random(1);
  const network = chain(random, (links) => {
    links[1].loss = (_, n) => n % 7 === 3;
  });
  udp(network, random, { count: 100 });
  calm(network, 300e9);
  const hop = network.trace().trace.hops.between(1, 2);
  const isForward = (bytes: Uint8Array) => bytes[12] === 10 && bytes[13] === 1;
  const due = network.records.filter(({ point, bytes }) => point === 1 && isForward(bytes));
  expect(hop.lost).toBeGreaterThan(10);
  expect(hop.packets).toBe(due.length);
  expect(hop.bytes).toBe(due.reduce((sum, { wire }) => sum + wire, 0));
});

test('after more packets than 31 bits count', () => {
  const random = new Random(1);
  const network = chain(random, (links) => {
    links[1].loss = (_, n) => n % 7 === 3;
  });
  udp(network, random, { count: 500 });
  const serial = 2 ** 31 - 300;
  const before = (trace: object) => {
    const { sightings, pending } = trace as { sightings: Sightings; pending: { cursor: number } };
    Object.assign(sightings, { oldest: serial, end: serial });
    expect(pending.cursor).toBe(0);
    pending.cursor = serial;
  };
  expectTruth(network, { before });
});

test('equal UDP datagrams, one at a time, each 7th lost: which, is known by time', () => {
  const random = new Random(1);
  const network = chain(random, (links, back) => {
    masquerade(links, back);
    links[1].loss = (_, n) => n % 7 === 3;
  });
  udp(network, random, { count: 5000, equal: true, gap: 100_000 });
  expectTruth(network);
});

test.each([
  ['numbered', { ids: true }],
  ['equal in every bit', { equal: true, gap: 100_000 }],
])('datagrams, %s, both of whose addresses a router translates: DNAT and masquerading', (_, options) => {
  const random = new Random(1);
  const network = chain(random, (links) => {
    links[1].change = (packet) => {
      if (packet.protocol !== 'udp') return;
      packet.source = 0x0a020001;
      packet.destination = 0x0a020063;
      packet.destinationPort = 9;
    };
    links[1].loss = (_, n) => n % 7 === 3;
  });
  udp(network, random, { count: 2000, ...options });
  expectTruth(network);
});

test('flows of others with an equal datagram are not taken for one that was translated', () => {
  const random = new Random(1);
  const network = chain(random, (links) => {
    links[0].loss = links[1].loss = (_, n) => n % 3 === 1;
  });
  // Each has a point of its own that lost it; a translation would explain that.
  for (let k = 0; k < 60; k++) {
    const ends = { source: 0x0a010100 + k, destination: 0x0a020100 + k, port: 20_000 + k };
    udp(network, random, { count: 20, equal: true, start: 2e9 + k * 1000, gap: 2_000_000, ...ends });
  }
  expectTruth(network, {}, false);
});

test('equal UDP datagrams, many under way: as many are lost as were', () => {
  for (let seed = 1; seed <= 3; seed++) {
    const random = new Random(seed);
    const network = chain(random, (links) => {
      links[0].loss = 0.1;
      links[1].loss = 0.1;
      links[2].loss = 0.1;
    });
    udp(network, random, { count: 6000, equal: true, gap: 3000 });
    udp(network, random, { count: 1, equal: true, start: 10e9 });
    expectTruth(network, {}, false);
  }
});

test.each([50_000, 3000])('duplicates are counted where they were made, a packet each %i ns', (gap) => {
  for (let seed = 1; seed <= 3; seed++) {
    const random = new Random(seed);
    const network = chain(random, (links) => {
      links[1].duplicate = 0.1;
      links[2].duplicate = 0.05;
    });
    udp(network, random, { count: 500, gap });
    expectTruth(network);
  }
});

test('a point whose capture ends before that of the others has lost nothing, and nothing is lost behind it', () => {
  for (let point = 0; point < 4; point++) {
    const network = chain(new Random(1), () => {});
    ping(network, 1500, 2e9, { gap: 1e6 });
    const { records } = network;
    const before = records.filter((one) => one.point !== point || one.time < 3e9);
    records.splice(0, records.length, ...before);
    const found = network.trace();
    expect(found.lost).toEqual([]);
    expect(Object.values(found.hops).map(({ lost }) => lost)).toEqual(Object.values(found.hops).map(() => 0));
  }
});

test('echo across NAT', () => {
  const random = new Random(3);
  const network = chain(random, (links, back) => {
    masquerade(links, back);
    links[1].loss = back[1].loss = 0.1;
  });
  ping(network, 200, 2e9);
  expectTruth(network);
});

test('datagrams that a router fragments', () => {
  const random = new Random(3);
  const network = chain(random, (links) => {
    links[1].segment = 1480;
    links[2].loss = 0.05;
  });
  udp(network, random, { count: 300, length: 3000 });
  udp(network, random, { count: 1, length: 100, start: 10e9 });
  expectTruth(network);
});

for (const [variant, options] of [
  ['numbered', { numbers: 10 }],
  ['not numbered', { ids: false }],
] as const) {
  test(`datagrams, ${variant}, that offload cuts at a router with NAT`, () => {
    for (let seed = 1; seed <= 3; seed++) {
      const random = new Random(seed);
      const network = chain(random, (links, back) => {
        masquerade(links, back);
        links[1].segment = 1200;
        links[1].loss = 0.1;
        links[2].loss = 0.05;
      });
      udp(network, random, { count: 300, length: 8500, whole: true, ...options });
      udp(network, random, { count: 1, length: 100, start: 10e9 });
      expectTruth(network);
    }
  });

  test(`datagrams, ${variant}, that a router puts together and cuts again`, () => {
    for (let seed = 1; seed <= 3; seed++) {
      const random = new Random(seed);
      const network = chain(random, (links) => {
        links[0].loss = 0.05;
        links[0].merge = 5;
        links[1].segment = 500;
        links[1].loss = 0.1;
        links[2].loss = 0.05;
      });
      udp(network, random, { count: 1000, length: 500, gap: 2000, whole: true, ...options, numbers: 1 });
      calm(network, 300e9);
      const found = network.trace();
      const lost = Object.fromEntries(
        Object.entries(found.hops).map(([hop, { lost, unknown }]) => [hop, { lost, unknown }]),
      );
      expect(lost).toEqual(
        Object.fromEntries([...network.truth].map(([hop, { lost }]) => [hop, { lost, unknown: 0 }])),
      );
    }
  });
}

test('equal datagrams, not numbered, that offload cuts: as many are lost as were', () => {
  const random = new Random(2);
  const network = chain(random, (links) => {
    links[1].segment = 1200;
    links[1].loss = 0.1;
  });
  udp(network, random, { count: 300, length: 8500, whole: true, equal: true, gap: 1e6 });
  expectTruth(network, {}, false);
});

test('every SYN is dropped at the router', () => {
  const random = new Random(3);
  const network = chain(random, (links) => {
    links[1].loss = () => true;
  });
  network.send(
    [2e9, 3e9, 5e9].map((time, k) => ({
      time,
      packet: {
        protocol: 'tcp',
        source: 1,
        destination: 2,
        sourcePort: 3,
        destinationPort: 4,
        id: 5 + k,
        ttl: 64,
        whole: true,
        sequence: 6,
        acknowledgment: 0,
        flags: 2,
        window: 7,
        length: 0,
        seed: 0,
        offset: 0,
      },
    })),
    true,
  );
  expectTruth(network);
});

test('a capture that begins late and ends early: what it did not see is unknown, not lost', () => {
  const random = new Random(5);
  const network = chain(random, () => {});
  udp(network, random, { count: 1000, gap: 1e6 });
  const found = network.trace({
    captured: ({ point, time }) => point !== 2 || (time > 2.2e9 && time < 2.8e9),
  });
  expect(found.lost).toEqual([]);
  expect(found.hops['1→2']).toMatchObject({ packets: 1000, lost: 0 });
  expect(found.hops['1→2'].unknown).toBeGreaterThan(390);
});

test('a capture that begins amid packets may miss some behind its first record: unknown, and later ones lost', () => {
  const random = new Random(5);
  const network = chain(random, (links) => {
    links[2].loss = (_, n) => n > 3000 && n % 100 === 0;
  });
  udp(network, random, { count: 5000, gap: 100_000 });
  calm(network, 4e9);
  const first = 2.2e9;
  const found = network.trace({
    captured: ({ point, time }) =>
      point !== 3 || (time > first && !(time > first + 0.4e6 && time < first + 0.6e6)),
  });
  const truth = network.truth.get('2→3')!;
  expect(found.hops['2→3']).toMatchObject({ lost: truth.lost });
  expect(truth.lost).toBeGreaterThan(10);
  // What came to a point that begins late is not due back at the one before, where its receiver answered first.
  expect(found.lost).toHaveLength(truth.lost);
  // Those of the first 0.2 s, and the two behind the first record.
  expect(found.hops['2→3'].unknown).toBeGreaterThan(1990);
});

test('the first and the last packet are lost where each 7th is, and the captures were longer', () => {
  const random = new Random(5);
  const network = chain(random, (links) => {
    links[1].loss = (_, n) => n % 7 === 0;
  });
  udp(network, random, { count: 701 });
  const found = network.trace({ captured: ({ time }) => time > 1e9 });
  const truth = network.truth.get('1→2')!.lost;
  expect(found.hops['1→2']).toMatchObject({ lost: truth, unknown: 0 });
});

test('what was lost while a capture dropped packets is unknown', () => {
  const random = new Random(5);
  const network = chain(random, (links) => {
    links[1].loss = (_, n) => n % 100 === 50;
  });
  udp(network, random, { count: 1000, gap: 1e6 });
  calm(network, 300e9);
  const at = (nanoseconds: number) => ({ seconds: 1_700_000_002, nanoseconds });
  const found = network.trace({ before: (trace) => trace.captureLost(2, at(100e6), at(500e6), 3) });
  expect(found.hops['1→2']).toMatchObject({ lost: 6, unknown: 4 });
});

test('one packet lost at the end, where none else is, is unknown', () => {
  const random = new Random(5);
  const network = chain(random, (links) => {
    links[1].loss = (_, n) => n === 0 || n === 10;
  });
  udp(network, random, { count: 10 });
  const unknown = network.trace();
  expect(unknown.hops['1→2']).toMatchObject({ lost: 0, unknown: 1 });
});

test('a proxy: the payload goes on in another connection, and nothing is lost where the first one ends', () => {
  const random = new Random(5);
  const sides = [new Network([LINK], [LINK], random), new Network([LINK], [LINK], random)];
  const whole = new Network([LINK, LINK, LINK], [LINK, LINK, LINK], random);
  const segment = (side: number, reply: boolean, flags: number, length: number, k: number) => ({
    protocol: 'tcp' as const,
    source: reply ? 20 + side : 10 + side,
    destination: reply ? 10 + side : 20 + side,
    sourcePort: reply ? 80 : 1000 + side,
    destinationPort: reply ? 1000 + side : 80,
    id: 100 * side + k,
    ttl: 64,
    whole: true,
    sequence: (reply ? 5000 : 1000) * (side + 1) + k,
    acknowledgment: flags === 2 ? 0 : (reply ? 1000 : 5000) * (side + 1) + k,
    flags,
    window: 100,
    length,
    seed: reply ? 8 : 9,
    offset: 0,
  });
  const script: [side: number, reply: boolean, flags: number, length: number][] = [
    [0, false, 2, 0],
    [0, true, 18, 0],
    [1, false, 2, 0],
    [1, true, 18, 0],
    [0, false, 24, 100],
    [1, false, 24, 100],
    [1, true, 24, 300],
    [0, true, 24, 300],
  ];
  for (const [k, [side, reply, flags, length]] of script.entries()) {
    const packet = segment(side, reply, flags, length, k);
    sides[side].send([{ packet, time: k * 1e6 }], !reply);
  }
  for (const [side, network] of sides.entries())
    for (const record of network.records) whole.records.push({ ...record, point: record.point + 2 * side });
  const found = whole.trace();
  expect([found.lost, found.unknown]).toEqual([[], []]);
  expect(found.ways).toEqual(['01', '10', '23', '32', '01', '23', '32', '10']);
  expect(found.fates).toEqual([4, 0, 0, 4, 4, 0, 4, 0]);
});

test('SYNPROXY: answers are renumbered, and nothing is lost where the connection is taken over', () => {
  const random = new Random(5);
  const sides = [new Network([LINK], [LINK], random), new Network([LINK], [LINK], random)];
  const whole = new Network([LINK, LINK, LINK], [LINK, LINK, LINK], random);
  const script: [side: number, reply: boolean, flags: number, length: number, sent: number, acked: number][] =
    [
      [0, false, 2, 0, 0, 0],
      [0, true, 18, 0, 0, 1],
      [0, false, 16, 0, 1, 1],
      [1, false, 2, 0, 0, 0],
      [1, true, 18, 0, 0, 1],
      [1, false, 16, 0, 1, 1],
      [0, false, 24, 100, 1, 1],
      [1, false, 24, 100, 1, 1],
      [1, true, 24, 300, 1, 101],
      [0, true, 24, 300, 1, 101],
    ];
  for (const [k, [side, reply, flags, length, sent, acked]] of script.entries()) {
    const answers = 5000 * (side + 1);
    const packet = {
      protocol: 'tcp' as const,
      source: reply ? 20 : 10,
      destination: reply ? 10 : 20,
      sourcePort: reply ? 80 : 1000,
      destinationPort: reply ? 1000 : 80,
      id: k + 1,
      ttl: 64,
      whole: true,
      sequence: reply ? answers + sent : 1000 + sent,
      acknowledgment: flags === 2 ? 0 : reply ? 1000 + acked : answers + acked,
      flags,
      window: 100 + k,
      length,
      seed: reply ? 8 : 9,
      offset: 0,
    };
    sides[side].send([{ packet, time: k * 1e6 }], !reply);
  }
  for (const [side, network] of sides.entries())
    for (const record of network.records) whole.records.push({ ...record, point: record.point + 2 * side });
  const found = whole.trace();
  expect([found.lost, found.unknown]).toEqual([[], []]);
  expect(found.ways).toEqual(['01', '10', '01', '23', '32', '23', '01', '23', '32', '10']);
  expect(found.fates).toEqual([4, 0, 4, 0, 4, 0, 4, 0, 4, 0]);
});

test('equal packets back, at clocks of a microsecond: nobody lives where segments were cut', () => {
  const random = new Random(6);
  const network = chain(random, (links, back) => {
    links[1].segment = 1448;
    for (const link of [...links, ...back]) Object.assign(link, { delay: 700, jitter: 600 });
  });
  tcp(network, random, { ids: false, bytes: 300_000, size: 14_480 });
  const error = (time: number) => ({
    time,
    packet: {
      protocol: 'icmp' as const,
      source: 0x0a020014,
      destination: 0x0a01000a,
      sourcePort: 0,
      destinationPort: 0,
      id: 0,
      ttl: 64,
      whole: true,
      sequence: 0,
      acknowledgment: 0,
      flags: 3,
      window: 0,
      length: 100,
      seed: 1,
      offset: 0,
    },
  });
  network.send(
    Array.from({ length: 30 }, (_, k) => error(20e9 + k * 40_000)),
    false,
  );
  expectTruth(network, { resolution: 1000 });
});

test('what a router refuses with a reset in the name of the server is lost at the router', () => {
  const random = new Random(1);
  const network = chain(random, (links) => {
    links[1].loss = ({ destinationPort }) => destinationPort === 81;
  });
  tcp(network, random, { port: 40_000, start: 2e9 });
  for (let k = 0; k < 5; k++) refused(network, 50_000 + k, 10e9 + k * 1e9);
  expectTruth(network);
});

test('what the server itself refuses has come to its end', () => {
  const network = chain(new Random(1), () => {});
  for (let k = 0; k < 5; k++) refused(network, 50_000 + k, 10e9 + k * 1e9, 0);
  expectTruth(network);
});
