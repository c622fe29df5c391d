/** Every table of the fixtures reads to its expected rows or to its documented error. @module */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Scan } from "../../../src/reading/index.ts";
import { FIXTURES, openFixture, rowForm } from "./tables.ts";

interface Facts {
  readonly metadata: string;
  readonly row_count?: number;
  readonly rows?: readonly Record<string, unknown>[];
  readonly first_rows?: readonly Record<string, unknown>[];
}

const tables = Object.entries(
  (JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8")) as { tables: Record<string, Facts> }).tables,
);

describe.each(tables)("%s", (name, facts) => {
  test("rows", async () => {
    const scan = new Scan(openFixture(name, facts.metadata));
    const rows = await scan.toArray();
    expect(rows.length).toBe(facts.row_count);
    if (facts.rows) expect(sorted(rows.map((row) => rowForm(scan.fields, row)))).toEqual(sorted(facts.rows));
    expect(await scan.count()).toBe(facts.row_count);
  });
});

function sorted(rows: readonly unknown[]): unknown[] {
  return [...rows].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
