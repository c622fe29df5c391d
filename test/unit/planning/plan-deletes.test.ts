/** Which delete files a plan looks at: only what can delete no row that the filter selects is left out (SCN-004, SCN-063). */
import { describe, expect, it } from "vitest";
import { and, type Expression, eq, gt, isNull, lt, or } from "../../../src/expressions/index.ts";
import type { DataFile } from "../../../src/manifests/index.ts";
import { Scan } from "../../../src/reading/index.ts";
import { simpleType } from "../../../src/schema/index.ts";
import { encodeValue } from "../../../src/values/index.ts";
import {
  dataFile,
  equalityDeletes,
  nameOf,
  positionDeletes,
  type WorldOptions,
  world,
} from "../commit/tables.ts";

const NONE: WorldOptions = { unpartitioned: true };
const unpartitioned = { specId: 0, partition: [] } as const;

/** A delete file whose metrics say these ids and this one category. */
function withMetrics(file: DataFile, ids: readonly [bigint, bigint], category?: string, nulls = 0): DataFile {
  const long = (value: bigint) => encodeValue(simpleType("long"), value);
  const text = category === undefined ? [] : [[2, encodeValue(simpleType("string"), category)] as const];
  return {
    ...file,
    recordCount: 2,
    valueCounts: new Map([1, 2].map((id) => [id, 2])),
    nullValueCounts: new Map([
      [1, 0],
      [2, nulls],
    ]),
    lowerBounds: new Map([[1, long(ids[0])], ...text]),
    upperBounds: new Map([[1, long(ids[1])], ...text]),
  };
}

/** The deletes that come with the data, by name, and why others did not. */
async function planned(
  commits: readonly (readonly DataFile[])[],
  filter: Expression,
  options: WorldOptions = {},
  data = dataFile("data", options.unpartitioned ? unpartitioned : {}),
) {
  const { change, latest } = await world(options);
  await change().append([data]).commit();
  for (const addedDeletes of commits)
    await change(await latest())
      .rowDelta({ addedDeletes })
      .commit();
  const scan = new Scan(await latest(), { filter });
  const { tasks, report } = await scan.plan();
  return {
    deletes: tasks.flatMap(({ deletes }) => deletes.map(({ dataFile: { filePath } }) => nameOf(filePath))),
    indexed: report.metrics.indexedDeleteFiles,
    skipped: report.skipped.map(({ level, rule, predicate }) => `${level}: ${rule}: ${predicate}`),
  };
}

describe("planDeletes()", () => {
  const far = withMetrics(equalityDeletes("far"), [50n, 60n]);
  const near = withMetrics(equalityDeletes("near"), [40n, 60n]);

  it("leaves out equality deletes whose values the filter excludes, to the value", async () => {
    expect(await planned([[far, near]], lt("id", 50n))).toEqual({
      deletes: ["near"],
      indexed: 1,
      skipped: ["delete-file: column-metrics: id < 50"],
    });
    expect(await planned([[far, near]], and(gt("id", 60n), eq("category", "a")))).toMatchObject({
      indexed: 0,
    });
    expect(await planned([[far, near]], lt("id", 51n))).toMatchObject({
      deletes: ["far", "near"],
      skipped: [],
    });
  });

  it("believes their metrics of the columns they compare alone", async () => {
    const other = { ...withMetrics(equalityDeletes("other"), [50n, 60n], "x"), ...unpartitioned };
    expect(await planned([[other]], eq("category", "a"), NONE)).toMatchObject({
      deletes: ["other"],
      skipped: [],
    });
    // One column of a predicate is not enough.
    const either = or(lt("id", 40n), eq("category", "a"));
    expect(await planned([[other]], either, NONE)).toMatchObject({ deletes: ["other"], skipped: [] });
    const both = { ...other, equalityIds: [1, 2] };
    expect(await planned([[both]], either, NONE)).toMatchObject({ deletes: [], indexed: 0 });
  });

  it("keeps deletes of nulls for filters that select nulls", async () => {
    const byCategory = (nulls: number) => ({
      ...withMetrics(equalityDeletes("byCategory"), [1n, 2n], "x", nulls),
      ...unpartitioned,
      equalityIds: [2],
    });
    expect(await planned([[byCategory(0)]], isNull("category"), NONE)).toMatchObject({ indexed: 0 });
    expect(await planned([[byCategory(1)]], isNull("category"), NONE)).toMatchObject({
      deletes: ["byCategory"],
    });
  });

  it("keeps position deletes whatever their metrics say", async () => {
    const positions = withMetrics(positionDeletes("positions"), [50n, 60n]);
    expect(await planned([[positions]], lt("id", 40n))).toMatchObject({
      deletes: ["positions"],
      skipped: [],
    });
  });

  it("leaves out deletes of partitions that the filter excludes, by file and by manifest", async () => {
    const [a, b] = ["a", "b"].map((category) => equalityDeletes(category, category)) as [DataFile, DataFile];
    const filter = eq("category", "a");
    expect(await planned([[a, b]], filter)).toEqual({
      deletes: ["a"],
      indexed: 1,
      skipped: ["delete-file: partition-value: category = 'a'"],
    });
    expect(await planned([[a], [b]], filter)).toEqual({
      deletes: ["a"],
      indexed: 1,
      skipped: ["delete-manifest: partition-summary: category = 'a'"],
    });
    expect(await planned([[positionDeletes("p", { ...b, content: "data" })]], filter)).toMatchObject({
      indexed: 0,
    });
  });

  it("reads the manifests of every spec: deletes without a partition are about all files", async () => {
    const { change, latest } = await world(NONE);
    const old = equalityDeletes("everywhere");
    await change()
      .append([dataFile("one", unpartitioned)])
      .commit();
    await change(await latest())
      .updateSpec((update) => update.addField("category"))
      .commit();
    await change(await latest())
      .append([dataFile("two", { specId: 1 })])
      .commit();
    await change(await latest())
      .rowDelta({
        addedDeletes: [equalityDeletes("local"), { ...old, ...unpartitioned }].map((file, at) => ({
          ...file,
          specId: 1 - at,
        })),
      })
      .commit();
    const { tasks } = await new Scan(await latest(), { filter: eq("category", "a") }).plan();
    const deletes = tasks.map(({ dataFile: { filePath }, deletes: found }) => [
      nameOf(filePath),
      found.map(({ dataFile: file }) => nameOf(file.filePath)).sort(),
    ]);
    expect(Object.fromEntries(deletes)).toEqual({ one: ["everywhere"], two: ["everywhere", "local"] });
  });
});
