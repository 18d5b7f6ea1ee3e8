// Plots for a terminal.
import { expect, test } from 'vitest';
import { sparkline } from '../../src/report/sparkline.ts';
import { ACK, PSH } from '../../src/wire/tcp.ts';
import { pcap, withFile } from '../flow/support.ts';
import { nscap } from '../support/nscap.ts';
import { Talk } from './talk.ts';

function talk(): Talk {
  const talk = new Talk().handshake();
  for (let i = 0; i < 20; i++) talk.client({ length: 1000, flags: ACK | PSH }, 10).server({}, 20);
  return talk.client({ length: 1000, flags: ACK | PSH, sequence: 1001 }, 300);
}

const plot = (columns: string, ...args: string[]) => plotIn('C.UTF-8', columns, ...args);

const plotIn = (locale: string, columns: string, ...args: string[]) =>
  withFile(pcap(talk().frames), (path) =>
    nscap(['analyze', path, '--plot', ...args], {
      env: { ...process.env, COLUMNS: columns, LC_ALL: locale },
    }),
  );

test.each(['C', 'POSIX', 'de_DE.ISO-8859-1'])(
  'in the locale %s a plot is ASCII, as wide as ever',
  async (locale) => {
    const { stdout } = await plotIn(locale, '60', 'sequence', '0');
    expect(stdout).toMatch(/^[ -~\n]+$/);
    expect(stdout).toMatch(/^ +0\|.*[.:#]/m);
    const unicode = (await plot('60', 'sequence', '0')).stdout;
    expect(stdout.split('\n').map(({ length }) => length)).toEqual(
      unicode.split('\n').map(({ length }) => length),
    );
  },
);

test.each(['rtt', 'sequence', 'throughput', 'window'])(
  '%s fits the terminal and has both axes',
  async (kind) => {
    const { status, stdout, stderr } = await plot('60', kind, '0');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('stream 0: data from 10.0.1.0:1000 to 10.0.2.0:2000');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
    expect(stdout).toMatch(/[\u2801-\u28ff]/);
    expect(lines.at(-1)).toMatch(/^ +0\.000 s +0\.\d{3} s$/);
  },
);

test('the title is whole, however narrow the terminal', async () => {
  const { stdout } = await plot('20', 'sequence', '0');
  expect(stdout.replaceAll('\n', ' ')).toContain(
    'sequence numbers (R F S sent again, O out of order, Z zero window, X RST)',
  );
  for (const line of stdout.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(32);
});

test('values of the axis, and letters of what was sent again', async () => {
  const rtt = await plot('80', 'rtt', '--stream', '0');
  expect(rtt.stdout).toContain('    20.0 ms│');
  const sequence = await plot('80', 'sequence', '--stream', '0');
  expect(sequence.stdout).toMatch(/│.*S/);
});

test('no stream, a stream that is not there, standard input', async () => {
  expect(await plot('80', 'rtt')).toMatchObject({ status: 2 });
  const { status, stderr } = await plot('80', 'rtt', '7');
  expect(status).toBe(1);
  expect(stderr).toMatch(/there is no stream 7/);
  expect(await nscap(['analyze', '-', '--plot', 'rtt', '0'], { input: '' })).toMatchObject({ status: 2 });
});

test('a sparkline', () => {
  expect(sparkline([0, 1, undefined, 4, 8])).toBe('▁▂ ▅█');
  expect(sparkline([0, 0])).toBe('▁▁');
});
