/** `icewright ingest` of logs, metrics and several signals at once; traces are in `verbs.test.ts`. */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isJsonObject, type JsonObject, parseJson } from "../../../src/base/index.ts";
import { RowChannel } from "../../../src/cli/row-channel.ts";
import { signalOfJson, signalOfName } from "../../../src/cli/signals.ts";
import { fileCatalog, openTable } from "../../../src/node.ts";
import { ProtoWriter } from "../../../src/otlp-wire/index.ts";
import { defineLogEvents } from "../../../src/telemetry/index.ts";
import { icewright, inFolder, SAMPLE } from "./harness.ts";

function document(text: string): JsonObject {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error("not an object");
  return json;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });

function logs(...records: readonly object[]): string {
  const resource = { attributes: [attribute("service.name", "api")] };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: records }] }] });
}

const record = (body: string, attributes: readonly object[] = []) => ({
  timeUnixNano: "1759276800000000001",
  severityNumber: 9,
  body: { stringValue: body },
  attributes,
});

function metrics(...all: readonly object[]): string {
  return JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: all }] }] });
}

const gauge = (name: string, value: number) => ({
  name,
  gauge: { dataPoints: [{ timeUnixNano: "1759276800000000000", asDouble: value }] },
});

describe("ingest", () => {
  test("logs of JSON go to log_events whatever the file is called", async () => {
    await inFolder(async (cwd) => {
      await writeFile(join(cwd, "export.json"), logs(record("a"), record("b"), {}));
      const { status, stdout, stderr } = await icewright(["ingest", "export.json", "--json"], { cwd });
      expect([status, stderr]).toStrictEqual([
        0,
        expect.stringContaining("3 log records, 2 rows, 1 rejected"),
      ]);
      expect(document(stdout)).toMatchObject({
        table: "telemetry.log_events",
        signal: "logs",
        log_records: 3,
        rows: 2,
        rejected_log_records: 1,
        files: [{ requests: 1, log_records: 3, rows: 2, rejected_log_records: 1 }],
        rejected: [{ file: "export.json", request: 1, index: 2, missing: ["event_timestamp"] }],
      });
      const scan = await icewright(
        ["scan", "telemetry.log_events", "--json", "--select", "body,service_name,severity_text"],
        { cwd },
      );
      expect(scan.stdout.trimEnd().split("\n").sort()).toStrictEqual([
        '{"body":"a","service_name":"api","severity_text":"INFO"}',
        '{"body":"b","service_name":"api","severity_text":"INFO"}',
      ]);
    });
  });

  test("metrics go to metric_events; buckets of histograms when asked for", async () => {
    await inFolder(async (cwd) => {
      const histogram = {
        name: "h\u001b[31m",
        histogram: {
          dataPoints: [
            {
              timeUnixNano: "1759276800000000000",
              count: "3",
              sum: 4,
              bucketCounts: ["1", "2"],
              explicitBounds: [2],
            },
            { timeUnixNano: "0", count: "1", bucketCounts: [] },
          ],
        },
      };
      await writeFile(join(cwd, "m.jsonl"), `${metrics(gauge("g", 1.5))}\n${metrics(histogram)}\n`);
      const plain = await icewright(["ingest", "m.jsonl"], { cwd });
      expect(plain.stderr).toContain("m.jsonl: 3 data points, 3 rows, 1 rejected");
      expect(plain.stdout).toContain("1 data point rejected");
      expect(plain.stdout).toContain("    h\\u001b[31m, data point 2 of request 2 in m.jsonl");
      const buckets = await icewright(["ingest", "m.jsonl", "--histogram-buckets", "--json"], { cwd });
      expect(document(buckets.stdout)).toMatchObject({ data_points: 3, rows: 5, rejected_data_points: 1 });
    });
  });

  test("several signals in one command: one commit for each table, one document", async () => {
    await inFolder(async (cwd) => {
      await writeFile(join(cwd, "mixed.jsonl"), `${logs(record("a"))}\n${metrics(gauge("g", 1))}\n{}\n`);
      const { status, stdout } = await icewright(["ingest", SAMPLE, "mixed.jsonl", "--json"], { cwd });
      expect(status).toBe(0);
      const tables = document(stdout).tables as readonly JsonObject[];
      expect(tables.map(({ table, rows }) => [table, Number(rows) > 0])).toStrictEqual([
        ["telemetry.trace_events", true],
        ["telemetry.log_events", true],
        ["telemetry.metric_events", true],
      ]);
      for (const { table } of tables) {
        const path = join(cwd, "warehouse", String(table).replace(".", "/"));
        expect((await openTable(path)).metadata.snapshots).toHaveLength(1);
      }
    });
  });

  test("a broken file of one signal leaves no rows of another", async () => {
    await inFolder(async (cwd) => {
      await writeFile(join(cwd, "logs.json"), logs(record("a")).slice(0, -4));
      const { status, stderr } = await icewright(["ingest", SAMPLE, "logs.json"], { cwd });
      expect([status, stderr]).toStrictEqual([1, expect.stringContaining("Cannot ingest logs.json: ")]);
      expect(await filesIn(join(cwd, "warehouse"))).toStrictEqual([]);
    });
  });

  test("more rows than are held back stream into the table, and a fault at the end takes them back", async () => {
    await inFolder(async (cwd) => {
      const many = `${logs(...Array.from({ length: 500 }, (_, at) => record(`r${at}`)))}\n`;
      await writeFile(join(cwd, "good.jsonl"), many.repeat(104));
      await writeFile(join(cwd, "bad.jsonl"), `${many.repeat(104)}{]`);
      const bad = await icewright(["ingest", "bad.jsonl"], { cwd });
      expect([bad.status, bad.stderr]).toStrictEqual([1, expect.stringContaining("bad.jsonl line 105")]);
      const table = await openTable(join(cwd, "warehouse/telemetry/log_events"));
      expect(table.metadata.snapshots).toStrictEqual([]);
      expect(await filesIn(join(cwd, "warehouse/telemetry/log_events/data"))).toStrictEqual([]);
      const good = await icewright(["ingest", "good.jsonl", "--json"], { cwd });
      expect(document(good.stdout)).toMatchObject({ rows: 52_000 });
    });
  });

  test("the signal of protobuf comes from the name or the flag", async () => {
    await inFolder(async (cwd) => {
      const body = new ProtoWriter();
      await writeFile(join(cwd, "dump.pb"), body.finish());
      await writeFile(join(cwd, "trace-logs.pb"), body.finish());
      for (const name of ["dump.pb", "trace-logs.pb"]) {
        const unknown = await icewright(["ingest", name], { cwd });
        expect(unknown.status).toBe(1);
        expect(unknown.stderr).toContain(
          `Cannot ingest ${name}: protobuf does not say which signal it holds`,
        );
        expect(unknown.stderr).toContain("hint: add --signal traces, --signal logs or --signal metrics");
      }
      const told = await icewright(["ingest", "dump.pb", "--signal", "metrics"], { cwd });
      expect(told.stderr).toContain("dump.pb: 0 data points");
    });
  });

  test.each([
    [["--signal", "spans"], 2, "--signal takes traces, logs, metrics"],
    [["--signal", "traces"], 1, "it holds logs, not traces"],
    [["--map", "body"], 2, "--map takes key=value"],
    [["--map", "body=x"], 2, "--map takes one of the columns"],
    [["--map", "service_name="], 2, "a name for each attribute"],
  ])("%j fails", async (flags, expected, message) => {
    await inFolder(async (cwd) => {
      await writeFile(join(cwd, "a.json"), logs(record("a")));
      const { status, stderr } = await icewright(["ingest", "a.json", ...flags], { cwd });
      expect([status, stderr]).toStrictEqual([expected, expect.stringContaining(message)]);
      expect(await filesIn(cwd)).toStrictEqual(["a.json"]);
    });
  });

  test("--tenant, --map and --require-organization", async () => {
    await inFolder(async (cwd) => {
      const own = record("a", [attribute("organization_id", "own"), attribute("app.id", "x")]);
      await writeFile(join(cwd, "a.json"), logs(own, record("b")));
      await icewright(
        ["ingest", "a.json", "--tenant", "T", "--tenant-namespace", "NS"].concat(
          ["--map", "service_name=none, record:app.id,resource:service.name"],
          ["--map", "logic_id=only.traces.have.it"],
        ),
        { cwd },
      );
      const columns = "body,organization_id,org_namespace,service_name";
      const { stdout } = await icewright(["scan", "telemetry.log_events", "--json", "--select", columns], {
        cwd,
      });
      expect(stdout.trimEnd().split("\n").sort()).toStrictEqual([
        '{"body":"a","organization_id":"own","org_namespace":"NS","service_name":"x"}',
        '{"body":"b","organization_id":"T","org_namespace":"NS","service_name":"api"}',
      ]);
      const strict = await icewright(["ingest", "a.json", "--require-organization", "--json"], { cwd });
      expect(document(strict.stdout)).toMatchObject({ rows: 1, rejected_log_records: 1 });
    });
  });

  test("writes the time as the table has it", async () => {
    await inFolder(async (cwd) => {
      const catalog = fileCatalog(join(cwd, "warehouse"));
      await catalog.ensureNamespace("telemetry");
      const { schema, options } = defineLogEvents({ timestampType: "timestamptz_ns" });
      await catalog.createTable("telemetry.log_events", schema, options);
      await writeFile(join(cwd, "a.json"), logs(record("a")));
      expect((await icewright(["ingest", "a.json"], { cwd })).status).toBe(0);
      const { stdout } = await icewright(
        ["scan", "telemetry.log_events", "--json", "--select", "event_timestamp"],
        { cwd },
      );
      expect(stdout).toBe('{"event_timestamp":"2025-10-01T00:00:00.000000001Z"}\n');
    });
  });

  test("shows how far it is on a terminal, and nothing of it elsewhere", async () => {
    await inFolder(async (cwd) => {
      await writeFile(join(cwd, "a.json"), logs(record("a")));
      const shown = await icewright(["ingest", "a.json"], { cwd, errorColumns: 80 });
      expect(shown.stderr).toContain("\r\x1b[2Ka.json  ");
      expect(shown.stderr).toContain("100 %  1 row");
      expect((await icewright(["ingest", "a.json"], { cwd })).stderr).not.toContain("\x1b");
    });
  });
});

describe("signalOfName()", () => {
  test.each([
    ["traces-10k.pb.gz", "traces"],
    ["otlp_logs.pb", "logs"],
    ["METRIC.bin", "metrics"],
    ["spans.pb", "traces"],
    ["dump.pb", undefined],
    ["logs-and-traces.pb", undefined],
  ])("%s is %s", (name, signal) => {
    expect(signalOfName(name)).toBe(signal);
  });
});

describe("signalOfJson()", () => {
  test.each([
    ['{"resourceSpans":[]}', "traces"],
    [
      ' \n{ "a\\"}": [1, {"resourceSpans": 2}], "b": {"resourceLogs": []}, "resourceMetrics" : []}',
      "metrics",
    ],
    ['{"x":"resourceSpans","resourceLogs":[', "logs"],
    ['{"resourceSpans', "traces"],
    ['{"x":{"resourceSpans":[]}}', undefined],
    ['["resourceSpans"]', undefined],
    ["{}", undefined],
    ['{"x\\', undefined],
    ["", undefined],
  ])("%s is %s", (text, signal) => {
    expect(signalOfJson(new TextEncoder().encode(text))).toBe(signal);
  });
});

describe("RowChannel", () => {
  test("keeps the order and makes the writer wait for room", async () => {
    const channel = new RowChannel<number>();
    const pushed: number[] = [];
    const writing = (async () => {
      for (let n = 0; n < 20; n++) {
        await channel.push(n);
        pushed.push(n);
      }
      channel.close();
    })();
    await new Promise((resolve) => setImmediate(resolve));
    expect(pushed.length).toBeLessThan(20);
    const read: number[] = [];
    for await (const n of channel) read.push(n);
    await writing;
    expect(read).toStrictEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  test("a fault reaches both sides and drops what waits", async () => {
    const channel = new RowChannel<number>();
    await channel.push(1);
    channel.fail(new Error("first"));
    channel.fail(new Error("second"));
    channel.close();
    await expect(channel.push(2)).rejects.toThrow("first");
    await expect(channel[Symbol.asyncIterator]().next()).rejects.toThrow("first");
  });
});
