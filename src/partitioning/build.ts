/** Binding partition terms to a schema. Spec: Partitioning; requirements PRT-023 to PRT-035. @module */
import { IcebergError } from "../base/index.ts";
import { type FieldPlace, isPrimitive, type Schema, typeToString } from "../schema/index.ts";
import { transformApplies } from "./apply.ts";
import { PARTITION_ID_START, type PartitionField, type PartitionSpec } from "./spec.ts";
import type { PartitionTerm } from "./term.ts";
import { formatTransform, sameTransform, TIME_TRANSFORMS, type Transform } from "./transform.ts";

export interface BuildSpecOptions {
  /** Default 0, the id of a new table's spec (PRT-070). */
  readonly specId?: number;
  /** Id of the first field, the others follow. Default 1000. */
  readonly firstFieldId?: number;
}

/**
 * The spec of terms over a schema, with default names where a term has none.
 * @throws IcebergError `invalid-schema` when a column is missing, lies in a list or map, is not primitive or does
 * not fit its transform; when a name is taken; when a field repeats another.
 */
export function buildPartitionSpec(
  schema: Schema,
  terms: readonly PartitionTerm[],
  options: BuildSpecOptions = {},
): PartitionSpec {
  const firstId = options.firstFieldId ?? PARTITION_ID_START + 1;
  const fields = terms.map((term, index): PartitionField => {
    const { field } = bindSource(schema, term.column, term.transform, "partition");
    const name = term.name ?? defaultPartitionName(term.column, term.transform);
    return Object.freeze({ sourceId: field.id, fieldId: firstId + index, name, transform: term.transform });
  });
  fields.forEach((field, index) => {
    checkName(schema, field, fields.slice(0, index));
    checkRedundancy(schema, field, fields.slice(0, index));
  });
  return Object.freeze({ specId: options.specId ?? 0, fields: Object.freeze(fields) });
}

/**
 * The column a partition or sort term names, checked against its transform (PRT-001, PRT-024, PRT-056).
 * @throws IcebergError `invalid-schema`.
 */
export function bindSource(
  schema: Schema,
  column: string,
  transform: Transform,
  purpose: "partition" | "sort",
): FieldPlace {
  const id = schema.idOf(column);
  const place = id === undefined ? undefined : schema.place(id);
  const refuse = (why: string) =>
    new IcebergError(
      "invalid-schema",
      `Cannot ${purpose} by ${formatTransform(transform)} of ${column}: ${why}`,
      {
        context: { column, transform: formatTransform(transform) },
      },
    );
  if (place === undefined) throw refuse(`schema ${schema.schemaId} has no such column`);
  if (!place.throughStructs) throw refuse("it lies inside a list or map");
  const { type } = place.field;
  if (!isPrimitive(type)) throw refuse(`it is of type ${type.kind}, not primitive`);
  if (transform.kind === "unknown") throw refuse("this library does not know the transform");
  if (!transformApplies(transform, type)) throw refuse(`the transform does not take ${typeToString(type)}`);
  return place;
}

/** The name of a partition field nobody named: `ts_month`, `id_bucket`, `name_trunc` (PRT-035). */
export function defaultPartitionName(column: string, transform: Transform): string {
  switch (transform.kind) {
    case "identity":
    case "unknown":
      return column;
    case "truncate":
      return `${column}_trunc`;
    case "void":
      return `${column}_null`;
    default:
      return `${column}_${transform.kind}`;
  }
}

/**
 * PRT-033: unique, not empty, and a column's name only where the field is that column, or was before it became `void`.
 * @throws IcebergError `invalid-schema`.
 */
export function checkName(schema: Schema, field: PartitionField, earlier: readonly PartitionField[]): void {
  const { name } = field;
  const refuse = (why: string) =>
    new IcebergError("invalid-schema", `Cannot name a partition field ${JSON.stringify(name)}: ${why}`, {
      context: { name },
    });
  if (name === "") throw refuse("it is empty");
  if (earlier.some((other) => other.name === name)) throw refuse("another partition field has that name");
  const columnId = schema.idOf(name);
  const { kind } = field.transform;
  const isOwnColumn = columnId === field.sourceId && (kind === "identity" || kind === "void");
  if (columnId !== undefined && !isOwnColumn) {
    throw refuse(
      `a column has that name and the field is ${formatTransform(field.transform)} of another value`,
    );
  }
}

/** PRT-034: the same source is not partitioned twice by one transform, nor by two units of time. */
function checkRedundancy(schema: Schema, field: PartitionField, earlier: readonly PartitionField[]): void {
  const timed = TIME_TRANSFORMS.includes(field.transform.kind);
  for (const other of earlier) {
    if (other.sourceId !== field.sourceId) continue;
    const bothTimed = timed && TIME_TRANSFORMS.includes(other.transform.kind);
    if (!bothTimed && !sameTransform(other.transform, field.transform)) continue;
    throw new IcebergError(
      "invalid-schema",
      `Cannot partition by ${formatTransform(field.transform)} of ${schema.pathOf(field.sourceId)}: ` +
        `${other.name} partitions by ${formatTransform(other.transform)} of it already`,
      { context: { name: field.name, other: other.name } },
    );
  }
}
