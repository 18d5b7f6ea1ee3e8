// nscap store unit and daemonset: what keeps a capture on each host.

import { NscapError, usageError } from '../../errors.ts';
import { compileByName } from '../../filter/compile.ts';
import { selfArgv } from '../../netns/user.ts';
import { Sink } from '../../output/sink.ts';
import { type Deployment, daemonSet, deployedFilter, systemdUnit } from '../../store/deploy.ts';
import { clickhouseTarget } from '../../store/target.ts';

const SNAPLEN = 128;

export interface DeployFlags {
  store?: string;
  interface: string;
  cpu: number;
  memory: number;
  disk: number;
}

function deployment(words: readonly string[], flags: DeployFlags): Deployment {
  const target = flags.store === undefined ? undefined : clickhouseTarget(flags.store);
  if (target === undefined)
    throw usageError('rows of many hosts go to ClickHouse', '--store clickhouse://HOST/DATABASE');
  const found = { ...flags, target, filter: words.join(' ') };
  try {
    compileByName(deployedFilter(found), 'EN10MB', SNAPLEN, true);
  } catch (error) {
    throw error instanceof NscapError ? usageError(error.message, error.hint) : error;
  }
  return found;
}

/** Prints a unit of systemd. */
export function unit(words: readonly string[], flags: DeployFlags): void {
  const text = systemdUnit(deployment(words, flags), selfArgv([]));
  new Sink().end(text);
}

/** Prints a manifest of Kubernetes. */
export function daemonset(words: readonly string[], flags: DeployFlags & { image: string }): void {
  new Sink().end(daemonSet(deployment(words, flags), flags.image));
}
