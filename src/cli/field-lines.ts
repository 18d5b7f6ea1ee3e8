// Packets as rows of fields on standard output: what -T fields, -T json and -T ek print.
import type { Batch } from '../base/batch.ts';
import { Dissection } from '../fields/dissection.ts';
import type { DisplayFilter } from '../fields/filter/compile.ts';
import { needsOf } from '../fields/needs.ts';
import { Origin } from '../fields/origin.ts';
import { type Rows, rows } from '../fields/table.ts';
import type { Sink } from '../output/sink.ts';
import type { PacketSource } from '../source/source.ts';
import type { FieldRequest } from './field-options.ts';

/** Writes rows to a sink. Call `begin`, then `add` for each record, then `end`. */
export class FieldLines {
  private readonly sink: Sink;
  private readonly dissection: Dissection;
  private readonly rows: Rows;
  private readonly filter: DisplayFilter | undefined;

  /** `named`: the source's records say which interface they are from. */
  constructor(
    source: PacketSource,
    named: boolean,
    request: FieldRequest,
    sink: Sink,
    filter: DisplayFilter | undefined,
  ) {
    const { fields, format, cells } = request;
    this.sink = sink;
    this.filter = filter;
    const needs = needsOf(fields) | (filter?.needs ?? 0);
    this.dissection = new Dissection(needs, new Origin(source.interfaces, named));
    this.rows = rows(format, fields, this.dissection, sink.text, cells);
  }

  begin(): void {
    this.rows.begin();
  }

  /** Takes a record; false if the filter rejects it. */
  add(batch: Batch, index: number): boolean {
    this.dissection.add(batch, index);
    if (this.filter?.takes(this.dissection) === false) return false;
    this.rows.row(batch, index);
    this.dissection.display();
    this.sink.line();
    return true;
  }

  end(): void {
    this.rows.end();
    this.sink.flush();
  }
}
