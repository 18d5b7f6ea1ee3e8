// Trials of what offload makes of packets: datagrams cut and put together, segments longer than 64 KiB.
import {
  B,
  C,
  chain,
  masqueraded,
  PC,
  POINTS,
  ROUTER,
  routed,
  routed6,
  SERVER,
  type Trial,
  tcp,
  trial,
  unchanged,
} from './cases.ts';
import { type TrialLab, udpSink } from './lab.ts';

/** Sends `count` datagrams of `size` bytes through UDP_SEGMENT, to be cut into `segment` bytes each. */
const SEND = `
import random, socket, sys, time
address, count, size, segment, equal, connected = sys.argv[1], *(int(word) for word in sys.argv[2:])
s = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_DGRAM)
if segment: s.setsockopt(17, 103, segment)
if connected: s.connect((address, 7097))
for k in range(count):
    payload = b'A' * size if equal else random.randbytes(size)
    s.send(payload) if connected else s.sendto(payload, (address, 7097))
    time.sleep(0.002)
`;

function segmented(
  lab: TrialLab,
  { segment = 1000, size = 9500, count = 200, equal = false, connected = false } = {},
): () => Promise<void> {
  return async () => {
    await lab.serve(SERVER, udpSink(7097, lab.target.includes(':')));
    const flags = [count, size, segment, Number(equal), Number(connected)].map(String);
    const sender = lab.start(PC, 'python3', '-c', SEND, lab.target, ...flags);
    sender.stderr!.pipe(process.stderr);
    await new Promise((resolve) => sender.once('close', resolve));
  };
}

function cutAtTheRouter(lab: TrialLab): TrialLab {
  for (const device of ['lan', 'dmz']) lab.offload(ROUTER, device, 'off', 'tx-udp-segmentation');
  return lab;
}

const forwardLosses = chain('forward', 'udp dport 7097 numgen inc mod 7 == 3 counter drop');

function datagrams(
  name: string,
  options: Parameters<typeof segmented>[1],
  made: () => TrialLab,
): [string, () => Trial] {
  return [
    `UDP_SEGMENT cut at the router, ${name}`,
    () => {
      const lab = cutAtTheRouter(made());
      lab.nft(ROUTER, forwardLosses);
      return (made === masqueraded ? trial : unchanged)(lab, segmented(lab, options), () => ({
        [`${B}→${C}`]: lab.dropped(ROUTER),
      }));
    },
  ];
}

export const OFFLOAD_TRIALS: Record<string, () => Trial> = Object.fromEntries([
  datagrams('numbered', { connected: true }, routed),
  datagrams('not numbered', {}, routed),
  datagrams('of equal payload', { equal: true }, routed),
  datagrams('masquerade', {}, masqueraded),
  datagrams('IPv6', {}, routed6),
  datagrams('small segments', { segment: 100, size: 950 }, routed),
  [
    'UDP_SEGMENT everywhere whole',
    () => {
      const lab = routed();
      lab.nft(ROUTER, forwardLosses);
      return trial(lab, segmented(lab), () => ({ [`${B}→${C}`]: lab.dropped(ROUTER) }));
    },
  ],
  [
    'UDP put together at the router (GRO) and cut again',
    () => {
      const lab = cutAtTheRouter(routed());
      lab.offload(PC, 'eth0', 'off', 'tx-udp-segmentation');
      lab.in(ROUTER, 'ethtool', '-K', 'lan', 'gro', 'on', 'rx-udp-gro-forwarding', 'on');
      return trial(lab, segmented(lab, { connected: true }), () => ({}));
    },
  ],
  [
    'BIG TCP, cut at the router',
    () => {
      const lab = routed6();
      for (const [namespace, device] of POINTS.map((point) => point.split(':') as [string, string]))
        lab.ip(namespace, `link set dev ${device} gso_max_size 200000 gro_max_size 200000`);
      lab.offload(ROUTER, 'dmz', 'off');
      // The header of a jumbogram does not count as one of segments, but ip6_forward has it fit into the MTU.
      for (const device of ['lan', 'dmz']) lab.ip(ROUTER, `link set dev ${device} mtu 1520`);
      return trial(
        lab,
        () => tcp(lab, 5_000_000, 1, 1_000_000),
        () => ({}),
      );
    },
  ],
]);
