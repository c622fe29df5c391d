/** Rows from CSV: the header names the columns, the table says what their text means. Spec: RFC 4180. @module */
import { IcebergError, isIcebergError, parseJson } from "../base/index.ts";
import { isPrimitive, type Type } from "../schema/index.ts";
import { type CsvField, CsvParser, type CsvRecord } from "./csv-parser.ts";
import { type InputPath, inputChunks } from "./input-bytes.ts";
import { BadRecord, checkColumns, type ReadRecordsOptions, type RecordBatch } from "./input-records.ts";
import { bytesOf, jsonConverter } from "./json-input.ts";
import type { InputRow } from "./signals.ts";

/** Reads a CSV file with a header row. */
export async function* readCsv(file: InputPath, options: ReadRecordsOptions): AsyncGenerator<RecordBatch> {
  const parser = new CsvParser(options.delimiter ?? ",");
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let header: Header | undefined;
  let first = 1;
  const batchOf = (records: readonly CsvRecord[], bytesRead: number): RecordBatch | undefined => {
    let body = records;
    if (header === undefined) {
      if (records.length === 0) return undefined;
      header = new Header(file, records[0]!, options);
      body = records.slice(1);
    }
    const { width } = header;
    const filled = body.filter((record) => !isBlank(record) || width === 1);
    const rowOf = header.row.bind(header);
    const batch = {
      records: filled.map(rowOf),
      first,
      bytesRead,
      source: (index: number) => filled[index]!.source,
    };
    first += filled.length;
    return batch;
  };
  let bytesRead = 0;
  for await (const chunk of inputChunks(file, "append", options)) {
    bytesRead = chunk.bytesRead;
    const text = decoded(file, () => decoder.decode(chunk.bytes, { stream: true }));
    const batch = batchOf(parser.push(text), bytesRead);
    if (batch !== undefined) yield batch;
  }
  const rest = decoded(file, () => decoder.decode());
  const last = batchOf([...parser.push(rest), ...parser.end()], bytesRead);
  if (last !== undefined) yield last;
  else throw new IcebergError("invalid-row", `Cannot append ${file.name}: it has no header row`);
}

/** The columns of a file, in order. */
class Header {
  readonly width: number;
  private readonly columns: readonly (Column | undefined)[];
  private readonly nullText: string;

  constructor(file: InputPath, record: CsvRecord, options: ReadRecordsOptions) {
    const { schema, nullText = "" } = options;
    if (record.fault !== undefined) {
      throw new IcebergError(
        "invalid-row",
        `Cannot append ${file.name}: its header is broken: ${record.fault}`,
        {
          context: { file: file.path },
        },
      );
    }
    const names = record.fields.map(({ text }) => text);
    checkColumns(file, names, options);
    this.columns = names.map((name) => {
      const field = schema.fields.find((candidate) => candidate.name === name);
      return field && { name, convert: textConverter(field.type) };
    });
    this.width = names.length;
    this.nullText = nullText;
  }

  row({ fields, fault }: CsvRecord): InputRow | BadRecord {
    if (fault !== undefined) return new BadRecord(fault);
    if (fields.length !== this.width) {
      return new BadRecord(`it has ${fields.length} fields, the header has ${this.width}`);
    }
    const row: Record<string, unknown> = {};
    for (let at = 0; at < fields.length; at++) {
      const column = this.columns[at];
      if (column !== undefined) row[column.name] = this.value(column, fields[at]!);
    }
    return row;
  }

  private value({ convert }: Column, { text, quoted }: CsvField): unknown {
    if (!quoted && text === this.nullText) return null;
    return convert === undefined ? text : convert(text);
  }
}

interface Column {
  readonly name: string;
  readonly convert: ((text: string) => unknown) | undefined;
}

function isBlank({ fields, fault }: CsvRecord): boolean {
  return fault === undefined && fields.length === 1 && fields[0]!.text === "" && !fields[0]!.quoted;
}

function decoded(file: InputPath, decode: () => string): string {
  try {
    return decode();
  } catch (cause) {
    throw new IcebergError(
      "corrupt-file",
      `Cannot append ${file.name}: it is not UTF-8; nothing was written`,
      {
        context: { file: file.path },
        cause,
      },
    );
  }
}

/**
 * From a field's text to row input; text that is no value of the type is handed on, for the table to refuse by name.
 * `undefined`: the text is the input.
 */
function textConverter(type: Type): ((text: string) => unknown) | undefined {
  if (!isPrimitive(type)) {
    const convert = jsonConverter(type) ?? ((json) => json);
    return (text) => {
      try {
        return convert(parseJson(text, "the field", { floats: "exact" }));
      } catch (error) {
        if (!isIcebergError(error)) throw error;
        return text;
      }
    };
  }
  switch (type.kind) {
    case "boolean":
      return (text) => BOOLEANS.get(text.trim().toLowerCase()) ?? text;
    case "int":
      return (text) => (INTEGER.test(text.trim()) ? Number(text) : text);
    case "long":
      return (text) => (INTEGER.test(text.trim()) ? BigInt(text.trim().replace(/^\+/, "")) : text);
    case "float":
    case "double":
      return numberOf;
    case "timestamp":
    case "timestamptz":
    case "timestamp_ns":
    case "timestamptz_ns":
      return (text) => text.trim().replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, "$1T");
    case "fixed":
    case "binary":
    case "geometry":
    case "geography":
      return (text) => bytesOf(text.trim()) ?? text;
    case "decimal":
    case "date":
    case "time":
    case "uuid":
      return (text) => text.trim();
    default:
      return undefined;
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
]);
const INTEGER = /^[+-]?\d{1,40}$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NOT_FINITE: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["infinity", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["-infinity", Number.NEGATIVE_INFINITY],
]);

function numberOf(text: string): unknown {
  const trimmed = text.trim();
  const special = NOT_FINITE.get(trimmed.toLowerCase());
  if (special !== undefined) return special;
  const number = NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN;
  // A number too large for a double is refused, not made infinite.
  return Number.isFinite(number) ? number : text;
}
