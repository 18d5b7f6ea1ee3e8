// The small program that lies in Wireshark's extcap folder and starts nscap.
import { isAbsolute } from 'node:path';
import { shellLine } from '../../base/shell.ts';
import { selfArgv } from '../../netns/user.ts';
import { COMMON } from './dialog.ts';
import { ALL } from './points.ts';

declare const __VERSION__: string;

export const LAUNCHER = 'nscap';
/** How a launcher of ours is known, behind its first line. */
const MARK = "# nscap's launcher for Wireshark's list of interfaces";

/**
 * A shell script. Wireshark asks for the options of every interface each time it starts, in as many processes; that
 * answer is the same for all but one, so that the shell gives it, in a fiftieth of the time that Node takes to start.
 */
export function launcherText(): string {
  const argv = selfArgv([]);
  const options = COMMON.trimEnd().split('\n');
  return `#!/bin/sh
${MARK}, version ${__VERSION__}
# nscap extcap install made it, and nscap extcap uninstall removes it.
case " $* " in
*' --extcap-reload-option '* | *' --capture '* | *' ${ALL} '*) ;;
*' --extcap-config '*)
  printf '%s\\n' \\
    ${options.map((line) => shellLine([line])).join(' \\\n    ')}
  exit ;;
esac
[ -x ${shellLine([argv[0]!])} ] || exec nscap extcap "$@"
NODE_EXTRA_CA_CERTS= exec ${shellLine(argv)} extcap "$@"
`;
}

export interface Launcher {
  version: string;
  /** What it starts. */
  program: string[];
}

/** What a file of that name says of itself; undefined for somebody else's. */
export function readLauncher(text: string): Launcher | undefined {
  const version = text.startsWith(`#!/bin/sh\n${MARK}, version `)
    ? /, version (.*)$/m.exec(text)?.[1]
    : undefined;
  if (version === undefined) return undefined;
  const line = /^NODE_EXTRA_CA_CERTS= exec (.*) extcap "\$@"$/m.exec(text)?.[1] ?? '';
  const program = line
    .split(' ')
    .map((word) => word.replace(/^'(.*)'$/, '$1'))
    .filter((word) => isAbsolute(word));
  return { version, program };
}
