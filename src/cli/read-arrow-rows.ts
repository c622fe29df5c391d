/** Rows from Arrow files and streams, Feather version 2 among them. Spec: Arrow IPC format. @module */
import { open } from "node:fs/promises";
import { type Decompress, IcebergError } from "../base/index.ts";
import { fileError } from "../io/node.ts";
import { pageDecompressor } from "../parquet/index.ts";
import type { Field } from "../schema/index.ts";
import { type ArrowData, arrowValue } from "./arrow-values.ts";
import type { InputPath } from "./input-bytes.ts";
import {
  checkColumns,
  type ReadRecordsOptions,
  type RecordBatch,
  type RecordReader,
} from "./input-records.ts";
import { valueJson } from "./input-values.ts";
import { lz4FrameDecompress } from "./lz4-frame.ts";
import type { InputRow } from "./signals.ts";

type Arrow = typeof import("apache-arrow");

/** Rows handed on at a time; batches of Arrow may be a whole file. */
const BATCH_ROWS = 8192;

/** Reads a file with the package apache-arrow, which is loaded now: it is optional and large. */
export const readArrowRows: RecordReader = arrowReader(() => import("apache-arrow"));

/** The reader over a loader of the package. */
export function arrowReader(load: () => Promise<Arrow>): RecordReader {
  return async function* read(file, options) {
    const arrow = await loaded(file, load);
    await registerCodecs(arrow);
    const handle = await opened(file);
    try {
      const reader = await arrow.RecordBatchReader.from(handle);
      await reader.open();
      // Nothing is thrown for a file that is something else: it just has no schema.
      const fields = (reader.schema as Arrow["Schema"]["prototype"] | null | undefined)?.fields;
      if (fields === undefined) throw new Error("it has no schema");
      checkColumns(
        file,
        fields.map(({ name }) => name),
        options,
      );
      let first = 1;
      for await (const batch of reader) {
        options.signal.throwIfAborted();
        const names = batch.schema.fields.map(({ name }) => name);
        const data = batch.data as unknown as ArrowData;
        for (const slice of slices(names, data, first, options)) yield slice;
        first += data.length;
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
  names: readonly string[],
  data: ArrowData,
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

/** Feather files are compressed as a rule; the package knows the framing but brings no codec. */
async function registerCodecs({ compressionRegistry, CompressionType }: Arrow): Promise<void> {
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: lz4FrameDecompress });
  const zstd = await pageDecompressor("zstd").catch((error: unknown): Decompress => {
    return () => {
      throw error;
    };
  });
  compressionRegistry.set(CompressionType.ZSTD, {
    // A copy: what a codec hands out need not lie where 64-bit numbers may.
    decode: (bytes) => zstd!(bytes).slice(),
  });
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
