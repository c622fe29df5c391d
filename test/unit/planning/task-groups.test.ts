/** Splits where offsets cannot be believed, and the properties that set their size. */
import { describe, expect, it } from "vitest";
import { type FileScanTask, planTaskGroups, splitOptions, splitTask } from "../../../src/planning/index.ts";
import { dataFile, positionDeletes } from "../commit/tables.ts";

function task(size: number, splitOffsets?: readonly number[], name = "a"): FileScanTask {
  const file = dataFile(name);
  return {
    dataFile: { ...file, fileSizeInBytes: size, ...(splitOffsets && { splitOffsets }) },
    spec: { specId: 0, fields: [] },
    sequenceNumber: 1,
    residual: { op: "true" },
    deletes: [],
  };
}

const cuts = (one: FileScanTask, splitSize: number) =>
  splitTask(one, splitSize).map(({ start, length }) => [start, length]);

describe("splitTask()", () => {
  it("cuts at row groups; the first piece begins with the file (P57, SCN-008)", () => {
    expect(cuts(task(100, [4, 40, 70]), 10)).toEqual([
      [0, 40],
      [40, 30],
      [70, 30],
    ]);
    expect(cuts(task(100, [4]), 10)).toEqual([[0, 100]]);
  });

  it.each([
    ["missing", undefined],
    ["none", []],
    ["unsorted", [40, 4]],
    ["the same twice", [4, 40, 40]],
    ["past the end", [4, 100]],
    ["negative", [-1, 40]],
  ])("cuts evenly by size where offsets are %s (P57)", (_, offsets) => {
    expect(cuts(task(100, offsets), 60)).toEqual([
      [0, 60],
      [60, 40],
    ]);
    expect(cuts(task(100, offsets), 100)).toEqual([[0, 100]]);
  });

  it("leaves a piece as it is", () => {
    const piece = { ...task(100, [4, 40]), start: 40, length: 60 };
    expect(splitTask(piece, 10)).toEqual([piece]);
  });
});

describe("planTaskGroups()", () => {
  async function groups(tasks: readonly FileScanTask[], splitSize: number, lookback = 10, openFileCost = 0) {
    const found: string[] = [];
    for await (const group of planTaskGroups(tasks, { splitSize, lookback, openFileCost }))
      found.push(group.tasks.map(({ start, length }) => `${start}+${length}`).join(" "));
    return found;
  }

  it("joins pieces of one file that follow each other", async () => {
    expect(await groups([task(100, [4, 40, 70])], 70)).toEqual(["0+70", "70+30"]);
  });

  it("a file costs at least its opening, and so does each of its deletes", async () => {
    const small = [task(1, [0]), task(1, [0]), task(1, [0])];
    expect(await groups(small, 10, 10, 5)).toEqual(["0+1 0+1", "0+1"]);
    const deletes = [{ dataFile: positionDeletes("p"), sequenceNumber: 2 }];
    expect(
      await groups(
        small.map((one) => ({ ...one, deletes })),
        210,
        10,
        5,
      ),
    ).toEqual(["0+1 0+1", "0+1"]);
  });
});

describe("splitOptions()", () => {
  it("takes options before properties before Iceberg's defaults", () => {
    expect(splitOptions(new Map())).toEqual({
      splitSize: 134_217_728,
      lookback: 10,
      openFileCost: 4_194_304,
    });
    const properties = new Map([
      ["read.split.target-size", "1000"],
      ["read.split.planning-lookback", "3"],
      ["read.split.open-file-cost", "0"],
    ]);
    expect(splitOptions(properties)).toEqual({ splitSize: 1000, lookback: 3, openFileCost: 0 });
    expect(splitOptions(properties, { splitSize: 7 }).splitSize).toBe(7);
  });

  it.each(["0", "-1", "1.5", "big"])("refuses a target size of %s, naming the property", (text) => {
    expect(() => splitOptions(new Map([["read.split.target-size", text]]))).toThrow(
      /read\.split\.target-size.*whole number from 1/,
    );
  });
});
