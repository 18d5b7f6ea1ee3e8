// The small program that lies in Wireshark's extcap folder and starts nscap.
import { isAbsolute } from 'node:path';
import { shellLine } from '../../base/shell.ts';
import { selfArgv } from '../../netns/user.ts';
import { COMMON } from './dialog.ts';
import { COOKED, ETHERNET } from './link-types.ts';
import { ALL, ANY, DROPS } from './points.ts';
import { sentence } from './sentence.ts';

declare const __VERSION__: string;

export const LAUNCHER = 'nscap';
/** The mark of nscap's launchers, after the first line. */
const MARK = "# nscap's launcher for Wireshark's list of interfaces";

/** Interfaces of these names are Ethernet interfaces, by the kernel's and systemd's naming; for others nscap is run. */
const ETHERNET_NAMES = ['lo', 'veth*', 'eth[0-9]*', 'br[0-9-]*', 'docker[0-9]*', 'en[ospx]*'];

/**
 * A shell script. Each time it starts, Wireshark asks for the options of every interface, and then, one after the other,
 * for its link type. Those answers are the same for most, so that the shell gives them, in a fiftieth of the time that
 * Node takes to start.
 */
export function launcherText(): string {
  const argv = selfArgv([]);
  const options = COMMON.trimEnd().split('\n');
  return `#!/bin/sh
${MARK}, version ${__VERSION__}
# nscap extcap install made it, and nscap extcap uninstall removes it.
case " $* " in
*' --extcap-reload-option '* | *' --capture '*) ;;
' --extcap-config --extcap-interface ${ALL} ') ;;
' --extcap-config --extcap-interface '*)
  printf '%s\\n' \\
    ${options.map((line) => shellLine([line])).join(' \\\n    ')}
  exit ;;
' --extcap-dlts --extcap-interface '*)
  case "$3" in
  ${[ALL, `*:${DROPS}`, ...ETHERNET_NAMES.map((name) => `*:${name}`)].join(' | ')})
    printf '%s\\n' ${shellLine([sentence('dlt', ETHERNET).trimEnd()])}
    exit ;;
  *:${ANY})
    printf '%s\\n' ${shellLine([sentence('dlt', COOKED).trimEnd()])}
    exit ;;
  esac ;;
esac
[ -x ${shellLine([argv[0]])} ] || exec nscap extcap "$@"
NODE_EXTRA_CA_CERTS= exec ${shellLine(argv)} extcap "$@"
`;
}

interface Launcher {
  version: string;
  /** What it starts. */
  program: string[];
}

/** The description in a file of that name; undefined if it is not nscap's. */
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
