/**
 * The type system of Iceberg tables as plain frozen data. Spec: Schemas and Data Types.
 *
 * A type is a tagged object; field ids live on struct fields, list elements and map keys and values, never on
 * primitives, so one primitive object serves every column of that type.
 * @module
 */
import type { Value } from "./values.ts";

/** Primitive types without parameters. */
export type SimpleKind =
  | "unknown"
  | "boolean"
  | "int"
  | "long"
  | "float"
  | "double"
  | "date"
  | "time"
  | "timestamp"
  | "timestamptz"
  | "timestamp_ns"
  | "timestamptz_ns"
  | "string"
  | "uuid"
  | "binary";

export type EdgeAlgorithm = "spherical" | "vincenty" | "thomas" | "andoyer" | "karney";

export interface SimpleType<K extends SimpleKind = SimpleKind> {
  readonly kind: K;
}
/** Exact decimal: 1 <= precision <= 38, scale is part of the type and never changes. */
export interface DecimalType {
  readonly kind: "decimal";
  readonly precision: number;
  readonly scale: number;
}
/** Exactly `length` bytes. */
export interface FixedType {
  readonly kind: "fixed";
  readonly length: number;
}
/** Planar geometry as WKB; `crs` is opaque (SCH-011). */
export interface GeometryType {
  readonly kind: "geometry";
  readonly crs: string;
}
/** Geodesic geography as WKB. */
export interface GeographyType {
  readonly kind: "geography";
  readonly crs: string;
  readonly algorithm: EdgeAlgorithm;
}
/** A type without children. `variant` is not among them (SCH-008). */
export type PrimitiveType = SimpleType | DecimalType | FixedType | GeometryType | GeographyType;

/** Semi-structured value; neither primitive nor nested. */
export interface VariantType {
  readonly kind: "variant";
}
export interface StructType {
  readonly kind: "struct";
  readonly fields: readonly Field[];
}
export interface ListType {
  readonly kind: "list";
  readonly elementId: number;
  readonly elementRequired: boolean;
  readonly element: Type;
}
/** Map keys are always required (SCH-013). */
export interface MapType {
  readonly kind: "map";
  readonly keyId: number;
  readonly key: Type;
  readonly valueId: number;
  readonly valueRequired: boolean;
  readonly value: Type;
}
export type NestedType = StructType | ListType | MapType;
export type Type = PrimitiveType | VariantType | NestedType;
export type TypeKind = Type["kind"];

/** One field of a struct, or one column of a schema. The id identifies it, never the name (SCH-020). */
export interface Field {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: Type;
  readonly doc?: string;
  /** Value of rows in files that lack the column (v3). Absent means null. */
  readonly initialDefault?: Value;
  /** Value a writer stores when a row omits the column (v3). Absent means null. */
  readonly writeDefault?: Value;
}

/** Whether a type has children with ids of their own. */
export function isNested(type: Type): type is NestedType {
  return type.kind === "struct" || type.kind === "list" || type.kind === "map";
}

/** Whether a type is primitive: not nested and not `variant`. */
export function isPrimitive(type: Type): type is PrimitiveType {
  return !isNested(type) && type.kind !== "variant";
}
