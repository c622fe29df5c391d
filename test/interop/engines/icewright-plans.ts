/** Our plans as JSON behind the protocol of the engines, and what tasks that somebody else wrote say to us. @module */

import { toHex } from "../../../src/base/index.ts";
import { alwaysTrue, type BoundExpression, type BoundPredicate } from "../../../src/expressions/index.ts";
import {
  fileScanTaskFromJson,
  fileScanTaskToJson,
  type Json,
  type JsonObject,
  parseJson,
  planTableScanResultFromJson,
  planTableScanResultToJson,
  stringifyJson,
  type Table,
} from "../../../src/index.ts";
import type { DataFile } from "../../../src/manifests/index.ts";
import { formatTransform, type PartitionSpec, partitionFields } from "../../../src/partitioning/index.ts";
import { type FileScanTask, scanReportToJson } from "../../../src/planning/index.ts";
import type { Scan } from "../../../src/reading/index.ts";
import type { PrimitiveType, PrimitiveValue, Schema, Type } from "../../../src/schema/index.ts";
import { canonicalJson } from "../../../src/values/index.ts";
import type { Request } from "./engine-icewright.ts";

type AnyScan = Scan<unknown>;
type AnyTable = Pick<Table, "metadata">;

export async function tasksToJson(scan: AnyScan, request: Request): Promise<readonly string[]> {
  const tasks = await planned(scan, request);
  return tasks.map((task) => stringifyJson(fileScanTaskToJson(task, scan.chosen.schema)));
}

export async function planToJson(scan: AnyScan, { metadata }: AnyTable): Promise<string> {
  const { tasks } = await scan.plan();
  const context = { schema: scan.chosen.schema, specs: metadata.partitionSpecs, planId: "plan" };
  return stringifyJson(planTableScanResultToJson(tasks, context));
}

/** The report of a plan, its filter left aside: Java hides the values in its own. */
export async function reportJson(scan: AnyScan): Promise<string> {
  const { report } = await scan.plan();
  return stringifyJson(scanReportToJson(report, { filter: alwaysTrue, fields: scan.fields }));
}

/** The tasks of a request: those it brings, else those of its scan. */
export async function tasksOf(
  scan: AnyScan,
  { metadata }: AnyTable,
  request: Request,
): Promise<readonly FileScanTask[]> {
  if (request.tasks !== undefined) return request.tasks.map((text) => fileScanTaskFromJson(parseJson(text)));
  if (request.plan === undefined) return planned(scan, request);
  const context = { schema: scan.chosen.schema, specs: metadata.partitionSpecs };
  return planTableScanResultFromJson(parseJson(request.plan), context);
}

/** As the Java oracle tells: see Plans.java. */
export async function tellTasks(
  scan: AnyScan,
  table: AnyTable,
  request: Request,
): Promise<readonly string[]> {
  const { schema } = scan.chosen;
  const specs = new Map(table.metadata.partitionSpecs.map((spec) => [spec.specId, spec]));
  const tasks = await tasksOf(scan, table, request);
  return tasks.map(({ dataFile, deletes, residual, start, length }) =>
    stringifyJson({
      file: fileRow(dataFile, specs, schema),
      first_row_id: dataFile.firstRowId ?? null,
      start: start ?? 0,
      length: length ?? dataFile.fileSizeInBytes,
      deletes: deletes
        .map(({ dataFile: file }) =>
          stringifyJson({
            ...fileRow(file, specs, schema),
            referenced_data_file: file.referencedDataFile ?? null,
            content_offset: file.contentOffset ?? null,
            content_size: file.contentSizeInBytes ?? null,
          }),
        )
        .sort()
        .map((text) => parseJson(text)),
      residual: operands("and", residual).filter((text) => text !== "true"),
    }),
  );
}

async function planned(scan: AnyScan, { split }: Request): Promise<readonly FileScanTask[]> {
  if (split === undefined) return (await scan.plan()).tasks;
  const tasks: FileScanTask[] = [];
  for await (const group of scan.planTasks({ splitSize: split, openFileCost: 0 })) tasks.push(...group.tasks);
  return tasks;
}

const CONTENTS = ["data", "position-deletes", "equality-deletes"];

function fileRow(file: DataFile, specs: ReadonlyMap<number, PartitionSpec>, schema: Schema): JsonObject {
  const spec = specs.get(file.specId)!;
  const fields = spec.fields.every(({ transform }) => transform.kind === "void")
    ? []
    : partitionFields(spec, schema);
  return {
    content: CONTENTS.indexOf(file.content),
    file_path: file.filePath,
    file_format: file.fileFormat.toUpperCase(),
    spec_id: file.specId,
    partition: Object.fromEntries(
      fields.map(({ name, type }, at) => [name, canonicalJson(type, file.partition[at] ?? null)]),
    ),
    record_count: file.recordCount,
    file_size_in_bytes: file.fileSizeInBytes,
    sort_order_id: file.sortOrderId ?? null,
    column_sizes: byId(file.columnSizes, Number),
    value_counts: byId(file.valueCounts, Number),
    null_value_counts: byId(file.nullValueCounts, Number),
    nan_value_counts: byId(file.nanValueCounts, Number),
    lower_bounds: byId(file.lowerBounds, toHex),
    upper_bounds: byId(file.upperBounds, toHex),
    split_offsets: file.splitOffsets ?? [],
    equality_ids: file.equalityIds ?? [],
  };
}

function byId<T>(map: ReadonlyMap<number, T> | undefined, show: (value: T) => Json): Json {
  return Object.fromEntries([...(map ?? [])].map(([id, value]) => [String(id), show(value)]));
}

/** Each operand in one exact form, nothing of how it was written left. */
function operands(op: "and" | "or", bound: BoundExpression): readonly string[] {
  const parts = bound.op === op ? bound.operands.flatMap((part) => operands(op, part)) : [exact(bound)];
  return [...new Set(parts)].sort();
}

function exact(bound: BoundExpression): string {
  switch (bound.op) {
    case "true":
    case "false":
      return bound.op;
    case "and":
    case "or":
      return `${bound.op}[${operands(bound.op, bound).join(", ")}]`;
    default:
      return predicate(bound);
  }
}

function predicate(bound: BoundPredicate): string {
  const { fieldId, transform, type } = bound.term;
  const term = transform === undefined ? `#${fieldId}` : `${formatTransform(transform)}(#${fieldId})`;
  const shown = (value: PrimitiveValue) =>
    bitsOf(type, value) ?? stringifyJson(canonicalJson(type as PrimitiveType, value));
  if ("value" in bound) return `${bound.op}(${term}, ${shown(bound.value)})`;
  if ("values" in bound) return `${bound.op}(${term}, [${bound.values.map(shown).sort().join(", ")}])`;
  return `${bound.op}(${term})`;
}

/** Numbers with a fraction by their bits: languages print them in different ways. */
function bitsOf({ kind }: Type, value: PrimitiveValue): string | undefined {
  const view = new DataView(new ArrayBuffer(kind === "double" ? 8 : 4));
  if (kind === "double") view.setFloat64(0, value as number);
  else if (kind === "float") view.setFloat32(0, value as number);
  else return undefined;
  return toHex(new Uint8Array(view.buffer));
}
