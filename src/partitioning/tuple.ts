/** Partition tuples: their type, how rows get them, and when two are one partition. Spec: Partitioning. @module */
import { IcebergError, INT32_MAX, INT32_MIN } from "../base/index.ts";
import {
  type Field,
  type FieldPlace,
  isPrimitive,
  type PrimitiveType,
  type PrimitiveValue,
  type Schema,
  simpleType,
} from "../schema/index.ts";
import { valueKey } from "../values/index.ts";
import { applyTransform, type TransformFunction, transformResultType } from "./apply.ts";
import type { PartitionSpec, PartitionTuple } from "./spec.ts";

/** A row of held values by column name. */
export type HeldColumns = Readonly<Record<string, unknown>>;

/**
 * The fields of a spec's partition struct: optional, with the partition field's id and name and the transform's
 * result type; `unknown` where the type would be that of a dropped column (PRT-032).
 */
export function partitionFields(spec: PartitionSpec, schema: Schema): readonly Field[] {
  return spec.fields.map((field) => {
    const source = schema.findField(field.sourceId)?.type;
    const sourceType: PrimitiveType =
      source !== undefined && isPrimitive(source) ? source : simpleType("unknown");
    const type = transformResultType(field.transform, sourceType);
    return { id: field.fieldId, name: field.name, required: false, type };
  });
}

/**
 * The function that derives a row's partition tuple, made once per spec.
 * @throws IcebergError `invalid-schema` when a source column is gone, `unsupported` for an unknown transform
 * (PRT-005). The function throws `invalid-row` for a value whose transform cannot be stored (PRT-018).
 */
export function partitionTupleOf(spec: PartitionSpec, schema: Schema): (row: HeldColumns) => PartitionTuple {
  const parts = spec.fields.map((field) => {
    const place = schema.place(field.sourceId);
    if (place === undefined && field.transform.kind === "void") return () => null;
    const source = place?.field.type;
    if (source === undefined || !isPrimitive(source)) {
      throw new IcebergError(
        "invalid-schema",
        `Cannot partition by ${field.name}: schema ${schema.schemaId} has no primitive column with id ${field.sourceId}`,
        { context: { specId: spec.specId, sourceId: field.sourceId } },
      );
    }
    const read = columnReader(place!);
    const apply = applyTransform(field.transform, source);
    if (field.transform.kind === "hour") return (row: HeldColumns) => storableHour(read(row), apply);
    return (row: HeldColumns) => apply(read(row));
  });
  return (row) => {
    const tuple: (PrimitiveValue | null)[] = new Array(parts.length);
    for (let i = 0; i < parts.length; i++) tuple[i] = parts[i]!(row);
    return tuple;
  };
}

/** Comparisons may use hours past 32 bits, partition values cannot (PRT-018). */
function storableHour(value: PrimitiveValue | null, hourOf: TransformFunction): PrimitiveValue | null {
  const hour = hourOf(value) as number | null;
  if (hour === null || (hour >= INT32_MIN && hour <= INT32_MAX)) return hour;
  throw new IcebergError(
    "invalid-row",
    `Cannot take the hour of ${String(value)}: hours since 1970 fit 32 bits only up to about the year 246900`,
    { context: { value } },
  );
}

/** The function that reads a column from rows, through structs; null where the column or a parent is null. */
export function columnReader(place: FieldPlace): (row: HeldColumns) => PrimitiveValue | null {
  const { names } = place;
  const [name] = names;
  if (name !== undefined && names.length === 1) return (row) => (row[name] ?? null) as PrimitiveValue | null;
  return (row) => {
    let value: unknown = row;
    for (const step of names) {
      if (value === null || value === undefined) return null;
      value = (value as HeldColumns)[step];
    }
    return (value ?? null) as PrimitiveValue | null;
  };
}

/**
 * Text that two tuples of one spec share exactly when they are the same partition (PRT-065). Tuples of different
 * specs are never the same: put the spec id beside it.
 */
export function partitionKey(fields: readonly Field[], tuple: PartitionTuple): string {
  let key = "";
  for (let i = 0; i < fields.length; i++) {
    const value = tuple[i] ?? null;
    if (value === null) {
      key += "~";
      continue;
    }
    const part = valueKey(fields[i]!.type as PrimitiveType, value);
    key += `${part.length}:${part}`;
  }
  return key;
}
