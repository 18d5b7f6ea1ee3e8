// Containers: listed by the engines that are installed, and found by their control groups if none answers.
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isObject, objectsIn, parsedJson } from '../base/json.ts';
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

/** Engines with the same commands: `ps -q`, `inspect ID…`. */
const DOCKER_LIKE = ['docker', 'podman', 'nerdctl'];
/** Milliseconds: an engine whose daemon hangs must not hang a list; a container given by name is waited for longer. */
const LIST_PATIENCE = 5000;
const NAME_PATIENCE = 20_000;

interface RunningContainers {
  containers: Container[];
  /** Engines that are installed and did not answer in time: what they run is not known. */
  silent: string[];
}

/** The engines queried, and those that did not answer in time. */
class Survey {
  private readonly late = new Set<string>();
  private readonly patience: number;

  constructor(patience: number) {
    this.patience = patience;
  }

  get silent(): string[] {
    return [...this.late].sort();
  }

  /** The engine's output; undefined if it is not installed, does not answer in time, or fails. */
  async ask(argv: string[]): Promise<string | undefined> {
    try {
      const result = await attempt(argv, { timeout: this.patience });
      return result.status === 0 ? result.stdout : undefined;
    } catch (error) {
      if (error instanceof NscapError && error.code === 'TIMEOUT') this.late.add(argv[0]);
      return undefined;
    }
  }
}

/** An id in the path of a control group: docker-ID.scope, libpod-ID, cri-containerd-ID.scope, /docker/ID, /kubepods/…/ID. */
const IN_CGROUP = /(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?(?=\/|$)/;
/** LXC and systemd-nspawn put the container's name there. */
const NAMED_IN_CGROUP = /\/(?:lxc(?:\.payload)?[./]|machine-)([^/]+?)(?:\.scope)?(?=\/|$)/;

/** All running containers that the engines installed here report. */
export async function runningContainers(): Promise<RunningContainers> {
  const survey = new Survey(LIST_PATIENCE);
  const answers = await Promise.all([
    ...DOCKER_LIKE.map(async (engine) => {
      const ids = await survey.ask([engine, 'ps', '-q', '--no-trunc']);
      return ids === undefined ? [] : inspect(survey, engine, ids.split('\n').filter(Boolean));
    }),
    survey
      .ask(['crictl', 'ps', '-q'])
      .then((ids) => (ids === undefined ? [] : inspectCri(survey, ids.split('\n').filter(Boolean)))),
  ]);
  // nerdctl and crictl may report the same containers, and `docker` may be podman's alias.
  const unique = new Map<string, Container>();
  for (const container of answers.flat()) {
    if (!unique.has(container.id)) unique.set(container.id, container);
  }
  return { containers: [...unique.values()], silent: survey.silent };
}

/** Where docker and podman write down the containers they made: below a user's home folder for podman without root. */
const DOCKER_CONTAINERS = '/var/lib/docker/containers';
const PODMAN_CONTAINERS = 'containers/storage/overlay-containers/containers.json';

/**
 * The containers that run, by their control groups, with names from the files of docker and podman where those may be
 * read. No engine is queried, so that none is waited for.
 */
export function recordedContainers(): Container[] {
  const recorded = new Map<string, { name: string; engine: string }>();
  for (const folder of ['/var/lib', join(homedir(), '.local/share')]) {
    const listed = parsedJson(readIfAny(join(folder, PODMAN_CONTAINERS)));
    for (const { id, names } of objectsIn<{ id: string; names?: unknown }>(listed)) {
      const name = Array.isArray(names) ? names[0] : undefined;
      if (typeof name === 'string') recorded.set(id, { name, engine: 'podman' });
    }
  }
  return containersByCgroup().map((container) => {
    const known = recorded.get(container.id) ?? recordedByDocker(container.id);
    return known === undefined ? container : { ...container, ...known };
  });
}

function recordedByDocker(id: string): { name: string; engine: string } | undefined {
  if (!/^[0-9a-f]{64}$/.test(id)) return undefined;
  const config = parsedJson(readIfAny(join(DOCKER_CONTAINERS, id, 'config.v2.json')));
  const name = isObject(config) ? config.Name : undefined;
  return typeof name === 'string' ? { name: name.replace(/^\//, ''), engine: 'docker' } : undefined;
}

function readIfAny(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // Not there, or not for this user.
  }
}

/**
 * The running container of that name or id (or beginning of an id).
 * @throws NscapError UNKNOWN_NAMESPACE when there is none, or it isn't running; TIMEOUT when an engine that may have it
 *   does not answer.
 */
export async function findContainer(nameOrId: string): Promise<Container> {
  const survey = new Survey(NAME_PATIENCE);
  if (nameOrId !== '' && !nameOrId.startsWith('-')) {
    const questions = [
      ...DOCKER_LIKE.map((engine) => inspect(survey, engine, [nameOrId])),
      inspectCri(survey, [nameOrId]),
    ];
    const container = await firstRunning(questions);
    if (container !== undefined) return container;
    const stopped = (await Promise.all(questions)).flat()[0];
    if (stopped !== undefined) {
      throw new NscapError('UNKNOWN_NAMESPACE', `the container '${nameOrId}' is not running`, {
        hint: `${stopped.engine} start ${stopped.name}`,
      });
    }
    const grouped = containersByCgroup().find(
      (candidate) =>
        candidate.name === nameOrId ||
        (/^[0-9a-f]{6,64}$/.test(nameOrId) && candidate.id.startsWith(nameOrId)),
    );
    if (grouped !== undefined) return grouped;
  }
  if (survey.silent.length > 0) {
    throw new NscapError(
      'TIMEOUT',
      `whether there is a container '${nameOrId}' is not known: ${silence(survey.silent, NAME_PATIENCE)}`,
      { hint: 'pid:PID names the namespace of a process without an engine; nscap ns lists them' },
    );
  }
  const { containers, silent } = await runningContainers();
  const names = containers.map((container) => container.name);
  throw new NscapError('UNKNOWN_NAMESPACE', `there is no container '${nameOrId}'`, {
    hint:
      names.length > 0
        ? `those there are: ${names.join(', ')}`
        : silent.length > 0
          ? silence(silent)
          : 'no container engine reports any',
  });
}

/** `podman did not answer in 5 s`. */
export function silence(engines: readonly string[], patience = LIST_PATIENCE): string {
  return `${engines.join(' and ')} did not answer in ${patience / 1000} s`;
}

/** The first running container that an engine reports: those that answer later are not waited for. */
function firstRunning(questions: Promise<Container[]>[]): Promise<Container | undefined> {
  const running = questions.map(async (question) => {
    const found = (await question).find((container) => container.process > 0);
    if (found === undefined) throw new Error('none');
    return found;
  });
  return Promise.any(running).catch(() => undefined);
}

/** Containers as the control groups of processes show them: the first process of each. */
export function containersByCgroup(): Container[] {
  const found = new Map<string, Container>();
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
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
    // podman's monitor has its own group beside the container's.
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

async function inspect(survey: Survey, engine: string, ids: string[]): Promise<Container[]> {
  if (ids.length === 0) return [];
  const said = await survey.ask([engine, 'inspect', '--type', 'container', ...ids]);
  return inspectedContainers(engine, said ?? '');
}

/** Parses the output of docker, podman or nerdctl. */
export function inspectedContainers(engine: string, text: string): Container[] {
  return objectsIn<Inspected>(parsedJson(text))
    .filter(({ Id, Name }) => typeof Id === 'string' && typeof Name === 'string')
    .map((inspected) => {
      const image = inspected.ImageName || inspected.Config?.Image || inspected.Rootfs;
      return {
        id: inspected.Id,
        name: inspected.Name.replace(/^\//, ''),
        ...(typeof image === 'string' && image !== '' ? { image } : {}),
        engine,
        process: processOf(inspected.State?.Pid),
      };
    });
}

interface InspectedByCri {
  status: { id: string; metadata?: { name?: string }; image?: { image?: string } };
  info?: { pid?: number };
}

async function inspectCri(survey: Survey, ids: string[]): Promise<Container[]> {
  const said = await Promise.all(ids.map((id) => survey.ask(['crictl', 'inspect', '--output', 'json', id])));
  return said.flatMap((text) => containersInspectedByCri(text ?? ''));
}

/** Parses the output of crictl. */
export function containersInspectedByCri(text: string): Container[] {
  const inspected = parsedJson(text) as InspectedByCri | undefined;
  if (!isObject(inspected) || !isObject(inspected.status) || typeof inspected.status.id !== 'string')
    return [];
  const { id, metadata, image } = inspected.status;
  return [
    {
      id,
      name: typeof metadata?.name === 'string' ? metadata.name : id.slice(0, 12),
      ...(typeof image?.image === 'string' && image.image !== '' ? { image: image.image } : {}),
      engine: 'crictl',
      process: processOf(inspected.info?.pid),
    },
  ];
}

/** 0 for none. */
function processOf(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
}
