/** The schema elements of a footer as a tree. Spec: Parquet format, Metadata and Logical Types. @module */
import { IcebergError } from "../base/index.ts";
import type { ThriftFields } from "./hyparquet.ts";
import type { Annotation, ParquetNode, PhysicalType, Repetition, TimeUnit } from "./tree.ts";

const PHYSICAL_TYPES: readonly PhysicalType[] = [
  "BOOLEAN",
  "INT32",
  "INT64",
  "INT96",
  "FLOAT",
  "DOUBLE",
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
];
const REPETITIONS: readonly Repetition[] = ["required", "optional", "repeated"];
/** Deeper nesting is damage, not data. */
const MAX_DEPTH = 64;

type FieldIdOf = (path: readonly string[]) => number | undefined;

/**
 * Builds the tree. `fieldIdOf` gives ids by path when the file has none at all, or `always`; in its paths the parts of
 * lists and maps are named `element`, `key` and `value` whatever the file calls them.
 * @throws IcebergError `corrupt-file` when the elements do not form one tree.
 */
export function buildTree(
  elements: readonly ThriftFields[],
  fieldIdOf: FieldIdOf | undefined,
  always = false,
): { root: ParquetNode; hasFieldIds: boolean } {
  const hasFieldIds = elements.slice(1).some((element) => element.has(9));
  const builder = new TreeBuilder(elements);
  const root = builder.node([], 0, 0, 0);
  if (builder.used !== elements.length) throw broken("some of its elements belong to no group");
  const useMapping = (always || !hasFieldIds) && fieldIdOf !== undefined;
  return { root: useMapping ? mapped(root, [], fieldIdOf) : root, hasFieldIds };
}

/** The columns of a tree in file order. */
export function leavesOf(node: ParquetNode): ParquetNode[] {
  return node.physical === undefined ? node.children.flatMap(leavesOf) : [node];
}

/**
 * The parts of a list by structure, never by name (PAR-013): the repeated element, and the element field, which in
 * two-level lists is the repeated element itself. `undefined` when the group is no list.
 */
export function listParts(
  node: ParquetNode,
): { readonly repeated: ParquetNode; readonly element: ParquetNode } | undefined {
  const [repeated, ...rest] = node.children;
  if (repeated === undefined || rest.length > 0 || repeated.repetition !== "repeated") return undefined;
  const twoLevel =
    repeated.physical !== undefined ||
    repeated.children.length !== 1 ||
    repeated.name === "array" ||
    repeated.name === `${node.name}_tuple`;
  return { repeated, element: twoLevel ? repeated : repeated.children[0]! };
}

/** The parts of a map by position. `undefined` when the group is no map. */
export function mapParts(
  node: ParquetNode,
):
  | { readonly repeated: ParquetNode; readonly key: ParquetNode; readonly value: ParquetNode | undefined }
  | undefined {
  const [repeated, ...rest] = node.children;
  if (repeated === undefined || rest.length > 0 || repeated.repetition !== "repeated") return undefined;
  const [key, value, ...others] = repeated.children;
  if (key === undefined || others.length > 0) return undefined;
  return { repeated, key, value };
}

class TreeBuilder {
  used = 0;
  private leaves = 0;
  private readonly elements: readonly ThriftFields[];

  constructor(elements: readonly ThriftFields[]) {
    this.elements = elements;
  }

  node(parent: readonly string[], definition: number, repetition: number, depth: number): ParquetNode {
    const element = this.elements[this.used++];
    if (element === undefined) throw broken("a group lacks children");
    if (depth > MAX_DEPTH) throw broken(`it is nested more than ${MAX_DEPTH} levels deep`);
    const isRoot = depth === 0;
    const name = element.text(4) ?? "";
    const kind = isRoot ? "required" : REPETITIONS[element.number(3) ?? 0];
    if (kind === undefined) throw broken(`element ${name} has an unknown repetition`);
    const path = isRoot ? [] : [...parent, name];
    const maxDefinition = definition + (kind === "required" ? 0 : 1);
    const maxRepetition = repetition + (kind === "repeated" ? 1 : 0);
    const type = element.number(1);
    const physical = type === undefined ? undefined : PHYSICAL_TYPES[type];
    if (type !== undefined && physical === undefined) {
      throw broken(`column ${path.join(".")} has an unknown type`);
    }
    const typeLength = element.number(2) ?? 0;
    if (physical === "FIXED_LEN_BYTE_ARRAY" && typeLength <= 0) {
      throw broken(`column ${path.join(".")} has no length`);
    }
    const leafIndex = physical === undefined ? -1 : this.leaves++;
    const children: ParquetNode[] = [];
    const childCount = physical === undefined ? (element.number(5) ?? 0) : 0;
    for (let i = 0; i < childCount; i++) {
      children.push(this.node(path, maxDefinition, maxRepetition, depth + 1));
    }
    return {
      name,
      path,
      fieldId: element.number(9),
      repetition: kind,
      physical,
      typeLength,
      annotation: annotationOf(element),
      children,
      maxDefinition,
      maxRepetition,
      leafIndex,
    };
  }
}

/** The tree again, with ids from a name mapping. */
function mapped(node: ParquetNode, path: readonly string[], fieldIdOf: FieldIdOf): ParquetNode {
  return {
    ...node,
    fieldId: path.length === 0 ? undefined : fieldIdOf(path),
    children: mappedChildren(node, path, fieldIdOf),
  };
}

function mappedChildren(
  node: ParquetNode,
  path: readonly string[],
  fieldIdOf: FieldIdOf,
): readonly ParquetNode[] {
  const list = node.annotation?.kind === "list" ? listParts(node) : undefined;
  if (list !== undefined) {
    const element = mapped(list.element, [...path, "element"], fieldIdOf);
    return list.element === list.repeated ? [element] : [{ ...list.repeated, children: [element] }];
  }
  const map = node.annotation?.kind === "map" ? mapParts(node) : undefined;
  if (map !== undefined) {
    const children = map.repeated.children.map((child) =>
      mapped(child, [...path, child === map.key ? "key" : "value"], fieldIdOf),
    );
    return [{ ...map.repeated, children }];
  }
  return node.children.map((child) => mapped(child, [...path, child.name], fieldIdOf));
}

/** The logical type, else what the converted type means (PAR-002). */
function annotationOf(element: ThriftFields): Annotation | undefined {
  const logical = element.struct(10);
  const converted = element.number(6);
  return (logical && logicalAnnotation(logical)) ?? convertedAnnotation(converted, element);
}

function logicalAnnotation(type: ThriftFields): Annotation | undefined {
  for (const [id, kind] of PLAIN_KINDS) if (type.has(id)) return { kind };
  const decimal = type.struct(5);
  if (decimal) return { kind: "decimal", scale: decimal.number(1) ?? 0, precision: decimal.number(2) ?? 0 };
  for (const [id, kind] of [
    [7, "time"],
    [8, "timestamp"],
  ] as const) {
    const time = type.struct(id);
    if (time) return { kind, utc: time.boolean(1) ?? true, unit: unitOf(time.struct(2)) };
  }
  const integer = type.struct(10);
  if (integer) {
    return { kind: "integer", bits: integer.number(1) ?? 32, signed: integer.boolean(2) ?? true };
  }
  const geometry = type.struct(17);
  if (geometry) {
    const crs = geometry.text(1);
    return { kind: "geometry", ...(crs !== undefined && { crs }) };
  }
  const geography = type.struct(18);
  if (geography) {
    const crs = geography.text(1);
    const algorithm = geography.number(2);
    return {
      kind: "geography",
      ...(crs !== undefined && { crs }),
      ...(algorithm !== undefined && { algorithm }),
    };
  }
  return undefined;
}

const PLAIN_KINDS = [
  [1, "string"],
  [2, "map"],
  [3, "list"],
  [4, "enum"],
  [6, "date"],
  [11, "null"],
  [12, "json"],
  [13, "bson"],
  [14, "uuid"],
  [15, "float16"],
  [16, "variant"],
] as const;

function unitOf(unit: ThriftFields | undefined): TimeUnit {
  if (unit?.has(1)) return "millis";
  return unit?.has(3) ? "nanos" : "micros";
}

function convertedAnnotation(code: number | undefined, element: ThriftFields): Annotation | undefined {
  switch (code) {
    case 0:
      return { kind: "string" };
    case 1:
    case 2:
      return { kind: "map" };
    case 3:
      return { kind: "list" };
    case 4:
      return { kind: "enum" };
    case 5:
      return { kind: "decimal", scale: element.number(7) ?? 0, precision: element.number(8) ?? 0 };
    case 6:
      return { kind: "date" };
    case 7:
      return { kind: "time", unit: "millis", utc: true };
    case 8:
      return { kind: "time", unit: "micros", utc: true };
    case 9:
      return { kind: "timestamp", unit: "millis", utc: true };
    case 10:
      return { kind: "timestamp", unit: "micros", utc: true };
    case 11:
    case 12:
    case 13:
    case 14:
      return { kind: "integer", bits: 8 << (code - 11), signed: false };
    case 15:
    case 16:
    case 17:
    case 18:
      return { kind: "integer", bits: 8 << (code - 15), signed: true };
    case 19:
      return { kind: "json" };
    case 20:
      return { kind: "bson" };
    case 21:
      return { kind: "interval" };
    default:
      return undefined;
  }
}

function broken(why: string): IcebergError {
  return new IcebergError("corrupt-file", `its schema does not hold together: ${why}`);
}
