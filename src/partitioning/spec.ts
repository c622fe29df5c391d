/** Partition specs: how a table derives a partition tuple from a row. Spec: Partitioning. @module */
import type { PrimitiveValue } from "../schema/index.ts";
import { sameTransform, type Transform } from "./transform.ts";

/** One partition field. `fieldId` is unique over all specs of a table and starts at 1000 (PRT-027). */
export interface PartitionField {
  readonly sourceId: number;
  /** All sources of a transform with several arguments, which counts as unknown (PRT-037); else absent. */
  readonly sourceIds?: readonly number[];
  readonly fieldId: number;
  readonly name: string;
  readonly transform: Transform;
}

export interface PartitionSpec {
  readonly specId: number;
  readonly fields: readonly PartitionField[];
}

export const UNPARTITIONED: PartitionSpec = Object.freeze({ specId: 0, fields: Object.freeze([]) });

/** The highest partition field id of a table that never had one (PRT-027). */
export const PARTITION_ID_START = 999;

/** Partition values in the order of the spec's fields, each null or a value of the field's result type. */
export type PartitionTuple = readonly (PrimitiveValue | null)[];

/** Whether a spec has no fields, or void ones only (PRT-031). */
export function isUnpartitioned(spec: PartitionSpec): boolean {
  return spec.fields.every((field) => field.transform.kind === "void");
}

/**
 * Whether two specs have the same fields in the same order by sources, transform and name; field and spec ids do
 * not count (PRT-029).
 */
export function samePartitionFields(a: PartitionSpec, b: PartitionSpec): boolean {
  if (a.fields.length !== b.fields.length) return false;
  return a.fields.every((field, index) => {
    const other = b.fields[index]!;
    return (
      field.name === other.name &&
      sameSources(field, other) &&
      sameTransform(field.transform, other.transform)
    );
  });
}

/** The sources of a partition or sort field, one for every transform this library knows. */
export function sourcesOf(field: {
  readonly sourceId: number;
  readonly sourceIds?: readonly number[];
}): readonly number[] {
  return field.sourceIds ?? [field.sourceId];
}

/** Whether two fields have the same sources in the same order. */
export function sameSources(
  a: { readonly sourceId: number; readonly sourceIds?: readonly number[] },
  b: { readonly sourceId: number; readonly sourceIds?: readonly number[] },
): boolean {
  return String(sourcesOf(a)) === String(sourcesOf(b));
}
