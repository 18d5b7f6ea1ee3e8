// Labs for the trials of `nscap trace`: what is in them is made by ip, nft, tc and ethtool alone, and counted by them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The namespaces of a lab, and what runs in them. All is taken away by `remove`. */
export class TrialLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'nscap-trace-'));
  /** The address at the far end. */
  target = '10.2.0.20';
  private readonly namespaces: string[] = [];
  private readonly running: ChildProcess[] = [];
  private isIpv6 = false;

  constructor(...namespaces: string[]) {
    for (const name of namespaces) {
      execFileSync('ip', ['netns', 'add', name]);
      this.namespaces.push(name);
      const six = ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1'];
      this.in(
        name,
        'sysctl',
        '-qw',
        ...six,
        'net.ipv4.conf.all.rp_filter=0',
        'net.ipv4.conf.default.rp_filter=0',
      );
      this.ip(name, 'link set lo up');
    }
  }

  /** Runs a program in a namespace to its end and returns what it printed. */
  in(namespace: string, program: string, ...args: string[]): string {
    return execFileSync('ip', ['netns', 'exec', namespace, program, ...args], { encoding: 'utf8' });
  }

  ip(namespace: string, words: string): void {
    execFileSync('ip', ['-n', namespace, ...words.split(' ')]);
  }

  /** A cable; each end is `namespace:interface`, or `namespace:interface:ADDRESS/PREFIX`. */
  link(one: string, other: string): void {
    const [a, b] = [one, other].map((end) => {
      const [namespace, device, ...address] = end.split(':');
      return [namespace, device, ...(address.length === 0 ? [] : [address.join(':')])];
    }) as [string[], string[]];
    this.ip(a[0], `link add ${a[1]} type veth peer name ${b[1]} netns ${b[0]}`);
    for (const [namespace, device, address] of [a, b] as [string, string, string | undefined][]) {
      if (address !== undefined) this.ip(namespace, `address add ${address} dev ${device}`);
      // No ARP while it is traced: it would be in one capture and, a moment before or after, not in the other.
      for (const family of this.isIpv6 ? ['ipv4', 'ipv6'] : ['ipv4'])
        this.in(namespace, 'sysctl', '-qw', `net.${family}.neigh.${device}.base_reachable_time_ms=3600000`);
      this.ip(namespace, `link set ${device} up`);
    }
  }

  /** Switches IPv6 on, quiet: no solicitations, no detection of duplicates. To be called before `link`. */
  ipv6(): void {
    this.isIpv6 = true;
    for (const name of this.namespaces) {
      for (const which of ['all', 'default'])
        this.in(
          name,
          'sysctl',
          '-qw',
          ...[
            'disable_ipv6=0',
            'accept_dad=0',
            'router_solicitations=0',
            'accept_ra=0',
            'mldv1_unsolicited_report_interval=1',
          ].map((setting) => `net.ipv6.conf.${which}.${setting}`),
          'net.ipv6.conf.all.forwarding=1',
        );
    }
  }

  /** Neighbours at the two ends of a cable that are never asked for again, `namespace:interface:ADDRESS` each. */
  neighbours(one: string, other: string): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as [string, string][]) {
      const [namespace, device] = from.split(':') as [string, string];
      const [far, port, ...address] = to.split(':') as [string, string, ...string[]];
      const mac = this.in(far, 'cat', `/sys/class/net/${port}/address`).trim();
      this.ip(namespace, `neighbour replace ${address.join(':')} lladdr ${mac} dev ${device} nud permanent`);
    }
  }

  /**
   * Neighbours that are known are never asked for again: the kernel does so five seconds after it was asked itself, which
   * is in the captures of one tool and not in those of the other, or is dropped before counters are read.
   */
  keepNeighbours(): void {
    for (const name of this.namespaces) {
      const listed: { dst: string; dev: string; lladdr?: string }[] = JSON.parse(
        execFileSync('ip', ['-n', name, '-j', 'neighbour', 'show'], { encoding: 'utf8' }),
      );
      for (const { dst, dev, lladdr } of listed) {
        if (lladdr !== undefined)
          this.ip(name, `neighbour replace ${dst} lladdr ${lladdr} dev ${dev} nud permanent`);
      }
    }
  }

  forwarding(namespace: string): void {
    this.in(namespace, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
  }

  bridge(namespace: string, name: string, ...ports: string[]): void {
    // Without snooping it joins no group, and reports none while it is traced.
    this.ip(namespace, `link add ${name} type bridge mcast_snooping 0`);
    for (const port of ports) this.ip(namespace, `link set ${port} master ${name}`);
    this.ip(namespace, `link set ${name} up`);
  }

  nft(namespace: string, rules: string): void {
    const path = join(this.folder, 'rules.nft');
    writeFileSync(path, rules);
    this.in(namespace, 'nft', '-f', path);
  }

  /** The sum of the counters of all rules that drop, of the tables there. */
  dropped(namespace: string): number {
    const { nftables } = JSON.parse(this.in(namespace, 'nft', '-j', 'list', 'ruleset'));
    let sum = 0;
    for (const { rule } of nftables) {
      if (rule?.expr.some((one: object) => 'drop' in one) !== true) continue;
      sum += rule.expr.find((one: object) => 'counter' in one)?.counter.packets ?? 0;
    }
    return sum;
  }

  /** What the queue of an interface had no room for. */
  overflowed(namespace: string, device: string): number {
    const listed = JSON.parse(this.in(namespace, 'tc', '-s', '-j', 'qdisc', 'show', 'dev', device));
    return listed.reduce(
      (sum: number, one: { drops?: number; parent?: string }) => sum + (one.parent ? 0 : (one.drops ?? 0)),
      0,
    );
  }

  /** Switches offloads of an interface; those of TCP unless they are named. */
  offload(namespace: string, device: string, state: 'on' | 'off', ...names: string[]): void {
    const switched = names.length === 0 ? ['tso', 'gso', 'gro'] : names;
    this.in(namespace, 'ethtool', '-K', device, ...switched.flatMap((name) => [name, state]));
  }

  /** Starts a program in a namespace; it is ended with the lab. */
  start(namespace: string, program: string, ...args: string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', namespace, program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.running.push(child);
    return child;
  }

  /** Runs a program of Node in a namespace until it says a line (a server that is ready). */
  async serve(namespace: string, code: string): Promise<ChildProcess> {
    const child = this.start(namespace, process.execPath, '-e', code);
    child.stderr!.pipe(process.stderr);
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    return child;
  }

  /** Runs a program of Node in a namespace to its end. */
  async node(namespace: string, code: string): Promise<void> {
    const child = this.start(namespace, process.execPath, '-e', code);
    child.stderr!.pipe(process.stderr);
    child.stdout!.resume();
    await new Promise((resolve) => child.once('close', resolve));
  }

  remove(): void {
    for (const child of this.running) child.kill('SIGKILL');
    for (const name of this.namespaces) execFileSync('ip', ['netns', 'delete', name]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Programs for `serve` and `node`. */
export const udpSink = (port: number, isIpv6 = false) =>
  `const s=require('dgram').createSocket({type:'udp${isIpv6 ? 6 : 4}',recvBufferSize:1<<20});s.on('message',()=>{});s.bind(${port},()=>console.log('ready'))`;

/** Sends `count` datagrams of `size` equal bytes, a burst each millisecond. */
export const udpSend = (address: string, port: number, count: number, size: number, burst = 20) => `
const s=require('dgram').createSocket('udp${address.includes(':') ? 6 : 4}');const b=Buffer.alloc(${size},65);let n=0;
s.bind(0,()=>{const t=setInterval(()=>{for(let i=0;i<${burst}&&n<${count};i++,n++)s.send(b,${port},'${address}');
if(n>=${count}){clearInterval(t);setTimeout(()=>s.close(),50)}},1)})`;

/** Takes connections, and sends `back` bytes on each. */
export const tcpServer = (port: number, back = 0) => `
require('net').createServer({allowHalfOpen:true},(s)=>{s.resume();s.on('error',()=>{});if(${back})s.write(Buffer.alloc(${back},66));s.on('end',()=>s.end())}).listen(${port},()=>console.log('ready'))`;

/** Opens `count` connections one behind the other, sends `size` bytes on each and waits for its end. */
export const tcpSend = (address: string, port: number, size: number, count = 1) => `
const net=require('net');let left=${count};
(function next(){if(left--===0)return;const s=net.connect(${port},'${address}',()=>s.end(Buffer.alloc(${size},67)));
s.resume();s.on('error',()=>{});s.on('close',next)})();setTimeout(()=>process.exit(),30000).unref()`;
