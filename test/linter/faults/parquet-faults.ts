/** Faults of Parquet files, each written by hand in place of a good one. @module */
import type { SchemaElement } from "hyparquet";
import { type HandColumn, parquetFile, TEXT_COLUMN } from "./deletes.ts";
import type { Fault, Faults } from "./fault.ts";
import { set, type Tampered } from "./tamper.ts";

const repeat = (value: unknown) => Array.from({ length: 12 }, () => value);

const ID: HandColumn = {
  name: "id",
  type: "INT64",
  field_id: 1,
  repetition_type: "REQUIRED",
  values: repeat(7n),
};
const ORGANIZATION: HandColumn = { ...TEXT_COLUMN, values: repeat("acme") };
const AT: HandColumn = {
  name: "at",
  type: "INT64",
  field_id: 3,
  repetition_type: "OPTIONAL",
  converted_type: "TIMESTAMP_MICROS",
  logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  values: repeat(1_700_000_000_000_000n),
};
const ELEMENT: SchemaElement = { ...TEXT_COLUMN, name: "element", field_id: 5, repetition_type: "REQUIRED" };
const TAGS: HandColumn = {
  name: "tags",
  field_id: 4,
  repetition_type: "OPTIONAL",
  num_children: 1,
  converted_type: "LIST",
  logical_type: { type: "LIST" },
  below: [{ name: "list", repetition_type: "REPEATED", num_children: 1 }, ELEMENT],
  values: repeat(["a"]),
};

/** Puts a file in the place of the newest one, and tells nothing of it but its size. */
async function replace(table: Tampered, bytes: Uint8Array): Promise<void> {
  await table.manifest((entries) => {
    const file = (entries[0] as { data_file: Record<string, unknown> }).data_file;
    table.files.set(String(file.file_path), bytes);
    set(file, "file_size_in_bytes", BigInt(bytes.length));
    for (const key of [
      ...["column_sizes", "value_counts", "null_value_counts", "nan_value_counts"],
      ...["lower_bounds", "upper_bounds", "split_offsets"],
    ])
      set(file, key, null);
  });
}

/** A file of these columns: the sizes in the summary are then wrong as well. */
function file(
  rules: Fault["rules"],
  columns: readonly HandColumn[],
  edit = (bytes: Uint8Array) => bytes,
): Fault {
  return {
    rules: [...rules, "summary-changes", "summary-totals"],
    table: "plain v2",
    edit: (table) => replace(table, edit(parquetFile(columns))),
  };
}

/** The last place of an int64 in the footer is the min of the statistics. */
function lastInt64(from: bigint, to: bigint): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => {
    const all = Buffer.from(bytes);
    const pattern = Buffer.alloc(8);
    pattern.writeBigInt64LE(from);
    all.writeBigInt64LE(to, all.lastIndexOf(pattern));
    return new Uint8Array(all);
  };
}

export const PARQUET_FAULTS: Faults = {
  "nothing but another size": file([], [ID, ORGANIZATION, AT, TAGS]),
  "a column without field id": file(
    ["parquet-field-ids", "parquet-columns"],
    [ID, { ...ORGANIZATION, field_id: undefined as never }, AT, TAGS],
  ),
  "a field id on a repeated group": file(
    ["parquet-field-ids"],
    [ID, ORGANIZATION, AT, { ...TAGS, below: [{ ...TAGS.below![0]!, field_id: 9 }, ELEMENT] }],
  ),
  "a field id that stands twice": file(
    ["parquet-field-ids", "parquet-columns"],
    [ID, ORGANIZATION, AT, { ...AT, name: "again" }, TAGS],
  ),
  "a missing column": file(["parquet-columns"], [ID, ORGANIZATION, TAGS]),
  "columns in another order": file(["parquet-columns"], [ID, AT, ORGANIZATION, TAGS]),
  "a timestamp in milliseconds": file(
    ["parquet-types"],
    [
      ID,
      ORGANIZATION,
      {
        ...AT,
        converted_type: "TIMESTAMP_MILLIS",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
      },
      TAGS,
    ],
  ),
  "a string without logical type": file(
    ["parquet-types"],
    [ID, { ...ORGANIZATION, logical_type: undefined as never }, AT, TAGS],
  ),
  "a timestamp without converted type": file(
    ["parquet-converted-types"],
    [ID, ORGANIZATION, { ...AT, converted_type: undefined as never }, TAGS],
  ),
  "a required column that is optional in the file": file(
    ["parquet-repetition"],
    [{ ...ID, repetition_type: "OPTIONAL" }, ORGANIZATION, AT, TAGS],
  ),
  "a null in a required column": file(
    ["required-values", "parquet-repetition"],
    [{ ...ID, repetition_type: "OPTIONAL", values: [null, ...ID.values.slice(1)] }, ORGANIZATION, AT, TAGS],
  ),
  "a list in the form of old Arrow": file(
    ["parquet-nesting"],
    [ID, ORGANIZATION, AT, { ...TAGS, below: [TAGS.below![0]!, { ...ELEMENT, name: "item" }] }],
  ),
  "a list without annotation": file(
    ["parquet-nesting"],
    [
      ID,
      ORGANIZATION,
      AT,
      { ...TAGS, values: repeat(null), converted_type: undefined as never, logical_type: undefined as never },
    ],
  ),
  "a string that is no UTF-8": file(
    ["parquet-utf8"],
    [ID, { ...ORGANIZATION, values: repeat(new Uint8Array([0x61, 0xff])) }, AT, TAGS],
  ),
  "a min in the footer that is too large": file(
    ["parquet-statistics"],
    [ID, ORGANIZATION, AT, TAGS],
    lastInt64(7n, 8n),
  ),
  "two tenants in a file": file(
    ["one-tenant"],
    [ID, { ...ORGANIZATION, values: ["other", ...ORGANIZATION.values.slice(1)] }, AT, TAGS],
  ),
  "a tenant and rows without one in a file": file(
    ["one-tenant"],
    [ID, { ...ORGANIZATION, values: [null, ...ORGANIZATION.values.slice(1)] }, AT, TAGS],
  ),
};
