/** `icewright plan`: explanation, picture and query of a plan. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isJsonObject, parseJson } from "../../../src/base/index.ts";
import { openTable } from "../../../src/node.ts";
import {
  type FileScanTask,
  fileScanTaskFromJson,
  planTableScanResultFromJson,
  scanTaskGroupFromJson,
} from "../../../src/planning/index.ts";
import { icewright, makeFolder, removeFolder, SAMPLE } from "./harness.ts";

const TABLE = "telemetry.trace_events";
const TENANT = ["--tenant", "org_aurora"];
let cwd: string;

beforeAll(async () => {
  cwd = await makeFolder();
  expect((await icewright(["ingest", SAMPLE], { cwd })).status).toBe(0);
});
afterAll(() => removeFolder(cwd));

async function plan(...flags: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await icewright(["plan", TABLE, ...flags], { cwd });
  expect(status, stderr).toBe(0);
  return stdout;
}

describe("plan", () => {
  test("--tenant --json plans that tenant's files alone; --explain adds up", async () => {
    const json = parseJson(await plan(...TENANT, "--explain", "--json"));
    if (!isJsonObject(json)) throw new Error("not an object");
    const tasks = json.tasks as readonly { readonly file: string }[];
    expect(tasks.length).toBeGreaterThan(0);
    for (const { file } of tasks) expect(file).toContain("organization_id=org_aurora");
    const { files, rows } = json.explained as unknown as Record<string, Record<string, number>>;
    expect(files).toEqual({ considered: 9, skipped: 9 - tasks.length, kept: tasks.length });
    expect(rows!.considered).toBe(rows!.skipped! + rows!.kept!);
  });

  test("--explain tells what each predicate saved", async () => {
    const text = await plan(...TENANT, "--explain");
    expect(text).toMatch(/considered\s+skipped\s+kept/);
    expect(text).toContain("organization_id = 'org_aurora'");
  });

  test("--svg writes a well-formed picture, with the filter's signs escaped", async () => {
    await plan("--where", "organization_id < 'a&b<c'", "--svg", "plan.svg");
    const svg = await readFile(join(cwd, "plan.svg"), "utf8");
    expect(svg).toContain("a&amp;b&lt;c");
    expect(svg).toContain("organization_id &lt; ");
    expectWellFormed(svg);
  });

  test("--for duckdb prints a query of the selected columns over the tenant's files", async () => {
    const flags = [...TENANT, "--for", "duckdb", "--select", "trace_id,organization_id"];
    const query = await plan(...flags);
    expect(query).toMatch(/^SELECT\n {2}"trace_id",\n {2}"organization_id"\nFROM read_parquet\(/);
    expect(query).toContain("organization_id=org_aurora");
    expect(parseJson(await plan(...flags, "--json"))).toEqual({ duckdb: query.trimEnd() });
  });

  test("--for rest, java and workers print what is read back as the tenant's plan", async () => {
    const table = await openTable(join(cwd, "warehouse/telemetry/trace_events"));
    const { tasks: planned } = await table.scan({ tenant: "org_aurora" }).plan();
    const paths = planned.map(({ dataFile }) => dataFile.filePath).sort();
    const pathsOf = (tasks: readonly FileScanTask[]) => tasks.map(({ dataFile }) => dataFile.filePath).sort();
    const lines = async (form: string) =>
      (await plan(...TENANT, "--for", form))
        .trimEnd()
        .split("\n")
        .map((line) => parseJson(line));

    const rest = parseJson(await plan(...TENANT, "--for", "rest"));
    const context = { schema: table.schema, specs: table.metadata.partitionSpecs };
    expect(pathsOf(planTableScanResultFromJson(rest, context))).toEqual(paths);
    expect(pathsOf((await lines("java")).map(fileScanTaskFromJson))).toEqual(paths);
    const groups = (await lines("workers")).map(scanTaskGroupFromJson);
    expect(pathsOf(groups.flatMap(({ tasks }) => tasks))).toEqual(paths);
    const rows = await table.scan().toArray({ tasks: groups.flatMap(({ tasks }) => tasks) });
    expect(rows).toHaveLength(await table.scan({ tenant: "org_aurora" }).count());
  });

  test("--for takes no other word", async () => {
    const { status, stderr } = await icewright(["plan", TABLE, "--for", "spark"], { cwd });
    expect([status, stderr]).toEqual([2, expect.stringContaining("duckdb, rest, java, workers")]);
  });
});

/** Tags nest, and no bare sign stands in text. */
function expectWellFormed(xml: string): void {
  const open: string[] = [];
  for (const [, closing, name, rest] of xml.matchAll(/<(\/?)([a-z]+)([^<>]*)>/g)) {
    if (closing === "/") expect(open.pop()).toBe(name);
    else if (!rest!.endsWith("/")) open.push(name!);
  }
  expect(open).toEqual([]);
  const text = xml.replaceAll(/<\/?[a-z]+[^<>]*>/g, "");
  expect(text).not.toMatch(/[<>]/);
  expect(text).not.toMatch(/&(?!amp;|lt;|gt;|quot;)/);
}
