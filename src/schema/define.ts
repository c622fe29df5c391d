/**
 * Schemas written in TypeScript, from which the types of rows follow. Spec: Schemas; decision 2.
 *
 * ```ts
 * const events = defineSchema({
 *   event_id: required(t.uuid()),
 *   ts: required(t.timestamptz()),
 *   user_id: optional(t.long()),
 * }, { identifierFields: ["event_id"] });
 * type Event = Row<typeof events>; // { event_id: string; ts: bigint; user_id: bigint | null }
 * ```
 * @module
 */
import { IcebergError } from "../base/index.ts";
import { freshFields, idsFrom } from "./fresh-ids.ts";
import type {
  Column,
  ColumnNameOf,
  ColumnOptions,
  Columns,
  TypedList,
  TypedMap,
  TypedSchema,
  TypedStruct,
} from "./row-types.ts";
import { Schema } from "./schema.ts";
import { DEFAULT_CRS, decimalType, fixedType, simpleType } from "./type-text.ts";
import type {
  DecimalType,
  EdgeAlgorithm,
  Field,
  FixedType,
  GeographyType,
  GeometryType,
  ListType,
  MapType,
  SimpleKind,
  SimpleType,
  Type,
  VariantType,
} from "./types.ts";

/** A column that every row has. */
export function required<T extends Type>(type: T, options: ColumnOptions = {}): Column<T, true> {
  return Object.freeze({ ...options, type, required: true });
}

/** A column that may be null, and may be left out of input rows. */
export function optional<T extends Type>(type: T, options: ColumnOptions = {}): Column<T, false> {
  return Object.freeze({ ...options, type, required: false });
}

export interface DefineSchemaOptions<Name extends string = string> {
  /** Names of the columns that identify a row (SCH-032). Uniqueness is not checked by anybody (SCH-033). */
  readonly identifierFields?: readonly Name[];
  /** Default 0. A catalog chooses its own when the table is created. */
  readonly schemaId?: number;
}

/**
 * A schema from columns in the order written, with ids from 1 (SCH-018). JavaScript moves keys that look like
 * array indexes (`"7"`) to the front: give such columns other names.
 * @throws IcebergError `invalid-schema` on an identifier field that is optional, nested, floating or unknown.
 */
export function defineSchema<const C extends Columns>(
  columns: C,
  options: DefineSchemaOptions<ColumnNameOf<C>> = {},
): TypedSchema<C> {
  const fields = freshFields(fieldsOf(columns), idsFrom(1));
  const draft = new Schema(fields, { schemaId: options.schemaId ?? 0 });
  const identifierFieldIds = (options.identifierFields ?? []).map((name) => {
    const id = draft.idOf(name);
    if (id === undefined) throw new IcebergError("invalid-schema", `Schema has no identifier field ${name}`);
    return id;
  });
  if (identifierFieldIds.length === 0) return draft as TypedSchema<C>;
  const schema = new Schema(fields, { schemaId: draft.schemaId, identifierFieldIds });
  schema.checkIdentifierFields();
  return schema as TypedSchema<C>;
}

/** The overloads of `t.list`; with a default instead, the compiler would infer the flag from where it is used. */
export interface ListBuilder {
  <E extends Type>(element: E): TypedList<E, true>;
  <E extends Type, R extends boolean>(element: E, options: { readonly required: R }): TypedList<E, R>;
}
/** The overloads of `t.map`. */
export interface MapBuilder {
  <K extends Type, V extends Type>(key: K, value: V): TypedMap<K, V, true>;
  <K extends Type, V extends Type, R extends boolean>(
    key: K,
    value: V,
    options: { readonly required: R },
  ): TypedMap<K, V, R>;
}

/** The types of columns. */
export const t: {
  boolean(): SimpleType<"boolean">;
  /** 32-bit integer, `number` in rows. */
  int(): SimpleType<"int">;
  /** 64-bit integer, `bigint` in rows. */
  long(): SimpleType<"long">;
  float(): SimpleType<"float">;
  double(): SimpleType<"double">;
  /** Exact decimal of `precision` (1 to 38) digits, `scale` of them after the point; text in rows. */
  decimal(precision: number, scale: number): DecimalType;
  date(): SimpleType<"date">;
  /** Microseconds since midnight. */
  time(): SimpleType<"time">;
  /** Wall-clock time in microseconds, without zone (SCH-004). */
  timestamp(): SimpleType<"timestamp">;
  /** Instant in microseconds since the epoch. */
  timestamptz(): SimpleType<"timestamptz">;
  /** Wall-clock time in nanoseconds; format version 3. */
  timestampNs(): SimpleType<"timestamp_ns">;
  /** Instant in nanoseconds since the epoch; format version 3. */
  timestamptzNs(): SimpleType<"timestamptz_ns">;
  string(): SimpleType<"string">;
  uuid(): SimpleType<"uuid">;
  /** Exactly `length` bytes. */
  fixed(length: number): FixedType;
  binary(): SimpleType<"binary">;
  /** Only null; format version 3. */
  unknown(): SimpleType<"unknown">;
  /** Semi-structured value; format version 3. */
  variant(): VariantType;
  /** Planar geometry as WKB; format version 3. */
  geometry(crs?: string): GeometryType;
  /** Geodesic geography as WKB; format version 3. */
  geography(crs?: string, algorithm?: EdgeAlgorithm): GeographyType;
  /** List whose elements are required unless `required: false`. */
  list: ListBuilder;
  /** Map whose values are required unless `required: false`; keys always are (SCH-013). */
  map: MapBuilder;
  struct<const C extends Columns>(columns: C): TypedStruct<C>;
} = Object.freeze({
  boolean: simple("boolean"),
  int: simple("int"),
  long: simple("long"),
  float: simple("float"),
  double: simple("double"),
  decimal(precision: number, scale: number): DecimalType {
    if (scale < 0 || scale > precision) {
      throw new IcebergError(
        "invalid-schema",
        `Cannot define decimal(${precision}, ${scale}): the scale lies between 0 and the precision`,
        { context: { precision, scale } },
      );
    }
    return decimalType(precision, scale);
  },
  date: simple("date"),
  time: simple("time"),
  timestamp: simple("timestamp"),
  timestamptz: simple("timestamptz"),
  timestampNs: simple("timestamp_ns"),
  timestamptzNs: simple("timestamptz_ns"),
  string: simple("string"),
  uuid: simple("uuid"),
  fixed: fixedType,
  binary: simple("binary"),
  unknown: simple("unknown"),
  variant: (): VariantType => VARIANT,
  geometry: (crs: string = DEFAULT_CRS): GeometryType => Object.freeze({ kind: "geometry", crs }),
  geography: (crs: string = DEFAULT_CRS, algorithm: EdgeAlgorithm = "spherical"): GeographyType =>
    Object.freeze({ kind: "geography", crs, algorithm }),
  list: listType as ListBuilder,
  map: mapType as MapBuilder,
  struct<const C extends Columns>(columns: C): TypedStruct<C> {
    return Object.freeze({ kind: "struct", fields: fieldsOf(columns) }) as TypedStruct<C>;
  },
});

/** Id of a field that no schema holds yet. */
const UNASSIGNED = 0;
const VARIANT: VariantType = Object.freeze({ kind: "variant" });

function simple<K extends SimpleKind>(kind: K): () => SimpleType<K> {
  return () => simpleType(kind);
}

function listType(element: Type, options?: { readonly required: boolean }): ListType {
  const elementRequired = options?.required ?? true;
  return Object.freeze({ kind: "list", elementId: UNASSIGNED, elementRequired, element });
}

function mapType(key: Type, value: Type, options?: { readonly required: boolean }): MapType {
  const valueRequired = options?.required ?? true;
  return Object.freeze({ kind: "map", keyId: UNASSIGNED, key, valueId: UNASSIGNED, valueRequired, value });
}

function fieldsOf(columns: Columns): readonly Field[] {
  return Object.entries(columns).map(([name, column]) => {
    if (name === "") throw new IcebergError("invalid-schema", "Cannot define a column with an empty name");
    return { id: UNASSIGNED, name, ...column };
  });
}
