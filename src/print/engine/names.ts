// The names of numbers, in tcpdump's words.

/** Names of values. */
export type Names = ReadonlyMap<number, string>;

/** What finds the name of a value: Names, or a table of print/dispatch. */
export type NameLookup = Pick<Names, 'get'>;
