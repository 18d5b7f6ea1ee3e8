// The options that Wireshark's dialog shows for one of our capture interfaces.

import { DEFAULT_SNAPLEN } from '../../file/pcap-writer.ts';
import type { OutlinedNamespace } from '../../netns/discover.ts';
import { EVERYWHERE, encoded } from './call.ts';
import { shownName } from './points.ts';
import { sentence } from './sentence.ts';

/** What every interface has. A `boolean` is sent with its value; a `boolflag` would not say that it is off. */
export const COMMON = [
  sentence('arg', {
    number: 0,
    call: '--snaplen',
    display: 'Snapshot length (bytes)',
    tooltip: 'Capture at most this many bytes of each packet; 0 for all',
    type: 'integer',
    range: `0,${DEFAULT_SNAPLEN}`,
    default: DEFAULT_SNAPLEN,
  }),
  sentence('arg', {
    number: 1,
    call: '--promiscuous',
    display: 'Promiscuous mode',
    tooltip: 'Take packets for other hosts, too',
    type: 'boolean',
    default: true,
  }),
  sentence('arg', {
    number: 2,
    call: '--direction',
    display: 'Direction',
    tooltip: 'Only packets that come in to the namespace or go out',
    type: 'selector',
  }),
  sentence('value', { arg: 2, value: 'inout', display: 'in and out', default: true }),
  sentence('value', { arg: 2, value: 'in', display: 'in' }),
  sentence('value', { arg: 2, value: 'out', display: 'out' }),
  sentence('arg', {
    number: 3,
    call: '--drops',
    display: 'Dropped packets, too',
    tooltip: 'Show packets that the kernel drops in the namespace, with the reason as a comment',
    type: 'boolean',
    default: false,
  }),
].join('');

const ONE = 4;
const SEVERAL = 5;
/**
 * Which namespaces the merged capture is to be in: one or all, with a button that lists them anew, or those checked. Wireshark
 * 4.0 knows such a button beside a selector only; the list of check boxes is new each time that the dialog opens.
 */
export function namespaceChoice(namespaces: readonly OutlinedNamespace[]): string {
  return (
    sentence('arg', {
      number: ONE,
      call: '--namespace',
      display: 'Namespace',
      tooltip: 'Where to capture, unless namespaces are checked below',
      type: 'selector',
      reload: true,
      placeholder: 'Reload',
    }) +
    namespaceValues(namespaces, 'namespace') +
    sentence('arg', {
      number: SEVERAL,
      call: '--namespaces',
      display: 'Only in these',
      tooltip: 'Where to capture; none checked: as chosen above',
      type: 'multicheck',
      reload: true,
    }) +
    namespaceValues(namespaces, 'namespaces')
  );
}

/** The values of one of these options; none of another. */
export function namespaceValues(namespaces: readonly OutlinedNamespace[], option: string): string {
  if (option !== 'namespace' && option !== 'namespaces') return '';
  const arg = option === 'namespace' ? ONE : SEVERAL;
  const all = { arg, value: EVERYWHERE, display: 'all', default: true };
  const values = namespaces.map((netns) => ({
    arg,
    value: encoded(netns.label),
    display: netns.links === undefined ? `${shownName(netns)}: ${netns.problem}` : shownName(netns),
  }));
  return (option === 'namespace' ? [all, ...values] : values)
    .map((groups) => sentence('value', groups))
    .join('');
}
