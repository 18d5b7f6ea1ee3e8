// Tables of protocols: a row holds a number, a name and a printer, which is loaded at once or on demand.
import { type Dissector, type NumberTable, type Printer, UNLOADED } from '../engine/printer.ts';

/** A number, its name in tcpdump's words, and the printer, where there is one. */
export type Row = readonly [number: number, name: string, print?: Dissector];

/** Loads each printer that comes on demand. */
const loaders: (() => Promise<void>)[] = [];

/**
 * A printer that is loaded when it is first needed. Until it is there, a packet that calls it ends with UNLOADED, and
 * `Printer.missing` loads it: what prints packets cannot wait in the middle of one.
 */
export function onDemand(load: () => Promise<Dissector>): Dissector {
  let print: Dissector | undefined;
  const loadPrinter = async () => {
    print ??= await load();
  };
  loaders.push(loadPrinter);
  return (p, offset, length) => {
    if (print === undefined) {
      p.missing = loadPrinter;
      throw UNLOADED;
    }
    print(p, offset, length);
  };
}

/** Loads all printers, for who will not be able to read their files later. */
export async function loadAll(): Promise<void> {
  await Promise.all(loaders.map((load) => load()));
}

/** Protocols by number. */
export class Table implements NumberTable {
  private readonly names = new Map<number, string>();
  private readonly printers = new Map<number, Dissector>();

  constructor(rows: readonly Row[]) {
    for (const [number, name, print] of rows) {
      if (name !== '') this.names.set(number, name);
      if (print !== undefined) this.printers.set(number, print);
    }
  }

  get(number: number): string | undefined {
    return this.names.get(number);
  }

  print(p: Printer, number: number, offset: number, length: number): boolean {
    const print = this.printers.get(number);
    if (print === undefined) return false;
    print(p, offset, length);
    return true;
  }

  printer(number: number): Dissector | undefined {
    return this.printers.get(number);
  }
}

/** The printer, for what begins a byte further on: behind the identifier by which it was found. */
export function behindIdentifier(print: Dissector): Dissector {
  return (p, offset, length) => print(p, offset + 1, length - 1);
}

/** The printer, with a text before it. */
export function announced(text: string, print: Dissector): Dissector {
  return (p, offset, length) => {
    p.ascii(text);
    print(p, offset, length);
  };
}
