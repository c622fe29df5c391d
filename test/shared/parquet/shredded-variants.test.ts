/** Shredded variants of the Parquet project's own test files. @module */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readParquetFooter } from "../../../src/parquet/index.ts";
import { Schema } from "../../../src/schema/index.ts";
import { decodeMetadata } from "../../property/variant-trees.ts";
import { field, memoryFile, readRows } from "../../unit/parquet/support.ts";

const folder = new URL("../../../../shared/fixtures/go/shredded-variant/", import.meta.url);
const names = readdirSync(folder);
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
const files = names.filter((name) => name.endsWith(".parquet"));

async function variants(name: string) {
  const bytes = bytesOf(name);
  const { root } = await readParquetFooter(memoryFile(bytes).file);
  const id = root.children.find((child) => child.name === "var")!.fieldId!;
  const rows = await readRows(bytes, new Schema([field(id, "v", { kind: "variant" })]));
  return rows.map(({ v }) => v);
}

describe("readParquet() over shredded variants", () => {
  it("finds the fixtures", () => expect(files.length).toBe(6));

  it.each(files.filter((name) => !name.includes("INVALID")))("%s is its variants (PAR-021)", async (name) => {
    const read = await variants(name);
    const wanted = read.map((_, row) => {
      const file = `${name.replace(".parquet", "")}_row-${row}.variant.bin`;
      if (!names.includes(file)) return null;
      const all = bytesOf(file);
      const { end } = decodeMetadata(all);
      return { metadata: all.slice(0, end), value: all.slice(end) };
    });
    expect(wanted.filter((each) => each !== null).length).toBe(
      names.filter((each) => each.startsWith(name.replace(".parquet", "_row-"))).length,
    );
    expect(read).toEqual(wanted);
  });

  it.each(files.filter((name) => name.includes("INVALID")))("%s is refused (PAR-021)", async (name) => {
    await expect(variants(name)).rejects.toMatchObject({
      code: "corrupt-file",
      message: expect.stringContaining("both shredded and in the value"),
    });
  });
});
