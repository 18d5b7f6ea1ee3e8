// What the system says when a connection fails, in the words its strerror(3) and the nc tools use.
import { type ErrorCode, NscapError } from '../errors.ts';

const WORDS: Record<string, string> = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  EAI_AGAIN: 'Temporary failure in name resolution',
  ECONNABORTED: 'Software caused connection abort',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EHOSTDOWN: 'Host is down',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  EMSGSIZE: 'Message too long',
  ENETDOWN: 'Network is down',
  ENETUNREACH: 'Network is unreachable',
  ENOTFOUND: 'Name or service not known',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  ETIMEDOUT: 'Connection timed out',
};

/** An error number in words. */
export function words(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return WORDS[code ?? ''] ?? message;
}

/** `what: Connection refused`, with the system's own name for the error as its code. */
export function failure(what: string, error: unknown): NscapError {
  const code = ((error as NodeJS.ErrnoException).code as ErrorCode | undefined) ?? 'FAILED';
  return new NscapError(code, `${what}: ${words(error)}`, { cause: error });
}

/** What did not happen in time. */
export function timeout(what: string, milliseconds: number): NscapError {
  return new NscapError('TIMEOUT', `${what}: timed out after ${milliseconds / 1000} s`);
}
