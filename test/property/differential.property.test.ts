/**
 * Planned = unplanned, whatever happened to a table and whatever is asked: every way to read gives the rows of a model
 * that keeps all rows and looks at each (P20, P21, P30, P31, P54, P57, P58; SCN-001, SCN-051).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toArrowTable } from "../../src/arrow/index.ts";
import { toHex } from "../../src/base/index.ts";
import { alwaysTrue, type Expression, ManifestCache, type Table } from "../../src/index.ts";
import { Scan, type ScanOptions } from "../../src/reading/index.ts";
import type { PrimitiveType, Schema, StructValue, Value } from "../../src/schema/index.ts";
import { arbitraryPredicate, predicateHolds } from "../../src/testing/index.ts";
import { compareValues, toRowValue } from "../../src/values/index.ts";
import { EvolvingTable, type ModelRow } from "./evolving-table.ts";
import { runs } from "./runs.ts";

/** What must have happened for the test to mean anything. */
const seen = {
  skippedFiles: 0,
  skippedManifests: 0,
  skippedDeletes: 0,
  inside: new Map<string, number>(),
  matched: 0,
  known: 0,
};

describe("a table of any history", () => {
  it("gives the rows of the model to every way of reading, filtered and pruned in any way", async () => {
    const done = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (draw) => {
        const model = new EvolvingTable(draw);
        await model.create();
        for (let left = model.number(0, 7); left > 0; left--) await model.step();
        for (const [what, count] of model.done) done.set(what, (done.get(what) ?? 0) + count);
        if (model.snapshots.length === 0) return;
        await checkNow(model, draw);
        await checkThen(model, draw);
        await checkAppends(model, draw);
      }),
      runs(25),
    );
    for (const kind of ["equality", "positions", "schema", "spec", "remove", "replace", "upgrade"])
      expect(done.get(kind) ?? 0, `${kind} must happen`).toBeGreaterThan(0);
    expect(seen.skippedFiles, "files must be skipped").toBeGreaterThan(10);
    expect(seen.skippedManifests, "manifests must be skipped").toBeGreaterThan(0);
    expect(seen.skippedDeletes, "delete files must be skipped").toBeGreaterThan(0);
    expect(seen.matched, "rows must match").toBeGreaterThan(50);
    expect(seen.known, "metadata must know answers").toBeGreaterThan(5);
    for (const rule of ["row-group-statistics", "page-index"])
      expect(seen.inside.get(rule) ?? 0, `${rule} must skip something`).toBeGreaterThan(0);
  }, 600_000);
});

/** The current snapshot, under the table's schema. */
async function checkNow(model: EvolvingTable, draw: fc.GeneratorValue): Promise<void> {
  const { table } = model;
  const { schema } = table;
  const live = model.snapshots.at(-1)!.live;
  const rows = live.map((row) => ({ row, held: model.shown(row, schema) }));
  const helds = rows.map(({ held }) => held);
  await expectRows(table, {}, helds);
  const cache = new ManifestCache(1 << 20);
  for (let left = 3; left > 0; left--) {
    const filter = left === 1 ? model.picking(schema) : draw(arbitraryPredicate, schema, helds);
    const wanted = rows.filter(({ held }) => predicateHolds(filter, schema, held));
    await expectRows(
      table,
      { filter, manifestCache: cache },
      wanted.map(({ held }) => held),
    );
    await expectParts(model, filter, wanted, draw);
  }
  await expectAnswers(table, alwaysTrue, helds);
}

/** Few columns with reserved ones, batches of few rows, limits, splits, Arrow, deleted rows. */
async function expectParts(
  model: EvolvingTable,
  filter: Expression,
  wanted: readonly { row: ModelRow; held: StructValue }[],
  draw: fc.GeneratorValue,
): Promise<void> {
  const { table } = model;
  const { schema } = table;
  const select = draw(
    fc.shuffledSubarray as typeof fc.subarray<string>,
    schema.fields.map(({ name }) => name),
  );
  const places = wanted.map(({ row, held }) =>
    text([row.file.filePath, BigInt(row.position), ...select.map((name) => outward(schema, held)[name])]),
  );
  const batchSize = model.number(1, 4);
  const some = new Scan(table, { filter, select: ["_file", "_pos", ...select], batchSize });
  const found = (await some.toArray()).map((row) => text(Object.values(row)));
  expect(found.sort()).toEqual([...places].sort());
  // Cut and packed in any way, groups give the same rows.
  const options = { splitSize: model.number(400, 4000), lookback: 2, openFileCost: 0 };
  const pieces: string[] = [];
  for await (const { tasks } of some.planTasks(options)) {
    for await (const row of some.rows({ tasks })) pieces.push(text(Object.values(row)));
  }
  expect(pieces.sort(), "pieces").toEqual([...places].sort());
  const limit = model.number(0, wanted.length + 1);
  const limited = await new Scan(table, { filter, limit, select: ["_file", "_pos", ...select] }).toArray();
  const left = [...places];
  for (const row of limited) {
    const at = left.indexOf(text(Object.values(row)));
    expect(at, "a row that was not given before").toBeGreaterThanOrEqual(0);
    left.splice(at, 1);
  }
  expect(limited.length, "limited").toBe(Math.min(limit, places.length));
  expect(await new Scan(table, { filter, limit }).count()).toBe(Math.min(limit, places.length));
  const marked = await new Scan(table, {
    filter,
    select: ["_deleted", "_file", "_pos", ...select],
  }).toArray();
  const kept = marked.flatMap(({ _deleted, ...row }) => (_deleted ? [] : [text(Object.values(row))]));
  expect(kept.sort(), "not deleted").toEqual([...places].sort());
  const arrow = await toArrowTable(
    new Scan(table, { filter, select: ["_pos", "_file", ...select], batchSize }),
  );
  const rows = arrow.toArray().map((row) => `${row._file} ${row._pos}`);
  expect(rows.sort(), "Arrow").toEqual(
    wanted.map(({ row }) => `${row.file.filePath} ${row.position}`).sort(),
  );
  await expectAnswers(
    table,
    filter,
    wanted.map(({ held }) => held),
  );
}

/** What metadata alone answers is right, or it does not answer. */
async function expectAnswers(
  table: Table,
  filter: Expression,
  wanted: readonly StructValue[],
): Promise<void> {
  const count = await table.scan({ filter }).countFromMetadata();
  if (count !== undefined) expect(count).toBe(wanted.length);
  for (const { name, type } of table.schema.fields) {
    const range = await table.scan({ filter }).rangeFromMetadata(name);
    if (range === undefined) continue;
    seen.known++;
    const values = wanted.flatMap((row) => (row[name] === null ? [] : [row[name] as never]));
    const ordered = values.sort(compareValues(type as PrimitiveType));
    expect([range.min, range.max], `range of ${name}`).toEqual([ordered[0], ordered.at(-1)]);
  }
}

/** Snapshots of the past by id, under the schema of their time. */
async function checkThen(model: EvolvingTable, draw: fc.GeneratorValue): Promise<void> {
  for (const { id, schema, live } of model.someOf(model.snapshots, 2)) {
    const helds = live.map((row) => model.shown(row, schema));
    const filter = draw(arbitraryPredicate, schema, helds);
    const wanted = helds.filter((held) => predicateHolds(filter, schema, held));
    await expectRows(model.table, { at: { snapshotId: id }, filter }, wanted, schema);
  }
}

/** Ranges of appends: the rows of snapshots that only appended, whatever was deleted or rewritten since (SCN-074). */
async function checkAppends(model: EvolvingTable, draw: fc.GeneratorValue): Promise<void> {
  const { table, snapshots } = model;
  const { schema } = table;
  const [from, to] = [model.number(0, snapshots.length - 1), model.number(0, snapshots.length - 1)].sort(
    (a, b) => a - b,
  ) as [number, number];
  const added = snapshots.slice(from, to + 1).flatMap(({ appended = [] }) => appended);
  const helds = added.map((row) => model.shown(row, schema));
  const filter = draw(arbitraryPredicate, schema, helds);
  const appended = { from: snapshots[from]!.id, to: snapshots[to]!.id };
  const wanted = helds.filter((held) => predicateHolds(filter, schema, held));
  await expectRows(table, { appended, filter }, wanted);
}

async function expectRows(
  table: Table,
  options: ScanOptions,
  wanted: readonly StructValue[],
  schema: Schema = table.schema,
): Promise<void> {
  const scan = new Scan(table, options);
  const found = (await scan.toArray()).map((row) => text(row));
  expect(found.sort()).toEqual(wanted.map((held) => text(outward(schema, held))).sort());
  const { skippedDataFiles, skippedDataManifests } = scan.report.metrics;
  seen.skippedFiles += skippedDataFiles;
  seen.skippedManifests += skippedDataManifests;
  for (const { level, rule, files } of scan.report.skipped) {
    if (level === "delete-file" || level === "delete-manifest") seen.skippedDeletes += files;
    seen.inside.set(rule, (seen.inside.get(rule) ?? 0) + 1);
  }
  seen.matched += found.length;
  expect(await new Scan(table, options).count()).toBe(wanted.length);
}

function outward(schema: Schema, held: StructValue): Record<string, Value | null> {
  return toRowValue(schema.asStruct(), held) as Record<string, Value | null>;
}

/** Nothing that differs looks the same. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === "bigint") return `${each}n`;
    if (each instanceof Uint8Array) return `x${toHex(each)}`;
    if (typeof each === "number" && (Object.is(each, -0) || !Number.isFinite(each)))
      return Object.is(each, -0) ? "-0" : `${each}`;
    return each;
  });
}
