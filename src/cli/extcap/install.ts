// nscap extcap install, uninstall and status: launchers in the extcap folders.
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { escapeControls } from '../../base/escape-controls.ts';
import { sudoHint } from '../../base/shell.ts';
import { NscapError, reason } from '../../errors.ts';
import { makeFolder } from '../../output/create.ts';
import { extcapFolders, type Folder, isExecutable } from './folders.ts';
import { LAUNCHER, launcherText, readLauncher } from './launcher.ts';

declare const __VERSION__: string;

const INSTALL_HINT =
  "install tshark or wireshark, or name the folder with --dir; Wireshark's dialog Help, About, Folders shows it";

async function folders(given: string | undefined): Promise<Folder[]> {
  if (given !== undefined) {
    return [{ path: given, personal: given.startsWith(`${homedir()}/`), programs: [] }];
  }
  const found = await extcapFolders();
  if (found.length === 0) {
    throw new NscapError('NO_PLACE', 'no Wireshark reports an extcap folder', { hint: INSTALL_HINT });
  }
  return found;
}

/** Into the folders for all users as root, into personal ones else. @throws NscapError where there is nothing to write to */
export async function install(given: string | undefined): Promise<void> {
  const all = await folders(given);
  const root = process.geteuid?.() === 0;
  const wanted = given !== undefined ? all : all.filter(({ personal }) => personal !== root);
  if (wanted.length === 0) {
    throw new NscapError(
      'NOT_PERMITTED',
      `this version of Wireshark has no personal extcap folder, and ${all.map(({ path }) => path).join(' and ')} belongs to root`,
      { hint: sudoHint() },
    );
  }
  for (const { path, personal } of wanted) {
    if (personal) makeFolder(undefined, path);
    const file = join(path, LAUNCHER);
    put(file);
    process.stdout.write(`installed ${file}\n`);
  }
  process.stdout.write(
    'tshark -D lists the interfaces; Wireshark does when it starts, or with Capture, Refresh Interfaces\n',
  );
}

/** Written beside, and renamed: Wireshark never sees half of it. */
function put(file: string): void {
  refuseForeign(file);
  const temporary = join(file, '..', `.${LAUNCHER}-${process.pid}`);
  try {
    writeFileSync(temporary, launcherText(), { mode: 0o644, flag: 'wx' });
    chmodSync(temporary, 0o755);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw failure(`cannot write ${file}`, error);
  }
}

function refuseForeign(file: string): void {
  const text = readIfThere(file);
  if (text === undefined || readLauncher(text) !== undefined) return;
  throw new NscapError('FILE', `${file} is there and not nscap's`, {
    hint: `move it away; nscap overwrites only its own`,
  });
}

function readIfThere(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw failure(`cannot read ${file}`, error);
  }
}

function failure(what: string, error: unknown): NscapError {
  const { code } = error as NodeJS.ErrnoException;
  const denied = code === 'EACCES' || code === 'EPERM';
  return new NscapError(
    denied ? 'NOT_PERMITTED' : 'FILE',
    `${what}: ${reason(error)}`,
    denied ? { hint: sudoHint() } : {},
  );
}

export async function uninstall(given: string | undefined): Promise<void> {
  let removed = 0;
  for (const { path } of await folders(given)) {
    const file = join(path, LAUNCHER);
    const text = readIfThere(file);
    if (text === undefined) continue;
    refuseForeign(file);
    try {
      rmSync(file);
    } catch (error) {
      throw failure(`cannot remove ${file}`, error);
    }
    removed++;
    process.stdout.write(`removed ${file}\n`);
  }
  if (removed === 0) process.stdout.write('there was nothing to remove\n');
}

interface State extends Folder {
  file: string;
  version?: string;
  state: 'installed' | 'not installed' | 'broken' | 'foreign';
  problem?: string;
}

export async function status(given: string | undefined, json: boolean): Promise<void> {
  const states = (await folders(given)).map(stateOf);
  if (json) {
    process.stdout.write(`${JSON.stringify({ version: __VERSION__, folders: states }, null, 2)}\n`);
    return;
  }
  for (const { path, programs, state, version, problem } of states) {
    const by = programs.length === 0 ? '' : ` (${programs.join(', ')})`;
    const what = version === undefined ? state : `${state}, version ${version}`;
    process.stdout.write(
      `${escapeControls(`${path}${by}: ${what}${problem === undefined ? '' : `: ${problem}`}`)}\n`,
    );
  }
}

function stateOf(folder: Folder): State {
  const file = join(folder.path, LAUNCHER);
  const text = readIfThere(file);
  if (text === undefined) return { ...folder, file, state: 'not installed' };
  const launcher = readLauncher(text);
  if (launcher === undefined) return { ...folder, file, state: 'foreign', problem: `${file} is not nscap's` };
  const gone = launcher.program.find((path) => !statSync(path, { throwIfNoEntry: false })?.isFile());
  const problem = !isExecutable(file)
    ? 'it may not be executed'
    : gone !== undefined
      ? `it starts ${gone}, which is not there: nscap extcap install`
      : text !== launcherText()
        ? 'it was made by another version or for another place: nscap extcap install renews it'
        : undefined;
  const broken = !isExecutable(file) || gone !== undefined;
  return {
    ...folder,
    file,
    version: launcher.version,
    state: broken ? 'broken' : 'installed',
    ...(problem === undefined ? {} : { problem }),
  };
}
