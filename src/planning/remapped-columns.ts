/** Columns whose metrics may be those of other columns, because of a name mapping. Spec: Column Projection; SCH-085. @module */
import { isIcebergError } from "../base/index.ts";
import type { TableMetadata } from "../metadata/index.ts";
import { fieldIdsByName, NAME_MAPPING_PROPERTY, parseNameMapping } from "../schema/index.ts";

/**
 * Ids of columns that share a name, at different times. Metrics of a file without ids were counted under the column that
 * had the name then, its values belong to the one that the mapping gives the name to now. So nothing may be concluded
 * from what manifests say of either.
 */
export function remappedColumns({ properties, schemas }: TableMetadata): ReadonlySet<number> {
  const remapped = new Set<number>();
  const text = properties.get(NAME_MAPPING_PROPERTY);
  if (text === undefined) return remapped;
  const idOf = mappedBy(text);
  for (const schema of schemas) {
    for (const { field, names } of schema.places()) {
      const mapped = idOf(names);
      if (mapped !== undefined && mapped !== field.id) remapped.add(field.id).add(mapped);
    }
  }
  return remapped;
}

/** A mapping that cannot be read is an error of those who need it: the readers of files without ids. */
function mappedBy(text: string): (names: readonly string[]) => number | undefined {
  try {
    return fieldIdsByName(parseNameMapping(text));
  } catch (error) {
    if (!isIcebergError(error)) throw error;
    return () => undefined;
  }
}
