// Turns the options of `nscap trace` into the plan that is carried out.
import { usageError } from '../../errors.ts';
import { printOptions } from '../print-options.ts';
import type { TraceFlags } from './flags.ts';
import type { FilesPlan, LivePlan, SessionPlan } from './plan.ts';

/** Size of each point's ring, in KiB. */
const BUFFER = 32_768;

export function livePlan(flags: TraceFlags): LivePlan {
  const session = sessionPlan(flags);
  if (flags.write === '-' && session.lines) {
    throw usageError('standard output cannot take both the packets and their lines', '-w - goes with -q');
  }
  return {
    session,
    points: {
      target: flags.to,
      udp: flags.udp === true,
      lab: flags.lab,
      filterFile: flags.filterFile,
    },
    listOnly: flags.listPoints === true,
    displayFilter: flags.displayFilter,
    file: flags.write,
    count: flags.count,
    duration: flags.duration,
    snaplen: flags.snapshotLength,
    promiscuous: flags.promiscuousMode,
    bufferKib: flags.bufferSize ?? BUFFER,
    user: flags.relinquishPrivileges,
    store: flags.store,
  };
}

export function filesPlan(flags: TraceFlags): FilesPlan {
  return {
    session: sessionPlan(flags),
    clocks: { offsets: flags.offset ?? [], unsynchronised: flags.unsynchronised === true },
    displayFilter: flags.displayFilter,
    store: flags.store,
  };
}

function sessionPlan(flags: TraceFlags): SessionPlan {
  const json = flags.json === true;
  return {
    printing: printOptions(flags),
    lines: !json && flags.q === undefined,
    json,
    only: flags.only,
    assertions: flags.assert ?? [],
    junit: flags.junit,
    page: flags.report,
    window: flags.window,
  };
}
