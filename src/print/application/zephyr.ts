// Zephyr, the notification service of Project Athena.
import type { Printer } from '../engine/printer.ts';

/** Fields of a notice, in the order they lie in the packet, each ended by a NUL. */
const VERSION = 0;
const KIND = 2;
const CLASS = 8;
const INSTANCE = 9;
const OPCODE = 10;
const SENDER = 11;
const RECIPIENT = 12;
const FIELDS = 17;
/** Bytes of a text that tcpdump puts together. */
const LONGEST = 255;

const SERVER_ACKNOWLEDGEMENT = 5;
const KINDS = 'unsafe unacked acked hm-ack hm-ctl serv-ack serv-nak client-ack stat'.split(' ');
const SUBSCRIPTIONS = ['SUBSCRIBE', 'SUBSCRIBE_NODEFS', 'UNSUBSCRIBE'];
const CLIENT_OPERATIONS: Readonly<Record<string, string>> = {
  GIMME: ' ret',
  GIMMEDEFS: ' gimme-defs',
  CLEARSUB: ' clear-subs',
};
const REALM_OPERATIONS: Readonly<Record<string, string>> = {
  ADD_SUBSCRIBE: ' realm add-subs',
  REQ_SUBSCRIBE: ' realm req-subs',
  RLM_SUBSCRIBE: ' realm rlm-sub',
  RLM_UNSUBSCRIBE: ' realm rlm-unsub',
};
const EXPOSURES = ['NONE', 'OPSTAFF', 'REALM-VISIBLE', 'REALM-ANNOUNCED', 'NET-VISIBLE', 'NET-ANNOUNCED'];

/** Takes fields ended by NUL off a packet. */
class Fields {
  private readonly p: Printer;
  private offset: number;
  private readonly end: number;

  constructor(p: Printer, offset: number, length: number) {
    this.p = p;
    this.offset = offset;
    this.end = offset + length;
  }

  /** Undefined where the packet ends before the NUL; after that, always. */
  next(): string | undefined {
    let text = '';
    for (; this.offset < this.end; this.offset++) {
      const byte = this.p.u8(this.offset);
      if (byte === 0) {
        this.offset++;
        return text;
      }
      text += String.fromCharCode(byte);
    }
    return undefined;
  }
}

export function printZephyr(p: Printer, offset: number, length: number): void {
  p.protocol = 'zephyr';
  const fields = new Fields(p, offset, length);
  const notice: string[] = [];
  for (let i = 0; i < FIELDS; i++) {
    const field = fields.next();
    if (field === undefined) {
      p.invalid();
      return;
    }
    if (i === VERSION && !field.startsWith('ZEPH')) return;
    notice.push(field);
  }
  p.ascii(' zephyr');
  if (!notice[VERSION].startsWith('0.2', 4)) {
    show(p, ' v', notice[VERSION].slice(4));
    return;
  }
  const kind = number(notice[KIND]);
  p.ascii(` ${KINDS[kind] ?? `type ${kind}`}`);
  if (kind === SERVER_ACKNOWLEDGEMENT) {
    const answer = fields.next();
    if (answer !== undefined && answer !== 'SENT') show(p, '/', lower(answer));
  }
  if (notice[SENDER] !== '') show(p, ' ', notice[SENDER]);
  if (printKnown(p, notice, kind, fields)) return;
  show(p, ' to ', triple(notice[CLASS], notice[INSTANCE], notice[RECIPIENT]));
  if (notice[OPCODE] !== '') show(p, ' op ', notice[OPCODE]);
}

/** What the service itself says; returns false for notices of users. */
function printKnown(p: Printer, notice: readonly string[], kind: number, fields: Fields): boolean {
  const instance = notice[INSTANCE];
  const opcode = notice[OPCODE];
  switch (notice[CLASS]) {
    case 'USER_LOCATE':
      if (opcode === 'USER_HIDE') p.ascii(' hide');
      else if (opcode === 'USER_UNHIDE') p.ascii(' unhide');
      else show(p, ' locate ', instance);
      return true;
    case 'ZEPHYR_ADMIN':
      show(p, ' zephyr-admin ', lower(opcode));
      return true;
    case 'ZEPHYR_CTL':
      return printControl(p, instance, opcode, kind, fields);
    case 'HM_CTL':
      show(p, ' hm_ctl ', lower(instance));
      show(p, ' ', lower(opcode));
      return true;
    case 'HM_STAT':
      if (instance !== 'HMST_CLIENT' || opcode !== 'GIMMESTATS') return false;
      p.ascii(' get-client-stats');
      return true;
    case 'WG_CTL':
      show(p, ' wg_ctl ', lower(instance));
      show(p, ' ', lower(opcode));
      return true;
    case 'LOGIN':
      if (opcode === 'USER_FLUSH') p.ascii(' flush_locs');
      else if (EXPOSURES.includes(opcode)) show(p, ' set-exposure ', lower(opcode));
      else return false;
      return true;
  }
  return false;
}

function printControl(p: Printer, instance: string, opcode: string, kind: number, fields: Fields): boolean {
  switch (instance) {
    case 'CLIENT':
      if (SUBSCRIPTIONS.includes(opcode)) {
        // As tcpdump has it: subscribing without defaults is written as taking back.
        p.ascii(opcode === 'SUBSCRIBE' ? ' sub' : ' unsub');
        if (opcode === 'SUBSCRIBE_NODEFS') p.ascii('-nodefs');
        if (kind === SERVER_ACKNOWLEDGEMENT) return true;
        const name = fields.next();
        const of = fields.next();
        const recipient = fields.next();
        if (name !== undefined && of !== undefined && recipient !== undefined) {
          show(p, ' ', triple(name, of, recipient));
        }
      } else if (Object.hasOwn(CLIENT_OPERATIONS, opcode)) p.ascii(CLIENT_OPERATIONS[opcode]);
      else show(p, ' ', lower(opcode));
      return true;
    case 'HM':
      show(p, ' ', lower(opcode));
      return true;
    case 'REALM':
      if (Object.hasOwn(REALM_OPERATIONS, opcode)) p.ascii(REALM_OPERATIONS[opcode]);
      return true;
  }
  return false;
}

function show(p: Printer, title: string, text: string): void {
  p.ascii(title);
  for (let i = 0; i < text.length; i++) p.visible(text.charCodeAt(i));
}

function lower(text: string): string {
  return text.slice(0, LONGEST).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function triple(name: string, instance: string, recipient: string): string {
  return `<${name},${instance},${recipient || '*'}>`.slice(0, LONGEST);
}

/** A hexadecimal number as C's strtol reads it: the low 32 bits, with a sign; 0 where there is none. */
function number(text: string): number {
  const found = /^[ \t-\r]*([-+]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)/.exec(text);
  if (found === null) return 0;
  const value = BigInt(`0x${found[2]}`);
  const largest = 0x7fffffffffffffffn;
  const kept = value > largest ? largest + (found[1] === '-' ? 1n : 0n) : value;
  return Number(BigInt.asIntN(32, found[1] === '-' ? -kept : kept));
}
