/** Type names as metadata spells them: `long`, `decimal(9, 2)`, `geography(crs, algorithm)`. Spec: Appendix C. @module */
import { IcebergError, INT32_MAX } from "../base/index.ts";
import type { EdgeAlgorithm, PrimitiveType, SimpleKind, SimpleType, Type, VariantType } from "./types.ts";

/** Coordinate reference system of a geo type that names none (SCH-010). */
export const DEFAULT_CRS = "OGC:CRS84";

const SIMPLE_KINDS: readonly SimpleKind[] = [
  "unknown",
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "timestamp_ns",
  "timestamptz_ns",
  "string",
  "uuid",
  "binary",
];
const SIMPLE = new Map<string, SimpleType>(SIMPLE_KINDS.map((kind) => [kind, Object.freeze({ kind })]));
const VARIANT: VariantType = Object.freeze({ kind: "variant" });
const EDGE_ALGORITHMS: readonly EdgeAlgorithm[] = ["spherical", "vincenty", "thomas", "andoyer", "karney"];

const DECIMAL = /^decimal\(\s*(\d{1,10})\s*,\s*(\d{1,10})\s*\)$/;
const FIXED = /^fixed\[\s*(\d{1,10})\s*\]$/;
const GEOMETRY = /^geometry(?:\(\s*(.*?)\s*\))?$/i;
const GEOGRAPHY = /^geography(?:\(\s*([^,]*?)\s*(?:,\s*([^,]*?)\s*)?\))?$/i;

/** The one shared object of a primitive type without parameters. */
export function simpleType<K extends SimpleKind>(kind: K): SimpleType<K> {
  return SIMPLE.get(kind) as SimpleType<K>;
}

/**
 * Reads a type name, in any case and with optional white space around parameters (SCH-001, SCH-026).
 * @throws IcebergError `invalid-schema` on a name no version of the format knows.
 */
export function typeFromString(text: string): PrimitiveType | VariantType {
  const name = text.trim().toLowerCase();
  const simple = SIMPLE.get(name);
  if (simple !== undefined) return simple;
  if (name === "variant") return VARIANT;
  const decimal = DECIMAL.exec(name);
  if (decimal !== null) return decimalType(Number(decimal[1]), Number(decimal[2]));
  const fixed = FIXED.exec(name);
  if (fixed !== null) return fixedType(Number(fixed[1]));
  const geometry = GEOMETRY.exec(text.trim());
  if (geometry !== null && geometry[1] !== "") {
    return Object.freeze({ kind: "geometry", crs: geometry[1] ?? DEFAULT_CRS });
  }
  const geography = GEOGRAPHY.exec(text.trim());
  if (geography !== null && geography[1] !== "") {
    const algorithm = edgeAlgorithm(geography[2] ?? "spherical", text);
    return Object.freeze({ kind: "geography", crs: geography[1] ?? DEFAULT_CRS, algorithm });
  }
  throw new IcebergError("invalid-schema", `Cannot read type ${JSON.stringify(text)}: no such type`, {
    context: { type: text },
  });
}

/**
 * The name of a type without children, in lower case with Java's spacing: `decimal(9, 2)`, `fixed[16]`.
 * Nested types print as `struct<…>` for messages; that form is never parsed.
 */
export function typeToString(type: Type): string {
  switch (type.kind) {
    case "decimal":
      return `decimal(${type.precision}, ${type.scale})`;
    case "fixed":
      return `fixed[${type.length}]`;
    case "geometry":
      return `geometry(${type.crs})`;
    case "geography":
      return `geography(${type.crs}, ${type.algorithm})`;
    case "struct":
      return `struct<${type.fields.map((field) => `${field.name}: ${typeToString(field.type)}`).join(", ")}>`;
    case "list":
      return `list<${typeToString(type.element)}>`;
    case "map":
      return `map<${typeToString(type.key)}, ${typeToString(type.value)}>`;
    default:
      return type.kind;
  }
}

/** A decimal type. Throws `invalid-schema` unless 1 <= precision <= 38 (SCH-003). */
export function decimalType(precision: number, scale: number): PrimitiveType & { readonly kind: "decimal" } {
  if (!Number.isInteger(precision) || precision < 1 || precision > 38) {
    throw new IcebergError(
      "invalid-schema",
      `Cannot use precision ${precision}: a decimal takes 1 to 38 digits`,
      {
        context: { precision, scale },
      },
    );
  }
  if (!Number.isInteger(scale) || scale > INT32_MAX) {
    throw new IcebergError("invalid-schema", `Cannot use scale ${scale} of decimal(${precision}, ${scale})`, {
      context: { precision, scale },
    });
  }
  return Object.freeze({ kind: "decimal", precision, scale });
}

/** A fixed type. Throws `invalid-schema` on a length that is no int32. */
export function fixedType(length: number): PrimitiveType & { readonly kind: "fixed" } {
  if (!Number.isInteger(length) || length < 0 || length > INT32_MAX) {
    throw new IcebergError("invalid-schema", `Cannot use length ${length} of fixed[${length}]`, {
      context: { length },
    });
  }
  return Object.freeze({ kind: "fixed", length });
}

function edgeAlgorithm(name: string, text: string): EdgeAlgorithm {
  const found = EDGE_ALGORITHMS.find((algorithm) => algorithm === name.toLowerCase());
  if (found !== undefined) return found;
  throw new IcebergError(
    "invalid-schema",
    `Cannot read type ${JSON.stringify(text)}: edge algorithm ${JSON.stringify(name)} is none of ${EDGE_ALGORITHMS.join(", ")}`,
    { context: { type: text } },
  );
}
