// A filter expression for the packets of one link type.
import { compile, dltByName } from '../binding/compiler.ts';
import type { Program } from './program.ts';

/**
 * Compiles a pcap-filter(7) expression for packets of a file with the LINKTYPE_ value `linkType`. `snaplen` in bytes is
 * what the program returns for packets it takes; 0 stands for no limit (262 144). `littleEndian` is the file's byte
 * order, in which NULL packets have their address family; this machine's where it is not told.
 * Throws NscapError: a usage error in libpcap's own words where the expression does not compile, LIBPCAP where the
 * system has no libpcap.
 */
export function compileFilter(
  expression: string,
  linkType: number,
  snaplen = 0,
  littleEndian?: boolean,
): Program {
  return compile(expression, { kind: 'file', linkType, snaplen, littleEndian });
}

/**
 * Compiles as `tcpdump -d -y NAME` does, for no particular packets; `name` is a link type's as pcap-linktype(7) has it.
 */
export function compileByName(expression: string, name: string, snaplen: number, optimize: boolean): Program {
  return compile(expression, { kind: 'dead', dlt: dltByName(name), snaplen }, optimize);
}
