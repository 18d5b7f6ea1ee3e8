// The ladder of `nscap why`: labs broken in the ways of test/why/cases, each examined by root, with BPF and with the
// kernel's tracing only, and in a user namespace, where nft's traces remain. Right is who names the cause and whose command
// repairs it.
//   node scripts/ts.mjs bench/ladder.ts [EVERY]           each case, or one of so many
//   node scripts/ts.mjs bench/ladder.ts EVERY here [WAY [NAME]]  as what is allowed here, or by one way; a group or
//                                                         part of a case's name
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Way } from '../src/drops/event.ts';
import { unseenText } from '../src/report/why/remarks.ts';
import { verdictText } from '../src/report/why/verdict.ts';
import { applyFix } from '../src/why/apply-fixes.ts';
import { examine } from '../src/why/examine.ts';
import type { Case } from '../test/why/cases/case.ts';
import { CASES as EVIDENCE } from '../test/why/cases/evidence.ts';
import { CASES as FILTERS } from '../test/why/cases/filters.ts';
import { ALSO, CASES as KERNEL } from '../test/why/cases/kernel.ts';
import { brokenLab } from '../test/why/cases/lab-of-case.ts';
import { CASES as LINKS } from '../test/why/cases/links.ts';
import { CASES as RARE } from '../test/why/cases/rare.ts';
import { CASES as ROUTES } from '../test/why/cases/routes.ts';
import { CASES as SERVERS } from '../test/why/cases/servers.ts';
import { CASES as SHARES } from '../test/why/cases/shares.ts';
import { CASES as VARIANTS } from '../test/why/cases/variants.ts';
import type { Lab } from '../test/why/lab.ts';
import { median } from './measure.ts';

const [every = '1', where, way, named = ''] = process.argv.slice(2);
const how = way as Way | undefined;

const GROUPS: Record<string, Case[]> = {
  evidence: EVIDENCE,
  kernel: [...KERNEL, ...ALSO],
  filters: FILTERS,
  links: LINKS,
  rare: RARE,
  routes: ROUTES,
  servers: SERVERS,
  shares: SHARES,
  variants: VARIANTS,
};

/** `wrong` names a cause that is not the true one. */
type Outcome = 'right' | 'wrong' | 'unexplained' | 'fix fails' | 'not made';

interface Row {
  outcome: Outcome;
  seconds: number;
  /** Seconds of processor time, with that of the programs it ran. */
  processor: number;
}

/** Ticks of user and system time of this process and its children, proc_pid_stat(5). */
function processorSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1].split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

async function one(broken: Case): Promise<Row> {
  let lab: Lab | undefined;
  try {
    lab = await brokenLab(broken);
  } catch (error) {
    process.stderr.write(`${broken.name}: ${(error as Error).message.split('\n')[0]}\n`);
    return { outcome: 'not made', seconds: 0, processor: 0 };
  }
  try {
    return await examined(lab, broken);
  } finally {
    lab.remove();
  }
}

async function examined(lab: Lab, broken: Case): Promise<Row> {
  const { from = 'a', to = 'b', port, udp, says, code, fixes } = broken;
  const target = broken.target?.replace(/^@(\w+)/, (_, short) => lab.ns(short)) ?? lab.address(to);
  const asked = {
    from: lab.ns(from),
    target,
    ...(port === undefined ? {} : { port }),
    ...(udp ? { udp: true } : {}),
    ...(how === undefined ? {} : { how }),
  };
  const before = processorSeconds();
  const examination = await examine(asked);
  const processor = processorSeconds() - before;
  const { reachable, cause, took, dropped, unseen, hints } = examination;
  const verdict = verdictText(examination);
  const row = (outcome: Outcome): Row => {
    if (outcome !== 'right') {
      const kernel = dropped.map(
        ({ netns, interface: device, reason, function: name }) => `${netns}:${device} ${reason} in ${name}`,
      );
      process.stderr.write(
        `${outcome}: ${broken.name} (${broken.topology})\n  said: ${verdict}\n  kernel: ${kernel.join(', ') || 'nothing'}; hints: ${hints.map(({ reason }) => reason).join(' ')}\n${unseen.map((one) => `  unseen: ${unseenText(one)}\n`).join('')}`,
      );
    }
    return { outcome, seconds: took, processor };
  };
  if (!reachable && (!says.test(verdict) || (code !== undefined && cause?.code !== code)))
    return row(cause === undefined ? 'unexplained' : 'wrong');
  if (reachable) return row('wrong');
  if (fixes === false) return row('right');
  if (cause === undefined || cause.fix.length === 0) return row('fix fails');
  await applyFix(cause, () => {});
  return row((await examine(asked)).reachable ? 'right' : 'fix fails');
}

async function here(every: number): Promise<void> {
  const table: Record<string, Record<string, number>> = {};
  for (const [group, cases] of Object.entries(GROUPS)) {
    const rows: Row[] = [];
    const wanted = cases.filter(
      ({ name, target }) => target !== 'link-local' && (group === named || name.includes(named)),
    );
    for (const broken of wanted.filter((_, i) => i % every === 0)) rows.push(await one(broken));
    if (rows.length === 0) continue;
    const count = (outcome: Outcome) => rows.filter((row) => row.outcome === outcome).length;
    const processor = rows.map((row) => row.processor);
    const times = rows.map(({ seconds }) => seconds);
    table[group] = {
      right: count('right'),
      wrong: count('wrong'),
      unexplained: count('unexplained'),
      'fix fails': count('fix fails'),
      'not made': count('not made'),
      'median s': Math.round(10 * median(times)) / 10,
      'most s': Math.round(10 * Math.max(...times)) / 10,
      'median CPU s': Math.round(10 * median(processor)) / 10,
    };
  }
  console.table(table);
}

if (where === 'here') await here(Number(every));
else {
  const again = ['scripts/ts.mjs', 'bench/ladder.ts', every, 'here'];
  const inside = 'mount -t tmpfs none /run && mkdir /run/netns && exec "$@"';
  for (const [what, argv, by] of [
    ['root: BPF', [], 'bpf'],
    ["root: the kernel's tracing", [], 'tracefs'],
    [
      'a user namespace: nft',
      ['unshare', '--user', '--map-root-user', '--net', '--mount', 'sh', '-c', inside, 'sh'],
      'nft',
    ],
  ] as const) {
    process.stdout.write(`\n${what}\n`);
    const [program, ...rest] = [...argv, process.execPath, ...again, by];
    spawnSync(program, rest, { stdio: 'inherit' });
  }
}
