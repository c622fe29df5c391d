/** A table as the Spark SQL that makes one like it. Spec: none; the grammar is Spark's, with Iceberg's SQL extensions. @module */
import { RESERVED_PROPERTIES } from "../metadata/index.ts";
import { defaultPartitionName, type PartitionSpec } from "../partitioning/index.ts";
import type { Schema } from "../schema/index.ts";
import type { Table } from "../table/index.ts";
import { writeTerm } from "./ddl-terms.ts";
import { ddlName, ddlText } from "./ddl-tokens.ts";
import { writeField } from "./ddl-types.ts";

/** The statements, and what of the table they cannot say. */
export interface WrittenDdl {
  readonly text: string;
  /** One phrase for each loss; empty when the statements make an equal table. */
  readonly losses: readonly string[];
}

/** Properties that belong to one table alone, or that its catalog sets by itself. */
export const OWN_PROPERTIES: ReadonlySet<string> = new Set([
  ...RESERVED_PROPERTIES,
  "icewright.publish",
  "icewright.demo",
  "owner",
  "location",
  "provider",
  "external",
  "write.data.path",
  "write.metadata.path",
  "write.object-storage.path",
  "write.folder-storage.path",
]);

/** Writes the statements; they end in a line end. */
export function writeTableDdl(table: Table): WrittenDdl {
  const { schema, spec, metadata } = table;
  const losses: string[] = [];
  const name = [...table.identifier.namespace, table.identifier.name].map(ddlName).join(".");
  const columns = schema.fields.map((field) => `  ${writeField(field, field.name, losses)}`);
  const partitions = partitionParts(spec, schema, losses);
  // A clause cannot name its fields: named ones are added one by one.
  const inClause = partitions.every((part) => part.name === undefined);
  const properties = [
    ...(metadata.formatVersion === 2 ? [] : [["format-version", String(metadata.formatVersion)] as const]),
    ...[...table.properties]
      .filter(([key]) => !OWN_PROPERTIES.has(key) && key !== "comment")
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
  const comment = table.properties.get("comment");
  const create = [
    `CREATE TABLE ${name} (\n${columns.join(",\n")}\n)`,
    "USING iceberg",
    ...(comment === undefined ? [] : [`COMMENT ${ddlText(comment)}`]),
    ...(inClause && partitions.length > 0
      ? [`PARTITIONED BY (${partitions.map(({ term }) => term).join(", ")})`]
      : []),
    ...(properties.length > 0
      ? [`TBLPROPERTIES (\n${properties.map(([k, v]) => `  ${ddlText(k)} = ${ddlText(v)}`).join(",\n")}\n)`]
      : []),
  ].join("\n");
  const alter = `ALTER TABLE ${name}`;
  const statements = [
    create,
    ...(inClause
      ? []
      : partitions.map(
          (part) =>
            `${alter} ADD PARTITION FIELD ${part.term}${part.name ? ` AS ${ddlName(part.name)}` : ""}`,
        )),
    ...orderStatements(table, alter, losses),
    ...identifierStatements(schema, alter),
  ];
  return { text: statements.map((statement) => `${statement};\n`).join(""), losses };
}

interface PartitionPart {
  readonly term: string;
  /** Absent: the name follows from the term. */
  readonly name?: string;
}

function partitionParts(spec: PartitionSpec, schema: Schema, losses: string[]): readonly PartitionPart[] {
  return spec.fields.flatMap((field): PartitionPart[] => {
    // A field dropped from a v1 table divides nothing.
    if (field.transform.kind === "void") return [];
    const place = schema.place(field.sourceId);
    const term =
      place === undefined || field.sourceIds !== undefined
        ? undefined
        : writeTerm(field.transform, place.names);
    if (place === undefined || term === undefined) {
      losses.push(`partition field ${field.name}`);
      return [];
    }
    const usual = field.name === defaultPartitionName(place.path, field.transform);
    return [{ term, ...(!usual && { name: field.name }) }];
  });
}

function orderStatements({ sortOrder, schema }: Table, alter: string, losses: string[]): readonly string[] {
  const keys = sortOrder.fields.flatMap((field) => {
    const place = schema.place(field.sourceId);
    const term =
      place === undefined || field.sourceIds !== undefined
        ? undefined
        : writeTerm(field.transform, place.names);
    if (term === undefined) {
      losses.push(`sort key ${place?.path ?? `#${field.sourceId}`}`);
      return [];
    }
    const nulls = field.nullOrder === "nulls-first" ? "NULLS FIRST" : "NULLS LAST";
    return [`${term} ${field.direction.toUpperCase()} ${nulls}`];
  });
  return keys.length === 0 ? [] : [`${alter} WRITE ORDERED BY ${keys.join(", ")}`];
}

function identifierStatements(schema: Schema, alter: string): readonly string[] {
  const names = schema.identifierFieldIds.flatMap((id) => {
    const place = schema.place(id);
    return place === undefined ? [] : [place.names.map(ddlName).join(".")];
  });
  return names.length === 0 ? [] : [`${alter} SET IDENTIFIER FIELDS ${names.join(", ")}`];
}
