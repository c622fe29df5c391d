/** `icewright ingest` of the Codon fixture and what `scan` reads back, against the independent oracle. @module */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { icewright } from "../../unit/cli/harness.ts";

const otlp = new URL("../../../../shared/otlp/codon/", import.meta.url);

interface Totals {
  readonly rows: number;
  readonly rejected_spans: number;
  readonly rejected: readonly unknown[];
  readonly partitions: readonly { readonly name: string; readonly rows: number }[];
}

async function oracle(name: string): Promise<readonly Record<string, unknown>[]> {
  const text = await readFile(new URL(name, otlp), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function sorted(rows: readonly Record<string, unknown>[]): readonly Record<string, unknown>[] {
  return [...rows].sort((a, b) => (String(a.span_id) < String(b.span_id) ? -1 : 1));
}

describe.each(["traces.pb", "traces.json"])("icewright ingest codon/%s", (file) => {
  let cwd = "";
  let totals: Totals;
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), "icewright-codon-"));
    const { status, stdout, stderr } = await icewright(
      ["ingest", fileURLToPath(new URL(file, otlp)), "--json"],
      { cwd },
    );
    expect([status, stderr]).toStrictEqual([0, expect.stringContaining("358 spans, 285 rows, 73 rejected")]);
    totals = JSON.parse(stdout) as Totals;
  });
  afterAll(async () => {
    await rm(cwd, { recursive: true, force: true });
  });

  test("gives 285 rows and names the 73 rejections", async () => {
    expect([totals.rows, totals.rejected_spans]).toStrictEqual([285, 73]);
    expect(totals.rejected).toStrictEqual(
      (await oracle("expected-rejected-spans.jsonl")).map(({ trace_id, span_id, name, missing }) => ({
        trace_id,
        span_id,
        name,
        missing,
      })),
    );
  });

  test("has partitions 2025-09 and 2025-10 by organization", () => {
    expect(totals.partitions.map(({ name }) => name)).toStrictEqual(
      ["2025-09", "2025-10"].flatMap((month) =>
        ["ORG_00aa11bb", "ORG_4f1b6c7e", "ORG_9a20d3c1"].map(
          (organization) => `event_timestamp_month=${month} organization_id=${organization}`,
        ),
      ),
    );
    expect(totals.partitions.reduce((sum, { rows }) => sum + rows, 0)).toBe(285);
  });

  test("scan --json reads back the oracle's rows", async () => {
    const { stdout } = await icewright(["scan", "telemetry.trace_events", "--json"], { cwd });
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => {
        const { raw_attributes_json, ...columns } = JSON.parse(line) as Record<string, unknown>;
        expect(typeof raw_attributes_json).toBe("string");
        return columns;
      });
    const expected = (await oracle("expected-trace_events.jsonl")).map(
      ({ partition: _, ...columns }) => columns,
    );
    expect(sorted(rows)).toStrictEqual(sorted(expected));
  });
});
