/** Sets of rows as sorted ranges. @module */

/** Rows `[start, end)`. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** Sorted, without overlaps, touching ranges joined, empty ones dropped. */
export function normalizeRanges(ranges: readonly RowRange[]): readonly RowRange[] {
  const sorted = ranges.filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start);
  const joined: RowRange[] = [];
  for (const range of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && range.start <= last.end) {
      joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    } else joined.push(range);
  }
  return joined;
}

/** The rows in both of two normalized sets. */
export function intersectRanges(a: readonly RowRange[], b: readonly RowRange[]): readonly RowRange[] {
  const common: RowRange[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const start = Math.max(a[i]!.start, b[j]!.start);
    const end = Math.min(a[i]!.end, b[j]!.end);
    if (start < end) common.push({ start, end });
    if (a[i]!.end < b[j]!.end) i++;
    else j++;
  }
  return common;
}

/** Whether a normalized set has a row of `[start, end)`. */
export function touchesRange(ranges: readonly RowRange[], start: number, end: number): boolean {
  return ranges.some((range) => range.start < end && start < range.end);
}
