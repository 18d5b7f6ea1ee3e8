// The verifier of BPF programs gives up when a signal comes: that is no refusal.
import { Session } from 'node:inspector';
import { expect, test } from 'vitest';
import { openDrops } from '../../src/drops/open.ts';
import { HERE } from '../../src/netns/namespace.ts';
import { has } from '../support/needs.ts';

test.runIf(has('root'))('BPF is had while signals come', async () => {
  // The profiler interrupts this thread two hundred times a second.
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: 5000 });
  session.post('Profiler.start');
  try {
    for (let i = 0; i < 20; i++) {
      const source = await openDrops({ how: 'bpf', namespaces: [HERE] });
      expect(source.way).toBe('bpf');
      await source.close();
    }
  } finally {
    session.post('Profiler.stop');
    session.disconnect();
  }
});
