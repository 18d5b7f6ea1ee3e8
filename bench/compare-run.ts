// The command line of `npm run bench -- --compare [REVISION] [CASE…]`: exit status 1 where a case got slower.
import { CASES, compare, lastRelease, programOf } from './compare.ts';

const [given, ...named] = process.argv.slice(2);
const revision = given ?? lastRelease();
const unknown = named.find((name) => CASES[name] === undefined);
if (unknown !== undefined) {
  process.stderr.write(`there is no case '${unknown}'; there are: ${Object.keys(CASES).join(', ')}\n`);
  process.exit(2);
}
try {
  const compared = compare(
    programOf('.'),
    programOf(revision),
    named.length > 0 ? named : Object.keys(CASES),
  );
  const rows = compared.map(({ what, here, there, ratio, rounds }) => [
    what,
    {
      'this tree, ms': Number(here.toFixed(1)),
      [`${revision}, ms`]: Number(there.toFixed(1)),
      ratio: ratio.toFixed(2),
      rounds,
    },
  ]);
  console.table(Object.fromEntries(rows));
  const lost = compared.filter(({ loss }) => loss).map(({ what }) => what);
  process.stdout.write('least CPU time, user and system, of runs in turn\n');
  if (lost.length > 0) {
    process.stdout.write(`more than 10 % slower than ${revision}: ${lost.join(', ')}\n`);
    process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
