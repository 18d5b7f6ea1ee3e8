// Wireshark's language: display filters, and fields under Wireshark's names, of packets that a program has.
import { Text } from '../base/text.ts';
import type { FieldType } from '../fields/field.ts';
import type { Packet } from './packet.ts';

/** A display filter. */
export interface DisplayFilter {
  /** The filter as it was given. */
  readonly expression: string;
  /**
   * Whether the filter takes the packet. Ask it of each packet of a capture, in order and once: TCP's verdicts and streams
   * depend on the packets before.
   */
  test(packet: Packet): boolean;
}

/** Reads fields of packets. */
export interface FieldReader {
  /** Names of the fields. */
  readonly names: readonly string[];
  /**
   * The values that each field has in the packet, as text that `tshark -T fields` prints; none where the packet does not
   * have the field. Ask it of each packet of a capture, in order and once: TCP's verdicts and streams depend on the packets
   * before.
   */
  read(packet: Packet): string[][];
}

/** A field that `fields` reads and that display filters compare. */
export interface FieldEntry {
  /** As in a filter: `tcp.srcport`. */
  readonly name: string;
  /** Wireshark's type, such as `uint16` or `ipv4`. */
  readonly type: FieldType;
  readonly description: string;
}

/**
 * Compiles a display filter of Wireshark 4.0, as `-Y` takes it.
 *
 * @example const lost = await displayFilter('tcp.analysis.retransmission && ip.addr == 10.0.1.0/24'); if (lost.test(packet)) …
 * @throws NscapError USAGE where it is wrong, with a mark under what is meant
 */
export async function displayFilter(expression: string): Promise<DisplayFilter> {
  const { displayFilter: compile } = await import('../fields/filter/compile.ts');
  const { Dissection } = await import('../fields/dissection.ts');
  const { Origin } = await import('../fields/origin.ts');
  const filter = await compile(expression);
  let dissection: InstanceType<typeof Dissection> | undefined;
  return {
    expression,
    test(packet) {
      dissection ??= new Dissection(filter.needs, originOf(packet, Origin));
      dissection.add(packet.batch, packet.index);
      return filter.takes(dissection);
    },
  };
}

/**
 * Reads fields by Wireshark's names.
 *
 * @example const reader = await fields(['ip.src', 'tcp.seq']); const [[source], [sequence]] = reader.read(packet);
 * @throws NscapError USAGE where a name is not known
 */
export async function fields(names: readonly string[]): Promise<FieldReader> {
  const { fieldsNamed } = await import('../fields/catalogue.ts');
  const { Dissection } = await import('../fields/dissection.ts');
  const { formatOf } = await import('../fields/format.ts');
  const { needsOf } = await import('../fields/needs.ts');
  const { Origin } = await import('../fields/origin.ts');
  const { Values } = await import('../fields/values.ts');
  const chosen = fieldsNamed(names).map((field) => ({
    read: field.label ?? field.read,
    write: formatOf(field),
  }));
  const needs = needsOf(fieldsNamed(names));
  const values = new Values();
  const text = new Text();
  const decoder = new TextDecoder();
  let dissection: InstanceType<typeof Dissection> | undefined;
  return {
    names: [...names],
    read(packet) {
      dissection ??= new Dissection(needs, originOf(packet, Origin));
      dissection.add(packet.batch, packet.index);
      const cells: string[][] = [];
      for (const { read, write } of chosen) {
        values.clear();
        read(dissection, values);
        const cell: string[] = [];
        for (let i = 0; i < values.count; i++) {
          text.clear();
          write(text, values, i);
          cell.push(decoder.decode(text.take()));
        }
        cells.push(cell);
      }
      return cells;
    },
  };
}

/** Every field that is known. */
export async function listFields(): Promise<FieldEntry[]> {
  const { FIELDS } = await import('../fields/catalogue.ts');
  return FIELDS.map(({ name, type, title }) => ({ name, type, description: title }));
}

type OriginClass = typeof import('../fields/origin.ts').Origin;

/** Captures whose interfaces have names say of each packet which it is from. */
function originOf({ interfaces }: Packet, Origin: OriginClass): InstanceType<OriginClass> {
  return new Origin(
    interfaces,
    interfaces.some(({ name }) => name !== ''),
  );
}
