/** The definition of one table, taken from another. Spec: Schemas; Partitioning; Sorting. @module */
import { IcebergError } from "../base/index.ts";
import { formatTransform, type PartitionTerm, partitionTerm, type Transform } from "../partitioning/index.ts";
import { asc, desc, type SortTerm } from "../sorting/index.ts";
import type { Table } from "../table/index.ts";
import type { TableDefinition } from "./ddl-read.ts";
import { OWN_PROPERTIES } from "./ddl-write.ts";

/**
 * Columns, partitions, order and properties of a table, without what belongs to it alone.
 * @throws IcebergError `unsupported` for a partition or sort key whose transform this library does not know.
 */
export function definitionOf(table: Table): TableDefinition {
  const { schema, spec, sortOrder, properties, metadata } = table;
  const partitionSpec = spec.fields
    // A field dropped from a v1 table divides nothing.
    .filter(({ transform }) => transform.kind !== "void")
    .map((field): PartitionTerm => termOf(table, field, field.name));
  const order = sortOrder.fields.map((field): SortTerm => {
    const make = field.direction === "asc" ? asc : desc;
    return make(termOf(table, field), field.nullOrder);
  });
  const kept = [...properties].filter(([key]) => !OWN_PROPERTIES.has(key));
  return {
    schema,
    partitionSpec,
    sortOrder: order,
    properties: { ...Object.fromEntries(kept), "format-version": String(metadata.formatVersion) },
  };
}

interface Keyed {
  readonly sourceId: number;
  readonly sourceIds?: readonly number[];
  readonly transform: Transform;
}

function termOf(table: Table, { sourceId, sourceIds, transform }: Keyed, name?: string): PartitionTerm {
  const column = table.schema.pathOf(sourceId);
  if (column !== undefined && sourceIds === undefined && transform.kind !== "unknown") {
    return partitionTerm(transform, column, name);
  }
  throw new IcebergError(
    "unsupported",
    `Cannot make a table like ${table.name}: this library cannot apply ${formatTransform(transform)} of ${column ?? `column ${sourceId}`}`,
    {
      context: {
        table: table.name,
        hint: "create it with --schema and say partitions and order with --partition-by and --order-by",
      },
    },
  );
}
