/** Rows from Arrow files and streams, Feather version 2 among them. Spec: Arrow IPC format. @module */
import { open } from "node:fs/promises";
import type { ArrowPiece } from "../arrow/index.ts";
import { IcebergError } from "../base/index.ts";
import { fileError } from "../io/node.ts";
import type { Field } from "../schema/index.ts";
import type { InputPath } from "./input-bytes.ts";
import {
  checkColumns,
  type ReadRecordsOptions,
  type RecordBatch,
  type RecordReader,
} from "./input-records.ts";
import { valueJson } from "./input-values.ts";
import type { InputRow } from "./signals.ts";

type Arrow = typeof import("../arrow/index.ts");

/** Rows handed on at a time; batches of Arrow may be a whole file. */
const BATCH_ROWS = 8192;

/** Reads a file with the package apache-arrow, which is loaded only now: it is optional and large. */
export const readArrowRows: RecordReader = arrowReader(() => import("../arrow/index.ts"));

/** The reader over a loader of our Arrow folder, which loads the package. */
export function arrowReader(load: () => Promise<Arrow>): RecordReader {
  return async function* read(file, options) {
    const arrow = await loaded(file, load);
    const handle = await opened(file);
    try {
      const { schema, pieces } = await arrow.openArrow(handle);
      checkColumns(
        file,
        schema.fields.map(({ name }) => String(name)),
        options,
      );
      let first = 1;
      for await (const piece of pieces) {
        options.signal.throwIfAborted();
        for (const slice of slices(arrow, piece, first, options)) yield slice;
        first += piece.data.length;
      }
    } catch (error) {
      options.signal.throwIfAborted();
      throw readFault(file, error);
    } finally {
      await handle.close();
    }
  };
}

/** A batch of Arrow in portions; `first` is the number of its first row. */
function* slices(
  { arrowValue }: Arrow,
  { names, data }: ArrowPiece,
  first: number,
  { schema }: ReadRecordsOptions,
): Generator<RecordBatch> {
  const columns = names.flatMap((name, at) => {
    const field: Field | undefined = schema.fields.find((candidate) => candidate.name === name);
    return field === undefined ? [] : [{ name, read: arrowValue(data.children[at]!, field.type, name) }];
  });
  for (let from = 0; from < data.length; from += BATCH_ROWS) {
    const records: InputRow[] = [];
    for (let row = from; row < Math.min(data.length, from + BATCH_ROWS); row++) {
      const record: Record<string, unknown> = {};
      for (const { name, read } of columns) record[name] = read(row);
      records.push(record);
    }
    yield { records, first: first + from, bytesRead: 0, source: (index) => valueJson(records[index]) };
  }
}

async function loaded(file: InputPath, load: () => Promise<Arrow>): Promise<Arrow> {
  try {
    return await load();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") throw cause;
    throw new IcebergError(
      "unavailable",
      `Cannot append ${file.name}: reading Arrow needs the package apache-arrow, which is not installed`,
      {
        context: {
          file: file.path,
          package: "apache-arrow",
          hint: "npm install apache-arrow, beside icewright",
        },
        cause,
      },
    );
  }
}

async function opened(file: InputPath) {
  try {
    return await open(file.path, "r");
  } catch (error) {
    throw fileError("read", file.name, error);
  }
}

/** The package throws plain errors for damage of any kind. */
function readFault(file: InputPath, error: unknown): unknown {
  const name = `Cannot append ${file.name}: `;
  if (error instanceof IcebergError) {
    if (error.message.startsWith("Cannot append ")) return error;
    return new IcebergError(error.code, name + error.message, {
      context: { ...error.context, file: file.path },
      cause: error,
    });
  }
  const why = error instanceof Error ? error.message : String(error);
  return new IcebergError("corrupt-file", `${name}it is no whole Arrow file: ${why}`, {
    context: { file: file.path },
    cause: error,
  });
}
