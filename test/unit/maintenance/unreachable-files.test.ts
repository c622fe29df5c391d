import { expect, it } from "vitest";
import { MemoryFileIO } from "../../../src/io/index.ts";
import { unreachableFiles } from "../../../src/maintenance/unreachable-files.ts";
import { writeManifest, writeManifestList } from "../../../src/manifests/index.ts";
import { applyUpdates, newTableMetadata, type TableUpdate } from "../../../src/metadata/index.ts";
import { UNPARTITIONED } from "../../../src/partitioning/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";

const schema = defineSchema({ id: required(t.long()) });
const sync = new Uint8Array(16);

it("unreachableFiles() knows a kept file under another spelling of its location", async () => {
  const io = new MemoryFileIO();
  const updates: TableUpdate[] = [];
  const spellings = [["s3://b/t/data/a.parquet", "s3://b/t/data/gone.parquet"], ["s3a://b/t/data/a.parquet"]];
  for (const [at, paths] of spellings.entries()) {
    const snapshotId = BigInt(at + 1);
    const entries = paths.map((filePath) => ({
      status: "added" as const,
      dataFile: {
        content: "data" as const,
        filePath,
        fileFormat: "parquet" as const,
        specId: 0,
        partition: [],
        recordCount: 1,
        fileSizeInBytes: 1,
      },
    }));
    const spec = UNPARTITIONED;
    const written = writeManifest({
      formatVersion: 2,
      schema,
      spec,
      content: "data",
      snapshotId,
      entries,
      sync,
    });
    const manifestPath = `s3://b/t/metadata/${at}.avro`;
    await io.create(manifestPath, written.bytes);
    const manifests = [{ ...written.manifest, manifestPath }];
    const list = writeManifestList({ formatVersion: 2, snapshotId, sequenceNumber: at + 1, manifests, sync });
    const manifestList = `s3://b/t/metadata/snap-${at}.avro`;
    await io.create(manifestList, list.bytes);
    const snapshot = { snapshotId, sequenceNumber: at + 1, timestampMs: 1, manifestList };
    updates.push({ action: "add-snapshot", snapshot });
  }
  const empty = newTableMetadata({ schema, location: "s3://b/t", uuid: "u", nowMs: 1 });
  const before = applyUpdates(empty, updates, { nowMs: 1 });
  const after = applyUpdates(before, [{ action: "remove-snapshots", snapshotIds: [1n] }], { nowMs: 1 });
  const { files } = await unreachableFiles({ before, after, io, concurrency: 2 });
  expect(files).toEqual({
    dataFiles: ["s3://b/t/data/gone.parquet"],
    deleteFiles: [],
    manifests: ["s3://b/t/metadata/0.avro"],
    manifestLists: ["s3://b/t/metadata/snap-0.avro"],
    statisticsFiles: [],
  });
});
