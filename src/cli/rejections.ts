/** Items a telemetry table refused, grouped by the columns they lack. Spec: none. @module */
import type { Json } from "../base/index.ts";
import { count, grouped } from "./format.ts";
import type { Rejection, Signal } from "./signals.ts";

/** Items named for each group of text output. */
const NAMED = 3;

/** A paragraph: how many, which columns they lack, the first of each group by name. Empty without rejections. */
export function rejectionText(rejected: readonly Rejection[], { item }: Pick<Signal, "item">): string {
  if (rejected.length === 0) return "";
  const groups = [...byMissing(rejected)].sort(([, a], [, b]) => b.length - a.length);
  const lines = groups.flatMap(([missing, items]) => [
    `  ${grouped(items.length)} without ${missing}, such as`,
    ...items.slice(0, NAMED).map(({ label }) => `    ${label}`),
  ]);
  const total = count(rejected.length, ...item);
  return `${total} rejected for lack of a value the table requires (--json lists all)\n${lines.join("\n")}`;
}

/** Every rejected item. */
export function rejectionsJson(rejected: readonly Rejection[]): Json {
  return rejected.map(({ json }) => json);
}

function byMissing(rejected: readonly Rejection[]): Map<string, Rejection[]> {
  const groups = new Map<string, Rejection[]>();
  for (const item of rejected) {
    const key = item.missing.join(", ");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
