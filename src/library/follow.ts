// The bytes of one TCP connection in order.
import type { PacketSource } from '../source/source.ts';
import type { FollowOptions, StreamChunk } from './stream.ts';

/**
 * Follows one TCP connection: what each side sent, in the order that the other could read it. Retransmissions are used
 * once, overlaps resolved as Linux does; holes are delivered as such.
 *
 * @param source the path of a capture file, or a capture, which is read to its end and closed
 * @param stream the connection's number, as `analyze` and Wireshark (tcp.stream) count
 * @throws NscapError NO_STREAM at the end, where there was no such stream; MEMORY where holes had to be given up; FORMAT
 * where the file is damaged, once what was whole is delivered; and as `openFile` does
 * @example for await (const { sender, bytes } of follow('trace.pcap', 0)) …
 */
export async function* follow(
  source: string | PacketSource,
  stream: number,
  options: FollowOptions = {},
): AsyncGenerator<StreamChunk, void, undefined> {
  const { followSource } = await import('./stream.ts');
  yield* followSource(source, stream, options);
}
