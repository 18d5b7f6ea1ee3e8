// Where each Wireshark on this machine looks for extcap programs.
import { accessSync, constants, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { programEnvironment } from '../../binding/system-programs.ts';
import { attempt } from '../../netns/command.ts';

export interface Folder {
  path: string;
  /** In a user's home folder. */
  personal: boolean;
  /** The programs that look there, such as `/usr/bin/tshark`. */
  programs: string[];
}

const PROGRAMS = ['tshark', 'wireshark'];
/** Milliseconds: wireshark may hang on a display that does not answer. */
const PATIENCE = 10_000;

/** As `tshark -G folders` reports them; versions before 4.2 know one folder, for all users. */
export async function extcapFolders(): Promise<Folder[]> {
  const found = new Map<string, Folder>();
  for (const program of installed()) {
    for (const path of await reported(program)) {
      const folder = found.get(path) ?? { path, personal: path.startsWith(`${homedir()}/`), programs: [] };
      folder.programs.push(program);
      found.set(path, folder);
    }
  }
  return [...found.values()];
}

/** Every one in PATH, by its full path. Of a folder that has tshark, wireshark is the same version. */
function installed(): string[] {
  const folders = new Set(programEnvironment().PATH!.split(':').filter(Boolean));
  const found = [...folders].flatMap((folder) => {
    const program = PROGRAMS.map((name) => join(folder, name)).find(isExecutable);
    return program === undefined ? [] : [program];
  });
  // /bin may be a link to /usr/bin.
  return found.filter(
    (folder, i) => found.findIndex((candidate) => realpathSync(candidate) === realpathSync(folder)) === i,
  );
}

async function reported(program: string): Promise<string[]> {
  try {
    const { status, stdout } = await attempt([program, '-G', 'folders'], {
      timeout: PATIENCE,
      env: { QT_QPA_PLATFORM: 'offscreen' },
    });
    if (status !== 0) return [];
    const paths = Array.from(stdout.matchAll(/^.*extcap path:\s*(\/.*)$/gim), ([, path]) => path.trim());
    return [...new Set(paths.flatMap((path) => path.split(':')))];
  } catch {
    return []; // It is another program, or hangs.
  }
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
