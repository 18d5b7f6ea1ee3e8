// nscap.*: what nscap itself says of a packet, or wrote about it as comments in the file.
import { isPacket } from '../../base/record-kind.ts';
import { VERDICTS } from '../../flow/verdict.ts';
import { field, type Read } from '../field.ts';
import { ANALYSIS } from '../needs.ts';

/** Option opt_comment of pcapng (draft-ietf-opsawg-pcapng, 3.5), and the end of options. */
const COMMENT = 1;
const END_OF_OPTIONS = 0;

/** What stands behind `prefix` in each comment that begins so: all of it, or its length as `measure` says; 0 for no value. */
function commented(prefix: string, measure?: (view: DataView, at: number, end: number) => number): Read {
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
        const from = value + wanted.length;
        const long = measure === undefined ? value + length - from : measure(view, from, value + length);
        if (measure === undefined || long > 0) out.span(number++, view, from, long);
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

/** How long the name of a drop reason is (`NETFILTER_DROP in nft_do_chain, …`); 0 for `reason unknown`. */
function reasonLength(view: DataView, from: number, end: number): number {
  let at = from;
  while (at < end && isOfName(view.getUint8(at))) at++;
  const isEnd = at === end || view.getUint8(at) === SPACE || view.getUint8(at) === COMMA;
  return isEnd ? at - from : 0;
}

const SPACE = 0x20;
const COMMA = 0x2c;

/** Capital letters, digits and the underscore. */
function isOfName(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f;
}

const names = VERDICTS.map((name) => new TextEncoder().encode(name));

const verdicts: Read = ({ tcp, analysis, texts }, out) => {
  if (tcp.count === 0 || analysis.row < 0) return;
  for (let bit = 0; bit < names.length; bit++) {
    if ((analysis.verdict & (1 << bit)) !== 0) texts.copy(out, 0, names[bit], names[bit].length);
  }
};

const namespace: Read = ({ batch, index, origin, texts }, out) => {
  const name = isPacket(batch.kind[index]) ? origin.namespace(batch.interface[index]) : '';
  if (name !== '') texts.add(out, 0, name);
};

export const NSCAP = [
  field('nscap.netns', 'Network namespace of the interface', 'string', namespace),
  field('nscap.verdict', 'Verdicts of nscap analyze on the segment', 'string', verdicts, {
    needs: ANALYSIS,
  }),
  field('nscap.finding', 'Findings that the packet proves', 'string', commented('nscap: ')),
  field(
    'nscap.drop.reason',
    "The kernel's reason to drop the packet",
    'string',
    commented('dropped: ', reasonLength),
  ),
  field('nscap.process', 'Processes at the ends of the connection', 'string', commented('process: ')),
];
