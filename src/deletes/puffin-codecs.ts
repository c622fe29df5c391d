/** Compression of Puffin blobs and footers. Spec: Puffin, Compression codecs; requirement PUF-006. @module */
import { compressWith, decompressWith, findCodec, IcebergError } from "../base/index.ts";
import { lz4FrameDecompress } from "./lz4-frame.ts";

/** Codecs a blob may be compressed with. */
export type PuffinCodec = "lz4" | "zstd";

/** The registry's name for single LZ4 frames; `lz4` there is Parquet's. Reading needs no registration. */
const LZ4_FRAME = "lz4_frame";
const ZSTD_MAGIC = 0xfd2fb528;
/** Content larger than this is refused: 1 GiB. */
const MAX_CONTENT = 2 ** 30;

/**
 * Compresses to one frame that states its content's size.
 * @throws IcebergError `unavailable` when no such compressor is there; for lz4 one must be registered as `lz4_frame`.
 */
export function compressPuffin(codec: PuffinCodec, bytes: Uint8Array): Uint8Array {
  return codec === "zstd"
    ? withContentSize(compressWith("zstd", bytes), bytes.length)
    : compressWith(LZ4_FRAME, bytes);
}

/**
 * Decompresses what {@link compressPuffin} makes.
 * @throws IcebergError `unsupported` for a codec the format does not know, `unavailable` without zstd here,
 * `corrupt-file` when the bytes do not decode.
 */
export function decompressPuffin(codec: string, bytes: Uint8Array, what: string): Uint8Array {
  try {
    return decompress(codec, bytes);
  } catch (cause) {
    if (!(cause instanceof IcebergError)) throw cause;
    const { code, context } = cause;
    throw new IcebergError(code, `Cannot read ${what}: ${cause.message}`, {
      context: { ...context, what },
      cause,
    });
  }
}

/** The content size a zstd frame states; `undefined` when it states none or is no frame. */
export function zstdContentSize(frame: Uint8Array): number | undefined {
  const head = zstdHead(frame);
  if (head === undefined || head.sizeBytes === 0) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  switch (head.sizeBytes) {
    case 1:
      return view.getUint8(head.sizeAt);
    case 2:
      return view.getUint16(head.sizeAt, true) + 256;
    case 4:
      return view.getUint32(head.sizeAt, true);
    default:
      return Number(view.getBigUint64(head.sizeAt, true));
  }
}

/** The frame with its content size stated, which streaming compressors leave out and other readers need. */
function withContentSize(frame: Uint8Array, size: number): Uint8Array {
  const head = zstdHead(frame);
  if (head === undefined || head.sizeBytes > 0) return frame;
  const stated = new Uint8Array(frame.length + 8);
  stated.set(frame.subarray(0, head.sizeAt));
  stated[4] = frame[4]! | 0b1100_0000;
  new DataView(stated.buffer).setBigUint64(head.sizeAt, BigInt(size), true);
  stated.set(frame.subarray(head.sizeAt), head.sizeAt + 8);
  return stated;
}

/** Where a frame states its content size, and in how many bytes. */
function zstdHead(frame: Uint8Array): { readonly sizeAt: number; readonly sizeBytes: number } | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 5 || view.getUint32(0, true) !== ZSTD_MAGIC) return undefined;
  const flags = frame[4]!;
  const isSingleSegment = (flags & 0b10_0000) !== 0;
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][flags & 0b11]!;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >>> 6]!;
  return sizeAt + sizeBytes <= frame.length ? { sizeAt, sizeBytes } : undefined;
}

function decompress(codec: string, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case "lz4":
      return findCodec(LZ4_FRAME)?.decompress ? decompressWith(LZ4_FRAME, bytes) : lz4FrameDecompress(bytes);
    case "zstd": {
      // Some writers leave the size out; then only the registry's limit holds.
      const size = zstdContentSize(bytes);
      if (size !== undefined && size > MAX_CONTENT) {
        throw new IcebergError("unsupported", `Cannot decompress zstd to ${size} bytes: that is over 1 GiB`);
      }
      return decompressWith("zstd", bytes, size);
    }
    default:
      throw new IcebergError(
        "unsupported",
        `Cannot decompress ${JSON.stringify(codec)}: Puffin knows lz4 and zstd`,
        { context: { codec } },
      );
  }
}
