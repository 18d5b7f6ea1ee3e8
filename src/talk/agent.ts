// One end of an exchange in a process of its own: the child that nscap starts inside a namespace.
import { createInterface } from 'node:readline';
import { connect, type ExchangeEvent, type ExchangeOptions, serve } from './exchange.ts';

/** The command, not for people, under which the program runs `agent`. */
export const AGENT = '__talk';

/** What an agent is told, as one line of JSON on its standard input. */
export type Instruction = ExchangeOptions & {
  role: 'serve' | 'connect';
  /** The client's: where to come from. */
  sourceAddress?: string;
  sourcePort?: number;
};

/**
 * Reads one instruction from standard input, does it, and writes each event as a line of JSON to standard output.
 * Ends when standard input does: an agent never outlives the one that started it.
 */
export async function agent(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  lines.on('close', () => process.exit());
  lines.once('line', async (line) => {
    const instruction = JSON.parse(line) as Instruction;
    const tell = (event: ExchangeEvent) => process.stdout.write(`${JSON.stringify(event)}\n`);
    if (instruction.role === 'serve') await serve(instruction, tell);
    else await connect(instruction, tell);
    process.stdin.destroy();
  });
}
