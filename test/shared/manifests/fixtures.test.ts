/** Manifests and manifest lists of tables written by Java, PyIceberg, Rust, Go, DuckDB, Impala, Trino and icebird. @module */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../src/base/index.ts";
import {
  countEntries,
  inlineManifest,
  type ManifestEntry,
  type ManifestFile,
  manifestEntries,
  manifestHeader,
  readManifest,
  readManifestList,
  summarizePartitions,
} from "../../../src/manifests/index.ts";
import {
  expectedTables,
  FIXTURES,
  type FixtureTable,
  fieldsOf,
  fileBytes,
  hasFile,
  metadataAvroFiles,
  openTable,
} from "./tables.ts";

interface OpenedManifest {
  readonly manifest: ManifestFile;
  readonly bytes: Uint8Array;
  readonly entries: readonly ManifestEntry[];
}

function openManifests(table: FixtureTable, snapshot: JsonObject): OpenedManifest[] {
  const location = snapshot["manifest-list"] as string;
  return readManifestList(fileBytes(table.name, location), location).map((manifest) => {
    const bytes = fileBytes(table.name, manifest.manifestPath);
    const what = manifest.manifestPath;
    return {
      manifest,
      bytes,
      entries: readManifest(bytes, { manifest, fields: fieldsOf(table, manifest), what }),
    };
  });
}

function live(manifests: readonly OpenedManifest[], content: "data" | "deletes"): ManifestEntry[] {
  return manifests
    .filter((opened) => opened.manifest.content === content)
    .flatMap((opened) => opened.entries.filter((entry) => entry.status !== "deleted"));
}

const reached = new Set<string>();

describe("every snapshot of every table", () => {
  test.each(expectedTables())("%s: lists and manifests agree (MAN-042, MAN-043, MAN-031)", (name) => {
    const table = openTable(name);
    for (const snapshot of table.snapshots) {
      const list = snapshot["manifest-list"] as string | undefined;
      // Some fixtures ship only the files of their newest snapshots.
      if (list === undefined || !hasFile(name, list)) continue;
      reached.add(list.slice(list.lastIndexOf("/") + 1));
      for (const { manifest, bytes, entries } of openManifests(table, snapshot)) {
        reached.add(manifest.manifestPath.slice(manifest.manifestPath.lastIndexOf("/") + 1));
        const fields = fieldsOf(table, manifest);
        expect(entries.length).toBeGreaterThan(0);
        const counts = countEntries(entries);
        expect(counts).toMatchObject(known(manifest));
        const header = manifestHeader(bytes, manifest.manifestPath);
        if (header.partitionSpec !== undefined) expect(header.specId).toBe(manifest.partitionSpecId);
        for (const entry of entries) checkEntry(entry, manifest, fields.length);
        checkSummaries(
          manifest,
          summarizePartitions(
            fields,
            entries.map((entry) => entry.dataFile.partition),
          ),
        );
        checkMinimum(manifest, entries);
        const context = { manifest, fields, what: manifest.manifestPath };
        const lean = [
          ...manifestEntries(bytes, { ...context, columns: { metricsFor: "none" }, liveOnly: true }),
        ];
        expect(lean.map((entry) => entry.dataFile.filePath)).toEqual(
          entries.filter((entry) => entry.status !== "deleted").map((entry) => entry.dataFile.filePath),
        );
      }
    }
  });

  test("every Avro file in a metadata directory was reached, or at least opens", () => {
    const files = metadataAvroFiles();
    expect(files.length).toBeGreaterThan(190);
    for (const file of files) {
      const bytes = readFileSync(join(FIXTURES, file));
      const base = file.slice(file.lastIndexOf("/") + 1);
      if (/snap-|manifest-list|manifest_list/.test(base)) {
        expect(readManifestList(bytes, file).length, file).toBeGreaterThanOrEqual(0);
      } else {
        expect(manifestHeader(bytes, file).formatVersion, file).toBeGreaterThan(0);
        if (!reached.has(base)) unreached.push(file);
      }
    }
    // The manifest that version 1 metadata names itself (MAN-050), and one that no snapshot names.
    expect(unreached).toEqual([
      "duckdb/iceberg_v1_deprecated/metadata/d65f86b0-b799-467f-b1f4-9c697e4c4fc7-m0.avro",
      "impala/v3_row_lineage/metadata/7a6ede87-b2d9-462e-9baa-77e456f07671-m0.avro",
    ]);
    for (const file of unreached) {
      const bytes = readFileSync(join(FIXTURES, file));
      const manifest = inlineManifest(bytes, { manifestPath: file, snapshotId: 1n });
      expect(manifest).toMatchObject({ partitionSpecId: 0, manifestLength: bytes.length });
      const entries = readManifest(bytes, { manifest, fields: [], what: file });
      expect(entries.length).toBeGreaterThan(0);
      expect(entries[0]?.sequenceNumber).toBe(0);
    }
  });
});

const unreached: string[] = [];

function known(manifest: ManifestFile): Partial<ManifestFile> {
  const keys = [
    "addedFilesCount",
    "existingFilesCount",
    "deletedFilesCount",
    "addedRowsCount",
    "existingRowsCount",
    "deletedRowsCount",
  ] as const;
  return Object.fromEntries(
    keys.filter((key) => manifest[key] !== undefined).map((key) => [key, manifest[key]]),
  );
}

function checkEntry(entry: ManifestEntry, manifest: ManifestFile, partitionSize: number): void {
  const file = entry.dataFile;
  expect(file.recordCount).toBeGreaterThanOrEqual(0);
  expect(file.fileSizeInBytes).toBeGreaterThan(0);
  expect(file.partition).toHaveLength(partitionSize);
  expect(entry.snapshotId).toBeTypeOf("bigint");
  expect(entry.sequenceNumber).toBeTypeOf("number");
  expect(entry.sequenceNumber).toBeLessThanOrEqual(manifest.sequenceNumber!);
  expect(file.content === "data").toBe(manifest.content === "data");
  expect(file.content === "equality-deletes").toBe(file.equalityIds !== undefined);
  expect(file.fileFormat === "puffin").toBe(file.contentOffset !== undefined);
  for (const [id, count] of file.valueCounts ?? []) {
    expect(id).toBeGreaterThan(0);
    expect(file.nullValueCounts?.get(id) ?? 0).toBeLessThanOrEqual(count);
  }
  for (const id of file.lowerBounds?.keys() ?? []) expect(file.upperBounds?.has(id)).toBe(true);
}

function checkSummaries(manifest: ManifestFile, computed: readonly object[]): void {
  if (manifest.partitions === undefined) return;
  expect(computed).toMatchObject(manifest.partitions as object[]);
}

function checkMinimum(manifest: ManifestFile, entries: readonly ManifestEntry[]): void {
  const numbers = entries.filter((entry) => entry.status !== "deleted").map((entry) => entry.sequenceNumber!);
  if (numbers.length > 0) expect(manifest.minSequenceNumber).toBe(Math.min(...numbers));
}

describe("facts of expected.json", () => {
  test.each(expectedTables().filter(([, facts]) => facts.row_count !== undefined))(
    "%s: the rows of the live files without deletes are the table's rows",
    (name, facts) => {
      const table = openTable(name);
      const current = table.snapshots.find(
        (snapshot) => String(snapshot["snapshot-id"]) === facts.current_snapshot_id,
      );
      if (current?.["manifest-list"] === undefined) return;
      const manifests = openManifests(table, current);
      const rows = live(manifests, "data").reduce((sum, entry) => sum + entry.dataFile.recordCount, 0);
      if (live(manifests, "deletes").length === 0) expect(rows).toBe(facts.row_count);
      else expect(rows).toBeGreaterThan(facts.row_count as number);
    },
  );
});

describe("single facts", () => {
  const current = (name: string) => {
    const table = openTable(name);
    const id = String(
      (expectedTables().find(([other]) => other === name)![1] as JsonObject).current_snapshot_id,
    );
    return openManifests(table, table.snapshots.find((snapshot) => String(snapshot["snapshot-id"]) === id)!);
  };

  test("rust manifest-list-v2-1.avro: legacy names are resolved by id (MAN-040)", () => {
    const path = "rust/manifests_lists/manifest-list-v2-1.avro";
    const [manifest, ...others] = readManifestList(readFileSync(join(FIXTURES, path)), path);
    expect(others).toEqual([]);
    expect(manifest).toMatchObject({
      manifestLength: 6658,
      sequenceNumber: 1,
      minSequenceNumber: 1,
      addedSnapshotId: 6653143792592159268n,
      addedFilesCount: 1,
      existingFilesCount: 0,
      addedRowsCount: 1,
    });
  });

  test("duckdb/generated_bounds: 5000 entries; bounds of entries 2999 and 3000 (MAN-024)", () => {
    const entries = live(current("duckdb/generated_bounds"), "data");
    expect(entries).toHaveLength(5000);
    expect(entries.reduce((sum, entry) => sum + entry.dataFile.recordCount, 0)).toBe(5_000_000);
    const lower = (index: number) => [...entries[index]!.dataFile.lowerBounds!.values()].map(littleEndian);
    expect(lower(2999)).toContain(299_901n);
    expect(lower(3000)).toContain(300_001n);
  });

  test("impala/v3_deletion_vectors: two vectors in one puffin file (MAN-022)", () => {
    const vectors = live(current("impala/v3_deletion_vectors"), "deletes").map((entry) => entry.dataFile);
    expect(vectors).toHaveLength(2);
    expect(new Set(vectors.map((file) => file.filePath)).size).toBe(1);
    for (const vector of vectors) {
      expect(vector).toMatchObject({ fileFormat: "puffin", content: "position-deletes", recordCount: 1 });
      expect(vector.referencedDataFile).toMatch(/[.]parquet$/);
      expect(vector.contentOffset! + vector.contentSizeInBytes!).toBeLessThanOrEqual(vector.fileSizeInBytes);
    }
    expect(new Set(vectors.map((file) => file.contentOffset)).size).toBe(2);
  });

  test("impala/v3_row_lineage: row ids of every snapshot (MAN-036)", () => {
    const table = openTable("impala/v3_row_lineage");
    for (const snapshot of table.snapshots) {
      const manifests = openManifests(table, snapshot);
      const ids = live(manifests, "data").map((entry) => entry.dataFile.firstRowId);
      expect(ids.every((id) => typeof id === "bigint")).toBe(true);
      const ranges = live(manifests, "data")
        .map((entry) => [Number(entry.dataFile.firstRowId), entry.dataFile.recordCount] as const)
        .sort(([a], [b]) => a - b);
      ranges.forEach(([start, rows], index) => {
        const next = ranges[index + 1]?.[0];
        if (next !== undefined) expect(start + rows).toBeLessThanOrEqual(next);
      });
    }
    expect(live(current("impala/v3_row_lineage"), "data").map((entry) => entry.dataFile.firstRowId)).toEqual([
      3n,
    ]);
  });

  test("impala/key_metadata keeps its key metadata (MAN-082)", () => {
    const entries = live(current("impala/key_metadata"), "data");
    expect(entries.some((entry) => entry.dataFile.keyMetadata !== undefined)).toBe(true);
  });

  test.each([
    ["duckdb/partition_time", "bigint"],
    ["duckdb/partition_timestamptz", "bigint"],
    ["duckdb/partition_binary", "object"],
    ["duckdb/partition_bool", "boolean"],
    ["duckdb/partition_float", "number"],
    ["duckdb/partition_decimal_bigint", "bigint"],
    ["duckdb/partition_fixed_length_binary", "object"],
    ["impala/timestamp_part", "number"],
  ])("%s: partition values are held as %s (MAN-028)", (name, kind) => {
    const values = live(current(name), "data").map((entry) => entry.dataFile.partition[0]);
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) if (value !== null) expect(typeof value).toBe(kind);
    expect(values.some((value) => value !== null)).toBe(true);
  });
});

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}
