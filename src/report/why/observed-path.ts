// What the captures saw of the probe's packets, in words.
import type { ObservedPath, SeenAt } from '../../why/facts/observed-path.ts';
import { interfaceText } from './rendering.ts';

const REQUESTS = { icmp: 'echo request', tcp: 'SYN', udp: 'datagram' } as const;

/** Point by point. */
export function observedText(path: ObservedPath): string {
  const { protocol, from, answered, there, back, errors, errorSource } = path;
  const what = REQUESTS[protocol];
  const answer = protocol === 'icmp' ? 'echo reply' : 'answer';
  if (there.length === 0)
    return answered ? `no ${what} was captured` : `no ${what} leaves ${from}${resolvingText(path)}`;
  const reported =
    errors.length === 0 ? '' : `; ICMP error from ${errorSource}: ${errors.map(pointText).join(', ')}`;
  const way = `${what}: ${there.map(pointText).join(', ')}`;
  if (back.length > 0) return `${way}; ${answer}: ${back.map(pointText).join(', ')}${reported}`;
  return answered ? way : `${way}; no ${answer} was seen${reported}`;
}

/** Where it was lost; undefined where the answer came back, or nothing can be said. */
export function lostText(path: ObservedPath): string | undefined {
  const { protocol, there, back, lost } = path;
  const what = REQUESTS[protocol];
  const answer = protocol === 'icmp' ? 'echo reply' : 'answer';
  switch (lost) {
    case undefined:
      return undefined;
    case 'unsent':
      return observedText(path);
    case 'sent':
      return `the ${what} is sent from ${interfaceText(there.at(-1)!)} and not seen again`;
    case 'arrived':
      return `the ${what} arrives at ${interfaceText(there.at(-1)!)} and gets no further`;
    case 'answer':
      return `the ${answer} is last seen at ${interfaceText(back.at(-1)!)}`;
  }
}

function resolvingText({ resolving }: ObservedPath): string {
  if (resolving === undefined) return '';
  const { interface: device, address, answered } = resolving;
  return answered
    ? `; ${address} answers the request for its link-layer address on ${device}`
    : `; it asks on ${device} for the link-layer address of ${address}, and gets none`;
}

function pointText({ direction, interface: device, netns }: SeenAt): string {
  return `${direction} ${netns}:${device}`;
}
