/** Puffin files and the deletion vectors in them, decoded anew from the specification. Spec: Puffin. @module */
import { parseJson } from "../../src/base/index.ts";
import { int, long, object, objects, text } from "./json.ts";

export interface PuffinBlob {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  readonly snapshotId: bigint | undefined;
  readonly sequence: bigint | undefined;
  readonly codec: string | undefined;
  readonly fields: readonly number[] | undefined;
  readonly properties: ReadonlyMap<string, string>;
}
export interface PuffinFile {
  readonly blobs: readonly PuffinBlob[];
  /** From the footer's first magic to the end of the file (MET-050). */
  readonly footerSize: number;
}

const MAGIC = "50464131";

/** Reads a footer. Throws an error that says what is wrong with the container. */
export function readPuffin(bytes: Uint8Array): PuffinFile {
  const file = Buffer.from(bytes);
  const magicAt = (at: number) => file.subarray(at, at + 4).toString("hex") === MAGIC;
  if (file.length < 20 || !magicAt(0)) throw new Error("it does not start with PFA1");
  if (!magicAt(file.length - 4)) throw new Error("it does not end with PFA1");
  const flags = file.readUInt32LE(file.length - 8);
  if (flags > 1) throw new Error(`its footer has the flags ${flags.toString(16)}`);
  if (flags === 1) throw new Error("its footer is compressed, which this linter does not read");
  const size = file.readInt32LE(file.length - 12);
  const start = file.length - 12 - size;
  if (size < 0 || start < 8) throw new Error(`its footer has a payload of ${size} bytes`);
  if (!magicAt(start - 4)) throw new Error("its footer does not start with PFA1");
  const footer = object(parseJson(file.subarray(start, start + size).toString("utf8"), "the footer"));
  if (footer?.blobs === undefined) throw new Error("its footer has no blobs");
  const blobs = objects(footer.blobs).map((blob) => {
    const offset = int(blob.offset) ?? -1;
    const length = int(blob.length) ?? -1;
    if (offset < 4 || length < 0 || offset + length > start - 4)
      throw new Error(`a blob of ${length} bytes at ${offset} lies outside the file's blobs`);
    return {
      type: text(blob.type) ?? "",
      offset,
      length,
      snapshotId: long(blob["snapshot-id"]),
      sequence: long(blob["sequence-number"]),
      codec: text(blob["compression-codec"]),
      fields: Array.isArray(blob.fields) ? (blob.fields as number[]) : undefined,
      properties: new Map(
        Object.entries(object(blob.properties) ?? {}).map(([key, value]) => [key, String(value)]),
      ),
    };
  });
  return { blobs, footerSize: file.length - start + 4 };
}

/** The positions of a `deletion-vector-v1` blob, ascending. Throws an error that says what is wrong with it. */
export function readDeletionVector(blob: Uint8Array): bigint[] {
  const bytes = Buffer.from(blob);
  if (bytes.length < 20) throw new Error(`it has ${bytes.length} bytes`);
  const length = bytes.readUInt32BE(0);
  if (length !== bytes.length - 8)
    throw new Error(`its length is ${length}, its blob has ${bytes.length} bytes`);
  if (bytes.subarray(4, 8).toString("hex") !== "d1d33964") throw new Error("its magic is not D1 D3 39 64");
  const checksum = bytes.readUInt32BE(bytes.length - 4);
  const real = crc32(bytes.subarray(4, bytes.length - 4));
  if (checksum !== real)
    throw new Error(`its checksum is ${checksum.toString(16)}, not ${real.toString(16)}`);
  return readRoaring64(bytes.subarray(8, bytes.length - 4));
}

function readRoaring64(bytes: Buffer): bigint[] {
  const positions: bigint[] = [];
  const count = bytes.readBigUInt64LE(0);
  let at = 8;
  let before = -1;
  for (let n = 0n; n < count; n++) {
    const key = bytes.readUInt32LE(at);
    if (key <= before) throw new Error(`its bitmap ${key} comes after ${before}`);
    before = key;
    at = readRoaring32(bytes, at + 4, (low) => positions.push((BigInt(key) << 32n) | BigInt(low)));
  }
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes follow its bitmaps`);
  return positions;
}

/** One 32-bit bitmap in the portable form; answers where it ends. */
function readRoaring32(bytes: Buffer, start: number, add: (low: number) => void): number {
  const cookie = bytes.readUInt32LE(start);
  const hasRuns = (cookie & 0xffff) === 12347;
  if (!hasRuns && cookie !== 12346) throw new Error(`its cookie is ${cookie}`);
  const count = hasRuns ? (cookie >>> 16) + 1 : bytes.readUInt32LE(start + 4);
  let at = start + (hasRuns ? 4 : 8);
  const flags = bytes.subarray(at, at + (hasRuns ? Math.ceil(count / 8) : 0));
  at += flags.length;
  const keys = Array.from({ length: count }, (_, n) => ({
    key: bytes.readUInt16LE(at + n * 4),
    cardinality: bytes.readUInt16LE(at + n * 4 + 2) + 1,
    isRun: ((flags[n >> 3] ?? 0) & (1 << (n & 7))) !== 0,
  }));
  at += count * 4;
  if (!hasRuns || count >= 4) at += count * 4;
  for (const { key, cardinality, isRun } of keys) {
    let found = 0;
    const put = (low: number) => {
      add(key * 65_536 + low);
      found++;
    };
    if (isRun) {
      const runs = bytes.readUInt16LE(at);
      for (let n = 0; n < runs; n++) {
        const first = bytes.readUInt16LE(at + 2 + n * 4);
        const more = bytes.readUInt16LE(at + 4 + n * 4);
        for (let low = first; low <= first + more; low++) put(low);
      }
      at += 2 + runs * 4;
    } else if (cardinality <= 4096) {
      for (let n = 0; n < cardinality; n++) put(bytes.readUInt16LE(at + n * 2));
      at += cardinality * 2;
    } else {
      for (let low = 0; low < 65_536; low++) if ((bytes[at + (low >> 3)]! & (1 << (low & 7))) !== 0) put(low);
      at += 8192;
    }
    if (found !== cardinality) throw new Error(`a container has ${found} positions, told ${cardinality}`);
  }
  return at;
}

/** The checksum of IEEE and zlib. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return (crc ^ 0xffffffff) >>> 0;
}
