/**
 * Printed lists that grow at their end: runs of items keep their bytes, so that printing a list again costs what is
 * new in it. Internal to `metadata/`. Spec: Appendix C.
 * @module
 */
import { utf8Encode } from "../base/index.ts";

/** A list to be printed, without its brackets. */
export interface PrintedList<T extends object> {
  /** Immutable, each of them. */
  readonly items: readonly T[];
  readonly print: (item: T) => string;
  /** Tells apart what `print` makes of the same items at different times. */
  readonly form: number;
}

interface Run {
  readonly items: readonly object[];
  readonly form: number;
  readonly bytes: Uint8Array;
}

const RUN = 256;
/** Full runs by their first item. */
const runs = new WeakMap<object, Run>();

/** The bytes of the items with commas between them, in parts. */
export function listBytes<T extends object>({ items, print, form }: PrintedList<T>): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < items.length; start += RUN) {
    if (start > 0) parts.push(COMMA);
    const first = items[start]!;
    const known = runs.get(first);
    if (known !== undefined && known.form === form && holds(items, start, known.items)) {
      parts.push(known.bytes);
      continue;
    }
    const run = items.slice(start, start + RUN);
    const bytes = utf8Encode(run.map(print).join(","));
    parts.push(bytes);
    if (run.length === RUN) runs.set(first, { items: run, form, bytes });
  }
  return parts;
}

const COMMA = utf8Encode(",");

function holds(items: readonly object[], start: number, run: readonly object[]): boolean {
  for (let at = 0; at < run.length; at++) if (items[start + at] !== run[at]) return false;
  return true;
}
