import { describe, expect, test } from "vitest";
import { fileCatalog } from "../../../src/node.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { icewright, inFolder } from "./harness.ts";

const schema = defineSchema({ id: required(t.long()) });
const LATER = "2999-01-01";

async function withTable<T>(body: (cwd: string) => Promise<T>): Promise<T> {
  return await inFolder(async (cwd) => {
    const catalog = fileCatalog(`${cwd}/warehouse`);
    await catalog.createNamespace("ns");
    let table = await catalog.createTable("ns.t", schema);
    for (const id of [1n, 2n, 3n]) table = (await table.append([{ id }])).table;
    return await body(cwd);
  });
}

describe("expire", () => {
  test("forgets what is older than a time and says what went", () =>
    withTable(async (cwd) => {
      const dry = await icewright(["expire", "ns.t", "--older-than", LATER, "--dry-run"], { cwd });
      expect([dry.status, dry.stderr]).toStrictEqual([0, ""]);
      expect(dry.stdout).toMatch(/2 snapshots would go/);
      const run = await icewright(["expire", "ns.t", "--older-than", LATER], { cwd });
      expect(run.stdout).toMatch(/2 snapshots gone[\s\S]*0 data files[\s\S]*2 manifest lists/);
      const again = await icewright(["expire", "ns.t", "--older-than", LATER], { cwd });
      expect(again.stdout).toBe("ns.t: nothing to forget\n");
      const scan = await icewright(["scan", "ns.t", "--json"], { cwd });
      expect(scan.stdout.trim().split("\n")).toHaveLength(3);
    }));

  test("--json is one document", () =>
    withTable(async (cwd) => {
      const argv = ["expire", "ns.t", "--older-than", LATER, "--retain-last", "2", "--json"];
      const { stdout } = await icewright(argv, { cwd });
      expect(JSON.parse(stdout)).toMatchObject({
        table: "ns.t",
        dry_run: false,
        snapshots: [{ committed_at: expect.any(String) }],
        refs: [],
        files: { data_files: [], manifest_lists: [expect.stringContaining("snap-")] },
        problems: [],
      });
    }));

  test("an age keeps what is younger; --keep-files deletes nothing; --snapshot takes one away", () =>
    withTable(async (cwd) => {
      expect((await icewright(["expire", "ns.t", "--older-than", "1h"], { cwd })).stdout).toContain(
        "nothing",
      );
      const listed = await icewright(["snapshots", "ns.t", "--json"], { cwd });
      const first = /"snapshot_id":(\d+)/.exec(listed.stdout)![1]!;
      const argv = ["expire", "ns.t", "--snapshot", first, "--keep-files"];
      expect((await icewright(argv, { cwd })).stdout).toMatch(/1 snapshot gone[\s\S]*0 manifest lists/);
    }));

  test.each([
    [["--older-than", "soon"], /--older-than takes/],
    [["--retain-last", "0"], /--retain-last takes 1 or more/],
    [["--snapshot", "x"], /--snapshot takes a snapshot id/],
  ])("wrong usage: %j", async (flags, message) => {
    const { status, stderr } = await icewright(["expire", "ns.t", ...flags], { cwd: "/" });
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("refuses a path, which cannot be committed to", () =>
    withTable(async (cwd) => {
      const { status, stderr } = await icewright(["expire", "./warehouse/ns/t"], { cwd });
      expect(status).toBe(1);
      expect(stderr).toMatch(/only a catalog commits/);
    }));
});
