// Becoming another program: execvp(3), which Node 20 has no call for.
import { lastFailure, libc } from './libc.ts';

/** fcntl(2): set the descriptor's flags; 0 lets it live on through execve. */
const F_SETFD = 2;

/**
 * Replaces this process by the program argv[0], looked up in PATH, with this environment: same process id, standard
 * streams and working directory, and no parent that would have to wait and pass signals on.
 * Returns only where that fails: with the system's code, such as ENOENT.
 */
export function replaceProcess(argv: readonly string[], environment: NodeJS.ProcessEnv): string {
  // The C library reads its own environment, which process.env writes through to.
  for (const name of Object.keys(process.env)) if (environment[name] === undefined) delete process.env[name];
  for (const [name, value] of Object.entries(environment)) if (value !== undefined) process.env[name] = value;
  // Node marks the standard streams so that no child gets them by accident.
  for (const descriptor of [0, 1, 2]) libc().fileControl(descriptor, F_SETFD, 'int', 0);
  libc().execute(argv[0], [...argv, null]);
  return lastFailure().code;
}
