/**
 * The one error nscap throws on purpose. Everything else that is thrown is a defect.
 *
 * `message` is one sentence for the user, `hint` what to do about it, `exitStatus` 2 for usage and 1 for the
 * rest (3 is kept for assertions that did not hold). `code` is stable and for programs.
 */
export class NscapError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitStatus: number;

  constructor(
    code: string,
    message: string,
    options: { hint?: string; exitStatus?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NscapError';
    this.code = code;
    this.hint = options.hint;
    this.exitStatus = options.exitStatus ?? 1;
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
