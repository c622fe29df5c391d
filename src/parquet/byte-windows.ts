/** The fetched parts of a file, addressed by their place in it. @module */

/** A run of fetched bytes. */
export interface ByteWindow {
  /** Place of the first byte in the file. */
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** The fetched bytes from a place to the end of its window; `undefined` when the place was not fetched. */
export function bytesFrom(windows: readonly ByteWindow[], offset: number): Uint8Array | undefined {
  const window = windows.find(({ start, bytes }) => start <= offset && offset < start + bytes.length);
  return window?.bytes.subarray(offset - window.start);
}
