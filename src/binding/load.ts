// libpcap as a shared library, loaded through koffi when it is first needed and never before: a run that neither
// captures nor filters needs no libpcap, and does not pay for loading one.
import { createRequire } from 'node:module';
import type { LibraryHandle } from 'koffi';
import { NscapError } from '../errors.ts';

export type Koffi = typeof import('koffi');

/** Debian calls the library by its old ABI's number, the rest of the world by its major version. */
const NAMES = ['libpcap.so.1', 'libpcap.so.0.8', 'libpcap.so'];

let koffiModule: Koffi | undefined;
let library: LibraryHandle | undefined;

/** The foreign function interface itself. Throws NscapError where it has no build for this platform. */
export function koffi(): Koffi {
  if (koffiModule !== undefined) return koffiModule;
  let cause: unknown;
  try {
    // A bundle that failed once is undefined from then on, without an exception.
    koffiModule = createRequire(import.meta.url)('koffi') as Koffi | undefined;
  } catch (error) {
    cause = error;
  }
  if (koffiModule === undefined) {
    throw new NscapError('KOFFI', `the npm package koffi, through which libpcap is called, does not load`, {
      hint: "'npm ci' in nscap's directory installs it; it has builds for Linux on x64, ia32, arm, arm64, riscv64 and loong64",
      cause,
    });
  }
  return koffiModule;
}

/**
 * The loaded libpcap; `library.func('int pcap_…(void *, int)')` binds a function of it. Loaded once a process.
 * Throws NscapError (code LIBPCAP) where the system has none.
 */
export function libpcap(): LibraryHandle {
  if (library !== undefined) return library;
  const { load } = koffi();
  let cause: unknown;
  for (const name of NAMES) {
    try {
      library = load(name);
      return library;
    } catch (error) {
      cause = error;
    }
  }
  // The dynamic loader's own words; of a file that is not there it says something else.
  if (/too many open files/i.test(String(cause)))
    throw new NscapError('SYSTEM', 'libpcap cannot be loaded: too many open files', { cause });
  throw new NscapError('LIBPCAP', 'libpcap is not installed: capturing and filters need it', {
    hint: "the package is libpcap0.8 on Debian and Ubuntu, libpcap on Fedora and Alpine; nscap's scripts/setup installs it",
    cause,
  });
}
