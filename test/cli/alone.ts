// Scripts that see no namespaces but their own.
import { met } from '../support/needs.ts';
import { PROGRAM, type Result, run } from '../support/nscap.ts';

/**
 * Runs a script with a /run and a network of its own, so that it may use the names ns1 and ns2 whatever else runs.
 * `$n` in it is nscap.
 */
export function alone(script: string): Promise<Result> {
  const whole = `set -u; mount -t tmpfs tmpfs /run; n="${process.execPath} ${PROGRAM}"; ${script}`;
  return run('unshare', [
    ...(met('root') ? [] : ['--user', '--map-root-user']),
    ...['--net', '--mount', '--', 'sh', '-c', whole],
  ]);
}
