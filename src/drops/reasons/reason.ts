/** What one of the kernel's reasons means (linux/net/dropreason-core.h), for people. */
export interface Reason {
  /** One sentence without a full stop: what happened to the packet. */
  meaning: string;
  /** The sysctl, rule or command that decides it or shows more, where there is one. */
  decidedBy?: string;
}

/** A row of a table: the meaning, and what decides it. */
export type Row = readonly [meaning: string, decidedBy?: string];
