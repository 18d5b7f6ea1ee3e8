// Rows of fields: a cell for each field asked for, as `tshark -T fields`, `-T json` and `-T ek` print them with `-e`.
import type { Batch } from '../base/batch.ts';
import { Text } from '../base/text.ts';
import { CALENDAR } from '../base/zone.ts';
import { usageError } from '../errors.ts';
import type { Dissection } from './dissection.ts';
import type { Field } from './field.ts';
import { type Format, formatOf } from './format.ts';
import { Values } from './values.ts';

/** How -T fields puts cells together (tshark's -E). Separators are bytes. */
export interface CellOptions {
  header: boolean;
  bom: boolean;
  separator: number;
  aggregator: number;
  /** A byte, or 0 for none. */
  quote: number;
  occurrence: 'f' | 'l' | 'a';
}

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const COMMA = 0x2c;

const HINT =
  'header=y|n, separator=/t|/s|CHARACTER, quote=d|s|n, occurrence=f|l|a, aggregator=,|/s|CHARACTER, bom=y|n';

/** What -E says. @throws NscapError USAGE */
export function cellOptions(words: readonly string[]): CellOptions {
  const options: CellOptions = {
    header: false,
    bom: false,
    separator: TAB,
    aggregator: COMMA,
    quote: 0,
    occurrence: 'a',
  };
  for (const word of words) {
    const [, name, value] = /^([a-z]+)=(.+)$/s.exec(word) ?? [];
    if (name === undefined || !set(options, name, value)) {
      throw usageError(`'${word}' is not an option of -E`, HINT);
    }
  }
  return options;
}

function set(options: CellOptions, name: string, value: string): boolean {
  const first = value[0].toLowerCase();
  switch (name) {
    case 'header':
    case 'bom':
      options[name] = first === 'y';
      return first === 'y' || first === 'n';
    case 'separator':
    case 'aggregator':
      options[name] = character(value);
      return options[name] < 0x80;
    case 'quote':
      options.quote = first === 'd' ? QUOTE : first === 's' ? APOSTROPHE : 0;
      return first === 'd' || first === 's' || first === 'n';
    case 'occurrence':
      options.occurrence = first as 'f' | 'l' | 'a';
      return first === 'f' || first === 'l' || first === 'a';
  }
  return false;
}

function character(value: string): number {
  if (value[0] !== '/' || value.length < 2) return value.charCodeAt(0);
  return value[1] === 't' ? TAB : value[1] === 's' ? SPACE : 0x5c;
}

/** Writes rows; the dissection has taken the record apart. */
export interface Rows {
  begin(): void;
  row(batch: Batch, index: number): void;
  end(): void;
}

/** The rows of `fields` in a format. */
export function rows(
  format: 'fields' | 'json' | 'ek',
  fields: readonly Field[],
  dissection: Dissection,
  text: Text,
  options: CellOptions,
): Rows {
  if (format === 'fields') return new CellRows(fields, dissection, text, options);
  return format === 'json' ? new JsonRows(fields, dissection, text) : new EkRows(fields, dissection, text);
}

class CellRows implements Rows {
  private readonly fields: readonly Field[];
  private readonly formats: (Format | undefined)[];
  private readonly dissection: Dissection;
  private readonly text: Text;
  private readonly options: CellOptions;
  private readonly values = new Values();

  constructor(fields: readonly Field[], dissection: Dissection, text: Text, options: CellOptions) {
    this.fields = fields.map(shown);
    // Of the same field asked for twice, tshark fills in the last column only.
    this.formats = fields.map((field, i) => (fields.includes(field, i + 1) ? undefined : formatOf(field)));
    this.dissection = dissection;
    this.text = text;
    this.options = options;
  }

  begin(): void {
    const { options, text, fields } = this;
    if (options.bom) for (const byte of [0xef, 0xbb, 0xbf]) text.byte(byte);
    if (!options.header) return;
    text.utf8(fields.map(({ name }) => name).join(String.fromCharCode(options.separator)));
    text.byte(NEWLINE);
  }

  row(): void {
    const { fields, formats, dissection, text, values } = this;
    const { separator, aggregator, quote, occurrence } = this.options;
    for (let column = 0; column < fields.length; column++) {
      if (column !== 0) text.byte(separator);
      const format = formats[column];
      if (format === undefined) continue;
      values.count = 0;
      fields[column].read(dissection, values);
      const { count } = values;
      if (count === 0) continue;
      if (quote !== 0) text.byte(quote);
      const first = occurrence === 'l' ? count - 1 : 0;
      const last = occurrence === 'f' ? 0 : count - 1;
      for (let i = first; i <= last; i++) {
        if (i !== first) text.byte(aggregator);
        format(text, values, i);
      }
      if (quote !== 0) text.byte(quote);
    }
    text.byte(NEWLINE);
  }

  end(): void {}
}

/** A protocol is shown as the packet tree shows it. */
function shown(field: Field): Field {
  return field.label === undefined ? field : { ...field, read: field.label };
}

/** What the two formats of JSON have in common: objects of arrays of strings. */
abstract class ObjectRows implements Rows {
  protected readonly text: Text;
  private readonly fields: readonly Field[];
  private readonly formats: Format[];
  private readonly names: string[];
  private readonly dissection: Dissection;
  private readonly values = new Values();
  private readonly cell = new Text(1 << 12);

  constructor(
    fields: readonly Field[],
    dissection: Dissection,
    text: Text,
    nameOf: (field: Field) => string,
  ) {
    // The same field twice is one member.
    this.fields = [...new Set(fields)].map(shown);
    this.formats = this.fields.map(formatOf);
    this.names = this.fields.map((field) => JSON.stringify(nameOf(field)));
    this.dissection = dissection;
    this.text = text;
  }

  begin(): void {}
  abstract row(batch: Batch, index: number): void;
  end(): void {}

  protected members(between: string, colon: string, open: string, comma: string, close: string): void {
    const { fields, formats, names, dissection, text, values, cell } = this;
    let isFirst = true;
    for (let column = 0; column < fields.length; column++) {
      values.count = 0;
      fields[column].read(dissection, values);
      if (values.count === 0) continue;
      if (!isFirst) text.ascii(between);
      isFirst = false;
      text.ascii(names[column]);
      text.ascii(colon);
      text.ascii(open);
      for (let i = 0; i < values.count; i++) {
        if (i !== 0) text.ascii(comma);
        cell.clear();
        formats[column](cell, values, i);
        appendJson(text, cell);
      }
      text.ascii(close);
    }
  }

  /** `2026-11-30`, in UTC as tshark has it. */
  protected date({ seconds }: Batch, index: number): void {
    const day = Math.floor(seconds[index] / 86_400);
    if (day !== this.day) {
      this.day = day;
      const eras = Math.floor(seconds[index] / CALENDAR);
      const date = new Date((seconds[index] - eras * CALENDAR) * 1000);
      this.dayText = `${date.getUTCFullYear() + eras * 400}${date.toISOString().slice(4, 10)}`;
    }
    this.text.ascii(this.dayText);
  }

  private day = Number.NaN;
  private dayText = '';
}

/** UTF-8 as a JSON string. */
function appendJson(text: Text, { bytes, length }: Text): void {
  text.reserve(length * 6 + 2);
  text.byte(QUOTE);
  for (let i = 0; i < length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE || byte === 0x5c) {
      text.byte(0x5c);
      text.byte(byte);
    } else if (byte >= 0x20) text.byte(byte);
    else {
      text.ascii('\\u');
      text.hexPadded(byte, 4);
    }
  }
  text.byte(QUOTE);
}

class JsonRows extends ObjectRows {
  private rows = 0;

  constructor(fields: readonly Field[], dissection: Dissection, text: Text) {
    super(fields, dissection, text, ({ name }) => name);
  }

  override begin(): void {
    this.text.byte(0x5b);
  }

  row(batch: Batch, index: number): void {
    const { text } = this;
    text.ascii(`${this.rows++ === 0 ? '' : ','}\n  {\n    "_index": "packets-`);
    this.date(batch, index);
    text.ascii('",\n    "_type": "doc",\n    "_score": null,\n    "_source": {\n      "layers": {\n        ');
    this.members(',\n        ', ': ', '[\n          ', ',\n          ', '\n        ]');
    text.ascii('\n      }\n    }\n  }');
  }

  override end(): void {
    this.text.ascii(this.rows === 0 ? ']\n' : '\n]\n');
  }
}

class EkRows extends ObjectRows {
  constructor(fields: readonly Field[], dissection: Dissection, text: Text) {
    super(fields, dissection, text, ({ name }) => name.replaceAll('.', '_'));
  }

  row(batch: Batch, index: number): void {
    const { text } = this;
    text.ascii('{"index":{"_index":"packets-');
    this.date(batch, index);
    text.ascii('","_type":"doc"}}\n{"timestamp":"');
    text.decimal(batch.seconds[index] * 1000 + Math.floor(batch.nanoseconds[index] / 1e6));
    text.ascii('","layers":{');
    this.members(',', ':', '[', ',', ']');
    text.ascii('}}\n');
  }
}
