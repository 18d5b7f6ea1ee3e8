// Options of TCP and IPv4, and the extension headers of IPv6: where one ends and the next begins.
import { expect, test } from 'vitest';
import { extensionLength } from '../../src/wire/ipv6-extensions.ts';
import * as options from '../../src/wire/options.ts';
import * as ipProtocol from '../../src/wire/registry/ip-protocols.ts';

type Found = [kind: number, offset: number, length: number];

/** Kind, place and length of every option, and why there are no more. */
function walk(bytes: number[], captured = bytes.length): Found[] {
  const cursor = new options.OptionCursor();
  cursor.open(new DataView(Uint8Array.from(bytes).buffer), 0, bytes.length, captured);
  const found: Found[] = [];
  while (cursor.step()) found.push([cursor.kind, cursor.offset, cursor.length]);
  found.push([-1, -1, cursor.reason]);
  return found;
}

test.each<[what: string, bytes: number[], captured: number, ...found: Found[]]>([
  [
    'the last one ends with the header',
    [2, 4, 5, 180, 1, 3, 3, 7],
    8,
    [2, 0, 4],
    [3, 5, 3],
    [-1, -1, options.DONE],
  ],
  ['an end of options ends them', [1, 0, 2, 4, 5, 180], 6, [-1, -1, options.END_OF_OPTIONS]],
  ['a length of two is the shortest', [4, 2, 5, 1, 0, 0], 6, [4, 0, 2], [-1, -1, options.MALFORMED]],
  ['a length of zero is none', [5, 0, 0, 0], 4, [-1, -1, options.MALFORMED]],
  ['a kind without a length', [1, 1, 1, 2], 4, [-1, -1, options.MALFORMED]],
  ['longer than the header by one byte', [2, 5, 5, 180], 4, [-1, -1, options.OVERLONG]],
  ['not captured whole', [2, 4, 5, 180], 3, [-1, -1, options.CUT]],
  ['its length was not captured', [2, 4, 5, 180], 1, [-1, -1, options.NOT_CAPTURED]],
  ['not captured at all', [1, 2, 4, 5, 180], 1, [-1, -1, options.NOT_CAPTURED]],
])('%s', (_, bytes, captured, ...found) => {
  expect(walk(bytes, captured)).toEqual(found);
});

test('as Wireshark goes through them, no-operations and zeros behind an end are options, too', () => {
  const every = new options.EveryOption();
  const kinds = (bytes: number[], captured = bytes.length) => {
    every.open(new DataView(Uint8Array.from(bytes).buffer), 0, bytes.length, captured);
    const found: number[] = [];
    while (every.step()) found.push(every.kind, every.length);
    return [found, every.isMalformed, every.hasMoreBehindEnd];
  };
  expect(kinds([1, 4, 2, 0, 0])).toEqual([[1, 1, 4, 2, 0, 1, 0, 1], false, false]);
  expect(kinds([0, 1])).toEqual([[0, 1], false, true]);
  expect(kinds([4, 1])).toEqual([[], true, false]);
  expect(kinds([4, 3])).toEqual([[], true, false]);
  expect(kinds([1, 4])).toEqual([[1, 1], true, false]);
  expect(kinds([1, 4, 2], 2)).toEqual([[1, 1], false, false]);
});

test.each([
  ['hop-by-hop options, in units of eight', ipProtocol.HOP_BY_HOP, 1, 16],
  ['destination options', ipProtocol.DESTINATION_OPTIONS, 0, 8],
  ['a routing header', ipProtocol.ROUTING, 4, 40],
  ['a mobility header', ipProtocol.MOBILITY, 255, 2048],
  ['an authentication header, in units of four less two', ipProtocol.AH, 4, 24],
  ['a fragment header, which has no length', ipProtocol.FRAGMENT, 200, 8],
  ['TCP is none', ipProtocol.TCP, 9, 0],
])('%s', (_, kind, length, bytes) => {
  const view = new DataView(Uint8Array.from([0xff, 0xff, 6, length, 0, 0, 0, 0]).buffer);
  expect(extensionLength(view, kind, 2)).toBe(bytes);
});
