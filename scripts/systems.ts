// npm run test:systems: runs nscap on each version of Node and on kernels that lack something, and writes docs/systems.md.
// It needs root, and npm's registry for the versions of Node (package `node`). What a system lacks is hidden from nscap in a
// mount or user namespace of its own: the table says "simulated".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { resolve } from 'node:path';

const PROGRAM = resolve('dist/nscap.js');
const WALKTHROUGH = 'captures/walkthrough.pcap';
const KEPT = resolve('node_modules/.cache/nscap-systems');
const VERSIONS = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24', 'latest'];

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

function run(program: string, args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'latin1', timeout: 120_000 });
  return { status, stdout, stderr };
}

/** The binary of a version, by npm's package `node`; of the version that runs this, that one. */
function nodeOf(version: string): string | undefined {
  if (version === process.versions.node.split('.')[0]) return process.execPath;
  const folder = `${KEPT}/node-${version}`;
  const path = `${folder}/node_modules/node/bin/node`;
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/package.json`, '{ "private": true }\n');
    const words = ['install', '--no-audit', '--no-fund', '--loglevel', 'error', '--prefix', folder];
    run('npm', [...words, `node@${version}`]);
  }
  return existsSync(path) ? path : undefined;
}

/** What is run with each, and whether it did what it is for. */
const CHECKS: [name: string, args: string[], well: (outcome: Outcome) => boolean][] = [
  ['read', ['read', WALKTHROUGH], ({ stdout }) => same(stdout, ['read', WALKTHROUGH])],
  ['analyze', ['analyze', WALKTHROUGH], ({ stdout }) => same(stdout, ['analyze', WALKTHROUGH])],
  ['convert', ['convert', WALKTHROUGH, '-'], ({ stdout }) => stdout.length > 1000],
  ['libpcap, by koffi', ['filter', 'tcp port 80'], ({ stdout }) => /ret/.test(stdout)],
  ['lab, capture, proof', ['tcp-test', '7096', '-q', '-w', `${KEPT}/proof.pcap`], () => true],
  [
    'drops, by BPF',
    ['drops', '--duration', '100ms', 'host'],
    ({ stderr }) => /by a BPF program/.test(stderr),
  ],
];

const known = new Map<string, string>();

function same(text: string, args: string[]): boolean {
  const key = args.join(' ');
  if (!known.has(key)) known.set(key, run(process.execPath, [PROGRAM, ...args]).stdout);
  return text === known.get(key);
}

const failures: string[] = [];
mkdirSync(KEPT, { recursive: true });

function versions(): string {
  const rows = VERSIONS.map((version) => {
    const node = nodeOf(version);
    if (node === undefined)
      return `| Node ${version} | could not be installed |${' |'.repeat(CHECKS.length - 1)}`;
    const name = run(node, ['--version']).stdout.trim();
    const cells = CHECKS.map(([what, args, well]) => {
      const outcome = run(node, [PROGRAM, ...args]);
      const isWell = outcome.status === 0 && well(outcome);
      if (!isWell)
        failures.push(`${name}: ${what}: status ${outcome.status} ${outcome.stderr.split('\n')[0]}`);
      return isWell ? 'works' : 'FAILS';
    });
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  const head = CHECKS.map(([name]) => name);
  return [`| Node | ${head.join(' | ')} |`, `| --- |${' --- |'.repeat(head.length)}`, ...rows].join('\n');
}

/** How each lack is made, the command that meets it, and what is expected of it. */
const LACKS: [
  what: string,
  script: string,
  args: string[],
  well: (outcome: Outcome) => string | undefined,
][] = [
  [
    'BTF (/sys/kernel/btf)',
    // What an earlier start read of it is kept in /var/cache.
    'mount -t tmpfs none /var/cache; mount -t tmpfs none /sys/kernel/btf',
    ['drops', '--duration', '100ms', 'host'],
    ({ status, stderr }) =>
      status === 0 && /describes no types/.test(stderr)
        ? `it says so, and is ${/^watching drops.*/m.exec(stderr)?.[0] ?? ''}`
        : undefined,
  ],
  [
    'nft',
    `mount -t tmpfs none /run; ip netns add q; ip -n q link set lo up; ip netns exec q nft add table ip t
ip netns exec q nft 'add chain ip t c { type filter hook input priority 0; }'
ip netns exec q nft add rule ip t c tcp dport 81 drop
mount --bind /dev/null "$(readlink -f "$(command -v nft)")"`,
    ['why', 'q', '127.0.0.1', '81'],
    ({ status, stdout }) =>
      status === 1 && /not seen: the firewall of q \(the program nft is not installed\)/.test(stdout)
        ? 'the rule that drops is named by what the kernel reports; the rest of the firewall is said not to be seen'
        : undefined,
  ],
  [
    'ip (iproute2)',
    'for p in /usr/sbin/ip /usr/bin/ip /sbin/ip /bin/ip; do [ ! -e $p ] || mount --bind /dev/null "$(readlink -f $p)"; done',
    ['lab', 'up'],
    ({ status, stderr }) =>
      /not installed/.test(stderr) && status === 1 ? 'an error that names the package' : undefined,
  ],
];

function lacks(): string {
  const rows = LACKS.map(([what, script, args, well]) => {
    const path = `PATH=$PATH:/usr/sbin:/sbin; ${script}; exec "$@"`;
    const outcome = run('unshare', ['--mount', 'sh', '-c', path, 'sh', process.execPath, PROGRAM, ...args]);
    return row(what, args, outcome, well(outcome));
  });
  const args = ['lab', 'exec', 'ns1', 'true'];
  const without =
    'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set -all --inh-caps -all "$@"';
  const outcome = run('unshare', [
    ...['--user', '--map-root-user', 'sh', '-c', without, 'sh', process.execPath, PROGRAM, ...args],
  ]);
  const isSaid = outcome.status === 4 && /user namespaces are not allowed/.test(outcome.stderr);
  rows.push(
    row(
      'user namespaces',
      args,
      outcome,
      isSaid ? 'an error with the switch that forbids them, and the way with sudo' : undefined,
    ),
  );
  return ['| without, simulated | command | what happens |', '| --- | --- | --- |', ...rows].join('\n');
}

function row(what: string, args: readonly string[], outcome: Outcome, found: string | undefined): string {
  if (found === undefined)
    failures.push(`without ${what}: status ${outcome.status} ${outcome.stderr.split('\n')[0]}`);
  return `| ${what} | \`${args.join(' ')}\` | ${found ?? 'FAILS'} |`;
}

/** The binaries that koffi has, by the lock file. */
function machines(): string {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, object>;
  };
  const names = Object.keys(packages).flatMap((path) => /@koromix\/koffi-(linux-.*)$/.exec(path)?.[1] ?? []);
  for (const needed of ['linux-x64', 'linux-arm64'])
    if (!names.includes(needed)) failures.push(`koffi has no ${needed}`);
  return names.sort().join(', ');
}

/** What scripts/setup installs on each system. */
function packages(): string {
  const wants = readFileSync('scripts/setup', 'utf8').matchAll(/^ {2}want (\S+) (\S+) (\S+) /gm);
  const lists: [Set<string>, Set<string>, Set<string>] = [new Set(), new Set(), new Set()];
  for (const [, ...names] of wants) {
    for (const [i, list] of lists.entries()) list.add(names[i]);
  }
  const rows = ['Debian', 'Fedora', 'Alpine'].map(
    (system, i) => `| ${system} | ${[...lists[i]].join(', ')} |`,
  );
  return ['| system | packages |', '| --- | --- |', ...rows].join('\n');
}

const page = `# Systems

\`npm run test:systems\` made these tables from what it ran, on ${process.arch} with Linux ${release()}.

${versions()}

What the kernel or the system lacks was hidden from nscap in mounts or a user namespace of its own:

${lacks()}

koffi, by which nscap calls libpcap and libc, has binaries for ${machines()} (package-lock.json), that for x64 with
glibc and musl; ${process.arch} with glibc was run here. \`scripts/setup\` installs these packages; that it asks \`apt-get\`, \`dnf\` and \`apk\` for them is tested with
stand-ins for these programs (test/scripts/setup.test.ts), not on the systems:

${packages()}
`;
writeFileSync('docs/systems.md', page);
run('node_modules/.bin/biome', ['format', '--write', 'docs/systems.md']);
process.stdout.write(page);
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;
