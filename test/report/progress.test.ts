import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Progress } from '../../src/report/progress.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function screen(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

test('a bar from the first second on, at most five times a second, and wiped away', () => {
  const source = { progress: 0 as number | undefined };
  const terminal = screen(true);
  const progress = new Progress(source, terminal);
  for (let ms = 0; ms < 3000; ms += 10) {
    source.progress = ms / 4000;
    progress.step(ms * 1000);
    if (ms < 1000) expect(terminal.written).toEqual([]);
    vi.advanceTimersByTime(10);
  }
  expect(terminal.written.length).toBe(10);
  expect(terminal.written[0]).toBe(
    '\r[########----------------------] 25 %  1,000,000 packets, 3 s left\x1b[K',
  );
  progress.end();
  expect(terminal.written.at(-1)).toBe('\r\x1b[K');
  progress.step(1);
  expect(terminal.written.length).toBe(11);
});

test('of a pipe the count; a short file and what is no terminal see nothing', () => {
  const pipe = screen(true);
  const progress = new Progress({ progress: undefined }, pipe);
  vi.advanceTimersByTime(1500);
  progress.step(42);
  expect(pipe.written).toEqual(['\r42 packets, 2 s\x1b[K']);
  const short = screen(true);
  const file = screen(false);
  new Progress({ progress: 1 }, short).end();
  const unseen = new Progress({ progress: 0.5 }, file);
  vi.advanceTimersByTime(5000);
  unseen.step(1);
  unseen.end();
  expect([short.written, file.written]).toEqual([[], []]);
});
