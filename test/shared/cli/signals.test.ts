/** `icewright ingest` of the shared logs, metrics and broken bodies. @module */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { icewright } from "../../unit/cli/harness.ts";

const otlp = new URL("../../../../shared/otlp/", import.meta.url);
const pathOf = (name: string) => fileURLToPath(new URL(name, otlp));

let cwd = "";
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "icewright-signals-"));
});
afterAll(async () => {
  await rm(cwd, { recursive: true, force: true });
});

async function ingest(file: string, warehouse: string): Promise<Record<string, unknown>> {
  const argv = ["ingest", pathOf(file), "--warehouse", warehouse, "--json"];
  const { status, stdout, stderr } = await icewright(argv, { cwd });
  expect([status, stderr]).toStrictEqual([0, expect.stringContaining("rows, 0 rejected")]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function rowsOf(table: string, warehouse: string): Promise<Record<string, unknown>[]> {
  const { stdout } = await icewright(["scan", table, "--warehouse", warehouse, "--json"], { cwd });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe.each(["logs.pb", "logs.json"])("icewright ingest codon/%s", (file) => {
  test("gives the oracle's 243 rows", async () => {
    const report = await ingest(`codon/${file}`, file);
    expect(report).toMatchObject({ table: "telemetry.log_events", log_records: 243, rows: 243 });
    const text = await readFile(new URL("codon/expected-log_events.jsonl", otlp), "utf8");
    const expected = text
      .trimEnd()
      .split("\n")
      .map((line) => {
        const { partition: _, ...row } = JSON.parse(line) as Record<string, unknown>;
        return JSON.stringify(Object.entries(row).sort());
      });
    const found = (await rowsOf("telemetry.log_events", file)).map((row) => {
      const { log_id, raw_attributes_json, ...columns } = row;
      expect([typeof log_id, typeof raw_attributes_json]).toStrictEqual(["string", "string"]);
      return JSON.stringify(Object.entries(columns).sort());
    });
    const withoutOwn = expected.map((entries) =>
      JSON.stringify(
        (JSON.parse(entries) as [string, unknown][]).filter(
          ([name]) => name !== "log_id" && name !== "raw_attributes_json",
        ),
      ),
    );
    expect(found.sort()).toStrictEqual(withoutOwn.sort());
  });
});

describe("icewright ingest of metrics", () => {
  const kinds = ["gauge", "sum", "histogram", "exponential_histogram", "summary"];
  test.each(kinds)("%s: protobuf and JSON Lines give the same rows", async (kind) => {
    const warehouses = [`${kind}-pb`, `${kind}-jsonl`];
    await ingest(`otlp2parquet/metrics_${kind}.pb`, warehouses[0]!);
    await ingest(`otlp2parquet/metrics_${kind}.jsonl`, warehouses[1]!);
    const [pb, jsonl] = await Promise.all(
      warehouses.map(async (warehouse) =>
        (await rowsOf("telemetry.metric_events", warehouse)).map((row) => JSON.stringify(row)).sort(),
      ),
    );
    expect(pb!.length).toBeGreaterThan(0);
    expect(jsonl).toStrictEqual(pb);
    const types = new Set(pb!.map((row) => (JSON.parse(row) as { metric_type: string }).metric_type));
    expect([...types].map((type) => type.toLowerCase().replaceAll("_", ""))).toStrictEqual([
      kind.replaceAll("_", ""),
    ]);
  });

  test.each(["proto-examples/metrics.json", "js-sdk/metrics.pb", "duckdb-otlp/metrics_all_types.jsonl"])(
    "%s is written whole",
    async (file) => {
      const { rows } = await ingest(file, file.replaceAll("/", "-"));
      expect(await rowsOf("telemetry.metric_events", file.replaceAll("/", "-"))).toHaveLength(Number(rows));
    },
  );
});

describe("icewright ingest invalid/", () => {
  const where: Readonly<Record<string, RegExp>> = {
    "log_invalid_severity.json": /\$\.resourceLogs\[0\]\.scopeLogs\[0\]\.logRecords\[0\]\.severityNumber/,
    "malformed.json": /at offset \d+ near/,
    "metrics_invalid_temporality.json": /\.sum\.aggregationTemporality/,
    "trace_invalid_base64.json": /\.spans\[0\]\.traceId/,
    "trace_invalid_kind.json": /\.spans\[0\]\.kind/,
    "trace_mixed_encoding.json": /\.spans\[0\]\.traceId/,
  };

  test("has no body this test does not know", async () => {
    expect((await readdir(new URL("invalid/", otlp))).sort()).toStrictEqual(Object.keys(where));
  });

  test.each(Object.entries(where))(
    "%s writes nothing and says where decoding stopped",
    async (file, place) => {
      const argv = ["ingest", pathOf("codon/logs.pb"), pathOf(`invalid/${file}`), "--warehouse", "none"];
      const { status, stdout, stderr } = await icewright(argv, { cwd });
      expect([status, stdout]).toStrictEqual([1, ""]);
      expect(stderr).toMatch(place);
      expect(stderr).toContain("[invalid-payload]");
      await expect(readdir(join(cwd, "none"))).rejects.toThrow("ENOENT");
    },
  );
});
