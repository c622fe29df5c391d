/** Rows from any Parquet file, its columns matched by name. Spec: Appendix A Parquet. @module */
import { IcebergError } from "../base/index.ts";
import { LocalFileIO } from "../node.ts";
import { type ParquetNode, readParquet, readParquetFooter } from "../parquet/index.ts";
import { type Field, Schema, type Type, type Value } from "../schema/index.ts";
import { canonicalRow, rowValueOf } from "../values/index.ts";
import type { InputPath } from "./input-bytes.ts";
import { checkColumns, type ReadRecordsOptions, type RecordBatch } from "./input-records.ts";
import type { InputRow } from "./signals.ts";

/**
 * Reads a file, a row group at a time.
 * @throws IcebergError `corrupt-file`; `invalid-row` for a column the table does not have, or of another type.
 */
export async function* readParquetRows(
  file: InputPath,
  options: ReadRecordsOptions,
): AsyncGenerator<RecordBatch> {
  const { schema, signal } = options;
  const input = new LocalFileIO().open(`file://${file.path}`);
  const ids = new Map([...schema.places()].map(({ field, names }) => [names.join("\0"), field.id]));
  const footer = await readParquetFooter(input, {
    signal,
    fieldIdOf: (path) => ids.get(path.join("\0")),
    ignoreFieldIds: true,
  });
  const names = footer.root.children.map(({ name }) => name);
  checkColumns(file, names, options);
  checkZones(file, footer.leaves, schema);
  const fields = schema.fields.filter(({ name }) => names.includes(name)).map(asOptional);
  const converters = fields.map(({ type }) => inputOf(type));
  const size = footer.fileSizeInBytes;
  const batches = readParquet(input, { signal, footer, schema: new Schema(fields) });
  for await (const { columns, rowStart, rowCount } of batches) {
    const records: InputRow[] = [];
    for (let row = 0; row < rowCount; row++) {
      const record: Record<string, unknown> = {};
      for (let at = 0; at < fields.length; at++) {
        const value = columns[at]?.[row] ?? null;
        const convert = converters[at];
        record[fields[at]!.name] = value === null || convert === undefined ? value : convert(value);
      }
      records.push(record);
    }
    yield {
      records,
      first: rowStart + 1,
      bytesRead: footer.rowCount === 0 ? size : Math.round((size * (rowStart + rowCount)) / footer.rowCount),
      source: (index) =>
        canonicalRow(
          fields,
          Object.fromEntries(fields.map(({ name }, at) => [name, columns[at]?.[index] ?? null])),
        ),
    };
  }
}

/**
 * Instants are not guessed from times without zone, nor the other way round. INT96 has no mark: its writers mean
 * instants.
 */
function checkZones(file: InputPath, leaves: readonly ParquetNode[], schema: Schema): void {
  for (const { annotation, fieldId, path } of leaves) {
    const kind = fieldId === undefined ? undefined : schema.findField(fieldId)?.type.kind;
    if (annotation?.kind !== "timestamp" || kind === undefined) continue;
    const refused = annotation.utc
      ? kind === "timestamp" || kind === "timestamp_ns"
      : kind === "timestamptz" || kind === "timestamptz_ns";
    if (!refused) continue;
    const column = path.join(".");
    throw new IcebergError(
      "invalid-row",
      `Cannot append ${file.name}: column ${column} holds times ${annotation.utc ? "with" : "without"} time zone, but the table's is a ${kind}`,
      { context: { file: file.path, column } },
    );
  }
}

/** All are read as optional: what is missing is then told row by row. */
function asOptional(field: Field): Field {
  return { ...field, required: false, type: optionalType(field.type) };
}

function optionalType(type: Type): Type {
  switch (type.kind) {
    case "struct":
      return { ...type, fields: type.fields.map(asOptional) };
    case "list":
      return { ...type, elementRequired: false, element: optionalType(type.element) };
    case "map":
      return { ...type, valueRequired: false, key: optionalType(type.key), value: optionalType(type.value) };
    default:
      return type;
  }
}

/** From a held value to row input; `undefined` where they are the same. */
function inputOf(type: Type): ((value: Value) => unknown) | undefined {
  if (type.kind === "decimal") return (value) => ({ unscaled: value, scale: type.scale });
  return type.kind === "struct" || type.kind === "list" || type.kind === "map" ? rowValueOf(type) : undefined;
}
