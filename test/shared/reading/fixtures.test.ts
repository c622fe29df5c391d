/** Every table of the fixtures reads to its expected rows or to its documented error. @module */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Json, toHex, utf8Encode } from "../../../src/base/index.ts";
import { currentSchema } from "../../../src/metadata/index.ts";
import { Scan } from "../../../src/reading/index.ts";
import { formatNameMapping, NAME_MAPPING_PROPERTY, nameMappingOf } from "../../../src/schema/index.ts";
import { FIXTURES, openFixture, rowForm } from "./tables.ts";

interface Facts {
  readonly metadata: string;
  readonly row_count?: number;
  readonly rows?: readonly Record<string, unknown>[];
  readonly first_rows?: readonly Record<string, unknown>[];
  readonly history?: Readonly<Record<string, number>>;
  readonly row_lineage?: readonly Record<string, Json>[];
  readonly tag_v1_rows?: number;
}

const facts = (
  JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8")) as { tables: Record<string, Facts> }
).tables;

/** Tables that end in an error, and why. */
const REFUSED: Readonly<Record<string, { readonly code: string; readonly why: RegExp }>> = {
  // Its data files do not exist: it is there to be planned.
  "duckdb/generated_bounds": { code: "no-such-file", why: /t\.parquet/ },
  // A bare blob where a Puffin file should be.
  "duckdb/legacy_bare_deletion_vector": { code: "corrupt-file", why: /legacy-bare-deletion-vector\.puffin/ },
  "impala/mixed_file_format": { code: "unsupported", why: /\.orc.*not orc/ },
  "impala/v3_default_value_orc": { code: "unsupported", why: /\.orc.*not orc/ },
  // Its file has no ids, and its name mapping numbers the columns depth first (string_col is 4), its schema level by
  // level (int_array_col is 4): Hive kept the mapping of the schema that it proposed, not of the one it got.
  "impala/migrated_complex": {
    code: "corrupt-file",
    why: /000000_0.*column struct_1_col\.string_col: the table says list .* another shape/,
  },
};

/**
 * Delete files of these spell the paths of data files with `hdfs://localhost:20500` before them, the manifests without.
 * Paths are compared byte for byte (SCN-066), as in Java and PyIceberg, so that those deletes are about other files.
 */
const OTHER_PATHS: Readonly<Record<string, number>> = {
  "impala/v2_delete_both_eq_and_pos": 3,
  "impala/v2_partitioned_position_deletes": 20,
};

const readable = Object.entries(facts).filter(([name]) => !(name in REFUSED) && !(name in OTHER_PATHS));

test.each(readable)("%s reads to its rows", async (name, { metadata, row_count, rows, first_rows }) => {
  const scan = new Scan(openFixture(name, metadata));
  const found = (await scan.toArray()).map((row) => rowForm(scan.fields, row));
  expect(found.length).toBe(row_count);
  if (rows !== undefined) expect(sorted(found)).toEqual(sorted(rows.map(inHex)));
  for (const row of first_rows ?? []) expect(found).toContainEqual(inHex(row));
  expect(await scan.count()).toBe(row_count);
});

test.each(Object.entries(REFUSED))("%s is refused", async (name, { code, why }) => {
  const scan = new Scan(openFixture(name, facts[name]!.metadata));
  await expect(scan.toArray()).rejects.toMatchObject({ code, message: expect.stringMatching(why) });
});

test("impala/migrated_complex reads to its rows under a name mapping of its own schema (SCH-083, SCH-085)", async () => {
  const name = "impala/migrated_complex";
  const table = openFixture(name, facts[name]!.metadata);
  const mapping = formatNameMapping(nameMappingOf(currentSchema(table.metadata)));
  const properties = new Map(table.metadata.properties).set(NAME_MAPPING_PROPERTY, mapping);
  const scan = new Scan({ ...table, metadata: { ...table.metadata, properties } });
  const found = (await scan.toArray()).map((row) => rowForm(scan.fields, row));
  expect(found).toEqual(facts[name]!.rows!.map(inPairs));
});

test.each(Object.entries(OTHER_PATHS))("%s: deletes of other paths are none", async (name, count) => {
  const scan = new Scan(openFixture(name, facts[name]!.metadata));
  expect(await scan.toArray()).toHaveLength(count);
});

test("each version of icebird/java_bunnies has its rows", async () => {
  for (const [metadata, count] of Object.entries(facts["icebird/java_bunnies"]!.history!)) {
    expect(await new Scan(openFixture("icebird/java_bunnies", metadata)).toArray()).toHaveLength(count);
  }
});

test("a tag of pyiceberg/evolve reads with the schema of its time", async () => {
  const { metadata, tag_v1_rows: count } = facts["pyiceberg/evolve"]!;
  const scan = new Scan(openFixture("pyiceberg/evolve", metadata), { at: { ref: "v1" } });
  expect(await scan.toArray()).toHaveLength(count!);
  const today = new Scan(openFixture("pyiceberg/evolve", metadata));
  expect(scan.fields.map(({ name }) => name)).not.toEqual(today.fields.map(({ name }) => name));
});

describe("row lineage of impala/v3_row_lineage", () => {
  const { metadata, row_lineage: expected } = facts["impala/v3_row_lineage"]!;
  const select = ["i", "_row_id", "_last_updated_sequence_number"];
  const read = async (snapshotId?: bigint) => {
    const at = snapshotId === undefined ? {} : { at: { snapshotId } };
    const scan = new Scan(openFixture("impala/v3_row_lineage", metadata), { select, ...at });
    return sorted((await scan.toArray()).map((row) => rowForm(scan.fields, row)));
  };

  test("as a rewrite stored it (SCH-091, SCH-092)", async () => {
    expect(await read()).toEqual(sorted(expected!));
  });

  test("as it is inherited before the rewrite (SCH-091, SCH-092, SCH-093)", async () => {
    expect(await read(2872597867664652808n)).toEqual(sorted(expected!));
  });
});

/** Bytes as hex, however the expectation spells them. */
function inHex(row: Record<string, unknown>): Record<string, unknown> {
  const hex = (value: unknown) =>
    typeof value === "string" && value.startsWith("utf8:")
      ? `hex:${toHex(utf8Encode(value.slice(5)))}`
      : value;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, hex(value)]));
}

/** Maps as pairs, where the expectation spells keys and values apart. */
function inPairs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inPairs);
  if (typeof value !== "object" || value === null) return value;
  const { keys, values } = value as { keys?: unknown; values?: unknown };
  if (Array.isArray(keys) && Array.isArray(values)) return keys.map((key, at) => [key, inPairs(values[at])]);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inPairs(each)]));
}

function sorted(rows: readonly unknown[]): unknown[] {
  const text = (row: unknown) => JSON.stringify(Object.entries(row as object).sort());
  return [...rows].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
