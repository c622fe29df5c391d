/** What transforms take, return and compute. Spec: Partition Transforms; requirements PRT-001 to PRT-022. @module */
import { floorDiv, IcebergError, INT32_MIN, INT64_MIN } from "../base/index.ts";
import {
  civilFromDays,
  fitsPrecision,
  isPrimitive,
  type PrimitiveType,
  type PrimitiveValue,
  simpleType,
  type Type,
  typeToString,
} from "../schema/index.ts";
import { truncateLowerBound, valueHasher } from "../values/index.ts";
import { formatTransform, type Transform, type TransformKind } from "./transform.ts";

/** A transform bound to the type of its source: null goes to null. */
export type TransformFunction = (value: PrimitiveValue | null) => PrimitiveValue | null;

/** Whether a transform takes values of a type (PRT-001). `void` and unknown transforms take any. */
export function transformApplies(transform: Transform, type: Type): boolean {
  switch (transform.kind) {
    case "void":
    case "unknown":
      return true;
    case "identity":
      return isPrimitive(type) && type.kind !== "geometry" && type.kind !== "geography";
    case "bucket":
      return BUCKETABLE.has(type.kind);
    case "truncate":
      return TRUNCATABLE.has(type.kind);
    case "hour":
      return type.kind !== "date" && TEMPORAL.has(type.kind);
    default:
      return TEMPORAL.has(type.kind);
  }
}

/** The type of a transform's results. An unknown transform's is text, as in Java; its real type is the file's. */
export function transformResultType(transform: Transform, sourceType: PrimitiveType): PrimitiveType {
  switch (transform.kind) {
    case "identity":
    case "truncate":
    case "void":
      return sourceType;
    case "day":
      return simpleType("date");
    case "unknown":
      return simpleType("string");
    default:
      return simpleType("int");
  }
}

/**
 * The function of a transform over held values of a type, made once for many values.
 * @throws IcebergError `invalid-schema` when the transform does not take the type, `unsupported` for an unknown
 * transform; the function throws `invalid-row` when truncating leaves the type's range (PRT-018).
 */
export function applyTransform(transform: Transform, sourceType: PrimitiveType): TransformFunction {
  if (!transformApplies(transform, sourceType)) {
    throw new IcebergError(
      "invalid-schema",
      `Cannot apply ${formatTransform(transform)} to values of type ${typeToString(sourceType)}`,
      { context: { transform: formatTransform(transform), type: typeToString(sourceType) } },
    );
  }
  switch (transform.kind) {
    case "identity":
      return (value) => value;
    case "void":
      return () => null;
    case "bucket": {
      const hash = valueHasher(sourceType);
      const { numBuckets } = transform;
      return (value) => (value === null ? null : (hash(value) & 0x7fffffff) % numBuckets);
    }
    case "truncate":
      return truncation(transform.width, sourceType);
    case "unknown":
      throw new IcebergError(
        "unsupported",
        `Cannot apply transform ${JSON.stringify(transform.text)}: this library does not know it`,
        { context: { transform: transform.text } },
      );
    default:
      return temporal(transform.kind, sourceType);
  }
}

const TEMPORAL: ReadonlySet<string> = new Set([
  "date",
  "timestamp",
  "timestamptz",
  "timestamp_ns",
  "timestamptz_ns",
]);
const TRUNCATABLE: ReadonlySet<string> = new Set(["int", "long", "decimal", "string", "binary"]);
const BUCKETABLE: ReadonlySet<string> = new Set([
  ...TEMPORAL,
  "int",
  "long",
  "decimal",
  "time",
  "string",
  "uuid",
  "fixed",
  "binary",
]);

/** Results lie below what they are made of: only a type's least value can be passed. */
function truncation(width: number, type: PrimitiveType): TransformFunction {
  switch (type.kind) {
    case "int":
      return (value) => {
        if (value === null) return null;
        const int = value as number;
        const cut = int - (((int % width) + width) % width);
        return cut >= INT32_MIN ? cut : outOfRange(value, width, type);
      };
    case "long": {
      const step = BigInt(width);
      return (value) => {
        if (value === null) return null;
        const cut = floorTo(value as bigint, step);
        return cut >= INT64_MIN ? cut : outOfRange(value, width, type);
      };
    }
    case "decimal": {
      const step = BigInt(width);
      return (value) => {
        if (value === null) return null;
        const cut = floorTo(value as bigint, step);
        return fitsPrecision(cut, type.precision) ? cut : outOfRange(value, width, type);
      };
    }
    default:
      return (value) => (value === null ? null : truncateLowerBound(type, value, width));
  }
}

function floorTo(value: bigint, step: bigint): bigint {
  const rest = value % step;
  return rest < 0n ? value - rest - step : value - rest;
}

function outOfRange(value: PrimitiveValue, width: number, type: PrimitiveType): never {
  throw new IcebergError(
    "invalid-row",
    `Cannot truncate ${String(value)} to a multiple of ${width}: the result leaves ${typeToString(type)}`,
    { context: { value, width } },
  );
}

function temporal(kind: TransformKind, type: PrimitiveType): TransformFunction {
  if (type.kind === "date") {
    const ofDay = dayTransform(kind);
    return (value) => (value === null ? null : ofDay(value as number));
  }
  const perSecond = type.kind === "timestamp" || type.kind === "timestamptz" ? 1_000_000n : 1_000_000_000n;
  if (kind === "hour") {
    const count = counter(3600n * perSecond);
    return (value) => (value === null ? null : count(value as bigint));
  }
  const dayOf = counter(86_400n * perSecond);
  const ofDay = dayTransform(kind);
  return (value) => (value === null ? null : ofDay(dayOf(value as bigint)));
}

/** Whole units since the epoch, rounded toward the past (PRT-007). */
function counter(unit: bigint): (value: bigint) => number {
  const divisor = Number(unit);
  return (value) => {
    const number = Number(value);
    // Below 2^53 the quotient of doubles is off by less than the distance to the next whole number.
    return Number.isSafeInteger(number) ? Math.floor(number / divisor) : Number(floorDiv(value, unit));
  };
}

/** Year, month or day of a day; the calendar of the latest day is kept, for rows tend to share it. */
function dayTransform(kind: TransformKind): (day: number) => number {
  if (kind === "day") return (day) => day;
  let lastDay = Number.NaN;
  let last = 0;
  return (day) => {
    if (day === lastDay) return last;
    const { year, month } = civilFromDays(day);
    lastDay = day;
    last = kind === "year" ? year - 1970 : (year - 1970) * 12 + month - 1;
    return last;
  };
}
