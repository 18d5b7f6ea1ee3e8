// Verdicts while packets come: on traffic that is broken on purpose, capture --analyze shows what tshark reads from the
// same capture afterwards.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tsharkFields } from '../flow/support.ts';
import { has } from '../support/needs.ts';
import { PROGRAM } from '../support/nscap.ts';
import { Lab, type Running } from './capture-lab.ts';

/** The verdicts in a line, of nscap or of Wireshark's Info column. */
const TAGS =
  /\[TCP (?:Dup ACK \d+#\d+|ZeroWindow(?:ProbeAck|Probe)?|Keep-Alive(?: ACK)?|Window (?:Update|Full)|ACKed unseen segment|Previous segment not captured|(?:Spurious |Fast )?Retransmission|Out-Of-Order|Port numbers reused)\]/g;

/** A server in b that listens on 7000, says so, and does what `behave` does with a connection. */
function server(behave: string): string {
  return `
    require('node:net').createServer({ pauseOnConnect: true }, (socket) => {
      socket.on('error', () => {});
      ${behave}
    }).listen(7000, '10.1.0.2', () => console.log('listening'));`;
}

/** A client in a that sends so many bytes and ends. */
const CLIENT = (bytes: number) => `
  const socket = require('node:net').connect(7000, '10.1.0.2', () => socket.end(Buffer.alloc(${bytes}, 'x')));
  socket.on('error', () => process.exit(0));
  socket.on('close', () => process.exit(0));`;

describe.runIf(has('netns', 'tshark'))('capture --analyze', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab?.remove());

  const inside = (namespace: string, program: string) => [
    'ip',
    'netns',
    'exec',
    namespace,
    process.execPath,
    '-e',
    program,
  ];

  async function serve(behave: string): Promise<Running> {
    const running = lab.start(inside('b', server(behave)));
    await running.printed(/listening/);
    return running;
  }

  /** Captures in a while `traffic` goes on, printed and written; answers lines and file, the closing summary apart. */
  async function watched(name: string, traffic: () => Promise<unknown>) {
    const file = lab.file(`${name}.pcapng`);
    const capture = await lab.capture(['--analyze', '--print', '-w', file, 'a', 'veth0', 'tcp']);
    await traffic();
    const { stdout, status } = await capture.stop();
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    const from = lines.findIndex((line) => line.startsWith('┌'));
    return { file, lines: lines.slice(0, from), summary: lines.slice(from).join('\n') };
  }

  /** Both programs' verdicts for each frame that has any. */
  function compare(file: string, lines: string[]): void {
    const list = (texts: string[]) =>
      texts.flatMap((text, i) => {
        const tags = text.match(TAGS);
        return tags === null ? [] : [`${i + 1}: ${[...tags].sort().join(' ')}`];
      });
    const theirs = tsharkFields(file, ['_ws.col.Info']).map(([info]) => info ?? '');
    expect(lines.length).toBe(theirs.length);
    expect(list(lines)).toEqual(list(theirs));
  }

  test.runIf(has('nft'))(
    'every n-th segment dropped: retransmissions, holes and duplicate ACKs',
    async () => {
      // Super-segments would hide most of the loss from the receiver.
      await lab.shell(`ip netns exec a ip link set veth0 gso_max_size 1514 gso_max_segs 1
ip netns exec b nft -f - <<END
table inet loss {
  chain in {
    type filter hook input priority 0
    tcp dport 7000 numgen inc mod 17 0 drop
  }
}
END`);
      const running = await serve('socket.resume();');
      const { file, lines, summary } = await watched('loss', async () => {
        await lab.run(...inside('a', CLIENT(400_000)));
      });
      await running.stop('SIGKILL');
      await lab.shell('ip netns exec b nft delete table inet loss');
      compare(file, lines);
      const all = lines.join('\n');
      expect(all).toMatch(/\[TCP (Fast )?Retransmission\]|\[TCP Out-Of-Order\]/);
      expect(all).toContain('[TCP Dup ACK ');
      expect(summary).toMatch(
        /segments of 10\.1\.0\.1:\d+ \([\d.]+ % of its data\) had to be sent again although they had passed the capture point: lost downstream, between there and 10\.1\.0\.2:7000, or their ACKs on the way back; it hits every 17th packet: a rule/,
      );
      expect(summary).not.toContain('rather than lost on the way');
    },
  );

  test.runIf(has('nft'))('a firewall that resets is no process that was killed', async () => {
    const running = await serve('socket.resume();');
    const { file, lines, summary } = await watched('reject', async () => {
      const client = lab.start(
        inside(
          'a',
          `const socket = require('node:net').connect(7000, '10.1.0.2', () => console.log('connected'));
          setInterval(() => socket.write('x'), 50); socket.on('close', () => process.exit(0)); socket.on('error', () => {});`,
        ),
      );
      await client.printed(/connected/);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await lab.shell(`ip netns exec b nft -f - <<END
table inet rejection {
  chain in {
    type filter hook input priority 0
    tcp dport 7000 reject with tcp reset
  }
}
END`);
      await client.end();
    });
    await running.stop('SIGKILL');
    await lab.shell('ip netns exec b nft delete table inet rejection');
    compare(file, lines);
    expect(summary).toMatch(
      /10\.1\.0\.2:7000 reset the connection without closing it.*: its host does not know the connection .*, or a firewall rejects the packets/,
    );
    expect(summary).not.toContain('was killed or ended with data unread');
  });

  test('a receiver that stops reading: full and zero windows, probes, updates', async () => {
    const running = await serve('setTimeout(() => socket.resume(), 1500);');
    const { file, lines, summary } = await watched('stall', async () => {
      await lab.run(...inside('a', CLIENT(8_000_000)));
    });
    await running.stop('SIGKILL');
    compare(file, lines);
    const all = lines.join('\n');
    expect(all).toContain('[TCP Window Full]');
    expect(all).toContain('[TCP ZeroWindow]');
    expect(all).toContain('[TCP Window Update]');
    expect(summary).toMatch(
      /receiver 10\.1\.0\.2:7000 stalled the sender 10\.1\.0\.1:\d+ for [\d.]+ m?s with a full window/,
    );
  });

  test('a peer that is killed: its kernel answers with RST, and no verdict is invented', async () => {
    // It leaves bytes unread.
    const running = await serve('');
    const { file, lines, summary } = await watched('killed', async () => {
      const client = lab.start(
        inside(
          'a',
          `const socket = require('node:net').connect(7000, '10.1.0.2', () => console.log('connected'));
          setInterval(() => socket.write('x'), 50); socket.on('close', () => process.exit(0)); socket.on('error', () => {});`,
        ),
      );
      await client.printed(/connected/);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await running.stop('SIGKILL');
      await client.end();
    });
    compare(file, lines);
    expect(lines.join('\n')).toMatch(/Flags \[R/);
    expect(summary).toContain(
      '10.1.0.2:7000 reset the connection without closing it: its process exited or was killed with unread data',
    );
  });

  test('a host that is gone: the same bytes again and again', async () => {
    const running = await serve('socket.resume();');
    const { file, lines, summary } = await watched('silent', async () => {
      const client = lab.start(
        inside(
          'a',
          `const socket = require('node:net').connect(7000, '10.1.0.2', () => {
            console.log('connected'); setInterval(() => socket.write('x'), 50);
          }); socket.on('error', () => {});`,
        ),
      );
      await client.printed(/connected/);
      await lab.shell(
        'ip -n b address del 10.1.0.2/24 dev veth1; sleep 1.5; ip -n b address add 10.1.0.2/24 dev veth1',
      );
      await client.stop('SIGKILL');
    });
    await running.stop('SIGKILL');
    compare(file, lines);
    expect(lines.join('\n')).toContain('[TCP Retransmission]');
    expect(summary).toMatch(/Problems\n.*had to be sent again/);
  });

  test('on any, what passes two interfaces is not taken for a retransmission', async () => {
    await lab.shell(`ip netns add c; ip -n b link add veth2 type veth peer name veth0 netns c
ip -n b address add 10.2.0.1/24 dev veth2; ip -n b link set veth2 up
ip -n c address add 10.2.0.2/24 dev veth0; ip -n c link set veth0 up
ip -n a route add 10.2.0.0/24 via 10.1.0.2; ip -n c route add default via 10.2.0.1
ip netns exec b sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'`);
    const running = lab.start(inside('c', server('socket.resume();').replace('10.1.0.2', '10.2.0.2')));
    await running.printed(/listening/);
    const capture = await lab.capture(['--analyze', 'b', 'any', 'tcp']);
    await lab.run(...inside('a', CLIENT(20_000).replace('10.1.0.2', '10.2.0.2')));
    const { stdout } = await capture.stop();
    await running.stop('SIGKILL');
    expect(stdout).not.toContain('[TCP Retransmission]');
    expect(stdout).not.toContain('[TCP Out-Of-Order]');
    expect(stdout).toMatch(/^b:veth1\n┌[^┌]*\n1 TCP connection, /m);
    expect(stdout).toMatch(/^b:veth2\n┌[^┌]*\n1 TCP connection, /m);
  });

  test('with --json, the document has what was found on each interface', async () => {
    const capture = await lab.capture(['--analyze', '--json', 'a', 'veth0', 'icmp']);
    await lab.ping(3);
    const { stdout } = await capture.stop();
    expect(JSON.parse(stdout).analysis).toMatchObject([
      {
        interface: 'a:veth0',
        summary: { connections: 0 },
        echo: { requests: 3, replies: 3, lost: 0 },
        dns: { queries: 0 },
      },
    ]);
  });

  test('no more connections are remembered than told, and that is said', async () => {
    const running = await serve('socket.resume();');
    const capture = await lab.capture(['--analyze', '--max-connections', '5', 'a', 'veth0', 'tcp']);
    for (let i = 0; i < 8; i++) await lab.run(...inside('a', CLIENT(10)));
    const { stdout } = await capture.stop();
    await running.stop('SIGKILL');
    expect(stdout).toContain('8 TCP connections, ');
    expect(stdout).toContain('3 connections were evicted');
  });

  test('--assert: what does not hold is said with the value seen, and the status is 3', async () => {
    const assert = (...all: string[]) => all.flatMap((one) => ['--assert', one]);
    const wrong = await lab.run(process.execPath, PROGRAM, 'capture', ...assert('beauty > 1'), 'a', 'veth0');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain("nothing called 'beauty' to assert");

    const good = await lab.capture([
      ...assert('echo.asked == 3', 'echo.lost == 0', 'echo.rtt.max < 60s'),
      'a',
      'veth0',
      'icmp',
    ]);
    await lab.ping(3);
    const held = await good.stop();
    expect(held.status).toBe(0);

    const bad = await lab.capture([
      ...assert('echo.lost == 0', 'resets == 0'),
      '--json',
      'a',
      'veth0',
      'icmp',
    ]);
    await lab.run('ip', 'netns', 'exec', 'b', 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all');
    await lab.run('ip', 'netns', 'exec', 'a', 'ping', '-q', '-c', '2', '-i', '0.1', '-W', '1', '10.1.0.2');
    await lab.run('ip', 'netns', 'exec', 'b', 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_all');
    const failed = await bad.stop();
    expect(failed.status).toBe(3);
    expect(failed.stderr).toContain('echo.lost == 0 does not hold: echo.lost is 2');
    expect(JSON.parse(failed.stdout).failedAssertions).toEqual([
      'echo.lost == 0 does not hold: echo.lost is 2',
    ]);
  });

  test('packets on standard output are left alone: the summary comes on standard error', async () => {
    const capture = await lab.capture(['--analyze', '-w', '-', 'a', 'veth0', 'icmp']);
    await lab.ping(1);
    const { stderr } = await capture.stop();
    expect(stderr).toContain('ICMP echo');
    expect(Buffer.concat(capture.bytes).readUInt32LE(0)).toBe(0xa1b2c3d4);
    expect(capture.stdout).not.toContain('ICMP echo');
  });
});
