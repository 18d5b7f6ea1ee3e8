// ARP and RARP (RFC 826, RFC 903), read in place.
import { View } from './view.ts';

export const REQUEST = 1;
export const REPLY = 2;

export const HEADER_LENGTH = 8;
export const HARDWARE = 0;
export const PROTOCOL = 2;
export const HARDWARE_LENGTH = 4;
export const PROTOCOL_LENGTH = 5;
export const OPERATION = 6;

/** A movable window on the fixed part; the addresses behind it are as long as it says, so they are given by place. */
export class Arp extends View {
  open(bytes: DataView, offset: number, captureEnd: number): boolean {
    this.bytes = bytes;
    this.offset = offset;
    return offset + HEADER_LENGTH <= captureEnd;
  }
  get hardware(): number {
    return this.bytes.getUint16(this.offset + HARDWARE);
  }
  get protocol(): number {
    return this.bytes.getUint16(this.offset + PROTOCOL);
  }
  get hardwareLength(): number {
    return this.bytes.getUint8(this.offset + HARDWARE_LENGTH);
  }
  get protocolLength(): number {
    return this.bytes.getUint8(this.offset + PROTOCOL_LENGTH);
  }
  get operation(): number {
    return this.bytes.getUint16(this.offset + OPERATION);
  }
  get senderHardwareAt(): number {
    return this.offset + HEADER_LENGTH;
  }
  get senderProtocolAt(): number {
    return this.senderHardwareAt + this.hardwareLength;
  }
  get targetHardwareAt(): number {
    return this.senderProtocolAt + this.protocolLength;
  }
  get targetProtocolAt(): number {
    return this.targetHardwareAt + this.hardwareLength;
  }
  /** First byte behind the packet. */
  get endAt(): number {
    return this.targetProtocolAt + this.protocolLength;
  }
}
