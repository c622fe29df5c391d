import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../../../src/base/index.ts";
import { fileCatalog, openTable } from "../../../src/node.ts";
import { decodeTraces } from "../../../src/otlp-wire/index.ts";
import { defineSchema, optional, required, t } from "../../../src/schema/index.ts";
import { mapSpans } from "../../../src/telemetry/index.ts";
import { icewright, inFolder, makeFolder, removeFolder, SAMPLE } from "./harness.ts";

const TABLE = "telemetry.trace_events";

function document(text: string): JsonObject {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error("not an object");
  return json;
}

function lines(text: string): readonly JsonObject[] {
  return text.trimEnd().split("\n").map(document);
}

const sampleBytes = await readFile(SAMPLE);
const expected = mapSpans(decodeTraces(sampleBytes));

/** Files below a folder; empty when it does not exist. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe("ingest", () => {
  test("writes the sample and tells rows, snapshot, partitions and rejections", async () => {
    await inFolder(async (cwd) => {
      const { status, stdout, stderr } = await icewright(["ingest", SAMPLE], { cwd });
      expect(status).toBe(0);
      const table = await openTable(join(cwd, "warehouse/telemetry/trace_events"));
      expect(stdout).toContain(`snapshot  ${table.currentSnapshot?.snapshotId}`);
      expect(stdout).toContain(`${expected.rows.length} rows in 9 data files`);
      expect(stdout).toContain("event_timestamp_month=2025-10 organization_id=org_aurora");
      expect(stdout).toContain(`${expected.rejected.length} spans rejected`);
      expect(stderr).toContain(`${SAMPLE}: ${expected.rows.length + expected.rejected.length} spans`);
      expect(await table.scan().count()).toBe(expected.rows.length);
    });
  });

  test("--json is one document with every rejected span", async () => {
    await inFolder(async (cwd) => {
      const { status, stdout } = await icewright(["ingest", SAMPLE, "--json"], { cwd });
      expect(status).toBe(0);
      const report = document(stdout);
      expect(report).toMatchObject({
        table: TABLE,
        rows: expected.rows.length,
        rejected_spans: expected.rejected.length,
        data_files: 9,
      });
      expect(report.rejected).toStrictEqual(
        expected.rejected.map(({ traceId, spanId, name, missing }) => ({
          trace_id: traceId,
          span_id: spanId,
          name,
          missing,
        })),
      );
      const partitions = report.partitions as readonly JsonObject[];
      expect(partitions).toHaveLength(9);
      expect(partitions[0]).toMatchObject({
        name: "event_timestamp_month=2025-09 organization_id=org_aurora",
        partition: { event_timestamp_month: 668, organization_id: "org_aurora" },
        files: 1,
      });
      expect(partitions.reduce((sum, { rows }) => sum + Number(rows), 0)).toBe(expected.rows.length);
    });
  });

  test("reads gzip, JSON and JSON Lines, all files in one commit; twice appends twice", async () => {
    await inFolder(async (cwd) => {
      const span = (id: string) =>
        `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${"a".repeat(32)}","spanId":"${id.repeat(16)}","name":"n",` +
        `"startTimeUnixNano":"1759276800000000000","endTimeUnixNano":"1759276800001000000","attributes":[` +
        ["workload_run_id", "organization_id", "logic_id", "nodespec_id"]
          .map((key) => `{"key":"${key}","value":{"stringValue":"x"}}`)
          .join(",") +
        "]}]}]}]}";
      await writeFile(join(cwd, "one.json"), span("1"));
      await writeFile(join(cwd, "many.jsonl"), `${span("2")}\n\n${span("3")}\r\n${span("4")}`);
      await writeFile(join(cwd, "more.jsonl.gz"), gzipSync(`${span("5")}\n`));
      await writeFile(join(cwd, "sample-traces.pb.gz"), gzipSync(sampleBytes));
      const files = ["one.json", "many.jsonl", "more.jsonl.gz", "sample-traces.pb.gz"];
      const first = document((await icewright(["ingest", ...files, "--json"], { cwd })).stdout);
      expect(first.rows).toBe(expected.rows.length + 5);
      expect((first.files as readonly JsonObject[]).map(({ requests }) => requests)).toStrictEqual([
        1, 3, 1, 1,
      ]);
      await icewright(["ingest", ...files], { cwd });
      const table = await openTable(join(cwd, "warehouse/telemetry/trace_events"));
      expect(table.metadata.snapshots).toHaveLength(2);
      expect((await icewright(["scan", TABLE, "--count"], { cwd })).stdout).toBe(
        `${2 * (expected.rows.length + 5)}\n`,
      );
    });
  });

  test("writes to another namespace and warehouse", async () => {
    await inFolder(async (cwd) => {
      const flags = ["--warehouse", "lake/deep", "--namespace", "team.otel"];
      const { status } = await icewright(["ingest", SAMPLE, ...flags], { cwd });
      expect(status).toBe(0);
      const { stdout } = await icewright(
        ["scan", "team.otel.trace_events", "--count", ...flags.slice(0, 2)],
        { cwd },
      );
      expect(stdout).toBe(`${expected.rows.length}\n`);
    });
  });

  const broken: readonly (readonly [
    what: string,
    name: string,
    bytes: Uint8Array | string,
    message: RegExp,
  ])[] = [
    [
      "a truncated body",
      "cut-trace.pb",
      sampleBytes.subarray(0, 5000),
      /Cannot ingest cut-trace\.pb: .*\[invalid-payload\]/,
    ],
    ["a truncated JSON body", "cut.json", '{"resourceSpans":[', /Cannot ingest cut\.json: .*\[/],
    ["a bad line", "bad.jsonl", "{}\n{]\n", /Cannot ingest bad\.jsonl line 2: .*\[/],
    [
      "truncated gzip",
      "cut.pb.gz",
      gzipSync(sampleBytes).subarray(0, 900),
      /cut\.pb\.gz: .*\[corrupt-file\]/,
    ],
    ["truncated gzip lines", "cut.jsonl.gz", gzipSync(sampleBytes).subarray(0, 900), /cut\.jsonl\.gz/],
    ["a body without spans", "empty.json", "{}", /found no spans.*\[invalid-payload\]/],
    [
      "spans that all lack values",
      "poor.json",
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"","name":"n"}]}]}]}',
      /all 1 span lack required values.*\[invalid-row\]/,
    ],
    [
      "an unknown ending",
      "traces.txt",
      "",
      /traces\.txt: its ending does not say what it holds.*\[invalid-argument\]/,
    ],
  ];
  test.each(broken)(
    "%s is a failure that names the file and writes nothing",
    async (_what, name, bytes, message) => {
      await inFolder(async (cwd) => {
        await writeFile(join(cwd, name), bytes);
        const { status, stderr } = await icewright(["ingest", SAMPLE, name], { cwd });
        const alone = await icewright(["ingest", name, "--warehouse", "alone"], { cwd });
        expect(alone.status).toBe(1);
        expect(alone.stderr).toMatch(message);
        expect(await filesIn(join(cwd, "alone"))).toStrictEqual([]);
        // A broken file takes good ones of the same command with it; one without rows does not.
        const withoutRows = name === "empty.json" || name === "poor.json";
        expect(status).toBe(withoutRows ? 0 : 1);
        if (!withoutRows) {
          expect(stderr).toMatch(message);
          expect(await filesIn(join(cwd, "warehouse"))).toStrictEqual([]);
        }
      });
    },
  );

  test("a missing file, a folder and an unwritable warehouse are failures", async () => {
    await inFolder(async (cwd) => {
      const missing = await icewright(["ingest", "none.pb"], { cwd });
      expect([missing.status, missing.stderr]).toStrictEqual([1, expect.stringContaining("[no-such-file]")]);
      await mkdir(join(cwd, "folder.pb"));
      const folder = await icewright(["ingest", "folder.pb"], { cwd });
      expect([folder.status, folder.stderr]).toStrictEqual([1, expect.stringContaining("[io-failed]")]);
      await writeFile(join(cwd, "taken"), "a file where the warehouse should be");
      for (const warehouse of ["taken", "taken/below", "/proc/icewright"]) {
        const refused = await icewright(["ingest", SAMPLE, "--warehouse", warehouse], { cwd });
        expect(refused.status).toBe(1);
        expect(refused.stderr).toMatch(/error: .*(taken|\/proc\/icewright).*\[io-failed\]/);
      }
      expect(await readFile(join(cwd, "taken"), "utf8")).toBe("a file where the warehouse should be");
    });
  });

  test.each([
    ["a missing required column", { span_id: optional(t.string()) }, "trace_id"],
    ["a column of another type", { span_id: optional(t.long()) }, "span_id"],
  ])("an existing table with %s is refused untouched", async (_what, columns, named) => {
    await inFolder(async (cwd) => {
      const catalog = fileCatalog(join(cwd, "warehouse"));
      await catalog.ensureNamespace("telemetry");
      await catalog.createTable(TABLE, defineSchema(columns));
      const { status, stderr } = await icewright(["ingest", SAMPLE], { cwd });
      expect(status).toBe(1);
      expect(stderr).toMatch(new RegExp(`Cannot ingest into ${TABLE}: .*${named}.*\\[invalid-schema\\]`));
      expect((await catalog.loadTable(TABLE)).currentSnapshot).toBeUndefined();
    });
  });
});

describe("scan, plan and describe", () => {
  let cwd = "";
  beforeAll(async () => {
    cwd = await makeFolder();
    const { status, stderr } = await icewright(["ingest", SAMPLE], { cwd });
    if (status !== 0) throw new Error(stderr);
  });
  afterAll(() => removeFolder(cwd));

  const october = "event_timestamp >= '2025-10-01T00:00:00Z' AND event_timestamp < '2025-11-01T00:00:00Z'";

  test("scan --json prints every row as a canonical line, columns in schema order", async () => {
    const { status, stdout, stderr } = await icewright(["scan", TABLE, "--json"], { cwd });
    expect(status).toBe(0);
    const rows = lines(stdout);
    expect(rows).toHaveLength(expected.rows.length);
    expect(stderr).toContain(`${expected.rows.length} rows; manifests 1 of 1, files 9 of 9`);
    const bySpan = new Map(expected.rows.map((row) => [row.span_id, row]));
    for (const row of rows) {
      const source = bySpan.get(String(row.span_id))!;
      expect(Object.keys(row)).toStrictEqual(Object.keys(source));
      expect(row.node_output).toBe(source.node_output);
      expect(row.input_tokens).toBe(source.input_tokens === null ? null : Number(source.input_tokens));
    }
    expect(stdout).toMatch(/"event_timestamp":"2025-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z","duration_ms":\d+,/);
  });

  test("int64 come as bare digits, exactly, and select gives the order", async () => {
    await inFolder(async (folder) => {
      const catalog = fileCatalog(join(folder, "warehouse"));
      await catalog.ensureNamespace("a");
      const schema = defineSchema({
        "7": required(t.long()),
        name: optional(t.string()),
        price: optional(t.decimal(9, 2)),
        data: optional(t.binary()),
      });
      const table = await catalog.createTable("a.b", schema);
      await table.append([
        { "7": 9007199254740993n, name: 'q"\n', price: "1.50", data: new Uint8Array([0, 255]) },
      ]);
      const all = await icewright(["scan", "a.b", "--json"], { cwd: folder });
      expect(all.stdout).toBe('{"7":9007199254740993,"name":"q\\"\\n","price":"1.50","data":"00ff"}\n');
      const two = await icewright(["scan", "a.b", "--json", "--select", "name, 7"], { cwd: folder });
      expect(two.stdout).toBe('{"name":"q\\"\\n","7":9007199254740993}\n');
      const text = await icewright(["scan", "a.b"], { cwd: folder });
      expect(text.stdout.split("\n")[2]).toMatch(/^9007199254740993 {2}q"\\n +1\.50 {2}00ff$/);
    });
  });

  test("--where, --select, --limit and --count work together", async () => {
    const where = "status_code = 'ERROR' AND input_tokens IS NOT NULL";
    const wanted = expected.rows.filter((row) => row.status_code === "ERROR" && row.input_tokens !== null);
    expect(wanted.length).toBeGreaterThan(1);
    const found = await icewright(["scan", TABLE, "--where", where, "--select", "span_id", "--json"], {
      cwd,
    });
    expect(
      lines(found.stdout)
        .map((row) => row.span_id)
        .sort(),
    ).toStrictEqual(wanted.map((row) => row.span_id as Json).sort());
    const one = await icewright(["scan", TABLE, "--where", where, "--limit", "1", "--json"], { cwd });
    expect(lines(one.stdout)).toHaveLength(1);
    const counted = await icewright(["scan", TABLE, "--where", where, "--count"], { cwd });
    expect(counted.stdout).toBe(`${wanted.length}\n`);
    const json = await icewright(["scan", TABLE, "--where", where, "--count", "--json"], { cwd });
    expect(json.stdout).toBe(`{"count":${wanted.length}}\n`);
    const none = await icewright(["scan", TABLE, "--limit", "0", "--json"], { cwd });
    expect([none.status, none.stdout]).toStrictEqual([0, ""]);
  });

  test("--tenant shows that organization's rows alone, whatever --where says", async () => {
    const where = "organization_id <> 'org_aurora' OR input_tokens >= 0";
    const argv = ["scan", TABLE, "--tenant", "org_aurora", "--where", where, "--json"];
    const { stdout } = await icewright(argv, { cwd });
    const wanted = expected.rows.filter(
      ({ organization_id, input_tokens }) => organization_id === "org_aurora" && input_tokens !== null,
    );
    expect(wanted.length).toBeGreaterThan(1);
    expect(lines(stdout).map((row) => row.organization_id)).toStrictEqual(wanted.map(() => "org_aurora"));
  });

  test("the text table fits a terminal and colours only there", async () => {
    const settings = { cwd, columns: 80 };
    const { stdout, stderr } = await icewright(["scan", TABLE, "--limit", "3"], settings);
    expect(stdout).toContain("\x1b[1m");
    const plain = await icewright(["scan", TABLE, "--limit", "3"], {
      ...settings,
      environment: { NO_COLOR: "1" },
    });
    for (const line of plain.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(plain.stdout).not.toContain("\x1b");
    expect(stderr).toMatch(/more columns \(use --select or --json\): .*raw_attributes_json/);
  });

  test("TABLE may be a folder, a metadata file, relative or file:", async () => {
    const folder = join(cwd, "warehouse/telemetry/trace_events");
    const paths = [
      folder,
      "warehouse/telemetry/trace_events",
      "./warehouse/telemetry/trace_events/",
      "warehouse/telemetry/trace_events/metadata/v2.metadata.json",
      `file://${folder}/metadata/v2.metadata.json`,
    ];
    for (const path of paths) {
      const { stdout, stderr } = await icewright(["scan", path, "--count"], { cwd });
      expect([path, stdout, stderr]).toStrictEqual([path, `${expected.rows.length}\n`, expect.any(String)]);
    }
    const before = await icewright(["scan", `${folder}/metadata/v1.metadata.json`, "--count"], { cwd });
    expect(before.stdout).toBe("0\n");
  });

  test("a table that was moved says where its files are looked for; its metadata is shown", async () => {
    await inFolder(async (folder) => {
      const catalog = fileCatalog(join(folder, "old"));
      await catalog.ensureNamespace("ns");
      const table = await catalog.createTable("ns.t", defineSchema({ id: required(t.int()) }));
      await table.append([{ id: 1 }]);
      await rename(join(folder, "old"), join(folder, "new"));
      const moved = await icewright(["scan", "new/ns/t"], { cwd: folder });
      expect([moved.status, moved.stdout]).toStrictEqual([1, ""]);
      expect(moved.stderr).toContain(`the table says that it lies at ${table.location}; its files`);
      expect(moved.stderr).toContain("[no-such-file]");
      const shown = await icewright(["snapshots", "new/ns/t", "--json"], { cwd: folder });
      expect([shown.status, lines(shown.stdout).length]).toStrictEqual([0, 1]);
    });
  });

  test("plan tells what is skipped by which rule, as text and as JSON", async () => {
    const where = `${october} AND organization_id = 'org_birch'`;
    const text = await icewright(["plan", TABLE, "--where", where], { cwd });
    expect(text.status).toBe(0);
    expect(text.stdout).toContain("manifests   1 of 1 read");
    expect(text.stdout).toContain("files       1 of 9 to read, 8 skipped");
    expect(text.stdout).toMatch(/2 by partition-value {2}organization_id = 'org_birch'/);
    expect(text.stdout).toMatch(/event_timestamp_month=2025-10 organization_id=org_birch +\d+ /);
    const json = document((await icewright(["plan", TABLE, "--where", where, "--json"], { cwd })).stdout);
    expect(json).toMatchObject({
      table: TABLE,
      manifests: { total: 1, read: 1, skipped: 0 },
      files: { total: 9, to_read: 1, skipped: 8 },
    });
    const tasks = json.tasks as readonly JsonObject[];
    expect(tasks).toHaveLength(1);
    expect(tasks[0]).toMatchObject({
      format: "parquet",
      partition: { event_timestamp_month: 669, organization_id: "org_birch" },
      residual: "TRUE",
    });
    const skipped = json.skipped as readonly JsonObject[];
    expect(skipped.reduce((sum, { count }) => sum + Number(count), 0)).toBe(8);
  });

  test("plan without matches skips the manifest itself", async () => {
    const { stdout } = await icewright(["plan", TABLE, "--where", "organization_id = 'org_none'"], { cwd });
    expect(stdout).toContain("manifests   0 of 1 read, 1 skipped");
    expect(stdout).toContain("1 by partition-summary  organization_id = 'org_none'");
  });

  test("describe shows columns, partitions, order, properties and snapshot", async () => {
    const { status, stdout } = await icewright(["describe", TABLE], { cwd });
    expect(status).toBe(0);
    for (const part of [
      `metadata    file://${cwd}/warehouse/telemetry/trace_events/metadata/v2.metadata.json`,
      "event_timestamp_month = month(event_timestamp), organization_id = organization_id",
      "workload_run_id asc nulls-first, logic_id asc nulls-first",
      `${expected.rows.length} rows, 9 data files`,
      "write.sorted-by = workload_run_id, logic_id",
    ]) {
      expect(stdout).toContain(part);
    }
    expect(stdout).toMatch(/\n 5 {2}event_timestamp +timestamptz +required/);
  });

  test("describe --json is one document", async () => {
    const json = document((await icewright(["describe", TABLE, "--json"], { cwd })).stdout);
    expect(json).toMatchObject({
      table: TABLE,
      format_version: 2,
      partition_spec: {
        fields: [
          { name: "event_timestamp_month", transform: "month", source: "event_timestamp" },
          { name: "organization_id", transform: "identity", source: "organization_id" },
        ],
      },
      sort_order: {
        fields: [{ source: "workload_run_id", direction: "asc", null_order: "nulls-first" }, {}],
      },
      snapshots: 1,
      refs: { main: { type: "branch" } },
      current_snapshot: { operation: "append", summary: { "total-records": String(expected.rows.length) } },
    });
    expect((json.columns as readonly JsonObject[])[1]).toMatchObject({
      id: 2,
      name: "trace_id",
      required: true,
      type: "string",
    });
  });

  test("describe --json of a table nothing was written to has no snapshot", async () => {
    const path = "warehouse/telemetry/trace_events/metadata/v1.metadata.json";
    const json = document((await icewright(["describe", path, "--json"], { cwd })).stdout);
    expect([json.current_snapshot, json.snapshots]).toStrictEqual([null, 0]);
    expect((await icewright(["describe", path], { cwd })).stdout).toContain("none: nothing was ever written");
  });

  test.each([
    [
      "an unknown column",
      ["scan", TABLE, "--select", "trace_id,nope"],
      /"nope".*trace_id.*\[invalid-argument\]/,
    ],
    [
      "a filter on an unknown column",
      ["plan", TABLE, "--where", "nope = 1"],
      /"nope".*\[invalid-expression\]/,
    ],
    [
      "a filter that does not parse",
      ["scan", TABLE, "--where", "a = = 1"],
      /\[invalid-expression\]\n {2}a = = 1\n {2} +\^/,
    ],
    [
      "a value of the wrong type",
      ["scan", TABLE, "--where", "duration_ms = 'slow'"],
      /duration_ms.*slow.*\[invalid-expression\]/,
    ],
    [
      "a table that is not there",
      ["scan", "telemetry.logs"],
      /telemetry\.logs.*\[no-such-table\]\nhint: .*has telemetry\.trace_events/,
    ],
    ["a namespace that is not there", ["describe", "no.such"], /no\.such.*\[no-such-table\]/],
    ["a name without namespace", ["scan", "events"], /"events".*namespace\.name \[invalid-argument\]/],
    ["a path that is not there", ["scan", "./none"], /none.*\[no-such-table\]/],
    ["a store it cannot read", ["scan", "s3://bucket/table"], /s3:\/\/bucket\/table.*\[unsupported\]/],
  ])("%s is a failure that says so", async (_what, argv, message) => {
    const { status, stdout, stderr } = await icewright(argv, { cwd });
    expect([status, stdout]).toStrictEqual([1, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.startsWith("error: ")).toBe(true);
  });

  test("corrupt, truncated and missing metadata and data are failures that name the file", async () => {
    await inFolder(async (folder) => {
      const metadata = join(folder, "t/metadata");
      await mkdir(metadata, { recursive: true });
      const source = join(cwd, "warehouse/telemetry/trace_events/metadata");
      const scan = async () =>
        await icewright(["scan", "./t", "--count", "--where", "duration_ms > 5"], { cwd: folder });
      expect((await scan()).stderr).toMatch(/[/]t.*\[no-such-table\]/);
      const whole = await readFile(join(source, "v2.metadata.json"), "utf8");
      await writeFile(join(metadata, "v1.metadata.json"), whole.slice(0, 700));
      expect((await scan()).stderr).toMatch(/v1\.metadata\.json.*\[corrupt-file\]/);
      await writeFile(join(metadata, "v1.metadata.json"), '{"format-version":2}');
      expect((await scan()).stderr).toMatch(/v1\.metadata\.json.*\[invalid-metadata\]/);
      await writeFile(
        join(metadata, "v1.metadata.json"),
        whole.replaceAll(`${cwd}/warehouse/telemetry/trace_events`, `${folder}/t`),
      );
      expect((await scan()).stderr).toMatch(/snap-.*\.avro.*\[no-such-file\]/);
      for (const name of await readdir(source)) {
        if (name.endsWith(".avro")) await copyFile(join(source, name), join(metadata, name));
      }
      const list = (await readdir(metadata)).find((name) => name.startsWith("snap-"))!;
      const bytes = await readFile(join(metadata, list));
      await writeFile(join(metadata, list), bytes.subarray(0, bytes.length - 30));
      expect((await scan()).stderr).toMatch(/snap-.*\.avro.*\[corrupt-file\]/);
      await rm(join(metadata, "v1.metadata.json"));
      const gone = await scan();
      expect([gone.status, gone.stderr]).toStrictEqual([1, expect.stringContaining("[no-such-table]")]);
    });
  });
});

describe("demo", () => {
  test("tells a scan that skips at every level and ends with the three lines", async () => {
    await inFolder(async (cwd) => {
      const { status, stdout } = await icewright(["demo"], { cwd });
      expect(status).toBe(0);
      expect(stdout).toContain("sample/traces.pb");
      expect(stdout).toMatch(
        /manifests {3}2 of 6 read, 4 skipped\n {4}2 by partition-summary {2}event_timestamp/,
      );
      expect(stdout).toMatch(/files {7}1 of 18 to read, 17 skipped/);
      expect(stdout).toMatch(/by partition-value {2}organization_id = /);
      expect(stdout).toMatch(/by column-metrics {2}workload_run_id = /);
      const metadata = `${cwd}/warehouse/telemetry/trace_events/metadata/v7.metadata.json`;
      const last = stdout.trimEnd().split("\n").slice(-3);
      expect(last[0]).toMatch(/^duckdb -c ".*iceberg_scan\('.*'\)"$/);
      expect(last[1]).toMatch(/^python3 -c ".*StaticTable\.from_metadata\(/);
      expect(last[2]).toMatch(/^python3 -c ".*iceberg-spark-runtime-4\.1_2\.13:1\.11\.0/);
      for (const line of last) expect(line).toContain(metadata);
    });
  });

  test("--json says the same in one document, and its rows match the filter", async () => {
    await inFolder(async (cwd) => {
      const json = document((await icewright(["demo", "--json"], { cwd })).stdout);
      expect(json).toMatchObject({
        table: TABLE,
        rows: expected.rows.length,
        rejected_spans: expected.rejected.length,
        commits: 6,
        scan: { manifests: { total: 6, read: 2 }, files: { total: 18, to_read: 1 } },
      });
      const run = /workload_run_id = '([^']+)'/.exec(String((json.scan as JsonObject).filter))![1];
      const wanted = expected.rows.filter((row) => row.workload_run_id === run);
      expect((json.first_rows as readonly JsonObject[]).length).toBe(wanted.length);
      expect(wanted.length).toBeGreaterThan(1);
    });
  });

  test("starts from an empty table each time", async () => {
    await inFolder(async (cwd) => {
      await icewright(["demo"], { cwd });
      const files = (await filesIn(join(cwd, "warehouse"))).length;
      expect((await icewright(["demo"], { cwd })).status).toBe(0);
      expect((await icewright(["scan", TABLE, "--count"], { cwd })).stdout).toBe(`${expected.rows.length}\n`);
      expect(await filesIn(join(cwd, "warehouse"))).toHaveLength(files);
    });
  });

  test("never replaces a table it did not make, nor rows somebody added to its own", async () => {
    await inFolder(async (cwd) => {
      await icewright(["ingest", SAMPLE], { cwd });
      const foreign = await icewright(["demo"], { cwd });
      expect(foreign.status).toBe(1);
      expect(foreign.stderr).toMatch(/was not made by it.*\[already-exists\]\nhint: .*--warehouse/);
      expect((await icewright(["scan", TABLE, "--count"], { cwd })).stdout).toBe(`${expected.rows.length}\n`);

      await icewright(["demo", "--warehouse", "own"], { cwd });
      await icewright(["ingest", SAMPLE, "--warehouse", "own"], { cwd });
      const shared = await icewright(["demo", "--warehouse", "own"], { cwd });
      expect(shared.stderr).toMatch(/holds snapshot \d+ of someone else.*\[already-exists\]/);
      const { stdout } = await icewright(["scan", TABLE, "--count", "--warehouse", "own"], { cwd });
      expect(stdout).toBe(`${2 * expected.rows.length}\n`);
    });
  });

  test("stops before a table whose metadata it cannot read", async () => {
    await inFolder(async (cwd) => {
      const metadata = join(cwd, "warehouse/telemetry/trace_events/metadata");
      await mkdir(metadata, { recursive: true });
      await writeFile(join(metadata, "v1.metadata.json"), "{");
      const { status, stderr } = await icewright(["demo"], { cwd });
      expect([status, stderr]).toStrictEqual([1, expect.stringContaining("[corrupt-file]")]);
      expect(await filesIn(join(cwd, "warehouse"))).toStrictEqual(["v1.metadata.json"]);
    });
  });
});
