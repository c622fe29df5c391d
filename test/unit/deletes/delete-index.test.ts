import { describe, expect, test } from "vitest";
import { DeleteFileIndex, fileScope } from "../../../src/deletes/index.ts";
import type { ManifestEntry } from "../../../src/manifests/index.ts";
import type { PartitionTuple } from "../../../src/partitioning/index.ts";
import { type PrimitiveType, Schema } from "../../../src/schema/index.ts";
import { errorOf } from "./bytes.ts";
import {
  data,
  type EntryChanges,
  equalityDeletes,
  metrics,
  pathsFrom,
  positionDeletes,
  schema,
  specs,
  table,
  vector,
} from "./entries.ts";

const PATH = "s3://b/t/data/1.parquet";
const indexOf = (...entries: ManifestEntry[]) => new DeleteFileIndex(entries, table);
const applies = (deletes: ManifestEntry, file: ManifestEntry) =>
  indexOf(deletes).deletesFor(file).length === 1;

describe("deletesFor() by sequence number", () => {
  test.each<[string, (changes: EntryChanges) => ManifestEntry, readonly boolean[]]>([
    ["equality deletes: data below theirs", equalityDeletes, [true, false, false]],
    [
      "position deletes: data up to theirs, of the same commit too (SCN-058)",
      positionDeletes,
      [true, true, false],
    ],
    [
      "position deletes of one file: the same",
      (changes) => positionDeletes({ ...changes, referencedDataFile: PATH }),
      [true, true, false],
    ],
  ])("%s (SCN-053)", (_, make, expected) => {
    const deletes = make({ sequence: 7 });
    expect([6, 7, 8].map((sequence) => applies(deletes, data({ sequence })))).toEqual(expected);
  });

  test("a vector of the same commit applies, an older one means broken metadata (SCN-053, SCN-056, SCN-058)", () => {
    const dv = vector({ sequence: 7 });
    expect(applies(dv, data({ sequence: 6 }))).toBe(true);
    expect(applies(dv, data({ sequence: 7 }))).toBe(true);
    expect(errorOf(() => applies(dv, data({ sequence: 8 })))).toMatchObject({
      code: "invalid-metadata",
      message: `Cannot apply deletes: the deletion vector at 4 of s3://b/t/dv.puffin is of sequence 7, ${PATH} of 8`,
    });
  });

  test("data without a number is of version 1 and older than every delete (SCN-067)", () => {
    const { sequenceNumber: _, ...old } = data();
    for (const deletes of [
      equalityDeletes({ sequence: 1 }),
      positionDeletes({ sequence: 1 }),
      vector({ sequence: 1 }),
    ]) {
      expect(applies(deletes, old)).toBe(true);
    }
    expect(applies(equalityDeletes({ sequence: 0 }), old)).toBe(false);
  });

  test("the data sequence number counts, not the file's (SCN-053)", () => {
    // Compaction rewrote the rows of sequence 3 in the commit of sequence 9.
    const compacted = { ...data({ sequence: 3 }), fileSequenceNumber: 9 };
    expect(applies(equalityDeletes({ sequence: 4 }), compacted)).toBe(true);
    const late = { ...equalityDeletes({ sequence: 3 }), fileSequenceNumber: 9 };
    expect(applies(late, data({ sequence: 3 }))).toBe(false);
  });

  test("of many files those from the first that applies on, older ones first", () => {
    const index = indexOf(...[9, 3, 7, 5, 5].map((sequence) => equalityDeletes({ sequence })));
    const found = (sequence: number) =>
      index.deletesFor(data({ sequence })).map((entry) => entry.sequenceNumber);
    expect(found(2)).toEqual([3, 5, 5, 7, 9]);
    expect(found(4)).toEqual([5, 5, 7, 9]);
    expect(found(5)).toEqual([7, 9]);
    expect(found(9)).toEqual([]);
  });
});

describe("deletesFor() by partition", () => {
  const partitions: readonly (readonly [string, number, PartitionTuple])[] = [
    ["1", 1, [1]],
    ["2", 1, [2]],
    ["null", 1, [null]],
    ["NaN", 1, [Number.NaN]],
    ["0", 1, [0]],
    ["-0", 1, [-0]],
    ["1 of the same fields under another spec", 2, [1]],
    ["an unknown transform", 4, ["x"]],
    ["another value of it", 4, ["y"]],
  ];
  test.each(partitions)(
    "%s has the deletes of its own partition and no other's (SCN-054, SCN-059, PRT-066, PRT-068)",
    (_, id, tuple) => {
      const everywhere = partitions.flatMap(([name, specId, partition]) => [
        equalityDeletes({ filePath: `eq ${name}`, specId, partition }),
        positionDeletes({ filePath: `pos ${name}`, specId, partition }),
      ]);
      const found = indexOf(...everywhere).deletesFor(data({ specId: id, partition: tuple }));
      expect(found.map(({ dataFile }) => dataFile.filePath)).toEqual([`eq ${_}`, `pos ${_}`]);
    },
  );

  test.each([0, 3])(
    "equality deletes of spec %i, which has no fields but void ones, apply everywhere (SCN-053)",
    (specId) => {
      const partition = specId === 0 ? [] : [null];
      const deletes = equalityDeletes({ specId, partition });
      for (const [, id, tuple] of partitions)
        expect(applies(deletes, data({ specId: id, partition: tuple }))).toBe(true);
      // Position deletes stay with their spec.
      expect(applies(positionDeletes({ specId, partition }), data())).toBe(false);
      expect(applies(positionDeletes({ specId, partition }), data({ specId, partition }))).toBe(true);
    },
  );
});

describe("deletesFor() by file", () => {
  test("a vector replaces every position delete of its file, equality deletes still apply (SCN-055)", () => {
    const index = indexOf(
      positionDeletes(),
      positionDeletes({ referencedDataFile: PATH }),
      vector(),
      equalityDeletes({ filePath: "eq" }),
      equalityDeletes({ filePath: "global eq", specId: 0, partition: [] }),
    );
    const paths = (file: ManifestEntry) => index.deletesFor(file).map(({ dataFile }) => dataFile.filePath);
    expect(paths(data())).toEqual(["global eq", "eq", "s3://b/t/dv.puffin"]);
    expect(paths(data({ filePath: "other" }))).toEqual(["global eq", "eq", "s3://b/t/pos.parquet"]);
    expect(index.size).toBe(5);
    expect([index.hasEqualityDeletes, index.hasPositionDeletes]).toEqual([true, true]);
  });

  test("deletes that name another file do not apply; paths are compared byte for byte (SCN-053, SCN-057)", () => {
    for (const path of ["s3://b//t/data/1.parquet", "s3a://b/t/data/1.parquet", `${PATH} `]) {
      expect(applies(positionDeletes({ referencedDataFile: path }), data())).toBe(false);
      expect(applies(vector({ referencedDataFile: path }), data())).toBe(false);
    }
  });

  test("equal path bounds make a position delete file one of that file (SCN-057)", () => {
    const deletes = positionDeletes(pathsFrom(PATH, PATH));
    expect(fileScope(deletes.dataFile)).toBe(PATH);
    expect(applies(deletes, data())).toBe(true);
    expect(applies(deletes, data({ filePath: `${PATH}x` }))).toBe(false);
    expect(fileScope(positionDeletes({ ...pathsFrom("a", "b"), referencedDataFile: "r" }).dataFile)).toBe(
      "r",
    );
    expect(fileScope(positionDeletes().dataFile)).toBeUndefined();
    expect(fileScope(equalityDeletes(pathsFrom(PATH, PATH)).dataFile)).toBeUndefined();
  });

  test("equal bounds that may have been cut to 16 characters prove nothing (SCN-057, MAN-078)", () => {
    const cut = positionDeletes(pathsFrom(PATH.slice(0, 16), PATH.slice(0, 16)));
    expect(fileScope(cut.dataFile)).toBeUndefined();
    expect(applies(cut, data())).toBe(true);
    const inCharacter = Uint8Array.of(0x73, 0xc3);
    const torn = new Map([[2147483546, inCharacter]]);
    expect(applies(positionDeletes({ lowerBounds: torn, upperBounds: torn }), data())).toBe(true);
  });

  test.each<[string, string, boolean]>([
    ["s3://b/t/data/0", "s3://b/t/data/2", true],
    [PATH, "s3://b/t/data/2", true],
    ["s3://b/t/data/0", PATH, true],
    ["s3://b/t/data/2", "s3://b/t/data/3", false],
    ["s3://b/t/data/0", "s3://b/t/data/1.", false],
    ["s3://b/t/data/2", "s3://b/t/data/0", true],
  ])("path bounds from %s to %s: applies %s (SCN-057)", (lower, upper, expected) => {
    expect(applies(positionDeletes(pathsFrom(lower, upper)), data())).toBe(expected);
  });

  test("one path bound alone rules nothing out", () => {
    const { lowerBounds } = pathsFrom("z", "z");
    expect(applies(positionDeletes({ lowerBounds: lowerBounds! }), data())).toBe(true);
  });

  test.each<[string, () => ManifestEntry]>([
    ["a vector", () => vector({ partition: [2] })],
    ["a vector of another spec", () => vector({ specId: 2 })],
    ["position deletes", () => positionDeletes({ referencedDataFile: PATH, partition: [2] })],
    ["position deletes by their bounds", () => positionDeletes({ ...pathsFrom(PATH, PATH), specId: 2 })],
  ])("%s for a file of another partition means broken metadata (SCN-056, SCN-057)", (_, deletes) => {
    const error = errorOf(() => applies(deletes(), data()));
    expect(error.code).toBe("invalid-metadata");
    expect(error.message).toContain(`names ${PATH} but is of another partition (spec `);
  });
});

describe("new DeleteFileIndex()", () => {
  test("leaves out deleted entries and answers nothing when it is empty", () => {
    const index = indexOf(vector({ deleted: true }), equalityDeletes({ deleted: true }));
    expect(index.size).toBe(0);
    expect(index.deletesFor(data({ specId: 99 }))).toEqual([]);
    expect([index.hasEqualityDeletes, index.hasPositionDeletes]).toEqual([false, false]);
  });

  test("refuses two vectors for one data file (SCN-056, P33)", () => {
    expect(
      errorOf(() => indexOf(vector(), vector({ filePath: "s3://b/t/dv2.puffin", contentOffset: 54 }))),
    ).toMatchObject({
      code: "invalid-metadata",
      message: `Cannot apply deletes: ${PATH} has two: the deletion vector at 4 of s3://b/t/dv.puffin and the deletion vector at 54 of s3://b/t/dv2.puffin`,
    });
    expect(indexOf(vector(), vector({ deleted: true })).size).toBe(1);
  });

  const { sequenceNumber: _, ...unnumbered } = equalityDeletes();
  const { referencedDataFile: __, ...nameless } = vector().dataFile;
  test.each<[string, string, ManifestEntry, string]>([
    ["a data file", "invalid-argument", data(), `Cannot index ${PATH} as a delete file: it holds data`],
    [
      "no sequence number",
      "invalid-metadata",
      unnumbered,
      "Cannot apply deletes: s3://b/t/eq.parquet has no data sequence number",
    ],
    [
      "a vector that names no file (MAN-021)",
      "invalid-metadata",
      { ...vector(), dataFile: nameless },
      "Cannot apply deletes: the deletion vector at 4 of s3://b/t/dv.puffin names no data file",
    ],
    [
      "an unknown spec",
      "invalid-metadata",
      equalityDeletes({ specId: 9 }),
      "Cannot apply deletes: s3://b/t/eq.parquet is of partition spec 9, which the table does not have",
    ],
  ])("refuses %s", (_name, code, entry, message) => {
    expect(errorOf(() => indexOf(entry))).toMatchObject({ code, message });
  });

  test("tells the columns that equality deletes compare", () => {
    const index = indexOf(equalityDeletes({ equalityIds: [1, 2] }), equalityDeletes({ equalityIds: [2, 5] }));
    expect([...index.equalityFieldIds]).toEqual([1, 2, 5]);
  });
});

describe("deletesFor() by metrics (SCN-063)", () => {
  const long: PrimitiveType = { kind: "long" };
  const text: PrimitiveType = { kind: "string" };
  const double: PrimitiveType = { kind: "double" };
  type Facts = Parameters<typeof metrics>[2];
  const judge = (id: number, type: PrimitiveType, deletes: Facts, file: Facts) =>
    applies(
      equalityDeletes({ equalityIds: [id], ...metrics(id, type, deletes) }),
      data(metrics(id, type, file)),
    );

  test.each<[string, number, PrimitiveType, Facts, Facts, boolean]>([
    ["ranges apart", 1, long, { range: [10n, 20n] }, { range: [21n, 30n] }, false],
    ["ranges apart the other way", 1, long, { range: [31n, 40n] }, { range: [21n, 30n] }, false],
    ["ranges that touch", 1, long, { range: [10n, 21n] }, { range: [21n, 30n] }, true],
    ["bounds of one side alone", 1, long, { range: [10n, 20n] }, {}, true],
    ["a reversed range", 1, long, { range: [10n, 20n] }, { range: [40n, 30n] }, true],
    ["ranges apart, nulls unknown", 2, text, { range: ["a", "b"] }, { range: ["c", "d"] }, true],
    [
      "ranges apart, no nulls on one side",
      2,
      text,
      { range: ["a", "b"], nulls: 0 },
      { range: ["c", "d"] },
      false,
    ],
    [
      "ranges apart, nulls on both sides",
      2,
      text,
      { range: ["a", "b"], nulls: 1 },
      { range: ["c", "d"], nulls: 1 },
      true,
    ],
    [
      "texts by code point",
      2,
      text,
      { range: ["\uffff", "\uffff"], nulls: 0 },
      { range: ["😀", "😀"] },
      false,
    ],
    ["all null against no null", 2, text, { values: 2, nulls: 2 }, { nulls: 0 }, false],
    ["no null against all null", 2, text, { nulls: 0 }, { values: 2, nulls: 2 }, false],
    ["all null against unknown", 2, text, { values: 2, nulls: 2 }, {}, true],
    ["all null against all null", 2, text, { values: 2, nulls: 2 }, { values: 2, nulls: 2 }, true],
    ["NaN perhaps on both sides", 3, double, { range: [1, 2], nulls: 0 }, { range: [3, 4] }, true],
    ["NaN on one side", 3, double, { range: [1, 2], nulls: 0, nans: 0 }, { range: [3, 4], nans: 1 }, false],
    ["NaN for a bound", 3, double, { range: [Number.NaN, 2], nulls: 0, nans: 0 }, { range: [3, 4] }, true],
    ["-0 and 0", 3, double, { range: [-1, -0], nulls: 0, nans: 0 }, { range: [0, 1] }, true],
    [
      "a column under an optional struct",
      5,
      text,
      { range: ["a", "b"], nulls: 0 },
      { range: ["c", "d"], nulls: 0 },
      true,
    ],
    ["a list", 6, text, { range: ["a", "b"], nulls: 0 }, { range: ["c", "d"], nulls: 0 }, true],
    ["an element", 7, text, { range: ["a", "b"], nulls: 0 }, { range: ["c", "d"], nulls: 0 }, true],
    ["an unknown column", 99, text, { range: ["a", "b"], nulls: 0 }, { range: ["c", "d"], nulls: 0 }, true],
  ])("%s", (_name, id, type, deletes, file, expected) => {
    expect(judge(id, type, deletes, file)).toBe(expected);
  });

  test("one column that cannot be equal is enough", () => {
    const file = data({
      ...metrics(2, text, { range: ["c", "d"], nulls: 0 }),
    });
    const deletes = (ids: number[]) =>
      equalityDeletes({ equalityIds: ids, ...metrics(2, text, { range: ["a", "b"], nulls: 0 }) });
    expect(applies(deletes([1, 2]), file)).toBe(false);
    expect(applies(deletes([1]), file)).toBe(true);
  });

  test("bounds written before a promotion compare as the promoted type (SCN-061)", () => {
    const int: PrimitiveType = { kind: "int" };
    const file = data(metrics(1, int, { range: [5, 9] }));
    const deletes = (range: [bigint, bigint]) => equalityDeletes(metrics(1, long, { range }));
    expect(applies(deletes([10n, 20n]), file)).toBe(false);
    expect(applies(deletes([9n, 20n]), file)).toBe(true);
  });

  test("a dropped column is judged by the schema that had it (SCN-060)", () => {
    const old = new Schema([...schema.fields, { id: 8, name: "old", required: true, type: long }], {
      schemaId: 1,
    });
    const deletes = equalityDeletes({ equalityIds: [8], ...metrics(8, long, { range: [1n, 2n] }) });
    const file = data(metrics(8, long, { range: [3n, 4n] }));
    const found = (schemas: readonly Schema[]) =>
      new DeleteFileIndex([deletes], { specs, schema, schemas }).deletesFor(file).length;
    expect(found([old])).toBe(0);
    expect(found([])).toBe(1);
  });

  test("a column that is optional in any schema may hold nulls", () => {
    const loose = new Schema([{ id: 1, name: "id", required: false, type: long }], { schemaId: 1 });
    const deletes = equalityDeletes(metrics(1, long, { range: [1n, 2n] }));
    const file = data(metrics(1, long, { range: [3n, 4n] }));
    const found = (options: { schema: Schema; schemas: readonly Schema[] }) =>
      new DeleteFileIndex([deletes], { specs: specs.slice(1, 2), ...options }).deletesFor(file).length;
    expect(found({ schema, schemas: [schema] })).toBe(0);
    expect(found({ schema, schemas: [loose] })).toBe(1);
    expect(found({ schema: loose, schemas: [schema] })).toBe(1);
  });
});
