/** Which types and defaults a format version allows. Spec: Schemas and Data Types; Default values. @module */
import { IcebergError } from "../base/index.ts";
import type { Schema, TypeKind } from "../schema/index.ts";

/** Types that came with version 3. */
const V3_TYPES: ReadonlySet<TypeKind> = new Set([
  "unknown",
  "timestamp_ns",
  "timestamptz_ns",
  "variant",
  "geometry",
  "geography",
] satisfies TypeKind[]);

/** Throws `invalid-schema` naming the first column the format version does not allow. */
export function checkSchemaVersion(schema: Schema, formatVersion: number): void {
  if (formatVersion > 2) return;
  for (const { field, path } of schema.places()) {
    const hasDefault = (field.initialDefault ?? field.writeDefault ?? null) !== null;
    const fault = V3_TYPES.has(field.type.kind)
      ? `type ${field.type.kind} needs`
      : hasDefault
        ? "default values need"
        : undefined;
    if (fault === undefined) continue;
    throw new IcebergError(
      "invalid-schema",
      `Cannot use column ${path} in a v${formatVersion} table: ${fault} format version 3`,
      { context: { column: path, formatVersion } },
    );
  }
}
