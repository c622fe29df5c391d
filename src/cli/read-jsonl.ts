/** Rows from JSON Lines: one object a line, integers exact. Spec: jsonlines.org. @module */
import { isIcebergError, isJsonObject, type Json, parseJson } from "../base/index.ts";
import { type InputPath, inputLines, isBlankLine } from "./input-bytes.ts";
import { BadRecord, type ReadRecordsOptions, type RecordBatch } from "./input-records.ts";
import { jsonRowConverter, needsExactFloats } from "./json-input.ts";
import type { InputRow } from "./signals.ts";

/** Reads a file of JSON Lines; blank lines are passed over. */
export async function* readJsonLines(
  file: InputPath,
  options: ReadRecordsOptions,
): AsyncGenerator<RecordBatch> {
  const { schema, ignoreUnknown } = options;
  const convert = jsonRowConverter(schema);
  const exact = needsExactFloats(schema.asStruct());
  const known = new Set(schema.fields.map(({ name }) => name));
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const recordOf = (line: Uint8Array): InputRow | BadRecord => {
    let text: string;
    try {
      text = decoder.decode(line);
    } catch {
      return new BadRecord("the line is not UTF-8");
    }
    let json: Json;
    try {
      json = parseLine(text, exact);
    } catch (error) {
      if (!isIcebergError(error)) throw error;
      return new BadRecord(error.message);
    }
    if (!isJsonObject(json)) return new BadRecord(`the line holds ${whatIs(json)}, not an object`);
    const row = json as { [column: string]: unknown };
    if (ignoreUnknown) for (const name of Object.keys(row)) if (!known.has(name)) delete row[name];
    return convert(row);
  };
  let first = 1;
  for await (const { lines, bytesRead } of inputLines(file, "append", options)) {
    const filled = lines.filter((line) => !isBlankLine(line));
    const records = filled.map(recordOf);
    yield { records, first, bytesRead, source: (index) => new TextDecoder().decode(filled[index]) };
    first += records.length;
  }
}

/** The engine's parser is several times faster, but rounds long integers and forgets how fractions were spelled. */
function parseLine(text: string, exact: boolean): Json {
  if (!exact && !LONG_NUMBER.test(text)) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      // The exact parser finds the fault again and knows its offset.
    }
  }
  return parseJson(text, "the line", exact ? { floats: "exact" } : {});
}

const LONG_NUMBER = /\d{16}/;

function whatIs(json: Json): string {
  if (json === null) return "null";
  return Array.isArray(json) ? "an array" : `a ${typeof json}`;
}
