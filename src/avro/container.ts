/** Reading Avro object container files: header, blocks, sync markers, codecs. Spec: App. A Avro; MAN-054, 061, 062. @module */
import { crc32, decompressWith, IcebergError, parseJson, utf8Decode } from "../base/index.ts";
import { AvroCursor, MAX_EMPTY_ITEMS } from "./cursor.ts";
import { type AvroType, parseAvroSchema } from "./schema.ts";
import { leastBytes } from "./skip.ts";

/** First bytes of every Avro object container file: `Obj` and version 1. */
export const AVRO_MAGIC = new Uint8Array([0x4f, 0x62, 0x6a, 0x01]);

/** Length of the marker that ends the header and each block. */
export const SYNC_SIZE = 16;

/** The block codecs of Avro that are read; `null` means stored as is. */
export type AvroCodec = "null" | "deflate" | "snappy" | "zstandard";

/** Some objects of a file, unpacked: decode `count` of them from the cursor, which must then stand at its end. */
export interface AvroBlock {
  readonly count: number;
  readonly cursor: AvroCursor;
  /** Where it starts in the file. */
  readonly start: number;
}

/** An opened container file; its bytes stay in memory as they came. */
export interface AvroContainer {
  /** Names the file in errors. */
  readonly what: string;
  /** The writer's schema. Files of one schema mostly have one and the same object here. */
  readonly type: AvroType;
  readonly codec: AvroCodec;
  /** The header's key-value pairs, `avro.*` included. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
  /** Text of a header value; `undefined` when the key is missing. */
  text(key: string): string | undefined;
  /** The blocks in file order, unpacked one at a time. */
  blocks(): Generator<AvroBlock, void, undefined>;
}

/**
 * Reads the header of a container file; blocks are read when asked for.
 * @throws IcebergError `corrupt-file` with file and offset; `unsupported` for an unknown codec.
 */
export function openContainer(input: Uint8Array, what: string): AvroContainer {
  // A plain view: a Buffer's `slice` shares memory instead of copying.
  const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  const cursor = new AvroCursor(bytes, 0, bytes.length, what);
  if (bytes.length < AVRO_MAGIC.length || AVRO_MAGIC.some((byte, i) => bytes[i] !== byte)) {
    cursor.fail("no Avro object container (its first bytes are not Obj and 1)");
  }
  cursor.at = AVRO_MAGIC.length;
  const metadata = new Map<string, Uint8Array>();
  for (let count = cursor.readBlockCount(2); count > 0; count = cursor.readBlockCount(2)) {
    for (let i = 0; i < count; i++) metadata.set(cursor.readString(), cursor.readBytes());
  }
  const sync = bytes.subarray(cursor.take(SYNC_SIZE), cursor.at);
  const start = cursor.at;
  const text = (key: string) => headerText(metadata, key, what);
  const schemaText = text("avro.schema");
  if (schemaText === undefined) cursor.fail("a header without avro.schema");
  const type = typeOf(schemaText!, what);
  const codec = codecOf(text("avro.codec"), what);
  return {
    what,
    type,
    codec,
    metadata,
    text,
    blocks: () => readBlocks(bytes, start, sync, codec, leastBytes(type), what),
  };
}

/** Types by the text of their schemas, those made last. */
const recentTypes = new Map<string, AvroType>();
const RECENT_TYPES = 16;
const LONGEST_KEPT = 2 ** 17;

/**
 * The type of a schema's text; the same text mostly gives the same object. The manifests of a table nearly all have one
 * schema, and taking that apart costs more than reading a manifest of fifty files.
 */
function typeOf(schema: string, what: string): AvroType {
  const known = recentTypes.get(schema);
  if (known !== undefined) return known;
  const type = parseAvroSchema(parseJson(schema, `the Avro schema of ${what}`), what);
  if (schema.length > LONGEST_KEPT) return type;
  for (const oldest of recentTypes.keys()) {
    if (recentTypes.size < RECENT_TYPES) break;
    recentTypes.delete(oldest);
  }
  recentTypes.set(schema, type);
  return type;
}

function* readBlocks(
  bytes: Uint8Array,
  start: number,
  sync: Uint8Array,
  codec: AvroCodec,
  least: number,
  what: string,
): Generator<AvroBlock, void, undefined> {
  const outer = new AvroCursor(bytes, start, bytes.length, what);
  while (outer.at < bytes.length) {
    const blockStart = outer.at;
    const count = outer.readNumber();
    if (count < 0) outer.fail(`a block of ${count} objects`, blockStart);
    const size = outer.readLength();
    const from = outer.take(size);
    const marker = outer.take(SYNC_SIZE);
    for (let i = 0; i < SYNC_SIZE; i++) {
      if (bytes[marker + i] !== sync[i]) outer.fail("a sync marker that differs from the header's", marker);
    }
    const part = `the block at byte ${blockStart}`;
    const cursor =
      codec === "null"
        ? new AvroCursor(bytes, from, from + size, what)
        : unpacked(bytes.subarray(from, from + size), codec, what, part);
    if (count > (least === 0 ? MAX_EMPTY_ITEMS : (cursor.end - cursor.at) / least)) {
      outer.fail(`a block of ${count} objects in ${cursor.end - cursor.at} bytes`, blockStart);
    }
    yield { count, cursor, start: blockStart };
    if (cursor.at !== cursor.end)
      cursor.fail(`${cursor.end - cursor.at} bytes left over after the last object`);
  }
}

function unpacked(packed: Uint8Array, codec: AvroCodec, what: string, part: string): AvroCursor {
  const fail = (why: string, cause?: unknown): never => {
    throw new IcebergError("corrupt-file", `Cannot unpack ${part} of ${what}: ${why}`, {
      context: { what, part, codec },
      cause,
    });
  };
  const unpack = (name: string, bytes: Uint8Array): Uint8Array => {
    try {
      return decompressWith(name, bytes);
    } catch (cause) {
      if (cause instanceof IcebergError && cause.code !== "corrupt-file") throw cause;
      return fail(`its ${packed.length} bytes are not ${codec}`, cause);
    }
  };
  if (codec !== "snappy") {
    const bytes = unpack(codec === "zstandard" ? "zstd" : codec, packed);
    return new AvroCursor(bytes, 0, bytes.length, what, part);
  }
  // Avro's snappy blocks end with a big-endian CRC32 of what they unpack to.
  if (packed.length < 4) fail("it is too short for snappy");
  const end = packed.length - 4;
  const bytes = unpack("snappy", packed.subarray(0, end));
  const stored = new DataView(packed.buffer, packed.byteOffset + end, 4).getUint32(0);
  if (crc32(bytes) !== stored) fail("its checksum does not match");
  return new AvroCursor(bytes, 0, bytes.length, what, part);
}

function headerText(
  metadata: ReadonlyMap<string, Uint8Array>,
  key: string,
  what: string,
): string | undefined {
  const bytes = metadata.get(key);
  if (bytes === undefined) return undefined;
  try {
    return utf8Decode(bytes);
  } catch (cause) {
    throw new IcebergError("corrupt-file", `Cannot read header value ${key} of ${what}: it is not UTF-8`, {
      context: { what, key },
      cause,
    });
  }
}

function codecOf(name: string | undefined, what: string): AvroCodec {
  switch (name) {
    case undefined:
    case "null":
      return "null";
    case "deflate":
    case "snappy":
    case "zstandard":
      return name;
    default:
      throw new IcebergError(
        "unsupported",
        `Cannot read ${what}: Avro codec ${JSON.stringify(name)} is not supported (null, deflate, snappy, zstandard are)`,
        { context: { what, codec: name } },
      );
  }
}
