/** A stranger's program, compiled by `check.mjs` against the packed types. */

import { sample } from "fast-check";
import type { Row, RowInput } from "icewright";
import {
  and,
  asc,
  defineSchema,
  eq,
  gte,
  identity,
  isIcebergError,
  MemoryCatalogClient,
  memoryCatalog,
  month,
  optional,
  required,
  t,
} from "icewright";
import { fileCatalog } from "icewright/node";
import { decodeTraces } from "icewright/otlp";
import { mapSpans, traceEvents } from "icewright/telemetry";
import { arbitraryRow, checkCatalog, type LawOptions } from "icewright/testing";

const events = defineSchema({
  id: required(t.long()),
  at: required(t.timestamptz()),
  note: optional(t.string()),
});
const row: RowInput<typeof events> = { id: 1n, at: "2025-10-01T00:00:00Z" };
// @ts-expect-error `at` is required
const lacking: RowInput<typeof events> = { id: 1n };

export async function use(body: Uint8Array): Promise<Row<typeof events>[]> {
  const catalog = memoryCatalog();
  await catalog.createNamespace("a");
  const table = await catalog.createTable("a.b", events, {
    partitionSpec: [month("at")],
    sortOrder: [asc("id")],
  });
  // @ts-expect-error the schema has no such column
  await catalog.createTable("a.c", events, { partitionSpec: [identity("nothing")] });
  const { table: next } = await table.append([row, lacking]);
  const traces = await fileCatalog("w").createTable("a.t", traceEvents.schema, traceEvents.options);
  await traces.append(mapSpans(decodeTraces(body, { contentType: "application/x-protobuf" })).rows);
  try {
    for await (const { id } of next
      .scan({ filter: and(eq("id", 1n), gte("at", new Date(0))), select: ["id"] })
      .rows()) {
      const exact: bigint = id;
      console.log(exact);
    }
  } catch (error) {
    if (isIcebergError(error, "no-such-table")) console.log(error.context);
  }
  return await next.scan().toArray();
}

const options: LawOptions = { numRuns: 5, seed: 1 };
export const held: Promise<number> = checkCatalog({ open: () => new MemoryCatalogClient() }, options);
export const ids: bigint[] = sample(arbitraryRow(events), 3).map((each) => each.id);
const checked = events["~standard"].validate(row);
export const id: bigint | undefined = checked.issues === undefined ? checked.value.id : undefined;
