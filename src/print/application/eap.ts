// EAP (RFC 3748) over LANs (IEEE 802.1X).
import type { Names } from '../engine/names.ts';
import { type Printer, writeFlags } from '../engine/printer.ts';
import { printPadded } from '../engine/text.ts';

const FRAMES = ['EAP packet', 'EAPOL start', 'EAPOL logoff', 'EAPOL key', 'Encapsulated ASF alert'];
const CODES: Names = new Map([
  [1, 'Request'],
  [2, 'Response'],
  [3, 'Success'],
  [4, 'Failure'],
]);

const IDENTITY = 1;
const NOTIFICATION = 2;
const NAK = 3;
const TLS = 13;
const SIM = 18;
const TTLS = 21;
const AKA = 23;
const FAST = 43;
const TYPES: Names = new Map([
  [0, 'No proposed'],
  [IDENTITY, 'Identity'],
  [NOTIFICATION, 'Notification'],
  [NAK, 'Nak'],
  [4, 'MD5-challenge'],
  [5, 'OTP'],
  [6, 'GTC'],
  [TLS, 'TLS'],
  [SIM, 'SIM'],
  [TTLS, 'TTLS'],
  [AKA, 'AKA'],
  [FAST, 'FAST'],
  [254, 'Expanded types'],
  [255, 'Experimental'],
]);
const LENGTH_INCLUDED = 0x80;
const FLAGS = [
  [LENGTH_INCLUDED, 'L bit'],
  [0x40, 'More fragments bit'],
  [0x20, 'Start bit'],
] as const;
const SUBTYPES: Names = new Map([
  [1, 'Challenge'],
  [2, 'Auth reject'],
  [4, 'Sync failure'],
  [5, 'Identity'],
  [10, 'Start'],
  [11, 'Challenge'],
  [12, 'Notification'],
  [13, 'Reauth'],
  [14, 'Client error'],
]);

/** What a message must be long enough for, in tcpdump's words, by its type. */
const NEEDS: Names = new Map([
  [NOTIFICATION, 'EAP Notification'],
  [NAK, 'EAP Legacy NAK'],
  [TLS, 'EAP TLS/TTLS'],
  [TTLS, 'EAP TLS/TTLS'],
  [FAST, 'EAP FAST'],
  [SIM, 'EAP SIM/AKA'],
  [AKA, 'EAP SIM/AKA'],
]);

export function printEapol(p: Printer, offset: number): void {
  p.protocol = 'eap';
  if (!p.has(offset, 4)) {
    p.truncated();
    return;
  }
  const type = p.bytes[offset + 1];
  const length = p.view.getUint16(offset + 2);
  p.ascii(`${FRAMES[type] ?? 'unknown'} (${type}) v${p.bytes[offset]}, len ${length}`);
  if (p.verbose === 0 || type !== 0) return;
  if (length === 0) {
    p.truncated();
    return;
  }
  p.ascii(', ');
  printEap(p, offset + 4, length);
}

export function printEap(p: Printer, offset: number, length: number): void {
  const code = p.u8(offset);
  if (p.u16(offset + 2) !== length) {
    p.ascii('EAP fragment?');
    return;
  }
  p.ascii(`${CODES.get(code) ?? 'unknown'} (${code}), id ${p.u8(offset + 1)}, len ${length}`);
  if (length < 4) {
    p.ascii(' (too short for EAP header)');
    return;
  }
  if (!p.has(offset, length)) {
    p.truncated();
    return;
  }
  if (code !== 1 && code !== 2) return;
  if (length < 5) {
    p.ascii(' (too short for EAP request/response)');
    return;
  }
  const type = p.bytes[offset + 4];
  p.ascii(`\n\t\t Type ${TYPES.get(type) ?? 'unknown'} (${type})`);
  const needs = NEEDS.get(type);
  if (needs !== undefined && length < 6) p.ascii(` (too short for ${needs} request/response)`);
  else printData(p, type, needs ?? '', offset, length);
}

function printData(p: Printer, type: number, needs: string, offset: number, length: number): void {
  switch (type) {
    case IDENTITY:
    case NOTIFICATION:
      if (length === 5) return;
      p.ascii(type === IDENTITY ? ', Identity: ' : ', Notification: ');
      printPadded(p, offset + 5, length - 5);
      return;
    case NAK:
      for (let i = 5; i < length; i++) {
        const wanted = p.bytes[offset + i];
        p.ascii(`${i === 5 ? '' : ','} ${TYPES.get(wanted) ?? 'unknown'} (${wanted})`);
      }
      return;
    case TLS:
    case TTLS:
    case FAST: {
      const flags = p.bytes[offset + 5];
      if (type !== TLS) p.field(type === TTLS ? ' TTLSv' : ' FASTv', flags & 7);
      p.ascii(' flags [');
      writeFlags(p, FLAGS, 'none', flags, ', ');
      p.ascii('] 0x');
      p.out.hexPadded(flags, 2);
      if ((flags & LENGTH_INCLUDED) === 0) return;
      if (length < 10) p.ascii(` (too short for ${needs} request/response with length)`);
      else p.field(', len ', p.u32(offset + 6));
      return;
    }
    case AKA:
    case SIM:
      p.ascii(` subtype [${SUBTYPES.get(p.bytes[offset + 5]) ?? 'unknown'}] 0x`);
      p.out.hexPadded(p.bytes[offset + 5], 2);
  }
}
