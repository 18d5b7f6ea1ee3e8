// nscap exporter: what Prometheus would read of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exposition, openMetrics } from '../../src/report/openmetrics.ts';
import { has } from '../support/needs.ts';
import { nscap } from '../support/nscap.ts';
import { Lab } from './capture-lab.ts';

interface Parsed {
  types: Map<string, string>;
  samples: Map<string, number>;
}

/** A strict reader of OpenMetrics 1.0: throws at what its grammar has not. */
function parse(text: string): Parsed {
  expect(text.endsWith('# EOF\n')).toBe(true);
  const types = new Map<string, string>();
  const samples = new Map<string, number>();
  let family = '';
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const meta = /^# (TYPE|HELP|UNIT) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (meta !== null) {
      const [, kind, name, rest] = meta as unknown as [string, string, string, string];
      if (kind === 'TYPE') {
        expect(types.has(name), `${name} stands twice`).toBe(false);
        types.set(name, rest);
        family = name;
      }
      expect(name).toBe(family);
      if (kind === 'UNIT') expect(name.endsWith(`_${rest}`), name).toBe(true);
      continue;
    }
    const sample =
      /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"(?:,(?!\}))?)+\})? (-?[\d.e+-]+)$/.exec(
        line,
      );
    expect(sample, line).not.toBeNull();
    const [, name, labels = '', value] = sample as unknown as [string, string, string | undefined, string];
    const suffix = name.slice(family.length);
    const allowed = {
      counter: ['_total'],
      histogram: ['_bucket', '_count', '_sum'],
      info: ['_info'],
      gauge: [''],
    };
    expect(name.startsWith(family) && allowed[types.get(family) as 'counter'].includes(suffix), line).toBe(
      true,
    );
    expect(samples.has(name + labels), `${line} stands twice`).toBe(false);
    samples.set(name + labels, Number(value));
  }
  return { types, samples };
}

test('labels are escaped, buckets are sums, and the text is OpenMetrics', () => {
  const text = openMetrics([
    {
      name: 'a',
      help: 'A "quoted"\nhelp.',
      type: 'counter',
      samples: [{ labels: { x: 'a"b\\c\nd' }, value: 3 }],
    },
    {
      name: 'b_seconds',
      help: 'B.',
      type: 'histogram',
      unit: 'seconds',
      samples: [{ labels: {}, histogram: { bounds: [0.5, 1], counts: [1, 2, 3], sum: 9.5 } }],
    },
  ]);
  const { samples } = parse(text);
  expect([...samples]).toEqual([
    ['a_total{x="a\\"b\\\\c\\nd"}', 3],
    ['b_seconds_bucket{le="0.5"}', 1],
    ['b_seconds_bucket{le="1.0"}', 3],
    ['b_seconds_bucket{le="+Inf"}', 6],
    ['b_seconds_count', 6],
    ['b_seconds_sum', 9.5],
  ]);
});

test('who accepts text/plain and no OpenMetrics gets the older format', () => {
  const families = [
    { name: 'a', help: 'A "b".', type: 'counter' as const, samples: [{ labels: { x: '"' }, value: 3 }] },
    { name: 'b', help: 'B.', type: 'info' as const, samples: [{ labels: {}, value: 1 }] },
  ];
  expect(exposition(families, 'text/plain;version=0.0.4, */*;q=0.1')).toEqual({
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    text: '# TYPE a_total counter\n# HELP a_total A "b".\na_total{x="\\""} 3\n# TYPE b_info gauge\n# HELP b_info B.\nb_info 1\n',
  });
  const prometheus =
    'application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
  for (const accept of [prometheus, '*/*', undefined]) {
    const { contentType, text } = exposition(families, accept);
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(parse(text).types.get('a')).toBe('counter');
  }
});

test.each([
  [[], 'no point is given'],
  [['--listen', 'nowhere', 'host:lo'], 'an address and a port are wanted'],
])('exporter %j is a usage error', async (words, said) => {
  const { status, stderr } = await nscap(['exporter', ...words]);
  expect(status).toBe(2);
  expect(stderr).toContain(said);
});

describe.runIf(has('root'))('live', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.make();
  });
  afterAll(() => lab?.remove());

  test('counts what passes in a namespace, and answers from outside of it', async () => {
    await lab.shell('ip link set lo up');
    const exporter = lab.start([
      ...[
        process.execPath,
        ...lab.program,
        'exporter',
        '--drops',
        '--listen',
        '127.0.0.1:0',
        'a:veth0',
        'tcp',
      ],
    ]);
    await exporter.said(/listening on http:\S+\n/);
    const [, url] = /listening on (http:\S+)/.exec(exporter.stderr)!;
    const server = lab.start([
      ...['ip', 'netns', 'exec', 'b', process.execPath, '-e'],
      `require('node:net').createServer((socket) => socket.resume().on('end', () => socket.end()))
         .listen(7000, '10.1.0.2', () => console.log('listening'));`,
    ]);
    await server.printed(/listening/);
    const client = `require('node:net').connect(7000, '10.1.0.2').end('hello').resume().on('close', () => {});`;
    expect(await lab.run('ip', 'netns', 'exec', 'a', process.execPath, '-e', client)).toMatchObject({
      status: 0,
    });
    const get = `fetch('${url}').then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
    const scrape = async () => parse((await lab.run(process.execPath, '-e', get)).stdout).samples;
    const where = 'namespace="a",interface="veth0"';
    await expect.poll(async () => (await scrape()).get(`nscap_tcp_payload_bytes_total{${where}}`)).toBe(5);
    const samples = await scrape();
    expect(samples.get(`nscap_tcp_connections_total{${where}}`)).toBe(1);
    expect(samples.get(`nscap_tcp_verdicts_total{${where},verdict="retransmission"}`)).toBe(0);
    expect(samples.get(`nscap_tcp_ack_rtt_seconds_count{${where}}`)).toBeGreaterThan(0);
    expect(samples.get(`nscap_packets_total{${where}}`)).toBe(
      samples.get(`nscap_tcp_segments_total{${where}}`),
    );
    exporter.child.kill('SIGTERM');
    server.child.kill('SIGKILL');
  });
});
