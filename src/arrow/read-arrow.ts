/** Arrow files and streams, Feather version 2 among them, as columns of their own. Spec: Arrow IPC format. @module */
import {
  type Schema as ArrowSchema,
  CompressionType,
  compressionRegistry,
  RecordBatchReader,
} from "apache-arrow";
import { type Decompress, IcebergError } from "../base/index.ts";
import { pageDecompressor } from "../parquet/index.ts";
import { lz4FrameDecompress } from "./lz4-frame.ts";
import type { ArrowData } from "./values.ts";

/** What `RecordBatchReader.from` takes: a Node file handle, a stream, bytes in pieces. */
type Source = Parameters<typeof RecordBatchReader.from>[0];

/** One batch of an Arrow file: a struct whose children are the columns. */
export interface ArrowPiece {
  readonly names: readonly string[];
  readonly data: ArrowData;
}

export interface OpenArrow {
  readonly schema: ArrowSchema;
  readonly pieces: AsyncIterable<ArrowPiece>;
}

/**
 * Opens an Arrow file or stream. Buffers compressed with lz4 or zstd are read.
 * @throws IcebergError `corrupt-file` when it is no Arrow; plain errors of the package for damage further on.
 */
export async function openArrow(source: Source): Promise<OpenArrow> {
  await registerCodecs();
  // Its overloads cannot be told apart by what is known of the source.
  const readers = RecordBatchReader as unknown as { from(source: unknown): Promise<RecordBatchReader> };
  const reader = await readers.from(source);
  await reader.open();
  // Nothing is thrown for a file that is something else: it just has no schema.
  const schema = reader.schema as ArrowSchema | null | undefined;
  if (schema === null || schema === undefined) throw new IcebergError("corrupt-file", "it has no schema");
  return { schema, pieces: piecesOf(reader) };
}

async function* piecesOf(reader: RecordBatchReader): AsyncGenerator<ArrowPiece> {
  for await (const batch of reader) {
    yield {
      names: batch.schema.fields.map(({ name }) => String(name)),
      data: batch.data as unknown as ArrowData,
    };
  }
}

/** Feather files are compressed as a rule; the package knows the framing but brings no codec. */
async function registerCodecs(): Promise<void> {
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
