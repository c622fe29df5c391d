/** Decompression of pages by codec, and the codecs a plain install can add. Spec: Parquet format, Compression. @module */
import { type Decompress, decompressWith, findCodec, IcebergError, registerCodec } from "../base/index.ts";
import { lz4Decompress, lz4HadoopDecompress } from "./lz4.ts";
import type { ParquetChunk } from "./types.ts";

/**
 * Makes a codec ready to decompress.
 *
 * zstd on Node 20 and in browsers comes from fzstd: 8 KB of plain JavaScript without WebAssembly, so that it runs in
 * workerd too, where hyparquet-compressors (73 KB, WebAssembly compiled at run time) is refused. lz4 is our own;
 * brotli comes from the platform.
 * @throws IcebergError `unavailable` when there is no decompressor, `unsupported` for lzo
 */
export async function pageDecompressor(codec: ParquetChunk["codec"]): Promise<Decompress | undefined> {
  switch (codec) {
    case "uncompressed":
      return undefined;
    case "lzo":
      throw new IcebergError("unsupported", "Cannot read Parquet pages compressed with lzo");
    case "lz4":
      return findCodec("lz4")?.decompress ?? lz4HadoopDecompress;
    case "lz4_raw":
      return findCodec("lz4_raw")?.decompress ?? lz4Decompress;
    case "zstd":
      if (findCodec("zstd")?.decompress === undefined) await registerFzstd();
      break;
    default:
      break;
  }
  if (findCodec(codec)?.decompress === undefined) decompressWith(codec, new Uint8Array(0));
  return (bytes, size, scratch) => decompressWith(codec, bytes, size, scratch);
}

async function registerFzstd(): Promise<void> {
  const { decompress } = await import("fzstd");
  registerCodec("zstd", {
    decompress: (bytes, size) => decompress(bytes, size === undefined ? undefined : new Uint8Array(size)),
  });
}
