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
  ...['capture', 'top', 'why', 'map', 'ns', 'tcp-test', 'nc', 'lab'].map((name) => [name, '--help']),
];

/** Goes through all runs; what one prints, or that it can do nothing here, is no matter. */
export function warm() {
  for (const run of RUNS) {
    spawnSync(process.execPath, ['--require', KEEP, 'dist/nscap.js', ...run], { stdio: 'ignore' });
  }
}
