// The exporter at work: captures at its points, counts, and answers scrapes.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { escapeControls } from '../../base/escape-controls.ts';
import { endingSignals } from '../../base/signals.ts';
import { becomeUser, checkedUser } from '../../binding/privilege.ts';
import type { DropSource } from '../../drops/event.ts';
import { openDrops } from '../../drops/open.ts';
import { NscapError, reason } from '../../errors.ts';
import { filterExpression } from '../../filter/expression.ts';
import { exposition, type Family } from '../../report/openmetrics.ts';
import type { MergedSource } from '../../source/merged.ts';
import { watchDeletion } from '../capture/deletion.ts';
import { openPoints } from '../trace/open.ts';
import { type CapturePoint, dividePoints, resolvePoint } from '../trace/point.ts';
import type { ExporterFlags } from './flags.ts';
import { DropMetrics, InterfaceMetrics, interfaceFamilies } from './metrics.ts';

declare const __VERSION__: string;

/** Bytes captured of a packet: headers, also in tunnels. */
const SNAPLEN = 256;
const BUFFER_KIB = 32_768;
/** Milliseconds between two looks for interfaces that have disappeared. */
const LOOK = 500;

/** Counts until a signal ends it. @throws NscapError for points that are not there, FILE where it cannot listen */
export async function serve(words: readonly string[], flags: ExporterFlags): Promise<void> {
  const { points: named, filter: rest } = dividePoints(words);
  const filter = filterExpression(rest, flags.filterFile);
  const points = await Promise.all(named.map(resolvePoint));
  const user = checkedUser(undefined);
  const namespaces = points.map(({ namespace }) => namespace);
  const drops = flags.drops ? await openDrops({ namespaces }) : undefined;
  const source = opened(points, filter);
  const metrics = points.map(({ name }) => new InterfaceMetrics(name, flags.maxConnections));
  const counted = new DropMetrics();
  const server = createServer((request, response) => {
    if (
      !['GET', 'HEAD'].includes(request.method ?? '') ||
      !/^\/(?:metrics)?(?:\?|$)/.test(request.url ?? '')
    ) {
      response.writeHead(404).end();
      return;
    }
    const { contentType, text } = exposition(
      families(source, metrics, drops, counted),
      request.headers.accept,
    );
    response.setHeader('Content-Type', contentType);
    response.end(text);
  });
  try {
    drops?.totals(); // the first time it reads the kernel's symbols, for which no scrape is to wait
    await listen(server, flags.listen);
    becomeUser(user);
    let stopped = false;
    const stop = () => {
      stopped = true;
      source.stop();
      drops?.stop();
    };
    for (const signal of endingSignals()) process.on(signal, stop);
    const { address, port, family } = server.address() as AddressInfo;
    const host = family === 'IPv6' ? `[${address}]` : address;
    process.stderr.write(
      `counting at ${points.map(({ name }) => name).join(', ')}, listening on http://${host}:${port}/metrics\n`,
    );
    let deleted = false;
    watchDeletion(namespaces, () => {
      deleted = true;
      source.stop();
    });
    const said = new Set<string>();
    const telling = setInterval(() => {
      for (const name of source.gone) {
        if (!said.has(name)) process.stderr.write(`nscap: ${escapeControls(name)} has disappeared\n`);
        said.add(name);
      }
    }, LOOK).unref();
    const counting = count(source, metrics).finally(() => {
      clearInterval(telling);
      drops?.stop();
    });
    await Promise.all([counting, countDrops(drops, counted)]);
    // All of them: as long as there is one, there is something to count.
    if (deleted) {
      throw new NscapError('NAMESPACE_GONE', 'there is no namespace left to count in', {
        hint: 'start it again once the namespace is there',
      });
    }
    if (!stopped && source.gone.length > 0) {
      throw new NscapError('INTERFACE_GONE', `${source.gone.join(', ')}: the interface has disappeared`, {
        hint: 'start it again once the interface is there',
      });
    }
  } finally {
    server.closeAllConnections();
    server.close();
    await source.close();
    await drops?.close();
  }
}

function opened(points: readonly CapturePoint[], filter: string): MergedSource {
  return openPoints(points, {
    snaplen: SNAPLEN,
    promiscuous: false,
    bufferKib: BUFFER_KIB,
    exclude: () => (filter === '' ? undefined : filter),
  });
}

function listen(server: Server, { host, port }: ExporterFlags['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new NscapError('SYSTEM', `cannot listen on ${host}:${port}: ${reason(error)}`, { cause: error }),
      ),
    );
    server.listen(port, host, resolve);
  });
}

async function count(source: MergedSource, metrics: readonly InterfaceMetrics[]): Promise<void> {
  for (let batch = await source.next(); batch !== null; batch = await source.next()) {
    for (let i = 0; i < batch.count; i++) metrics[batch.interface[i]].add(batch, i);
  }
}

async function countDrops(drops: DropSource | undefined, counted: DropMetrics): Promise<void> {
  if (drops === undefined) return;
  for (let events = await drops.next(); events !== null; events = await drops.next()) {
    for (const event of events) counted.add(event);
    // If drops come faster than they are counted, the next ones are available at once: lets scrapes and signals run.
    await setImmediate();
  }
}

function families(
  source: MergedSource,
  metrics: readonly InterfaceMetrics[],
  drops: DropSource | undefined,
  counted: DropMetrics,
): Family[] {
  const tallies = source.tallies();
  const all = interfaceFamilies(
    metrics,
    (index) => tallies[index]?.dropped ?? 0,
    (index) => !source.gone.includes(source.interfaces[index].name),
  );
  if (drops !== undefined) {
    const { limited, lost } = drops.totals();
    counted.lost = limited + lost;
    all.push(...counted.families());
  }
  const version = { labels: { version: __VERSION__ }, value: 1 };
  all.push({ name: 'nscap_build', help: 'Version of nscap.', type: 'info', samples: [version] });
  return all;
}
