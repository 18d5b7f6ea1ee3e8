// Signals that nscap does not heed: SIGHUP where it was ignored at birth (nohup), and what opens Node's debugger.

/** The shell in front of nscap (scripts/build.mjs) sets it; Node itself forgets what was ignored when it starts. */
const IGNORED = 'NSCAP_NOHUP';

/** Whether nscap was started with SIGHUP ignored (nohup(1)). */
let hangupIgnored = false;

/** The signals that end a command. */
export function endingSignals(): ('SIGINT' | 'SIGTERM' | 'SIGHUP')[] {
  return hangupIgnored ? ['SIGINT', 'SIGTERM'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];
}

/** What tells a copy of nscap that this one starts what `ignoreSignals` found out. */
export function signalEnvironment(): NodeJS.ProcessEnv {
  return hangupIgnored ? { [IGNORED]: '1' } : {};
}

/** To be called first: SIGUSR1 would open Node's debugger to every user of this host, and SIGHUP end us after all. */
export function ignoreSignals(): void {
  process.on('SIGUSR1', () => {});
  // bash names the program that it started in `_`.
  hangupIgnored = process.env[IGNORED] === '1' || /(^|\/)nohup$/.test(process.env._ ?? '');
  delete process.env[IGNORED];
  if (hangupIgnored) process.on('SIGHUP', () => {});
}
