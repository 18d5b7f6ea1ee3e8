// What a dissection has to keep from packet to packet for the fields asked for: bits of Field.needs.

/** The verdicts and streams of TCP (flow/analysis.ts). */
export const ANALYSIS = 1;
/** Times and completeness of each TCP stream. */
export const TCP_STREAMS = 2;
export const UDP_STREAMS = 4;
/** Echo requests and replies. */
export const ECHO = 8;
/** DNS over TCP, put together from segments. */
export const DNS_STREAMS = 32;
/** DNS queries and responses; streams tell them apart. */
export const DNS_EXCHANGES = 16 | DNS_STREAMS | UDP_STREAMS;
/** The time of the packet before. */
export const TIMES = 64;

/** What it takes to show several fields. */
export function needsOf(fields: readonly { readonly needs: number; readonly labelNeeds?: number }[]): number {
  return fields.reduce((all, { needs, labelNeeds = 0 }) => all | needs | labelNeeds, 0);
}
