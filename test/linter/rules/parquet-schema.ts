/** Rules of a data file's Parquet schema. Spec: Appendix A, Parquet. @module */
import type { SchemaElement } from "hyparquet";
import { show } from "../findings.ts";
import type { ParquetFile, ParquetNode } from "../parquet.ts";
import type { LintTable } from "../table.ts";
import { type LintField, type LintSchema, type LintType, type PrimitiveType, typeText } from "../types.ts";

/** `schema` is the one that the file was written with, where that is known. */
export function checkParquetSchema(
  table: LintTable,
  location: string,
  file: ParquetFile,
  schema: LintSchema | undefined,
): void {
  checkIds(table, location, file);
  const top = file.root.children.map(({ element }) => element.field_id ?? -1);
  if (schema !== undefined) {
    checkColumns(table, location, file, schema);
    const order = schema.fields.map(({ id }) => id).filter((id) => top.includes(id));
    const written = top.filter((id) => order.includes(id));
    if (show(order) !== show(written))
      table.report.add(
        "parquet-columns",
        location,
        `columns stand as ${show(written)}, the schema has ${show(order)}`,
      );
  }
  for (const node of file.byId.values()) {
    const placed = schema?.byId.get(node.element.field_id!) ?? table.field(node.element.field_id!);
    if (placed === undefined) continue;
    checkNode(table, location, node, placed.field, schema?.byId.has(placed.field.id) === true);
  }
}

/** Whether a file has no field ids at all: it was imported, and its columns go by name (PAR-014). */
export function isWithoutIds(file: ParquetFile): boolean {
  return file.byId.size === 0;
}

function checkIds({ report, field }: LintTable, location: string, file: ParquetFile): void {
  const fault = (why: string) => report.add("parquet-field-ids", location, why);
  const seen = new Set<number>();
  const walk = (node: ParquetNode, inVariant: boolean): void => {
    const { field_id: id, repetition_type: repetition } = node.element;
    const name = node.path.join(".");
    const isMiddle = repetition === "REPEATED" && node.children.length > 0;
    if (isMiddle && id !== undefined) fault(`repeated group ${name} has field id ${id}`);
    if (!isMiddle && !inVariant && name !== "" && id === undefined) fault(`${name} has no field id`);
    if (id !== undefined && seen.has(id)) fault(`field id ${id} stands twice`);
    if (id !== undefined) seen.add(id);
    const type = id === undefined ? undefined : field(id)?.field.type;
    const isVariant = type?.kind === "primitive" && type.name === "variant";
    for (const child of node.children) walk(child, inVariant || isVariant);
  };
  walk(file.root, false);
}

function checkColumns({ report }: LintTable, location: string, file: ParquetFile, schema: LintSchema): void {
  const missing = [...schema.byId.values()].filter(
    ({ field }) => !isUnwritten(field.type) && !file.byId.has(field.id),
  );
  const names = missing.map(({ path }) => path.join("."));
  if (names.length > 0)
    report.add("parquet-columns", location, `columns ${names.join(", ")} are not in the file`);
}

/** Whether columns of the type are left out of files. */
export function isUnwritten(type: LintType): boolean {
  return type.kind === "primitive" && type.name === "unknown";
}

function checkNode(
  table: LintTable,
  location: string,
  node: ParquetNode,
  field: LintField,
  isOwn: boolean,
): void {
  const { report } = table;
  const { element } = node;
  const name = node.path.join(".");
  const repetition = field.required ? "REQUIRED" : "OPTIONAL";
  if (isOwn && element.repetition_type !== repetition)
    report.add("parquet-repetition", location, `${name} is ${element.repetition_type}, not ${repetition}`);
  if (field.type.kind === "list" || field.type.kind === "map") {
    const why = nestingFault(node, field.type.kind);
    if (why !== undefined) report.add("parquet-nesting", location, `${name}: ${why}`);
  }
  if (field.type.kind !== "primitive") return;
  if (field.type.name === "variant") {
    const parts = node.children.map((child) => child.element.name).sort();
    // The last two are shredded.
    const shapes = ["metadata value", "metadata typed_value value", "metadata typed_value"];
    if (element.logical_type?.type !== "VARIANT" || !shapes.includes(parts.join(" ")))
      report.add("parquet-types", location, `${name} is no annotated VARIANT of metadata and value`);
    return;
  }
  // A file keeps the type that its column had before a promotion.
  const types = new Map([field.type, ...table.typesOf(field.id)].map((type) => [typeText(type), type]));
  const mappings = [...types.values()].flatMap((type) => mapping(type) ?? []);
  const match = mappings.find(
    (each) => each.physical === physicalText(element) && each.logical.includes(logicalText(element)),
  );
  if (mappings.length > 0 && match === undefined) {
    const wanted = mappings.map(({ physical, logical }) => `${physical} ${logical[0]}`).join(" or ");
    report.add(
      "parquet-types",
      location,
      `${name} is ${physicalText(element)} ${logicalText(element)}, not ${wanted}`,
    );
  }
  const converted = element.converted_type ?? "";
  if (match !== undefined && !match.converted.includes(converted))
    report.add(
      "parquet-converted-types",
      location,
      `${name} has the converted type ${show(converted)}, not ${match.converted[0]}`,
    );
}

interface Mapping {
  readonly physical: string;
  readonly logical: readonly string[];
  readonly converted: readonly string[];
}

const PLAIN: Readonly<Record<string, readonly [physical: string, logical: string, converted: string]>> = {
  boolean: ["BOOLEAN", "", ""],
  float: ["FLOAT", "", ""],
  double: ["DOUBLE", "", ""],
  date: ["INT32", "DATE", "DATE"],
  time: ["INT64", "TIME MICROS local", "TIME_MICROS"],
  timestamp: ["INT64", "TIMESTAMP MICROS local", "TIMESTAMP_MICROS"],
  timestamptz: ["INT64", "TIMESTAMP MICROS utc", "TIMESTAMP_MICROS"],
  timestamp_ns: ["INT64", "TIMESTAMP NANOS local", ""],
  timestamptz_ns: ["INT64", "TIMESTAMP NANOS utc", ""],
  string: ["BYTE_ARRAY", "STRING", "UTF8"],
  uuid: ["FIXED_LEN_BYTE_ARRAY(16)", "UUID", ""],
  binary: ["BYTE_ARRAY", "", ""],
  geometry: ["BYTE_ARRAY", "GEOMETRY", ""],
  geography: ["BYTE_ARRAY", "GEOGRAPHY", ""],
};

function mapping(type: PrimitiveType): Mapping | undefined {
  const { name, precision = 0, scale = 0 } = type;
  if (name === "int") return { physical: "INT32", logical: ["", "INTEGER 32"], converted: ["", "INT_32"] };
  if (name === "long") return { physical: "INT64", logical: ["", "INTEGER 64"], converted: ["", "INT_64"] };
  if (name === "fixed")
    return { physical: `FIXED_LEN_BYTE_ARRAY(${type.length})`, logical: [""], converted: [""] };
  if (name === "decimal") {
    const physical =
      precision <= 9
        ? "INT32"
        : precision <= 18
          ? "INT64"
          : `FIXED_LEN_BYTE_ARRAY(${decimalBytes(precision)})`;
    return { physical, logical: [`DECIMAL ${precision} ${scale}`], converted: ["DECIMAL"] };
  }
  const plain = PLAIN[name];
  return plain && { physical: plain[0], logical: [plain[1]], converted: [plain[2]] };
}

/** The least number of bytes for any unscaled value of a precision. */
function decimalBytes(precision: number): number {
  let bytes = 1;
  while (1n << BigInt(8 * bytes - 1) < 10n ** BigInt(precision)) bytes++;
  return bytes;
}

function physicalText({ type, type_length: length }: SchemaElement): string {
  return type === "FIXED_LEN_BYTE_ARRAY" ? `${type}(${length})` : String(type);
}

function logicalText({ logical_type: logical }: SchemaElement): string {
  if (logical === undefined) return "";
  switch (logical.type) {
    case "DECIMAL":
      return `DECIMAL ${logical.precision} ${logical.scale}`;
    case "TIME":
    case "TIMESTAMP":
      return `${logical.type} ${logical.unit} ${logical.isAdjustedToUTC ? "utc" : "local"}`;
    case "INTEGER":
      return `INTEGER ${logical.isSigned ? "" : "u"}${logical.bitWidth}`;
    default:
      return logical.type;
  }
}

function nestingFault(node: ParquetNode, kind: "list" | "map"): string | undefined {
  const { converted_type: converted, logical_type: logical } = node.element;
  const annotation = kind.toUpperCase();
  if (converted !== annotation && logical?.type !== annotation) return `it is not annotated ${annotation}`;
  const [middle, ...others] = node.children;
  if (middle === undefined || others.length > 0 || middle.element.repetition_type !== "REPEATED")
    return "it does not hold one repeated group";
  const names = middle.children.map(({ element }) => element.name).join(", ");
  const wanted = kind === "list" ? ["list", "element"] : ["key_value", "key, value"];
  if (middle.element.name !== wanted[0] || names !== wanted[1])
    return `it holds ${middle.element.name} of ${names}, not ${wanted[0]} of ${wanted[1]}`;
  return undefined;
}
