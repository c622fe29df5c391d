/** The table definitions against the text of the MVP telemetry schema. @module */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { logEvents, metricEvents, TRACE_EVENT_SOURCES, traceEvents } from "../../../src/telemetry/index.ts";

const document = readFileSync(
  new URL("../../../../shared/requirements/mvp-telemetry-schema.txt", import.meta.url),
  "utf8",
);
const TYPES = new Map([
  ["STRING", "string"],
  ["BIGINT", "long"],
  ["DOUBLE", "double"],
  ["TIMESTAMP", "timestamptz"],
]);

/** Columns and clauses of a CREATE TABLE statement of the document. */
function statement(table: string) {
  const text = new RegExp(`CREATE TABLE ${table} \\(([\\s\\S]*?)\\nTBLPROPERTIES \\((.*)\\);`).exec(
    document,
  )!;
  const columns = [...text[1]!.matchAll(/^ +(\w+) (STRING|BIGINT|DOUBLE|TIMESTAMP)( NOT NULL)?/gm)];
  return {
    columns: columns.map(([, name, type, notNull]) => ({
      name,
      kind: TYPES.get(type!),
      required: notNull !== undefined,
    })),
    sortedBy: /'write.sorted-by' = '(.*)'/.exec(text[2]!)![1],
    partitionedBy: /PARTITIONED BY \((.*)\)/.exec(text[1]!)![1],
  };
}

describe.each([traceEvents, logEvents, metricEvents])("$name", (table) => {
  const ddl = statement(table.name);

  it("has the document's columns, order, types and nullability", () => {
    expect(ddl.columns.length).toBeGreaterThan(8);
    expect(
      table.schema.fields.map(({ name, type, required }) => ({ name, kind: type.kind, required })),
    ).toEqual(ddl.columns);
  });

  it("has the document's sort property, partition terms and a matching sort order", () => {
    const { properties, sortOrder, partitionSpec } = table.options;
    expect(properties["write.sorted-by"]).toBe(ddl.sortedBy);
    expect(sortOrder.map(({ term }) => term.column).join(", ")).toBe(ddl.sortedBy);
    expect(ddl.partitionedBy).toBe("months(event_timestamp), organization_id");
    expect(partitionSpec.map(({ column, transform, name }) => [column, transform.kind, name])).toEqual([
      ["event_timestamp", "month", "event_timestamp_month"],
      ["organization_id", "identity", "organization_id"],
    ]);
  });
});

describe("TRACE_EVENT_SOURCES against the table of the mapping document", () => {
  const mapping = readFileSync(new URL("../../../../shared/design/otel-mapping.md", import.meta.url), "utf8");
  const columns = Object.entries(TRACE_EVENT_SOURCES).filter(([column]) => column !== "service_name");

  it.each(columns)("%s", (column, sources) => {
    const [, text] = new RegExp(`^\\| ${column} \\|[^|]*\\| (.*) \\|$`, "m").exec(mapping)!;
    const names = text!.split(/ \(|; |, else|, then/)[0]!.split(", ");
    expect(sources).toEqual(names);
  });
});
