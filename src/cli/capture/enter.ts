// Going into the namespace: the same command line again, in this process's place, with as little loaded as can be.
import { existsSync } from 'node:fs';
import { replaceProcess } from '../../binding/exec.ts';
import { stepInto } from '../../binding/setns.ts';
import { NscapError } from '../../errors.ts';
import { missingTool, notPermitted } from '../../netns/command.ts';
import { enterArgv, type Namespace, resolveNamespace } from '../../netns/namespace.ts';
import { mayManageNamespaces, selfArgv, selfEnvironment } from '../../netns/user.ts';

/** This very command line again, inside the namespace and in this process's place. Throws what keeps it from that. */
export function enter(namespace: Namespace): never {
  if (!mayManageNamespaces()) {
    throw notPermitted(`entering the namespace '${namespace.label}' is not permitted`);
  }
  const argv = enterArgv(namespace, selfArgv(process.argv.slice(2)));
  const code = replaceProcess(argv, selfEnvironment());
  throw code === 'ENOENT'
    ? missingTool(argv[0]!)
    : new NscapError('SYSTEM', `cannot run ${argv[0]}: ${code}`);
}

/**
 * The namespace with this process in it, without starting anything again. For captures that libpcap writes into a file
 * all by itself: they cost so little that the start of a second process would be a third of it. Where it cannot be
 * done, or the namespace has configuration files of its own, the namespace as it was.
 */
export function enterHere(namespace: Namespace): Namespace {
  if (!mayManageNamespaces() || existsSync(`/etc/netns/${namespace.label}`)) return namespace;
  return stepInto(namespace.path) ? { ...namespace, enter: [] } : namespace;
}

/**
 * Options of `nscap capture` with and without a value, as far as they are common; not -w, for whose sake it may be
 * better not to start again (`enterHere`). A test holds them against the options themselves.
 */
export const VALUED = 'icsBQjyFZ';
export const FLAGS = 'pnqevxXAtSKlUDLJ#';
export const VALUED_NAMES = [
  'interface',
  'count',
  'snapshot-length',
  'buffer-size',
  'direction',
  'duration',
  'assert',
];
export const FLAG_NAMES = [
  'no-promiscuous-mode',
  'immediate-mode',
  'nano',
  'number',
  'verbose',
  'json',
  'analyze',
];

/**
 * Enters the namespace that the arguments of `nscap capture` name, before the library that parses options is loaded:
 * it is loaded inside, and once is enough. Returns where there is nothing to enter, and where anything is out of the
 * ordinary, which whoever parses the options will find too.
 */
export async function enterEarly(args: readonly string[]): Promise<void> {
  const name = namespaceArgument(args);
  if (name === undefined) return;
  try {
    const namespace = await resolveNamespace(name);
    if (namespace.enter.length > 0 && mayManageNamespaces()) enter(namespace);
  } catch (error) {
    if (!(error instanceof NscapError)) throw error;
  }
}

/**
 * The first word that is neither an option nor an option's value; undefined where there is none, where an option is not
 * one of the common ones, and where -i names another namespace.
 */
export function namespaceArgument(args: readonly string[]): string | undefined {
  let namespace: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '--') return namespace ?? args[i + 1];
    if (!word.startsWith('-') || word === '-') {
      namespace ??= word;
      continue;
    }
    const valued = takesNextWord(word);
    if (valued === undefined) return undefined;
    if (/^(-[^-]*i|--interface)/.test(word) && (word.includes(':') || args[i + 1]?.includes(':')))
      return undefined;
    if (valued) i++;
  }
  return namespace;
}

/** Whether the next word is this option's value; undefined for an option that is not known here. */
function takesNextWord(word: string): boolean | undefined {
  if (word.startsWith('--')) {
    const [name, value] = word.slice(2).split('=', 2) as [string, string | undefined];
    if (VALUED_NAMES.includes(name)) return value === undefined;
    return FLAG_NAMES.includes(word.slice(2)) ? false : undefined;
  }
  // Letters may be joined, and a value may follow its letter directly.
  for (let i = 1; i < word.length; i++) {
    if (VALUED.includes(word[i]!)) return i === word.length - 1;
    if (!FLAGS.includes(word[i]!)) return undefined;
  }
  return false;
}
