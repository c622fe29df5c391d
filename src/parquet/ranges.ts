/** Fetching byte ranges in few requests. @module */
import type { AbortOptions, ByteRange, InputFile } from "../base/index.ts";

/** Ranges closer than this are fetched together: a request costs more than reading the gap. */
const MAX_GAP = 64 * 1024;
/** No merged request grows past this. */
const MAX_MERGED = 16 * 1024 * 1024;
/** Requests under way at a time. */
const CONCURRENCY = 8;

/** `maxGap`: ranges closer than this are fetched together. Default 64 KiB. */
export interface FetchOptions extends AbortOptions {
  readonly maxGap?: number;
}

/** The bytes of each range, in the order asked for. */
export async function fetchRanges(
  file: InputFile,
  ranges: readonly ByteRange[],
  options: FetchOptions = {},
): Promise<readonly Uint8Array[]> {
  const merged = mergeRanges(ranges, options.maxGap);
  const bytes: Uint8Array[] = new Array(merged.length);
  let next = 0;
  const worker = async () => {
    while (next < merged.length) {
      const i = next++;
      options.signal?.throwIfAborted();
      bytes[i] = await file.read(merged[i]!, options);
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, merged.length) }, worker));
  options.signal?.throwIfAborted();
  return ranges.map(({ start, end }) => {
    const i = merged.findIndex((range) => range.start <= start && end <= range.end);
    const from = start - merged[i]!.start;
    return bytes[i]!.subarray(from, from + end - start);
  });
}

/** The fewest requests that cover the ranges without large gaps. */
export function mergeRanges(ranges: readonly ByteRange[], maxGap = MAX_GAP): readonly ByteRange[] {
  const sorted = [...ranges].sort((a, b) => a.start - b.start || a.end - b.end);
  const merged: ByteRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    const end = Math.max(last?.end ?? 0, range.end);
    // A range inside the last one never opens a request of its own.
    const joins =
      last !== undefined &&
      (range.end <= last.end || (range.start <= last.end + maxGap && end - last.start <= MAX_MERGED));
    if (joins) merged[merged.length - 1] = { start: last.start, end };
    else merged.push(range);
  }
  return merged;
}
