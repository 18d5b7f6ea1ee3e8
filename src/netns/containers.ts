// Containers: asked of whichever engines are installed, and found by their control groups where none answers.
import { readdirSync, readFileSync } from 'node:fs';
import { NscapError } from '../errors.ts';
import { attempt } from './command.ts';

/** A running container. */
export interface Container {
  /** The full id, 64 hexadecimal digits, as far as known. */
  id: string;
  /** Its name; the short id where only the control group told of it. */
  name: string;
  /** Image name, or the root file system's path; undefined where only the control group told of it. */
  image?: string;
  /** docker, podman, nerdctl, crictl, or `cgroup`. */
  engine: string;
  /** Process id of its first process, as seen from here. */
  process: number;
}

/** These take the same words: `ps -q`, `inspect ID…`. */
const DOCKER_LIKE = ['docker', 'podman', 'nerdctl'];
/** Milliseconds: an engine whose daemon hangs must not hang us. */
const PATIENCE = 2000;

/** An id in the path of a control group: docker-ID.scope, libpod-ID, cri-containerd-ID.scope, /docker/ID, /kubepods/…/ID. */
const IN_CGROUP = /(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?(?=\/|$)/;
/** LXC and systemd-nspawn put the container's name there. */
const NAMED_IN_CGROUP = /\/(?:lxc(?:\.payload)?[./]|machine-)([^/]+?)(?:\.scope)?(?=\/|$)/;

/** All running containers that the engines installed here tell of. */
export async function runningContainers(): Promise<Container[]> {
  const answers = await Promise.all([
    ...DOCKER_LIKE.map(async (engine) => {
      const ids = await ask([engine, 'ps', '-q', '--no-trunc']);
      return ids === undefined ? [] : inspect(engine, ids.split('\n').filter(Boolean));
    }),
    ask(['crictl', 'ps', '-q']).then((ids) =>
      ids === undefined ? [] : inspectCri(ids.split('\n').filter(Boolean)),
    ),
  ]);
  // nerdctl and crictl may speak of the same containers, and `docker` may be podman's alias.
  const unique = new Map<string, Container>();
  for (const container of answers.flat()) {
    if (!unique.has(container.id)) unique.set(container.id, container);
  }
  return [...unique.values()];
}

/**
 * The running container of that name or id (or beginning of an id).
 * @throws NscapError UNKNOWN_NAMESPACE when there is none, or it isn't running.
 */
export async function findContainer(nameOrId: string): Promise<Container> {
  if (nameOrId !== '' && !nameOrId.startsWith('-')) {
    const found = await Promise.all([
      ...DOCKER_LIKE.map((engine) => inspect(engine, [nameOrId])),
      inspectCri([nameOrId]),
    ]);
    const container = found.flat().find((one) => one.process > 0);
    if (container !== undefined) return container;
    const stopped = found.flat()[0];
    if (stopped !== undefined) {
      throw new NscapError('UNKNOWN_NAMESPACE', `the container '${nameOrId}' is not running`, {
        hint: `${stopped.engine} start ${stopped.name}`,
      });
    }
    const grouped = containersByCgroup().find(
      (one) => one.name === nameOrId || (/^[0-9a-f]{6,64}$/.test(nameOrId) && one.id.startsWith(nameOrId)),
    );
    if (grouped !== undefined) return grouped;
  }
  const names = (await runningContainers()).map((one) => one.name);
  throw new NscapError('UNKNOWN_NAMESPACE', `there is no container '${nameOrId}'`, {
    hint: names.length === 0 ? 'no container engine tells of any' : `those there are: ${names.join(', ')}`,
  });
}

/** Containers as the control groups of processes show them: the first process of each. */
export function containersByCgroup(): Container[] {
  const found = new Map<string, Container>();
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((one, other) => one - other);
  for (const process of processes) {
    const container = containerOfProcess(process);
    if (container !== undefined && !found.has(container.id)) found.set(container.id, container);
  }
  return [...found.values()];
}

/** The container that a process belongs to by its control group. */
export function containerOfProcess(process: number): Container | undefined {
  let groups: string;
  try {
    groups = readFileSync(`/proc/${process}/cgroup`, 'utf8');
  } catch {
    return undefined; // The process is gone.
  }
  for (const group of groups.split('\n')) {
    // podman's monitor has a group of its own beside the container's.
    if (/conmon/.test(group)) continue;
    const id = IN_CGROUP.exec(group)?.[1];
    if (id !== undefined) return { id, name: id.slice(0, 12), engine: 'cgroup', process };
    const name = NAMED_IN_CGROUP.exec(group)?.[1];
    if (name !== undefined) return { id: name, name, engine: 'cgroup', process };
  }
  return undefined;
}

interface Inspected {
  Id: string;
  Name: string;
  State?: { Pid?: number };
  Config?: { Image?: string };
  ImageName?: string;
  Rootfs?: string;
}

async function inspect(engine: string, ids: string[]): Promise<Container[]> {
  if (ids.length === 0) return [];
  const said = await ask([engine, 'inspect', '--type', 'container', ...ids]);
  return listOf<Inspected>(said).map((one) => {
    const image = one.ImageName || one.Config?.Image || one.Rootfs;
    return {
      id: one.Id,
      name: one.Name.replace(/^\//, ''),
      ...(image ? { image } : {}),
      engine,
      process: one.State?.Pid ?? 0,
    };
  });
}

interface InspectedByCri {
  status: { id: string; metadata?: { name?: string }; image?: { image?: string } };
  info?: { pid?: number };
}

async function inspectCri(ids: string[]): Promise<Container[]> {
  const said = await Promise.all(ids.map((id) => ask(['crictl', 'inspect', '--output', 'json', id])));
  return said.flatMap((text) => {
    const one = text === undefined ? undefined : (parse(text) as InspectedByCri | undefined);
    if (one?.status === undefined) return [];
    return [
      {
        id: one.status.id,
        name: one.status.metadata?.name ?? one.status.id.slice(0, 12),
        ...(one.status.image?.image ? { image: one.status.image.image } : {}),
        engine: 'crictl',
        process: one.info?.pid ?? 0,
      },
    ];
  });
}

/** What the engine prints; undefined where it isn't installed, its daemon doesn't answer, or it knows no such thing. */
async function ask(argv: string[]): Promise<string | undefined> {
  try {
    const result = await attempt(argv, { timeout: PATIENCE });
    return result.status === 0 ? result.stdout : undefined;
  } catch {
    return undefined;
  }
}

function listOf<T>(text: string | undefined): T[] {
  const value = text === undefined ? undefined : parse(text);
  return Array.isArray(value) ? value : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
