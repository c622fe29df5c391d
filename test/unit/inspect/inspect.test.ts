import { beforeAll, describe, expect, it } from "vitest";
import { MemoryCatalogClient } from "../../../src/catalog/index.ts";
import {
  allDataFiles,
  allDeleteFiles,
  allFiles,
  allManifests,
  dataFiles,
  deleteFiles,
  entries,
  files,
  history,
  manifests,
  metadataLogEntries,
  partitions,
  refs,
  snapshots,
} from "../../../src/inspect/index.ts";
import { systemRuntime } from "../../../src/io/index.ts";
import { bucket, identity, month } from "../../../src/partitioning/index.ts";
import { defineSchema, optional, required, t } from "../../../src/schema/index.ts";
import { Catalog, type Table } from "../../../src/table/index.ts";

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

/** A clock that moves one second with every look. */
function clock() {
  let now = Date.UTC(2026, 0, 1);
  return { ...systemRuntime, now: () => (now += 1000) };
}

const schema = defineSchema({
  ts: required(t.timestamptz()),
  tenant: optional(t.string()),
  price: optional(t.decimal(9, 2)),
  place: optional(t.struct({ x: required(t.double()) })),
  shape: optional(t.list(t.int())),
});

let empty: Table;
let table: Table;

beforeAll(async () => {
  const runtime = clock();
  const catalog = new Catalog(new MemoryCatalogClient({ runtime }), runtime);
  await catalog.ensureNamespace("ns");
  const options = { partitionSpec: [month("ts"), identity("tenant"), bucket(4, "price")] };
  const made = await catalog.createTable("ns.t", schema, options);
  empty = made as unknown as Table;
  const row = (ts: string, tenant: string | null, price: string | null) => ({ ts, tenant, price });
  const first = await made.append([
    { ...row("2025-10-01T00:00:00Z", "a", "1.50"), place: { x: 1.5 }, shape: [1, 2] },
    { ...row("2025-10-02T00:00:00Z", "a", "1.50"), place: { x: -2 } },
    row("2025-11-01T00:00:00Z", null, null),
  ]);
  const second = await first.table.append([row("2025-10-31T23:59:59Z", "a", "1.50")]);
  table = second.table as unknown as Table;
});

describe("snapshots()", () => {
  it("has every snapshot with its summary, without the operation", () => {
    const [first, second] = table.metadata.snapshots;
    const rows = snapshots(table);
    expect(rows.map(({ summary: _, ...row }) => row)).toStrictEqual([
      {
        committed_at: first!.timestampMs,
        snapshot_id: first!.snapshotId,
        parent_id: null,
        operation: "append",
        manifest_list: first!.manifestList,
      },
      {
        committed_at: second!.timestampMs,
        snapshot_id: second!.snapshotId,
        parent_id: first!.snapshotId,
        operation: "append",
        manifest_list: second!.manifestList,
      },
    ]);
    expect(rows[0]!.summary!.get("added-records")).toBe("3");
    expect(rows[0]!.summary!.has("operation")).toBe(false);
  });

  it("leaves operation and summary null where the writer left none", () => {
    const bare = { snapshotId: 7n, sequenceNumber: 1, timestampMs: 5, manifestList: "memory://l" };
    expect(snapshots({ metadata: { ...table.metadata, snapshots: [bare] } })).toStrictEqual([
      {
        committed_at: 5,
        snapshot_id: 7n,
        parent_id: null,
        operation: null,
        manifest_list: "memory://l",
        summary: null,
      },
    ]);
  });
});

describe("history()", () => {
  it("tells ancestors of the current snapshot from snapshots rolled back", () => {
    const [first, second] = table.metadata.snapshots;
    const log = [
      { timestampMs: 1, snapshotId: 99n },
      { timestampMs: 2, snapshotId: first!.snapshotId },
      { timestampMs: 3, snapshotId: second!.snapshotId },
    ];
    expect(history({ metadata: { ...table.metadata, snapshotLog: log } })).toStrictEqual([
      { made_current_at: 1, snapshot_id: 99n, parent_id: null, is_current_ancestor: false },
      { made_current_at: 2, snapshot_id: first!.snapshotId, parent_id: null, is_current_ancestor: true },
      {
        made_current_at: 3,
        snapshot_id: second!.snapshotId,
        parent_id: first!.snapshotId,
        is_current_ancestor: true,
      },
    ]);
    expect(history(empty)).toStrictEqual([]);
  });
});

describe("refs()", () => {
  it("has branches and tags with their retention", () => {
    const metadata = {
      ...table.metadata,
      refs: new Map([
        ["main", { type: "branch" as const, snapshotId: 1n, minSnapshotsToKeep: 3, maxSnapshotAgeMs: 10 }],
        ["v1", { type: "tag" as const, snapshotId: 2n, maxRefAgeMs: 20 }],
      ]),
    };
    expect(refs({ metadata })).toStrictEqual([
      {
        name: "main",
        type: "BRANCH",
        snapshot_id: 1n,
        max_reference_age_in_ms: null,
        min_snapshots_to_keep: 3,
        max_snapshot_age_in_ms: 10,
      },
      {
        name: "v1",
        type: "TAG",
        snapshot_id: 2n,
        max_reference_age_in_ms: 20,
        min_snapshots_to_keep: null,
        max_snapshot_age_in_ms: null,
      },
    ]);
  });
});

describe("metadataLogEntries()", () => {
  it("ends with the present file and names the snapshot current at each time", () => {
    const rows = metadataLogEntries(table);
    const [first, second] = table.metadata.snapshots;
    expect(rows.map(({ latest_snapshot_id }) => latest_snapshot_id)).toStrictEqual([
      null,
      first!.snapshotId,
      second!.snapshotId,
    ]);
    expect(rows.at(-1)).toStrictEqual({
      timestamp: table.metadata.lastUpdatedMs,
      file: table.metadataLocation,
      latest_snapshot_id: second!.snapshotId,
      latest_schema_id: 0,
      latest_sequence_number: 2,
    });
  });
});

describe("manifests()", () => {
  it("gives bounds as people write them and counts by content", async () => {
    const rows = await all(manifests(table));
    expect(rows).toHaveLength(2);
    const older = rows.find(
      ({ added_snapshot_id }) => added_snapshot_id === snapshots(table)[0]!.snapshot_id,
    )!;
    expect(older).toMatchObject({
      content: 0,
      partition_spec_id: 0,
      added_data_files_count: 2,
      existing_data_files_count: 0,
      deleted_data_files_count: 0,
      added_delete_files_count: 0,
    });
    const flags = { contains_null: false, contains_nan: false };
    expect(older.partition_summaries.slice(0, 2)).toStrictEqual([
      { ...flags, lower_bound: "2025-10", upper_bound: "2025-11" },
      { ...flags, contains_null: true, lower_bound: "a", upper_bound: "a" },
    ]);
  });

  it("looks into an earlier snapshot and refuses an unknown one", async () => {
    const [first] = snapshots(table);
    expect(await all(manifests(table, { at: { snapshotId: first!.snapshot_id } }))).toHaveLength(1);
    await expect(all(manifests(table, { at: { ref: "none" } }))).rejects.toMatchObject({
      code: "no-such-snapshot",
    });
  });
});

describe("allManifests()", () => {
  it("names each manifest once for every snapshot that has it", async () => {
    const [first, second] = snapshots(table).map(({ snapshot_id }) => snapshot_id);
    const rows = await all(allManifests(table));
    expect(rows.map(({ reference_snapshot_id }) => reference_snapshot_id)).toStrictEqual([
      first,
      second,
      second,
    ]);
  });
});

describe("files()", () => {
  it("has partition values, metrics by id and readable metrics by name", async () => {
    const [first] = snapshots(table);
    const rows = await all(files(table, { at: { snapshotId: first!.snapshot_id } }));
    expect(rows).toHaveLength(2);
    const october = rows.find(({ partition }) => partition.tenant === "a")!;
    expect(october).toMatchObject({
      content: 0,
      file_format: "PARQUET",
      spec_id: 0,
      record_count: 2,
      key_metadata: null,
      equality_ids: null,
    });
    expect(october.partition).toStrictEqual({
      ts_month: 669,
      tenant: "a",
      price_bucket: expect.any(Number) as number,
    });
    expect(Object.keys(october.readable_metrics)).toStrictEqual([
      "ts",
      "tenant",
      "price",
      "place.x",
      "shape.element",
    ]);
    expect(october.readable_metrics.price).toMatchObject({
      value_count: 2,
      null_value_count: 0,
      nan_value_count: null,
      lower_bound: "1.50",
      upper_bound: "1.50",
    });
    expect(october.readable_metrics["place.x"]).toMatchObject({ lower_bound: -2, upper_bound: 1.5 });
    expect(october.value_counts!.get(1)).toBe(2);
    expect(october.lower_bounds!.get(2)).toStrictEqual(new TextEncoder().encode("a"));
    expect(october.column_sizes!.get(1)).toBeGreaterThan(0);
    // Plain maps and bytes of their own: no row holds on to the manifest it came from.
    const noNulls = [1, 2, 3, 6].map((id): [number, number] => [id, 0]);
    expect(october.null_value_counts).toStrictEqual(new Map(noNulls));
    for (const bound of october.upper_bounds!.values()) {
      expect(bound.buffer.byteLength).toBe(bound.byteLength);
    }
  });

  it("dataFiles, deleteFiles and the tables over all snapshots choose by content and name a manifest once", async () => {
    expect(await all(dataFiles(table))).toHaveLength(3);
    expect(await all(deleteFiles(table))).toHaveLength(0);
    expect(await all(allFiles(table))).toHaveLength(3);
    expect(await all(allDataFiles(table))).toHaveLength(3);
    expect(await all(allDeleteFiles(table))).toHaveLength(0);
  });

  it("a table without snapshots has none", async () => {
    expect(await all(files(empty))).toStrictEqual([]);
    expect(await all(entries(empty))).toStrictEqual([]);
    expect(await all(manifests(empty))).toStrictEqual([]);
    expect(await partitions(empty)).toStrictEqual([]);
  });

  it("stops when the signal is aborted", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(all(files(table, { signal }))).rejects.toThrow("enough");
    const [first] = snapshots(table);
    const during = new AbortController();
    const rows = files(table, { signal: during.signal, at: { snapshotId: first!.snapshot_id } });
    expect((await rows.next()).done).toBe(false);
    during.abort(new Error("enough now"));
    await expect(rows.next()).rejects.toThrow("enough now");
  });

  it("a field of another spec is null in the files of this one, and keeps its newest name", async () => {
    const { metadata } = table;
    const [old] = metadata.partitionSpecs;
    const renamed = { ...old!.fields[0]!, name: "month" };
    const added = { ...old!.fields[1]!, fieldId: 1100, name: "tenant_2" };
    const evolved = {
      metadata: {
        ...metadata,
        partitionSpecs: [old!, { specId: 1, fields: [renamed, added] }],
      },
      metadataLocation: table.metadataLocation,
      identifier: table.identifier,
      io: table.io,
    };
    const [row] = await all(files(evolved));
    expect(Object.keys(row!.partition)).toStrictEqual(["month", "tenant", "price_bucket", "tenant_2"]);
    expect(row!.partition).toMatchObject({ month: 669, tenant: "a", tenant_2: null });
  });
});

describe("entries()", () => {
  it("has status and inherited numbers beside the file", async () => {
    const rows = await all(entries(table));
    const ids = snapshots(table).map(({ snapshot_id }) => snapshot_id);
    expect(rows.map(({ status, sequence_number }) => [status, sequence_number])).toStrictEqual([
      [1, 2],
      [1, 1],
      [1, 1],
    ]);
    expect(rows[0]!.snapshot_id).toBe(ids[1]);
    expect(rows[0]!.data_file.record_count).toBe(1);
    expect(rows[0]!.data_file).not.toHaveProperty("readable_metrics");
    expect(rows[0]!.readable_metrics.tenant!.upper_bound).toBe("a");
  });
});

describe("partitions()", () => {
  it("sums files by partition and names the newest snapshot of each", async () => {
    const rows = await partitions(table);
    const [first, second] = snapshots(table);
    const october = rows.find(({ partition }) => partition.tenant === "a")!;
    const november = rows.find(({ partition }) => partition.tenant === null)!;
    expect(rows).toHaveLength(2);
    expect(october).toMatchObject({
      spec_id: 0,
      record_count: 3,
      file_count: 2,
      position_delete_file_count: 0,
      equality_delete_file_count: 0,
      last_updated_at: second!.committed_at,
      last_updated_snapshot_id: second!.snapshot_id,
    });
    expect(november).toMatchObject({ record_count: 1, last_updated_snapshot_id: first!.snapshot_id });
    expect(november.partition).toStrictEqual({ ts_month: 670, tenant: null, price_bucket: null });
  });
});
