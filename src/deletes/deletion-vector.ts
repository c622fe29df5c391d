/** Deletion vectors as blobs: length, magic, bitmap, checksum. Spec: Puffin, `deletion-vector-v1`; requirement PUF-012. @module */
import { crc32, IcebergError } from "../base/index.ts";
import { bitmapLength, deserializeBitmap, writeBitmap } from "./bitmap-codec.ts";
import type { PositionBitmap } from "./position-bitmap.ts";

/** D1 D3 39 64, as a big-endian number. */
const MAGIC = 0xd1d33964;
/** Bytes beside the bitmap: length, magic, checksum. */
const FRAME = 12;
/** Length and checksum, which the length does not count. */
const OUTSIDE = 8;

/** The blob of a set of positions. An empty set has one too, but it must not be committed (PUF-025). */
export function encodeDeletionVector(bitmap: PositionBitmap): Uint8Array {
  const length = bitmapLength(bitmap);
  const bytes = new Uint8Array(length + FRAME);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length + FRAME - OUTSIDE);
  view.setUint32(4, MAGIC);
  writeBitmap(bitmap, new DataView(bytes.buffer, 8, length));
  view.setUint32(8 + length, crc32(bytes.subarray(4, 8 + length)));
  return bytes;
}

export interface DecodeDeletionVectorOptions {
  /** How many positions there must be: the manifest entry's record count (PUF-021). */
  readonly cardinality?: number;
}

/**
 * The positions of a blob, whose bytes are exactly those of the manifest's `content_offset` and
 * `content_size_in_bytes`. `what` names it in errors.
 * @throws IcebergError `corrupt-file` when length, magic, checksum, bitmap or cardinality is wrong.
 */
export function decodeDeletionVector(
  bytes: Uint8Array,
  what = "a deletion vector",
  { cardinality }: DecodeDeletionVectorOptions = {},
): PositionBitmap {
  if (bytes.length < FRAME + 8) throw corrupt(what, `it has ${bytes.length} bytes, at least 20 are needed`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getInt32(0);
  if (length !== bytes.length - OUTSIDE) {
    throw corrupt(what, `its length is ${length}, ${bytes.length - OUTSIDE} bytes are there`);
  }
  if (view.getUint32(4) !== MAGIC) {
    throw corrupt(what, `it starts with ${hex(view.getUint32(4))}, not with ${hex(MAGIC)}`);
  }
  const end = bytes.length - 4;
  const stored = view.getUint32(end);
  const actual = crc32(bytes.subarray(4, end));
  if (stored !== actual)
    throw corrupt(what, `its checksum is ${hex(stored)}, that of its bytes ${hex(actual)}`);
  const bitmap = deserializeBitmap(bytes.subarray(8, end), what);
  if (cardinality !== undefined && bitmap.size !== cardinality) {
    throw corrupt(what, `it has ${bitmap.size} positions, ${cardinality} were announced`);
  }
  return bitmap;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}

function corrupt(what: string, why: string): IcebergError {
  return new IcebergError("corrupt-file", `Cannot read ${what}: ${why}`, { context: { what } });
}
