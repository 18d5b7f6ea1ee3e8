// The output buffer and the checksum, beside the plain way to compute the same.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { folded, sum16 } from '../../src/base/checksum.ts';
import { Literal, Text } from '../../src/base/text.ts';
import { TextCache } from '../../src/base/text-cache.ts';

function written(use: (text: Text) => void, size = 1): string {
  const text = new Text(size);
  use(text);
  return Buffer.from(text.take()).toString();
}

describe('numbers', () => {
  it('of 16 bits are written in hex', () => {
    const numbers = Array.from({ length: 0x10000 }, (_, n) => n);
    const wrong = numbers.filter((n) => written((out) => out.hexShort(n)) !== n.toString(16));
    expect(wrong).toEqual([]);
  });

  it('are written in decimal', () => {
    const whole = fc.oneof(
      fc.maxSafeInteger(),
      fc.nat(12_000),
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.constantFrom(9_999, 10_000, 99_999_999, 100_000_000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32),
    );
    fc.assert(
      fc.property(whole, (n) => {
        expect(written((text) => text.decimal(n))).toBe(String(n));
      }),
    );
  });

  it('of 32 bits are written without their sign', () => {
    fc.assert(
      fc.property(fc.integer(), (n) => {
        expect(written((text) => text.unsigned(n))).toBe(String(n >>> 0));
      }),
    );
  });

  it('are padded with zeros, and what stands before them is kept', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 10 }), fc.string(), (n, width, before) => {
        const digits = String(n % 10 ** width);
        const text = written((out) => {
          out.utf8(before);
          out.padded(Number(digits), width);
          out.byte(0x21);
        });
        expect(text).toBe(`${Buffer.from(before).toString()}${digits.padStart(width, '0')}!`);
      }),
    );
  });

  it('are written in hex', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 1, max: 8 }), (n, digits) => {
        expect(written((text) => text.hex(n))).toBe(n.toString(16));
        expect(written((text) => text.hex4(n))).toBe(n.toString(16).padStart(8, '0').slice(4));
        expect(written((text) => text.hexPadded(n, digits))).toBe(
          n
            .toString(16)
            .padStart(8, '0')
            .slice(8 - digits),
        );
      }),
    );
  });
});

describe('pieces', () => {
  const ascii = fc.string({ unit: 'binary-ascii', maxLength: 120 });

  it('follow each other however small the buffer was', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), ascii, fc.nat())), (pieces) => {
        const text = written((out) => {
          for (const [kind, piece, number] of pieces) {
            if (kind === 0) out.ascii(piece);
            else if (kind === 1) out.literal(new Literal(piece));
            else if (kind === 2) out.raw(Buffer.from(piece), 0, piece.length);
            else out.decimal(number);
          }
        });
        expect(text).toBe(pieces.map(([kind, piece, number]) => (kind === 3 ? number : piece)).join(''));
      }),
    );
  });

  it('too long to be literals are refused', () => {
    expect(() => new Literal('x'.repeat(121))).toThrow(RangeError);
  });

  it('are forgotten when the text is cleared', () => {
    const text = new Text();
    text.ascii('one');
    text.clear();
    text.ascii('two');
    expect(Buffer.from(text.take()).toString()).toBe('two');
  });
});

describe('a cache of pieces', () => {
  it('writes what was remembered under the same key, and nothing else', () => {
    const key = fc.tuple(fc.nat(3), fc.nat(3), fc.integer(), fc.nat(1));
    const piece = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(fc.array(fc.tuple(key, piece), { maxLength: 8 }), fc.array(fc.nat(7)), (known, order) => {
        fc.pre(known.length > 0);
        const cache = new TextCache(4);
        // The buffer is full of what is no number as a float64.
        const out = new Text();
        out.bytes.fill(0xff);
        let expected = '';
        for (const i of order) {
          const [[a, b, c, d], text] = known[i % known.length];
          const first = known.find(([other]) => other.join() === [a, b, c, d].join())![1];
          const start = out.length;
          if (!cache.write(out, a, b, c, d)) {
            out.ascii(first);
            cache.remember(out, start);
          }
          expected += first;
          out.byte(text.length);
          expected += String.fromCharCode(text.length);
        }
        expect(Buffer.from(out.take()).toString('latin1')).toBe(expected);
      }),
    );
  });
});

describe('the Internet checksum', () => {
  /** RFC 1071, word by word. */
  function reference(bytes: Uint8Array): number {
    let sum = 0;
    for (let i = 0; i < bytes.length; i++) sum += i % 2 === 0 ? bytes[i] * 256 : bytes[i];
    while (sum > 0xffff) sum = (sum % 65536) + Math.floor(sum / 65536);
    return sum;
  }

  it('is what RFC 1071 says, wherever the bytes lie', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, fc.nat(9), (data, before) => {
        const buffer = new Uint8Array(before + data.length + 7).fill(0xa5);
        buffer.set(data, before);
        expect(sum16(new DataView(buffer.buffer), before, before + data.length)).toBe(reference(data));
      }),
    );
  });

  it('does not overflow over the longest packet', () => {
    const data = new Uint8Array(262_144).fill(0xff);
    expect(sum16(new DataView(data.buffer), 0, data.length)).toBe(0xffff);
    expect(folded(0x7fffffff)).toBe(0x7fff);
  });
});
