// Many ip commands by one process: `ip -batch -`, which stops at the first that fails.
import { NscapError } from '../errors.ts';
import { attempt, type CommandOptions, commandFailed } from './command.ts';
import { HERE, ipArgv, type Namespace } from './namespace.ts';

/** An ip command without the leading `ip`: ['route', 'add', '10.0.2.0/24', 'dev', 'veth0']. */
export type IpCommand = readonly string[];

/** A batch that stopped half-way. */
export class BatchError extends NscapError {
  /** How many commands were done before one failed; undefined when ip itself was killed or could not start. */
  readonly done: number | undefined;

  constructor(why: NscapError, done: number | undefined) {
    super(why.code, why.message, why.hint === undefined ? {} : { hint: why.hint });
    this.done = done;
  }
}

/**
 * Runs the commands in order inside the namespace, in one process.
 * @throws BatchError COMMAND_FAILED or NOT_PERMITTED, which names the command that failed; those before it were done.
 */
export async function ipBatch(
  commands: readonly IpCommand[],
  namespace: Namespace = HERE,
  options: Omit<CommandOptions, 'input'> = {},
): Promise<void> {
  if (commands.length === 0) return;
  const argv = ipArgv(namespace, ['-batch', '-']);
  const input = `${commands.map((words) => words.map(quote).join(' ')).join('\n')}\n`;
  const result = await attempt(argv, { ...options, input });
  if (result.status === 0) return;
  const line = /Command failed -:(\d+)/.exec(result.stderr)?.[1];
  const failed = line === undefined ? undefined : commands[Number(line) - 1];
  if (failed === undefined) throw new BatchError(commandFailed(argv, result), undefined);
  const stderr = result.stderr.replace(/^Command failed.*\n?/m, '').replace(/^RTNETLINK answers: /m, '');
  throw new BatchError(commandFailed(ipArgv(namespace, failed), { ...result, stderr }), Number(line) - 1);
}

/**
 * A word as ip's batch reader takes it: split at white space unless quoted, and `#` starts a comment anywhere.
 * A `#` or a line end cannot be quoted, so a name with one is refused.
 */
function quote(word: string): string {
  if (/[#\n\r\0]/.test(word) || (word.includes('"') && word.includes("'")) || word.endsWith('\\')) {
    throw new NscapError('BAD_NAME', `${JSON.stringify(word)} can't be given to ip`);
  }
  if (!/[\s'"]/.test(word) && word !== '') return word;
  return word.includes('"') ? `'${word}'` : `"${word}"`;
}
