/** Delete files of tables written by Spark, Flink, Impala, Hive and DuckDB: which apply to which data file. @module */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type JsonObject, parseJson } from "../../../src/base/index.ts";
import {
  checkDeletionVectorFile,
  DeleteFileIndex,
  deleteManifestsFor,
  deletionVectorRange,
  isDeletionVector,
  readDeletionVector,
  readPuffin,
} from "../../../src/deletes/index.ts";
import {
  type DataFile,
  type ManifestEntry,
  type ManifestFile,
  readManifest,
  readManifestList,
} from "../../../src/manifests/index.ts";
import { errorOf } from "../../unit/deletes/bytes.ts";
import { expectedTables, FIXTURES, fieldsOf, fileBytes, openTable } from "../manifests/tables.ts";

/** The live files of a table's current snapshot, and the index of its deletes. */
function openDeletes(name: string) {
  const facts = expectedTables().find(([table]) => table === name)![1];
  const table = openTable(name);
  const current = String(facts.current_snapshot_id);
  const snapshot = table.snapshots.find((each) => String(each["snapshot-id"]) === current)!;
  const list = snapshot["manifest-list"] as string;
  const manifests: ManifestFile[] = readManifestList(fileBytes(name, list), list);
  const entries = manifests.flatMap((manifest) =>
    readManifest(fileBytes(name, manifest.manifestPath), {
      manifest,
      fields: fieldsOf(table, manifest),
      what: manifest.manifestPath,
      liveOnly: true,
    }),
  );
  const data = entries.filter(({ dataFile }) => dataFile.content === "data");
  const deletes = entries.filter(({ dataFile }) => dataFile.content !== "data");
  const options = { specs: [...table.specs.values()], schema: table.schema };
  return { manifests, data, deletes, options, index: new DeleteFileIndex(deletes, options) };
}

/** The file's name, cut to what tells it from the others. */
const short = ({ dataFile }: ManifestEntry) =>
  dataFile.filePath.slice(dataFile.filePath.lastIndexOf("/") + 1);

/** For each data file, in order of sequence number, the sequence numbers of the deletes that apply. */
function appliedSequences(name: string): (readonly [number, readonly number[]])[] {
  const { data, index } = openDeletes(name);
  return data
    .map(
      (file) => [file.sequenceNumber!, index.deletesFor(file).map((each) => each.sequenceNumber!)] as const,
    )
    .sort((a, b) => a[0] - b[0]);
}

describe("deletesFor()", () => {
  test.each<[string, (readonly [number, readonly number[]])[]]>([
    // Another partition's delete does not leak.
    [
      "duckdb/equality_delete_cross_partition",
      [
        [1, [2]],
        [1, []],
      ],
    ],
    // Metrics leave the delete of sequence 6 out for the first file, the numbers those up to 4 for the second.
    [
      "duckdb/equality_deletes",
      [
        [1, [2, 3, 4]],
        [5, [6]],
      ],
    ],
    [
      "icebird/java_bunnies",
      [
        [1, [3, 2]],
        [3, []],
      ],
    ],
    // The equality deletes of sequence 1 came with the data of sequence 1.
    [
      "impala/v2_delete_both_eq_and_pos",
      [
        [1, [2, 3]],
        [2, []],
      ],
    ],
    [
      "impala/v2_delete_equality_nulls",
      [
        [1, [2]],
        [3, []],
      ],
    ],
    [
      "impala/v2_partitioned_position_deletes",
      [
        [1, [2]],
        [1, [2]],
        [1, [2]],
      ],
    ],
  ])("%s (SCN-053, SCN-054)", (name, expected) => {
    expect(appliedSequences(name)).toEqual(expected);
  });

  test.each(["impala/v2_delete_equality", "impala/v2_delete_equality_partitioned"])(
    "%s: deletes apply to older data of their own partition alone (SCN-053, SCN-059)",
    (name) => {
      const { data, deletes, index } = openDeletes(name);
      let applied = 0;
      for (const file of data) {
        for (const each of index.deletesFor(file)) {
          expect(each.sequenceNumber).toBeGreaterThan(file.sequenceNumber!);
          expect(each.dataFile.partition).toEqual(file.dataFile.partition);
          applied++;
        }
      }
      expect(applied).toBeGreaterThan(0);
      expect(index.size).toBe(deletes.length);
    },
  );

  test("impala/v2_partitioned_position_deletes: no partition reads the deletes of another (SCN-054, SCN-068)", () => {
    const { data, index, manifests, options } = openDeletes("impala/v2_partitioned_position_deletes");
    for (const file of data) {
      expect(index.deletesFor(file).map((each) => each.dataFile.partition)).toEqual([
        file.dataFile.partition,
      ]);
      expect(deleteManifestsFor(manifests, [file.dataFile], options).length).toBe(1);
    }
    expect(deleteManifestsFor(manifests, [{ specId: 0, partition: ["buy"] }], options).length).toBe(0);
  });
});

describe("impala/v3_deletion_vectors", () => {
  const { data, deletes, index } = openDeletes("impala/v3_deletion_vectors");
  const bytesOf = ({ filePath }: DataFile) =>
    new Uint8Array(
      readFileSync(
        `${FIXTURES}impala/v3_deletion_vectors/data/${filePath.slice(filePath.lastIndexOf("/") + 1)}`,
      ),
    );

  test("manifest and footer agree on both vectors (MAN-022, PUF-020, PUF-021, PUF-023)", () => {
    expect(deletes.map(({ dataFile }) => isDeletionVector(dataFile))).toEqual([true, true]);
    for (const { dataFile } of deletes) {
      const bytes = bytesOf(dataFile);
      expect(bytes.length).toBe(dataFile.fileSizeInBytes);
      checkDeletionVectorFile(dataFile, readPuffin(bytes, dataFile.filePath).blobs);
    }
  });

  test("the rows that no vector has are those of the table (SCN-053, PUF-022)", () => {
    // Five files of one row each: i = 1 to 5 in order of their names.
    const live = data
      .sort((a, b) => (short(a) < short(b) ? -1 : 1))
      .flatMap((file, i) => {
        const [vector, ...more] = index.deletesFor(file);
        expect(more).toEqual([]);
        if (vector === undefined) return [{ i: i + 1 }];
        const { start, end } = deletionVectorRange(vector.dataFile);
        const deleted = readDeletionVector(vector.dataFile, bytesOf(vector.dataFile).slice(start, end));
        return deleted.has(0) ? [] : [{ i: i + 1 }];
      });
    const expected = parseJson(readFileSync(`${FIXTURES}expected.json`, "utf8")) as JsonObject;
    const table = (expected.tables as JsonObject)["impala/v3_deletion_vectors"] as JsonObject;
    expect(live).toEqual(table.rows);
  });
});

test("duckdb/legacy_bare_deletion_vector: a vector at byte 0 lies in no Puffin file (PUF-001, PUF-032)", () => {
  const { data, index } = openDeletes("duckdb/legacy_bare_deletion_vector");
  const [vector] = data.flatMap((file) => index.deletesFor(file)) as [ManifestEntry];
  const error = errorOf(() => deletionVectorRange(vector.dataFile));
  expect(error.code).toBe("corrupt-file");
  expect(error.message).toMatch(
    /legacy-bare-deletion-vector.puffin: 42 bytes at 0 are not from 4 to its end at 42$/,
  );
});
