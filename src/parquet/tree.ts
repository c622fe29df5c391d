/** A Parquet file's own schema as a tree with levels worked out. Spec: Appendix A Parquet. @module */

export type PhysicalType =
  | "BOOLEAN"
  | "INT32"
  | "INT64"
  | "INT96"
  | "FLOAT"
  | "DOUBLE"
  | "BYTE_ARRAY"
  | "FIXED_LEN_BYTE_ARRAY";

export type Repetition = "required" | "optional" | "repeated";

/** The meaning of a column or group: the logical type, or the legacy converted type when there is only that. */
export type Annotation =
  | {
      readonly kind:
        | "string"
        | "enum"
        | "json"
        | "bson"
        | "list"
        | "map"
        | "date"
        | "uuid"
        | "float16"
        | "null";
    }
  | { readonly kind: "variant" | "interval" }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "time" | "timestamp"; readonly unit: TimeUnit; readonly utc: boolean }
  | { readonly kind: "integer"; readonly bits: number; readonly signed: boolean }
  | { readonly kind: "geometry"; readonly crs?: string }
  | { readonly kind: "geography"; readonly crs?: string; readonly algorithm?: number };

export type TimeUnit = "millis" | "micros" | "nanos";

/** One schema element with its place: levels count from the root, which has none. */
export interface ParquetNode {
  readonly name: string;
  /** Names from below the root down to this element. */
  readonly path: readonly string[];
  /** 0 is a valid id (PAR-015). */
  readonly fieldId: number | undefined;
  readonly repetition: Repetition;
  /** Absent on groups. */
  readonly physical: PhysicalType | undefined;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY, else 0. */
  readonly typeLength: number;
  readonly annotation: Annotation | undefined;
  readonly children: readonly ParquetNode[];
  readonly maxDefinition: number;
  readonly maxRepetition: number;
  /** Index among the file's columns; -1 on groups. */
  readonly leafIndex: number;
}
