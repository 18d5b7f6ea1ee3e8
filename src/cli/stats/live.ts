// Statistics of a live capture: updated after each interval, and shown at the end.
import { endingSignals } from '../../base/signals.ts';
import { becomeUser, futureUser } from '../../binding/privilege.ts';
import { usageError } from '../../errors.ts';
import { filterExpression } from '../../filter/expression.ts';
import { Sink } from '../../output/sink.ts';
import { InterfaceSource } from '../../source/live.ts';
import { openInterface } from '../../source/open-interface.ts';
import type { Tally } from '../../stats/tally.ts';
import { watchDeletion } from '../capture/deletion.ts';
import { enter } from '../capture/enter.ts';
import { interfaceNamed } from '../capture/interfaces.ts';
import { namespaceOf } from '../capture/namespace.ts';
import type { LivePlan } from './plan.ts';

/** Bytes captured of a packet: headers, also in tunnels, and names of DNS. */
const SNAPLEN = 512;
const TIMEOUT = 20;
const BUFFER_KIB = 32_768;

export async function watch(
  words: readonly string[],
  { places, duration, interval, filterFile }: LivePlan,
  tally: Tally,
  show: (sink: Sink, final: boolean) => void,
): Promise<void> {
  const [place, ...more] = places;
  const colon = place.lastIndexOf(':');
  if (colon < 0 || more.length > 0)
    throw usageError('live statistics take one interface', '-i NAMESPACE:INTERFACE');
  let namespace = await namespaceOf(place.slice(0, colon), false);
  if (namespace.enter.length > 0) namespace = enter(namespace);
  const name = await interfaceNamed(namespace, place.slice(colon + 1), false);
  const source = open(name, filterExpression(words, filterFile));
  const sink = new Sink();
  try {
    becomeUser(futureUser(undefined));
    process.stderr.write(`counting on ${name}\n`);
    for (const signal of endingSignals()) process.on(signal, () => source.stop());
    if (duration !== undefined) setTimeout(() => source.stop(), duration).unref();
    watchDeletion([namespace], () => source.stop());
    let failure: unknown;
    const timer = setInterval(() => {
      try {
        show(sink, false);
      } catch (error) {
        failure = error;
        source.stop();
      }
    }, interval);
    try {
      for (let batch = await source.next(); batch !== null; batch = await source.next()) {
        for (let i = 0; i < batch.count; i++) tally.add(batch, i);
      }
    } finally {
      clearInterval(timer);
    }
    if (failure !== undefined) throw failure;
    show(sink, true);
    for (const one of source.gone) process.stderr.write(`nscap: ${one} has disappeared\n`);
  } finally {
    await source.close();
  }
}

function open(name: string, filter: string): InterfaceSource {
  const handle = openInterface(name, filter, {
    snaplen: SNAPLEN,
    promiscuous: true,
    timeout: TIMEOUT,
    bufferKib: BUFFER_KIB,
    nanoseconds: true,
  });
  return new InterfaceSource(handle, {
    name,
    description: '',
    linkType: handle.fileLinkType,
    snaplen: SNAPLEN,
  });
}
