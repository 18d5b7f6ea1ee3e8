// nscap.*: what nscap itself wrote about a packet, as comments in the file.
import { field, type Read } from '../field.ts';

/** Option opt_comment of pcapng (draft-ietf-opsawg-pcapng, 3.5), and the end of options. */
const COMMENT = 1;
const END_OF_OPTIONS = 0;

/** What stands behind `prefix` in each comment that begins so. */
function commented(prefix: string): Read {
  const wanted = new TextEncoder().encode(prefix);
  return ({ batch, index }, out) => {
    const { view, optionsLittleEndian: little } = batch;
    let at = batch.options[index];
    const end = at + batch.optionsLength[index];
    for (let number = 0; at + 4 <= end; ) {
      const code = view.getUint16(at, little);
      const length = view.getUint16(at + 2, little);
      const value = at + 4;
      if (code === END_OF_OPTIONS || value + length > end) return;
      if (code === COMMENT && begins(view, value, length, wanted)) {
        out.span(number++, view, value + wanted.length, length - wanted.length);
      }
      at = value + ((length + 3) & ~3);
    }
  };
}

function begins(view: DataView, at: number, length: number, wanted: Uint8Array): boolean {
  if (length < wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (view.getUint8(at + i) !== wanted[i]) return false;
  return true;
}

export const NSCAP = [
  field('nscap.process', 'Processes at the ends of the connection', 'string', commented('process: ')),
];
