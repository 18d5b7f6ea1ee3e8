// libpcap's own interpreter and disassembler, as judges.
import koffi from 'koffi';
import { libpcap } from '../../src/binding/load.ts';
import type { Program } from '../../src/filter/program.ts';

const instruction = koffi.struct({ code: 'uint16', jt: 'uint8', jf: 'uint8', k: 'uint32' });
const programType = koffi.struct({ bf_len: 'unsigned int', bf_insns: 'void *' });
const offlineFilter = libpcap().func('pcap_offline_filter', 'unsigned int', [
  koffi.pointer(programType),
  'void *',
  'void *',
]);
const bpfImage = libpcap().func('bpf_image', 'str', [koffi.pointer(instruction), 'int']);

/** What pcap_offline_filter answers for packets, with a program prepared once. */
export function judge(program: Program): (packet: Uint8Array, wire: number) => number {
  const insns = new Uint8Array(program.length * 8);
  const view = new DataView(insns.buffer);
  for (const [i, { code, jt, jf, k }] of program.entries()) {
    view.setUint16(i * 8, code, true);
    view.setUint8(i * 8 + 2, jt);
    view.setUint8(i * 8 + 3, jf);
    view.setUint32(i * 8 + 4, k, true);
  }
  const struct = { bf_len: program.length, bf_insns: insns };
  // struct pcap_pkthdr: a timeval of two longs, caplen, len.
  const longs = koffi.sizeof('long') * 2;
  const header = new Uint8Array(longs + 8);
  const headerView = new DataView(header.buffer);
  return (packet, wire) => {
    headerView.setUint32(longs, packet.length, true);
    headerView.setUint32(longs + 4, wire, true);
    return offlineFilter(struct, header, packet);
  };
}

/** libpcap's text for a program. */
export function image(program: Program): string {
  return program.map((one, i) => `${bpfImage(one, i)}\n`).join('');
}
