/** Bytes by hand, and the error a call throws, for the tests of `deletes/`. @module */
import { concatBytes, IcebergError } from "../../../src/base/index.ts";
import { xxHash32 } from "../../../src/deletes/xxhash32.ts";

/** The IcebergError that `run` throws; fails when it throws none. */
export function errorOf(run: () => unknown): IcebergError {
  try {
    run();
  } catch (error) {
    if (error instanceof IcebergError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** Little-endian integers, one after the other. */
export function u16(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint16(2 * i, value, true);
  return bytes;
}
export function u32(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true);
  return bytes;
}

/** A 64-bit portable bitmap of keys and the bytes of their 32-bit bitmaps. */
export function bitmap64(...keys: readonly (readonly [key: number, bytes: Uint8Array])[]): Uint8Array {
  return concatBytes([u32(keys.length, 0), ...keys.flatMap(([key, bytes]) => [u32(key), bytes])]);
}

/** An LZ4 frame that stores its content as it is, stating `size`. */
export function lz4Stored(content: Uint8Array, size = content.length): Uint8Array {
  const head = concatBytes([Uint8Array.of(0x68, 0x40), u32(size, 0)]);
  const block = content.length === 0 ? [] : [u32(content.length + 2 ** 31), content];
  const check = Uint8Array.of((xxHash32(head) >>> 8) & 0xff);
  return concatBytes([u32(0x184d2204), head, check, ...block, u32(0)]);
}
