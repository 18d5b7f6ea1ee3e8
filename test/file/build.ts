// Capture files put together byte by byte, also such as no writer of ours would write.

/** The 60 bytes of every packet here, unless told otherwise. */
export const PACKET = Uint8Array.from({ length: 60 }, (_, i) => i);
export const MICROSECONDS = 0xa1b2c3d4;

export function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Numbers in a row: `w` 16 bits, `d` 32 bits, `q` 64 bits. */
export function numbers(little: boolean, format: string, ...values: (number | bigint)[]): Uint8Array {
  const size = [...format].reduce((sum, c) => sum + { w: 2, d: 4, q: 8 }[c as 'w' | 'd' | 'q'], 0);
  const view = new DataView(new ArrayBuffer(size));
  let at = 0;
  [...format].forEach((c, i) => {
    if (c === 'w') view.setUint16(at, Number(values[i]), little);
    else if (c === 'd') view.setUint32(at, Number(values[i]), little);
    else view.setBigUint64(at, BigInt.asUintN(64, BigInt(values[i])), little);
    at += c === 'w' ? 2 : c === 'd' ? 4 : 8;
  });
  return new Uint8Array(view.buffer);
}

export interface PcapOptions {
  little?: boolean;
  magic?: number;
  major?: number;
  minor?: number;
  snaplen?: number;
  link?: number;
}

export function pcapHeader(options: PcapOptions = {}): Uint8Array {
  const { little = true, magic = MICROSECONDS, major = 2, minor = 4, snaplen = 65535, link = 1 } = options;
  return numbers(little, 'dwwdddd', magic, major, minor, 0, 0, snaplen, link);
}

/** A record with whatever lengths its header shall tell. `extra` comes between header and packet. */
export function pcapRecord(
  seconds: number,
  fraction: number,
  first: number,
  second: number,
  options: { little?: boolean; packet?: Uint8Array; extra?: number } = {},
): Uint8Array {
  const { little = true, packet = PACKET, extra = 0 } = options;
  return join(numbers(little, 'dddd', seconds, fraction, first, second), new Uint8Array(extra), packet);
}

function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3);
}

/** Blocks of pcapng in one byte order. */
export class Blocks {
  readonly little: boolean;

  constructor(little = true) {
    this.little = little;
  }

  block(type: number, body: Uint8Array, length?: number, trailer?: number): Uint8Array {
    const pad = padding(body.length);
    const right = 12 + body.length + pad.length;
    return join(
      numbers(this.little, 'dd', type, length ?? right),
      body,
      pad,
      numbers(this.little, 'd', trailer ?? right),
    );
  }

  option(code: number, value: Uint8Array | string): Uint8Array {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    return join(numbers(this.little, 'ww', code, bytes.length), bytes, padding(bytes.length));
  }

  options(...options: Uint8Array[]): Uint8Array {
    return join(...options, new Uint8Array(4));
  }

  section(options: Uint8Array = new Uint8Array(0), version: [number, number] = [1, 0]): Uint8Array {
    return this.block(
      0x0a0d0d0a,
      join(numbers(this.little, 'dwwq', 0x1a2b3c4d, version[0], version[1], -1n), options),
    );
  }

  interface(link = 1, snaplen = 65535, options: Uint8Array = new Uint8Array(0)): Uint8Array {
    return this.block(1, join(numbers(this.little, 'wwd', link, 0, snaplen), options));
  }

  /** An enhanced packet; captured and wire length are told as given. */
  enhanced(
    interfaceId: number,
    ticks: bigint,
    packet: Uint8Array = PACKET,
    told: { captured?: number; wire?: number; options?: Uint8Array } = {},
  ): Uint8Array {
    const { captured = packet.length, wire = packet.length, options = new Uint8Array(0) } = told;
    const high = ticks >> 32n;
    return this.block(
      6,
      join(
        numbers(this.little, 'ddddd', interfaceId, high, ticks & 0xffffffffn, captured, wire),
        packet,
        padding(packet.length),
        options,
      ),
    );
  }

  simple(wire: number, packet: Uint8Array = PACKET): Uint8Array {
    return this.block(3, join(numbers(this.little, 'd', wire), packet));
  }

  /** The packet block of the first drafts. */
  old(interfaceId: number, ticks: bigint, options: Uint8Array = new Uint8Array(0)): Uint8Array {
    const { length } = PACKET;
    return this.block(
      2,
      join(
        numbers(this.little, 'wwdddd', interfaceId, 0, ticks >> 32n, ticks & 0xffffffffn, length, length),
        PACKET,
        options,
      ),
    );
  }
}
