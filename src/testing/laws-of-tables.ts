/** Laws of whole planners and writers, through the files they read and write. Spec: Scan Planning; Writing data files. @module */
import fc from "fast-check";
import { stringifyJson } from "../base/index.ts";
import type { DataFile } from "../manifests/index.ts";
import { type PartitionSpec, partitionFields, partitionKey } from "../partitioning/index.ts";
import {
  isPrimitive,
  type PrimitiveType,
  type PrimitiveValue,
  type Schema,
  type StructValue,
  schemaToJson,
} from "../schema/index.ts";
import { rowComparator, type SortOrder } from "../sorting/index.ts";
import { canonicalJson, decodeValue, rowCoercer, toRowValue } from "../values/index.ts";
import { arbitraryFilteredRows, partitionOf } from "./filtered-rows.ts";
import { demand, type LawOptions, printed, tryLawAsync } from "./law.ts";
import { compared, predicateHolds } from "./oracle.ts";
import { arbitrarySortOrder } from "./partitioning.ts";
import { arbitraryPlannedTable, type PlannedTable } from "./planned-tables.ts";
import { literalOf } from "./predicates.ts";
import { arbitraryComparableType } from "./types.ts";

/** What a planner answers: locations of data files, in any order. */
export type PlannedFiles = Iterable<string> | AsyncIterable<string> | Promise<Iterable<string>>;

/**
 * A planner keeps every live data file with a matching row, whatever spec it was written with and whatever its metrics
 * leave out; it plans no file twice and none that was deleted (SCN-001, SCN-035, MAN-026; P20, P21).
 * @example
 * await checkPlanner({ plan: async (table) => myPlanner(table.metadata, (path) => table.files.get(path), table.filter) });
 */
export function checkPlanner(
  planner: { readonly plan: (table: PlannedTable) => PlannedFiles },
  options?: LawOptions,
): Promise<number> {
  return tryLawAsync(
    fc.asyncProperty(arbitraryPlannedTable(), async (table) => {
      const planned = new Set<string>();
      for await (const path of await planner.plan(table)) {
        demand(!planned.has(path), () => `${path} is planned twice`);
        demand(table.rows.has(path), () => `${path} is planned, which is no live file`);
        planned.add(path);
      }
      for (const [path, rows] of table.rows) {
        const match = rows.find((row) => predicateHolds(table.filter, table.schema, row));
        demand(
          match === undefined || planned.has(path),
          () => `${path} is skipped, but its row ${fc.stringify(match)} matches`,
        );
      }
    }),
    options,
  );
}

/** What a writer is given. */
export interface WriterCase {
  readonly formatVersion: 2 | 3;
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly sortOrder: SortOrder;
  /** In the form of `Row`: decimals as text. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** What became of them. */
export interface WrittenFile {
  /** As the manifest entry says it. */
  readonly dataFile: DataFile;
  /** All rows of the file in its order, in the form of `Row`. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/**
 * A writer writes every row once, in a file of the row's partition, in the file's sort order, and what it says of a
 * file is true: counts are exact, bounds enclose (MAN-065 to MAN-072, PRT-065, PRT-057; P16, P23). What it does not
 * say, it need not.
 */
export function checkWriter(
  writer: { readonly write: (given: WriterCase) => Promise<readonly WrittenFile[]> },
  options?: LawOptions,
): Promise<number> {
  const cases = fc.constantFrom(2 as const, 3 as const).chain((formatVersion) => {
    const columnTypes = arbitraryComparableType({ formatVersion });
    return arbitraryFilteredRows({ columnTypes, maxRows: 12 }).chain(({ schema, spec, rows: all }) =>
      arbitrarySortOrder(schema).map((sortOrder) => {
        const key = partitionOf({ specId: 0, fields: sortKeys(sortOrder) }, schema);
        const held = all.filter((row) => key(row) !== undefined);
        const rows = held.map((row) => toRowValue(schema.asStruct(), row) as Record<string, unknown>);
        const text = () => fc.stringify([schemaToJson(schema), spec, sortOrder, rows]);
        return { given: printed({ formatVersion, schema, spec, sortOrder, rows }, text), held };
      }),
    );
  });
  return tryLawAsync(
    fc.asyncProperty(cases, async ({ given, held }) => {
      const { schema, spec } = given;
      const files = await writer.write(given);
      const hold = rowCoercer(schema);
      const written = files.map(({ rows }) => rows.map((row) => hold(row)));
      const text = (row: StructValue) => stringifyJson(canonicalJson(schema.asStruct(), row));
      const [wanted, found] = [held, written.flat()].map((rows) => rows.map(text).sort());
      demand(
        String(found) === String(wanted),
        () => `rows ${found!.join(" ")} are written of ${wanted!.join(" ")}`,
      );
      for (const [at, { dataFile }] of files.entries()) {
        checkFile(schema, spec, given.sortOrder, dataFile, written[at]!);
      }
    }),
    options,
  );
}

/** The keys of an order as partition fields: a row without them, because a result leaves its type, cannot be sorted. */
function sortKeys(order: SortOrder): PartitionSpec["fields"] {
  return order.fields.map(({ sourceId, transform }, at) => ({
    sourceId,
    transform,
    fieldId: 1000 + at,
    name: `k${at}`,
  }));
}

function checkFile(
  schema: Schema,
  spec: PartitionSpec,
  order: SortOrder,
  file: DataFile,
  rows: readonly StructValue[],
): void {
  const path = file.filePath;
  demand(file.recordCount === rows.length, () => `${path} counts ${file.recordCount} rows of ${rows.length}`);
  demand(rows.length > 0, () => `${path} has no rows`);
  const fields = partitionFields(spec, schema);
  const partition = partitionOf(spec, schema);
  const key = partitionKey(fields, file.partition);
  for (const row of rows) {
    demand(
      partitionKey(fields, partition(row)!) === key,
      () => `${path} of partition ${fc.stringify(file.partition)} has the row ${fc.stringify(row)}`,
    );
  }
  if (file.sortOrderId !== undefined && file.sortOrderId !== 0) {
    const compare = rowComparator(order, schema);
    for (const [at, row] of rows.entries()) {
      demand(at === 0 || compare(rows[at - 1]!, row) <= 0, () => `${path} is not sorted at row ${at}`);
    }
  }
  for (const { id, name, type } of schema.fields) {
    if (!isPrimitive(type)) continue;
    const values = rows.map((row) => (row[name] ?? null) as PrimitiveValue | null);
    checkMetrics(file, id, type, values);
  }
}

function checkMetrics(
  file: DataFile,
  id: number,
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
): void {
  const count = (what: string, said: number | undefined, right: number) =>
    demand(said === undefined || said === right, () => `${what} of column ${id} is ${said}, not ${right}`);
  count("the value count", file.valueCounts?.get(id), values.length);
  count("the null count", file.nullValueCounts?.get(id), values.filter((value) => value === null).length);
  count("the NaN count", file.nanValueCounts?.get(id), values.filter((value) => Number.isNaN(value)).length);
  for (const [side, bounds] of [
    [-1, file.lowerBounds],
    [1, file.upperBounds],
  ] as const) {
    const bytes = bounds?.get(id);
    if (bytes === undefined) continue;
    const bound = decodeValue(type, bytes);
    demand(!Number.isNaN(bound), () => `a bound of column ${id} is NaN`);
    for (const value of values) {
      const order = compared(type, value, literalOf(type, bound) as never);
      demand(
        order === undefined || order !== side,
        () => `${fc.stringify(value)} of column ${id} lies beyond its bound ${fc.stringify(bound)}`,
      );
    }
  }
}
