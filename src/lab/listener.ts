// The servers of a lab: each is a process with a fixed answer that runs until the lab goes down.
import { writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { NscapError } from '../errors.ts';
import { type Namespace, spawnIn } from '../netns/namespace.ts';
import { selfArgv, selfEnvironment } from '../netns/user.ts';
import { type LabProcess, processStart } from './record.ts';
import { parseListener } from './spec.ts';

/** Milliseconds a listener may take to come up. */
const PATIENCE = 10_000;

/**
 * Starts a listener in the namespace; resolves once it listens.
 * @param stuck it listens but never accepts, and its backlog is full from the start
 * @throws NscapError LISTENER_FAILED, with what the listener said
 */
export function startListener(namespace: Namespace, endpoint: string, stuck = false): Promise<LabProcess> {
  const argv = selfArgv(['lab', 'serve', ...(stuck ? ['--stuck'] : []), endpoint]);
  return new Promise((resolve, reject) => {
    const child = spawnIn(namespace, argv, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      env: selfEnvironment(),
    });
    let said = '';
    const failed = () => {
      child.kill('SIGKILL');
      const words = said
        .trim()
        .split('\n')[0]
        ?.replace(/^nscap: /, '');
      reject(
        new NscapError(
          'LISTENER_FAILED',
          `nothing can listen on ${endpoint} in ${namespace.label}: ${words}`,
        ),
      );
    };
    const timer = setTimeout(failed, PATIENCE);
    child.on('error', failed);
    child.on('exit', failed);
    child.stderr!.on('data', (chunk) => {
      said += chunk;
    });
    child.stdout!.once('data', () => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.stdout!.destroy();
      child.stderr!.destroy();
      child.unref();
      const started = processStart(child.pid!)!;
      resolve({ pid: child.pid!, started, namespace: namespace.label, listens: endpoint });
    });
  });
}

/** The listener itself: the whole of its process, which says "ready" and then runs until it is killed. */
export function serve(endpoint: string, stuck: boolean): void {
  const { address, port } = parseListener(endpoint)!;
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.on('error', (error) => {
    process.stderr.write(`nscap: ${error.message}\n`);
    process.exit(1);
  });
  const where = address === undefined ? { port } : { port, host: address };
  server.listen(stuck ? { ...where, backlog: 1 } : where, () => {
    if (!stuck) {
      writeSync(1, 'ready\n');
      return;
    }
    // A backlog of 1 holds two connections. Over loopback they are whole as soon as connect() returns, and stopped
    // before its next turn this process never accepts them.
    for (let filler = 0; filler < 2; filler++) connect(port, address ?? '127.0.0.1').on('error', () => {});
    process.nextTick(() => {
      writeSync(1, 'ready\n');
      process.kill(process.pid, 'SIGSTOP');
    });
  });
}
