/** The picture of a plan: what is drawn, counted and left out. That it is XML, Python says in the interop suite `plans`. */
import { describe, expect, it } from "vitest";
import {
  defineSchema,
  type ExplainedFile,
  eq,
  identity,
  memoryCatalog,
  optional,
  type PlanExplanation,
  planSvg,
  type SkipReason,
  type Table,
  t,
} from "../../../src/index.ts";

async function tableOf(partitions: readonly string[], commits = 1): Promise<Table> {
  const catalog = memoryCatalog();
  await catalog.createNamespace("ns");
  const schema = defineSchema({ org: optional(t.string()), n: optional(t.int()) });
  let table = await catalog.createTable("ns.t", schema, { partitionSpec: [identity("org")] });
  for (let n = 0; n < commits && partitions.length > 0; n++)
    ({ table } = await table.append(partitions.map((org) => ({ org, n }))));
  return table as unknown as Table;
}

const count = (svg: string, pattern: RegExp) => svg.match(pattern)?.length ?? 0;

describe("planSvg()", () => {
  it("draws a square for each file and counts what became of them", async () => {
    const table = await tableOf(["a", "b", "c"], 4);
    const svg = planSvg(await table.scan({ filter: eq("org", "b") }).explain());
    // Beside the squares of the files: one of the legend, one part of the bar of the whole.
    expect(count(svg, /<rect class="kept"/g)).toBe(4 + 2);
    expect(count(svg, /<rect class="partition"/g)).toBe(8 + 2);
    expect(svg).toContain("4 of 12 files to read, 67 % skipped");
    expect(svg).toContain(">4 to read<");
    expect(svg).toContain(">8 skipped by partition value<");
    expect(svg).not.toContain("skipped by column bounds");
    // What is read comes first.
    expect(svg.indexOf(">b<title>")).toBeLessThan(svg.indexOf(">a<title>"));
  });

  it("escapes what XML reserves and replaces what it cannot hold", async () => {
    const names = ["<b>&amp;", `"it's"`, "nul\u0000", "bell\u0007 \uffff"];
    const table = await tableOf(names);
    const svg = planSvg(await table.scan({ filter: eq("org", "<b>&amp;") }).explain());
    expect(svg).toContain("&lt;b&gt;&amp;amp;");
    expect(svg).toContain("&quot;it's&quot;");
    for (const character of ["\u0000", "\u0007", "\uffff"]) expect(svg).not.toContain(character);
    expect(svg).toContain("bell\ufffd \ufffd");
  });

  it("draws at most the rows asked for, skipped partitions up to twenty, and tells of the others", async () => {
    const names = Array.from({ length: 100 }, (_, at) => `org_${String(at).padStart(3, "0")}`);
    const table = await tableOf(names);
    const some = await table.scan({ filter: eq("org", "org_050") }).explain();
    const rows = (svg: string) => count(svg, /<g>/g);
    expect(rows(planSvg(some))).toBe(20);
    expect(planSvg(some)).toContain("and 80 more partitions: 0 of 80 files to read");
    const all = await table.scan().explain();
    expect(rows(planSvg(all))).toBe(60);
    expect(planSvg(all)).toContain("and 40 more partitions: 40 of 40 files to read");
    expect(rows(planSvg(all, { maxPartitions: 5 }))).toBe(5);
  });

  it("draws bars where a partition has many files, none of what occurs thinner than a hair", async () => {
    const { entries, ...rest } = await (await tableOf(["a"])).scan().explain();
    const reason: SkipReason = { level: "file", rule: "column-metrics", predicate: "n = 1", column: "n" };
    const { task: _, ...skipped } = entries[0]!;
    const files: ExplainedFile[] = [entries[0]!, ...Array(3000).fill({ ...skipped, skipped: reason })];
    const explanation: PlanExplanation = { ...rest, entries: files };
    const svg = planSvg(explanation);
    expect(count(svg, /<rect class="(kept|metrics)"/g)).toBe(2 * 3);
    for (const [, width] of svg.matchAll(/<rect class="kept"[^>]* width="([\d.]+)"/g))
      expect(Number(width)).toBeGreaterThanOrEqual(2);
    expect(svg).toContain("the length of a bar is the number of files");
    expect(svg.length).toBeLessThan(10_000);
  });

  it("draws a table without files", async () => {
    expect(planSvg(await (await tableOf([])).scan().explain())).toContain("0 of 0 files to read");
  });
});
