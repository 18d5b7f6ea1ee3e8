// Wireshark's engine asked many filters in one process: sharkd, which Debian has beside tshark.
import { spawnSync } from 'node:child_process';

/** The frames that a display filter takes, or what is wrong with it. */
export type Taken = number[] | string;

export function taken(file: string, filters: readonly string[]): Taken[] {
  const requests = [{ method: 'load', params: { file } } as object];
  for (const filter of filters) {
    requests.push({ method: 'check', params: { filter } }, { method: 'frames', params: { filter } });
  }
  const lines = requests.map((one, id) => JSON.stringify({ jsonrpc: '2.0', id: id + 1, ...one }));
  const { stdout, error } = spawnSync('sharkd', ['-'], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error !== undefined) throw error;
  const answers = new Map<number, { error?: { message: string }; result?: { num: number }[] }>();
  for (const line of stdout.split('\n')) {
    if (!line.startsWith('{')) continue;
    const answer = JSON.parse(line);
    answers.set(answer.id, answer);
  }
  return filters.map((_, i) => {
    const [checked, frames] = [answers.get(2 * i + 2), answers.get(2 * i + 3)];
    return checked?.error?.message ?? (frames?.result ?? []).map(({ num }) => num);
  });
}
