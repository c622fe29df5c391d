/** Rows from JSON: canonical values back into what tables take (decision 13). Spec: none. @module */
import { fromHex, isJsonObject, type Json, JsonFloat } from "../base/index.ts";
import { childFields, type Schema, type Type } from "../schema/index.ts";
import type { InputRow } from "./signals.ts";

/** Turns a parsed value into row input; what does not fit is handed on, for the table to refuse by name. */
export type JsonConverter = (json: Json) => unknown;

/** The converter of rows; it changes the object it is given. */
export function jsonRowConverter(schema: Schema): (row: { [column: string]: unknown }) => InputRow {
  const converters = schema.fields.flatMap(({ name, type }) => {
    const convert = jsonConverter(type);
    return convert === undefined ? [] : [{ name, convert }];
  });
  return (row) => {
    for (const { name, convert } of converters) {
      if (Object.hasOwn(row, name)) row[name] = convert(row[name] as Json);
    }
    return row;
  };
}

/** Whether numbers with a fraction must keep their text, for a decimal hides in the type. */
export function needsExactFloats(type: Type): boolean {
  return type.kind === "decimal" || childFields(type).some((field) => needsExactFloats(field.type));
}

/** The converter of one type; `undefined` where JSON's value is the input already. */
export function jsonConverter(type: Type): JsonConverter | undefined {
  switch (type.kind) {
    case "boolean":
    case "string":
    case "uuid":
    case "unknown":
      return undefined;
    case "int":
    case "long":
    case "date":
      return unwrapped;
    case "float":
    case "double":
      return (json) => {
        if (typeof json === "string" && NOT_FINITE.has(json)) return Number(json);
        return typeof json === "bigint" ? Number(json) : unwrapped(json);
      };
    case "decimal":
      return (json) => {
        if (json instanceof JsonFloat) return json.text ?? String(json.value);
        return typeof json === "number" || typeof json === "bigint" ? String(json) : json;
      };
    case "time":
    case "timestamp":
    case "timestamptz":
    case "timestamp_ns":
    case "timestamptz_ns":
      // A bare number does not say its unit: as a `number` it is refused.
      return (json) => (typeof json === "bigint" ? Number(json) : unwrapped(json));
    case "fixed":
    case "binary":
    case "geometry":
    case "geography":
      return (json) => (typeof json === "string" ? (bytesOf(json) ?? json) : unwrapped(json));
    case "list": {
      const convert = jsonConverter(type.element);
      if (convert === undefined) return undefined;
      return (json) => (Array.isArray(json) ? json.map((item: Json) => convert(item)) : json);
    }
    case "map":
      return mapConverter(type);
    case "struct": {
      const row = jsonRowConverter({ fields: type.fields } as Schema);
      return (json) => (isJsonObject(json) ? row({ ...json }) : json);
    }
    case "variant":
      return plain;
  }
}

const NOT_FINITE: ReadonlySet<string> = new Set(["NaN", "Infinity", "-Infinity"]);

function unwrapped(json: Json): unknown {
  return json instanceof JsonFloat ? json.value : json;
}

function mapConverter(type: Type & { readonly kind: "map" }): JsonConverter | undefined {
  const convertKey = jsonConverter(type.key);
  const convertValue = jsonConverter(type.value);
  if (convertKey === undefined && convertValue === undefined) return undefined;
  const key = convertKey ?? ((json: Json) => json);
  const value = convertValue ?? ((json: Json) => json);
  return (json) => {
    if (Array.isArray(json)) {
      return json.map((pair: Json) =>
        Array.isArray(pair) && pair.length === 2 ? [key(pair[0] as Json), value(pair[1] as Json)] : pair,
      );
    }
    if (!isJsonObject(json)) return json;
    return Object.fromEntries(Object.entries(json).map(([name, item]) => [name, value(item as Json)]));
  };
}

/** JSON without the marks of exact parsing. */
function plain(json: Json): unknown {
  if (json instanceof JsonFloat) return json.value;
  if (Array.isArray(json)) return json.map((item: Json) => plain(item));
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([name, item]) => [name, plain(item as Json)]));
}

/** Bytes of hex text; `undefined` when it is none. */
export function bytesOf(text: string): Uint8Array | undefined {
  return /^(?:[0-9a-fA-F]{2})*$/.test(text) ? fromHex(text) : undefined;
}
