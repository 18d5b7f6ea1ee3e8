// Enters the namespace, without restarting anything.
import { replaceProcess } from '../../binding/exec.ts';
import { parentEnvironment } from '../../binding/parent.ts';
import { stepInto } from '../../binding/setns.ts';
import { NscapError } from '../../errors.ts';
import { missingTool, notPermitted, runnable } from '../../netns/command.ts';
import { enterArgv, type Namespace } from '../../netns/namespace.ts';
import { mayManageNamespaces, selfArgv, selfEnvironment } from '../../netns/user.ts';

/** Configuration files of namespaces, a folder each (ip-netns(8)). */
const CONFIGURATION = '/etc/netns';

/**
 * Enters the namespace. Returns the namespace with this process in it; throws if that fails. Only where
 * private mounts are forbidden, the same command line replaces this process, run by a program that may enter.
 */
export function enter(namespace: Namespace): Namespace {
  if (!mayManageNamespaces()) {
    throw notPermitted(`entering the namespace '${namespace.label}' is not permitted`);
  }
  const configuration = namespace.kind === 'named' ? `${CONFIGURATION}/${namespace.label}` : undefined;
  if (stepInto(namespace.path, configuration)) return { ...namespace, enter: [] };
  return startInside(namespace);
}

function startInside(namespace: Namespace): never {
  const argv = runnable(enterArgv(namespace, selfArgv(process.argv.slice(2))));
  const code = replaceProcess(argv, selfEnvironment(parentEnvironment()));
  throw code === 'ENOENT' ? missingTool(argv[0]) : new NscapError('SYSTEM', `cannot run ${argv[0]}: ${code}`);
}
