// Live captures by the library, in namespaces that it enters and leaves again, from the built package.
import { readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { type Result, run } from '../support/nscap.ts';

const INDEX = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

/** Runs a program that has all exports as `n`, where no other test sees the names of its namespaces. */
function program(code: string): Promise<Result> {
  const whole = `const n = require(${JSON.stringify(INDEX)});\n(async () => {${code}})();`;
  const shell = 'mount -t tmpfs tmpfs /run && exec "$0" "$@"';
  return run('unshare', ['--mount', 'sh', '-c', shell, process.execPath, '-e', whole]);
}

test.runIf(has('root'))(
  'several interfaces, names of another namespace, counters, and home again',
  async () => {
    const result = await program(`
    await n.withLab({ topology: 'chain', count: 3 }, async () => {
      const capture = await n.openLive(['veth0', 'veth1'], { namespace: 'ns2', filter: 'icmp', count: 4 });
      const any = await n.openLive('any', { namespace: 'ns2', filter: 'icmp[icmptype] == icmp-echo', count: 2 });
      const ping = await n.runIn('ns1', ['ping', '-c', '1', '10.0.2.2']);
      console.log(ping.status, process.execArgv[0]);
      for await (const packet of capture) console.log(packet.interface.name, packet.ip.source, packet.icmp.type);
      // Before the filter is attached an interface may receive others' packets.
      console.log(capture.tallies().map((one) => [one.captured, one.received >= 2, one.dropped].join()).join(' '));
      const lines = await n.createFormatter({ time: 'none' });
      for await (const packet of any) console.log(packet.direction, lines.format(packet).split(':')[0]);
    });
    console.log(require('node:fs').readlinkSync('/proc/self/ns/net'));
  `);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout.split('\n')).toEqual([
      '0 -e',
      'ns2:veth0 10.0.1.1 8',
      'ns2:veth1 10.0.1.1 8',
      'ns2:veth1 10.0.2.2 0',
      'ns2:veth0 10.0.2.2 0',
      '2,true,0 2,true,0',
      'in veth0 In  IP 10.0.1.1 > 10.0.2.2',
      'out veth1 Out IP 10.0.1.1 > 10.0.2.2',
      readlinkSync('/proc/self/ns/net'),
      '',
    ]);
  },
);

test.runIf(has('root'))(
  'signals, deleted namespaces and break end a capture; errors are those of nscap',
  async () => {
    const result = await program(`
    const code = (promise) => promise.then(() => 'none', (error) => error.code + ' ' + error.hint);
    await n.labUp();
    const ends = new AbortController();
    const one = await n.openLive('veth0', { namespace: 'ns1', signal: ends.signal });
    ends.abort();
    for await (const packet of one);
    console.log('signal');
    console.log(await code(n.openLive('eth7', { namespace: 'ns1' })));
    console.log((await code(n.openLive('veth0', { namespace: 'ns3' }))).split(' ')[0]);
    console.log((await code(n.openLive('veth0', { namespace: 'ns1', filter: 'no such' }))).split(' ')[0]);
    const two = await n.openLive('any', { namespace: 'ns2', filter: 'tcp port 1' });
    console.log((await n.labStatus()).drift.length, await n.listLabs());
    await n.labDown();
    for await (const packet of two);
    console.log('namespace gone');
  `);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout.split('\n')).toEqual([
      'signal',
      'UNKNOWN_INTERFACE those there are: lo, veth0',
      'UNKNOWN_NAMESPACE',
      'USAGE',
      "0 [ 'ns1-ns2' ]",
      'namespace gone',
      '',
    ]);
  },
);

test.runIf(has('root'))(
  'a program started with -e makes labs with listeners, and is not started again by them',
  async () => {
    const result = await program(`
    const lab = { name: 'one', namespaces: { one: { listeners: [7096] } } };
    await n.withLab(lab, async () => console.log((await n.why({ namespace: 'one', target: '127.0.0.1', port: 7096 })).reachable));
  `);
    expect(result).toEqual({ status: 0, signal: null, stdout: 'true\n', stderr: '' });
  },
);

test.runIf(has('root'))('without privileges: a sentence and a hint', async () => {
  const code = `const n = require(${JSON.stringify(INDEX)});
    const say = (error) => console.log(error.code, error.exitStatus, error.hint.slice(0, 14));
    n.openLive('lo').catch(say).then(() => n.labUp().catch(say));`;
  const result = await run('setpriv', [
    '--bounding-set',
    '-all',
    '--inh-caps',
    '-all',
    '--reuid',
    '65534',
    '--regid',
    '65534',
    '--clear-groups',
    process.execPath,
    '-e',
    code,
  ]);
  expect(result.stdout).toBe('NOT_PERMITTED 4 run it as root\nNOT_PERMITTED 4 run it as root\n');
});
