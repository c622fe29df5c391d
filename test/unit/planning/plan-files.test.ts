import { beforeAll, describe, expect, it } from "vitest";
import { utf8Encode } from "../../../src/base/index.ts";
import {
  and,
  asc,
  defineSchema,
  type Expression,
  eq,
  gte,
  identity,
  isIn,
  lt,
  memoryCatalog,
  month,
  or,
  required,
  t,
} from "../../../src/index.ts";
import { MemoryFileIO } from "../../../src/io/index.ts";
import type { Table } from "../../../src/table/index.ts";
import { expectLintClean } from "../../linter/expect-clean.ts";

const schema = defineSchema({
  event_timestamp: required(t.timestamptz()),
  organization_id: required(t.string()),
  workload_run_id: required(t.string()),
  n: required(t.long()),
});
const MONTHS = ["2025-09", "2025-10", "2025-11"];
const ORGANIZATIONS = ["org_a", "org_b"];

let io: MemoryFileIO;
let table: Table<typeof schema>;
/** Locations of the data files opened since the last `opened.clear()`. */
const opened = new Set<string>();

/** Three months x two organizations x two files of disjoint run ids; one commit (manifest) a month. */
beforeAll(async () => {
  io = new MemoryFileIO();
  const open = io.open.bind(io);
  io.open = (location) => {
    const file = open(location);
    return {
      ...file,
      read: (range, options) => {
        if (location.includes("/data/")) opened.add(location);
        return file.read(range, options);
      },
    };
  };
  const catalog = memoryCatalog({ io });
  await catalog.createNamespace("ns");
  table = await catalog.createTable("ns.events", schema, {
    partitionSpec: [month("event_timestamp", "event_timestamp_month"), identity("organization_id")],
    sortOrder: [asc("workload_run_id")],
  });
  let n = 0n;
  for (const at of MONTHS) {
    for (const part of ["a", "b"]) {
      const rows = ORGANIZATIONS.flatMap((organization_id) =>
        Array.from({ length: 10 }, (_, row) => ({
          event_timestamp: `${at}-${String(row + 1).padStart(2, "0")}T00:00:00Z`,
          organization_id,
          workload_run_id: `run-${part}${row}`,
          n: n++,
        })),
      );
      ({ table } = await table.append(rows));
    }
  }
  await expectLintClean(table, io);
});

async function scan(filter: Expression) {
  opened.clear();
  const scanned = table.scan({ filter });
  const rows = await scanned.toArray();
  const { metrics, skipped } = scanned.report;
  return { rows, metrics, skipped, files: [...opened] };
}

describe("planFiles()", () => {
  it("a filter on one month and organization opens only that partition's files (SCN-001)", async () => {
    const { rows, metrics, skipped, files } = await scan(
      and(
        gte("event_timestamp", "2025-10-01T00:00:00Z"),
        lt("event_timestamp", "2025-11-01T00:00:00Z"),
        eq("organization_id", "org_b"),
      ),
    );
    expect(rows).toHaveLength(20);
    expect(files).toHaveLength(2);
    for (const file of files) expect(file).toContain("/event_timestamp_month=2025-10/organization_id=org_b/");
    expect(metrics).toMatchObject({
      totalDataManifests: 6,
      scannedDataManifests: 2,
      skippedDataManifests: 4,
      resultDataFiles: 2,
      skippedDataFiles: 10,
    });
    expect(
      skipped.map(({ level, rule, count, files, rows }) => ({ level, rule, count, files, rows })),
    ).toEqual([
      { level: "manifest", rule: "partition-summary", count: 2, files: 4, rows: 40 },
      { level: "manifest", rule: "partition-summary", count: 2, files: 4, rows: 40 },
      { level: "file", rule: "partition-value", count: 2, files: 2, rows: 20 },
    ]);
    expect(skipped.map(({ predicate }) => predicate)).toEqual([
      expect.stringMatching(/event_timestamp < .*2025-11-01/),
      expect.stringMatching(/event_timestamp >= .*2025-10-01/),
      "organization_id = 'org_b'",
    ]);
  });

  it("prunes by bounds among several files of one partition (SCN-037)", async () => {
    const { rows, skipped, files } = await scan(
      and(
        eq("organization_id", "org_a"),
        lt("event_timestamp", "2025-10-01T00:00:00Z"),
        isIn("workload_run_id", ["run-a3", "run-a7"]),
      ),
    );
    expect(rows).toHaveLength(2);
    expect(files).toHaveLength(1);
    expect(skipped.find(({ rule }) => rule === "column-metrics")).toMatchObject({
      level: "file",
      count: 1,
      rows: 10,
    });
  });

  it("keeps what either side of an OR may match", async () => {
    const { rows, files } = await scan(or(eq("n", 0n), eq("n", 119n)));
    expect(rows.map((row) => row.n).sort()).toEqual([0n, 119n]);
    expect(files).toHaveLength(2);
  });

  it("opens nothing when the bounds exclude every file", async () => {
    const { rows, metrics, files } = await scan(eq("n", 1000n));
    expect(rows).toEqual([]);
    expect(files).toEqual([]);
    expect(metrics.skippedDataFiles).toBe(12);
  });

  it("counts without opening a file whose partition settles the filter", async () => {
    opened.clear();
    expect(await table.scan({ filter: eq("organization_id", "org_a") }).count()).toBe(60);
    expect([...opened]).toEqual([]);
    expect(await table.scan({ filter: and(eq("organization_id", "org_a"), lt("n", 25n)) }).count()).toBe(15);
    expect(opened.size).toBeGreaterThan(0);
  });

  it("stops early at a limit", async () => {
    opened.clear();
    const rows = await table.scan({ limit: 15 }).toArray();
    expect(rows).toHaveLength(15);
    expect(opened.size).toBeLessThan(12);
    expect(await table.scan({ limit: 15 }).count()).toBe(15);
    expect(await table.scan({ limit: 0 }).toArray()).toEqual([]);
  });

  it("reads older snapshots by id, time and ref (SCN-069 to SCN-073)", async () => {
    const [first, second] = table.metadata.snapshots;
    expect(await table.scan({ at: { snapshotId: first!.snapshotId } }).count()).toBe(20);
    expect(await table.scan({ at: { asOf: second!.timestampMs } }).count()).toBeGreaterThanOrEqual(40);
    expect(await table.scan({ at: { ref: "main" } }).count()).toBe(120);
    expect(() => table.scan({ at: { snapshotId: 5n } })).toThrow(/snapshot 5/);
    expect(() => table.scan({ at: { ref: "nope" } })).toThrow(/"nope".*main/);
    expect(() => table.scan({ at: { asOf: 0 } })).toThrow(/history starts at/);
  });

  it("names an unknown column in the filter and in the selection", () => {
    expect(() => table.scan({ filter: eq("organisation_id", "x") })).toThrow(/organisation_id/);
    expect(() => table.scan({ select: ["nope" as "n"] })).toThrow(/"nope".*event_timestamp/);
    expect(() => table.scan({ select: ["n.deeper" as "n"] })).toThrow(/"n\.deeper".*whole columns, here n$/);
  });

  it("a missing or damaged file is an error that names it, never a shorter result", async () => {
    const [victim] = [...io.files.keys()].filter((name) => name.includes("/data/"));
    const bytes = io.files.get(victim!)!;
    try {
      io.files.delete(victim!);
      await expect(table.scan().toArray()).rejects.toMatchObject({
        code: "no-such-file",
        message: expect.stringContaining(victim!),
      });
      io.files.set(victim!, bytes.slice(0, bytes.length - 9));
      await expect(table.scan().toArray()).rejects.toMatchObject({
        code: "corrupt-file",
        message: expect.stringContaining(victim!),
      });
      io.files.set(victim!, utf8Encode("this is not a Parquet file at all"));
      await expect(table.scan().toArray()).rejects.toMatchObject({ code: "corrupt-file" });
    } finally {
      io.files.set(victim!, bytes);
    }
    expect(await table.scan().toArray()).toHaveLength(120);
  });

  it("a damaged manifest is an error that names it", async () => {
    const [manifest] = [...io.files.keys()].filter((name) => /-m0\.avro$/.test(name));
    const bytes = io.files.get(manifest!)!;
    io.files.set(manifest!, bytes.slice(0, bytes.length >> 1));
    try {
      await expect(table.scan().plan()).rejects.toMatchObject({
        code: "corrupt-file",
        message: expect.stringContaining(manifest!),
      });
    } finally {
      io.files.set(manifest!, bytes);
    }
  });
});
