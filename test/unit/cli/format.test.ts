import { describe, expect, test } from "vitest";
import { IcebergError } from "../../../src/base/index.ts";
import { failureText } from "../../../src/cli/failure.ts";
import { byteSize, cellOf, count, grouped, labelled } from "../../../src/cli/format.ts";
import { openLines } from "../../../src/cli/open-elsewhere.ts";
import { otlpFileKind } from "../../../src/cli/otlp-files.ts";
import { rejectionText } from "../../../src/cli/rejections.ts";
import { reportJson, scanSummary, scanSummaryLine } from "../../../src/cli/scan-summary.ts";
import { SIGNALS } from "../../../src/cli/signals.ts";
import { PLAIN } from "../../../src/cli/terminal.ts";
import { type ScanReport, ScanReporter } from "../../../src/planning/index.ts";
import { t } from "../../../src/schema/index.ts";

describe("counts and sizes", () => {
  test("group digits and name one thing", () => {
    expect(grouped(1234567)).toBe("1,234,567");
    expect(grouped(12n)).toBe("12");
    expect([count(1, "row"), count(0, "row"), count(2000, "row")]).toStrictEqual([
      "1 row",
      "0 rows",
      "2,000 rows",
    ]);
    expect([byteSize(0), byteSize(1023), byteSize(1024), byteSize(5 * 2 ** 30)]).toStrictEqual([
      "0 B",
      "1023 B",
      "1.0 KiB",
      "5.0 GiB",
    ]);
    expect(
      labelled([
        ["a", "1"],
        ["long", "2"],
      ]),
    ).toBe("a     1\nlong  2");
  });
});

describe("cellOf()", () => {
  test("is canonical JSON, text without quotes", () => {
    expect(cellOf(t.string(), "a")).toBe("a");
    expect(cellOf(t.long(), 2n ** 62n)).toBe("4611686018427387904");
    expect(cellOf(t.timestamptz(), 1n)).toBe("1970-01-01T00:00:00.000001Z");
    expect(cellOf(t.double(), Number.NaN)).toBe("NaN");
    expect(cellOf(t.string(), null)).toBeNull();
  });
});

describe("openLines()", () => {
  test("are shell words with the absolute path", () => {
    const lines = openLines("file:///w/t/metadata/v1.metadata.json");
    expect(lines.duckdb).toBe(
      "duckdb -c \"INSTALL iceberg; LOAD iceberg; SELECT * FROM iceberg_scan('/w/t/metadata/v1.metadata.json')\"",
    );
    expect(lines.pyiceberg).toContain("StaticTable.from_metadata('/w/t/metadata/v1.metadata.json')");
    expect(lines.spark).toContain("org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0");
    expect(lines.spark).toContain("load('file:///w/t/metadata/v1.metadata.json')");
  });

  test("quote for SQL, Python and the shell what paths may hold", () => {
    const lines = openLines("/a'b/$HOME/v1.metadata.json");
    expect(lines.duckdb).toContain(String.raw`iceberg_scan('\''/a'\'''\''b/$HOME/v1.metadata.json'\'')'`);
    expect(lines.pyiceberg).toContain(String.raw`'\''/a\'\''b/$HOME/v1.metadata.json'\''`);
  });
});

describe("otlpFileKind()", () => {
  test.each([
    ["traces.pb", "application/x-protobuf", false, false],
    ["TRACES.PB.GZ", "application/x-protobuf", false, true],
    ["a.binpb", "application/x-protobuf", false, false],
    ["a.json", "application/json", false, false],
    ["a.jsonl", "application/json", true, false],
    ["a.b.ndjson.gz", "application/json", true, true],
  ] as const)("%s", (name, contentType, lines, gzip) => {
    expect(otlpFileKind(name)).toStrictEqual({ contentType, lines, gzip });
  });

  test("knows no other endings", () => {
    for (const name of ["a.txt", "a.gz", "pb", "json.gz", "a.parquet"])
      expect(otlpFileKind(name)).toBeUndefined();
  });
});

describe("rejectionText()", () => {
  test("groups by missing columns, largest first, and names the first three", () => {
    const span = (name: string, ...missing: readonly string[]) => ({ label: name, missing, json: {} });
    const text = rejectionText(
      [
        span("x", "logic_id", "nodespec_id"),
        ...["a", "b", "c", "d"].map((name) => span(name, "nodespec_id")),
      ],
      SIGNALS.traces,
    );
    expect(text.split("\n")).toStrictEqual([
      "5 spans rejected for lack of a value the table requires (--json lists all)",
      "  4 without nodespec_id, such as",
      "    a",
      "    b",
      "    c",
      "  1 without logic_id, nodespec_id, such as",
      "    x",
    ]);
  });

  test("says nothing of nothing", () => expect(rejectionText([], SIGNALS.logs)).toBe(""));
});

describe("scan summaries", () => {
  const reporter = new ScanReporter();
  Object.assign(reporter.metrics, {
    totalDataManifests: 3,
    scannedDataManifests: 1,
    resultDataFiles: 2,
    resultRecords: 50,
  });
  reporter.skip("manifest", "partition-summary", "org = 'a'", { files: 4, rows: 1000 });
  reporter.skip("manifest", "no-live-files", "", { files: 0, rows: 0 });
  reporter.skip("file", "column-metrics", "id = 5", { files: 1, rows: 20 });
  const report: ScanReport = {
    tableName: "a.b",
    snapshotId: 2n ** 62n,
    schemaId: 0,
    filter: "org = 'a' AND id = 5",
    projectedFields: ["id"],
    metrics: reporter.metrics,
    skipped: reporter.skipped,
  };

  test("scanSummary() adds up and names rules and predicates", () => {
    expect(scanSummary(report).split("\n")).toStrictEqual([
      "manifests   1 of 3 read, 2 skipped",
      "    1 by partition-summary  org = 'a'  (1,000 rows)",
      "    1 by no-live-files",
      "files       2 of 7 to read, 5 skipped",
      "    4 in skipped manifests",
      "    1 by column-metrics  id = 5  (20 rows)",
      "rows        50 of 1,070 in files to read, 1,020 skipped",
    ]);
    expect(scanSummaryLine(report)).toBe("manifests 1 of 3, files 2 of 7");
  });

  test("reportJson() has the same numbers", () => {
    expect(reportJson(report)).toMatchObject({
      table: "a.b",
      snapshot_id: 2n ** 62n,
      manifests: { total: 3, read: 1, skipped: 2 },
      files: { total: 7, to_read: 2, skipped: 5 },
      rows: { total: 1070, to_read: 50, skipped: 1020 },
    });
  });
});

describe("failureText()", () => {
  const plain = { paint: PLAIN, verbose: false };

  test("tells message, code and hint of a typed error", () => {
    const error = new IcebergError("no-such-file", "Cannot read a\x1b: gone", { context: { hint: "look" } });
    expect(failureText(error, plain)).toBe("error: Cannot read a\\u001b: gone [no-such-file]\nhint: look");
  });

  test("keeps the caret line of a filter", () => {
    const error = new IcebergError("invalid-expression", "Cannot parse\n  a =\n    ^");
    expect(failureText(error, plain)).toBe("error: Cannot parse [invalid-expression]\n  a =\n    ^");
  });

  test("shows stacks and causes only when asked", () => {
    const error = new TypeError("boom", { cause: new Error("deeper") });
    expect(failureText(error, plain)).toBe(
      "error: unexpected: boom\nhint: run it again with --verbose for the stack",
    );
    expect(failureText(error, { ...plain, verbose: true })).toMatch(
      /TypeError: boom\n.*[\s\S]*caused by:\nError: deeper/,
    );
  });
});
