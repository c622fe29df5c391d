/** Every metadata file other implementations wrote: the facts of expected.json, or the error its README names. @module */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isIcebergError } from "../../../src/base/index.ts";
import {
  currentSnapshot,
  parseMetadata,
  printMetadata,
  snapshotOperation,
  type TableMetadata,
} from "../../../src/metadata/index.ts";

const fixtures = new URL("../../../../shared/fixtures/", import.meta.url);

interface Facts {
  readonly metadata: string;
  readonly format_version: number;
  readonly location: string;
  readonly snapshots: number;
  readonly current_snapshot_id: string;
  readonly refs: readonly string[];
  readonly operations?: readonly string[];
}
interface Expected {
  readonly tables: Readonly<Record<string, Facts>>;
}

function read(path: string): TableMetadata {
  return parseMetadata(readFileSync(new URL(path, fixtures)), path);
}

function codeOf(path: string): string {
  try {
    read(path);
  } catch (error) {
    if (isIcebergError(error)) return error.code;
    throw error;
  }
  return "accepted";
}

const expected = JSON.parse(readFileSync(new URL("expected.json", fixtures), "utf8")) as Expected;
const tables = Object.entries(expected.tables);

test("the fixture tables are there", () => {
  expect(tables.length).toBeGreaterThan(40);
});

test.each(tables)("parseMetadata() %s: facts of expected.json (MET-001)", (folder, facts) => {
  const metadata = read(`${folder}/metadata/${facts.metadata}`);
  expect(metadata.formatVersion).toBe(facts.format_version);
  expect(metadata.location).toBe(facts.location);
  expect(metadata.snapshots.length).toBe(facts.snapshots);
  expect(metadata.currentSnapshotId ?? -1n).toBe(BigInt(facts.current_snapshot_id));
  expect(currentSnapshot(metadata)?.snapshotId).toBe(metadata.currentSnapshotId);
  // A table without refs in its file gets main made up when it has a current snapshot (MET-010).
  const refs = facts.refs.length === 0 && metadata.currentSnapshotId !== undefined ? ["main"] : facts.refs;
  expect([...metadata.refs.keys()].sort()).toEqual([...refs].sort());
  if (facts.operations !== undefined) {
    expect(metadata.snapshots.map(snapshotOperation)).toEqual(facts.operations);
  }
});

const files = tables.flatMap(([folder]) => {
  const path = `${folder}/metadata/`;
  if (!existsSync(new URL(path, fixtures))) return [];
  return readdirSync(new URL(path, fixtures))
    .filter((name) => name.endsWith(".metadata.json"))
    .map((name) => path + name);
});

test.each(files)("printMetadata() %s: survives a second reading (MET-003)", (path) => {
  const metadata = read(path);
  const text = printMetadata(metadata);
  expect(parseMetadata(text)).toEqual(metadata);
  expect(printMetadata(parseMetadata(text))).toBe(text);
});

describe("parseMetadata() of single files", () => {
  const accepted = {
    "java/metadata/TableMetadataV1Valid.json": 1,
    "java/metadata/TableMetadataV2Valid.json": 2,
    "java/metadata/TableMetadataV2ValidMinimal.json": 2,
    "java/metadata/TableMetadataV3ValidMinimal.json": 3,
    "java/metadata/TableMetadataStatisticsFiles.json": 2,
    "java/metadata/TableMetadataPartitionStatisticsFiles.json": 2,
    "go/metadata/TableMetadataV3WithPartitionStatistics.json": 3,
    "rust/table_metadata/TableMetadataV1Compat.json": 1,
    "rust/table_metadata/TableMetadataV1SchemasWithoutCurrentId.json": 1,
    "rust/table_metadata/TableMetadataV1PartitionSpecsWithoutDefaultId.json": 1,
    "rust/table_metadata/TableMetadataV3ValidEncryption.json": 3,
    "rust/example_table_metadata_v2_deep_history.json": 2,
    "rust/example_empty_table_metadata_v2.json": 2,
  };
  test.each(Object.entries(accepted))("%s: accepted as v%i", (path, version) => {
    const metadata = read(path);
    expect(metadata.formatVersion).toBe(version);
    expect(parseMetadata(printMetadata(metadata))).toEqual(metadata);
  });

  const refused = {
    "java/metadata/TableMetadataUnsupportedVersion.json": "unsupported",
    "java/metadata/TableMetadataV1MissingSchemaType.json": "invalid-metadata",
    "java/metadata/TableMetadataV2CurrentSchemaNotFound.json": "invalid-metadata",
    "java/metadata/TableMetadataV2MissingLastPartitionId.json": "invalid-metadata",
    "java/metadata/TableMetadataV2MissingPartitionSpecs.json": "invalid-metadata",
    "java/metadata/TableMetadataV2MissingSchemas.json": "invalid-metadata",
    "java/metadata/TableMetadataV2MissingSortOrder.json": "invalid-metadata",
    "rust/table_metadata/TableMetadataV1NoValidSchema.json": "invalid-metadata",
    "duckdb/bad_data/bad_iceberg_metadata.json": "corrupt-file",
  };
  test.each(Object.entries(refused))("%s: refused with %s (MET-001, MET-002)", (path, code) => {
    expect(codeOf(path)).toBe(code);
  });

  test("java V2Valid: ids beyond 2^53 are exact (MET-003)", () => {
    const metadata = read("java/metadata/TableMetadataV2Valid.json");
    expect(metadata.currentSnapshotId).toBe(3055729675574597004n);
    expect(metadata.schemas.length).toBe(2);
    expect(printMetadata(metadata)).toContain('"current-snapshot-id":3055729675574597004,');
  });

  test("java StatisticsFiles: one entry each (MET-049)", () => {
    expect(read("java/metadata/TableMetadataStatisticsFiles.json").statistics.length).toBe(1);
    expect(read("java/metadata/TableMetadataPartitionStatisticsFiles.json").partitionStatistics.length).toBe(
      1,
    );
  });

  test("rust V3ValidEncryption: keys and the snapshot's key id are kept (MET-055, MET-056)", () => {
    const metadata = read("rust/table_metadata/TableMetadataV3ValidEncryption.json");
    const again = parseMetadata(printMetadata(metadata));
    expect(again.encryptionKeys.map((key) => key.keyId)).toEqual([
      "5b29941b-b3b4-4d57-8758-a9d1bf340b39",
      "1fb95f04-7f98-4b1f-a08f-e810cfb907ff",
    ]);
    expect(again.encryptionKeys[0]?.properties?.get("KEY_TIMESTAMP")).toBe("1781172301703");
    expect(currentSnapshot(again)?.keyId).toBe("1fb95f04-7f98-4b1f-a08f-e810cfb907ff");
  });

  test("go zstd metadata is told by its magic, read where the platform has zstd (MET-063)", () => {
    const path = "go/metadata/TableMetadataV2Valid.zstd.metadata.json";
    const zstd = "zstdDecompressSync" in process.getBuiltinModule("zlib");
    if (zstd) expect(read(path)).toEqual(read("java/metadata/TableMetadataV2Valid.json"));
    else expect(codeOf(path)).toBe("unavailable");
  });
});
