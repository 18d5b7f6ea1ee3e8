// nscap store unit and daemonset: what keeps a capture on each host.

import { NscapError, usageError } from '../../errors.ts';
import { compileByName } from '../../filter/compile.ts';
import { selfArgv } from '../../netns/user.ts';
import { Sink } from '../../output/sink.ts';
import { type Deployment, daemonSet, deployedFilter, systemdUnit } from '../../store/deploy.ts';
import { clickhouseTarget } from '../../store/target.ts';

const SNAPLEN = 128;

/** A deployment as requested: its target as text, and a filter that is not compiled yet. */
export interface DeploymentPlan extends Omit<Deployment, 'target'> {
  target: string | undefined;
}

function deployment(plan: DeploymentPlan): Deployment {
  const target = plan.target === undefined ? undefined : clickhouseTarget(plan.target);
  if (target === undefined)
    throw usageError('rows of many hosts go to ClickHouse', '--store clickhouse://HOST/DATABASE');
  const found = { ...plan, target };
  try {
    compileByName(deployedFilter(found), 'EN10MB', SNAPLEN, true);
  } catch (error) {
    throw error instanceof NscapError ? usageError(error.message, error.hint) : error;
  }
  return found;
}

/** Prints a unit of systemd. */
export function unit(plan: DeploymentPlan): void {
  new Sink().end(systemdUnit(deployment(plan), selfArgv([])));
}

/** Prints a manifest of Kubernetes. */
export function daemonset(plan: DeploymentPlan, image: string): void {
  new Sink().end(daemonSet(deployment(plan), image));
}
