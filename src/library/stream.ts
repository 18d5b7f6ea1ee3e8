// What `follow` does, loaded when it is called.
import { NscapError } from '../errors.ts';
import { DEFAULT_MAX_CONNECTIONS } from '../flow/analysis.ts';
import { CLIENT, Follow, SERVER, type Side } from '../flow/follow.ts';
import type { PacketSource } from '../source/source.ts';
import { captureOf } from './capture.ts';

/** Bounds on what `follow` keeps. */
export interface FollowOptions {
  /** Bytes kept at most of segments that wait for others: 67 108 864 where absent. */
  maxMemory?: number;
  /** Connections kept at a time, about 1 kB each: 250 000 where absent. */
  maxConnections?: number;
}

/** The next bytes that one side of a connection sent; or, with `missing`, a hole where they were not captured. */
export interface StreamChunk {
  /** Who sent them. Where no SYN was captured, the side with the lower port is taken for the server. */
  sender: 'client' | 'server';
  /** The sender as `10.0.1.0:7096` or `[fd00::1]:7096`. */
  address: string;
  /** Bytes of their own, which last; empty for a hole. */
  bytes: Uint8Array;
  /** Bytes of the stream that were not captured; 0 for data. */
  missing: number;
}

/** Bytes kept at most of segments that wait for others. */
const MEMORY = 64 << 20;

/** Follows a stream through a source to its end, and closes it. */
export async function* followSource(
  given: string | PacketSource,
  stream: number,
  options: FollowOptions,
): AsyncGenerator<StreamChunk, void, undefined> {
  const source = await captureOf(given, undefined);
  const chunks: StreamChunk[] = [];
  const add = (side: Side, bytes: Uint8Array, missing: number) => {
    const sender = side === CLIENT ? 'client' : 'server';
    const [client, server] = followed.endpoints!;
    chunks.push({ sender, address: side === CLIENT ? client : server, bytes, missing });
  };
  const output = {
    data: (side: Side, bytes: Uint8Array, from: number, to: number) => add(side, bytes.slice(from, to), 0),
    gap: (side: Side, length: number) => add(side, new Uint8Array(0), length),
  };
  const followed = new Follow(
    stream,
    output,
    options.maxMemory ?? MEMORY,
    options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
  );
  try {
    for (let batch = await source.next(); batch !== null; batch = await source.next()) {
      for (let i = 0; i < batch.count; i++) followed.add(batch, i);
      yield* chunks.splice(0);
    }
    followed.end();
    yield* chunks.splice(0);
  } finally {
    await source.close();
  }
  check(source, followed, stream, typeof given === 'string' ? given : 'the capture');
}

/** Throws where what was followed is not the whole stream, and the chunks do not say so. */
function check(source: PacketSource, followed: Follow, stream: number, name: string): void {
  if (source.damage !== undefined) throw new NscapError('FORMAT', `${name} is ${source.damage}`);
  if (followed.endpoints === undefined)
    throw new NscapError('NO_STREAM', `there is no TCP stream ${stream} in ${name}`, {
      hint: `streams count from 0; this capture has ${followed.streams}`,
    });
  if (followed.sides[CLIENT].bounded + followed.sides[SERVER].bounded > 0)
    throw new NscapError('MEMORY', `more than maxMemory bytes of stream ${stream} waited for others`, {
      hint: 'a larger maxMemory follows all of it',
    });
}
