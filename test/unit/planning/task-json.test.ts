/** Tasks and plans as JSON: what Java writes is read, what is written is read back (SCN-079). */
import { describe, expect, it } from "vitest";
import { type Json, parseJson, stringifyJson } from "../../../src/base/index.ts";
import { bind, type Expression, eq } from "../../../src/expressions/index.ts";
import {
  type FileScanTask,
  fileScanTaskFromJson,
  fileScanTaskToJson,
  planTableScanResultFromJson,
  planTableScanResultToJson,
} from "../../../src/planning/index.ts";
import { dataFile, equalityDeletes, positionDeletes, schema } from "../commit/tables.ts";

const spec = {
  specId: 0,
  fields: [{ sourceId: 2, fieldId: 1000, name: "category", transform: { kind: "identity" } as const }],
};

function task(changes: Partial<FileScanTask> = {}): FileScanTask {
  const file = dataFile("a", { ids: [1n, 9n] });
  const deletes = [
    { dataFile: equalityDeletes("e"), sequenceNumber: 7 },
    { dataFile: positionDeletes("p", file), sequenceNumber: 6 },
  ];
  const residual = bind(eq("id", 3n), schema);
  return { dataFile: file, spec, sequenceNumber: 5, residual, deletes, ...changes };
}

const travelled = (json: Parameters<typeof stringifyJson>[0]) => parseJson(stringifyJson(json));

describe("fileScanTaskFromJson()", () => {
  it("reads back what fileScanTaskToJson() writes, whole files and pieces", () => {
    for (const one of [task(), task({ start: 40, length: 60 }), task({ deletes: [] })])
      expect(fileScanTaskFromJson(travelled(fileScanTaskToJson(one, schema)))).toEqual(one);
  });

  /** In the form of Java's ScanTaskParser. */
  const java = `{
    "task-type": "file-scan-task",
    "schema": {"type": "struct", "schema-id": 0, "fields": [
      {"id": 1, "name": "id", "required": true, "type": "long"},
      {"id": 2, "name": "category", "required": false, "type": "string"}]},
    "spec": {"spec-id": 0, "fields": [
      {"name": "category", "transform": "identity", "source-id": 2, "field-id": 1000}]},
    "data-file": {"spec-id": 0, "content": "data", "file-path": "/t/a.parquet", "file-format": "parquet",
      "partition": ["a"], "file-size-in-bytes": 100, "record-count": 10, "sort-order-id": 0},
    "start": 0, "length": 50,
    "delete-files": [{"spec-id": 0, "content": "position-deletes", "file-path": "/t/d.parquet",
      "file-format": "parquet", "partition": ["a"], "file-size-in-bytes": 10, "record-count": 1}],
    "residual-filter": {"type": "eq", "term": "id", "value": 3}
  }`;

  it("reads a task of Java's; a data sequence number that is not told is unknown, not 0", () => {
    const read = fileScanTaskFromJson(parseJson(java));
    expect(read.dataFile).toMatchObject({ filePath: "/t/a.parquet", partition: ["a"], recordCount: 10 });
    expect([read.start, read.length]).toEqual([0, 50]);
    expect(read.deletes.map(({ dataFile: file }) => [file.content, file.filePath])).toEqual([
      ["position-deletes", "/t/d.parquet"],
    ]);
    expect(read.residual).toEqual(bind(eq("id", 3n), schema));
    expect(read.sequenceNumber).toBeUndefined();
    expect(read.deletes[0]!.sequenceNumber).toBeUndefined();
  });

  it("refuses deletes of another spec than the file's, which Java's form cannot say", () => {
    const deletes = [{ dataFile: { ...equalityDeletes("e"), specId: 1, partition: [] }, sequenceNumber: 7 }];
    expect(() => fileScanTaskToJson(task({ deletes }), schema)).toThrow(/e\.parquet is of spec 1.*REST form/);
    const specs = [spec, { specId: 1, fields: [] }];
    const json = planTableScanResultToJson([task({ deletes })], { schema, specs });
    expect(planTableScanResultFromJson(travelled(json), { schema, specs })).toEqual([task({ deletes })]);
  });

  it("names the member that does not fit", () => {
    expect(() => fileScanTaskFromJson(parseJson(java.replace('"start": 0', '"start": -1')))).toThrow(
      /start -1/,
    );
    expect(() => fileScanTaskFromJson(parseJson(java.replace('"file-scan-task"', '"other"')))).toThrow(
      /task-type "other"/,
    );
  });
});

describe("planTableScanResultFromJson()", () => {
  const context = { schema, specs: [spec] };

  it("reads back what planTableScanResultToJson() writes; a delete file that tasks share is there once", () => {
    const shared = [{ dataFile: equalityDeletes("e"), sequenceNumber: 7 }];
    const tasks = [task({ deletes: shared }), task({ dataFile: dataFile("b"), deletes: shared }), task()];
    const json = planTableScanResultToJson(tasks, context);
    expect(json["delete-files"]).toHaveLength(2);
    expect(planTableScanResultFromJson(travelled(json), context)).toEqual(tasks);
  });

  it("a task without residual gets the filter that was planned with, or true", () => {
    const json = planTableScanResultToJson([task()], context);
    const [{ "residual-filter": _, ...bare }] = json["file-scan-tasks"] as [Record<string, Json>];
    const without = travelled({ ...json, "file-scan-tasks": [bare!] });
    const read = (filter?: Expression) =>
      planTableScanResultFromJson(without, { ...context, ...(filter && { filter }) })[0]!.residual;
    expect(read(eq("id", 7n))).toEqual(bind(eq("id", 7n), schema));
    expect(read()).toEqual({ op: "true" });
  });

  it("an answer to fetchScanTasks, which has no status, is read", () => {
    const { status: _, ...tasks } = planTableScanResultToJson([task()], context);
    expect(planTableScanResultFromJson(travelled(tasks), context)).toEqual([task()]);
  });

  it("refuses plans that are not complete, and deletes that are not there", () => {
    expect(() => planTableScanResultFromJson({ status: "submitted" }, context)).toThrow(/submitted/);
    const json = planTableScanResultToJson([task()], context);
    expect(() => planTableScanResultFromJson(travelled({ ...json, "delete-files": [] }), context)).toThrow(
      /place among 0 delete files/,
    );
  });

  it("refuses pieces, which the form cannot say", () => {
    expect(() => planTableScanResultToJson([task({ start: 40, length: 60 })], context)).toThrow(
      /whole files/,
    );
  });
});
