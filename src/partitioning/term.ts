/** Partition terms: what users write, before ids are known. Spec: Partitioning; architecture invariant 8. @module */
import { IcebergError } from "../base/index.ts";
import {
  bucketTransform,
  parseTransform,
  plainTransform,
  type Transform,
  truncateTransform,
} from "./transform.ts";

/** A transform of a column by name, not yet bound to a schema. */
export interface PartitionTerm<C extends string = string> {
  readonly kind: "partition-term";
  /** Full name of the source column. */
  readonly column: C;
  readonly transform: Transform;
  /** Name of the partition field; absent: derived from column and transform (PRT-035). */
  readonly name?: string;
}

/** The column itself. */
export function identity<const C extends string>(column: C, name?: string): PartitionTerm<C> {
  return partitionTerm(plainTransform("identity"), column, name);
}

/** Hash of the column modulo `numBuckets`. */
export function bucket<const C extends string>(
  numBuckets: number,
  column: C,
  name?: string,
): PartitionTerm<C> {
  return partitionTerm(bucketTransform(numBuckets), column, name);
}

/** First `width` code points or bytes, or the number rounded down to a multiple of `width`. */
export function truncate<const C extends string>(width: number, column: C, name?: string): PartitionTerm<C> {
  return partitionTerm(truncateTransform(width), column, name);
}

export function year<const C extends string>(column: C, name?: string): PartitionTerm<C> {
  return partitionTerm(plainTransform("year"), column, name);
}

export function month<const C extends string>(column: C, name?: string): PartitionTerm<C> {
  return partitionTerm(plainTransform("month"), column, name);
}

export function day<const C extends string>(column: C, name?: string): PartitionTerm<C> {
  return partitionTerm(plainTransform("day"), column, name);
}

export function hour<const C extends string>(column: C, name?: string): PartitionTerm<C> {
  return partitionTerm(plainTransform("hour"), column, name);
}

/** A term of any transform. */
export function partitionTerm<const C extends string>(
  transform: Transform,
  column: C,
  name?: string,
): PartitionTerm<C> {
  return Object.freeze({
    kind: "partition-term",
    column,
    transform,
    ...(name === undefined ? {} : { name }),
  });
}

/**
 * Reads a term as DDL spells it: `organization_id`, `months(event_timestamp)`, `bucket(16, id)`,
 * `truncate(id, 4)`, `day("a b")`. Singular and plural names of time transforms mean the same (decision 20).
 * @throws IcebergError `invalid-argument` when the text has another form.
 */
export function parsePartitionTerm(text: string): PartitionTerm {
  const call = /^\s*([A-Za-z_]+)\s*\((.*)\)\s*$/s.exec(text);
  if (call === null) return identity(columnName(text, text));
  const name = call[1]!.toLowerCase();
  const parts = call[2]!.split(",").map((part) => part.trim());
  if (name === "bucket" || name === "truncate") {
    const at = parts.findIndex((part) => /^\d+$/.test(part));
    const parameter = at < 0 || parts.length !== 2 ? refuse(text) : Number(parts[at]);
    const column = columnName(parts[1 - at]!, text);
    return name === "bucket" ? bucket(parameter, column) : truncate(parameter, column);
  }
  const transform = parseTransform(DDL_NAMES.get(name) ?? refuse(text));
  return parts.length === 1 ? partitionTerm(transform, columnName(parts[0]!, text)) : refuse(text);
}

const DDL_NAMES: ReadonlyMap<string, string> = new Map([
  ["identity", "identity"],
  ["year", "year"],
  ["years", "year"],
  ["month", "month"],
  ["months", "month"],
  ["day", "day"],
  ["days", "day"],
  ["date", "day"],
  ["hour", "hour"],
  ["hours", "hour"],
  ["date_hour", "hour"],
]);

function columnName(part: string, text: string): string {
  const trimmed = part.trim();
  const quoted = /^"(.+)"$|^`(.+)`$/s.exec(trimmed);
  const name = quoted?.[1] ?? quoted?.[2] ?? trimmed;
  return name === "" || (quoted === null && /[\s()"`,]/.test(name)) ? refuse(text) : name;
}

function refuse(text: string): never {
  throw new IcebergError(
    "invalid-argument",
    `Cannot read ${JSON.stringify(text)} as a partition term: use column, month(column), bucket(16, column) or truncate(4, column)`,
    { context: { text } },
  );
}
