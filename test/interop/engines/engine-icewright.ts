/**
 * Our own reader behind the protocol of the engines, so that the code that judges others on our tables judges us on
 * theirs.
 * @module
 */
import { readFileSync } from "node:fs";
import { type Json, stringifyJson, toHex } from "../../../src/base/index.ts";
import {
  and,
  type Expression,
  type LiteralInput,
  literalPredicate,
  not,
  or,
  setPredicate,
  unaryPredicate,
} from "../../../src/expressions/index.ts";
import * as inspect from "../../../src/inspect/index.ts";
import { openTable } from "../../../src/node.ts";
import { type FileScanTask, planSvg } from "../../../src/planning/index.ts";
import type { Scan } from "../../../src/reading/index.ts";
import { type Field, isPrimitive, type Schema, type Type } from "../../../src/schema/index.ts";
import { canonicalJson } from "../../../src/values/index.ts";
import { lines } from "../harness/lines.ts";
import { ROOT } from "../harness/places.ts";
import type { Predicate } from "../harness/predicate.ts";
import * as plans from "./icewright-plans.ts";
import { metadataTable } from "./metadata-tables.ts";

export interface Request {
  readonly id: number;
  readonly op: string;
  readonly metadata: string;
  readonly folder?: string;
  /** A metadata table; `moved` is the metadata folder of a table that is not where it was written. */
  readonly name?: string;
  readonly moved?: string;
  readonly snapshot?: string;
  readonly filter?: Predicate;
  readonly columns?: readonly string[];
  /** Ends of a range of appends, instead of a snapshot. */
  readonly after?: string;
  readonly from?: string;
  readonly to?: string;
  /** Bytes of a split; files are whole without it. */
  readonly split?: number;
  /** Tasks or a whole plan as JSON, to be read instead of planning. */
  readonly tasks?: readonly string[];
  readonly plan?: string;
}

const EMPTY = { id: 0, op: "scan" };

/** Rows, or the fields of a reply without rows. */
type Answer = readonly string[] | Readonly<Record<string, unknown>>;

const OPERATIONS: Readonly<Record<string, (request: Request) => Promise<Answer>>> = {
  hello: async () => ({ version: JSON.parse(readFileSync(`${ROOT}/package.json`, "utf8")).version }),
  scan,
  appends,
  count: async (request) => ({ count: await (await scanOf(request)).count() }),
  "open-folder": async ({ folder }) => ({ count: (await scan({ ...EMPTY, metadata: folder ?? "" })).length }),
  plan,
  "tasks-to-json": async (request) => plans.tasksToJson(await scanOf(request), request),
  "plan-to-json": async (request) => ({
    json: await plans.planToJson(await scanOf(request), await tableOf(request)),
  }),
  "tell-tasks": async (request) => plans.tellTasks(await scanOf(request), await tableOf(request), request),
  "read-tasks": async (request) => {
    const table = await tableOf(request);
    return rowsOf(table.scan(), await plans.tasksOf(await scanOf(request), table, request));
  },
  "scan-report": async (request) => ({ json: await plans.reportJson(await scanOf(request)) }),
  "duckdb-query": async (request) => ({ sql: await (await scanOf(request)).duckdbQuery() }),
  svg: async (request) => ({ svg: planSvg(await (await scanOf(request)).explain()) }),
  snapshots,
  files,
  columns,
  partitions,
  "metadata-table": metadataTable,
  validate: async (request) => ({ files: (await plan(request)).length }),
};

for await (const line of lines(process.stdin)) {
  const request = JSON.parse(line) as Request;
  process.stdout.write(await reply(request));
}

async function reply(request: Request): Promise<string> {
  try {
    const operation = OPERATIONS[request.op];
    if (operation === undefined) throw new Error(`No operation ${request.op}`);
    const answer = await operation(request);
    if (!Array.isArray(answer)) return `${JSON.stringify({ id: request.id, ok: true, ...answer })}\n`;
    const head = JSON.stringify({ id: request.id, ok: true, rows: answer.length });
    return `${[head, ...answer].join("\n")}\n`;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const unsupported = code === "unsupported";
    return `${JSON.stringify({ id: request.id, ok: false, error: `${code ?? "error"}: ${message}`, unsupported })}\n`;
  }
}

function tableOf(request: Request) {
  return openTable(request.metadata);
}

async function scanOf(request: Request) {
  const table = await tableOf(request);
  return table.scan({
    ...(request.filter && { filter: expressionOf(request.filter, table.schema) }),
    ...(request.columns && { select: request.columns }),
    ...timeOf(request),
    ...rangeOf(request),
  });
}

async function scan(request: Request): Promise<readonly string[]> {
  return rowsOf(await scanOf(request));
}

async function rowsOf(wanted: Scan<unknown>, tasks?: readonly FileScanTask[]): Promise<readonly string[]> {
  const out: string[] = [];
  for await (const batch of wanted.batches(tasks && { tasks })) {
    for (let row = 0; row < batch.rowCount; row++) {
      const cells = wanted.fields.map(
        (field, at) =>
          `${JSON.stringify(field.name)}:${stringifyJson(canonicalJson(field.type, batch.columns[at]![row] ?? null))}`,
      );
      out.push(`{${cells.join(",")}}`);
    }
  }
  return out;
}

async function snapshots(request: Request): Promise<readonly string[]> {
  return inspect.snapshots(await openTable(request.metadata)).map((row) =>
    JSON.stringify({
      snapshot_id: String(row.snapshot_id),
      timestamp_ms: row.committed_at,
      manifest_list: row.manifest_list,
    }),
  );
}

/** The data files that an unfiltered scan opens: the view `files` by another way. */
async function plan(request: Request): Promise<readonly string[]> {
  const { tasks } = await (await scanOf(request)).plan();
  return tasks.map(({ dataFile: file }) =>
    JSON.stringify({
      content: 0,
      file_path: file.filePath,
      file_format: String(file.fileFormat).toUpperCase(),
      record_count: file.recordCount,
      file_size_in_bytes: file.fileSizeInBytes,
    }),
  );
}

async function files(request: Request): Promise<readonly string[]> {
  const table = await openTable(request.metadata);
  const columns = inspect.partitionColumns(table.metadata);
  const out: string[] = [];
  for await (const row of inspect.files(table, timeOf(request))) {
    out.push(
      stringifyJson({
        content: row.content,
        file_path: row.file_path,
        file_format: row.file_format,
        spec_id: row.spec_id,
        partition: partitionJson(columns, row.partition),
        record_count: row.record_count,
        file_size_in_bytes: row.file_size_in_bytes,
        column_sizes: byId(row.column_sizes, Number),
        value_counts: byId(row.value_counts, Number),
        null_value_counts: byId(row.null_value_counts, Number),
        nan_value_counts: byId(row.nan_value_counts, Number),
        lower_bounds: byId(row.lower_bounds, toHex),
        upper_bounds: byId(row.upper_bounds, toHex),
        split_offsets: row.split_offsets,
        equality_ids: row.equality_ids,
        sort_order_id: row.sort_order_id,
      }),
    );
  }
  return out;
}

/** A row per file and primitive column, with its bounds in canonical form. */
async function columns(request: Request): Promise<readonly string[]> {
  const table = await openTable(request.metadata);
  const places = [...table.schema.places()].filter(({ field }) => isPrimitive(field.type));
  const out: string[] = [];
  for await (const row of inspect.files(table, timeOf(request))) {
    for (const { field, path } of places) {
      const metrics = row.readable_metrics[path]!;
      out.push(
        stringifyJson({
          file_path: row.file_path,
          path,
          column: field.name,
          column_size: metrics.column_size,
          value_count: metrics.value_count,
          null_value_count: metrics.null_value_count,
          nan_value_count: metrics.nan_value_count,
          lower_bound: canonicalJson(field.type, metrics.lower_bound),
          upper_bound: canonicalJson(field.type, metrics.upper_bound),
        }),
      );
    }
  }
  return out;
}

async function partitions(request: Request): Promise<readonly string[]> {
  const table = await openTable(request.metadata);
  const columns = inspect.partitionColumns(table.metadata);
  return (await inspect.partitions(table, timeOf(request))).map((row) =>
    stringifyJson({
      partition: partitionJson(columns, row.partition),
      spec_id: row.spec_id,
      record_count: row.record_count,
      file_count: row.file_count,
    }),
  );
}

/** The rows that appends of a range added. */
function appends(request: Request): Promise<readonly string[]> {
  return scan({ ...request, op: "appends" });
}

function rangeOf({ op, after, from, to }: Request) {
  if (op !== "appends") return {};
  const appended = {
    ...(after !== undefined && { after: BigInt(after) }),
    ...(from !== undefined && { from: BigInt(from) }),
    ...(to !== undefined && { to: BigInt(to) }),
  };
  return { appended };
}

function timeOf({ snapshot }: Request) {
  return snapshot === undefined ? {} : { at: { snapshotId: BigInt(snapshot) } };
}

function partitionJson(columns: readonly Field[], partition: inspect.PartitionRecord): Json {
  return Object.fromEntries(
    columns.map(({ name, type }) => [name, canonicalJson(type, partition[name] ?? null)]),
  );
}

function byId<T>(map: ReadonlyMap<number, T> | null, show: (value: T) => Json): Json {
  return map === null ? null : Object.fromEntries([...map].map(([id, value]) => [String(id), show(value)]));
}

function expressionOf(predicate: Predicate, schema: Schema): Expression {
  if ("and" in predicate) return and(...predicate.and.map((part) => expressionOf(part, schema)));
  if ("or" in predicate) return or(...predicate.or.map((part) => expressionOf(part, schema)));
  if ("not" in predicate) return not(expressionOf(predicate.not, schema));
  if (!("literals" in predicate)) return unaryPredicate(predicate.op, predicate.column);
  const type = schema.findField(schema.idOf(predicate.column) ?? -1)?.type;
  if (type === undefined) throw new Error(`No column ${predicate.column}`);
  const literals = predicate.literals.map((text) => literalOf(text, type));
  if (predicate.op === "in" || predicate.op === "not-in")
    return setPredicate(predicate.op, predicate.column, literals);
  return literalPredicate(predicate.op, predicate.column, literals[0]!);
}

function literalOf(text: string, type: Type): LiteralInput {
  switch (type.kind) {
    case "boolean":
      return text === "true";
    case "int":
    case "long":
      return BigInt(text);
    case "float":
    case "double":
      return Number(text);
    case "binary":
    case "fixed":
      return Buffer.from(text, "hex");
    default:
      return text;
  }
}
