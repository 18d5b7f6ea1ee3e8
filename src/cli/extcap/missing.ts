// What an ordinary user lacks, in words.

import { shellLine } from '../../base/shell.ts';
import { NscapError } from '../../errors.ts';
import type { OutlinedNamespace } from '../../netns/discover.ts';
import { shownName } from './points.ts';

export function missing(netns: OutlinedNamespace): NscapError {
  return new NscapError(
    'NOT_PERMITTED',
    `capturing in the namespace ${shownName(netns)} takes CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW, which this user does not have`,
    {
      hint: `start Wireshark as root, or in the shell of a rootless lab (nscap lab shell), or: ${shellLine(['sudo', 'nscap', 'wireshark', netns.label, 'any'])}`,
    },
  );
}
