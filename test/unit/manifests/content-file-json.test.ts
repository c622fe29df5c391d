/** Files as JSON: the very text that Java's ContentFileParser writes, and everything it has ever written is read. */
import { describe, expect, it } from "vitest";
import { isIcebergError, parseJson, stringifyJson } from "../../../src/base/index.ts";
import { contentFileFromJson, contentFileToJson, type DataFile } from "../../../src/manifests/index.ts";
import type { Field, PrimitiveType } from "../../../src/schema/index.ts";

const bucket: Field = { id: 1000, name: "data_bucket", required: false, type: { kind: "int" } };

const ofType = (kind: PrimitiveType["kind"]): Field => ({
  id: 1000,
  name: "f",
  required: false,
  type: (kind === "decimal"
    ? { kind, precision: 9, scale: 2 }
    : kind === "fixed"
      ? { kind, length: 2 }
      : { kind }) as PrimitiveType,
});

const plain: DataFile = {
  content: "data",
  filePath: "/path/to/data-a.parquet",
  fileFormat: "parquet",
  specId: 0,
  partition: [1],
  recordCount: 1,
  fileSizeInBytes: 10,
  sortOrderId: 0,
};
const plainText =
  '{"spec-id":0,"content":"data","file-path":"/path/to/data-a.parquet","file-format":"parquet",' +
  '"partition":[1],"file-size-in-bytes":10,"record-count":1,"sort-order-id":0}';

const full: DataFile = {
  ...plain,
  filePath: "/path/to/data-with-stats.parquet",
  fileSizeInBytes: 350,
  recordCount: 10,
  columnSizes: new Map([
    [3, 100],
    [4, 200],
  ]),
  valueCounts: new Map([
    [3, 90],
    [4, 180],
  ]),
  nullValueCounts: new Map([
    [3, 10],
    [4, 20],
  ]),
  nanValueCounts: new Map([
    [3, 0],
    [4, 0],
  ]),
  lowerBounds: new Map([
    [3, Uint8Array.of(1, 0, 0, 0)],
    [4, Uint8Array.of(2, 0, 0, 0)],
  ]),
  upperBounds: new Map([
    [3, Uint8Array.of(5, 0, 0, 0)],
    [4, Uint8Array.of(10, 0, 0, 0)],
  ]),
  keyMetadata: new Uint8Array(16),
  splitOffsets: [128, 256],
  sortOrderId: 1,
};
const statistics =
  '"column-sizes":{"keys":[3,4],"values":[100,200]},' +
  '"value-counts":{"keys":[3,4],"values":[90,180]},' +
  '"null-value-counts":{"keys":[3,4],"values":[10,20]},' +
  '"nan-value-counts":{"keys":[3,4],"values":[0,0]},' +
  '"lower-bounds":{"keys":[3,4],"values":["01000000","02000000"]},' +
  '"upper-bounds":{"keys":[3,4],"values":["05000000","0A000000"]},' +
  '"key-metadata":"00000000000000000000000000000000",';
const fullText =
  '{"spec-id":0,"content":"data","file-path":"/path/to/data-with-stats.parquet","file-format":"parquet",' +
  `"partition":[1],"file-size-in-bytes":350,"record-count":10,${statistics}` +
  '"split-offsets":[128,256],"sort-order-id":1}';

const equality: DataFile = {
  ...full,
  content: "equality-deletes",
  filePath: "/path/to/delete-with-stats.parquet",
  partition: [9],
  fileSizeInBytes: 1234,
  splitOffsets: [128],
  equalityIds: [3],
};
const equalityText =
  '{"spec-id":0,"content":"equality-deletes","file-path":"/path/to/delete-with-stats.parquet","file-format":"parquet",' +
  `"partition":[9],"file-size-in-bytes":1234,"record-count":10,${statistics}` +
  '"split-offsets":[128],"equality-ids":[3],"sort-order-id":1}';

const vector: DataFile = {
  content: "position-deletes",
  filePath: "/path/to/delete.puffin",
  fileFormat: "puffin",
  specId: 0,
  partition: [9],
  fileSizeInBytes: 10,
  recordCount: 1,
  referencedDataFile: "/path/to/data.parquet",
  contentOffset: 4,
  contentSizeInBytes: 40,
};
const vectorText =
  '{"spec-id":0,"content":"position-deletes","file-path":"/path/to/delete.puffin","file-format":"puffin",' +
  '"partition":[9],"file-size-in-bytes":10,"record-count":1,"referenced-data-file":"/path/to/data.parquet",' +
  '"content-offset":4,"content-size-in-bytes":40}';

const read = (text: string, fields: readonly Field[] = [bucket]) =>
  contentFileFromJson(parseJson(text, "file", { floats: "exact" }), (id) => (id === 0 ? fields : undefined));
const print = (file: DataFile, fields: readonly Field[] = [bucket]) =>
  stringifyJson(contentFileToJson(file, fields));

describe("contentFileToJson and contentFileFromJson", () => {
  it.each([
    ["a data file with the least", plain, plainText],
    ["a data file with everything", full, fullText],
    ["an equality delete file", equality, equalityText],
    ["a deletion vector", vector, vectorText],
  ])("write and read %s as Iceberg 1.11 does", (_, file, text) => {
    expect(print(file)).toBe(text);
    expect(read(text)).toEqual(file);
  });

  it("write and read row ids beyond 2^53", () => {
    const file: DataFile = { ...plain, firstRowId: 2n ** 62n + 1n };
    expect(print(file)).toContain('"first-row-id":4611686018427387905');
    expect(read(print(file))).toEqual(file);
  });

  it("contentFileFromJson reads what Iceberg 1.10 and before wrote: enum names, the tuple by field id", () => {
    const old = plainText
      .replace('"data"', '"DATA"')
      .replace('"parquet"', '"PARQUET"')
      .replace("[1]", '{"1000":1}');
    expect(read(old)).toEqual(plain);
    expect(read(old.replace('{"1000":1}', "{}"))).toEqual({ ...plain, partition: [null] });
    const deletes = equalityText.replace('"equality-deletes"', '"EQUALITY_DELETES"');
    expect(read(deletes)).toEqual(equality);
    const unpartitioned = old.replace('{"1000":1}', "{}");
    expect(read(unpartitioned, [])).toEqual({ ...plain, partition: [] });
  });

  it("contentFileFromJson passes over nulls and members it does not know", () => {
    const extra = plainText.replace("}", ',"data-sequence-number":7,"key-metadata":null,"later":{"a":1}}');
    expect(read(extra)).toEqual(plain);
  });

  it.each([
    ["boolean", true, "true"],
    ["long", 2n ** 63n - 1n, "9223372036854775807"],
    ["double", -0, "-0.0"],
    ["double", Number.NaN, '"NaN"'],
    ["float", Number.NEGATIVE_INFINITY, '"-Infinity"'],
    ["decimal", 1420n, '"14.20"'],
    ["date", 17486, '"2017-11-16"'],
    ["timestamptz", 1510871468123456n, '"2017-11-16T22:31:08.123456+00:00"'],
    ["uuid", "f79c3e09-677c-4bbd-a479-3f349cb785e7", '"f79c3e09-677c-4bbd-a479-3f349cb785e7"'],
    ["string", "NaN", '"NaN"'],
    ["unknown", null, "null"],
  ] as const)("write and read a partition value of type %s: %s", (kind, value, text) => {
    const file: DataFile = { ...plain, partition: [value] };
    const fields = [ofType(kind)];
    expect(print(file, fields)).toContain(`"partition":[${text}]`);
    expect(read(print(file, fields), fields).partition).toEqual([value]);
  });

  it.each([
    ["no path", plainText.replace('"file-path":"/path/to/data-a.parquet",', ""), "file-path"],
    ["a spec the table does not have", plainText.replace('"spec-id":0', '"spec-id":5'), "spec 5"],
    ["too many values", plainText.replace("[1]", "[1,2]"), "partition"],
    ["too few values", plainText.replace("[1]", "[]"), "partition"],
    ["a field of another spec", plainText.replace("[1]", '{"1001":1}'), "partition field 1001"],
    ["a value of another type", plainText.replace("[1]", '["1"]'), "data_bucket"],
    ["another content", plainText.replace('"data"', '"manifests"'), "content"],
    ["another format", plainText.replace('"parquet"', '"csv"'), "file-format"],
    ["bounds that are no hex", fullText.replace('"01000000"', '"0100000"'), "lower-bounds"],
    ["keys without values", fullText.replace('"values":[100,200]', '"values":[100]'), "column-sizes"],
    [
      "a count that is no integer",
      plainText.replace('"record-count":1', '"record-count":1.5'),
      "record-count",
    ],
    ["a size past 2^53", plainText.replace(":10,", ":9007199254740993,"), "file-size-in-bytes"],
    ["no object", "[]", "a file"],
  ])("contentFileFromJson refuses %s by name", (_, text, named) => {
    const error = caught(() => read(text));
    expect(isIcebergError(error, "invalid-payload"), String(error)).toBe(true);
    expect(String(error)).toContain(named);
  });

  it("contentFileToJson refuses a tuple of another spec", () => {
    expect(() => print({ ...plain, partition: [] })).toThrow("spec 0 has 1 fields, its tuple 0 values");
  });
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
