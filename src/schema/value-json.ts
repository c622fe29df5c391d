/**
 * Single values as JSON, the form of column defaults and REST literals. Spec: Appendix D, JSON.
 *
 * It stands below `values/` because a schema's JSON holds defaults in this form.
 * @module
 */
import {
  fromHex,
  IcebergError,
  INT32_MAX,
  INT32_MIN,
  INT64_MAX,
  INT64_MIN,
  isJsonObject,
  type Json,
  JsonFloat,
  toHex,
} from "../base/index.ts";
import { formatDecimal, parseDecimal } from "./decimal.ts";
import { formatDate, formatTime, formatTimestamp, parseDate, parseTime, parseTimestamp } from "./temporal.ts";
import { typeToString } from "./type-text.ts";
import type { Field, Type } from "./types.ts";
import { parseUuid } from "./uuid.ts";
import type { ListValue, MapValue, StructValue, Value } from "./values.ts";
import { wkbFromWkt, wktFromWkb } from "./wkt.ts";

/**
 * A held value as JSON. Floats print with a fraction or exponent (SCH-047).
 * @throws IcebergError `invalid-argument` for NaN and infinities, `unsupported` for types without a JSON form.
 */
export function valueToJson(type: Type, value: Value): Json {
  switch (type.kind) {
    case "boolean":
    case "int":
    case "string":
    case "uuid":
    case "long":
      return value as boolean | number | bigint | string;
    case "float":
    case "double":
      if (!Number.isFinite(value)) {
        throw new IcebergError(
          "invalid-argument",
          `Cannot write ${String(value)} as JSON: it has no JSON form`,
          {
            context: { value },
          },
        );
      }
      return new JsonFloat(value as number);
    case "decimal":
      return formatDecimal(value as bigint, type.scale);
    case "date":
      return formatDate(value as number);
    case "time":
      return formatTime(value as bigint);
    case "timestamp":
      return formatTimestamp(value as bigint, { unit: "micros" });
    case "timestamptz":
      return formatTimestamp(value as bigint, { unit: "micros", zone: "+00:00" });
    case "timestamp_ns":
      return formatTimestamp(value as bigint, { unit: "nanos" });
    case "timestamptz_ns":
      return formatTimestamp(value as bigint, { unit: "nanos", zone: "+00:00" });
    case "fixed":
    case "binary":
      return toHex(value as Uint8Array);
    case "struct":
      return structToJson(type.fields, value as StructValue);
    case "list":
      return (value as ListValue).map((item) => nullable(type.element, item));
    case "map":
      return {
        keys: (value as MapValue).map(([key]) => valueToJson(type.key, key)),
        values: (value as MapValue).map(([, item]) => nullable(type.value, item)),
      };
    case "geometry":
    case "geography":
      return wktFromWkb(value as Uint8Array);
    case "unknown":
    case "variant":
      throw new IcebergError("unsupported", `Cannot write a value of type ${typeToString(type)} as JSON`);
  }
}

/**
 * The held value of a JSON single value.
 * @throws IcebergError `invalid-argument` when the JSON does not fit the type.
 */
export function valueFromJson(type: Type, json: Json): Value {
  switch (type.kind) {
    case "boolean":
      return typeof json === "boolean" ? json : misfit(type, json);
    case "int":
      return isIntegerIn(json, INT32_MIN, INT32_MAX) ? Number(json) : misfit(type, json);
    case "long":
      return isIntegerIn(json, INT64_MIN, INT64_MAX) ? BigInt(json) : misfit(type, json);
    case "float":
    case "double": {
      const number = json instanceof JsonFloat ? json.value : json;
      if (typeof number !== "number" && typeof number !== "bigint") return misfit(type, json);
      return type.kind === "float" ? Math.fround(Number(number)) : Number(number);
    }
    case "decimal":
      return parseDecimal(textOf(type, json), type.precision, type.scale, { exactScale: true });
    case "date":
      return parseDate(textOf(type, json));
    case "time":
      return parseTime(textOf(type, json));
    case "timestamp":
      return parseTimestamp(textOf(type, json), { unit: "micros", zone: "forbidden" });
    case "timestamptz":
      return parseTimestamp(textOf(type, json), { unit: "micros", zone: "utc" });
    case "timestamp_ns":
      return parseTimestamp(textOf(type, json), { unit: "nanos", zone: "forbidden" });
    case "timestamptz_ns":
      return parseTimestamp(textOf(type, json), { unit: "nanos", zone: "utc" });
    case "string":
      return textOf(type, json);
    case "uuid":
      return parseUuid(textOf(type, json));
    case "binary":
      return fromHex(textOf(type, json));
    case "fixed": {
      const bytes = fromHex(textOf(type, json));
      return bytes.length === type.length ? bytes : misfit(type, json);
    }
    case "struct":
      return isJsonObject(json) ? structFromJson(type.fields, json) : misfit(type, json);
    case "list":
      if (!Array.isArray(json)) return misfit(type, json);
      return json.map((item: Json) => fromNullable(type.element, item, type.elementRequired));
    case "map": {
      const keys = isJsonObject(json) ? json.keys : undefined;
      const values = isJsonObject(json) ? json.values : undefined;
      if (!Array.isArray(keys) || !Array.isArray(values) || keys.length !== values.length) {
        return misfit(type, json);
      }
      return keys.map((key: Json, index) => [
        valueFromJson(type.key, key),
        fromNullable(type.value, values[index] as Json, type.valueRequired),
      ]);
    }
    case "geometry":
    case "geography":
      return wkbFromWkt(textOf(type, json));
    case "unknown":
    case "variant":
      throw new IcebergError("unsupported", `Cannot read a value of type ${typeToString(type)} from JSON`);
  }
}

function structToJson(fields: readonly Field[], value: StructValue): Json {
  const json: Record<string, Json> = {};
  for (const field of fields) {
    const member = value[field.name];
    if (member !== undefined) json[String(field.id)] = nullable(field.type, member);
  }
  return json;
}

function structFromJson(
  fields: readonly Field[],
  json: { readonly [key: string]: Json | undefined },
): StructValue {
  const members: [string, Value | null][] = [];
  for (const field of fields) {
    const member = json[String(field.id)];
    if (member !== undefined) members.push([field.name, fromNullable(field.type, member, false)]);
  }
  // Object.fromEntries defines own members whatever their name, `__proto__` included (SCH-029).
  return Object.fromEntries(members);
}

function nullable(type: Type, value: Value | null): Json {
  return value === null ? null : valueToJson(type, value);
}

function fromNullable(type: Type, json: Json, required: boolean): Value | null {
  if (json === null) return required ? misfit(type, json) : null;
  return valueFromJson(type, json);
}

function textOf(type: Type, json: Json): string {
  return typeof json === "string" ? json : misfit(type, json);
}

function isIntegerIn(json: Json, low: number | bigint, high: number | bigint): json is number | bigint {
  if (typeof json === "number" ? !Number.isInteger(json) : typeof json !== "bigint") return false;
  return (json as number | bigint) >= low && (json as number | bigint) <= high;
}

function misfit(type: Type, json: Json): never {
  const shown =
    json instanceof JsonFloat
      ? String(json.value)
      : typeof json === "bigint"
        ? String(json)
        : JSON.stringify(json);
  throw new IcebergError("invalid-argument", `Cannot read ${shown} as ${typeToString(type)}`, {
    context: { type: typeToString(type), json },
  });
}
