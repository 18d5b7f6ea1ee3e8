import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { has, ORDINARY } from '../support/needs.ts';
import { nscap, PROGRAM, readableProgram, seen, start } from '../support/nscap.ts';
import { alone } from './alone.ts';

const ordinary = ORDINARY;

describe.runIf(has('netns'))('nscap lab', () => {
  test('up, status, exec, down: the classic pair', async () => {
    const { stdout, stderr, status } = await alone(`
      $n lab up; $n lab status; $n lab exec ns1 -- ping -c 1 -W 20 10.0.2.0; $n lab exec ns2 sh -c 'exit 7'; echo "exec $?"
      $n lab status --json | tr -d ' \\n' | cut -c-80; echo; $n lab down; echo "down $?"; ls /run/netns /run/nscap/labs`);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('lab ns1-ns2 is up: 2 namespaces (ns1, ns2), 1 link\n');
    expect(stdout).toMatch(
      /│ namespace │ interface │ peer {6}│ address {5}│ state │ routes {13}│\n.*\n│ ns1 {7}│ lo .*\n.*\n│ {11}│ veth0 {5}│ ns2:veth1 │ 10.0.1.0\/24 │ up {4}│ 10.0.2.0\/24 dev {4}│\n/,
    );
    expect(stdout).toContain('1 received, 0% packet loss');
    expect(stdout).toContain('exec 7\n');
    expect(stdout).toContain('[{"name":"ns1-ns2","state":"up","temporary":false');
    expect(stdout).toMatch(/lab ns1-ns2 is down: ns1, ns2\ndown 0\n\/run\/netns:\n\n\/run\/nscap\/labs:\n$/);
  });

  test('--no-routes: the ping fails for want of a route, and works once it is added', async () => {
    const { stdout, stderr } = await alone(`
      $n lab up --no-routes; $n lab exec ns1 -- ping -c 1 -W 1 10.0.2.0; echo "ping $?"
      ip -n ns1 route add 10.0.2.0/24 dev veth0; ip -n ns2 route add 10.0.1.0/24 dev veth1
      $n lab exec ns1 -- ping -c 1 -W 20 10.0.2.0; echo "ping $?"; $n lab status --check; echo "check $?"`);
    expect(stderr).toMatch(/Network is unreachable/);
    expect(stdout).toMatch(/ping 2[\s\S]*ping 0/);
    expect(stdout).toContain('differs: ns1: there is a route 10.0.2.0/24 dev veth0 as well');
    expect(stdout).toContain('check 1');
  });

  test('names, addresses, prefix and MTU are options', async () => {
    const { stdout } = await alone(`
      $n lab up --name mine --namespaces 'a;b,c' --interfaces left,right --addresses 192.0.2.1,192.0.2.9/28 --prefix 30 --mtu 1280
      ip -n 'a;b' -o addr show left; ip -n c -o addr show right; ip -n c -o link show right; $n lab down c`);
    expect(stdout).toMatch(/left +inet 192.0.2.1\/30[\s\S]*right +inet 192.0.2.9\/28[\s\S]*mtu 1280/);
    expect(stdout).toContain('lab mine is down: a;b, c');
  });

  test('up twice, a name already taken, down twice: a sentence and exit status 1, and nothing made', async () => {
    const { stdout, stderr } = await alone(`
      $n lab up; $n lab up; echo "again $?"; $n lab up --namespaces ns2,ns3; echo "taken $?"; ls /run/nscap/labs
      $n lab down; $n lab down; echo "again $?"; $n lab status; echo "status $?"; $n lab down ns9; echo "none $?"
      $n lab up --namespaces x,y; $n lab up; $n lab down; echo "which $?"; $n lab down --all; ls /run/netns`);
    expect(stdout).toMatch(
      /again 1[\s\S]*taken 1\nns1-ns2.json\n[\s\S]*again 1\nstatus 1\nnone 1\n[\s\S]*which 1\n/,
    );
    expect(stdout.endsWith('lab ns1-ns2 is down: ns1, ns2\nlab x-y is down: x, y\n')).toBe(true);
    expect(stderr).toBe(
      [
        "nscap: the lab 'ns1-ns2' is up already",
        'hint: nscap lab down ns1-ns2 removes it; nscap lab status shows it',
        "nscap: there is a namespace 'ns2' already",
        'hint: choose other names with --namespaces, or remove it with ip netns delete ns2',
        'nscap: no lab is up',
        'hint: nscap lab up makes the pair ns1 and ns2',
        'nscap: no lab is up',
        'hint: nscap lab up makes the pair ns1 and ns2',
        "nscap: there is no lab 'ns9'",
        'hint: no lab is up',
        'nscap: several labs are up: say which',
        'hint: those that are up: ns1-ns2, x-y',
        '',
      ].join('\n'),
    );
  });

  test('a command has the environment that nscap was started with, Node’s certificates included', async () => {
    const { stdout, stderr } = await alone(`
      $n lab up > /dev/null
      for value in /etc/certificates.pem ''; do
        NODE_EXTRA_CA_CERTS=$value ${PROGRAM} lab exec ns1 -- sh -c 'echo "<$NODE_EXTRA_CA_CERTS> $(env | grep NSCAP | grep -vc -e NSCAP_REQUIRE -e NSCAP_FUZZ -e NSCAP_RETRY)"'
      done
      unset NODE_EXTRA_CA_CERTS; ${PROGRAM} lab exec ns1 -- sh -c 'echo "<\${NODE_EXTRA_CA_CERTS-none}>"'; $n lab down > /dev/null`);
    expect(stderr).toBe('');
    expect(stdout).toBe('</etc/certificates.pem> 0\n<> 0\n<none>\n');
  });

  test('a lab file: up, status against the file, break, reset, down', async () => {
    const { stdout, stderr } = await alone(`
      cd /run; cat > office.yaml <<'END'
namespaces:
  pc: { interfaces: { eth0: { addresses: [10.1.0.10/24] } }, routes: [default via 10.1.0.1] }
  router:
    interfaces: { lan: { addresses: [10.1.0.1/24] }, dmz: { addresses: [10.2.0.1/24] } }
    sysctls: { net.ipv4.ip_forward: 1 }
  server: { interfaces: { eth0: { addresses: [10.2.0.80/24] } }, routes: [default via 10.2.0.1], listeners: [7096] }
links:
  - ends: [pc:eth0, router:lan]
  - { ends: [server:eth0, router:dmz], mtu: 1400 }
END
      $n lab up office.yaml; $n lab up office.yaml --mtu 9000; echo "both $?"
      echo hello | $n lab exec pc -- timeout 60 ncat -w 30 10.2.0.80 7096
      $n lab status office.yaml --check > /dev/null; echo "check $?"
      sed -i 's/mtu: 1400/mtu: 1300/' office.yaml; $n lab status office.yaml --check | grep differs
      $n lab break no-forwarding; $n lab break --json drop-input | tr -d ' \\n'; echo; $n lab exec pc -- ping -c 1 -W 1 10.2.0.80 > /dev/null; echo "ping $?"; $n lab break random
      $n lab reset; $n lab exec pc -- ping -c 1 -W 20 10.2.0.80 > /dev/null; echo "ping $?"; $n lab down office.yaml
      $n lab exec --file office.yaml pc ping -c 1 -W 20 10.2.0.80 | grep -c ' 0% packet loss'
      sed -i 's/mtu: 1300/mut: 1300/' office.yaml; $n lab up office.yaml; echo "typo $?"; ls netns`);
    expect(stderr).toBe(
      [
        "nscap: --mtu can't go with a lab file",
        'hint: the file says all of it',
        "nscap: office.yaml:9: there is no 'mut' here",
        'hint: there are: ends, mtu',
        '',
      ].join('\n'),
    );
    expect(stdout.split('\n')).toEqual([
      'lab office is up: 3 namespaces (pc, router, server), 2 links',
      'both 2',
      'hello',
      'check 0',
      'differs: router: dmz has the MTU 1400, not 1300   (ip -n router link set dev dmz mtu 1300)',
      'differs: server: eth0 has the MTU 1400, not 1300   (ip -n server link set dev eth0 mtu 1300)',
      'router does not forward: net.ipv4.ip_forward is 0',
      '  ip netns exec router sysctl -q -w net.ipv4.ip_forward=0',
      expect.stringMatching(
        /^\{"kind":"drop-input","sentence":"thefirewallofserver.*"commands":\[\{"argv":\["ip","netns"/,
      ),
      'ping 1',
      'something is wrong in office now: nscap why says what',
      'lab office is down: pc, router, server',
      'lab office is up: 3 namespaces (pc, router, server), 2 links',
      'ping 0',
      'lab office is down: pc, router, server',
      '1',
      'typo 2',
      '',
    ]);
  });

  test('Ctrl-C while a lab of two hundred comes up: exit status 130 and nothing left', async () => {
    const { stdout, stderr } = await alone(`
      $n lab up --topology chain --count 200 & up=$!
      while [ $(ls /run/netns 2>/dev/null | wc -l) -lt 20 ]; do sleep 0.01; done
      kill -TERM $up; wait $up; echo "up $?"; ls /run/netns /run/nscap/labs`);
    expect(stderr).toBe("nscap: interrupted: the lab 'ns1-ns200' was taken back\n");
    expect(stdout).toBe('up 143\n/run/netns:\n\n/run/nscap/labs:\n');
  });

  test('kill -9 while it comes up: down removes what there is', async () => {
    const { stdout } = await alone(`
      $n lab up --topology chain --count 200 & up=$!
      while [ $(ls /run/netns 2>/dev/null | wc -l) -lt 150 ]; do sleep 0.01; done
      kill -9 $up; sleep 0.5; $n lab status ns1 | head -1; $n lab down; echo "down $?"; ls /run/netns /run/nscap/labs`);
    expect(stdout).toMatch(
      /lab ns1-ns200 is half-made since[\s\S]*down 0\n\/run\/netns:\n\n\/run\/nscap\/labs:\n$/,
    );
  });

  test('a hundred namespaces with IPv6 reach each other', async () => {
    const { stdout, stderr } = await alone(`
      $n lab up --topology star --count 100 --ipv6
      $n lab exec ns2 -- ping -c 1 -W 20 10.0.99.2 | grep received; $n lab exec ns2 -- ping -c 1 -W 20 fd00:0:0:63::2 | grep received
      $n lab down`);
    expect(stderr).toBe('');
    expect(stdout.match(/1 received/g)).toHaveLength(2);
  });
});

describe.runIf(has('userns'))('without root', () => {
  test('up says that it needs root; exec makes the lab in a user namespace and passes the exit status on', async () => {
    const up = await nscap(['lab', 'up'], ordinary);
    expect(up.status).toBe(4);
    expect(up.stderr).toMatch(/^nscap: nscap lab up needs root.*\nhint: run it with sudo: sudo nscap/);
    const exec = await nscap(
      ['lab', 'exec', 'ns1', '--', 'ping', '-c', '1', '-W', '20', '10.0.2.0'],
      ordinary,
    );
    expect(exec.stderr).toBe('');
    expect(exec.stdout).toContain('1 received');
    expect(exec.status).toBe(0);
    const seven = await nscap(
      ['lab', 'exec', '--topology', 'chain', '--count', '4', 'ns4', 'sh', '-c', 'exit 7'],
      ordinary,
    );
    expect(seven.status).toBe(7);
  });

  test('a shell there, with nscap lab inside it', async () => {
    const shell = await nscap(['lab', 'shell', '--topology', 'star', '--count', '3', 'ns2'], {
      ...ordinary,
      env: { ...process.env, SHELL: '/bin/sh' },
      input: `${process.execPath} ${readableProgram()} lab status; ip -brief address; exit 5`,
    });
    expect(shell.stdout).toContain('lab ns1-ns3 is up since');
    expect(shell.stdout).toContain('10.0.1.2/24');
    expect(shell.status).toBe(5);
  });

  test('status, down, break and reset say what an ordinary user can do instead', async () => {
    for (const words of [['status'], ['down'], ['break', 'no-route'], ['reset'], ['up']]) {
      const { status, stdout, stderr } = await nscap(['lab', ...words], ordinary);
      expect(stdout).toBe('');
      expect(stderr).toMatch(
        new RegExp(
          `^nscap: nscap lab ${words[0]} needs root: .*\\nhint: run it with sudo: sudo nscap lab ${words.join(' ')}; without root, nscap lab shell .*\\n$`,
        ),
      );
      expect(status).toBe(4);
    }
  });

  test('in a shell its own lab is the one to break; it ends with the shell, and so does what the break started', async () => {
    const n = `${process.execPath} ${readableProgram()}`;
    const port = 20_000 + (process.pid % 20_000);
    const shell = await nscap(['lab', 'shell'], {
      ...ordinary,
      env: { ...process.env, SHELL: '/bin/sh' },
      input: `
        ${n} lab break no-route; ${n} why ns1 ns2 --fix --yes >/dev/null; echo "why $?"
        ping -c 1 -W 20 10.0.2.0 >/dev/null; echo "ping $?"
        ${n} lab break full-backlog --port ${port}
        ip netns exec ns2 ss -Htlnp | grep -o 'pid=[0-9]*'
        ${n} lab down; echo "down $?"; ${n} lab reset; echo "reset $?"`,
    });
    expect(shell.stdout).toMatch(
      /^ns1 has no route to 10\.0\.2\.0\n.*\nwhy 0\nping 0\nthe server on port \d+ in ns2 accepts nothing.*\npid=\d+\ndown 1\nreset 1\n$/,
    );
    expect(shell.stderr).toContain(
      'nscap: this shell runs in the lab ns1-ns2, which ends with it\nhint: exit',
    );
    const pid = /pid=(\d+)/.exec(shell.stdout)![1];
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
  });

  test('SIGTERM reaches the command inside, and all is gone', async () => {
    const child = start(['lab', 'exec', 'ns1', '--', 'sh', '-c', 'echo $$ ready; exec sleep 30'], ordinary);
    const pid = Number.parseInt(await seen(child.stdout, /ready/), 10);
    child.kill('SIGTERM');
    const [status] = await once(child, 'close');
    expect(status).toBe(143);
    await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
  });

  test('a namespace that the lab does not have', async () => {
    const { status, stderr } = await nscap(['lab', 'exec', 'ns3', '--', 'true'], ordinary);
    expect(status).toBe(1);
    expect(stderr).toBe("nscap: there is no namespace 'ns3' in this lab\nhint: those there are: ns1, ns2\n");
  });
});

test('break --list and schema need no lab', async () => {
  const list = await nscap(['lab', 'break', '--list']);
  expect(list.stdout.split('\n').length).toBeGreaterThan(30);
  expect(list.stdout).toMatch(/^no-route +the route out is missing$/m);
  expect(JSON.parse((await nscap(['lab', 'schema'])).stdout).required).toEqual(['namespaces']);
});

test.each([
  [['lab', 'up', 'no/such.yaml', '--count', '3'], "--count can't go with a lab file"],
  [['lab', 'break'], 'the kind of fault is missing'],
  [['lab', 'break', 'no-route', '--port', '0'], 'a port is a number from 1 to 65535'],
  [['lab', 'up', '--mtu', '3'], 'whole number from 68 to 65535'],
  [['lab', 'up', '--count', '1'], 'whole number from 2 to 256'],
  [['lab', 'up', '--count', '4', '--topology', 'pair'], 'a pair has 2 namespaces, not 4'],
  [['lab', 'up', '--namespaces', 'a,../x'], "'../x' can't be the name of a namespace"],
  [['lab', 'up', '--namespaces', 'a,a'], "both namespaces are called 'a'"],
  [['lab', 'up', '--interfaces', 'abcdefghijklmnop,b'], "can't be the name of an interface"],
  [['lab', 'up', '--addresses', '10.0.0.1'], '--addresses takes 2'],
  [['lab', 'up', '--addresses', '10.0.0.1,x'], "'x' is not an address"],
  [['lab', 'up', '--topology', 'ring'], 'is invalid: allowed choices are pair, chain, star, bridge'],
  [['lab', 'nonsense'], "unknown command 'nonsense'"],
])('%j is wrong usage', async (args, words) => {
  const { status, stderr, stdout } = await nscap(args);
  expect(stdout).toBe('');
  expect(stderr).toContain(words);
  expect(status).toBe(2);
  expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
});
