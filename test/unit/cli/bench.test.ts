/** `icewright bench pruning` and its picture. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { barChartSvg } from "../../../src/cli/bar-chart.ts";
import { displayWidth } from "../../../src/cli/terminal.ts";
import { asc, defineSchema, identity, required, t } from "../../../src/index.ts";
import { fileCatalog } from "../../../src/node.ts";
import { icewright, inFolder } from "./harness.ts";

const schema = defineSchema({ org: required(t.string()), id: required(t.int()) });

/** A table of two tenants with a file of 1,000 rows each. */
async function withTable<T>(body: (cwd: string) => Promise<T>): Promise<T> {
  return await inFolder(async (cwd) => {
    const catalog = fileCatalog(join(cwd, "warehouse"));
    await catalog.ensureNamespace("ns");
    const table = await catalog.createTable("ns.t", schema, {
      partitionSpec: [identity("org")],
      sortOrder: [asc("id")],
    });
    await table.append(Array.from({ length: 2000 }, (_, id) => ({ org: id % 2 ? "a" : "b", id })));
    return await body(cwd);
  });
}

describe("icewright bench pruning", () => {
  it("--json tells files, bytes and rows kept of each filter beside the full scan", async () => {
    await withTable(async (cwd) => {
      const where = ["--where", "org = 'a'", "--where", "id = 7", "--where", "org = 'none'"];
      const argv = ["bench", "pruning", "ns.t", ...where, "--rounds", "1", "--json"];
      const { status, stdout, stderr } = await icewright(argv, { cwd });
      expect(stderr).toBe("");
      expect(status).toBe(0);
      const { table, queries } = JSON.parse(stdout);
      expect(table).toBe("ns.t");
      expect(queries.map(({ query, where }: Record<string, unknown>) => [query, where])).toEqual([
        ["full scan", null],
        ["org = 'a'", "org = 'a'"],
        ["id = 7", "id = 7"],
        ["org = 'none'", "org = 'none'"],
      ]);
      const [full, tenant, one, none] = queries;
      expect(full).toMatchObject({
        files: { kept: 2, total: 2 },
        rows: { kept: 2000, total: 2000 },
        matches: 2000,
      });
      expect(full.bytes.kept).toBeGreaterThanOrEqual(full.bytes.total - 100);
      expect(tenant).toMatchObject({ files: { kept: 1, total: 2 }, rows: { kept: 1000 }, matches: 1000 });
      expect(tenant.bytes.kept).toBeLessThan(full.bytes.kept);
      expect(tenant.bytes.kept).toBeGreaterThan(0);
      expect(one).toMatchObject({ files: { kept: 2, total: 2 }, matches: 1 });
      expect(none).toMatchObject({
        manifests: { kept: 0, total: 1 },
        files: { kept: 0 },
        bytes: { kept: 0 },
        matches: 0,
      });
    });
  });

  it("prints a table and draws a picture", async () => {
    await withTable(async (cwd) => {
      const argv = ["bench", "pruning", "ns.t", "--where", "org = 'a'", "--rounds", "1", "--svg", "p.svg"];
      const { status, stdout } = await icewright(argv, { cwd });
      expect(status).toBe(0);
      expect(stdout).toMatch(/full scan +1 of 1 +2 of 2/);
      expect(stdout).toMatch(/^1 {2}org = 'a'$/m);
      expect(stdout).toMatch(/^1 +1 of 1 +1 of 2/m);
      const svg = await readFile(join(cwd, "p.svg"), "utf8");
      expect(svg).toContain("1 of 2 files, 1,000 matches");
      // Bars without names before them leave more room for what is said behind them.
      expect(svg).toContain('<rect class="whole" x="24"');
      expect(svg.match(/ns\.t/g)).toHaveLength(2);
    });
  });

  it("takes the progress bar away before the table, which keeps within the terminal", async () => {
    await withTable(async (cwd) => {
      const where = `org = 'a' AND id > 0 AND ${Array.from({ length: 9 }, (_, i) => `id <> ${i}`).join(" AND ")}`;
      const argv = ["bench", "pruning", "ns.t", "--where", where, "--rounds", "1"];
      const written: string[] = [];
      const { status, stdout } = await icewright(argv, { cwd, columns: 80, errorColumns: 80, written });
      expect(status).toBe(0);
      const table = stdout.slice(stdout.indexOf("filter")).split("\n");
      for (const line of table) expect(displayWidth(line)).toBeLessThanOrEqual(80);
      expect(stdout).toMatch(/no room for: .*row groups/);
      // Both streams are one screen: the last text before the first result erases the line.
      const first = written.findIndex((text) => text.includes("org = 'a'"));
      expect(written.slice(0, first).at(-1)).toBe("\r\x1b[2K");
    });
  });

  it("--svg into a folder that is not there is told with the file's name", async () => {
    await withTable(async (cwd) => {
      const argv = ["bench", "pruning", "ns.t", "--where", "id = 1", "--rounds", "1", "--svg", "none/p.svg"];
      const { status, stderr } = await icewright(argv, { cwd });
      expect(status).toBe(1);
      expect(stderr).toMatch(/Cannot write none\/p\.svg.*\[io-failed\]/);
    });
  });

  it.each([
    [["bench", "speed", "ns.t", "--where", "id = 1"], /no benchmark "speed"/],
    [["bench", "pruning", "ns.t"], /at least one --where/],
    [["bench", "pruning", "ns.t", "--where", "id = 1", "--rounds", "0"], /--rounds takes 1 or more/],
  ])("%j is wrong usage", async (argv, why) => {
    await inFolder(async (cwd) => {
      const { status, stderr } = await icewright(argv, { cwd });
      expect(status).toBe(2);
      expect(stderr).toMatch(why);
    });
  });
});

describe("barChartSvg()", () => {
  it("draws bars as long as their shares, at least visible, and escapes every text", () => {
    const svg = barChartSvg({
      title: "a < b",
      subtitle: '"quoted"',
      groups: [
        {
          title: "x & y",
          bars: [
            { series: "half", share: 0.5, label: "50 %" },
            { series: "little", share: 0.0001, label: "0.01 %" },
            { series: "none", share: 0, label: "0 %" },
          ],
        },
      ],
    });
    const widths = [...svg.matchAll(/width="([\d.]+)" height="16" rx="2" fill/g)].map(([, width]) =>
      Number(width),
    );
    expect(widths).toEqual([215, 2, 0]);
    expect(svg).toContain("a &lt; b");
    expect(svg).toContain("&quot;quoted&quot;");
    expect(svg).toContain("x &amp; y");
    expect(svg.match(/</g)?.length).toBe(svg.match(/>/g)?.length);
  });
});
