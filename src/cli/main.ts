#!/usr/bin/env node
// The entry: finds the command and loads its code, and only its code. `nscap --version` loads nothing at all.

import { ignoreSignals } from '../base/signals.ts';
import { COMMANDS } from './commands.ts';

declare const __VERSION__: string;

async function main(argv: string[]): Promise<void> {
  ignoreSignals();
  // Removed for the start of this process (scripts/build.mjs); programs run for the user get it back.
  const { NSCAP_CA_CERTS: certificates } = process.env;
  delete process.env.NSCAP_CA_CERTS;
  if (certificates) process.env.NODE_EXTRA_CA_CERTS = certificates;
  else if (certificates === '') delete process.env.NODE_EXTRA_CA_CERTS;
  if (process.env.SUDO_UID !== undefined) (await import('../binding/system-programs.ts')).cleanEnvironment();
  const name = argv[2];
  if (name === '--version' || name === '-V') {
    process.stdout.once('error', async (error) => (await import('./run.ts')).streamFailed(error));
    process.stdout.write(`nscap ${__VERSION__}\n`);
    return;
  }
  const { NSCAP_PARENT: parent } = process.env;
  delete process.env.NSCAP_PARENT;
  if (parent !== undefined) (await import('../binding/parent.ts')).endWithParent(Number(parent));
  // Internal: started inside a namespace by tcp-test; not in the help.
  if (name === '__talk') {
    const { agent } = await import('../talk/agent.ts');
    return agent();
  }
  // Internal as well: keeps root, and tells a capture that dropped it which process has a socket.
  if (name === '__owners') {
    const { answerOwners } = await import('./capture/owners.ts');
    return answerOwners();
  }
  if (name === 'analyze') {
    const { preparePartner } = await import('../analyze/second-thread.ts');
    await preparePartner(argv.slice(3));
  }
  const { run } = await import('./run.ts');
  await run(argv, COMMANDS);
}

main(process.argv).catch((error: NodeJS.ErrnoException) => {
  // The code that reports errors could not be loaded: too few descriptors, or a missing file of nscap's.
  const hint = error.code === 'EMFILE' ? 'hint: raise the limit of open files: ulimit -n 1024\n' : '';
  process.stderr.write(`nscap: ${error.message.split('\n', 1)[0]}\n${hint}`);
  process.exitCode = 1;
});
