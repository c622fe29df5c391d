/** The columns that equality deletes compare, wherever they are in the table's schemas. Spec: Equality Delete Files. @module */
import { IcebergError } from "../base/index.ts";
import { type Field, isPrimitive, type Schema } from "../schema/index.ts";

/** One column to compare. */
export interface EqualityColumn {
  /** The column itself, with the newest type it ever had. */
  readonly leaf: Field;
  /** The outermost column to read for it: itself, or a struct with nothing else inside. */
  readonly read: Field;
  /** Names from `read` down to the column. */
  readonly names: readonly string[];
  /** What tells the value in data files that lack the column: as `read`, but a file without a required column is damaged. */
  readonly absent: Field;
}

/**
 * The columns of ids. Deletes may name dropped columns: those are found in older schemas (SCN-060); the newest schema
 * that has a column tells its type, so that values of before and after a promotion are compared as one (SCN-061).
 * @throws IcebergError `invalid-metadata` for an id that no schema has, or that is no primitive column outside lists
 *   and maps.
 */
export function equalityColumns(
  ids: readonly number[],
  schemas: readonly Schema[],
  file: string,
): readonly EqualityColumn[] {
  return [...new Set(ids)].sort((a, b) => a - b).map((id) => equalityColumn(id, schemas, file));
}

function equalityColumn(id: number, schemas: readonly Schema[], file: string): EqualityColumn {
  const schema = schemas.findLast((candidate) => candidate.findField(id) !== undefined);
  const place = schema?.place(id);
  if (
    schema === undefined ||
    place === undefined ||
    !place.throughStructs ||
    !isPrimitive(place.field.type)
  ) {
    throw new IcebergError(
      "invalid-metadata",
      `Cannot apply ${file}: it deletes by field ${id}, which ${place === undefined ? "no schema of the table has" : `is ${place.path}, no primitive column outside lists and maps`}`,
      { context: { file, id } },
    );
  }
  const { names, field } = place;
  const read = pruned(schema.fields, names);
  const isRequired = schema === schemas.at(-1) && names.length === 1 && field.required;
  return { leaf: field, read, names, absent: isRequired ? field : read };
}

/** The outermost field of a path, its structs cut down to the path. */
function pruned(fields: readonly Field[], [name, ...inner]: readonly string[]): Field {
  const field = fields.find((candidate) => candidate.name === name)!;
  if (inner.length === 0 || field.type.kind !== "struct") return optional(field);
  return optional({ ...field, type: { kind: "struct", fields: [pruned(field.type.fields, inner)] } });
}

/** What is null is compared as null, whatever the schema of today says. */
function optional(field: Field): Field {
  return field.required && field.initialDefault === undefined ? { ...field, required: false } : field;
}
