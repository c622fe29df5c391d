/** Partition tuples for people and as JSON. Spec: Partitioning. @module */
import type { Json } from "../base/index.ts";
import {
  humanString,
  type PartitionSpec,
  type PartitionTuple,
  partitionFields,
} from "../partitioning/index.ts";
import { isPrimitive, type Schema, simpleType } from "../schema/index.ts";
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
