/** The columns that rows may be deleted by. Spec: Equality Delete Files; SCH-036, CMT-043. @module */
import { ValidationError } from "../base/index.ts";
import type { DataFile } from "../manifests/index.ts";
import type { TableMetadata } from "../metadata/index.ts";
import { isPrimitive } from "../schema/index.ts";

/**
 * Checks the columns of added equality delete files, which any schema of the table may have: primitives that are not
 * floating, below structs only. Unlike identifier fields they and their structs may be optional.
 * @throws ValidationError naming file, column and rule.
 */
export function checkEqualityIds({ schemas }: TableMetadata, files: readonly DataFile[]): void {
  for (const { filePath, equalityIds = [] } of files) {
    for (const id of equalityIds) {
      const place = schemas.findLast((schema) => schema.place(id) !== undefined)?.place(id);
      const kind = place?.field.type.kind;
      const fault =
        place === undefined
          ? "no schema of the table has it"
          : !isPrimitive(place.field.type)
            ? `it is of type ${kind}, not primitive`
            : kind === "float" || kind === "double"
              ? `it is of floating type ${kind}`
              : place.throughStructs
                ? undefined
                : "it lies inside a list or map";
      if (fault === undefined) continue;
      throw new ValidationError(
        `Cannot delete rows by column ${place?.path ?? `with id ${id}`} as ${filePath} does: ${fault} (SCH-036)`,
        { context: { file: filePath, fieldId: id } },
      );
    }
  }
}
