/**
 * Schemas from JSON Schema, and so from every Standard Schema that tells its types as one (Zod, ArkType, Valibot …).
 * Spec: JSON Schema 2020-12 and draft 7; standardschema.dev/json-schema.
 *
 * | JSON Schema | column type |
 * | --- | --- |
 * | `boolean` | `boolean` |
 * | `integer` | `int` where its bounds or `format: int32` keep it in 32 bits, else `long` |
 * | `number` | `double`; `format: float` is `float` |
 * | `string` | `string`; formats `date`, `date-time`, `time`, `uuid` are `date`, `timestamptz`, `time`, `uuid` |
 * | `object` with `properties` | struct; as columns at the top |
 * | `object` with `additionalProperties` | map from string |
 * | `array` with `items` | list |
 * | `enum`, `const` | the type of their values |
 * | `null` beside another type, or a property that is not `required` | optional |
 * @module
 */
import { IcebergError } from "../base/index.ts";
import {
  type Column,
  type Columns,
  optional,
  required,
  type Schema,
  type Type,
  t,
  typesEqual,
  typeToString,
} from "../schema/index.ts";
import { defineSchema } from "./define.ts";
import type { StandardJsonSchema } from "./standard.ts";

export interface JsonSchemaOptions {
  /** Types of columns by full name (`user.tags.element`), in place of what the JSON Schema says. */
  readonly types?: Readonly<Record<string, Type>>;
  /** Names of the columns that identify a row (SCH-032). */
  readonly identifierFields?: readonly string[];
}

export interface StandardSchemaOptions extends JsonSchemaOptions {
  /** Whether rows are values before or after the schema's own transformations. Default `output`. */
  readonly direction?: "input" | "output";
}

/**
 * A schema from a JSON Schema of an object. Descriptions become docs; constraints that no Iceberg type has (lengths,
 * patterns, ranges) are left out, since files cannot hold a reader to them.
 * @throws IcebergError `invalid-schema` naming the column, what it says and what to do, for what Iceberg cannot hold:
 * tuples, unions of different types, recursion, values of any shape.
 * @example schemaFromJsonSchema({ type: "object", properties: { id: { type: "integer" } }, required: ["id"] });
 */
export function schemaFromJsonSchema(json: unknown, options: JsonSchemaOptions = {}): Schema {
  const { identifierFields = [], types = {} } = options;
  const reader: Reader = { root: json, types: new Map(Object.entries(types)), used: new Set() };
  const { type } = read(json, { reader, path: "", refs: [] });
  if (type.kind !== "struct") {
    throw new IcebergError(
      "invalid-schema",
      `Cannot make a table schema of a JSON Schema of type ${typeToString(type)}: it must be an object with properties`,
    );
  }
  const stray = [...reader.types.keys()].find((path) => !reader.used.has(path));
  if (stray !== undefined) {
    throw new IcebergError(
      "invalid-schema",
      `Cannot set the type of ${stray}: the JSON Schema has no such column`,
      {
        context: { column: stray },
      },
    );
  }
  const columns: Columns = Object.fromEntries(
    type.fields.map(({ name, required: present, type: column, doc }) => [
      name,
      (present ? required : optional)(column, doc === undefined ? {} : { doc }),
    ]),
  );
  return defineSchema(columns, { identifierFields: [...identifierFields] });
}

/**
 * A schema from a Standard Schema that tells its types as JSON Schema.
 * @throws IcebergError `invalid-argument` when it does not, `invalid-schema` as {@link schemaFromJsonSchema}.
 * @example fromStandardSchema(z.object({ id: z.uuid(), at: z.iso.datetime(), n: z.int().nullable() }));
 */
export function fromStandardSchema(
  standard: StandardJsonSchema | { readonly "~standard": { readonly vendor: string } },
  options: StandardSchemaOptions = {},
): Schema {
  const { vendor } = standard["~standard"];
  const convert = (standard as Partial<StandardJsonSchema>)["~standard"]?.jsonSchema?.[
    options.direction ?? "output"
  ];
  if (typeof convert !== "function") {
    throw new IcebergError(
      "invalid-argument",
      `Cannot make a schema of a Standard Schema by ${vendor}: it has no ~standard.jsonSchema; ` +
        "convert it to JSON Schema and call schemaFromJsonSchema()",
      { context: { vendor } },
    );
  }
  return schemaFromJsonSchema(jsonSchemaOf(convert, vendor), options);
}

/** In the newest dialect the library has. */
function jsonSchemaOf(
  convert: (options: { readonly target: string }) => Record<string, unknown>,
  vendor: string,
): Record<string, unknown> {
  let cause: unknown;
  for (const target of ["draft-2020-12", "draft-07"]) {
    try {
      return convert({ target });
    } catch (error) {
      cause ??= error;
    }
  }
  throw new IcebergError(
    "invalid-schema",
    `Cannot make a schema of a Standard Schema by ${vendor}: it has no JSON Schema: ${(cause as Error).message}`,
    { context: { vendor }, cause },
  );
}

interface Reader {
  readonly root: unknown;
  readonly types: ReadonlyMap<string, Type>;
  /** The paths of `types` that were met. */
  readonly used: Set<string>;
}

/** Where reading stands. */
interface Place {
  readonly reader: Reader;
  /** Full name of the column, empty at the top. */
  readonly path: string;
  /** References being followed, outermost first. */
  readonly refs: readonly string[];
}

interface Reading {
  readonly type: Type;
  readonly nullable: boolean;
}

type Node = Readonly<Record<string, unknown>>;

const INT32 = 2 ** 31;

function read(json: unknown, place: Place): Reading {
  const { reader, path } = place;
  const wanted = reader.types.get(path);
  if (wanted !== undefined) {
    reader.used.add(path);
    return { type: wanted, nullable: false };
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return refuse(place, json === false ? "no value fits it" : "it says nothing of its values");
  }
  const node = json as Node;
  if (typeof node.$ref === "string") return readReference(node.$ref, place);
  const choices = node.anyOf ?? node.oneOf;
  if (Array.isArray(choices))
    return readUnion(
      choices.map((each: unknown) => read(each, place)),
      place,
    );
  if (Array.isArray(node.allOf)) return readAll(node, node.allOf, place);
  const values = "const" in node ? [node.const] : node.enum;
  if (node.type === undefined && Array.isArray(values)) {
    return readUnion(
      values.map((value: unknown) => ({ type: typeOfValue(value, node, place), nullable: value === null })),
      place,
    );
  }
  if (Array.isArray(node.type)) {
    return readUnion(
      node.type.map((type: unknown) => read({ ...node, type }, place)),
      place,
    );
  }
  const nullable = node.type === "null" || node.nullable === true;
  return { type: readType(node, place), nullable };
}

function readType(node: Node, place: Place): Type {
  switch (node.type) {
    case "null":
      return t.unknown();
    case "boolean":
      return t.boolean();
    case "integer":
      return readInteger(node, place);
    case "number":
      return node.format === "float" ? t.float() : t.double();
    case "string":
      return readString(node);
    case "array":
      return readArray(node, place);
    case "object":
      return readObject(node, place);
    default:
      if (node.properties !== undefined) return readObject(node, place);
      return refuse(place, "it says nothing of its values");
  }
}

function readInteger(node: Node, place: Place): Type {
  const { format } = node;
  if (format === "uint64") return refuse(place, "unsigned 64-bit integers fit no integer type");
  const above =
    node.minimum ?? (typeof node.exclusiveMinimum === "number" ? node.exclusiveMinimum + 1 : undefined);
  const below =
    node.maximum ?? (typeof node.exclusiveMaximum === "number" ? node.exclusiveMaximum - 1 : undefined);
  const narrow =
    format === "int32" ||
    (typeof above === "number" && above >= -INT32 && typeof below === "number" && below < INT32);
  return narrow ? t.int() : t.long();
}

function readString({ format }: Node): Type {
  switch (format) {
    case "date":
      return t.date();
    case "date-time":
      return t.timestamptz();
    case "time":
      return t.time();
    case "uuid":
      return t.uuid();
    default:
      return t.string();
  }
}

function readArray(node: Node, place: Place): Type {
  if (node.prefixItems !== undefined || Array.isArray(node.items)) {
    return refuse(place, "a tuple, whose elements have types of their own, has no type");
  }
  const { type, nullable } = read(node.items, below(place, "element"));
  return t.list(type, { required: !nullable && type.kind !== "unknown" });
}

function readObject(node: Node, place: Place): Type {
  const { properties, additionalProperties: rest } = node;
  if (typeof properties !== "object" || properties === null || Object.keys(properties).length === 0) {
    if (typeof rest !== "object" || rest === null || Object.keys(rest).length === 0) {
      return refuse(place, "an object without properties has no shape");
    }
    const { type, nullable } = read(rest, below(place, "value"));
    return t.map(t.string(), type, { required: !nullable && type.kind !== "unknown" });
  }
  if (typeof rest === "object" && rest !== null && Object.keys(rest).length > 0) {
    return refuse(place, "an object with properties and further ones of any name is neither struct nor map");
  }
  const present = new Set(Array.isArray(node.required) ? (node.required as unknown[]) : []);
  return t.struct(
    Object.fromEntries(
      Object.entries(properties as Node).map(([name, json]): [string, Column] => {
        const { type, nullable } = read(json, below(place, name));
        const doc = typeof json === "object" ? (json as Node | null)?.description : undefined;
        const isRequired = present.has(name) && !nullable && type.kind !== "unknown";
        return [name, (isRequired ? required : optional)(type, typeof doc === "string" ? { doc } : {})];
      }),
    ),
  );
}

/** One type for all members of a union; `null` among them makes it nullable, int and long make long. */
function readUnion(members: readonly Reading[], place: Place): Reading {
  const nullable = members.some((member) => member.nullable);
  let type: Type | undefined;
  for (const { type: next } of members) {
    if (next.kind === "unknown") continue;
    if (type === undefined || typesEqual(type, next)) type = next;
    else if (isNumeric(type) && isNumeric(next)) type = wider(type, next);
    else
      refuse(
        place,
        `values of type ${typeToString(type)} and of type ${typeToString(next)} have no common type`,
      );
  }
  return { type: type ?? t.unknown(), nullable };
}

function isNumeric({ kind }: Type): boolean {
  return kind === "int" || kind === "long" || kind === "float" || kind === "double";
}

function wider(a: Type, b: Type): Type {
  const integers = [a, b].every(({ kind }) => kind === "int" || kind === "long");
  return integers ? t.long() : t.double();
}

/** An intersection: of objects, the properties of all; of one schema with constraints, that schema. */
function readAll(node: Node, parts: readonly unknown[], place: Place): Reading {
  const { allOf: _, ...own } = node;
  const resolved = parts.map((part) => {
    const reference = (part as Node | null)?.$ref;
    return typeof reference === "string" ? resolve(reference, place) : part;
  });
  const all = [...resolved, own].filter((part): part is Node => typeof part === "object" && part !== null);
  const merged: Record<string, unknown> = {};
  for (const part of all) {
    for (const [key, value] of Object.entries(part)) {
      if (key === "properties") merged[key] = { ...(merged[key] as Node | undefined), ...(value as Node) };
      else if (key === "required")
        merged[key] = [...((merged[key] as unknown[] | undefined) ?? []), ...(value as unknown[])];
      else if (key === "type" && merged.type !== undefined && merged.type !== value) {
        return refuse(place, `no value is of type ${String(merged.type)} and ${String(value)}`);
      } else merged[key] = value;
    }
  }
  return read(merged, place);
}

function readReference(reference: string, place: Place): Reading {
  if (place.refs.includes(reference)) {
    return refuse(place, `it holds itself by ${reference}, and types of columns are finite`);
  }
  return read(resolve(reference, place), { ...place, refs: [...place.refs, reference] });
}

function resolve(reference: string, place: Place): unknown {
  if (!reference.startsWith("#")) return refuse(place, `${reference} lies in another document`);
  let target: unknown = place.reader.root;
  for (const part of reference.slice(1).split("/").slice(1)) {
    const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    target = typeof target === "object" && target !== null ? (target as Node)[key] : undefined;
  }
  return target === undefined ? refuse(place, `${reference} is not there`) : target;
}

function typeOfValue(value: unknown, node: Node, place: Place): Type {
  switch (typeof value) {
    case "string":
      return readString(node);
    case "boolean":
      return t.boolean();
    case "number":
      return Number.isInteger(value) ? t.long() : t.double();
    default:
      return value === null ? t.unknown() : refuse(place, "a constant object or array has no type");
  }
}

function below(place: Place, name: string): Place {
  return { ...place, path: place.path === "" ? name : `${place.path}.${name}` };
}

function refuse({ path }: Place, why: string): never {
  const what = path === "" ? "a table schema" : `column ${path}`;
  const remedy = path === "" ? "" : `; give it a type with { types: { ${JSON.stringify(path)}: … } }`;
  throw new IcebergError("invalid-schema", `Cannot make ${what} of the JSON Schema: ${why}${remedy}`, {
    context: { column: path },
  });
}
