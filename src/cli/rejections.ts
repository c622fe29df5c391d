/** Spans the table refused, grouped by the columns they lack. Spec: none. @module */
import type { Json } from "../base/index.ts";
import type { RejectedSpan } from "../telemetry/index.ts";
import { count, grouped } from "./format.ts";
import { harmless } from "./terminal.ts";

/** Spans named for each group of text output. */
const NAMED = 3;

/** A paragraph: how many, which columns they lack, the first of each group by name. Empty without rejections. */
export function rejectionText(rejected: readonly RejectedSpan[]): string {
  if (rejected.length === 0) return "";
  const groups = [...byMissing(rejected)].sort(([, a], [, b]) => b.length - a.length);
  const lines = groups.flatMap(([missing, spans]) => [
    `  ${grouped(spans.length)} without ${missing}, such as`,
    ...spans
      .slice(0, NAMED)
      .map(
        ({ name, traceId, spanId }) =>
          `    ${harmless(name)}  trace ${traceId || "none"}  span ${spanId || "none"}`,
      ),
  ]);
  const total = count(rejected.length, "span");
  return `${total} rejected for lack of a value the table requires (--json lists all)\n${lines.join("\n")}`;
}

/** Every rejected span. */
export function rejectionsJson(rejected: readonly RejectedSpan[]): Json {
  return rejected.map(({ traceId, spanId, name, missing }) => ({
    trace_id: traceId,
    span_id: spanId,
    name,
    missing,
  }));
}

function byMissing(rejected: readonly RejectedSpan[]): Map<string, RejectedSpan[]> {
  const groups = new Map<string, RejectedSpan[]>();
  for (const span of rejected) {
    const key = span.missing.join(", ");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [span]);
    else group.push(span);
  }
  return groups;
}
