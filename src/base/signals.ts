// Signals that nscap does not heed: SIGHUP where it was ignored at birth (nohup), and what opens Node's debugger.

/** The shell in front of nscap (scripts/build.mjs) sets it; Node itself forgets what was ignored when it starts. */
const IGNORED = 'NSCAP_NOHUP';

/** Whether whoever started nscap had SIGHUP ignored. bash names the program that it started in `_`. */
function hangupIgnored(): boolean {
  return process.env[IGNORED] === '1' || /(^|\/)nohup$/.test(process.env._ ?? '');
}

/** The signals that end a command. */
export function endingSignals(): ('SIGINT' | 'SIGTERM' | 'SIGHUP')[] {
  return hangupIgnored() ? ['SIGINT', 'SIGTERM'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];
}

/** To be called first: SIGUSR1 would open Node's debugger to everybody on this host, and SIGHUP end us after all. */
export function ignoreSignals(): void {
  process.on('SIGUSR1', () => {});
  if (!hangupIgnored()) return;
  // For copies of nscap that this one starts.
  process.env[IGNORED] = '1';
  process.on('SIGHUP', () => {});
}
