// What IS-IS is made of: identifiers and metrics.
import type { Printer } from '../engine/printer.ts';

/** Bytes of the identifiers of a system, of a node (a pseudonode's number behind), of a link state PDU (a fragment's). */
export const SYSTEM_ID = 6;
export const NODE_ID = 7;
export const LSP_ID = 8;

/** `1921.6800.1001.00-00`. */
export function isisId(p: Printer, offset: number, length: number): string {
  p.need(offset, length);
  let text = '';
  for (let i = 0; i < length; i++) {
    if (i === 2 || i === 4 || i === SYSTEM_ID) text += '.';
    if (i === NODE_ID) text += '-';
    text += p.bytes[offset + i].toString(16).padStart(2, '0');
  }
  return text;
}

const METRICS = ['Delay', 'Expense', 'Error'];

function metric(value: number): string {
  return `${value & 0x3f}, ${(value & 0x40) !== 0 ? 'External' : 'Internal'}`;
}

/** The four metrics of old, of which the last three may not be supported. */
export function printMetrics(p: Printer, offset: number): void {
  p.ascii(`, Default Metric: ${metric(p.u8(offset))}`);
  printFurtherMetrics(p, offset, '\n\t\t  ');
}

function printFurtherMetrics(p: Printer, offset: number, indent: string): void {
  METRICS.forEach((name, i) => {
    const value = p.u8(offset + 1 + i);
    if ((value & 0x80) === 0) p.ascii(`${indent}${name} Metric: ${metric(value)}`);
  });
}

/** Metrics of a route. */
export function printRouteMetrics(p: Printer, offset: number, indent: string): void {
  const value = p.u8(offset);
  p.ascii(`, Distribution: ${(value & 0x80) !== 0 ? 'down' : 'up'}, Metric: ${metric(value)}`);
  printFurtherMetrics(p, offset, `${indent}  `);
}
