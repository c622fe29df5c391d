/** Counts and ranges from metadata: only where they are exact (SCN-043), and limits that deletes do not mislead. */
import { describe, expect, it } from "vitest";
import type { DataFile } from "../../../src/manifests/index.ts";
import { certainRows, exactRange, type FileScanTask } from "../../../src/planning/index.ts";
import { Scan } from "../../../src/reading/index.ts";
import {
  type Field,
  type PrimitiveType,
  type PrimitiveValue,
  simpleType,
} from "../../../src/schema/index.ts";
import { encodeValue } from "../../../src/values/index.ts";
import { dataFile, positionDeletes, world } from "../commit/tables.ts";

const LONG = simpleType("long");
const DOUBLE = simpleType("double");

interface Facts {
  readonly range?: readonly [PrimitiveValue, PrimitiveValue];
  readonly nulls?: number | undefined;
  readonly nans?: number | undefined;
}

function task(type: PrimitiveType, facts: Facts, changes: Partial<FileScanTask> = {}): FileScanTask {
  const { range, nulls = 0, nans } = facts;
  const hasNulls = !("nulls" in facts) || facts.nulls !== undefined;
  const file: DataFile = {
    ...dataFile("a"),
    valueCounts: new Map([[1, 10]]),
    ...(hasNulls && { nullValueCounts: new Map([[1, nulls]]) }),
    ...(nans !== undefined && { nanValueCounts: new Map([[1, nans]]) }),
    ...(range && {
      lowerBounds: new Map([[1, encodeValue(type, range[0])]]),
      upperBounds: new Map([[1, encodeValue(type, range[1])]]),
    }),
  };
  const spec = { specId: 0, fields: [] };
  return { dataFile: file, spec, sequenceNumber: 1, residual: { op: "true" }, deletes: [], ...changes };
}

const column = (type: PrimitiveType): Field => ({ id: 1, name: "n", required: false, type });
const range = (type: PrimitiveType, ...tasks: FileScanTask[]) => exactRange(tasks, column(type));
const deletes = [{ dataFile: positionDeletes("p"), sequenceNumber: 2 }];

describe("certainRows()", () => {
  it("tells the rows of whole files alone that neither filter nor deletes touch", () => {
    expect(certainRows(task(LONG, {}))).toBe(10);
    expect(certainRows(task(LONG, {}, { deletes }))).toBeUndefined();
    expect(certainRows(task(LONG, {}, { residual: { op: "false" } }))).toBeUndefined();
    expect(certainRows(task(LONG, {}, { start: 0, length: 5 }))).toBeUndefined();
  });
});

describe("exactRange()", () => {
  const known = task(LONG, { range: [3n, 7n] });

  it("is the least and greatest bound; files of nulls alone have no say (SCN-043)", () => {
    expect(range(LONG, known, task(LONG, { range: [-1n, 5n], nulls: 2 }))).toEqual({ min: -1n, max: 7n });
    expect(range(LONG, known, task(LONG, { nulls: 10 }))).toEqual({ min: 3n, max: 7n });
    expect(range(LONG, task(LONG, { nulls: 10 }))).toEqual({ min: undefined, max: undefined });
    expect(range(LONG)).toEqual({ min: undefined, max: undefined });
  });

  it.each<[string, FileScanTask]>([
    ["deletes apply", task(LONG, { range: [3n, 7n] }, { deletes })],
    ["the filter is not settled", task(LONG, { range: [3n, 7n] }, { residual: { op: "false" } })],
    ["bounds are missing", task(LONG, {})],
    ["nulls are not counted", task(LONG, { range: [3n, 7n], nulls: undefined })],
  ])("is not told where %s, be it of one file only", (_, one) => {
    expect(range(LONG, known, one)).toBeUndefined();
  });

  it("is not told of texts, whose bounds may be cut (SCN-043)", () => {
    const text = simpleType("string");
    expect(range(text, task(text, { range: ["a", "b"] }))).toBeUndefined();
  });

  it("is told of doubles only where NaN is counted and absent and no bound is zero (SCN-043)", () => {
    expect(range(DOUBLE, task(DOUBLE, { range: [1, 2], nans: 0 }))).toEqual({ min: 1, max: 2 });
    expect(range(DOUBLE, task(DOUBLE, { range: [1, 2], nans: 1 }))).toBeUndefined();
    expect(range(DOUBLE, task(DOUBLE, { range: [1, 2] }))).toBeUndefined();
    expect(range(DOUBLE, task(DOUBLE, { range: [0, 2], nans: 0 }))).toBeUndefined();
    expect(range(DOUBLE, task(DOUBLE, { range: [Number.NaN, 2], nans: 0 }))).toBeUndefined();
  });
});

describe("planFiles() with a limit", () => {
  it("stops at files certain to give the rows; one that deletes touch counts for none", async () => {
    const w = await world();
    const files = ["a", "b", "c"].map((name) => dataFile(name));
    const added = await w.change().fastAppend(files).commit();
    expect((await new Scan(added.table, { limit: 10 }).plan()).tasks).toHaveLength(1);
    expect((await new Scan(added.table, { limit: 11 }).plan()).tasks).toHaveLength(2);
    expect(await new Scan(added.table, { limit: 25 }).countFromMetadata()).toBe(25);
    const deleted = await w
      .change(added.table)
      .rowDelta({ addedDeletes: files.slice(0, 2).map((file, at) => positionDeletes(`p${at}`, file)) })
      .commit();
    const { tasks } = await new Scan(deleted.table, { limit: 5 }).plan();
    expect(tasks).toHaveLength(3);
    expect(tasks.map(({ deletes: applied }) => applied.length).sort()).toEqual([0, 1, 1]);
    expect(await new Scan(deleted.table).countFromMetadata()).toBeUndefined();
  });
});
