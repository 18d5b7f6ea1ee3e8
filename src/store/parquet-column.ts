// A column of a batch as a column chunk of Parquet. Pages are put together of hyparquet-writer's parts: its own way from a column to
// a page looks at every cell several times, and most columns of a connection hold the same in every row.
import { gzipSync } from 'node:zlib';
import type { ColumnChunk, Encoding, SchemaElement } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { deltaBinaryPack } from 'hyparquet-writer/src/delta.js';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import { writePlain } from 'hyparquet-writer/src/plain.js';
import { type PresentCells, plainIntegers, presentCells, rangeOf } from './parquet-values.ts';
import type { Cell, ColumnData } from './rows.ts';
import type { Column } from './schema.ts';

/** Pages that are not worth a compressor, in bytes. */
const TINY = 64;
/** Equal numbers of which differences take no more room than a dictionary, which is a page of its own. */
const FEW = 1000;
/** Cells that tell whether a dictionary is worth it. */
const SAMPLE = 1000;

type Cells = PresentCells['cells'];

/** `preferred`: how it is encoded where its cells do not say otherwise. `ranged`: the lowest and highest cell are told. */
export function writeColumn(
  writer: ByteWriter,
  column: Column,
  element: SchemaElement,
  data: ColumnData,
  { preferred, ranged }: { preferred: Encoding | undefined; ranged: boolean },
): ColumnChunk {
  const start = writer.offset;
  const present = presentCells(column, data);
  const { cells } = present;
  const encoding = encodingOf(column, cells, preferred);
  const dictionary = encoding === undefined ? dictionaryOf(cells) : undefined;
  let size = 0;
  let body: ByteWriter;
  let dictionaryOffset: bigint | undefined;
  if (dictionary !== undefined) {
    dictionaryOffset = BigInt(start);
    size += writeDictionary(writer, element, dictionary.values);
    body = indexes(dictionary);
  } else body = encoded(element, cells, encoding ?? fallback(cells));
  const used = dictionary === undefined ? (encoding ?? fallback(cells)) : 'RLE_DICTIONARY';
  const dataOffset = BigInt(writer.offset);
  size += writePage(writer, body, used, data.length, present);
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: element.type!,
      encodings: dictionary === undefined ? [used] : ['PLAIN', used],
      path_in_schema: [column.name],
      codec: 'GZIP',
      num_values: BigInt(data.length),
      total_compressed_size: BigInt(writer.offset - start),
      total_uncompressed_size: BigInt(size),
      data_page_offset: dataOffset,
      ...(dictionaryOffset === undefined ? {} : { dictionary_page_offset: dictionaryOffset }),
      ...(ranged ? { statistics: statisticsOf(present) } : {}),
    },
  };
}

/** The encoding that suits the cells; undefined for a dictionary, if there is one. */
function encodingOf({ type }: Column, cells: Cells, preferred: Encoding | undefined): Encoding | undefined {
  if (type === 'boolean') return 'RLE';
  if (type === 'double' || cells.length === 0) return 'PLAIN';
  if (Array.isArray(cells)) return isVaried(cells) ? 'PLAIN' : undefined;
  if (isConstant(cells) && cells.length > FEW) return undefined;
  if (cells instanceof Int32Array) {
    if (preferred === 'DELTA_BINARY_PACKED' || isSteady(cells) || isVaried(cells))
      return 'DELTA_BINARY_PACKED';
    return preferred;
  }
  if (cells instanceof BigInt64Array) return preferred ?? 'PLAIN';
  return preferred ?? (isVaried(cells) ? 'PLAIN' : undefined);
}

/** Where a dictionary turned out to be too long. */
function fallback(cells: Cells): Encoding {
  return cells instanceof Int32Array ? 'DELTA_BINARY_PACKED' : 'PLAIN';
}

function isConstant(cells: Int32Array | Float64Array | BigInt64Array): boolean {
  for (let row = 1; row < cells.length; row++) if (cells[row] !== cells[0]) return false;
  return true;
}

/** Do few cells differ from the one before? Differences take less room than a dictionary then. */
function isSteady(cells: Int32Array): boolean {
  let changes = 0;
  for (let row = 1; row < cells.length; row++) if (cells[row] !== cells[row - 1]) changes++;
  return changes < cells.length / 16;
}

/** Do most cells differ from each other? */
function isVaried(cells: Int32Array | Float64Array | Cell[]): boolean {
  const step = Math.max(1, Math.floor(cells.length / SAMPLE));
  const met = new Set<unknown>();
  let sampled = 0;
  for (let row = 0; row < cells.length; row += step, sampled++) met.add(cells[row]);
  return met.size > sampled / 2;
}

interface Dictionary {
  values: Cell[];
  indexes: Int32Array;
}

/** Each different cell once, and for each cell which it is; undefined where most differ. */
function dictionaryOf(cells: Cells): Dictionary | undefined {
  const places = new Map<Cell, number>();
  const indexes = new Int32Array(cells.length);
  const most = Math.max(1, cells.length / 2);
  let previous: Cell | undefined;
  let place = -1;
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row];
    if (cell !== previous || place < 0) {
      previous = cell;
      place = places.get(cell) ?? -1;
      if (place < 0) {
        place = places.size;
        if (place >= most) return undefined;
        places.set(cell, place);
      }
    }
    indexes[row] = place;
  }
  return { values: [...places.keys()], indexes };
}

function indexes({ values, indexes: places }: Dictionary): ByteWriter {
  const bits = Math.ceil(Math.log2(values.length));
  const body = new ByteWriter();
  body.appendUint8(bits);
  writeRleBitPackedHybrid(body, places as never, bits);
  return body;
}

function encoded(element: SchemaElement, cells: Cells, encoding: Encoding): ByteWriter {
  const body = new ByteWriter();
  const type = element.type!;
  if (encoding === 'RLE') {
    const bits = new ByteWriter();
    writeRleBitPackedHybrid(bits, (cells as Cell[]).map(Number), 1);
    body.appendUint32(bits.offset);
    body.appendBytes(bits.getBytes());
  } else if (encoding === 'DELTA_BINARY_PACKED')
    deltaBinaryPack(body, cells as never, type as 'INT32' | 'INT64');
  else if (type === 'INT32' || type === 'INT64') body.appendBytes(plainIntegers(cells as Int32Array, type));
  else if (type === 'BYTE_ARRAY') body.appendBytes(plainTexts(cells as string[]));
  else writePlain(body, cells as never, type, element.type_length);
  return body;
}

/** Texts in UTF-8, each behind its length. */
function plainTexts(texts: readonly string[]): Uint8Array {
  let most = 0;
  for (const text of texts) most += 4 + 3 * text.length;
  const bytes = Buffer.allocUnsafe(most);
  let at = 0;
  for (const text of texts) {
    const length = writeText(bytes, at + 4, text);
    bytes.writeUInt32LE(length, at);
    at += 4 + length;
  }
  return bytes.subarray(0, at);
}

/** ASCII, as nearly all is, costs no call into C++. */
function writeText(bytes: Buffer, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return bytes.write(text, at, 'utf8');
    bytes[at + i] = code;
  }
  return text.length;
}

/** Answers the size before it was compressed, the header included, as `writePage` does. */
function writeDictionary(writer: ByteWriter, element: SchemaElement, values: Cell[]): number {
  const numbers = typeof values[0] === 'number' ? Float64Array.from(values as number[]) : undefined;
  const body = new ByteWriter();
  if (element.type === 'INT64' && numbers !== undefined) body.appendBytes(plainIntegers(numbers, 'INT64'));
  else if (element.type === 'BYTE_ARRAY') body.appendBytes(plainTexts(values as string[]));
  else writePlain(body, values as never, element.type!, element.type_length);
  const compressed = gzipSync(body.getBytes(), { level: 1 });
  const start = writer.offset;
  writePageHeader(writer, {
    type: 'DICTIONARY_PAGE',
    uncompressed_page_size: body.offset,
    compressed_page_size: compressed.length,
    dictionary_page_header: { num_values: values.length, encoding: 'PLAIN' },
  });
  const header = writer.offset - start;
  writer.appendBytes(compressed);
  return header + body.offset;
}

function writePage(
  writer: ByteWriter,
  body: ByteWriter,
  encoding: Encoding,
  count: number,
  { levels, nulls }: PresentCells,
): number {
  const definition = new ByteWriter();
  if (levels !== undefined) writeRleBitPackedHybrid(definition, levels as never, 1);
  const isCompressed = body.offset >= TINY;
  const bytes = isCompressed ? gzipSync(body.getBytes(), { level: 1 }) : body.getBytes();
  const start = writer.offset;
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: definition.offset + body.offset,
    compressed_page_size: definition.offset + bytes.length,
    data_page_header_v2: {
      num_values: count,
      num_nulls: nulls,
      num_rows: count,
      encoding,
      definition_levels_byte_length: definition.offset,
      repetition_levels_byte_length: 0,
      is_compressed: isCompressed,
    },
  });
  const header = writer.offset - start;
  writer.appendBytes(definition.getBytes());
  writer.appendBytes(bytes);
  return header + definition.offset + body.offset;
}

function statisticsOf({ cells, nulls }: PresentCells) {
  const range = Array.isArray(cells) ? undefined : rangeOf(cells);
  return {
    null_count: BigInt(nulls),
    ...(range === undefined ? {} : { min_value: range.lowest, max_value: range.highest }),
  };
}
