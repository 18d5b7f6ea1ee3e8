// Who runs as root: before the first packet is looked at, every command that takes packets has become the user behind
// sudo, with all its threads and children, and cannot go back.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Lab } from '../cli/capture-lab.ts';
import { met } from '../support/needs.ts';
import { readableProgram } from '../support/nscap.ts';

const NOBODY = 65534;
/** Real, effective, saved and of the file system. */
const ID = `${NOBODY} ${NOBODY} ${NOBODY} ${NOBODY}`;
/** What sudo says of who called it. */
const SUDO = { SUDO_UID: String(NOBODY), SUDO_GID: String(NOBODY), SUDO_USER: 'nobody' };

interface Thread {
  name: string;
  uid: string;
  gid: string;
  groups: string;
  capabilities: string[];
}

/** Every thread of a process and of all its descendants. */
function threads(pid: number): Thread[] {
  const own = readdirSync(`/proc/${pid}/task`).map((task) => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
    const of = (key: string) =>
      new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(status)![1].trim().replaceAll('\t', ' ');
    const capabilities = ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].map(of);
    return { name: of('Name'), uid: of('Uid'), gid: of('Gid'), groups: of('Groups'), capabilities };
  });
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [...own, ...children.flatMap(threads)];
}

const COMMANDS: [name: string, args: string[], ready: RegExp][] = [
  ['capture', ['capture', 'a', 'veth0', 'icmp'], /listening on/],
  ['capture -w', ['capture', '-w', '-', 'a', 'veth0', 'icmp'], /listening on/],
  [
    'capture on two interfaces',
    ['capture', 'a', '-i', 'a:veth0', '-i', 'b:veth1', 'icmp'],
    /listening on[\s\S]*listening on/,
  ],
  ['capture --drops', ['capture', '--drops', 'a', 'veth0', 'icmp'], /listening on/],
  ['drops', ['drops', 'a'], /watching drops/],
  ['top', ['top', 'a', 'veth0'], /veth0/],
  ['trace', ['trace', 'a:veth0', 'b:veth1', 'icmp'], /./],
  ['extcap', ['extcap', '--capture', '--extcap-interface', 'a:veth0', '--fifo', '/dev/null'], /^/],
  ['stats', ['stats', 'conversations', '-i', 'a:veth0'], /./],
];

describe.runIf(met('root'))('root is given up', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab.remove());

  test.each(COMMANDS)('by %s', async (_, args, ready) => {
    const argv = [process.execPath, readableProgram(), ...args];
    // top draws on a terminal only.
    const terminal = ['script', '-qfc', argv.join(' '), '/dev/null'];
    const running = lab.start(args[0] === 'top' ? terminal : argv, { ...SUDO, TERM: 'xterm' });
    await expect.poll(() => running.stdout + running.stderr).toMatch(ready);
    // extcap says nothing: it has begun when it has become somebody else.
    if (args[0] === 'extcap') await expect.poll(() => threads(running.child.pid!)[0]?.uid).toBe(ID);
    await lab.ping(2);
    const all = threads(running.child.pid!).filter(({ name }) => !/^(script|sh)$/.test(name));
    await running.stop();
    expect(all.length).toBeGreaterThan(4);
    const zero = '0000000000000000';
    for (const thread of all) {
      expect(thread).toEqual({
        name: thread.name,
        uid: ID,
        gid: ID,
        groups: String(NOBODY),
        capabilities: [zero, zero, zero, zero],
      });
    }
  });
});
