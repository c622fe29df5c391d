/** Partition tuples for people and as JSON. Spec: Partitioning. @module */
import type { Json } from "../base/index.ts";
import { type PartitionRecord, partitionColumns } from "../inspect/index.ts";
import { specById } from "../metadata/index.ts";
import {
  humanString,
  type PartitionSpec,
  type PartitionTuple,
  partitionFields,
} from "../partitioning/index.ts";
import { isPrimitive, type PrimitiveValue, type Schema, simpleType } from "../schema/index.ts";
import type { Table } from "../table/index.ts";
import { canonicalJson } from "../values/index.ts";

/** `event_timestamp_month=2025-10 organization_id=org_abc`; `-` where the table has no partitions. */
export function partitionText(spec: PartitionSpec, schema: Schema, tuple: PartitionTuple): string {
  const parts = spec.fields.map((field, at) => {
    const source = schema.findField(field.sourceId)?.type;
    const type = source !== undefined && isPrimitive(source) ? source : simpleType("unknown");
    return `${field.name}=${humanString(field.transform, type, tuple[at] ?? null)}`;
  });
  return parts.length === 0 ? "-" : parts.join(" ");
}

/** The same for records of the metadata tables, made once for one table: each in the terms of its own spec. */
export function recordText(table: Table): (specId: number, record: PartitionRecord) => string {
  const { metadata, schema } = table;
  const names = new Map(partitionColumns(metadata).map(({ id, name }) => [id, name]));
  return (specId, record) => {
    const parts = (specById(metadata, specId)?.fields ?? []).map((field) => {
      const source = schema.findField(field.sourceId)?.type;
      const type = source !== undefined && isPrimitive(source) ? source : simpleType("unknown");
      const value = (record[names.get(field.fieldId)!] ?? null) as PrimitiveValue | null;
      // Decimals of rows are text already.
      const text =
        type.kind === "decimal" && typeof value === "string"
          ? value
          : humanString(field.transform, type, value);
      return `${field.name}=${text}`;
    });
    return parts.length === 0 ? "-" : parts.join(" ");
  };
}

/** The values of a tuple by partition field, canonical: months are counted from 1970-01 as in the manifests. */
export function partitionJson(
  spec: PartitionSpec,
  schema: Schema,
  tuple: PartitionTuple,
): { readonly [name: string]: Json } {
  return Object.fromEntries(
    partitionFields(spec, schema).map((field, at) => [
      field.name,
      canonicalJson(field.type, tuple[at] ?? null),
    ]),
  );
}
