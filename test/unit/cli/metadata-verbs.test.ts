import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isJsonObject, type JsonObject, parseJson } from "../../../src/base/index.ts";
import { ageText } from "../../../src/cli/verbs/refs.ts";
import { fileCatalog } from "../../../src/node.ts";
import { identity, month } from "../../../src/partitioning/index.ts";
import { defineSchema, optional, required, t } from "../../../src/schema/index.ts";
import type { Table } from "../../../src/table/index.ts";
import { icewright, inFolder, makeFolder, type Outcome, removeFolder } from "./harness.ts";

function lines(text: string): readonly JsonObject[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const json = parseJson(line);
      if (!isJsonObject(json)) throw new Error("not an object");
      return json;
    });
}

const schema = defineSchema({
  ts: required(t.timestamptz()),
  tenant: optional(t.string()),
  price: optional(t.decimal(9, 2)),
});

let cwd = "";
let table: Table;
const icebox = async (...argv: string[]): Promise<Outcome> => await icewright(argv, { cwd });

beforeAll(async () => {
  cwd = await makeFolder();
  const catalog = fileCatalog(join(cwd, "warehouse"));
  await catalog.ensureNamespace("ns");
  const made = await catalog.createTable("ns.t", schema, {
    partitionSpec: [month("ts"), identity("tenant"), identity("price")],
  });
  const { table: first } = await made.append([
    { ts: "2025-10-01T00:00:00Z", tenant: "a\u001b[31m", price: "1.50" },
    { ts: "2025-11-01T00:00:00Z", tenant: null, price: null },
  ]);
  const { table: second } = await first.append([
    { ts: "2025-10-31T00:00:00Z", tenant: "a\u001b[31m", price: "1.50" },
  ]);
  table = second as unknown as Table;
});
afterAll(async () => {
  await removeFolder(cwd);
});

describe("snapshots", () => {
  test("--json is one snapshot a line under PyIceberg's names, ids exact", async () => {
    const { status, stdout } = await icebox("snapshots", "ns.t", "--json");
    const [first, second] = table.metadata.snapshots;
    expect(status).toBe(0);
    expect(stdout).toContain(`"snapshot_id":${second!.snapshotId},"parent_id":${first!.snapshotId}`);
    const rows = lines(stdout);
    expect(Object.keys(rows[0]!)).toStrictEqual([
      "committed_at",
      "snapshot_id",
      "parent_id",
      "operation",
      "manifest_list",
      "summary",
    ]);
    expect(rows[0]!.committed_at).toBe(new Date(first!.timestampMs).toISOString().replace("Z", "000Z"));
    expect(rows[0]).toMatchObject({
      parent_id: null,
      operation: "append",
      summary: { "added-records": "2" },
    });
  });

  test("text marks the current one and counts rows", async () => {
    const { stdout } = await icebox("snapshots", "ns.t");
    const body = stdout.split("\n").slice(2, 4);
    expect(body[0]).toMatch(/append\s+2\s+2\s+2$/);
    expect(body[1]).toMatch(/append\s+1\s+3\s+3\s+current$/);
  });
});

describe("history and refs", () => {
  test("--json", async () => {
    const [first, second] = table.metadata.snapshots.map(({ snapshotId }) => snapshotId);
    const history = await icebox("history", "ns.t", "--json");
    expect(
      lines(history.stdout).map(({ snapshot_id, is_current_ancestor }) => [snapshot_id, is_current_ancestor]),
    ).toStrictEqual(
      [
        [first, true],
        [second, true],
      ].map(([id, is]) => [BigInt(id as bigint), is]),
    );
    const refs = await icebox("refs", "ns.t", "--json");
    expect(lines(refs.stdout)).toStrictEqual([
      {
        name: "main",
        type: "BRANCH",
        snapshot_id: second,
        max_reference_age_in_ms: null,
        min_snapshots_to_keep: null,
        max_snapshot_age_in_ms: null,
      },
    ]);
  });

  test("text", async () => {
    expect((await icebox("refs", "ns.t")).stdout).toMatch(/main\s+branch\s+\d+\s+-\s+-\s+-/);
    expect((await icebox("history", "ns.t")).stdout).not.toContain("rolled back");
  });

  test.each([
    [null, "-"],
    [7 * 86_400_000, "7 d"],
    [36 * 3_600_000, "36 h"],
    [90_000, "90 s"],
    [60_000, "1 min"],
    [1500, "1500 ms"],
    [0, "0 d"],
  ])("ageText(%j) is %s", (milliseconds, text) => {
    expect(ageText(milliseconds)).toBe(text);
  });
});

describe("files, manifests and partitions", () => {
  test("files --json has metrics and canonical partition values", async () => {
    const { stdout } = await icebox("files", "ns.t", "--json");
    const rows = lines(stdout);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      content: 0,
      file_format: "PARQUET",
      partition: { ts_month: 669, tenant: "a\u001b[31m", price: "1.50" },
      record_count: 1,
      readable_metrics: {
        ts: { lower_bound: "2025-10-31T00:00:00.000000Z", null_value_count: 0 },
        price: { upper_bound: "1.50" },
      },
    });
    expect(rows[0]!.lower_bounds).toContainEqual([2, Buffer.from("a\u001b[31m").toString("hex")]);
  });

  test("text tells partitions as paths do, without control characters", async () => {
    const { stdout } = await icebox("files", "ns.t");
    expect(stdout).toContain("ts_month=2025-11 tenant=null price=null");
    expect(stdout).toContain("ts_month=2025-10 tenant=a\\u001b[31m price=1.50");
    expect(stdout).not.toContain("\u001b");
    expect(stdout).toMatch(/ data\/ts_month=2025-10/);
  });

  test("a snapshot, a time and a branch choose the state", async () => {
    const [first] = table.metadata.snapshots;
    const id = String(first!.snapshotId);
    expect(lines((await icebox("files", "ns.t", "--json", "--snapshot", id)).stdout)).toHaveLength(2);
    expect(lines((await icebox("manifests", "ns.t", "--json", "--snapshot", id)).stdout)).toHaveLength(1);
    expect(lines((await icebox("partitions", "ns.t", "--json", "--ref", "main")).stdout)).toHaveLength(2);
    expect((await icebox("scan", "ns.t", "--count", "--snapshot", id)).stdout).toBe("2\n");
    expect((await icebox("scan", "ns.t", "--count", "--as-of", "2999-01-01")).stdout).toBe("3\n");
    const plan = await icebox("plan", "ns.t", "--json", "--snapshot", id);
    expect(parseJson(plan.stdout)).toMatchObject({ snapshot_id: first!.snapshotId, rows: { to_read: 2 } });
    const none = await icebox("files", "ns.t", "--as-of", "2001-01-01T00:00:00Z");
    expect([none.status, none.stderr]).toStrictEqual([1, expect.stringContaining("[no-such-snapshot]")]);
  });

  test.each([
    [["--snapshot", "x"], "--snapshot takes a snapshot id"],
    [["--as-of", "2025-01-01T00:00:00"], "with a zone"],
    [["--as-of", "yesterday"], "--as-of takes"],
    [["--as-of", "2025-13-01"], "--as-of takes"],
    [["--snapshot", "1", "--ref", "main"], "exclude each other"],
    [["--all", "--ref", "main"], "exclude each other"],
    [["--content", "rows"], "--content takes data, deletes"],
  ])("files %j is wrong usage", async (flags, message) => {
    const { status, stderr } = await icebox("files", "ns.t", ...flags);
    expect([status, stderr]).toStrictEqual([2, expect.stringContaining(message)]);
  });

  test("files chooses by content and over all snapshots", async () => {
    expect((await icebox("files", "ns.t", "--json", "--content", "deletes")).stdout).toBe("");
    expect(lines((await icebox("files", "ns.t", "--json", "--content", "data")).stdout)).toHaveLength(3);
    expect(lines((await icebox("files", "ns.t", "--json", "--all")).stdout)).toHaveLength(3);
    expect((await icebox("files", "ns.t", "--json", "--all", "--content", "deletes")).stdout).toBe("");
  });

  test("manifests tell counts and bounds", async () => {
    const rows = lines((await icebox("manifests", "ns.t", "--json")).stdout);
    expect(rows.map(({ added_data_files_count }) => added_data_files_count)).toStrictEqual([1, 2]);
    expect((rows[1]!.partition_summaries as readonly JsonObject[])[0]).toStrictEqual({
      contains_null: false,
      contains_nan: false,
      lower_bound: "2025-10",
      upper_bound: "2025-11",
    });
    const { stdout } = await icebox("manifests", "ns.t");
    expect(stdout).toContain("ts_month 2025-10 … 2025-11, tenant a\\u001b[31m or null, price 1.50 or null");
  });

  test("partitions sum rows and files", async () => {
    const rows = lines((await icebox("partitions", "ns.t", "--json")).stdout);
    expect(
      rows.map(({ partition, record_count, file_count }) => [partition, record_count, file_count]),
    ).toStrictEqual([
      [{ ts_month: 669, tenant: "a\u001b[31m", price: "1.50" }, 2, 2],
      [{ ts_month: 670, tenant: null, price: null }, 1, 1],
    ]);
    expect((await icebox("partitions", "ns.t")).stdout).toMatch(
      /ts_month=2025-11 tenant=null price=null\s+1\s+1/,
    );
  });

  test("all of them work on the path of a table", async () => {
    await inFolder(async (elsewhere) => {
      await cp(join(cwd, "warehouse"), join(elsewhere, "copy"), { recursive: true });
      for (const verb of ["snapshots", "history", "refs", "files", "manifests", "partitions"]) {
        const { status, stdout, stderr } = await icewright([verb, "copy/ns/t", "--json"], { cwd: elsewhere });
        expect([verb, status, stderr]).toStrictEqual([verb, 0, ""]);
        expect(lines(stdout).length).toBeGreaterThan(0);
      }
    });
  });
});
