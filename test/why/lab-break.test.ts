// `nscap why` of labs that `nscap lab break` broke: the cause, and commands that bring back what was there before.
import { describe, expect, test } from 'vitest';
import { breakLab } from '../../src/lab/break.ts';
import { withLab } from '../../src/lab/create.ts';
import type { LabSpec } from '../../src/lab/spec.ts';
import { labStatus } from '../../src/lab/status.ts';
import { bridgeSpec, pairSpec, starSpec } from '../../src/lab/topology.ts';
import { verdictText } from '../../src/report/why/verdict.ts';
import { fixLine, whyText } from '../../src/report/why.ts';
import { applyFix } from '../../src/why/apply-fixes.ts';
import { type Examination, examine } from '../../src/why/examine.ts';
import { commandLine } from '../../src/why/finding.ts';
import { sh, uniqueName } from '../netns/support.ts';
import { has } from '../support/needs.ts';
import { run } from '../support/nscap.ts';
import { makeLab } from './lab.ts';

const PORT = 7096;
const names = (count: number) => Array.from({ length: count }, () => uniqueName('w'));
const pair = () => {
  const [one, other] = names(2);
  return pairSpec({ namespaces: [one, other] });
};
const bridge = () => bridgeSpec({ namespaces: names(4) });
const star = () => starSpec({ namespaces: names(4) });

/** Two rooms: a host at a bridge without addresses, a router at the same bridge, and a server behind the router. */
function office(): LabSpec {
  const [pc, hall, router, server] = names(4) as [string, string, string, string];
  return {
    name: `${pc}-office`,
    namespaces: {
      [pc]: { interfaces: { eth0: { addresses: ['10.1.0.10/24'] } }, routes: ['default via 10.1.0.1'] },
      [hall]: { interfaces: { br0: { bridge: ['p0', 'p1'] } } },
      [router]: {
        interfaces: { lan: { addresses: ['10.1.0.1/24'] }, dmz: { addresses: ['10.2.0.1/24'] } },
        sysctls: { 'net.ipv4.ip_forward': 1 },
      },
      [server]: { interfaces: { eth0: { addresses: ['10.2.0.80/24'] } }, routes: ['default via 10.2.0.1'] },
    },
    links: [
      { ends: [`${pc}:eth0`, `${hall}:p0`] },
      { ends: [`${router}:lan`, `${hall}:p1`] },
      { ends: [`${server}:eth0`, `${router}:dmz`] },
    ],
  };
}

/** Whether a ping of that many bytes is answered, asked without `why`. */
async function answers(from: string, target: string, size = 56): Promise<boolean> {
  const argv = ['netns', 'exec', from, 'ping', '-c', '2', '-i', '0.2', '-W', '60', '-s', String(size)];
  return (await run('ip', [...argv, '-M', 'do', target])).status === 0;
}

interface Broken {
  kind: string;
  lab: () => LabSpec;
  /** Places of the two in the list of namespaces. */
  from: number;
  to: number;
  /** What the lab declares; it must answer again. */
  target: string;
  port?: number;
  says: RegExp;
  /** Some of what the lab declares stays away. */
  differs?: true;
  /** What is run, with all namespaces called NS. */
  fixes: RegExp;
}

const CASES: Record<string, Broken> = {
  'the sender gets back the address that the lab declares, and its route': {
    kind: 'no-address',
    lab: pair,
    from: 0,
    to: 1,
    target: '10.0.2.0',
    says: /veth0 in \S+ has no IPv4 address/,
    fixes: /^ip -n NS address add 10\.0\.1\.0\/24 dev veth0 && ip -n NS route add 10\.0\.2\.0\/24 dev veth0$/,
  },
  'the target gets back the address that the lab declares': {
    kind: 'no-target-address',
    lab: pair,
    from: 0,
    to: 1,
    target: '10.0.2.0',
    says: /veth1 in \S+ has no IPv4 address/,
    fixes: /^ip -n NS address add 10\.0\.2\.0\/24 dev veth1/,
  },
  'behind a bare bridge the route goes by the router, and not by the link-local address of the bridge': {
    kind: 'no-address',
    lab: office,
    from: 0,
    to: 3,
    target: '10.2.0.80',
    says: /eth0 in \S+ has no IPv4 address/,
    fixes:
      /^ip -n NS address add 10\.1\.0\.10\/24 dev eth0 && ip -n NS route add 10\.2\.0\.0\/24 via 10\.1\.0\.1 dev eth0$/,
    // Of the default route just what the question needs comes back.
    differs: true,
  },
  'a port of a bridge is narrower than all others: it is widened, though the bridge followed it': {
    kind: 'mtu',
    lab: bridge,
    from: 2,
    to: 0,
    target: '10.0.0.1',
    says: /veth1 in \S+ takes packets of at most 1280 bytes/,
    fixes: /^ip -n NS link set dev veth1 mtu 1500 && ip -n NS link set dev br0 mtu 1500$/,
  },
  'to a router: broken is the address next to the sender': {
    kind: 'blackhole',
    lab: star,
    from: 2,
    to: 0,
    target: '10.0.2.1',
    says: /has a blackhole route for 10\.0\.2\.1/,
    fixes: /^ip -n NS route delete blackhole 10\.0\.2\.1$/,
  },
  'a table of ARP rules is found': {
    kind: 'drop-arp',
    lab: pair,
    from: 0,
    to: 1,
    target: '10.0.2.0',
    says: /firewall of \S+ drops ARP/,
    fixes: /^ip netns exec NS nft delete rule arp nscap_break input handle \d+$/,
    // The empty table stays.
    differs: true,
  },
  'a server that is stopped goes on': {
    kind: 'full-backlog',
    lab: pair,
    from: 0,
    to: 1,
    target: '10.0.2.0',
    port: PORT,
    says: /^the server on TCP port 7096 in \S+ \(node, process \d+\) is stopped and accepts nothing: its queue is full/,
    fixes: /^kill -CONT \d+$/,
  },
};

describe.runIf(has('root'))('why, of a lab that was broken', () => {
  test.concurrent.for(Object.entries(CASES))('%s', async ([, one], { expect }) => {
    const spec = one.lab();
    const all = Object.keys(spec.namespaces);
    const [from, to] = [all[one.from], all[one.to]];
    if (one.port !== undefined) spec.namespaces[to].listeners = [one.port];
    await withLab(spec, async (record) => {
      await breakLab(record, one.kind, { from, to });
      const asked = { from, target: to, ...(one.port === undefined ? {} : { port: one.port }) };
      const found = await examine(asked);
      const seen = whyText(found);
      expect(found.reachable, seen).toBe(false);
      expect(verdictText(found), seen).toMatch(one.says);
      expect(said(found, all), seen).toMatch(one.fixes);
      await applyFix(found.cause!, () => {});
      if (one.port === undefined) expect(await answers(from, one.target, 1400), seen).toBe(true);
      else {
        const talk = ['netns', 'exec', from, 'ncat', '-w', '60', one.target, String(one.port)];
        expect((await run('ip', talk, { input: 'hello\n' })).stdout, seen).toBe('hello\n');
      }
      if (!one.differs) expect((await labStatus(record)).drift, seen).toEqual([]);
    });
  });

  test('a server that is stopped while its queue has room: the port is open, and the reason for silence told', async () => {
    const spec = pair();
    const [from, to] = Object.keys(spec.namespaces) as [string, string];
    spec.namespaces[to].listeners = [PORT];
    await withLab(spec, async (record) => {
      const [server] = record.processes;
      process.kill(server.pid, 'SIGSTOP');
      const found = await examine({ from, target: to, port: PORT });
      expect(found.reachable, whyText(found)).toBe(true);
      expect(verdictText(found)).toBe(
        `${from} reaches TCP port 7096 at 10.0.2.0, but the server on TCP port 7096 in ${to} (node, process ${server.pid}) is stopped and accepts nothing`,
      );
      expect(said(found, [])).toBe(`kill -CONT ${server.pid}`);
    });
  });

  test('a server on 127.0.0.1 where IPv6 is asked for: it is told to listen on [::], with brackets', async () => {
    const [from, to] = names(2) as [string, string];
    const side = (address: string) => ({ interfaces: { veth0: { addresses: [address] } } });
    const spec: LabSpec = {
      name: `${from}-lab`,
      namespaces: { [from]: side('fd00::1/64'), [to]: side('fd00::2/64') },
      links: [{ ends: [`${from}:veth0`, `${to}:veth0`] }],
    };
    await withLab(spec, async (record) => {
      await breakLab(record, 'local-listener', { from, to });
      const found = await examine({ from, target: to, port: PORT });
      expect(verdictText(found), whyText(found)).toMatch(/listens only on 127\.0\.0\.1/);
      expect(fixLine(found.cause!), whyText(found)).toMatch(/^kill \d+; .* lab serve '\[::\]:7096' &$/);
    });
  });

  // Of a network on the same cable that only a route tells of; made by hand, so that no lab declares the address.
  test.each([
    ['that the neighbours remember', true, /address add 10\.0\.2\.1\/24 dev veth1/],
    ['in the network that the neighbour has a route to', false, /address add 10\.0\.2\.\d+\/24 dev veth1/],
  ])('an address that is gone: the target gets one %s', async (_, met, fixes) => {
    const made = await makeLab('devices');
    try {
      if (met) expect(await answers(made.ns('a'), '10.0.2.1')).toBe(true);
      sh('ip', '-n', made.ns('b'), 'address', 'delete', '10.0.2.1/24', 'dev', 'veth1');
      const found = await examine({ from: made.ns('a'), target: made.ns('b') });
      expect(verdictText(found), whyText(found)).toMatch(/^veth1 in \S+ has no IPv4 address$/);
      expect(said(found, []), whyText(found)).toMatch(fixes);
      await applyFix(found.cause!, () => {});
      expect(await answers(made.ns('a'), '10.0.2.1'), whyText(found)).toBe(true);
    } finally {
      made.remove();
    }
  });
});

/** The commands, with NS for each of the namespaces. */
function said({ cause }: Examination, all: string[]): string {
  return all.reduce((line, name) => line.replaceAll(name, 'NS'), commandLine(cause?.fix ?? []));
}
