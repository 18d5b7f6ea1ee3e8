// nscap report as a user runs it, and its page in a browser.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Text } from '../../src/base/text.ts';
import { PcapngWriter } from '../../src/file/pcapng-writer.ts';
import { openFile } from '../../src/source/file.ts';
import { ACK, PSH, RST } from '../../src/wire/tcp.ts';
import { randomStreams } from '../flow/random-streams.ts';
import { pcap, withFile } from '../flow/support.ts';
import { Talk } from '../report/talk.ts';
import { Browser } from '../support/browser.ts';
import { has } from '../support/needs.ts';
import { nscap } from '../support/nscap.ts';

/** Markup in every place where a name may stand. */
const HOSTILE =
  '<img src=x onerror=document.title=1></script><script>document.title=2</script><!--\u2028\u202e"\'&';
/** The same as it is shown: what would make text read other than it is, as an escape. */
const SHOWN = HOSTILE.replace('\u2028', '\\u2028').replace('\u202e', '\\u202e');

/** The next frame is drawn. */
const SETTLED = 'new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))';

const folder = mkdtempSync(join(tmpdir(), 'nscap-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A capture of five random conversations on an interface with a hostile name. */
async function hostileCapture(): Promise<string> {
  const path = join(folder, 'hostile.pcapng');
  await withFile(pcap(randomStreams(4, 5, 40)), async (plain) => {
    const source = await openFile(plain);
    const text = new Text();
    const writer = new PcapngWriter(text);
    writer.section({ comments: [HOSTILE], application: HOSTILE });
    writer.interface({ ...source.interfaces[0], name: HOSTILE, description: HOSTILE });
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) writer.record(batch, i);
    }
    await source.close();
    writeFileSync(path, text.bytes.subarray(0, text.length));
  });
  return path;
}

test('--json: the data of the page, as analyze has it', async () => {
  await withFile(pcap(randomStreams(4, 5, 40)), async (path) => {
    const { status, stdout, stderr } = await nscap(['report', path, '--json']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { captures } = JSON.parse(stdout);
    const analyzed = JSON.parse((await nscap(['analyze', path, '--json'])).stdout);
    expect(captures[0].summary).toEqual(analyzed.summary);
    expect(captures[0].connections.length).toBe(analyzed.connections.length);
    expect(captures[0].graphs.length).toBe(analyzed.connections.length);
  });
});

test('no file to write, and a capture as the file to write, are usage errors', async () => {
  await withFile(pcap(randomStreams(4, 5, 40)), async (path) => {
    expect(await nscap(['report', path])).toMatchObject({ status: 2 });
    const before = readFileSync(path);
    expect(await nscap(['report', path, '-o', path])).toMatchObject({ status: 2 });
    expect(readFileSync(path)).toEqual(before);
  });
});

test('-Y: only packets that a display filter takes', async () => {
  await withFile(pcap(randomStreams(4, 5, 40)), async (path) => {
    const { stdout } = await nscap(['report', path, '--json', '-Y', 'tcp.stream == 1']);
    const { captures } = JSON.parse(stdout);
    expect(captures[0].connections.length).toBe(1);
    expect(captures[0].filter).toBe('tcp.stream == 1');
    const frames = Object.keys(captures[0].lines);
    expect(frames.length).toBeGreaterThan(5);
    expect(captures[0].lines[frames[0]]).toMatch(/ IP 10\.0\.\d\.\d+\.\d+ > .*: Flags \[/);
  });
});

test('round-trip times are those of tcp.analysis.ack_rtt: of an RST that acknowledges, too, and none of the same time', async () => {
  const talk = new Talk()
    .handshake()
    .client({ length: 10, flags: ACK | PSH })
    .server({}, 3);
  talk.client({ length: 10, flags: ACK | PSH }).server({}, 0);
  talk.client({ length: 10, flags: ACK | PSH }).server({ flags: RST | ACK }, 7);
  await withFile(pcap(talk.frames), async (path) => {
    const { captures } = JSON.parse((await nscap(['report', '--json', path])).stdout);
    const { rtt } = captures[0].graphs[0].directions.find(
      (one: { sender: string }) => one.sender === 'client',
    );
    const values = rtt.v.map((_: number, i: number) =>
      rtt.v.slice(0, i + 1).reduce((a: number, b: number) => a + b, 0),
    );
    expect(values).toEqual([1e6, 3e6, 7e6]);
  });
});

/** A capture with records of packets dropped, as capture --drops writes it. */
async function captureWithDrops(reason: string, name = 'eth0'): Promise<Uint8Array> {
  const talk = new Talk().handshake();
  for (let i = 0; i < 3; i++) talk.client({ length: 100, flags: ACK | PSH }).server({});
  return withFile(pcap(talk.frames), async (plain) => {
    const source = await openFile(plain);
    const text = new Text();
    const writer = new PcapngWriter(text);
    const [captured] = source.interfaces;
    writer.section({});
    writer.interface({ ...captured, name });
    const dropped = {
      ...captured,
      name: `server:${name}`,
      description: 'packets dropped on eth0 in network namespace server',
    };
    writer.interface(dropped);
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) writer.record(batch, i);
      writer.record(batch, 3, 1, reason);
    }
    await source.close();
    return text.bytes.slice(0, text.length);
  });
}

const DROPPED = 'dropped: NETFILTER_DROP in nft_do_chain, rule inet filter input handle 7: tcp dport 80 drop';

test('packets that were dropped are no packets of their connection, and marked with their reason', async () => {
  const input = await captureWithDrops(DROPPED);
  const { captures, kinds } = JSON.parse((await nscap(['report', '-', '--json'], { input })).stdout);
  const [{ packets, connections, drops, graphs, lines, protocols }] = captures;
  expect(packets).toBe(9);
  expect(connections[0]).toMatchObject({ packets: 9, retransmissions: 0 });
  expect(drops).toMatchObject({
    packets: 1,
    reasons: [{ reason: 'NETFILTER_DROP', packets: 1 }],
    rules: [{ rule: 'inet filter input handle 7: tcp dport 80 drop', packets: 1 }],
    places: [{ place: 'server:eth0', packets: 1 }],
  });
  const [{ frame }] = drops.listed;
  expect(frame).toBe(10);
  expect(lines[frame]).toMatch(/ IP 10\.0\.1\.0\.1000 > .* \[dropped: NETFILTER_DROP in nft_do_chain/);
  const { bars } = graphs[0].directions.find(({ sender }: { sender: string }) => sender === 'client');
  expect(bars.k.filter((kind: number) => kinds[kind] === 'dropped').length).toBe(1);
  expect(protocols.map(({ protocol, frames }: Record<string, unknown>) => [protocol, frames])).toContainEqual(
    ['tcp', 9],
  );
});

test('standard input is read as well, and a file that is not there is one sentence', async () => {
  const capture = pcap(randomStreams(4, 5, 40));
  const { stdout } = await nscap(['report', '-', '--json'], { input: capture });
  expect(JSON.parse(stdout).captures[0]).toMatchObject({ name: 'standard input', file: null, packets: 200 });
  const missing = await nscap(['report', '/nonexistent/x.pcap', '-o', join(folder, 'x.html')]);
  expect(missing.status).toBe(1);
  expect(missing.stderr).toMatch(/^nscap: cannot open .*: no such file or directory\n$/);
  const cut = await nscap(['report', '-', '--json'], { input: capture.subarray(0, capture.length - 5) });
  expect(cut.stderr).toMatch(/cut short/);
  expect(JSON.parse(cut.stdout).captures[0].damage).toMatch(/cut short/);
});

test.runIf(has('root'))('--duration: what is captured live meanwhile', async () => {
  const out = join(folder, 'live.html');
  const { status, stderr } = await nscap(['report', '--duration', '300ms', 'host', 'lo', '-o', out]);
  expect(stderr).toContain('listening on lo');
  expect(status).toBe(0);
  const html = readFileSync(out, 'utf8');
  expect(html).toContain('"name":"host:lo"');
  // The wiring of the namespace at the time.
  expect(html).toMatch(/"topology":\{"layout":\{.*"boxes":\[\{"box":\{"id":/);
});

test('a capture without packets has a page, too', async () => {
  await withFile(pcap([]), async (path) => {
    const out = join(folder, 'empty.html');
    expect(await nscap(['report', path, '-o', out])).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(out).size).toBeGreaterThan(10_000);
  });
});

/** The same talk at two points, the second one a little later; a packet is lost between them. */
async function tracePage(): Promise<string> {
  const talk = new Talk().handshake();
  for (let i = 0; i < 10; i++) talk.client({ length: 100, flags: ACK | PSH }).server({});
  for (const [i, { bytes }] of talk.frames.entries()) bytes[5] = i + 1;
  const [first, second, page] = ['a.pcap', 'b.pcap', 'trace.html'].map((name) => join(folder, name));
  writeFileSync(first, pcap(talk.frames));
  const later = talk.frames.filter((_, i) => i !== 9).map(({ time, bytes }) => ({ time: time + 1e5, bytes }));
  writeFileSync(second, pcap(later));
  const made = await nscap(['trace', '-q', first, second, '--report', page]);
  expect(made).toMatchObject({ status: 0 });
  return page;
}

describe.runIf(has('chromium'))('in a browser', () => {
  let browser: Browser;
  afterAll(() => browser.close());
  const page = join(folder, 'report.html');
  beforeAll(async () => {
    const title = ['--title', HOSTILE];
    const made = await nscap(['report', await hostileCapture(), '-o', page, ...title]);
    expect(made).toMatchObject({ status: 0, stderr: '' });
    browser = new Browser();
    await browser.open(page);
  });

  test('the page draws its graphs without a complaint and without a request', async () => {
    expect(await browser.evaluate("document.querySelectorAll('.connection canvas').length")).toBe(6);
    expect(
      await browser.evaluate("document.querySelectorAll('.connections tbody tr').length"),
    ).toBeGreaterThan(4);
    expect(browser.complaints).toEqual([]);
    expect(browser.requests.filter((url) => !url.startsWith('file:'))).toEqual([]);
    expect(browser.requests.length).toBe(1);
  });

  test('hostile names are text', async () => {
    expect(await browser.evaluate('document.title')).toBe(SHOWN);
    expect(await browser.evaluate("document.querySelector('h1').textContent")).toBe(SHOWN);
    expect(await browser.evaluate("document.querySelector('.facts').textContent")).toContain(SHOWN);
    expect(await browser.evaluate("document.querySelectorAll('img').length")).toBe(0);
    expect(await browser.evaluate("document.querySelectorAll('script').length")).toBe(2);
  });

  test('the policy lets no other script run', async () => {
    await browser.evaluate(
      "{ const one = document.createElement('script'); one.textContent = 'document.title = 3'; document.body.append(one) }",
    );
    expect(await browser.evaluate('document.title')).not.toBe('3');
    expect(browser.complaints.splice(0).join()).toContain('Content Security Policy');
  });

  test('keys zoom all graphs, another direction is drawn, a table opens, a filter filters', async () => {
    const key = (name: string) =>
      browser.evaluate(
        `document.querySelector('.plot').dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true, cancelable: true }))`,
      );
    // The time-sequence graph: what is shown of it has another range of values, too.
    const ticks = () => browser.evaluate("document.querySelectorAll('.connection canvas')[1].toDataURL()");
    await key('0');
    await browser.evaluate(SETTLED);
    const all = await ticks();
    await key('+');
    await expect.poll(ticks).not.toBe(all);
    await key('0');
    await expect.poll(ticks).toBe(all);
    await browser.evaluate("document.querySelectorAll('.choice input')[1].click()");
    await browser.evaluate(SETTLED);
    expect(await browser.evaluate("document.querySelectorAll('.connection canvas').length")).toBe(6);
    await browser.evaluate("document.querySelector('.graphs summary').click()");
    await expect
      .poll(() => browser.evaluate("document.querySelectorAll('.graphs tbody tr').length"))
      .toBeGreaterThan(0);
    await browser.evaluate(
      "{ const one = document.querySelector('input[type=search]'); one.value = 'nothing has this'; one.dispatchEvent(new Event('input')) }",
    );
    expect(await browser.evaluate("document.querySelectorAll('.connections tbody tr').length")).toBe(0);
    expect(browser.complaints).toEqual([]);
  });

  test('a display filter filters connections, and says where it is wrong', async () => {
    await browser.open(page);
    const type = (text: string) =>
      browser.evaluate(
        `{ const one = document.querySelector('.display'); one.value = ${JSON.stringify(text)}; one.dispatchEvent(new Event('input')) }`,
      );
    const rows = () => browser.evaluate("document.querySelectorAll('.connections tbody tr').length");
    const all = await rows();
    await type('tcp.stream in {1, 3}');
    expect(await rows()).toBe(2);
    await type('tcp.stream == 1 && tcp.nothing');
    expect(await browser.evaluate("document.querySelector('.filter-error').textContent")).toMatch(
      /^"tcp.nothing" is no field.*\n {4}tcp.stream == 1 && tcp.nothing\n {23}\^~{10}\n/,
    );
    await type('');
    expect(await rows()).toBe(all);
    expect(browser.complaints).toEqual([]);
  });

  test('a window far above the bytes in flight does not flatten them: the legend says where it is', async () => {
    const talk = new Talk().handshake(60_000);
    for (let i = 0; i < 20; i++) talk.client({ length: 1000 + 10 * i }).server();
    const page = join(folder, 'window.html');
    await withFile(pcap(talk.frames), async (path) => {
      expect(await nscap(['report', path, '-o', page])).toMatchObject({ status: 0 });
    });
    await browser.open(page);
    const legends = await browser.evaluate(
      "[...document.querySelectorAll('.connection .legend')].map((one) => one.textContent).join('|')",
    );
    expect(legends).toContain("receiver's window (above the graph, up to 60.0 kB)bytes in flight");
  });

  test('drops, protocols, and a hostile reason of a drop are text', async () => {
    const page = join(folder, 'drops.html');
    const input = await captureWithDrops(`dropped: ${HOSTILE.replaceAll(/\s/g, '')} in x`);
    expect(await nscap(['report', '-', '-o', page], { input })).toMatchObject({ status: 0 });
    await browser.open(page);
    const text = (selector: string) => browser.evaluate(`document.querySelector('${selector}').textContent`);
    expect(await text('.drops')).toContain('<imgsrc=x');
    expect(await text('.depth-3')).toBe('tcp');
    expect(await browser.evaluate("document.querySelectorAll('img').length")).toBe(0);
    expect(browser.complaints).toEqual([]);
  });

  test('long names and narrow windows: nothing is wider than the page', async () => {
    const page = join(folder, 'long.html');
    const long = 'n'.repeat(2000);
    const input = await captureWithDrops(
      `dropped: X in ${long}, rule inet ${long} input handle 7: drop`,
      long,
    );
    expect(await nscap(['report', '-', '-o', page, '--title', long], { input })).toMatchObject({ status: 0 });
    for (const one of [page, await tracePage()]) {
      // 680 pixels are the width of A4 between its margins.
      for (const width of [480, 680, 1100, 1920]) {
        await browser.send('Emulation.setEmulatedMedia', { media: width === 680 ? 'print' : '' });
        const window = { width, height: 900, deviceScaleFactor: 1, mobile: false };
        await browser.send('Emulation.setDeviceMetricsOverride', window);
        await browser.open(one);
        const wide = `[document.documentElement, ...document.querySelectorAll('.scroll')].filter(
          (one) => one.scrollWidth > one.clientWidth + 1 && one.querySelector(':scope > svg') === null)
          .map((one) => \`\${one.textContent.slice(0, 60)}: \${one.scrollWidth} of \${one.clientWidth}\`)`;
        expect(await browser.evaluate(wide), `${width} pixels`).toEqual([]);
      }
    }
    await browser.send('Emulation.setEmulatedMedia', { media: '' });
    await browser.send('Emulation.clearDeviceMetricsOverride');
  });

  test('Escape in a connection goes back to the row that opened it', async () => {
    await browser.open(page);
    const focused = 'document.activeElement.textContent';
    const row = "document.querySelectorAll('.connections tbody button')[1]";
    await browser.evaluate(`${row}.focus()`);
    const stream = await browser.evaluate(focused);
    const press = async (key: string, text?: string) => {
      const windowsVirtualKeyCode = key === 'Enter' ? 13 : 27;
      await browser.send('Input.dispatchKeyEvent', { type: 'keyDown', key, text, windowsVirtualKeyCode });
      await browser.send('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode });
    };
    await press('Enter', '\r');
    await expect.poll(() => browser.evaluate(focused)).toMatch(`Stream ${stream}:`);
    await press('Escape');
    await expect.poll(() => browser.evaluate(focused)).toBe(stream);
  });

  test('a drag with Shift moves what is shown, and Enter shows the packet at the cursor', async () => {
    await browser.open(page);
    await browser.evaluate(SETTLED);
    const shown = "document.querySelector('.connection .readout').textContent";
    const key = (name: string, shiftKey = false) =>
      browser.evaluate(
        `document.querySelectorAll('.connection .plot')[1].dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', shiftKey: ${shiftKey}, bubbles: true, cancelable: true }))`,
      );
    await key('+');
    await key('ArrowRight', true);
    await expect.poll(() => browser.evaluate(shown)).toMatch(/^\d+\.\d{6} s/);
    const before = await browser.evaluate(shown);
    const [x, y] = await browser.evaluate(
      "(({ left, top, width }) => [left + width / 2, top + 20])(document.querySelectorAll('.connection .u-over')[1].getBoundingClientRect())",
    );
    await browser.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y, modifiers: 8 });
    for (const [type, at] of [
      ['mousePressed', x],
      ['mouseMoved', x - 100],
      ['mouseReleased', x - 100],
    ]) {
      await browser.send('Input.dispatchMouseEvent', {
        type,
        x: at,
        y,
        button: 'left',
        buttons: 1,
        modifiers: 8,
      });
    }
    await key('ArrowRight', true);
    await expect.poll(() => browser.evaluate(shown)).not.toBe(before);
    await key('Enter');
    await expect
      .poll(() => browser.evaluate("document.querySelector('.packet').textContent"))
      .toMatch(/^Frame \d+/);
    expect(browser.complaints).toEqual([]);
  });

  test('a trace: its hops, and each connection at both points on one axis', async () => {
    await browser.open(await tracePage());
    const text = (selector: string) => browser.evaluate(`document.querySelector('${selector}').textContent`);
    expect(await text('h2')).toBe('Path: a → b');
    expect(await text('.path')).toMatch(/→ 100 µs, 1 lost/);
    expect(await text('.waterfall')).toMatch(/a → b: 100 µs, 99 % below 100 µs, 1 lost/);
    // Seconds since the capture's begin, as the graphs have.
    const lostCells =
      "[...document.querySelectorAll('tbody tr:first-child td[data-title=time]')].map((one) => one.textContent)";
    expect(await browser.evaluate(lostCells)).toContainEqual(expect.stringMatching(/^\d\.\d{6} s$/));
    const titles = await browser.evaluate(
      "[...document.querySelectorAll('.connection h4')].map((one) => one.textContent)",
    );
    expect(titles.filter((title: string) => title.startsWith('Time sequence'))).toEqual([
      'Time sequence',
      expect.stringMatching(/^Time sequence at .*b\.pcap$/),
    ]);
    expect(browser.complaints).toEqual([]);
  });
});
