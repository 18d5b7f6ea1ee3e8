// A lab for capture tests: namespaces a and b with a veth pair, in a network, mount and (without root) user namespace of
// their own, so that names clash with nobody's and nothing is left when its one process is killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { met } from '../support/needs.ts';
import { PATIENCE, PROGRAM, type Result, run, seen } from '../support/nscap.ts';

const root = met('root');

/** Where programs lie that an ordinary user's PATH leaves out. */
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

const SETUP = `set -e
mount -t tmpfs tmpfs /run
ip netns add a; ip netns add b
ip -n a link add veth0 type veth peer name veth1 netns b
for n in a b; do
  # What the tests rest on, whatever new namespaces inherit.
  for key in ip_forward=0 conf/all/rp_filter=0 conf/default/rp_filter=0 conf/veth0/rp_filter=0 conf/veth1/rp_filter=0; do
    ip netns exec $n sysctl -q -e -w net/ipv4/$key
  done
  ip netns exec $n sh -c 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6'
  ip -n $n link set lo up
done
ip -n a address add 10.1.0.1/24 dev veth0; ip -n b address add 10.1.0.2/24 dev veth1
ip -n a link set veth0 up; ip -n b link set veth1 up
ip netns exec a ping -q -c 1 -W 60 10.1.0.2 > /dev/null
echo ready
exec sleep 3600`;

export class Lab {
  /** A directory for files, removed with the lab. */
  readonly folder = mkdtempSync(join(tmpdir(), 'nscap-capture-'));
  /** What comes before nscap's arguments, behind the node. */
  readonly program = [PROGRAM];
  private readonly holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.holder = holder;
  }

  static async make(): Promise<Lab> {
    const user = root ? [] : ['--user', '--map-root-user'];
    const holder = spawn('unshare', [...user, '--net', '--mount', '--', 'sh', '-c', SETUP], {
      env: { ...process.env, PATH },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await seen(holder.stdout, /ready/);
    return new Lab(holder);
  }

  remove(): void {
    this.holder.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** The command line that runs argv in the lab, outside of a and b. */
  argv(...argv: string[]): [string, string[]] {
    const user = root ? [] : ['--user', '--preserve-credentials'];
    return ['nsenter', [...user, '--net', '--mount', '--target', String(this.holder.pid), '--', ...argv]];
  }

  /** Runs a program in the lab to its end. */
  run(...argv: string[]): Promise<Result> {
    return run(...this.argv(...argv), { env: { ...process.env, PATH } });
  }

  /** Runs a shell script in the lab; fails the test with what it said where it fails. */
  async shell(script: string): Promise<string> {
    const { status, stdout, stderr } = await this.run('sh', '-ec', script);
    if (status !== 0) throw new Error(`${script}: ${stderr}`);
    return stdout;
  }

  /** Starts a program in the lab. nsenter replaces itself by it, so the process id is the program's. */
  start(argv: readonly string[], env: Record<string, string> = {}): Running {
    const [program, args] = this.argv(...argv);
    return new Running(spawn(program, args, { env: { ...process.env, PATH, ...env } }));
  }

  /** Starts `nscap capture …` in the lab, and waits until it captures on so many interfaces. */
  async capture(args: readonly string[], env: Record<string, string> = {}, interfaces = 1): Promise<Running> {
    const running = this.start([process.execPath, PROGRAM, 'capture', ...args], env);
    await running.said(new RegExp(`(listening on [^\\n]*\\n[^]*){${interfaces}}`));
    return running;
  }

  /** Starts tcpdump in one of the namespaces, writing to a file unless told otherwise, and waits until it captures. */
  async tcpdump(namespace: string, args: readonly string[]): Promise<Running> {
    // -Z root: it could not write to the folder as the user it would become.
    const running = this.start(['ip', 'netns', 'exec', namespace, 'tcpdump', '-Z', 'root', ...args]);
    await running.said(/listening on .*\n/);
    return running;
  }

  /** Pings from a to an address, so many packets. */
  ping(count: number, address = '10.1.0.2', namespace = 'a'): Promise<string> {
    return this.shell(`ip netns exec ${namespace} ping -q -c ${count} -i 0.01 -W 60 ${address}`);
  }

  /** Sends UDP packets from a to b, each with its number in the first four bytes, `size` bytes long; bursts of 50. */
  async send(count: number, size = 64, port = 4000): Promise<void> {
    const program = `
      const { createSocket } = require('node:dgram');
      const socket = createSocket('udp4');
      let sent = 0;
      socket.bind(() => {
        const more = () => {
          for (let i = 0; i < 50 && sent < ${count}; i++) {
            const packet = Buffer.alloc(${size});
            packet.writeUInt32BE(sent++);
            socket.send(packet, ${port}, '10.1.0.2');
          }
          if (sent < ${count}) setTimeout(more, 1); else setTimeout(() => socket.close(), 20);
        };
        more();
      });`;
    const { status, stderr } = await this.run('ip', 'netns', 'exec', 'a', process.execPath, '-e', program);
    if (status !== 0) throw new Error(stderr);
  }
}

/** A program that runs, and all it has said. */
export class Running {
  readonly child: ReturnType<typeof spawn>;
  stdout = '';
  stderr = '';
  readonly bytes: Buffer[] = [];
  private readonly ended: Promise<{ status: number | null; signal: NodeJS.Signals | null }>;

  constructor(child: ReturnType<typeof spawn>) {
    this.child = child;
    child.stdout!.on('data', (chunk: Buffer) => {
      this.bytes.push(chunk);
      this.stdout += chunk;
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (status, signal) => resolve({ status, signal }));
    });
  }

  /** Waits until stderr matches; fails with what was said when it does not. */
  said(pattern: RegExp): Promise<void> {
    return this.until(() => pattern.test(this.stderr), `${pattern} on stderr`);
  }

  /** Waits until stdout matches. */
  printed(pattern: RegExp): Promise<void> {
    return this.until(() => pattern.test(this.stdout), `${pattern} on stdout`);
  }

  private async until(met: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!met()) {
      if (Date.now() > deadline || this.child.exitCode !== null) {
        throw new Error(`no ${what}; stdout: ${this.stdout} stderr: ${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Result> {
    this.child.kill(signal);
    return this.end();
  }

  /** Waits for the end. */
  async end(): Promise<Result> {
    const { status, signal } = await this.ended;
    return { status, signal, stdout: this.stdout, stderr: this.stderr };
  }
}
