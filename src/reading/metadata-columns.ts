/**
 * Columns that readers add: where a row comes from, and its lineage. They are asked for by name in `select`; a table's
 * own column of that name goes first (SCH-079). Spec: Reserved Field IDs; Row Lineage; SCH-089 to SCH-093.
 * @module
 */

import type { TableMetadata } from "../metadata/index.ts";
import { currentSchema } from "../metadata/index.ts";
import { partitionFields } from "../partitioning/index.ts";
import { type Field, simpleType } from "../schema/index.ts";

/** Names of the columns that readers add, as Iceberg Java has them. */
export type MetadataColumn =
  /** Location of the data file. */
  | "_file"
  /** Place of the row in its data file, from 0. */
  | "_pos"
  /** Id of the partition spec its file was written under. */
  | "_spec_id"
  /** The partition, over the fields of all specs; null where the spec of the file has no such field. */
  | "_partition"
  /** Whether the row is deleted. Selecting it brings deleted rows back, marked. */
  | "_deleted"
  /** Version 3: the row's id; null in files that have none. */
  | "_row_id"
  /** Version 3: number of the commit that last changed the row; null in files without row ids. */
  | "_last_updated_sequence_number";

/** Field ids of the reserved columns. */
export const METADATA_COLUMN_IDS: Readonly<Record<MetadataColumn, number>> = {
  _file: 2147483646,
  _pos: 2147483645,
  _deleted: 2147483644,
  _spec_id: 2147483643,
  _partition: 2147483642,
  _row_id: 2147483540,
  _last_updated_sequence_number: 2147483539,
};

/** The field of a reserved column; `undefined` for any other name. */
export function metadataField(name: string, metadata: TableMetadata): Field | undefined {
  switch (name) {
    case "_file":
      return field("_file", "string", true);
    case "_pos":
      return field("_pos", "long", true);
    case "_spec_id":
      return field("_spec_id", "int", true);
    case "_deleted":
      return field("_deleted", "boolean", true);
    case "_row_id":
      return field("_row_id", "long", false);
    case "_last_updated_sequence_number":
      return field("_last_updated_sequence_number", "long", false);
    case "_partition":
      return {
        id: METADATA_COLUMN_IDS._partition,
        name,
        required: false,
        type: { kind: "struct", fields: allPartitionFields(metadata) },
      };
    default:
      return undefined;
  }
}

/** Whether a field is one of the reserved columns, which files are not asked for by name. */
export function isMetadataField({ id, name }: Field): boolean {
  return (METADATA_COLUMN_IDS as Readonly<Record<string, number>>)[name] === id;
}

/** The partition fields of all specs, each once and ascending by id (PRT-046); the newest spec that is not void tells name and type. */
function allPartitionFields(metadata: TableMetadata): readonly Field[] {
  const schema = currentSchema(metadata);
  const fields = new Map<number, Field>();
  for (const spec of [...metadata.partitionSpecs].sort((a, b) => a.specId - b.specId)) {
    partitionFields(spec, schema).forEach((candidate, at) => {
      const isVoid = spec.fields[at]!.transform.kind === "void";
      if (!isVoid || !fields.has(candidate.id)) fields.set(candidate.id, candidate);
    });
  }
  // Two fields of different times may share a name, which struct members cannot.
  const taken = new Set<string>();
  const ascending = [...fields.values()].sort((a, b) => a.id - b.id);
  return ascending.map((one) => {
    const name = taken.has(one.name) ? `${one.name}_${one.id}` : one.name;
    taken.add(name);
    return { ...one, name };
  });
}

function field(name: MetadataColumn, kind: "string" | "long" | "int" | "boolean", required: boolean): Field {
  return { id: METADATA_COLUMN_IDS[name], name, required, type: simpleType(kind) };
}
