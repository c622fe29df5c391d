/** Iceberg schema to Parquet schema. Spec: Appendix A Parquet, Data Type Mappings (PAR-001, PAR-011). @module */
import { IcebergError } from "../base/index.ts";
import type { Field, GeographyType, Schema, Type } from "../schema/index.ts";
import { decimalByteLength } from "../values/index.ts";
import type { Annotation, ParquetNode, PhysicalType, Repetition } from "./tree.ts";

/** A column chunk to write: a primitive field, wherever it is nested. */
export interface Leaf {
  readonly node: ParquetNode;
  readonly type: Type;
  /** Id the chunk's metrics belong to; `undefined` for the parts of a variant. */
  readonly fieldId: number | undefined;
}

/** What a schema looks like in a file. */
export interface Layout {
  readonly root: ParquetNode;
  /** In file order. */
  readonly leaves: readonly Leaf[];
  /** The group or leaf of each top-level field; `undefined` for `unknown` columns, which are left out (PAR-010). */
  readonly columns: readonly (ParquetNode | undefined)[];
}

/** Names of the middle groups the Parquet format prescribes (PAR-012). */
const LIST_GROUP = "list";
const MAP_GROUP = "key_value";

/**
 * Lays a schema out as a Parquet schema.
 * @throws IcebergError `unsupported` naming the column when it holds only `unknown` parts (PAR-010).
 */
export function layoutOf(schema: Schema): Layout {
  const leaves: Leaf[] = [];
  const build = new LayoutBuilder(leaves);
  const columns = schema.fields.map((field) => build.field(field, [], 0, 0));
  const children = columns.filter((node) => node !== undefined);
  const root = node({ name: "table", path: [], repetition: "required", children });
  return { root, leaves, columns };
}

class LayoutBuilder {
  private readonly leaves: Leaf[];
  constructor(leaves: Leaf[]) {
    this.leaves = leaves;
  }

  field(
    field: Field,
    parent: readonly string[],
    definition: number,
    repetition: number,
  ): ParquetNode | undefined {
    const { type } = field;
    const path = [...parent, field.name];
    const level = definition + (field.required ? 0 : 1);
    const base = {
      name: field.name,
      path,
      fieldId: field.id,
      repetition: (field.required ? "required" : "optional") as Repetition,
      maxDefinition: level,
      maxRepetition: repetition,
    };
    switch (type.kind) {
      case "unknown":
        return undefined;
      case "struct": {
        const children = type.fields.map((child) => this.field(child, path, level, repetition));
        const present = children.filter((child) => child !== undefined);
        if (present.length === 0) throw empty(path);
        return node({ ...base, children: present });
      }
      case "list": {
        const middle = [...path, LIST_GROUP];
        const element: Field = {
          id: type.elementId,
          name: "element",
          required: type.elementRequired,
          type: type.element,
        };
        const child = this.field(element, middle, level + 1, repetition + 1);
        if (child === undefined) throw empty(path);
        const repeated = repeatedGroup(LIST_GROUP, middle, level + 1, repetition + 1, [child]);
        return node({ ...base, annotation: { kind: "list" }, children: [repeated] });
      }
      case "map": {
        const middle = [...path, MAP_GROUP];
        const key: Field = { id: type.keyId, name: "key", required: true, type: type.key };
        const value: Field = {
          id: type.valueId,
          name: "value",
          required: type.valueRequired,
          type: type.value,
        };
        const children = [key, value].map((part) => this.field(part, middle, level + 1, repetition + 1));
        const present = children.filter((part) => part !== undefined);
        if (present.length < 2) throw empty(path);
        const repeated = repeatedGroup(MAP_GROUP, middle, level + 1, repetition + 1, present);
        return node({ ...base, annotation: { kind: "map" }, children: [repeated] });
      }
      case "variant": {
        const parts = ["metadata", "value"].map((name) =>
          this.leaf(
            {
              name,
              path: [...path, name],
              repetition: "required",
              maxDefinition: level,
              maxRepetition: repetition,
              physical: "BYTE_ARRAY",
            },
            { kind: "binary" },
            undefined,
          ),
        );
        return node({ ...base, annotation: { kind: "variant" }, children: parts });
      }
      default:
        return this.leaf({ ...base, ...physicalOf(type) }, type, field.id);
    }
  }

  private leaf(parts: NodeParts, type: Type, fieldId: number | undefined): ParquetNode {
    const made = node({ ...parts, leafIndex: this.leaves.length });
    this.leaves.push({ node: made, type, fieldId });
    return made;
  }
}

interface Physical {
  readonly physical: PhysicalType;
  readonly typeLength?: number;
  readonly annotation?: Annotation;
}

/** The physical type and annotation of a primitive type (PAR-001). */
export function physicalOf(type: Type): Physical {
  switch (type.kind) {
    case "boolean":
      return { physical: "BOOLEAN" };
    case "int":
      return { physical: "INT32" };
    case "long":
      return { physical: "INT64" };
    case "float":
      return { physical: "FLOAT" };
    case "double":
      return { physical: "DOUBLE" };
    case "date":
      return { physical: "INT32", annotation: { kind: "date" } };
    case "time":
      return { physical: "INT64", annotation: { kind: "time", unit: "micros", utc: false } };
    case "timestamp":
    case "timestamptz":
      return {
        physical: "INT64",
        annotation: { kind: "timestamp", unit: "micros", utc: type.kind === "timestamptz" },
      };
    case "timestamp_ns":
    case "timestamptz_ns":
      return {
        physical: "INT64",
        annotation: { kind: "timestamp", unit: "nanos", utc: type.kind === "timestamptz_ns" },
      };
    case "string":
      return { physical: "BYTE_ARRAY", annotation: { kind: "string" } };
    case "binary":
      return { physical: "BYTE_ARRAY" };
    case "uuid":
      return { physical: "FIXED_LEN_BYTE_ARRAY", typeLength: 16, annotation: { kind: "uuid" } };
    case "fixed":
      return { physical: "FIXED_LEN_BYTE_ARRAY", typeLength: type.length };
    case "decimal": {
      const annotation: Annotation = { kind: "decimal", precision: type.precision, scale: type.scale };
      if (type.precision <= 9) return { physical: "INT32", annotation };
      if (type.precision <= 18) return { physical: "INT64", annotation };
      return {
        physical: "FIXED_LEN_BYTE_ARRAY",
        typeLength: decimalByteLength(type.precision),
        annotation,
      };
    }
    case "geometry":
      return { physical: "BYTE_ARRAY", annotation: { kind: "geometry", crs: type.crs } };
    case "geography":
      return {
        physical: "BYTE_ARRAY",
        annotation: { kind: "geography", crs: type.crs, algorithm: algorithmCode(type) },
      };
    default:
      throw new IcebergError("unsupported", `Cannot store type ${type.kind} as a Parquet column`);
  }
}

/** Order of the names in the Parquet format's EdgeInterpolationAlgorithm. */
export const EDGE_ALGORITHMS = ["spherical", "vincenty", "thomas", "andoyer", "karney"] as const;

function algorithmCode(type: GeographyType): number {
  return EDGE_ALGORITHMS.indexOf(type.algorithm);
}

type NodeParts = Partial<ParquetNode> & Pick<ParquetNode, "name" | "path" | "repetition">;

function node(parts: NodeParts): ParquetNode {
  return {
    fieldId: undefined,
    physical: undefined,
    typeLength: 0,
    annotation: undefined,
    children: [],
    maxDefinition: 0,
    maxRepetition: 0,
    leafIndex: -1,
    ...parts,
  };
}

function repeatedGroup(
  name: string,
  path: readonly string[],
  maxDefinition: number,
  maxRepetition: number,
  children: readonly ParquetNode[],
): ParquetNode {
  return node({ name, path, repetition: "repeated", maxDefinition, maxRepetition, children });
}

function empty(path: readonly string[]): IcebergError {
  const column = path.join(".");
  return new IcebergError(
    "unsupported",
    `Cannot store column ${column}: Parquet has no column for a type whose parts are all unknown`,
    { context: { column } },
  );
}
