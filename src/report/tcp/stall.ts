// Findings about receive windows that kept the peer from sending, in words.
import { byteSize, duration, times } from '../../base/units.ts';
import type { ConnectionFacts } from '../../flow/findings/facts.ts';
import type { Sentences } from './sentence.ts';

export const STALL: Sentences<'stalled' | 'window-shrunk' | 'zero-window'> = {
  stalled,
  'window-shrunk': ({ receiver, times: n }) =>
    `receiver ${receiver} shrank its window ${times(n)}, taking back bytes it had announced: its receive buffer was reduced, or filled faster than expected`,
  'zero-window': ({ receiver, times: n, closed }) => {
    const announced = `receiver ${receiver} announced a zero window ${times(n)}`;
    if (closed === undefined) return `${announced}, and sent no window update after it`;
    const { longest, total, toEnd } = closed;
    return `${announced}, and was closed for ${duration(longest)}${longest < total ? ` at most, ${duration(total)} in total` : ''}${toEnd ? ', to the end' : ''}: its process read a little late, as flow control allows`;
  },
};

function stalled(facts: ConnectionFacts['stalled']): string {
  const { receiver, sender, total, longest, fromFrame, untilFrame, zeroWindows, fills, probes } = facts;
  const details = [
    zeroWindows > 0 ? `announced a zero window ${times(zeroWindows)}` : '',
    fills > 0 ? `was filled ${times(fills)}` : '',
    probes > 0 ? `was probed ${times(probes)}` : '',
    `had a window of at most ${byteSize(facts.window)}`,
  ].filter(Boolean);
  const where = `the longest ${duration(longest)} from frame ${fromFrame}${untilFrame === undefined ? ' on, to the end' : ` to frame ${untilFrame}`}`;
  const reason = {
    'long-path': `its window is small for a round trip of ${duration(facts.rtt ?? 0)}, or its process reads too slowly`,
    'small-buffer': 'its receive buffer is small, or its process reads too slowly',
    'slow-process': 'its process reads too slowly or not at all',
  }[facts.reason];
  return `receiver ${receiver} stalled the sender ${sender} for ${duration(total)} with a full window (${where}): ${reason}; it ${details.join(', ')}`;
}
