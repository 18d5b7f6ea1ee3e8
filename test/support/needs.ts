// What a test needs that a machine may lack. A test whose need is not met is skipped, and test/support/summary.ts counts it;
// NSCAP_REQUIRE=root,tshark,… makes such a skip a failure, for machines that are known to have it.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { networkInterfaces } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMap, MapType } from '../../src/binding/bpf.ts';
import { mayManageNamespaces } from '../../src/netns/user.ts';

/** Real captures of other projects, beside the checkout; no part of the repository. */
export const CORPUS = fileURLToPath(new URL('../../../shared/corpus/given', import.meta.url));

/** Where programs lie that an ordinary user's PATH leaves out. */
const PATH = [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter);

/** Whether a program is on the PATH. */
const program = (name: string) => () =>
  PATH.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, name)));

/** Whether a program runs and writes this. */
const writes = (pattern: RegExp, argv: [string, ...string[]]) => () => {
  const { stdout, stderr } = spawnSync(argv[0], argv.slice(1), {
    encoding: 'latin1',
    env: { ...process.env, PATH },
  });
  return pattern.test(`${stdout}${stderr}`);
};

/** An ordinary user, for spawn: this one, or where this one is root, nobody. */
export const ORDINARY = mayManageNamespaces() ? { uid: 65534, gid: 65534, cwd: '/' } : {};

const userNamespace = () =>
  spawnSync(
    'unshare',
    ['--user', '--map-root-user', '--net', '--mount', '--', process.execPath, '--version'],
    ORDINARY,
  ).status === 0;

/** BPF programs need the first user namespace's root, and a kernel that describes its types. */
function bpf(): boolean {
  if (!mayManageNamespaces() || !existsSync('/sys/kernel/btf/vmlinux')) return false;
  try {
    closeSync(createMap(MapType.ARRAY, 4, 8, 1));
    return true;
  } catch {
    return false;
  }
}

/** DuckDB has no library for every machine. */
function duckdb(): boolean {
  try {
    createRequire(import.meta.url)('@duckdb/node-api');
    return true;
  } catch {
    return false;
  }
}

/** Each need, and whether this machine meets it. */
const PROBES = {
  /** To make and change namespaces: CAP_SYS_ADMIN and CAP_NET_ADMIN. */
  root: mayManageNamespaces,
  /** An ordinary user may make a user namespace, and run Node in it. */
  userns: userNamespace,
  /** To make namespaces in one way or the other. */
  netns: () => mayManageNamespaces() || userNamespace(),
  bpf,
  ipv6: () =>
    Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1')),
  corpus: () => existsSync(CORPUS),
  /** The version whose output ours is compared with. */
  tcpdump: writes(/version 4\.99\.3/, ['tcpdump', '--version']),
  tshark: writes(/TShark.* 4\.0\./, ['tshark', '--version']),
  duckdb,
  nft: program('nft'),
  iptables: program('iptables-legacy'),
  script: program('script'),
  podman: program('podman'),
  /** A headless browser. */
  chromium: program('chromium'),
  tcptrace: program('tcptrace'),
  zstd: program('zstd'),
  bash: program('bash'),
  fish: program('fish'),
  zsh: program('zsh'),
} satisfies Record<string, () => boolean>;

export type Need = keyof typeof PROBES;
export const NEEDS = Object.keys(PROBES) as Need[];

const required = new Set((process.env.NSCAP_REQUIRE ?? '').split(',').filter(Boolean));
for (const name of required) {
  if (!(NEEDS as string[]).includes(name))
    throw new Error(`NSCAP_REQUIRE: there is no need '${name}'; there are ${NEEDS.join(', ')}`);
}

const found = new Map<Need, boolean>();

/** Whether this machine has it, whatever NSCAP_REQUIRE says. */
export function met(need: Need): boolean {
  if (!found.has(need)) found.set(need, PROBES[need]());
  return found.get(need)!;
}

/**
 * Whether this machine has all of it, for `test.runIf(has('tshark'))`.
 * @throws Error where something is lacking that NSCAP_REQUIRE names: the file fails instead of being skipped.
 */
export function has(...needs: Need[]): boolean {
  return needs.every((need) => granted(need, met(need)));
}

/**
 * Names of the files of the corpus that `choose` takes, for `test.runIf(has('corpus')).each(…)`. Where it is absent one
 * name that says so, for tests of an empty list would be neither run nor skipped.
 */
export function corpusFiles(choose: (name: string, index: number) => boolean): string[] {
  if (!met('corpus')) return ['../shared/corpus/given'];
  const chosen = readdirSync(CORPUS)
    .filter((name) => name !== 'MANIFEST.tsv')
    .filter(choose);
  if (chosen.length === 0) throw new Error(`${CORPUS} has none of the files that are asked for`);
  return chosen;
}

/** The same for what was tried out by the test itself. */
export function granted(need: Need, there: boolean): boolean {
  if (!there && required.has(need))
    throw new Error(`NSCAP_REQUIRE names '${need}', which this machine lacks: its tests would be skipped`);
  return there;
}
