// nscap wireshark: a capture in the pipe of a program that takes wireshark's words.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { nscap, PROGRAM } from '../support/nscap.ts';
import { Lab } from './capture-lab.ts';

describe.runIf(has('netns'))('nscap wireshark', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab.remove());

  /** In place of Wireshark, which takes a display: it reads `bytes` of the capture and ends. */
  function viewer(bytes: number): string {
    const path = lab.file('viewer');
    writeFileSync(
      path,
      `#!/bin/sh\necho "$@" > ${lab.file('words')}\nhead -c ${bytes} > ${lab.file('shown.pcapng')}\n`,
    );
    chmodSync(path, 0o755);
    return path;
  }

  test('packets come to it as they are captured, and the capture ends when it does', async () => {
    const words = ['wireshark', '--program', viewer(2000), 'a', 'veth0', 'icmp'];
    const running = lab.start([process.execPath, PROGRAM, ...words], { DISPLAY: ':0' });
    await running.said(/listening on veth0/);
    await lab.ping(20);
    expect(await running.end()).toMatchObject({ status: 0, stdout: '' });
    expect(readFileSync(lab.file('words'), 'utf8')).toBe('-k -i -\n');
    const { stdout } = await nscap(['read', '-n', lab.file('shown.pcapng')]);
    expect(stdout).toMatch(/IP 10\.1\.0\.1 > 10\.1\.0\.2: ICMP echo request/);
  });

  test('what the capture says against its words is said; the viewer is not started', async () => {
    const words = ['wireshark', '--program', viewer(1), 'a', 'veth7'];
    const { status, stderr } = await lab
      .start([process.execPath, PROGRAM, ...words], { DISPLAY: ':0' })
      .end();
    expect(status).toBe(1);
    expect(stderr).toContain("there is no interface 'veth7' in namespace a");
  });

  test('where it is not installed the capture ends', async () => {
    const words = ['wireshark', '--program', '/nowhere/wireshark', 'a', 'veth0'];
    const { status, stderr } = await lab
      .start([process.execPath, PROGRAM, ...words], { DISPLAY: ':0' })
      .end();
    expect(status).toBe(1);
    expect(stderr).toContain("'/nowhere/wireshark' is not installed here");
  });
});

test('without a display: how to do it from another machine, quoted for both shells', async () => {
  const env = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' };
  const { status, stderr } = await nscap(['wireshark', 'ns1', 'veth0', 'host 10.0.0.1'], { env });
  expect(status).toBe(1);
  const line =
    /ssh \S+ 'sudo nscap capture --pcapng -w - ns1 veth0 '\\''host 10\.0\.0\.1'\\''' \| wireshark -k -i -\n/;
  expect(stderr).toMatch(line);
  expect((await nscap(['wireshark', '--command', 'ns1', 'veth0', 'host 10.0.0.1'], { env })).stdout).toMatch(
    line,
  );
});
