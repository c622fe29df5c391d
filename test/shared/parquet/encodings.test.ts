/** Every encoding of the Java fixtures reads as the same values as PLAIN. @module */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readParquetFooter } from "../../../src/parquet/index.ts";
import { Schema, type Type, type Value } from "../../../src/schema/index.ts";
import { field, memoryFile, readRows } from "../../unit/parquet/support.ts";

const folder = new URL("../../../../shared/fixtures/java/parquet-encodings/", import.meta.url);

const types: Readonly<Record<string, Type>> = {
  boolean: { kind: "boolean" },
  float: { kind: "float" },
  int32: { kind: "int" },
  int64: { kind: "long" },
  string: { kind: "string" },
  uuid: { kind: "uuid" },
};

async function values(path: string): Promise<readonly (Value | null)[]> {
  const type = types[/([a-z0-9]+)(_with_nulls)?\.parquet$/.exec(path)![1]!]!;
  const bytes = new Uint8Array(readFileSync(new URL(path, folder)));
  const rows = await readRows(bytes, new Schema([field(1, "data", type)]), {
    fieldIdOf: () => 1,
    batchSize: 300,
  });
  return rows.map((row) => row.data!);
}

/** Count, nulls, and a digest of the texts: worked out with pyarrow 26.0.1 from the same files. */
function summary(all: readonly (Value | null)[]) {
  const hash = createHash("sha256");
  for (const value of all) hash.update(`${value === null ? "null" : value};`);
  return [all.length, all.filter((value) => value === null).length, hash.digest("hex").slice(0, 16)];
}

const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.includes("/") && name.endsWith(".parquet"))
  .sort();

describe("readParquet() over the Java encodings", () => {
  it("finds the fixtures", () => expect(files.length).toBe(12));

  it.each(files)("%s equals PLAIN", async (path) => {
    const [encoding, name] = path.split("/");
    const { leaves } = await readParquetFooter(
      memoryFile(new Uint8Array(readFileSync(new URL(path, folder)))).file,
    );
    expect(leaves.map((leaf) => leaf.name)).toEqual(["data"]);
    const read = await values(path);
    if (encoding !== "PLAIN" && files.includes(`PLAIN/${name}`)) {
      expect(read).toEqual(await values(`PLAIN/${name}`));
    }
    expect([path, ...summary(read)]).toEqual(expected.find(([file]) => file === path));
  });

  it("decimal_dict_and_plain_encoding.parquet mixes both in one column", async () => {
    const bytes = new Uint8Array(readFileSync(new URL("decimal_dict_and_plain_encoding.parquet", folder)));
    const schema = new Schema([field(1, "id", { kind: "decimal", precision: 38, scale: 0 })]);
    const rows = await readRows(bytes, schema, { fieldIdOf: () => 1 });
    expect(["decimal", ...summary(rows.map((row) => row.id!))]).toEqual(expected.at(-1));
  });
});

const expected: readonly (readonly (string | number)[])[] = [
  ["BYTE_STREAM_SPLIT/float.parquet", 1000, 0, "9b0110a7ddf75d2f"],
  ["BYTE_STREAM_SPLIT/int64_with_nulls.parquet", 1000, 200, "2e9df5b0155eb1c5"],
  ["DELTA_BINARY_PACKED/int32.parquet", 1000, 0, "6dd9cef6b3b275a7"],
  ["DELTA_BYTE_ARRAY/string.parquet", 1000, 0, "adb809f101478d21"],
  ["DELTA_LENGTH_BYTE_ARRAY/string_with_nulls.parquet", 1000, 200, "b8587303b78d54fa"],
  ["PLAIN/boolean_with_nulls.parquet", 1000, 200, "e285dcea494b1a80"],
  ["PLAIN/int64.parquet", 1000, 0, "14b7d514978503df"],
  ["PLAIN/string.parquet", 1000, 0, "adb809f101478d21"],
  ["PLAIN/string_with_nulls.parquet", 1000, 200, "b8587303b78d54fa"],
  ["PLAIN/uuid_with_nulls.parquet", 1000, 200, "a9325e045d400495"],
  ["PLAIN_DICTIONARY/string.parquet", 1000, 0, "adb809f101478d21"],
  ["RLE_DICTIONARY/int64.parquet", 1000, 0, "14b7d514978503df"],
  ["decimal", 400, 0, "3ed9b70262577c55"],
];
