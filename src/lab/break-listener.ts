// Ways to break at the port: the network works, but no server answers there.
import { attemptIn } from '../netns/namespace.ts';
import { startListener } from './listener.ts';
import { isAlive } from './record.ts';
import type { Scene } from './scene.ts';
import { type Breaks, noPlace } from './step.ts';

/** Ends the lab's own listeners on the port. Other listeners are left alone. */
async function silence({ record, to, port }: Scene): Promise<void> {
  const onPort = (endpoint: string) => endpoint === String(port) || endpoint.endsWith(`:${port}`);
  const own = record.processes.filter((server) => server.namespace === to.name && onPort(server.listens));
  for (const server of own) if (isAlive(server)) process.kill(server.pid, 'SIGKILL');
  record.processes = record.processes.filter((server) => !own.includes(server));
  for (let tries = 0; tries < 100; tries++) {
    const { stdout } = await attemptIn(to.namespace, ['ss', '-Htln', `sport = :${port}`]);
    if (stdout.trim() === '') return;
    if (own.length === 0) break;
  }
  throw noPlace(`what listens on port ${port} in ${to.name} is not the lab's`);
}

async function listen(scene: Scene, endpoint: string, stuck: boolean): Promise<void> {
  await silence(scene);
  scene.record.processes.push(await startListener(scene.to.namespace, endpoint, stuck));
}

export const LISTENER_BREAKS: Breaks = {
  'no-listener': {
    summary: 'nothing listens on the port',
    plan: (scene) => ({
      sentence: `nothing listens on port ${scene.port} in ${scene.to.name}`,
      steps: [],
      act: () => silence(scene),
    }),
  },
  'local-listener': {
    summary: 'the server listens on 127.0.0.1 only',
    plan: (scene) => ({
      sentence: `the server in ${scene.to.name} listens on 127.0.0.1:${scene.port} only`,
      steps: [],
      act: () => listen(scene, `127.0.0.1:${scene.port}`, false),
    }),
  },
  'full-backlog': {
    summary: 'the server hangs, and its backlog is full',
    plan: (scene) => ({
      sentence: `the server on port ${scene.port} in ${scene.to.name} accepts nothing, and its backlog is full`,
      steps: [],
      act: () => listen(scene, String(scene.port), true),
    }),
  },
};
