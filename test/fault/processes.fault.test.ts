/** Several processes at one table of a file catalog: nothing is lost, nothing doubled, and a killed one harms nobody. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defineSchema, required, t } from "../../src/index.ts";
import { fileCatalog } from "../../src/node.ts";
import { raceFaults } from "./race-faults.ts";
import { filesBelow, SCRATCH } from "./schedule.ts";

const root = new URL("../..", import.meta.url).pathname;
const schema = defineSchema({ id: required(t.long()) });
let folder: string;
let writer: string;

/**
 * Waits for a line on its standard input, then appends `count` rows one by one; prints each once it is acknowledged.
 * With `turns` off it never queues behind other processes, with `give up` it goes on after a commit that lost.
 */
const WRITER = `
import { fileCatalog } from "./build/node.js";
const [warehouse, first, count, turns, whenLost] = process.argv.slice(2);
const catalog = fileCatalog(warehouse);
if (turns === "off") catalog.client.takeTurn = undefined;
console.log("ready");
await new Promise((go) => process.stdin.once("data", go));
process.stdin.destroy();
let table = await catalog.loadTable("ns.events");
for (let id = Number(first); id < Number(first) + Number(count); id++) {
  try {
    ({ table } = await table.append([{ id }]));
    console.log(id);
  } catch (error) {
    if (whenLost !== "give up" || error.code !== "commit-failed") throw error;
    console.log("lost");
  }
}
`;

beforeAll(() => {
  folder = mkdtempSync(join(SCRATCH, "icewright-processes-"));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const build = join(folder, "build");
  const only = ["--noCheck", "--declaration", "false"]; // `npm run check` checks.
  execFileSync("node", [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", build, ...only]);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writer = join(folder, "writer.js");
  writeFileSync(writer, WRITER);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Writer {
  readonly process: ChildProcess;
  readonly ready: Promise<unknown>;
  /** Ids acknowledged so far. */
  readonly acknowledged: bigint[];
  /** Lines about commits that lost. */
  readonly lost: string[];
  readonly ended: Promise<{ readonly code: number | null; readonly errors: string }>;
}

interface Manners {
  readonly turns?: "on" | "off";
  readonly whenLost?: "fail" | "give up";
}

function startWriter(warehouse: string, first: number, count: number, manners: Manners = {}): Writer {
  const { turns = "on", whenLost = "fail" } = manners;
  const process = spawn("node", [writer, warehouse, String(first), String(count), turns, whenLost]);
  const acknowledged: bigint[] = [];
  const lost: string[] = [];
  let errors = "";
  process.stderr.on("data", (text) => {
    errors += text;
  });
  const lines = createInterface({ input: process.stdout });
  const ready = new Promise((resolve) => {
    lines.on("line", (line) => {
      if (line === "ready") resolve(line);
      else if (line === "lost") lost.push(line);
      else acknowledged.push(BigInt(line));
    });
  });
  const ended = new Promise<{ code: number | null; errors: string }>((resolve) => {
    process.on("close", (code) => resolve({ code, errors }));
  });
  return { process, ready, acknowledged, lost, ended };
}

const PATIENT = {
  "commit.retry.num-retries": "100",
  "commit.retry.min-wait-ms": "5",
  "commit.retry.max-wait-ms": "100",
};

async function newTable(name: string, properties: Record<string, string> = PATIENT) {
  const warehouse = join(folder, name);
  mkdirSync(warehouse);
  const catalog = fileCatalog(warehouse);
  await catalog.createNamespace("ns");
  await catalog.createTable("ns.events", schema, { properties });
  const load = async () => (await fileCatalog(warehouse).loadTable("ns.events")).as(schema);
  return { warehouse, load };
}

async function idsOf(load: Awaited<ReturnType<typeof newTable>>["load"]): Promise<bigint[]> {
  const ids = (await (await load()).scan().toArray()).map(({ id }) => id);
  return ids.sort((a, b) => Number(a - b));
}

describe("processes that append to one table", () => {
  it.each([
    { processes: 2, turns: "on" },
    { processes: 8, turns: "on" },
    { processes: 4, turns: "off" },
  ] as const)(
    "$processes x 10 appends all land, each once, in one linear history without leftovers, turns $turns (CMT-001)",
    async ({ processes, turns }) => {
      const { warehouse, load } = await newTable(`shared-by-${processes}`);
      const numbers = Array.from({ length: processes }, (_, at) => at);
      const writers = numbers.map((at) => startWriter(warehouse, at * 100, 10, { turns }));
      await Promise.all(writers.map(({ ready }) => ready));
      for (const { process } of writers) process.stdin!.write("go\n");
      for (const { ended } of writers) expect(await ended).toEqual({ code: 0, errors: "" });

      const expected = numbers.flatMap((at) =>
        Array.from({ length: 10 }, (_, row) => BigInt(at * 100 + row)),
      );
      const appends = expected.length;
      expect(await raceFaults(await load(), expected)).toEqual([]);
      // A data file, a manifest, a list and a metadata file for each append, and the metadata of the creation.
      expect(await filesBelow(warehouse)).toHaveLength(4 * appends + 1);
    },
    180_000,
  );

  it("writers that give up after one attempt say so, and what is there is what was acknowledged", async () => {
    const { warehouse, load } = await newTable("impatient", { "commit.retry.num-retries": "0" });
    const writers = Array.from({ length: 4 }, (_, at) =>
      startWriter(warehouse, at * 100, 10, { turns: "off", whenLost: "give up" }),
    );
    await Promise.all(writers.map(({ ready }) => ready));
    for (const { process } of writers) process.stdin!.write("go\n");
    for (const { ended } of writers) expect(await ended).toEqual({ code: 0, errors: "" });

    const acknowledged = writers.flatMap((writer) => writer.acknowledged);
    const lost = writers.flatMap((writer) => writer.lost);
    expect(lost.length, "commits that lost").toBeGreaterThan(0);
    expect(acknowledged.length + lost.length).toBe(40);
    expect(await raceFaults(await load(), acknowledged)).toEqual([]);
    // What lost has left nothing: neither data nor manifests.
    expect(await filesBelow(warehouse)).toHaveLength(4 * acknowledged.length + 1);
  }, 180_000);

  it("a writer killed at any moment loses nothing acknowledged and needs no repair", async () => {
    const { warehouse, load } = await newTable("killed");
    const acknowledged: bigint[] = [];
    const begun: bigint[] = [];
    for (let round = 0; round < 6; round++) {
      const first = round * 1000;
      const { process, ready, acknowledged: own, ended } = startWriter(warehouse, first, 1000);
      await ready;
      process.stdin!.write("go\n");
      // Killed somewhere inside its third or a later append; how far it is then is chance.
      while (own.length < 2 + (round % 3)) await new Promise((resolve) => setTimeout(resolve, 1));
      process.kill("SIGKILL");
      await ended;
      acknowledged.push(...own);
      begun.push(BigInt(first + own.length));
      const seen = await idsOf(load);
      expect(new Set(seen).size, "none twice").toBe(seen.length);
      for (const id of acknowledged) expect(seen).toContain(id);
      for (const id of seen) expect([...acknowledged, ...begun], "none that was never sent").toContain(id);
    }
    const { table } = await (await load()).append([{ id: 9_999_999n }]);
    expect(await table.scan().count()).toBe((await idsOf(load)).length);
  }, 180_000);
});
