/**
 * A plan as a DuckDB query: what is refused because the query would give other rows. DuckDB runs such queries in the
 * interop suite `plans`.
 */
import { describe, expect, it } from "vitest";
import { bind, eq, gt, isIn, lt, or } from "../../../src/expressions/index.ts";
import { defineSchema, memoryCatalog, optional, required, t } from "../../../src/index.ts";
import { type DuckdbQueryOptions, duckdbQuery, type FileScanTask } from "../../../src/planning/index.ts";
import { dataFile, equalityDeletes, schema } from "../commit/tables.ts";

const { fields } = schema;
const residual = bind(eq("id", 3n), schema);
const task: FileScanTask = {
  dataFile: dataFile("a"),
  spec: { specId: 0, fields: [] },
  sequenceNumber: 1,
  residual,
  deletes: [],
};
const options: DuckdbQueryOptions = { fields, filter: residual, schemas: [schema], hasNameMapping: false };

describe("duckdbQuery()", () => {
  it("carries the filter unless every file's residual is settled", () => {
    expect(duckdbQuery([task], options)).toMatch(/WHERE .*id.*3/s);
    const settled: FileScanTask = { ...task, residual: { op: "true" } };
    expect(duckdbQuery([settled], options)).not.toContain("WHERE");
    expect(duckdbQuery([settled, task], options)).toContain("WHERE");
  });

  it("names the columns selected and those of the filter, no others", () => {
    const query = duckdbQuery([task], { ...options, select: [fields[1]!] });
    expect(query).toMatch(/^SELECT\n {2}"category"\nFROM/);
    expect(query).toMatch(/ 1: \{name: 'id'.* 2: \{name: 'category'/s);
    const settled: FileScanTask = { ...task, residual: { op: "true" } };
    const all = { ...options, filter: { op: "true" } as const, select: [fields[1]!] };
    expect(duckdbQuery([settled], all)).not.toContain("'id'");
  });

  const file = (changes: object) => [{ ...task, dataFile: { ...task.dataFile, ...changes } }];

  it("escapes quotes in names and texts, and what is special in locations", () => {
    const odd = defineSchema({ 'a"b': optional(t.string()) });
    const filter = bind(eq('a"b', "it's \0"), odd);
    const query = duckdbQuery(file({ filePath: "file:///w[1]*?'s/a.parquet" }), {
      ...options,
      fields: odd.fields,
      schemas: [odd],
      filter,
    });
    expect(query).toContain(`'/w[[]1][*][?]''s/a.parquet'`);
    expect(query).toContain(`"a""b" = 'it''s ' || chr(0) || ''`);
  });

  it.each<[RegExp, Iterable<FileScanTask>, Partial<DuckdbQueryOptions>]>([
    [
      /1 delete files apply to .*a\.parquet/,
      [{ ...task, deletes: [{ dataFile: equalityDeletes("e"), sequenceNumber: 1 }] }],
      {},
    ],
    [/is avro, not Parquet/, file({ fileFormat: "avro" }), {}],
    [/a piece of/, [{ ...task, start: 50, length: 50 }], {}],
    [/backslash/, file({ filePath: "/a\\b*/c.parquet" }), {}],
    [/name mapping/, [task], { hasNameMapping: true }],
    [/no column is selected/, [task], { select: [] }],
    [
      /_file is not in the files/,
      [task],
      { select: [{ id: 2147483646, name: "_file", required: true, type: t.string() }] },
    ],
  ])("is refused as %s", (message, tasks, changes) => {
    expect(() => duckdbQuery(tasks, { ...options, ...changes })).toThrow(message);
    expect(() => duckdbQuery(tasks, { ...options, ...changes })).toThrow(
      expect.objectContaining({ code: "unsupported" }),
    );
  });

  it("is refused where names differ by case only, but not for others of the table", () => {
    const cased = defineSchema({ a: required(t.long()), A: required(t.long()), b: required(t.long()) });
    const [a, , b] = cased.fields;
    const context = { ...options, fields: cased.fields, schemas: [cased], filter: bind(gt("b", 1n), cased) };
    expect(() => duckdbQuery([task], context)).toThrow(/columns a and A for one/);
    expect(duckdbQuery([task], { ...context, select: [a!, b!] })).toContain('"a"');
  });
});

describe("scan.duckdbQuery()", () => {
  it("is refused for columns that were renamed or replaced inside, found by name there; others are told", async () => {
    const catalog = memoryCatalog();
    await catalog.createNamespace("ns");
    const nested = defineSchema({
      id: required(t.long()),
      kept: optional(t.struct({ x: optional(t.int()) })),
      renamed: optional(t.struct({ x: optional(t.int()) })),
      replaced: optional(t.list(t.struct({ x: optional(t.int()) }))),
    });
    let table = await catalog.createTable("ns.t", nested);
    await table.append([{ id: 1n }]);
    const { table: changed } = await (await table.refresh()).updateSchema((u) =>
      u
        .renameColumn("renamed.x", "y")
        .deleteColumn("replaced.element.x")
        .addColumn("kept.z", t.int())
        .updateColumn("kept.x", { type: t.long() }),
    );
    table = changed as unknown as typeof table;
    ({ table } = (await table.updateSchema((u) => u.addColumn("replaced.element.x", t.int()))) as never);
    const query = (select: readonly string[]) => table.scan({ select: select as never }).duckdbQuery();
    expect(await query(["id", "kept"])).toContain("STRUCT");
    await expect(query(["renamed"])).rejects.toThrow(/renamed was changed inside \(x\)/);
    await expect(query(["replaced"])).rejects.toThrow(/replaced was changed inside \(element.x\)/);
    const filter = or(eq("renamed.y", 1), lt("id", 5n));
    await expect(table.scan({ filter: filter as never, select: ["id"] }).duckdbQuery()).rejects.toThrow(
      /renamed/,
    );
    await expect(table.scan({ filter: isIn("id", [1n]) }).duckdbQuery()).rejects.toThrow(/renamed/);
  });
});
