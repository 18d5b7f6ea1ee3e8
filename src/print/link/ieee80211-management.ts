// The bodies of management frames of IEEE 802.11.

import type { Printer } from '../engine/printer.ts';
import { printTerminated } from '../engine/text.ts';
import { REASONS, STATUSES } from './ieee80211-texts.ts';

/** Elements, their longest values, and the bits of the capabilities. */
const SSID = 0;
const RATES = 1;
const CHANNEL = 3;
const TRAFFIC = 5;
const CHALLENGE = 16;
const LONGEST_SSID = 32;
const LONGEST_CHALLENGE = 253;
const MOST_RATES = 16;
const LONGEST_TRAFFIC = 254;
const ESS = 0x01;
const PRIVACY = 0x10;

const ALGORITHMS = ['Open System', 'Shared Key', 'EAP'];
const SHARED_KEY = 1;

/** The first of each element that is printed: where it lies, -1 where there is none. */
interface Elements {
  ssid: number;
  rates: number;
  channel: number;
  /** False where an element is cut short, or longer than it may be. */
  whole: boolean;
}

type Body = (p: Printer, offset: number, length: number, source: number) => boolean;

function u16(p: Printer, offset: number): number {
  return p.view.getUint16(offset, true);
}

function findElements(p: Printer, offset: number, length: number): Elements {
  const found: Elements = { ssid: -1, rates: -1, channel: -1, whole: false };
  while (length !== 0) {
    if (!p.has(offset, 2) || length < 2) return found;
    const size = p.bytes[offset + 1];
    if (!p.has(offset + 2, size) || length < size + 2) return found;
    switch (p.bytes[offset]) {
      case SSID:
        if (size > LONGEST_SSID) return found;
        if (found.ssid < 0) found.ssid = offset;
        break;
      case RATES:
        if (size > MOST_RATES) return found;
        // Some senders put an empty one before the one that counts.
        if (found.rates < 0 && size !== 0) found.rates = offset;
        break;
      case CHANNEL:
        if (found.channel < 0 && size === 1) found.channel = offset;
        break;
      case CHALLENGE:
        if (size > LONGEST_CHALLENGE) return found;
        break;
      case TRAFFIC:
        if (size > LONGEST_TRAFFIC) return found;
    }
    offset += 2 + size;
    length -= 2 + size;
  }
  found.whole = true;
  return found;
}

function printSsid(p: Printer, { ssid }: Elements): void {
  if (ssid < 0) return;
  p.ascii(' (');
  printTerminated(p, ssid + 2, p.bytes[ssid + 1]);
  p.ascii(')');
}

function printRates(p: Printer, { rates }: Elements): void {
  if (rates < 0) return;
  for (let i = 0; i < p.bytes[rates + 1]; i++) {
    const rate = p.bytes[rates + 2 + i];
    p.ascii(`${i === 0 ? ' [' : ' '}${((rate & 0x7f) / 2).toFixed(1)}${(rate & 0x80) !== 0 ? '*' : ''}`);
  }
  p.ascii(' Mbit]');
}

function printChannel(p: Printer, { channel }: Elements, capabilities: number): void {
  if (channel >= 0) p.field(' CH: ', p.bytes[channel + 2]);
  if ((capabilities & PRIVACY) !== 0) p.ascii(', PRIVACY');
}

/** True where the fixed fields are there. */
function fits(p: Printer, offset: number, length: number, size: number): boolean {
  return p.has(offset, size) && length >= size;
}

function printBeacon(p: Printer, offset: number, length: number): boolean {
  if (!fits(p, offset, length, 12)) return false;
  const capabilities = u16(p, offset + 10);
  const elements = findElements(p, offset + 12, length - 12);
  printSsid(p, elements);
  printRates(p, elements);
  p.ascii((capabilities & ESS) !== 0 ? ' ESS' : ' IBSS');
  printChannel(p, elements, capabilities);
  return elements.whole;
}

function printProbeResponse(p: Printer, offset: number, length: number): boolean {
  if (!fits(p, offset, length, 12)) return false;
  const elements = findElements(p, offset + 12, length - 12);
  printSsid(p, elements);
  printRates(p, elements);
  printChannel(p, elements, u16(p, offset + 10));
  return elements.whole;
}

function printProbeRequest(p: Printer, offset: number, length: number): boolean {
  const elements = findElements(p, offset, length);
  printSsid(p, elements);
  printRates(p, elements);
  return elements.whole;
}

function printAssociationRequest(p: Printer, offset: number, length: number): boolean {
  if (!fits(p, offset, length, 4)) return false;
  return printProbeRequest(p, offset + 4, length - 4);
}

function printAssociationResponse(p: Printer, offset: number, length: number): boolean {
  if (!fits(p, offset, length, 6)) return false;
  const elements = findElements(p, offset + 6, length - 6);
  p.hexField(' AID(', u16(p, offset + 4) & 0x3fff);
  p.ascii((u16(p, offset) & PRIVACY) !== 0 ? ') : PRIVACY : ' : ') :: ');
  p.ascii(STATUSES[u16(p, offset + 2)] ?? 'n/a');
  return elements.whole;
}

function printReassociationRequest(p: Printer, offset: number, length: number): boolean {
  if (!fits(p, offset, length, 10)) return false;
  const elements = findElements(p, offset + 10, length - 10);
  printSsid(p, elements);
  p.ascii(' AP : ');
  p.mac(offset + 4);
  return elements.whole;
}

function printAuthentication(p: Printer, offset: number, length: number): boolean {
  if (!fits(p, offset, length, 6)) return false;
  const algorithm = u16(p, offset);
  const step = u16(p, offset + 2);
  const { whole } = findElements(p, offset + 6, length - 6);
  p.ascii(` (${ALGORITHMS[algorithm] ?? 'Reserved'})-${step.toString(16)}`);
  p.ascii(algorithm === SHARED_KEY && (step === 2 || step === 3) ? ' [Challenge Text] ' : ': ');
  if (step % 2 !== 0) p.ascii(STATUSES[u16(p, offset + 4)] ?? 'n/a');
  return whole;
}

function printDisassociation(p: Printer, offset: number, length: number): boolean {
  if (!fits(p, offset, length, 2)) return false;
  p.ascii(`: ${REASONS[u16(p, offset)] ?? 'Reserved'}`);
  return true;
}

/** Who sent it, where -e did not say that. */
function printSource(p: Printer, source: number): void {
  if (!p.link) {
    p.ascii(' (');
    p.mac(source);
    p.ascii(')');
  }
  p.ascii(': ');
}

function printDeauthentication(p: Printer, offset: number, length: number, source: number): boolean {
  if (!fits(p, offset, length, 2)) return false;
  printSource(p, source);
  p.ascii(REASONS[u16(p, offset)] ?? 'Reserved');
  return true;
}

const CATEGORIES = new Map<number, readonly [category: string, actions: readonly (string | undefined)[]]>([
  [0, ['Spectrum Management ', []]],
  [1, ['QoS ', []]],
  [2, ['DLS ', []]],
  [3, ['BA ', ['ADDBA Request', 'ADDBA Response', 'DELBA']]],
  [7, ['HT ', ['TxChWidth', 'MIMOPwrSave']]],
  [
    13,
    [
      'MeshAction ',
      [
        'MeshLink',
        'HWMP',
        'Gate Announcement',
        'Congestion Control',
        'MCCA Setup Request',
        'MCCA Setup Reply',
        'MCCA Advertisement Request',
        'MCCA Advertisement',
        'MCCA Teardown',
        'TBTT Adjustment Request',
        'TBTT Adjustment Response',
      ],
    ],
  ],
  [14, ['MultiohopAction ', ['Proxy Update', 'Proxy Update Confirmation']]],
  [
    15,
    [
      'SelfprotectAction ',
      [
        undefined,
        'Peering Open',
        'Peering Confirm',
        'Peering Close',
        'Group Key Inform',
        'Group Key Acknowledge',
      ],
    ],
  ],
  [127, ['Vendor ', []]],
]);

function printAction(p: Printer, offset: number, length: number, source: number): boolean {
  if (!fits(p, offset, length, 2)) return false;
  printSource(p, source);
  const [category, actions] = CATEGORIES.get(p.bytes[offset]) ?? [`Reserved(${p.bytes[offset]}) `, []];
  const action = p.bytes[offset + 1];
  p.ascii(category);
  p.ascii(actions[action] ?? `Act#${action}`);
  return true;
}

const SUBTYPES = new Map<number, readonly [name: string, print: Body]>([
  [0, ['Assoc Request', printAssociationRequest]],
  [1, ['Assoc Response', printAssociationResponse]],
  [2, ['ReAssoc Request', printReassociationRequest]],
  [3, ['ReAssoc Response', printAssociationResponse]],
  [4, ['Probe Request', printProbeRequest]],
  [5, ['Probe Response', printProbeResponse]],
  [8, ['Beacon', printBeacon]],
  [9, ['ATIM', () => true]],
  [10, ['Disassociation', printDisassociation]],
  [11, ['Authentication', printAuthentication]],
  [12, ['DeAuthentication', printDeauthentication]],
  [13, ['Action', printAction]],
]);

/** Prints the name of the subtype, and what decides how the body is printed. */
export function printManagement(
  p: Printer,
  subtype: number,
  cipher: ((p: Printer, offset: number) => boolean) | undefined,
  offset: number,
  length: number,
  source: number,
): boolean {
  const [name, print] = SUBTYPES.get(subtype) ?? [];
  p.ascii(name ?? `Unhandled Management subtype(${subtype.toString(16)})`);
  if (cipher !== undefined) return cipher(p, offset);
  return print?.(p, offset, length, source) ?? true;
}
