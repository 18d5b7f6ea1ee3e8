// The trials: a lab, the points, what is sent, and how many packets each hop must be found to lose, by nft's and tc's counters.
import { TrialLab, tcpSend, tcpServer, udpSend, udpSink } from './lab.ts';

export interface Trial {
  lab: TrialLab;
  points: string[];
  filter?: string;
  traffic(): Promise<void>;
  /** Packets that pass all points, at the end. */
  last(): Promise<void>;
  /** By hop, `A→B`; hops that are not named lose nothing. Undefined: whatever is lost, both ways of looking must agree. */
  losses?(): Record<string, number>;
  /** By hop, packets of which something but the TTL is changed; hops that are not named change nothing. Undefined: not looked at. */
  changed?(): Record<string, number>;
}

export const PC = 'tr-pc';
export const ROUTER = 'tr-router';
export const SERVER = 'tr-server';
export const TARGET = '10.2.0.20';
export const TARGET6 = 'fd00:2::20';
export const POINTS = [`${PC}:eth0`, `${ROUTER}:lan`, `${ROUTER}:dmz`, `${SERVER}:eth0`];
export const [A, B, C, D] = POINTS as [string, string, string, string];

/** pc – router – server. */
export function routed(): TrialLab {
  const lab = new TrialLab(PC, ROUTER, SERVER);
  lab.link(`${A}:10.1.0.10/24`, `${B}:10.1.0.1/24`);
  lab.link(`${C}:10.2.0.1/24`, `${D}:${TARGET}/24`);
  lab.ip(PC, 'route add default via 10.1.0.1');
  lab.ip(SERVER, 'route add default via 10.2.0.1');
  lab.forwarding(ROUTER);
  lab.in(PC, 'ping', '-q', '-c', '1', '-W', '5', TARGET);
  return lab;
}

/** The same with IPv6. */
export function routed6(): TrialLab {
  const lab = new TrialLab(PC, ROUTER, SERVER);
  lab.ipv6();
  lab.link(`${A}:fd00:1::10/64`, `${B}:fd00:1::1/64`);
  lab.link(`${C}:fd00:2::1/64`, `${D}:${TARGET6}/64`);
  lab.ip(PC, 'route add default via fd00:1::1');
  lab.ip(SERVER, 'route add default via fd00:2::1');
  lab.neighbours(`${A}:fd00:1::10`, `${B}:fd00:1::1`);
  lab.neighbours(`${C}:fd00:2::1`, `${D}:${TARGET6}`);
  lab.target = TARGET6;
  lab.in(PC, 'ping', '-q', '-c', '1', '-W', '5', TARGET6);
  // The reports of groups joined are over (RFC 3810, 9.11).
  lab.in(PC, 'sleep', '2');
  return lab;
}

export function chain(hook: string, rule: string, more = ''): string {
  return `table inet trial {\n chain c {\n type filter hook ${hook} priority 0${more}\n ${rule}\n }\n}\n`;
}

/** A masquerading router. */
export function masqueraded(): TrialLab {
  const lab = routed();
  lab.ip(SERVER, 'route del default');
  lab.nft(
    ROUTER,
    'table ip nat {\n chain post {\n type nat hook postrouting priority 100\n oifname "dmz" masquerade\n }\n}\n',
  );
  return lab;
}

export async function tcp(lab: TrialLab, size: number, count = 1, back = 0): Promise<void> {
  await lab.serve(SERVER, tcpServer(7096, back));
  await lab.node(PC, tcpSend(lab.target, 7096, size, count));
}

export async function udp(lab: TrialLab, count: number, size = 200, burst = 20): Promise<void> {
  await lab.serve(SERVER, udpSink(7097, lab.target.includes(':')));
  await lab.node(PC, udpSend(lab.target, 7097, count, size, burst));
}

export function trial(
  lab: TrialLab,
  traffic: () => Promise<void>,
  losses?: () => Record<string, number>,
  points = POINTS,
): Trial {
  return { lab, points, traffic, last: () => pings(lab), ...(losses === undefined ? {} : { losses }) };
}

/** A trial in which nothing but the TTL is changed: what offload does to checksums is no change. */
export function unchanged(...args: Parameters<typeof trial>): Trial {
  return { ...trial(...args), changed: () => ({}) };
}

/** Nine echo requests, of which the rules may drop one. */
async function pings(lab: TrialLab, target = lab.target): Promise<void> {
  const ping = lab.start(PC, 'ping', '-q', '-c', '9', '-i', '0.02', '-W', '1', target);
  await new Promise((resolve) => ping.once('close', resolve));
}

export const TRIALS: Record<string, () => Trial> = {
  'nothing lost, TCP': () => {
    const lab = routed();
    return unchanged(
      lab,
      () => tcp(lab, 1_000_000),
      () => ({}),
    );
  },
  'masquerade, TCP': () => {
    const lab = masqueraded();
    return trial(
      lab,
      () => tcp(lab, 1_000_000, 1, 300_000),
      () => ({}),
    );
  },
  'masquerade, 100 connections': () => {
    const lab = masqueraded();
    return trial(
      lab,
      () => tcp(lab, 3000, 100, 3000),
      () => ({}),
    );
  },
  'offload off at the router, TCP': () => {
    const lab = masqueraded();
    for (const device of ['lan', 'dmz']) lab.offload(ROUTER, device, 'off');
    return trial(
      lab,
      () => tcp(lab, 1_000_000, 1, 1_000_000),
      () => ({}),
    );
  },
  'offload off everywhere, TCP': () => {
    const lab = routed();
    for (const point of POINTS) lab.offload(point.split(':')[0], point.split(':')[1], 'off');
    return unchanged(
      lab,
      () => tcp(lab, 1_000_000, 1, 1_000_000),
      () => ({}),
    );
  },
  'forward drops every 7th, UDP': () => {
    const lab = routed();
    lab.nft(ROUTER, chain('forward', 'ip protocol udp numgen inc mod 7 == 0 counter drop'));
    return trial(
      lab,
      () => udp(lab, 5000),
      () => ({ [`${B}→${C}`]: lab.dropped(ROUTER) }),
    );
  },
  'forward drops every 7th, masquerade, UDP of equal payload': () => {
    const lab = masqueraded();
    lab.nft(ROUTER, chain('forward', 'ip protocol udp numgen inc mod 7 == 0 counter drop'));
    return trial(
      lab,
      () => udp(lab, 100_000, 64, 40),
      () => ({ [`${B}→${C}`]: lab.dropped(ROUTER) }),
    );
  },
  'a random third lost at ingress, UDP': () => {
    const lab = routed();
    lab.nft(
      ROUTER,
      'table netdev trial {\n chain c {\n type filter hook ingress device "lan" priority 0\n ip protocol udp numgen random mod 3 == 0 counter drop\n }\n}\n',
    );
    return trial(
      lab,
      () => udp(lab, 3000),
      () => ({ [`${B}→${C}`]: lab.dropped(ROUTER) }),
    );
  },
  'output drops every 7th before the first point, UDP': () => {
    const lab = routed();
    lab.nft(PC, chain('output', 'ip protocol udp numgen inc mod 7 == 0 counter drop'));
    return trial(
      lab,
      () => udp(lab, 3000),
      () => ({}),
    );
  },
  'only large ones lost, TCP': () => {
    const lab = routed();
    lab.nft(ROUTER, chain('forward', 'meta length > 1000 numgen inc mod 50 == 3 counter drop'));
    for (const point of POINTS) lab.offload(point.split(':')[0], point.split(':')[1], 'off');
    return trial(
      lab,
      () => tcp(lab, 400_000),
      () => ({ [`${B}→${C}`]: lab.dropped(ROUTER) }),
    );
  },
  'first SYN-ACK of each connection lost': () => {
    const lab = masqueraded();
    lab.nft(
      ROUTER,
      chain('forward', 'tcp flags & (syn | ack) == syn | ack numgen inc mod 2 == 0 counter drop'),
    );
    return trial(
      lab,
      () => tcp(lab, 3000, 2),
      () => ({ [`${C}→${B}`]: lab.dropped(ROUTER) }),
    );
  },
  'bulk TCP, losses at two hops': () => {
    const lab = routed();
    for (const point of POINTS) lab.offload(point.split(':')[0], point.split(':')[1], 'off');
    lab.nft(ROUTER, chain('forward', 'iifname "lan" ip protocol tcp numgen inc mod 101 == 7 counter drop'));
    lab.nft(
      SERVER,
      'table netdev trial {\n chain c {\n type filter hook ingress device "eth0" priority 0\n ip protocol tcp numgen inc mod 97 == 5 counter drop\n }\n}\n',
    );
    // Behind the server's tap: the last point saw them.
    return trial(
      lab,
      () => tcp(lab, 2_000_000),
      () => ({ [`${B}→${C}`]: lab.dropped(ROUTER) }),
    );
  },
  'bulk TCP with offload, losses in forward both ways': () => {
    const lab = routed();
    lab.nft(ROUTER, chain('forward', 'ip protocol tcp numgen random mod 30 == 7 counter drop'));
    return trial(lab, () => tcp(lab, 3_000_000, 1, 500_000));
  },
  'bridge drops every 5th': () => {
    const lab = new TrialLab(PC, 'tr-bridge', SERVER);
    lab.link(`${PC}:eth0:10.3.0.1/24`, 'tr-bridge:p1');
    lab.link('tr-bridge:p2', `${SERVER}:eth0:10.3.0.2/24`);
    lab.bridge('tr-bridge', 'br0', 'p1', 'p2');
    lab.target = '10.3.0.2';
    lab.in(PC, 'ping', '-q', '-c', '1', '-W', '5', '10.3.0.2');
    lab.nft(
      'tr-bridge',
      'table bridge trial {\n chain c {\n type filter hook forward priority 0\n ip protocol udp numgen inc mod 5 == 0 counter drop\n }\n}\n',
    );
    const traffic = async () => {
      await lab.serve(SERVER, udpSink(7097));
      await lab.node(PC, udpSend('10.3.0.2', 7097, 3000, 100));
    };
    const points = [`${PC}:eth0`, 'tr-bridge:p1', 'tr-bridge:p2', `${SERVER}:eth0`];
    return trial(lab, traffic, () => ({ 'tr-bridge:p1→tr-bridge:p2': lab.dropped('tr-bridge') }), points);
  },
  'tbf overflows, UDP': () => {
    const lab = routed();
    lab.in(ROUTER, 'tc', ...'qdisc add dev dmz root tbf rate 5mbit burst 3kb limit 20kb'.split(' '));
    return trial(
      lab,
      () => udp(lab, 3000, 500, 10),
      () => ({ [`${B}→${C}`]: lab.overflowed(ROUTER, 'dmz') }),
    );
  },
  'DNAT, TCP': () => {
    const lab = routed();
    lab.nft(
      ROUTER,
      'table ip nat {\n chain pre {\n type nat hook prerouting priority -100\n ip daddr 10.1.0.1 tcp dport 80 dnat to 10.2.0.20:7096\n }\n}\n',
    );
    const traffic = async () => {
      await lab.serve(SERVER, tcpServer(7096, 5000));
      await lab.node(PC, tcpSend('10.1.0.1', 80, 5000, 20));
    };
    return trial(lab, traffic, () => ({}));
  },
  'TTL, DSCP and MSS rewritten': () => {
    const lab = routed();
    lab.nft(
      ROUTER,
      chain('forward', 'ip ttl set 33\n ip dscp set af21\n tcp flags syn tcp option maxseg size set 1200'),
    );
    return trial(
      lab,
      () => tcp(lab, 200_000, 3, 1000),
      () => ({}),
    );
  },
  'ICMP flood, every 9th lost': () => {
    const lab = routed();
    lab.nft(ROUTER, chain('forward', 'ip protocol icmp iifname "lan" numgen inc mod 9 == 0 counter drop'));
    const traffic = async () => {
      const ping = lab.start(PC, 'ping', '-q', '-f', '-c', '3000', '-W', '1', TARGET);
      await new Promise((resolve) => ping.once('close', resolve));
    };
    return trial(lab, traffic, () => ({ [`${B}→${C}`]: lab.dropped(ROUTER) }));
  },
  'VXLAN over a router, every 7th outer packet lost': () => {
    const lab = routed();
    lab.ip(PC, `link add vx0 type vxlan id 7 remote ${TARGET} dstport 4789 dev eth0`);
    lab.ip(SERVER, 'link add vx0 type vxlan id 7 remote 10.1.0.10 dstport 4789 dev eth0');
    lab.ip(PC, 'address add 10.9.0.1/24 dev vx0');
    lab.ip(SERVER, 'address add 10.9.0.2/24 dev vx0');
    for (const name of [PC, SERVER]) lab.ip(name, 'link set vx0 up');
    lab.in(PC, 'ping', '-q', '-c', '1', '-W', '5', '10.9.0.2');
    lab.target = '10.9.0.2';
    lab.nft(ROUTER, chain('forward', 'udp dport 4789 iifname "lan" numgen inc mod 7 == 0 counter drop'));
    const traffic = async () => {
      await lab.serve(SERVER, udpSink(7097));
      await lab.node(PC, udpSend('10.9.0.2', 7097, 2000, 300));
    };
    const points = [`${PC}:vx0`, ...POINTS, `${SERVER}:vx0`];
    return trial(lab, traffic, () => ({ [`${B}→${C}`]: lab.dropped(ROUTER) }), points);
  },
  'a relay that reorders and duplicates': () => {
    const lab = new TrialLab(PC, 'tr-relay', SERVER);
    lab.link(`${PC}:eth0:10.4.0.1/24`, 'tr-relay:west');
    lab.link('tr-relay:east', `${SERVER}:eth0:10.4.0.2/24`);
    lab.target = '10.4.0.2';
    const traffic = async () => {
      const relay = lab.start('tr-relay', 'python3', '-u', '-c', RELAY);
      relay.stderr!.pipe(process.stderr);
      await new Promise((resolve) => relay.stdout!.once('data', resolve));
      await lab.serve(SERVER, udpSink(7097));
      await lab.node(PC, udpSend('10.4.0.2', 7097, 2000, 100, 5));
    };
    let held = 0;
    const points = [`${PC}:eth0`, 'tr-relay:west', 'tr-relay:east', `${SERVER}:eth0`];
    // The last one that it holds stays with it.
    return trial(lab, traffic, () => ({ 'tr-relay:west→tr-relay:east': held++ }), points);
  },
};

/** Passes frames between two interfaces; of those from the west every 10th is held until the next, every 25th sent twice. */
const RELAY = `
import select, socket
def opened(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); s.bind((name, 0))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22); return s
west, east = opened('west'), opened('east')
print('ready')
held, n = None, 0
while True:
    for s in select.select([west, east], [], [])[0]:
        frame, address = s.recvfrom(65535)
        if address[2] == 4: continue
        if s is east: west.send(frame); continue
        if len(frame) > 23 and frame[12:14] == b'\\x08\\x00' and frame[23] == 17:
            n += 1
            if held is None and n % 10 == 0: held = frame; continue
            east.send(frame)
            if n % 25 == 0: east.send(frame)
            if held is not None: east.send(held); held = None
        else: east.send(frame)
`;
