import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseJson } from "../../../src/base/index.ts";
import { fileCatalog, openTable } from "../../../src/node.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { icewright, makeFolder, type Outcome, removeFolder } from "./harness.ts";

let cwd = "";
beforeAll(async () => {
  cwd = await makeFolder();
  const catalog = fileCatalog(join(cwd, "warehouse"));
  await catalog.ensureNamespace("ns");
  const properties = { kept: "1", gone: "2", ugly: "a\u001b[31mb\nc" };
  await catalog.createTable("ns.t", defineSchema({ id: required(t.long()) }), { properties });
});
afterAll(async () => {
  await removeFolder(cwd);
});
const properties = async (...argv: string[]): Promise<Outcome> =>
  await icewright(["properties", ...argv], { cwd });

describe("properties", () => {
  test("lists them sorted and harmless", async () => {
    const { status, stdout } = await properties("ns.t");
    expect(status).toBe(0);
    expect(stdout).toBe("gone = 2\nicewright.publish = link\nkept = 1\nugly = a\\u001b[31mb\\nc\n");
  });

  test("sets and removes several in one commit and prints the outcome", async () => {
    const argv = [
      "ns.t",
      "--set",
      "a=x=y",
      "--set",
      "empty=",
      "--unset",
      "gone",
      "--unset",
      "ugly",
      "--json",
    ];
    const { status, stdout, stderr } = await properties(...argv);
    expect([status, stderr]).toStrictEqual([0, expect.stringContaining("committed 4 changes")]);
    expect(parseJson(stdout)).toMatchObject({
      table: "ns.t",
      format_version: 2,
      properties: { a: "x=y", empty: "", "icewright.publish": "link", kept: "1" },
    });
    const table = await openTable(join(cwd, "warehouse/ns/t"));
    expect(Object.fromEntries(table.properties)).toMatchObject({ a: "x=y", kept: "1" });
    expect(table.properties.has("gone")).toBe(false);
    expect(table.metadata.metadataLog).toHaveLength(1);
  });

  test("format-version upgrades", async () => {
    await properties("ns.t", "--set", "format-version=3");
    expect((await openTable(join(cwd, "warehouse/ns/t"))).metadata.formatVersion).toBe(3);
  });

  test.each([
    [["ns.t", "--set", "novalue"], 2, "--set takes key=value"],
    [["ns.t", "--set", "=x"], 2, "--set takes key=value"],
    [["ns.t", "--set", "k=1", "--unset", "k"], 1, "[invalid-argument]"],
    [["ns.t", "--set", "uuid=1"], 1, "[invalid-argument]"],
    [["warehouse/ns/t", "--set", "k=1"], 1, "it is a path, and only a catalog commits"],
    [["ns.none", "--set", "k=1"], 1, "[no-such-table]"],
  ])("%j fails", async (argv, expected, message) => {
    const { status, stderr } = await properties(...argv);
    expect([status, stderr]).toStrictEqual([expected, expect.stringContaining(message)]);
  });

  test("reads by path", async () => {
    expect((await properties("warehouse/ns/t")).stdout).toContain("kept = 1");
  });
});
