/** Identity of map keys: a map holds each key once. Spec: Schemas, Map; requirement PAR-019. @module */
import { toHex } from "../base/index.ts";
import type { Value } from "../schema/index.ts";

/** What makes a primitive key the same key; `undefined` for nested keys, which are not compared. */
function identity(key: Value): string | number | bigint | boolean | undefined {
  if (typeof key !== "object") return Object.is(key, -0) ? "-0" : key;
  return key instanceof Uint8Array ? toHex(key) : undefined;
}

/** Index of the first entry whose key has occurred before; -1 when every key is there once. */
export function repeatedKey(entries: readonly (readonly [Value, Value | null])[]): number {
  if (entries.length < 2) return -1;
  const seen = new Set<unknown>();
  for (let i = 0; i < entries.length; i++) {
    const id = identity(entries[i]![0]);
    if (id === undefined) continue;
    if (seen.has(id)) return i;
    seen.add(id);
  }
  return -1;
}

/** The entries with the last value of each key, in the order in which keys first occur. */
export function lastOfEachKey(
  entries: readonly (readonly [Value, Value | null])[],
): readonly (readonly [Value, Value | null])[] {
  if (repeatedKey(entries) < 0) return entries;
  const byKey = new Map<unknown, readonly [Value, Value | null]>();
  for (const entry of entries) byKey.set(identity(entry[0]) ?? entry, entry);
  return [...byKey.values()];
}
