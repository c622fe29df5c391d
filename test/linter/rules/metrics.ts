/** Rules of a data file's metrics, recomputed from its rows. Spec: Manifests, metrics; Appendix D. @module */
import { type RuleId, show } from "../findings.ts";
import { bounds, counts, type LintEntry } from "../manifests.ts";
import { type ParquetFile, type ParquetNode, statistic } from "../parquet.ts";
import type { LintTable } from "../table.ts";
import type { PlacedField, PrimitiveType } from "../types.ts";
import {
  compare,
  decodePromoted,
  isPrefix,
  isRaisedTruncation,
  isUnraisable,
  isUtf8,
  type LintValue,
} from "../values.ts";

const VALUE_COUNTS = 109;
const NULL_COUNTS = 110;
const NAN_COUNTS = 137;
const LOWER = 125;
const UPPER = 128;
const OPAQUE = ["variant", "geometry", "geography", "unknown"];

/** A leaf column of a file with one value a row. */
export interface FileColumn {
  readonly placed: PlacedField;
  readonly type: PrimitiveType;
  readonly node: ParquetNode;
  readonly values: readonly (LintValue | null)[];
}

/** Counts and bounds of an entry against all values of its columns. */
export function checkMetrics(table: LintTable, entry: LintEntry, columns: readonly FileColumn[]): void {
  checkFields(table, entry);
  for (const column of columns) {
    checkCounts(table, entry, column);
    checkBounds(table, entry, column);
  }
}

/** Columns of position delete files and of row lineage: `file_path`, `pos`, `_row_id`, its sequence number. */
const METADATA_COLUMNS = [2_147_483_546, 2_147_483_545, 2_147_483_540, 2_147_483_539];

/** Metrics belong to leaf columns with one value a row (MAN-073); sizes alone may be of others. */
function checkFields(table: LintTable, entry: LintEntry): void {
  const maps = [
    counts(entry, VALUE_COUNTS),
    counts(entry, NULL_COUNTS),
    counts(entry, NAN_COUNTS),
    bounds(entry, LOWER),
    bounds(entry, UPPER),
  ];
  const ids = new Set(maps.flatMap((map) => [...(map?.keys() ?? [])]));
  for (const id of ids) {
    if (METADATA_COLUMNS.includes(id)) continue;
    const placed = table.field(id);
    const fault = (why: string) =>
      table.report.add("metrics-fields", entry.path, `metrics of field ${id}, which ${why}`);
    if (placed === undefined) fault("no schema has");
    else if (placed.repeated) fault("is inside a list or map");
    else if (placed.field.type.kind !== "primitive") fault(`is a ${placed.field.type.kind}`);
    else if (placed.field.type.name === "unknown") fault("is of type unknown");
  }
}

function checkCounts({ report }: LintTable, entry: LintEntry, { placed, type, values }: FileColumn): void {
  const { id } = placed.field;
  const name = placed.path.join(".");
  const told = (fieldId: number) => counts(entry, fieldId)?.get(id);
  const nulls = BigInt(values.filter((value) => value === null).length);
  const nans = BigInt(values.filter((value) => Number.isNaN(value)).length);
  const total = told(VALUE_COUNTS);
  if (total !== undefined && total !== BigInt(values.length))
    report.add("value-counts", entry.path, `${name} has ${values.length} values, told ${total}`);
  if (OPAQUE.includes(type.name)) return;
  const nullCount = told(NULL_COUNTS);
  if (nullCount !== undefined && nullCount !== nulls)
    report.add("null-value-counts", entry.path, `${name} has ${nulls} nulls, told ${nullCount}`);
  const nanCount = told(NAN_COUNTS);
  const isFloat = type.name === "float" || type.name === "double";
  if (nanCount !== undefined && (!isFloat || nanCount !== nans))
    report.add("nan-value-counts", entry.path, `${name} has ${nans} NaNs, told ${nanCount}`);
  if (placed.field.required && nulls > 0n && placed.path.length === 1)
    report.add("required-values", entry.path, `required column ${name} has ${nulls} nulls`);
  if (type.name === "string" && !values.every((value) => value === null || isUtf8(value as Uint8Array)))
    report.add("parquet-utf8", entry.path, `${name} has strings that are no UTF-8`);
}

function checkBounds(table: LintTable, entry: LintEntry, { placed, type, values }: FileColumn): void {
  const { report } = table;
  const { id } = placed.field;
  const lowerBytes = bounds(entry, LOWER)?.get(id);
  const upperBytes = bounds(entry, UPPER)?.get(id);
  if (OPAQUE.includes(type.name) || (lowerBytes === undefined && upperBytes === undefined)) return;
  const fault = (rule: RuleId, why: string) =>
    report.add(rule, entry.path, `${placed.path.join(".")}: ${why}`);
  const decoded = (bytes: Uint8Array | undefined) => {
    const value = bytes === undefined ? undefined : decodePromoted(type, bytes, table.typesOf(id));
    if (bytes !== undefined && value === undefined)
      fault("bounds-encoding", `${show(bytes)} is no ${type.name}`);
    return value;
  };
  const lower = decoded(lowerBytes);
  const upper = decoded(upperBytes);
  const [least, greatest] = range(values);
  if (least === undefined || greatest === undefined) {
    fault("bounds-contain", "it has bounds and no values");
    return;
  }
  const isText = type.name === "string";
  const canCut = isText || type.name === "binary";
  if (lower !== undefined && compare(lower, least) > 0) {
    fault("bounds-contain", `lower bound ${show(lower)} is above ${show(least)}`);
  } else if (lower !== undefined && compare(lower, least) < 0) {
    const isCut = canCut && isPrefix(lower as Uint8Array, least as Uint8Array, isText);
    if (!isCut && lower !== least)
      fault("bounds-tight", `lower bound ${show(lower)}, least value ${show(least)}`);
  }
  if (upper !== undefined && compare(upper, greatest) < 0) {
    fault("bounds-contain", `upper bound ${show(upper)} is below ${show(greatest)}`);
  } else if (upper !== undefined && compare(upper, greatest) > 0) {
    const isCut = canCut && isRaisedTruncation(upper as Uint8Array, greatest as Uint8Array, isText);
    if (!isCut && upper !== greatest)
      fault("bounds-tight", `upper bound ${show(upper)}, greatest value ${show(greatest)}`);
  }
  if (lowerBytes === undefined) fault("bounds-tight", "it has an upper bound and no lower one");
  if (upperBytes === undefined && !(canCut && isUnraisable(greatest as Uint8Array, isText)))
    fault("bounds-tight", "it has a lower bound and no upper one");
}

/** Least and greatest of the values that are neither null nor NaN. */
function range(values: readonly (LintValue | null)[]): [LintValue | undefined, LintValue | undefined] {
  let least: LintValue | undefined;
  let greatest: LintValue | undefined;
  for (const value of values) {
    if (value === null || Number.isNaN(value)) continue;
    if (least === undefined || compare(value, least) < 0) least = value;
    if (greatest === undefined || compare(value, greatest) > 0) greatest = value;
  }
  return [least, greatest];
}

/** Statistics in the footer contain the values of their row group, as readers that skip row groups trust. */
export function checkStatistics(
  { report }: LintTable,
  location: string,
  file: ParquetFile,
  column: FileColumn,
): void {
  const { node, type, values, placed } = column;
  if (OPAQUE.includes(type.name) || node.element.type === "INT96") return;
  const name = placed.path.join(".");
  let start = 0;
  for (const chunk of file.chunks(node)) {
    const rows = values.slice(start, start + file.rowGroupRows[chunk.rowGroup]!);
    start += rows.length;
    const fault = (why: string) =>
      report.add("parquet-statistics", location, `${name} of row group ${chunk.rowGroup}: ${why}`);
    const nulls = BigInt(rows.filter((value) => value === null).length);
    if (chunk.nullCount !== undefined && chunk.nullCount !== nulls)
      fault(`${nulls} nulls, told ${chunk.nullCount}`);
    const min = statistic(node.element, type, chunk.min);
    const max = statistic(node.element, type, chunk.max);
    const [least, greatest] = range(rows);
    if (Number.isNaN(min) || Number.isNaN(max)) fault("NaN in min or max");
    else if (least !== undefined && min !== undefined && compare(min, least) > 0)
      fault(`min ${show(min)}, least ${show(least)}`);
    else if (greatest !== undefined && max !== undefined && compare(max, greatest) < 0)
      fault(`max ${show(max)}, greatest ${show(greatest)}`);
  }
}
