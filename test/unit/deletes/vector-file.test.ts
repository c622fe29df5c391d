import { describe, expect, test } from "vitest";
import {
  checkDeletionVectorFile,
  decodeDeletionVector,
  deletionVectorBlob,
  deletionVectorFacts,
  deletionVectorFile,
  deletionVectorRange,
  isDeletionVector,
  PositionBitmap,
  type PuffinBlob,
  readDeletionVector,
  readPuffin,
  writePuffin,
} from "../../../src/deletes/index.ts";
import type { DataFile } from "../../../src/manifests/index.ts";
import { errorOf } from "./bytes.ts";

const PATH = "s3://b/deletes.puffin";
const written = writePuffin({
  blobs: [
    deletionVectorBlob(PositionBitmap.of([1, 3]), "s3://b//data/é 1.parquet"),
    deletionVectorBlob(PositionBitmap.of([0, 2, 4]), "s3://b/data/2.parquet"),
  ],
});
const files = written.blobs.map((blob, i) =>
  deletionVectorFile(blob, written, { filePath: PATH, specId: 3, partition: [i] }),
);
const [first, second] = files as [DataFile, DataFile];
const bytesOf = (file: DataFile) => {
  const { start, end } = deletionVectorRange(file);
  return written.bytes.slice(start, end);
};

describe("deletionVectorBlob()", () => {
  test("names the data file and its cardinality, computed for _pos, snapshot and sequence -1 (PUF-020)", () => {
    const [blob] = readPuffin(written.bytes).blobs as [PuffinBlob];
    expect(blob).toEqual({
      type: "deletion-vector-v1",
      fields: [2147483645],
      snapshotId: -1n,
      sequenceNumber: -1,
      offset: 4,
      length: 44,
      properties: new Map([
        ["referenced-data-file", "s3://b//data/é 1.parquet"],
        ["cardinality", "2"],
      ]),
    });
    expect("compressionCodec" in blob).toBe(false);
  });

  test("refuses an empty set (PUF-025)", () => {
    expect(errorOf(() => deletionVectorBlob(new PositionBitmap(), "d.parquet"))).toMatchObject({
      code: "invalid-argument",
      message: "Cannot write a deletion vector for d.parquet: it has no positions, leave it out",
    });
  });
});

describe("deletionVectorFacts()", () => {
  const blob = written.blobs[0]!;
  const without = (key: string) => new Map([...blob.properties].filter(([name]) => name !== key));
  test.each<[string, Partial<PuffinBlob>, string]>([
    ["another type", { type: "x-y" }, 'its blob is of type "x-y"'],
    ["compression", { compressionCodec: "zstd" }, "it is compressed with zstd"],
    [
      "no data file",
      { properties: without("referenced-data-file") },
      "it has no property referenced-data-file",
    ],
    ["no cardinality", { properties: without("cardinality") }, "it has no property cardinality"],
    [
      "a cardinality that is no number",
      { properties: new Map([["cardinality", "2 "]]) },
      'its cardinality is "2 "',
    ],
    [
      "a cardinality past 2^53",
      { properties: new Map([["cardinality", "9007199254740993"]]) },
      'its cardinality is "9007199254740993"',
    ],
  ])("refuses %s (PUF-020)", (_, changes, message) => {
    expect(errorOf(() => deletionVectorFacts({ ...blob, ...changes }, PATH))).toMatchObject({
      code: "corrupt-file",
      message: `Cannot read the deletion vector at 4 of ${PATH}: ${message}`,
    });
  });

  test("accepts empty fields and other ids, as Go writes (PUF-020)", () => {
    expect(deletionVectorFacts({ ...blob, fields: [], snapshotId: 5n, sequenceNumber: 1 })).toEqual({
      referencedDataFile: "s3://b//data/é 1.parquet",
      cardinality: 2,
    });
  });
});

describe("deletionVectorFile(), deletionVectorRange(), readDeletionVector()", () => {
  test("the manifest's record repeats offset, length and cardinality, and the size of the whole file (MAN-022, PUF-021, PUF-023, PUF-033)", () => {
    expect(second).toEqual({
      content: "position-deletes",
      filePath: PATH,
      fileFormat: "puffin",
      specId: 3,
      partition: [1],
      recordCount: 3,
      fileSizeInBytes: written.bytes.length,
      referencedDataFile: "s3://b/data/2.parquet",
      contentOffset: 48,
      contentSizeInBytes: 46,
    });
    expect(isDeletionVector(second)).toBe(true);
    expect(isDeletionVector({ ...second, fileFormat: "parquet" })).toBe(false);
  });

  test("the vector reads from its range alone, without the footer (PUF-021, PUF-022)", () => {
    expect([...readDeletionVector(second, bytesOf(second))]).toEqual([0, 2, 4]);
    expect([...decodeDeletionVector(written.bytes.slice(4, 48))]).toEqual([1, 3]);
  });

  test("length and cardinality are the manifest's or nothing is read (PUF-021)", () => {
    expect(errorOf(() => readDeletionVector(second, bytesOf(second).slice(1))).message).toBe(
      `Cannot read the deletion vector at 48 of ${PATH}: 45 of 46 bytes are there`,
    );
    expect(errorOf(() => readDeletionVector({ ...second, recordCount: 2 }, bytesOf(second)))).toMatchObject({
      code: "corrupt-file",
      message: `Cannot read the deletion vector at 48 of ${PATH}: it has 3 positions, 2 were announced`,
    });
    const shifted = { ...second, contentOffset: 47 };
    expect(errorOf(() => readDeletionVector(shifted, bytesOf(shifted))).code).toBe("corrupt-file");
  });

  const { contentOffset: _offset, ...noOffset } = second;
  const { contentSizeInBytes: _size, ...noSize } = second;
  const { referencedDataFile: _file, ...noFile } = second;
  test.each<[string, DataFile, string]>([
    ["no offset", noOffset, "its manifest has no content offset and size"],
    ["no size", noSize, "its manifest has no content offset and size"],
    ["no data file", noFile, "its manifest names no data file"],
    ["another format", { ...second, fileFormat: "parquet" }, "its manifest says position-deletes in parquet"],
    ["another content", { ...second, content: "data" }, "its manifest says data in puffin"],
    ["a negative offset", { ...second, contentOffset: -4 }, "46 bytes at -4 are not from 4 to its end"],
    [
      "a range past the end",
      { ...second, fileSizeInBytes: 93 },
      "46 bytes at 48 are not from 4 to its end at 93",
    ],
  ])("refuses a record with %s (MAN-022, MAN-023)", (_, file, message) => {
    const error = errorOf(() => deletionVectorRange(file));
    expect(error.code).toBe("corrupt-file");
    expect(error.message).toContain(`Cannot read the deletion vector in ${PATH}: ${message}`);
  });
});

describe("checkDeletionVectorFile()", () => {
  test("accepts the records of the file's own writer", () => {
    for (const file of files) checkDeletionVectorFile(file, written.blobs);
    expect(first.contentOffset).toBe(4);
  });

  test.each<[string, Partial<DataFile>, string]>([
    ["offset", { contentOffset: 47 }, "the footer has no blob of 46 bytes there"],
    ["size", { contentSizeInBytes: 45 }, "the footer has no blob of 45 bytes there"],
    ["cardinality", { recordCount: 4 }, "its blob says 3 positions, its manifest 4"],
    [
      "data file",
      { referencedDataFile: "s3://b/data/3.parquet" },
      "its blob names s3://b/data/2.parquet, its manifest",
    ],
  ])("refuses another %s than the footer's (MAN-022, PUF-021)", (_, changes, message) => {
    const error = errorOf(() => checkDeletionVectorFile({ ...second, ...changes }, written.blobs));
    expect(error.code).toBe("corrupt-file");
    expect(error.message).toContain(message);
  });
});
