// Two replicas of ClickHouse, a ZooKeeper and hosts, each a namespace on one bridge. All of it is removed at the end.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const CLUSTER = 'fleet';
export const PASSWORD = 'over & "out"';
const ZOOKEEPER = 10;
const REPLICAS = [11, 12];
const PROXY = 13;
const FIRST_HOST = 100;

export const address = (host: number) => `10.99.0.${host}`;

function ip(...words: string[]): string {
  return execFileSync('ip', words, { encoding: 'utf8' });
}

export class Cluster {
  /** In memory where it can be: ClickHouse writes and deletes many small files. */
  readonly folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'nscap-cluster-'));
  private readonly prefix = `nsf${process.pid % 100_000}`;
  private readonly children = new Map<string, ChildProcess>();
  private readonly namespaces: string[] = [];

  constructor() {
    this.namespace('net');
    ip('-n', this.name('net'), 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', this.name('net'), 'link', 'set', 'br0', 'up');
  }

  name(host: number | 'net'): string {
    return `${this.prefix}-${host}`;
  }

  private namespace(host: number | 'net'): void {
    ip('netns', 'add', this.name(host));
    this.namespaces.push(this.name(host));
    ip('-n', this.name(host), 'link', 'set', 'lo', 'up');
  }

  /** A host on the bridge. */
  host(host: number): void {
    this.namespace(host);
    const [inside, port] = [this.name(host), `p${host}`];
    ip('-n', this.name('net'), 'link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', inside);
    ip('-n', this.name('net'), 'link', 'set', port, 'master', 'br0', 'up');
    ip('-n', inside, 'address', 'add', `${address(host)}/24`, 'dev', 'eth0');
    ip('-n', inside, 'link', 'set', 'eth0', 'up');
  }

  /** Cuts a host off, or brings it back. */
  link(host: number, state: 'up' | 'down'): void {
    ip('-n', this.name('net'), 'link', 'set', `p${host}`, state);
  }

  /** Starts a program on a host. */
  start(label: string, host: number, argv: string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.name(host), ...argv], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // `ip netns exec` becomes the program: its process id is the program's.
    child.stdout.resume();
    child.stderr.resume();
    this.children.set(label, child);
    return child;
  }

  async kill(label: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.children.get(label);
    if (child === undefined) return;
    this.children.delete(label);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  /** ZooKeeper and both replicas. */
  async engines(): Promise<void> {
    for (const host of [ZOOKEEPER, ...REPLICAS, PROXY]) this.host(host);
    const zookeeper = join(this.folder, 'zookeeper');
    mkdirSync(join(zookeeper, 'data'), { recursive: true });
    writeFileSync(
      join(zookeeper, 'zoo.cfg'),
      `tickTime=1000\ndataDir=${join(zookeeper, 'data')}\nclientPort=2181\nadmin.enableServer=false\n`,
    );
    this.start('zookeeper', ZOOKEEPER, [
      'java',
      '-Xmx192m',
      '-cp',
      `${zookeeper}:/usr/share/java/zookeeper.jar:/usr/share/java/*`,
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      join(zookeeper, 'zoo.cfg'),
    ]);
    this.certificate();
    await this.answers(ZOOKEEPER, 2181);
    for (const replica of [1, 2]) this.startReplica(replica);
    for (const replica of [1, 2]) await this.replicaUp(replica);
  }

  get ca(): string {
    return join(this.folder, 'ca.pem');
  }

  private certificate(): void {
    const names = REPLICAS.map((host) => `IP:${address(host)}`).join(',');
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=fleet'],
        ...['-addext', `subjectAltName=${names}`, '-keyout', join(this.folder, 'key.pem'), '-out', this.ca],
      ],
      { stdio: 'ignore' },
    );
  }

  startReplica(replica: number): void {
    const folder = join(this.folder, `replica${replica}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.xml'), this.configuration(replica, folder));
    writeFileSync(join(folder, 'users.xml'), USERS);
    this.start(`replica${replica}`, REPLICAS[replica - 1], [
      'clickhouse-server',
      `--config-file=${join(folder, 'config.xml')}`,
    ]);
  }

  /** Waits until a replica answers. */
  replicaUp(replica: number): Promise<void> {
    return this.answers(REPLICAS[replica - 1], 8123);
  }

  private async answers(host: number, port: number): Promise<void> {
    for (const end = Date.now() + 90_000; Date.now() < end; ) {
      try {
        const probe = `exec 3<>/dev/tcp/${address(host)}/${port}`;
        execFileSync('ip', ['netns', 'exec', this.name(PROXY), 'bash', '-c', probe], {
          stdio: 'ignore',
          timeout: 5000,
        });
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    }
    throw new Error(`nothing listens on ${address(host)}:${port}`);
  }

  /** A proxy that loses the replies to every nth INSERT, behind their commit. Answers its address. */
  async proxy(every: number): Promise<string> {
    const script = new URL('losing-proxy.mjs', import.meta.url).pathname;
    this.start('proxy', PROXY, [process.execPath, script, address(REPLICAS[0]), '8123', String(every)]);
    await this.answers(PROXY, 8123);
    return address(PROXY);
  }

  /** Asks a replica, as the tests' own judge. */
  query(sql: string, replica = 1, database = 'nscap'): string {
    const url = `http://${address(REPLICAS[replica - 1])}:8123/?database=${database}`;
    return execFileSync(
      'ip',
      [
        ...['netns', 'exec', this.name(PROXY), 'curl', '-sS', '--fail-with-body', '--max-time', '30'],
        ...[
          '-H',
          'X-ClickHouse-User: capture',
          '-H',
          `X-ClickHouse-Key: ${PASSWORD}`,
          '--data-binary',
          '@-',
          url,
        ],
      ],
      { input: sql, encoding: 'utf8' },
    ).trim();
  }

  target(parameters = '', hosts: readonly string[] = REPLICAS.map(address), database = 'nscap'): string {
    return `clickhouse://${hosts.map((host) => `${host}:8123`).join(',')}/${database}${parameters && `?${parameters}`}`;
  }

  hostNumber(index: number): number {
    return FIRST_HOST + index;
  }

  /** Ends all of it, and removes the namespaces. */
  async remove(): Promise<void> {
    await Promise.all([...this.children.keys()].map((label) => this.kill(label)));
    for (const name of this.namespaces.reverse()) ip('netns', 'delete', name);
    rmSync(this.folder, { recursive: true, force: true });
  }

  log(replica: number): string {
    return readFileSync(join(this.folder, `replica${replica}`, 'err'), 'utf8');
  }

  private configuration(replica: number, folder: string): string {
    const replicas = REPLICAS.map(
      (host) =>
        `<replica><host>${address(host)}</host><port>9000</port><user>capture</user><password>${xml(PASSWORD)}</password></replica>`,
    );
    return `<?xml version="1.0"?>
<yandex>
  <logger><level>warning</level><log>${folder}/log</log><errorlog>${folder}/err</errorlog></logger>
  <http_port>8123</http_port><https_port>8443</https_port><tcp_port>9000</tcp_port>
  <interserver_http_port>9009</interserver_http_port>
  <interserver_http_host>${address(REPLICAS[replica - 1])}</interserver_http_host>
  <listen_host>0.0.0.0</listen_host>
  <openSSL><server>
    <certificateFile>${this.ca}</certificateFile><privateKeyFile>${this.folder}/key.pem</privateKeyFile>
    <verificationMode>none</verificationMode><loadDefaultCAFile>true</loadDefaultCAFile>
  </server></openSSL>
  <mark_cache_size>50000000</mark_cache_size><timezone>UTC</timezone>
  <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path>
  <users_config>users.xml</users_config><default_profile>default</default_profile>
  <default_database>default</default_database>
  <zookeeper>
    <node><host>${address(ZOOKEEPER)}</host><port>2181</port></node>
    <session_timeout_ms>4000</session_timeout_ms>
  </zookeeper>
  <macros><shard>1</shard><replica>r${replica}</replica></macros>
  <remote_servers><${CLUSTER}><shard>
    <internal_replication>true</internal_replication>${replicas.join('')}
  </shard></${CLUSTER}></remote_servers>
  <distributed_ddl><path>/clickhouse/task_queue/ddl</path></distributed_ddl>
</yandex>
`;
  }
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

const USERS = `<?xml version="1.0"?>
<yandex>
  <profiles><default><max_memory_usage>1500000000</max_memory_usage></default></profiles>
  <quotas><default></default></quotas>
  <users><capture>
    <password>${xml(PASSWORD)}</password><networks><ip>::/0</ip></networks>
    <profile>default</profile><quota>default</quota>
  </capture></users>
</yandex>
`;
