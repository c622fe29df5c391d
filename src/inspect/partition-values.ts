/** Partition tuples of any spec as one record over all partition fields a table ever had. Spec: Partitioning. @module */
import { currentSchema, type TableMetadata } from "../metadata/index.ts";
import { type PartitionTuple, partitionFields } from "../partitioning/index.ts";
import type { Field, Value } from "../schema/index.ts";
import { rowValueOf } from "../values/index.ts";

/** Partition values by field name, as rows show them; `null` for fields that the file's spec does not have. */
export type PartitionRecord = Readonly<Record<string, Value | null>>;

/**
 * The columns of a {@link PartitionRecord}: the partition fields of all specs, each once, ascending by id, under the
 * name the newest spec gives it. A field that a newer v1 spec made void keeps the type of its values (PRT-046).
 */
export function partitionColumns(metadata: TableMetadata): readonly Field[] {
  const schema = currentSchema(metadata);
  const columns = new Map<number, Field>();
  const voided = new Set<number>();
  for (const spec of [...metadata.partitionSpecs].sort((a, b) => a.specId - b.specId)) {
    for (const [at, field] of partitionFields(spec, schema).entries()) {
      const known = columns.get(field.id);
      const isVoid = spec.fields[at]!.transform.kind === "void";
      if (known === undefined || voided.has(field.id)) columns.set(field.id, field);
      else columns.set(field.id, { ...(isVoid ? known : field), name: field.name });
      if (known === undefined && isVoid) voided.add(field.id);
      else if (!isVoid) voided.delete(field.id);
    }
  }
  return [...columns.values()].sort((a, b) => a.id - b.id);
}

/** The function that turns tuples of one spec into records, made once for many files. */
export function partitionRecorder(
  metadata: TableMetadata,
  specId: number,
): (tuple: PartitionTuple) => PartitionRecord {
  const spec = metadata.partitionSpecs.find((candidate) => candidate.specId === specId);
  const fields = spec === undefined ? [] : partitionFields(spec, currentSchema(metadata));
  const places = partitionColumns(metadata).map((column) => {
    const at = fields.findIndex(({ id }) => id === column.id);
    const convert = at < 0 ? undefined : rowValueOf(fields[at]!.type);
    return { name: column.name, at, convert };
  });
  return (tuple) => {
    const record: Record<string, Value | null> = {};
    for (const { name, at, convert } of places) {
      const value = tuple[at] ?? null;
      // Two fields of different times may share a name: the one that has a value counts.
      record[name] = value === null || convert === undefined ? (record[name] ?? null) : convert(value);
    }
    return record;
  };
}
