/** Which data files a position delete file is about. Spec: Delete Formats; requirements SCN-057, MAN-021 and MAN-078. @module */

import { compareBytes, IcebergError, utf8Decode } from "../base/index.ts";
import type { DataFile } from "../manifests/index.ts";

/** Field id of the column `file_path` of position delete files. */
export const DELETE_PATH_ID = 2147483546;
/** Field id of the column `pos` of position delete files. */
export const DELETE_POSITION_ID = 2147483545;

/** Bounds of just so many characters may be cut ones: it is what metrics keep of a string by default (MAN-071). */
const TRUNCATED = 16;

/**
 * The one data file a position delete file is about: the one it names, else the one its path bounds agree on;
 * `undefined` when there may be several (SCN-057).
 */
export function fileScope(file: DataFile): string | undefined {
  if (file.content !== "position-deletes") return undefined;
  if (file.referencedDataFile !== undefined) return file.referencedDataFile;
  const bounds = pathBounds(file);
  return bounds !== undefined && compareBytes(bounds[0], bounds[1]) === 0 ? utf8Decode(bounds[0]) : undefined;
}

/**
 * The first and last path, or text beyond them, of a position delete file; `undefined` when unknown. Bounds that are
 * equal but may have been cut without care count as unknown.
 */
export function pathBounds(file: DataFile): readonly [lower: Uint8Array, upper: Uint8Array] | undefined {
  const lower = file.lowerBounds?.get(DELETE_PATH_ID);
  const upper = file.upperBounds?.get(DELETE_PATH_ID);
  if (lower === undefined || upper === undefined) return undefined;
  const order = compareBytes(lower, upper);
  return order > 0 || (order === 0 && mayBeCut(lower)) ? undefined : [lower, upper];
}

function mayBeCut(path: Uint8Array): boolean {
  try {
    return [...utf8Decode(path)].length === TRUNCATED;
  } catch (error) {
    // Cut within a character.
    if (error instanceof IcebergError) return true;
    throw error;
  }
}
