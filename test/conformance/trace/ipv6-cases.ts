// Trials over IPv6, whose packets have no identification.
import { B, C, chain, PC, POINTS, ROUTER, routed6, SERVER, type Trial, tcp, trial, udp } from './cases.ts';

export const IPV6_TRIALS: Record<string, () => Trial> = {
  'IPv6, every 7th lost in forward, UDP': () => {
    const lab = routed6();
    lab.nft(ROUTER, chain('forward', 'udp dport 7097 numgen inc mod 7 == 0 counter drop'));
    // Files show by it that all points captured when the first datagram was lost.
    const traffic = async () => {
      lab.in(PC, 'ping', '-q', '-c', '1', '-W', '5', lab.target);
      await udp(lab, 3000);
    };
    return trial(lab, traffic, () => ({ [`${B}→${C}`]: lab.dropped(ROUTER) }));
  },
  'IPv6, bulk TCP, offload off at the router, losses': () => {
    const lab = routed6();
    for (const point of POINTS) lab.offload(point.split(':')[0], point.split(':')[1], 'off');
    lab.nft(ROUTER, chain('forward', 'tcp dport 7096 numgen inc mod 101 == 7 counter drop'));
    return trial(
      lab,
      () => tcp(lab, 1_000_000),
      () => ({ [`${B}→${C}`]: lab.dropped(ROUTER) }),
    );
  },
  'IPv6, masquerade, TCP': () => {
    const lab = routed6();
    lab.ip(SERVER, '-6 route del default');
    lab.nft(
      ROUTER,
      'table ip6 nat {\n chain post {\n type nat hook postrouting priority 100\n oifname "dmz" masquerade\n }\n}\n',
    );
    return trial(
      lab,
      () => tcp(lab, 300_000, 5, 100_000),
      () => ({}),
    );
  },
};
