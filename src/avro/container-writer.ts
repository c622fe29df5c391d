/** Writing Avro object container files. Pure: the sync marker comes from the caller. Spec: App. A Avro; MAN-054. @module */
import { compressWith, crc32, IcebergError, type Json, stringifyJson } from "../base/index.ts";
import { AvroBuffer } from "./buffer.ts";
import { AVRO_MAGIC, type AvroCodec, SYNC_SIZE } from "./container.ts";

/** Unpacked bytes after which a block is closed: 128 KiB. A single larger object still makes one block. */
export const BLOCK_SIZE = 131_072;

/** How blocks are packed. */
export interface AvroCompression {
  readonly codec: AvroCodec;
  /** The codec's own scale; deflate 0 to 9. */
  readonly level?: number;
}

export interface ContainerOptions {
  readonly schema: Json;
  /** Header keys besides `avro.schema` and `avro.codec`, in this order. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly compression: AvroCompression;
  /** 16 bytes that must not occur in the data by accident: random ones, or a hash. */
  readonly sync: Uint8Array;
  /** Default {@link BLOCK_SIZE}. */
  readonly blockSize?: number;
}

/**
 * Encodes objects one after the other into a container file.
 * @throws IcebergError `invalid-argument` for a marker of another length, `unavailable` for a missing codec.
 */
export function writeContainer<T>(
  items: Iterable<T>,
  encode: (out: AvroBuffer, item: T) => void,
  options: ContainerOptions,
): Uint8Array {
  if (options.sync.length !== SYNC_SIZE) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot write an Avro file with a sync marker of ${options.sync.length} bytes: it must have ${SYNC_SIZE}`,
      { context: { length: options.sync.length } },
    );
  }
  const out = new AvroBuffer();
  writeHeader(out, options);
  const blockSize = options.blockSize ?? BLOCK_SIZE;
  const block = new AvroBuffer();
  let count = 0;
  const close = () => {
    if (count === 0) return;
    out.writeNumber(count);
    out.writeBytes(pack(block.view(), options.compression));
    out.writeRaw(options.sync);
    block.clear();
    count = 0;
  };
  for (const item of items) {
    encode(block, item);
    count++;
    if (block.size >= blockSize) close();
  }
  close();
  return out.toBytes();
}

/**
 * The Avro codec of a value of `write.manifest.compression-codec` (MAN-061), case-insensitively.
 * @throws IcebergError `invalid-argument` for a name that has none.
 */
export function avroCodecOf(property: string): AvroCodec {
  switch (property.toLowerCase()) {
    case "gzip":
      return "deflate";
    case "zstd":
      return "zstandard";
    case "snappy":
      return "snappy";
    case "uncompressed":
      return "null";
    default:
      throw new IcebergError(
        "invalid-argument",
        `Cannot compress Avro with ${JSON.stringify(property)}: expected gzip, zstd, snappy or uncompressed`,
        { context: { codec: property } },
      );
  }
}

function writeHeader(out: AvroBuffer, options: ContainerOptions): void {
  const pairs: [string, string][] = [
    ["avro.schema", stringifyJson(options.schema)],
    ["avro.codec", options.compression.codec],
    ...Object.entries(options.metadata),
  ];
  out.writeRaw(AVRO_MAGIC);
  out.writeNumber(pairs.length);
  for (const [key, value] of pairs) {
    out.writeString(key);
    out.writeString(value);
  }
  out.writeNumber(0);
  out.writeRaw(options.sync);
}

function pack(bytes: Uint8Array, compression: AvroCompression): Uint8Array {
  switch (compression.codec) {
    case "null":
      return bytes;
    case "deflate":
      return compressWith("deflate", bytes, compression.level);
    case "zstandard":
      return compressWith("zstd", bytes, compression.level);
    case "snappy": {
      const packed = compressWith("snappy", bytes, compression.level);
      const framed = new Uint8Array(packed.length + 4);
      framed.set(packed);
      new DataView(framed.buffer).setUint32(packed.length, crc32(bytes));
      return framed;
    }
  }
}
