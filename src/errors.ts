/**
 * Every code that nscap gives an error of its own, and what it means. Stable: programs may rely on them. An error of the
 * system keeps the system's name (ENOENT, ECONNREFUSED, …; errno(3)).
 */
export const ERROR_CODES = {
  AGENT: 'a process that nscap started in a namespace ended without an answer',
  AMBIGUOUS_LAB: 'several labs are meant by what was given',
  BAD_NAME: 'a name that the kernel does not take',
  BAD_RECORD: 'the record of a lab cannot be read',
  CAP: "the optional package 'cap' cannot be loaded or failed",
  CAPTURE: 'libpcap could not capture',
  CLOSED: 'a connection was closed before its time',
  COMMAND_FAILED: 'a program that nscap runs (ip, nft, …) failed',
  FAILED: 'the system gave no name for the failure',
  FILE: 'a file cannot be opened, read or written',
  FORMAT: 'not a capture file, or a damaged one',
  INTERFACE_DOWN: 'the interface is not up, so that nothing can be captured on it',
  INTERFACE_GONE: 'the interface was removed while it was captured on',
  INTERRUPTED: 'ended by a signal',
  KERNEL_LACKS: 'this kernel lacks what is needed',
  KOFFI: 'koffi, through which native code is reached, cannot be loaded',
  LAB_EXISTS: 'there is a lab of that name',
  LAB_IN_USE: 'processes that nscap did not start run in the lab',
  LIBPCAP: 'libpcap cannot be loaded, or is too old',
  LINK_TYPE: 'a link type that is not possible here',
  LISTENER_FAILED: 'a listener of a lab could not start',
  MEMORY: 'a bound on memory was reached',
  MISMATCH: 'what came back is not what was sent',
  MISSING_TOOL: 'a program that is needed is not installed',
  NAMESPACE_EXISTS: 'there is a namespace of that name',
  NAMESPACE_GONE: 'the namespace disappeared',
  NOT_BUILT: 'nscap has not been built',
  NOT_CONFIRMED: 'a question was not answered with yes',
  NOT_PERMITTED: 'this takes privileges that the caller has not',
  NO_ADDRESS: 'a name or namespace has no address',
  NO_FILE: 'there is no such file',
  NO_PATH: 'fewer than two interfaces are on a way that packets are to be traced on',
  NO_PLACE: 'there is nowhere to write',
  NO_STREAM: 'the capture has no connection of that number',
  PROGRAM: 'a filter program that cannot run',
  ROLLBACK: 'a lab could not be made, and undoing it failed in part',
  STORE: 'a store of rows cannot be read or asked',
  SQL: 'a query cannot be answered',
  STREAM: 'a stream failed',
  SYSTEM: 'a system call failed',
  TIMEOUT: 'something did not happen in time',
  UNKNOWN_INTERFACE: 'there is no such interface',
  UNKNOWN_LAB: 'there is no such lab',
  UNKNOWN_NAMESPACE: 'there is no such namespace',
  UNKNOWN_TARGET: 'the target is neither an address, a namespace nor a name that resolves',
  USAGE: 'the command line, or what a function was given, cannot be meant',
} as const;

/** The system's name for an error: errno(3), or one of Node's that begin so. */
type SystemErrorCode = `E${string}`;

/** A code of `ERROR_CODES`, or the system's name for an error. */
export type ErrorCode = keyof typeof ERROR_CODES | SystemErrorCode;

/**
 * The one error nscap throws on purpose. Everything else that is thrown is a defect.
 *
 * `message` is one sentence for the user, `hint` what to do about it, `code` is stable and for programs. `exitStatus` is 2
 * for usage, 4 for missing permission and 1 for the rest (3 is kept for assertions that did not hold).
 */
export class NscapError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly exitStatus: number;
  /** Lines of what was typed, with a mark under what is meant. */
  readonly excerpt: readonly string[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; exitStatus?: number; cause?: unknown; excerpt?: readonly string[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NscapError';
    this.code = code;
    this.hint = options.hint;
    this.excerpt = options.excerpt ?? [];
    this.exitStatus = options.exitStatus ?? (code === 'NOT_PERMITTED' ? 4 : 1);
  }
}

/** The caller typed something that cannot be meant: exit status 2. */
export function usageError(message: string, hint?: string): NscapError {
  return new NscapError('USAGE', message, { exitStatus: 2, ...(hint === undefined ? {} : { hint }) });
}

/** What the system says, without Node's code in front and the call behind. */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^E[A-Z0-9]+: ([^,]*),/.exec(message)?.[1] ?? message;
}

/** The error for a file that cannot be made or written, in the system's words. */
export function cannotWrite(path: string, error: unknown): NscapError {
  return new NscapError('FILE', `cannot write ${path}: ${reason(error)}`, { cause: error });
}
