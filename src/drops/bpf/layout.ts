// What the program writes and nscap reads: an event in the ring, and the keys and values of its maps. Offsets in bytes.

/** An event: this header, then the packet from an Ethernet header on. */
export const Event = {
  /** Nanoseconds of CLOCK_MONOTONIC, and the address of the code that dropped the packet. */
  TIME: 0,
  LOCATION: 8,
  REASON: 16,
  /** Inode of the network namespace; 0 where it is not known. */
  NAMESPACE: 20,
  /** Index of the device, and of the one it came in by; 0 for none. */
  DEVICE: 24,
  INCOMING: 28,
  /** Bytes that packet and Ethernet header had, and how many of them follow. */
  LENGTH: 32,
  CAPTURED: 36,
  MARK: 40,
  /** ARPHRD_ type of the device. */
  HARDWARE: 44,
  /** PACKET_ type (linux/if_packet.h). */
  PACKET_TYPE: 46,
  /** 1 where the Ethernet header is the packet's own, 0 where it was made up to name the protocol. */
  HAS_LINK: 47,
  /** The device's name, padded with zero bytes. */
  NAME: 48,
  FRAME: 64,
} as const;

export const NAME_LENGTH = 16;
export const ETHERNET_LENGTH = 14;
/** Bytes of each packet from its network header on. */
export const SNAPLEN = 242;
/** Bytes that a frame may have in an event. */
export const FRAME_LENGTH = ETHERNET_LENGTH + SNAPLEN;

/** Event.HARDWARE where there is no device. */
export const NO_HARDWARE = 0xffff;

/**
 * The program's own room on each processor: an event as it is put together, and when the next one may be sent. The
 * verifier does not see that two pieces of a packet are no longer than SNAPLEN together: there is room for two such.
 */
const NEXT = Event.FRAME + FRAME_LENGTH + SNAPLEN + 6;
export const Scratch = { NEXT, SIZE: NEXT + 8 } as const;

/** Counters over all namespaces and reasons: an array of 64-bit numbers that we have in memory. */
export const Total = {
  /** Packets that namespace and filter accepted. */
  PACKETS: 0,
  /** Those for which the ring had no room. */
  LOST: 1,
  /** Those beyond the rate at which events are sent. */
  LIMITED: 2,
  /** Those that the table of counters had no room for. */
  UNCOUNTED: 3,
  /** Those whose namespace is unknown, if namespaces were requested. */
  UNPLACED: 4,
  COUNT: 5,
} as const;

/** A key of the table of counters; its values are one 64-bit number, packets. */
export const Key = { NAMESPACE: 0, DEVICE: 4, REASON: 8, LOCATION: 16, SIZE: 24 } as const;
export const COUNTER_ENTRIES = 4096;
