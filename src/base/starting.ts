/** Milliseconds in which a program of ours has started, or ended, even on a machine that has far too much to do. */
export const STARTING = 30_000;
