// Keeps the bytecode of what starts of nscap run beside the chunks of dist/, where scripts/load.cjs looks for it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const KEEP = fileURLToPath(new URL('./keep-bytecode.cjs', import.meta.url));
const CAPTURE = 'captures/walkthrough.pcap';

/** What most starts go through: each run adds to what those before it left. */
const RUNS = [
  ['read', CAPTURE, 'tcp port 7096'],
  ['read', '-vX', CAPTURE],
  ['analyze', CAPTURE],
  ['follow', CAPTURE, '0'],
  ['convert', CAPTURE, '/dev/null'],
  ['filter', 'tcp'],
  ['extcap', '--extcap-interfaces'],
  ...['capture', 'top', 'why', 'map', 'ns', 'tcp-test', 'nc', 'lab'].map((name) => [name, '--help']),
];

/** Goes through all runs; what one prints, or that it can do nothing here, is no matter. */
export function warm() {
  // Not among the options of Node, by which the bytecode goes.
  const env = { ...process.env, SUDO_UID: '', NODE_OPTIONS: `--require ${JSON.stringify(KEEP)}` };
  for (const run of RUNS) {
    spawnSync('dist/nscap.js', run, { stdio: 'ignore', env });
    if (run[0] === 'analyze')
      spawnSync(process.execPath, ['dist/nscap.js', ...run], { stdio: 'ignore', env });
  }
}
