// What is captured on goes away: interfaces are renamed, moved or removed, and namespaces deleted. Every command ends by itself
// where nothing is left to look at, says what went away, and draws no conclusion from what it could no longer see.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Lab } from '../cli/capture-lab.ts';
import { met } from '../support/needs.ts';
import { PROGRAM } from '../support/nscap.ts';

const CHANGES: Record<string, string> = {
  removed: 'ip -n c link delete v0',
  renamed: 'ip -n c link set v0 down; ip -n c link set v0 name w0; ip -n c link set w0 up',
  moved: 'ip -n c link set v0 netns a',
  deleted: 'ip netns delete c',
};

describe.runIf(met('root'))('what is captured on goes away', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab.remove());
  beforeEach(() =>
    lab.shell(`ip netns delete c 2> /dev/null || true; ip -n a link delete v0 2> /dev/null || true
      ip netns add c; ip -n c link add v0 type veth peer name v1
      ip -n c address add 10.5.0.1/24 dev v0; ip -n c link set v0 up; ip -n c link set v1 up; ip -n c link set lo up`),
  );

  const start = (...words: string[]) => lab.start([process.execPath, PROGRAM, ...words]);

  test.each(Object.entries(CHANGES))('%s: capture and stats end, and say so', async (how, script) => {
    const file = lab.file(`${how}.pcap`);
    const running = [
      start('capture', '-w', file, 'c', 'v0'),
      start('stats', 'endpoints', '-i', 'c:v0'),
      start('extcap', '--capture', '--extcap-interface', 'c:v0', '--fifo', lab.file(`${how}.pcapng`)),
    ];
    await running[0].said(/listening on/);
    await running[1].said(/counting on/);
    await expect.poll(() => existsSync(lab.file(`${how}.pcapng`))).toBe(true);
    await lab.shell(script);
    const ended = await Promise.all(running.map((one) => one.end()));
    expect(ended[0].status).toBe(0);
    expect(ended[1].status).toBe(0);
    expect(ended[2].signal).toBeNull();
    const said = how === 'deleted' ? 'nscap: the namespace c was deleted\n' : 'nscap: v0 has disappeared\n';
    expect(ended[1].stderr).toBe(`counting on v0\n${said}`);
    expect(ended[0].stderr).toContain(
      how === 'deleted' ? 'nscap: the namespace was deleted\n' : 'nscap: c:v0 has disappeared\n',
    );
    expect(readFileSync(file).length).toBeGreaterThanOrEqual(24);
    rmSync(file);
  });

  test('an exporter says which of its interfaces it counts on no more, and goes on', async () => {
    const exporter = start('exporter', '--listen', '127.0.0.1:0', 'c:v0', 'a:veth0');
    await lab.shell('ip link set lo up');
    await exporter.said(/listening on http:\S+\n/);
    const [, url] = /listening on (http:\S+)/.exec(exporter.stderr)!;
    await lab.shell(CHANGES.renamed);
    await exporter.said(/nscap: c:v0 has disappeared\n/);
    const get = `fetch('${url}').then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
    const { stdout } = await lab.run(process.execPath, '-e', get);
    expect(stdout).toContain('nscap_capture_up{namespace="c",interface="v0"} 0\n');
    expect(stdout).toContain('nscap_capture_up{namespace="a",interface="veth0"} 1\n');
    expect((await exporter.stop()).status).toBe(0);
    expect(exporter.stderr.match(/disappeared/g)).toHaveLength(1);
  });

  test('why draws no conclusion from a namespace that was deleted meanwhile', async () => {
    const why = start('why', 'c', '10.5.0.9', '--json');
    await expect
      .poll(async () => (await lab.shell('ip netns exec c cat /proc/net/packet')).split('\n').length)
      .toBeGreaterThan(2);
    await lab.shell(CHANGES.deleted);
    const { status, stdout, stderr } = await why.end();
    expect(stderr).toBe('nscap: the namespace c was deleted while it was examined\n');
    expect(JSON.parse(stdout)).toMatchObject({
      reachable: null,
      cause: null,
      error: { code: 'NAMESPACE_GONE' },
    });
    expect(status).toBe(2);
  });
});
