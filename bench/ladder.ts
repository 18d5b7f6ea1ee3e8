// The ladder of `nscap why`: labs broken in the ways of test/why/cases, each examined by root, with BPF, and in a user
// namespace, where nft's traces remain. Right is who names the cause and whose command repairs it.
//   node scripts/ts.mjs bench/ladder.ts [EVERY]     each case, or one of so many
//   node scripts/ts.mjs bench/ladder.ts EVERY here  with what is allowed here only
import { spawnSync } from 'node:child_process';
import { applyFix } from '../src/why/apply-fixes.ts';
import { examine } from '../src/why/examine.ts';
import type { Case } from '../test/why/cases/case.ts';
import { CASES as FILTERS } from '../test/why/cases/filters.ts';
import { CASES as LINKS } from '../test/why/cases/links.ts';
import { CASES as ROUTES } from '../test/why/cases/routes.ts';
import { CASES as SERVERS } from '../test/why/cases/servers.ts';
import { type Lab, makeLab } from '../test/why/lab.ts';
import { median } from './measure.ts';

const GROUPS: Record<string, Case[]> = { filters: FILTERS, links: LINKS, routes: ROUTES, servers: SERVERS };

/** `wrong` names a cause that is not the true one. */
type Outcome = 'right' | 'wrong' | 'unexplained' | 'fix fails' | 'not made';

interface Row {
  outcome: Outcome;
  seconds: number;
}

async function one(broken: Case): Promise<Row> {
  let lab: Lab | undefined;
  try {
    lab = await makeLab(broken.topology);
    for (const [short, program] of Object.entries(broken.serve ?? {})) {
      if (program.includes('10.0.2.7')) lab.do('ip -n @b addr add 10.0.2.7/24 dev veth0');
      await lab.serve(short, program);
    }
    lab.do(...broken.breakage);
  } catch (error) {
    lab?.remove();
    process.stderr.write(`${broken.name}: ${(error as Error).message.split('\n')[0]}\n`);
    return { outcome: 'not made', seconds: 0 };
  }
  try {
    return await examined(lab, broken);
  } finally {
    lab.remove();
  }
}

async function examined(lab: Lab, broken: Case): Promise<Row> {
  const { from = 'a', to = 'b', port, udp, says, fixes } = broken;
  const target = broken.target?.replace(/^@(\w+)/, (_, short) => lab.ns(short)) ?? lab.address(to);
  const asked = {
    from: lab.ns(from),
    target,
    ...(port === undefined ? {} : { port }),
    ...(udp ? { udp: true } : {}),
  };
  const { reachable, verdict, cause, took, dropped, unseen } = await examine(asked);
  const row = (outcome: Outcome): Row => {
    if (outcome !== 'right') {
      const kernel = dropped.map(({ netns, interface: device, reason }) => `${netns}:${device} ${reason}`);
      process.stderr.write(
        `${outcome}: ${broken.name} (${broken.topology})\n  said: ${verdict}\n  kernel: ${kernel.join(', ') || 'nothing'}\n${unseen.map((text) => `  unseen: ${text}\n`).join('')}`,
      );
    }
    return { outcome, seconds: took };
  };
  if (!reachable && !says.test(verdict)) return row(cause === undefined ? 'unexplained' : 'wrong');
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
    for (const broken of cases.filter(({ target }, i) => i % every === 0 && target !== 'link-local'))
      rows.push(await one(broken));
    const count = (wanted: Outcome) => rows.filter(({ outcome }) => outcome === wanted).length;
    const times = rows.map(({ seconds }) => seconds);
    table[group] = {
      right: count('right'),
      wrong: count('wrong'),
      unexplained: count('unexplained'),
      'fix fails': count('fix fails'),
      'not made': count('not made'),
      'median s': Math.round(10 * median(times)) / 10,
      'most s': Math.round(10 * Math.max(...times)) / 10,
    };
  }
  console.table(table);
}

const [every = '1', where] = process.argv.slice(2);
if (where === 'here') await here(Number(every));
else {
  const again = ['scripts/ts.mjs', 'bench/ladder.ts', every, 'here'];
  const inside = 'mount -t tmpfs none /run && mkdir /run/netns && exec "$@"';
  for (const [what, argv] of [
    ['root: BPF', []],
    [
      'a user namespace: nft',
      ['unshare', '--user', '--map-root-user', '--net', '--mount', 'sh', '-c', inside, 'sh'],
    ],
  ] as const) {
    process.stdout.write(`\n${what}\n`);
    const [program, ...rest] = [...argv, process.execPath, ...again];
    spawnSync(program!, rest, { stdio: 'inherit' });
  }
}
