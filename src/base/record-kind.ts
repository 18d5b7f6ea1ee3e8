// What a record of a capture is. Most are packets; pcapng has blocks that Wireshark counts among its frames as well.

export const PACKET = 0;
/** A packet whose time is not known: of a simple packet block. */
export const UNTIMED = 1;
/** A custom block: data of the vendor whose number (IANA's private enterprise numbers) stands before it. */
export const CUSTOM = 2;
/** A custom block of which Wireshark shows no data. */
export const OPAQUE = 3;
/** An entry of the systemd journal, and one that does not say when it was made. */
export const JOURNAL = 4;
export const UNTIMED_JOURNAL = 5;
/** A system call that Sysdig recorded. */
export const SYSTEM_CALL = 6;

/** What is no packet has this in place of a LINKTYPE_ value, which none has. */
export const NO_LINK_TYPE = 0xffff;

export function isPacket(kind: number): boolean {
  return kind <= UNTIMED;
}

export function isTimed(kind: number): boolean {
  return kind === PACKET || kind === JOURNAL || kind === SYSTEM_CALL;
}
