// The time a line begins with: each style, in time zones whose offset changes.
import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import { Text } from '../../src/base/text.ts';
import {
  CLOCK,
  DATE,
  DEFAULTS,
  EPOCH,
  NO_TIME,
  SINCE_FIRST,
  SINCE_PREVIOUS,
} from '../../src/print/engine/options.ts';
import { Timestamps } from '../../src/print/engine/timestamp.ts';

type Moment = readonly [seconds: number, nanoseconds: number];

/** What each packet's line begins with. */
function stamps(style: number, moments: readonly Moment[], nano = false): string[] {
  const batch = new Batch(1);
  const timestamps = new Timestamps({ ...DEFAULTS, time: style, nano });
  return moments.map(([seconds, nanoseconds]) => {
    const text = new Text();
    batch.seconds[0] = seconds;
    batch.nanoseconds[0] = nanoseconds;
    timestamps.write(text, batch, 0);
    return Buffer.from(text.take()).toString();
  });
}

const zone = process.env.TZ;
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

describe('a time stamp', () => {
  const moments: Moment[] = [
    [1_700_000_000, 123_456_789],
    [1_700_000_001, 1_000],
    [1_699_999_999, 999_999_999],
  ];

  it('of each style', () => {
    process.env.TZ = 'UTC';
    expect(stamps(CLOCK, moments)).toEqual(['22:13:20.123456 ', '22:13:21.000001 ', '22:13:19.999999 ']);
    expect(stamps(NO_TIME, moments)).toEqual(['', '', '']);
    expect(stamps(EPOCH, moments, true)).toEqual([
      '1700000000.123456789 ',
      '1700000001.000001000 ',
      '1699999999.999999999 ',
    ]);
    expect(stamps(DATE, moments)[0]).toBe('2023-11-14 22:13:20.123456 ');
    expect(stamps(SINCE_PREVIOUS, moments)).toEqual([
      ' 00:00:00.000000 ',
      ' 00:00:00.876545 ',
      '-00:00:01.000002 ',
    ]);
    expect(stamps(SINCE_FIRST, moments, true)).toEqual([
      ' 00:00:00.000000000 ',
      ' 00:00:00.876544211 ',
      '-00:00:00.123456790 ',
    ]);
  });

  it('that tcpdump cannot convert', () => {
    expect(stamps(CLOCK, [[-1, 0]])).toEqual(['[Error converting time] ']);
    expect(stamps(DATE, [[2 ** 31, 0]])).toEqual(['[Error converting time] ']);
    expect(stamps(EPOCH, [[2 ** 32 + 5, 0]])).toEqual(['5.000000 ']);
  });

  it('whose fraction is more than a second', () => {
    process.env.TZ = 'UTC';
    expect(stamps(CLOCK, [[0, 2_147_483_648_000]])).toEqual(['00:00:00.2147483648 ']);
    const moments: Moment[] = [
      [5, 1_000_000],
      [7, 4_294_967_295_000],
    ];
    expect(stamps(SINCE_FIRST, moments, true)[1]).toBe(' 00:00:01.998999000 ');
    expect(stamps(SINCE_PREVIOUS, moments)[1]).toBe(' 00:00:01.998999 ');
    const later: Moment[] = [
      [1_699_999_999, 2_147_483_647_000],
      [1_700_100_000, 123_456_789_000],
    ];
    expect(stamps(SINCE_PREVIOUS, later, true)[1]).toBe(' 03:46:40.4197705712 ');
  });

  it.each([
    ...['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'EST5EDT'],
    // As POSIX lets people write it: Node takes these for UTC.
    ...['CET-1CEST,M3.5.0,M10.5.0/3', 'NZST-12NZDT,M9.5.0,M4.1.0/3', 'CET-1CEST', 'EST5', '<+0330>-3:30'],
    ...['AAA3BBB2:30,J60/0,J300/1:30', 'AAA-3BBB,59/-1,299/25', '<-03>3<-02>,M3.4.4/50,M10.4.4/50'],
  ])('in %s, all year round', (name) => {
    process.env.TZ = name;
    const seconds = Array.from({ length: 200 }, (_, i) => 1_700_000_000 + i * 172_801);
    const expected = execFileSync('date', ['-f', '-', '+%Y-%m-%d %H:%M:%S.000000 '], {
      input: seconds.map((second) => `@${second}`).join('\n'),
      env: { ...process.env, TZ: name },
      encoding: 'utf8',
    });
    expect(
      stamps(
        DATE,
        seconds.map((second) => [second, 0]),
      ),
    ).toEqual(
      expected
        .trimEnd()
        .split('\n')
        .map((line) => `${line.trimEnd()} `),
    );
  });
});
