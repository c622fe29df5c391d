/**
 * Rows from callers to held values and back (decision 2). Coercers are built once per schema and called per value,
 * so a row costs its checks and nothing else.
 * @module
 */
import {
  IcebergError,
  INT32_MAX,
  INT32_MIN,
  INT64_MAX,
  INT64_MIN,
  isIcebergError,
  toHex,
} from "../base/index.ts";
import {
  childFields,
  type Field,
  formatDecimal,
  type ListValue,
  type MapValue,
  parseDate,
  parseDecimal,
  parseTime,
  parseTimestamp,
  parseUuid,
  rescaleDecimal,
  type Schema,
  type StructValue,
  type TimeUnit,
  type Type,
  typeToString,
  uuidFromBytes,
  type Value,
} from "../schema/index.ts";

/** Turns one input into the held value of its type; null and undefined become null. */
export type Coercer = (input: unknown) => Value | null;

/** A row of held values, one member per column. */
export type HeldRow = Record<string, Value | null>;

/**
 * Coerces one value; for many of one column build {@link inputCoercer} once.
 * @throws IcebergError `invalid-row` naming `path`, the value and what the type accepts.
 */
export function coerceInput(type: Type, input: unknown, path: string): Value | null {
  return inputCoercer(type, path)(input);
}

/**
 * The coercer of whole rows: held values for every column, write defaults for missing ones (SCH-037).
 * @throws IcebergError `invalid-row` from the coercer, naming column and row, on unknown keys, missing or null
 * required columns and values that do not fit.
 */
export function rowCoercer(schema: Schema): (row: unknown, rowIndex?: number) => HeldRow {
  const coerce = structCoercer(schema.fields, "") as (row: unknown) => HeldRow;
  return (row, rowIndex) => (rowIndex === undefined ? coerce(row) : atRow(rowIndex, () => coerce(row)));
}

/** Adds the row's index to an `invalid-row` error of work that knows the value but not the row. */
export function atRow<T>(rowIndex: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isIcebergError(error, "invalid-row")) throw error;
    throw new IcebergError(error.code, `${error.message} (row ${rowIndex})`, {
      cause: error,
      context: { ...error.context, row: rowIndex },
    });
  }
}

/** The coercer of one type; `path` names the column in errors. */
export function inputCoercer(type: Type, path: string): Coercer {
  const strict = strictCoercer(type, path);
  return (input) => (input === null || input === undefined ? null : strict(input));
}

/** A held value as rows show it: decimals as text with their scale, nested ones too. */
export function toRowValue(type: Type, value: Value | null): Value | null {
  return value === null ? null : rowValueOf(type)(value);
}

/** {@link toRowValue} of one type, made once for many values. */
export function rowValueOf(type: Type): (value: Value) => Value {
  switch (type.kind) {
    case "decimal":
      return (value) => formatDecimal(value as bigint, type.scale);
    case "struct": {
      const members = type.fields.map((field) => [field.name, nullable(rowValueOf(field.type))] as const);
      return (value) =>
        Object.fromEntries(members.map(([name, convert]) => [name, convert((value as StructValue)[name])]));
    }
    case "list": {
      if (!holdsDecimal(type)) return same;
      const convert = nullable(rowValueOf(type.element));
      return (value) => (value as ListValue).map(convert);
    }
    case "map": {
      if (!holdsDecimal(type)) return same;
      const convertKey = rowValueOf(type.key);
      const convert = nullable(rowValueOf(type.value));
      return (value) => (value as MapValue).map(([key, item]) => [convertKey(key), convert(item)] as const);
    }
    default:
      return same;
  }
}

type StrictCoercer = (input: unknown) => Value;

function strictCoercer(type: Type, path: string): StrictCoercer {
  switch (type.kind) {
    case "boolean":
      return (input) => (typeof input === "boolean" ? input : raise(path, input, "a boolean"));
    case "int":
      return (input) => (isInt32(input) ? input + 0 : raise(path, input, "a 32-bit integer number"));
    case "long":
      return (input) => {
        if (typeof input === "bigint" && input >= INT64_MIN && input <= INT64_MAX) return input;
        if (Number.isSafeInteger(input)) return BigInt(input as number);
        return raise(path, input, "a 64-bit bigint or a safe integer number");
      };
    case "float":
      return (input) => {
        if (typeof input !== "number") return raise(path, input, "a number");
        const float = Math.fround(input);
        return Number.isFinite(float) || !Number.isFinite(input)
          ? float
          : raise(path, input, "a 32-bit float");
      };
    case "double":
      return (input) => (typeof input === "number" ? input : raise(path, input, "a number"));
    case "decimal":
      return (input) => decimalOf(input, type.precision, type.scale, path);
    case "date":
      return (input) => dateOf(input, path);
    case "time":
      return (input) => timeOf(input, path);
    case "timestamp":
    case "timestamptz":
      return timestampCoercer("micros", type.kind === "timestamptz", path);
    case "timestamp_ns":
    case "timestamptz_ns":
      return timestampCoercer("nanos", type.kind === "timestamptz_ns", path);
    case "string":
      return (input) =>
        typeof input === "string" && input.isWellFormed()
          ? input
          : raise(path, input, "a string without lone surrogates");
    case "uuid":
      return (input) => uuidOf(input, path);
    case "fixed":
      return (input) =>
        input instanceof Uint8Array && input.length === type.length
          ? input
          : raise(path, input, `a Uint8Array of ${type.length} bytes`);
    case "binary":
    case "geometry":
    case "geography":
      return (input) => (input instanceof Uint8Array ? input : raise(path, input, "a Uint8Array"));
    case "unknown":
      return (input) => raise(path, input, "only null: its type is unknown");
    case "variant":
      // Variants have no declared shape: their writer checks what it can encode.
      return (input) => input as Value;
    case "struct":
      return structCoercer(type.fields, path);
    case "list": {
      const [element] = childFields(type);
      const coerce = memberCoercer(element!, `${path}.element`);
      return (input) =>
        Array.isArray(input)
          ? input.map(coerce)
          : raise(path, input, `an array of ${typeToString(type.element)}`);
    }
    case "map":
      return mapCoercer(type, path);
  }
}

/** Coerces a struct or a row: every field filled, unknown keys refused. */
function structCoercer(fields: readonly Field[], path: string): StrictCoercer {
  const prefix = path === "" ? "" : `${path}.`;
  const names = new Set(fields.map((field) => field.name));
  const members = fields.map((field) => ({
    name: field.name,
    coerce: memberCoercer(field, prefix + field.name),
    writeDefault: field.writeDefault,
    isStruct: field.type.kind === "struct",
    own: field.name in Object.prototype,
  }));
  return (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input) || input instanceof Uint8Array) {
      return raise(path, input, "an object");
    }
    const row = input as Record<string, unknown>;
    const held: HeldRow = {};
    let seen = 0;
    for (const { name, coerce, writeDefault, isStruct, own } of members) {
      // A column named like a member of Object.prototype is there only if the row has it itself (SCH-029).
      const value = own && !Object.hasOwn(row, name) ? undefined : row[name];
      if (value !== undefined) seen++;
      if (value !== undefined || writeDefault === undefined) setMember(held, name, coerce(value));
      // The default of a struct is empty: its fields have defaults of their own (SCH-041).
      else setMember(held, name, isStruct ? coerce({}) : writeDefault);
    }
    // Counting first keeps the look for unknown keys off the usual path.
    if (Object.keys(row).length !== seen) refuseUnknownKeys(row, names, path);
    return held;
  };
}

function refuseUnknownKeys(row: Record<string, unknown>, names: ReadonlySet<string>, path: string): void {
  for (const key of Object.keys(row)) {
    if (names.has(key)) continue;
    throw new IcebergError(
      "invalid-row",
      `Cannot write column ${JSON.stringify(path === "" ? key : `${path}.${key}`)}: the schema has no such column; it has ${[...names].join(", ")}`,
      { context: { column: key, value: row[key] } },
    );
  }
}

function memberCoercer(field: Field, path: string): Coercer {
  const coerce = inputCoercer(field.type, path);
  if (!field.required) return coerce;
  return (input) => {
    const value = coerce(input);
    if (value !== null) return value;
    throw new IcebergError(
      "invalid-row",
      `Cannot write column ${JSON.stringify(path)}: it is required, but its value is ${input === null ? "null" : "missing"}; give it one`,
      { context: { column: path } },
    );
  };
}

function mapCoercer(type: Type & { readonly kind: "map" }, path: string): StrictCoercer {
  const [keyField, valueField] = childFields(type);
  const coerceKey = memberCoercer(keyField!, `${path}.key`) as StrictCoercer;
  const coerceValue = memberCoercer(valueField!, `${path}.value`);
  const accepted = `a Map or an array of [key, value] pairs${type.key.kind === "string" ? " or an object" : ""}`;
  return (input) => {
    let pairs: Iterable<unknown>;
    if (input instanceof Map || Array.isArray(input)) pairs = input;
    else if (type.key.kind === "string" && isPlainObject(input)) pairs = Object.entries(input);
    else return raise(path, input, accepted);
    const held: [Value, Value | null][] = [];
    for (const pair of pairs) {
      if (!Array.isArray(pair) || pair.length !== 2) return raise(path, pair, accepted);
      held.push([coerceKey(pair[0]), coerceValue(pair[1])]);
    }
    return held;
  };
}

function decimalOf(input: unknown, precision: number, scale: number, path: string): bigint {
  const accepted = `decimal(${precision}, ${scale}) as text or { unscaled: bigint, scale }`;
  const { unscaled, scale: given } = Object(input) as {
    readonly unscaled?: unknown;
    readonly scale?: unknown;
  };
  if (typeof unscaled === "bigint" && isInt32(given) && Math.abs(given) <= MAX_GIVEN_SCALE) {
    const parts = { unscaled, scale: given };
    return attempt(() => rescaleDecimal(parts, precision, scale), path, input, accepted);
  }
  return parsed((text) => parseDecimal(text, precision, scale), path, input, accepted);
}

/** No decimal comes near it: without a limit, a scale alone could make us build integers of gigabytes. */
const MAX_GIVEN_SCALE = 1000;

function dateOf(input: unknown, path: string): number {
  const accepted = "days as a number, a Date or YYYY-MM-DD";
  if (isInt32(input)) return input + 0;
  if (input instanceof Date && !Number.isNaN(input.getTime()))
    return Math.floor(input.getTime() / 86_400_000);
  return parsed(parseDate, path, input, accepted);
}

function timeOf(input: unknown, path: string): bigint {
  const accepted = "microseconds of the day as a bigint, or HH:MM:SS.ffffff";
  if (typeof input === "bigint" && input >= 0n && input < 86_400_000_000n) return input;
  return parsed(parseTime, path, input, accepted);
}

function timestampCoercer(unit: TimeUnit, zoned: boolean, path: string): StrictCoercer {
  const accepted = `${unit} as a bigint, a Date or an ISO-8601 string ${zoned ? "with" : "without"} offset`;
  const perMilli = unit === "micros" ? 1000n : 1_000_000n;
  const zone = zoned ? "required" : "forbidden";
  return (input) => {
    if (typeof input === "bigint" && input >= INT64_MIN && input <= INT64_MAX) return input;
    if (input instanceof Date && !Number.isNaN(input.getTime())) {
      const value = BigInt(input.getTime()) * perMilli;
      if (value >= INT64_MIN && value <= INT64_MAX) return value;
    }
    return parsed((text) => parseTimestamp(text, { unit, zone }), path, input, accepted);
  };
}

function uuidOf(input: unknown, path: string): string {
  const accepted = "a uuid as text or 16 bytes";
  if (input instanceof Uint8Array && input.length === 16) return uuidFromBytes(input);
  return parsed(parseUuid, path, input, accepted);
}

/** What a text stands for; anything but text is refused. */
function parsed<T>(parse: (text: string) => T, path: string, input: unknown, accepted: string): T {
  if (typeof input !== "string") return raise(path, input, accepted);
  return attempt(() => parse(input), path, input, accepted);
}

function attempt<T>(convert: () => T, path: string, input: unknown, accepted: string): T {
  try {
    return convert();
  } catch (cause) {
    return raise(path, input, accepted, cause);
  }
}

function isInt32(input: unknown): input is number {
  return Number.isInteger(input) && (input as number) >= INT32_MIN && (input as number) <= INT32_MAX;
}

function nullable(convert: (value: Value) => Value): (value: Value | null | undefined) => Value | null {
  return (value) => (value === null || value === undefined ? null : convert(value));
}

function same(value: Value): Value {
  return value;
}

function holdsDecimal(type: Type): boolean {
  return type.kind === "decimal" || childFields(type).some((field) => holdsDecimal(field.type));
}

/** Whether an input other than null, which never comes here, has entries of its own to read. */
function isPlainObject(input: unknown): input is Record<string, unknown> {
  return typeof input === "object" && !(input instanceof Uint8Array) && !(input instanceof Date);
}

function setMember(held: HeldRow, name: string, value: Value | null): void {
  if (name === "__proto__") {
    Object.defineProperty(held, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    held[name] = value;
  }
}

/** `path` is empty for a whole row. */
function raise(path: string, input: unknown, accepted: string, cause?: unknown): never {
  throw new IcebergError(
    "invalid-row",
    `Cannot write ${shown(input)} to ${path === "" ? "the row" : `column ${JSON.stringify(path)}`}: it takes ${accepted}`,
    { context: { column: path === "" ? "the row" : path, value: input }, cause },
  );
}

/** The value as an error shows it: its type is part, so that `"1"` and `1n` can be told apart. */
function shown(input: unknown): string {
  if (typeof input === "string") return JSON.stringify(input.length > 80 ? `${input.slice(0, 80)}…` : input);
  if (typeof input === "bigint") return `${input}n`;
  if (input instanceof Uint8Array) return `bytes ${toHex(input.subarray(0, 32))} (${input.length})`;
  if (Array.isArray(input)) return `an array of ${input.length}`;
  if (input instanceof Date) return `Date ${String(input.getTime())}`;
  if (typeof input === "object" && input !== null) return "an object";
  return String(input);
}
