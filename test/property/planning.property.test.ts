/** Plans of random tables: residuals and explanations (SCN-049, SCN-051), splits (P57), ranges of appends (P58). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluator } from "../../src/expressions/index.ts";
import { alwaysTrue, defineSchema, MemoryFileIO, memoryCatalog, required, t } from "../../src/index.ts";
import type { DataFile } from "../../src/manifests/index.ts";
import { type FileScanTask, planTaskGroups, splitTask } from "../../src/planning/index.ts";
import { Scan } from "../../src/reading/index.ts";
import { arbitraryPlannedTable, type PlannedTable, predicateHolds } from "../../src/testing/index.ts";

async function scanOf({ metadata, files, filter }: PlannedTable) {
  const io = new MemoryFileIO();
  for (const [location, bytes] of files) await io.create(location, bytes);
  const identifier = { namespace: ["laws"], name: "planned" };
  return new Scan({ identifier, metadata, metadataLocation: `${metadata.location}/v1.json`, io }, { filter });
}

describe("planFiles()", () => {
  it("the residuals of planned files give the rows of the filter over all rows (SCN-045, SCN-049, SCN-051)", async () => {
    const seen = { settled: 0, shortened: 0, skipped: 0 };
    await fc.assert(
      fc.asyncProperty(arbitraryPlannedTable(), async (table) => {
        const scan = await scanOf(table);
        const { tasks } = await scan.plan();
        const found = new Map<string, unknown[]>();
        for (const { dataFile, residual } of tasks) {
          const rows = table.rows.get(dataFile.filePath)!;
          found.set(dataFile.filePath, rows.filter(evaluator(residual)));
          if (residual.op === "true") seen.settled++;
        }
        seen.skipped += table.rows.size - tasks.length;
        for (const [path, rows] of table.rows) {
          const wanted = rows.filter((row) => predicateHolds(table.filter, table.schema, row));
          expect(found.get(path) ?? [], path).toEqual(wanted);
        }
      }),
      { numRuns: 100 },
    );
    expect(seen.settled, "residuals must be settled at times").toBeGreaterThan(5);
    expect(seen.skipped, "files must be skipped at times").toBeGreaterThan(5);
  });
});

describe("explainPlan()", () => {
  it("what is considered is skipped or kept at every level, and the rules add up to what is skipped", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryPlannedTable(), async (table) => {
        const scan = await scanOf(table);
        const { tasks } = await scan.plan();
        const { report, manifests, files, rowGroups, rows, bytes, rules, entries } = await scan.explain();
        for (const share of [manifests, files, rowGroups, rows, bytes])
          expect(share.skipped + share.kept).toBe(share.considered);
        expect(files.considered).toBe(table.rows.size);
        expect(files.kept).toBe(tasks.length);
        expect(rows.considered).toBe([...table.rows.values()].flat().length);
        const sum = (of: (rule: (typeof rules)[number]) => number) =>
          rules.reduce((total, rule) => total + of(rule), 0);
        expect(sum((rule) => rule.files)).toBe(files.skipped);
        expect(sum((rule) => rule.rows)).toBe(rows.skipped);
        expect(sum((rule) => rule.bytes)).toBe(bytes.skipped);
        expect(sum((rule) => rule.manifests)).toBe(manifests.skipped);
        for (const { task, skipped } of entries) expect(task === undefined).toBe(skipped !== undefined);
        const { totalDataManifests, scannedDataManifests, skippedDataManifests, resultDataFiles } =
          report.metrics;
        expect([totalDataManifests, scannedDataManifests, skippedDataManifests]).toEqual([
          manifests.considered,
          manifests.kept,
          manifests.skipped,
        ]);
        expect(resultDataFiles).toBe(files.kept);
      }),
      { numRuns: 50 },
    );
  });
});

const size = fc.integer({ min: 1, max: 1000 });
const file = fc.record({
  size,
  offsets: fc.option(fc.array(fc.integer({ min: 0, max: 1100 }), { maxLength: 5 }), { nil: undefined }),
  isOrdered: fc.boolean(),
  deletes: fc.array(size, { maxLength: 2 }),
});
type FilePlan = typeof file extends fc.Arbitrary<infer F> ? F : never;

function taskOf({ size, offsets, isOrdered, deletes }: FilePlan, at: number): FileScanTask {
  const fileOf = (filePath: string, fileSizeInBytes: number): DataFile => ({
    content: "data",
    filePath,
    fileFormat: "parquet",
    specId: 0,
    partition: [],
    recordCount: 10,
    fileSizeInBytes,
  });
  const splitOffsets = isOrdered ? offsets?.toSorted((a, b) => a - b) : offsets;
  return {
    dataFile: { ...fileOf(`f${at}`, size), ...(splitOffsets && { splitOffsets }) },
    spec: { specId: 0, fields: [] },
    sequenceNumber: 1,
    residual: { op: "true" },
    deletes: deletes.map((bytes, number) => ({
      dataFile: { ...fileOf(`d${at}-${number}`, bytes), content: "position-deletes" },
      sequenceNumber: 2,
    })),
  };
}

/** Pieces of a file in order of their place must lie end to end from its first byte to its last. */
function expectCovered(task: FileScanTask, pieces: readonly FileScanTask[]): void {
  const inOrder = pieces
    .map((piece) => [piece.start ?? 0, piece.length ?? piece.dataFile.fileSizeInBytes] as const)
    .sort(([a], [b]) => a - b);
  let end = 0;
  for (const [start, length] of inOrder) {
    expect(start).toBe(end);
    expect(length).toBeGreaterThan(0);
    end = start + length;
  }
  expect(end).toBe(task.dataFile.fileSizeInBytes);
  for (const piece of pieces) {
    expect(piece.deletes).toEqual(task.deletes);
    expect(piece.residual).toBe(task.residual);
    expect(piece.sequenceNumber).toBe(task.sequenceNumber);
  }
}

describe("splitTask() and planTaskGroups()", () => {
  it("pieces cover each file exactly once, with all its deletes, whatever its offsets say (P57, SCN-008)", () => {
    fc.assert(
      fc.property(file, fc.integer({ min: 1, max: 1200 }), (plan, splitSize) => {
        const task = taskOf(plan, 0);
        expectCovered(task, splitTask(task, splitSize));
      }),
      { numRuns: 300 },
    );
  });

  it("groups hold every piece once and stay within the target unless one piece is heavier (P57, SCN-008)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(file, { maxLength: 8 }),
        fc.record({
          splitSize: fc.integer({ min: 1, max: 1200 }),
          lookback: fc.integer({ min: 1, max: 4 }),
          openFileCost: fc.integer({ min: 0, max: 300 }),
        }),
        async (plans, options) => {
          const tasks = plans.map(taskOf);
          const groups = await collected(planTaskGroups(tasks, options));
          const pieces = groups.flatMap((group) => group.tasks);
          for (const task of tasks) {
            expectCovered(
              task,
              pieces.filter(({ dataFile }) => dataFile === task.dataFile),
            );
          }
          expect(new Set(pieces.map(({ dataFile }) => dataFile)).size).toBe(tasks.length);
          for (const { tasks: held, sizeBytes } of groups) {
            expect(held.length).toBeGreaterThan(0);
            if (held.length > 1) expect(sizeBytes).toBeLessThanOrEqual(options.splitSize);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("scan({ appended })", () => {
  it("gives what the appends of a range added, cut anywhere; other commits add nothing (P58, SCN-074)", async () => {
    const schema = defineSchema({ n: required(t.long()) });
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant("append" as const) },
      fc.constantFrom("delete" as const, "properties" as const),
    );
    const ends = fc.tuple(fc.nat(), fc.nat());
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 6 }),
        fc.array(ends, { minLength: 1, maxLength: 4 }),
        async (steps, cuts) => {
          const catalog = memoryCatalog();
          await catalog.createNamespace("ns");
          let table = await catalog.createTable("ns.t", schema, {
            properties: { "commit.manifest.min-count-to-merge": "2" },
          });
          /** Rows by the snapshot that appended them, in order of history. */
          const history: { readonly id: bigint; readonly added: readonly bigint[] }[] = [];
          let n = 0n;
          for (const one of steps) {
            const before = table.currentSnapshot?.snapshotId;
            const added = one === "append" ? [n++, n++] : [];
            if (one === "append") ({ table } = await table.append(added.map((value) => ({ n: value }))));
            else if (one === "delete") ({ table } = await table.delete(alwaysTrue));
            else ({ table } = await table.updateProperties({ set: { a: String(n) } }));
            const id = table.currentSnapshot?.snapshotId;
            if (id !== undefined && id !== before) history.push({ id, added });
          }
          if (history.length === 0) return;
          for (const [one, other] of cuts) {
            const [first, last] = [one % history.length, other % history.length].sort((a, b) => a - b);
            const between = { from: history[first!]!.id, to: history[last!]!.id };
            const rows = async (appended: object) =>
              (await table.scan({ appended }).toArray()).map((row) => row.n).sort((a, b) => Number(a - b));
            const added = (from: number) => history.slice(from, last! + 1).flatMap((each) => each.added);
            expect(await rows(between)).toEqual(added(first!));
            expect(await rows({ after: between.from, to: between.to })).toEqual(added(first! + 1));
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
