// What is marked by an OSI network layer protocol identifier (ISO/IEC TR 9577).

import * as nlpid from '../../wire/registry/nlpids.ts';
import type { Printer } from '../engine/printer.ts';

/** The identifier lies at `offset`. */
export function printOsi(p: Printer, offset: number, length: number): void {
  p.protocol = 'isoclns';
  const identifier = p.u8(offset);
  if (p.link) {
    p.ascii('OSI NLPID ');
    p.ascii(p.payload.nlpids.get(identifier) ?? 'Unknown');
    p.ascii(' (0x');
    p.out.hexPadded(identifier, 2);
    p.ascii('): ');
  }
  if (p.payload.nlpids.print(p, identifier, offset, length)) return;
  if (!p.link) {
    if (identifier !== nlpid.NULL) {
      p.ascii('OSI NLPID 0x');
      p.out.hexPadded(identifier, 2);
      p.ascii(' unknown');
    }
    p.ascii(', ');
  }
  p.field('length: ', length);
  if (identifier !== nlpid.NULL && length > 1) p.unknown(offset, '\n\t', length);
}
