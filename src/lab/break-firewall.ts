// Ways to break by firewall.

import { enterArgv } from '../netns/namespace.ts';
import type { Observed } from './observe.ts';
import { bridgeOn, routerOn, type Scene } from './scene.ts';
import { type Breaks, ip, noPlace, type Step } from './step.ts';

const TABLE = 'nscap_break';

/** Loads one rule, in its own table and chain. */
function rule(observed: Observed, hook: string, words: string, family = 'inet'): Step {
  return {
    argv: enterArgv(observed.namespace, ['nft', '-f', '-']),
    input: `table ${family} ${TABLE} {\n  chain ${hook} {\n    type filter hook ${hook} priority 0; policy accept;\n    ${words}\n  }\n}\n`,
  };
}

/** "ip" or "ip6", as nft calls the family. */
const protocol = ({ target }: Scene) => (target.includes(':') ? 'ip6' : 'ip');

export const FIREWALL_BREAKS: Breaks = {
  'drop-input': {
    summary: 'the target drops packets from the sender',
    plan: (scene) => ({
      sentence: `the firewall of ${scene.to.name} drops packets from ${scene.source}`,
      steps: [rule(scene.to, 'input', `${protocol(scene)} saddr ${scene.source} counter drop`)],
    }),
  },
  'drop-output': {
    summary: 'the sender drops what it sends to the target',
    plan: (scene) => ({
      sentence: `the firewall of ${scene.from.name} drops what goes out to ${scene.target}`,
      steps: [rule(scene.from, 'output', `${protocol(scene)} daddr ${scene.target} counter drop`)],
    }),
  },
  'drop-forward': {
    summary: 'a router between drops what it should forward',
    plan: (scene) => {
      const router = routerOn(scene);
      if (router === undefined)
        throw noPlace(`no router lies between ${scene.from.name} and ${scene.to.name}`);
      return {
        sentence: `the firewall of ${router.name} drops what it should forward to ${scene.target}`,
        steps: [rule(router, 'forward', `${protocol(scene)} daddr ${scene.target} counter drop`)],
      };
    },
  },
  'drop-bridge': {
    summary: 'a bridge between drops the frames',
    plan: (scene) => {
      const bridge = bridgeOn(scene)?.observed;
      if (bridge === undefined)
        throw noPlace(`no bridge lies between ${scene.from.name} and ${scene.to.name}`);
      return {
        sentence: `the firewall of the bridge in ${bridge.name} drops what goes to ${scene.target}`,
        steps: [rule(bridge, 'forward', `${protocol(scene)} daddr ${scene.target} counter drop`, 'bridge')],
      };
    },
  },
  'drop-arp': {
    summary: 'the target drops ARP, so that its link-layer address is not found',
    plan: ({ to, way, target }) => {
      if (target.includes(':')) throw noPlace('IPv6 needs no ARP');
      return {
        sentence: `the firewall of ${to.name} drops ARP`,
        // What the others know already would serve for a while.
        steps: [
          rule(to, 'input', 'counter drop', 'arp'),
          ...way.map((observed) => ip(observed, 'neighbour', 'flush', 'all')),
        ],
      };
    },
  },
  'drop-answers': {
    summary: 'the target drops its own answers',
    plan: (scene) => ({
      sentence: `the firewall of ${scene.to.name} drops what goes out to ${scene.source}`,
      steps: [rule(scene.to, 'output', `${protocol(scene)} daddr ${scene.source} counter drop`)],
    }),
  },
  reject: {
    summary: 'the target rejects packets from the sender with an ICMP error',
    plan: (scene) => ({
      sentence: `the firewall of ${scene.to.name} rejects packets from ${scene.source}`,
      steps: [rule(scene.to, 'input', `${protocol(scene)} saddr ${scene.source} counter reject`)],
    }),
  },
  'filtered-port': {
    summary: 'the target drops packets to the port; a ping works',
    plan: ({ to, port }) => ({
      sentence: `the firewall of ${to.name} drops packets to TCP port ${port}`,
      steps: [rule(to, 'input', `tcp dport ${port} counter drop`)],
    }),
  },
  'rejected-port': {
    summary: 'the target answers for the port with a reset, as if nothing listened',
    plan: ({ to, port }) => ({
      sentence: `the firewall of ${to.name} resets connections to TCP port ${port}`,
      steps: [rule(to, 'input', `tcp dport ${port} counter reject with tcp reset`)],
    }),
  },
};
