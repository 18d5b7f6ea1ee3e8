// The quick reading of plain packets, and the reading of all: what identifies a packet is the same, whatever its bytes are.
import { expect, test } from 'vitest';
import { Batch } from '../../src/base/batch.ts';
import { Identity } from '../../src/trace/identity.ts';
import { TCP_DATA, UDP } from '../../src/trace/identity-fields.ts';
import { placePlain } from '../../src/trace/plain-packet.ts';
import { Random } from '../support/random.ts';
import { type Bytes, ethernet, ip, tcp, udp } from './frames.ts';

const PACKETS = 4000;
const ENDS = { source: '10.1.0.10', destination: '10.2.0.20' };
/** Bytes of headers that are changed: those where a bit decides how a packet is read, more often than others. */
const TELLING = [0, 12, 13, 14, 15, 16, 17, 20, 21, 23, 24, 30, 31, 34, 35, 36, 37, 38, 39, 46, 47, 54, 57];

/** A packet of one of the usual kinds, and after it as many bytes as a link pads with. */
function frame(random: Random): Bytes {
  const payload = Array.from({ length: random.pick([0, 0, 1, 7, 40, 48, 49, 200]) }, () => random.below(256));
  const ports = [random.pick([1024, 5201, 53]), random.pick([80, 4789, 40_000])] as const;
  const numbers = { sequence: random.below(2 ** 32), acknowledgment: random.below(2 ** 32), flags: 24 };
  let transport = random.chance(0.5) ? udp(ENDS, ...ports, payload) : tcp(ENDS, ...ports, numbers, payload);
  const isTcp = transport.length === payload.length + 20;
  if (isTcp && random.chance(0.7)) {
    const options = [1, 1, 8, 10, ...Array.from({ length: 8 }, () => random.below(256))];
    transport = [...transport.slice(0, 12), 0x80, ...transport.slice(13, 20), ...options, ...payload];
  }
  const id = random.pick([0, 1, 0xffff]);
  const padding = random.chance(0.2) ? new Array<number>(6).fill(0) : [];
  return [...ethernet(1, 2, 0x0800, ip(ENDS, isTcp ? 6 : 17, transport, { id })), ...padding];
}

/** All that is read of a packet; but not what only packets of another kind have. */
function fields(packet: Identity): Record<string, unknown> {
  const {
    checksums,
    bytes: _,
    packet: __,
    cursor: ___,
    ...all
  } = packet as unknown as Record<string, unknown>;
  const { kind } = packet;
  for (const name of ['tunnelled', 'timestampValue', 'timestampEcho', 'optionValues']) delete all[name];
  if (kind !== UDP && kind !== TCP_DATA) delete all.hashed;
  if (kind === UDP) delete all.acknowledgment;
  else {
    delete all.payloadAt;
    delete all.payloadEnd;
  }
  return { ...all, ...(checksums as object) };
}

test.each([0, 60, 96])('packets captured up to %i bytes (0: whole) and changed anywhere', (snaplen) => {
  const random = new Random(snaplen + 1);
  const batch = new Batch(1);
  const quick = new Identity();
  const slow = new Identity();
  for (const packet of [quick, slow]) packet.limit(snaplen);
  let plain = 0;
  for (let n = 0; n < PACKETS; n++) {
    const bytes = Uint8Array.from(frame(random));
    const changes = random.pick([0, 0, 1, 2]);
    for (let k = 0; k < changes; k++) {
      const at = random.chance(0.7) ? random.pick(TELLING) : random.below(bytes.length);
      if (at < bytes.length) bytes[at] ^= 1 << random.below(8);
    }
    const whole = snaplen === 0 ? bytes.length : Math.min(bytes.length, snaplen);
    batch.reset(bytes, 1);
    batch.offset[0] = 0;
    batch.captured[0] = random.chance(0.1) ? random.below(whole + 1) : whole;
    batch.wire[0] = bytes.length;
    batch.linkType[0] = random.chance(0.02) ? 101 : 1;
    batch.count = 1;
    if (!placePlain(quick, batch, 0)) continue;
    plain++;
    slow.placeAny(batch, 0);
    expect(fields(quick), Buffer.from(bytes).toString('hex')).toEqual(fields(slow));
  }
  expect(plain).toBeGreaterThan(PACKETS / 4);
});
