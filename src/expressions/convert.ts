/**
 * Literals as values of a column's type. Spec: Expressions spec, Comparisons; requirements SCN-025 to SCN-027.
 *
 * A literal need not be a value of the type: it may lie beyond its range or between two of its values, as noon
 * does for a date. Where it stands decides the predicate, so nothing wraps and no boundary moves.
 * @module
 */
import {
  floorDiv,
  fromHex,
  IcebergError,
  INT32_MAX,
  INT32_MIN,
  INT64_MAX,
  INT64_MIN,
} from "../base/index.ts";
import type { Transform } from "../partitioning/index.ts";
import {
  type DecimalParts,
  type DecimalType,
  daysFromCivil,
  decimalParts,
  fitsPrecision,
  formatDecimal,
  isPrimitive,
  MICROS_PER_DAY,
  type PrimitiveValue,
  parseDate,
  parseTime,
  parseTimestamp,
  parseUuid,
  type TimeUnit,
  type Type,
  uuidFromBytes,
  type ZoneRule,
} from "../schema/index.ts";
import { isDecimalLiteral, isInstantLiteral, type Literal } from "./literal.ts";

/** Where a literal stands among the values of a type. */
export type Placement =
  /** It is the value. */
  | { readonly at: "value"; readonly value: PrimitiveValue }
  /** It lies between `below` and the next larger value. */
  | { readonly at: "gap"; readonly below: PrimitiveValue }
  /** It is larger than every value. */
  | { readonly at: "above" }
  /** It is smaller than every value. */
  | { readonly at: "below" };

/** Why a literal cannot be compared with a column; {@link bind} adds the names. */
export class LiteralMisfit extends Error {}

/**
 * Places a literal among the values of a type. `transform` is that of the term, whose ordinals may be written as
 * text: `month(ts) = '2026-01'`.
 * @throws LiteralMisfit when the literal's kind does not fit the type; its message says what does.
 */
export function placeLiteral(type: Type, literal: Literal, transform?: Transform): Placement {
  if (!isPrimitive(type)) throw new LiteralMisfit("only isNull and notNull apply to it");
  switch (type.kind) {
    case "boolean":
      return typeof literal === "boolean" ? on(literal) : misfit("use true or false");
    case "int": {
      if (typeof literal === "string" && transform !== undefined)
        return on(ordinalOf(transform.kind, literal));
      return integer(
        numeric(literal, "use an integer without quotes"),
        BigInt(INT32_MIN),
        BigInt(INT32_MAX),
        Number,
      );
    }
    case "long":
      return integer(numeric(literal, "use an integer without quotes"), INT64_MIN, INT64_MAX, same);
    case "float":
    case "double":
      return floating(numeric(literal, "use a number without quotes"), type.kind === "float");
    case "decimal":
      return decimal(type, literal);
    case "date":
      return date(literal);
    case "time":
      if (typeof literal === "string") return on(read(() => parseTime(literal)));
      return integer(numeric(literal, "use 'HH:MM:SS.ffffff'"), 0n, MICROS_PER_DAY - 1n, same);
    case "timestamp":
    case "timestamp_ns":
      return timestamp(literal, type.kind === "timestamp" ? "micros" : "nanos", "forbidden");
    case "timestamptz":
    case "timestamptz_ns":
      return timestamp(literal, type.kind === "timestamptz" ? "micros" : "nanos", "required");
    case "string":
      return typeof literal === "string" ? on(literal) : misfit("use text in quotes");
    case "uuid":
      if (literal instanceof Uint8Array && literal.length === 16) return on(uuidFromBytes(literal));
      return typeof literal === "string"
        ? on(read(() => parseUuid(literal)))
        : misfit("use 36 characters or 16 bytes");
    case "binary":
      return on(bytes(literal));
    case "fixed": {
      const value = bytes(literal);
      return value.length === type.length
        ? on(value)
        : misfit(`it has ${value.length} bytes; use ${type.length}`);
    }
    case "unknown":
    case "geometry":
    case "geography":
      return misfit("only isNull and notNull apply to it");
  }
}

const ABOVE: Placement = Object.freeze({ at: "above" });
const BELOW: Placement = Object.freeze({ at: "below" });
const MAX_FLOAT = 3.4028234663852886e38;

/** A number, exactly. */
type Numeric = number | bigint | DecimalParts;

function on(value: PrimitiveValue): Placement {
  return { at: "value", value };
}

function same(value: bigint): bigint {
  return value;
}

function numeric(literal: Literal, advice: string): Numeric {
  if (typeof literal === "number" || typeof literal === "bigint") return literal;
  return typeof literal === "object" && isDecimalLiteral(literal) ? literal : misfit(advice);
}

function integer(
  literal: Numeric,
  min: bigint,
  max: bigint,
  hold: (value: bigint) => PrimitiveValue,
): Placement {
  if (literal === Number.POSITIVE_INFINITY) return ABOVE;
  if (literal === Number.NEGATIVE_INFINITY) return BELOW;
  let floor: bigint;
  let exact = true;
  if (typeof literal === "bigint") {
    floor = literal;
  } else if (typeof literal === "number") {
    floor = BigInt(Math.floor(literal));
    exact = Number.isInteger(literal);
  } else {
    const divisor = 10n ** BigInt(literal.scale);
    floor = floorDiv(literal.unscaled, divisor);
    exact = floor * divisor === literal.unscaled;
  }
  return onGrid(floor, exact, min, max, hold);
}

/** Places a number known by the integer at or below it. */
function onGrid(
  floor: bigint,
  exact: boolean,
  min: bigint,
  max: bigint,
  hold: (value: bigint) => PrimitiveValue,
): Placement {
  if (floor < min) return BELOW;
  if (floor > max) return ABOVE;
  return exact ? on(hold(floor)) : { at: "gap", below: hold(floor) };
}

/**
 * The nearest value, as engines cast literals; a finite number beyond the range of floats stands between the
 * largest float and Infinity (SCN-025).
 */
function floating(literal: Numeric, single: boolean): Placement {
  const wide =
    typeof literal === "object" ? Number(formatDecimal(literal.unscaled, literal.scale)) : Number(literal);
  const value = single ? Math.fround(wide) : wide;
  if (Number.isFinite(value) || (typeof literal === "number" && !Number.isFinite(literal)))
    return on(value === 0 ? 0 : value);
  if (value < 0) return { at: "gap", below: Number.NEGATIVE_INFINITY };
  return { at: "gap", below: single ? MAX_FLOAT : Number.MAX_VALUE };
}

function decimal(type: DecimalType, literal: Literal): Placement {
  if (literal === Number.POSITIVE_INFINITY) return ABOVE;
  if (literal === Number.NEGATIVE_INFINITY) return BELOW;
  const parts = decimalLiteralParts(literal);
  const shift = BigInt(Math.abs(type.scale - parts.scale));
  let unscaled = parts.unscaled;
  let exact = true;
  if (type.scale >= parts.scale) {
    unscaled *= 10n ** shift;
  } else {
    const divisor = 10n ** shift;
    unscaled = floorDiv(unscaled, divisor);
    exact = unscaled * divisor === parts.unscaled;
  }
  if (!fitsPrecision(unscaled, type.precision)) return unscaled < 0n ? BELOW : ABOVE;
  // Spec: decimals compare at one scale, so a literal of finer scale is a mistake rather than a boundary (SCN-027).
  return exact ? on(unscaled) : misfit(`it has more than ${type.scale} fractional digits; round it`);
}

function decimalLiteralParts(literal: Literal): DecimalParts {
  switch (typeof literal) {
    case "bigint":
      return { unscaled: literal, scale: 0 };
    case "number":
      return decimalParts(String(literal));
    case "string":
      return read(() => decimalParts(literal));
    default:
      return typeof literal === "object" && isDecimalLiteral(literal)
        ? literal
        : misfit("use a number such as 1.50 or '1.50'");
  }
}

function date(literal: Literal): Placement {
  if (typeof literal === "string") {
    if (DATE_ONLY.test(literal)) return on(read(() => parseDate(literal)));
    // A time of day falls between two dates: `date < noon of day d` includes d (SCN-026).
    const micros = attempt(() => parseTimestamp(literal, { unit: "micros", zone: "forbidden" }));
    if (micros !== undefined) return days(micros, MICROS_PER_DAY);
    const nanos = attempt(() => parseTimestamp(literal, { unit: "nanos", zone: "forbidden" }));
    return nanos === undefined ? misfit("use 'YYYY-MM-DD'") : days(nanos, MICROS_PER_DAY * 1000n);
  }
  if (typeof literal === "object" && isInstantLiteral(literal))
    return days(BigInt(literal.epochMillis), MICROS_PER_DAY / 1000n);
  return integer(numeric(literal, "use 'YYYY-MM-DD'"), BigInt(INT32_MIN), BigInt(INT32_MAX), Number);
}

function days(time: bigint, perDay: bigint): Placement {
  const day = floorDiv(time, perDay);
  return onGrid(day, day * perDay === time, BigInt(INT32_MIN), BigInt(INT32_MAX), Number);
}

function timestamp(literal: Literal, unit: TimeUnit, zone: ZoneRule): Placement {
  const advice = `use 'YYYY-MM-DDTHH:MM:SS${zone === "required" ? "Z' (with an offset)" : "' (without an offset)"}, or a Date`;
  const perMicro = unit === "micros" ? 1n : 1000n;
  if (typeof literal === "string") {
    if (DATE_ONLY.test(literal))
      return int64(BigInt(read(() => parseDate(literal))) * MICROS_PER_DAY * perMicro);
    const micros = attempt(() => parseTimestamp(literal, { unit: "micros", zone }));
    // Microseconds reach further than nanoseconds: what they hold beyond is above or below every value.
    if (micros !== undefined) return int64(micros * perMicro);
    const nanos = attempt(() => parseTimestamp(literal, { unit: "nanos", zone }));
    if (nanos === undefined) return beyondInt64(literal, zone) ?? misfit(advice);
    if (unit === "nanos") return on(nanos);
    const floor = floorDiv(nanos, 1000n);
    return onGrid(floor, floor * 1000n === nanos, INT64_MIN, INT64_MAX, same);
  }
  if (typeof literal === "object" && isInstantLiteral(literal))
    return int64(BigInt(literal.epochMillis) * 1000n * perMicro);
  return integer(numeric(literal, advice), INT64_MIN, INT64_MAX, same);
}

/** Well-formed text of a time that no 64-bit count of microseconds reaches. */
function beyondInt64(text: string, zone: ZoneRule): Placement | undefined {
  const at = text.search(/[Tt ]/);
  const day = attempt(() => parseDate(text.slice(0, at)));
  const rest = attempt(() => parseTimestamp(`2000-01-01${text.slice(at)}`, { unit: "micros", zone }));
  if (at < 0 || day === undefined || rest === undefined) return undefined;
  const micros = BigInt(day) * MICROS_PER_DAY;
  // A time of day moves the count by less than two days, offset included.
  if (micros > INT64_MAX - 2n * MICROS_PER_DAY) return ABOVE;
  return micros < INT64_MIN + 2n * MICROS_PER_DAY ? BELOW : undefined;
}

function int64(value: bigint): Placement {
  return onGrid(value, true, INT64_MIN, INT64_MAX, same);
}

function bytes(literal: Literal): Uint8Array {
  if (literal instanceof Uint8Array) return literal;
  return typeof literal === "string" ? read(() => fromHex(literal)) : misfit("use bytes or hex text");
}

/** `2026`, `2026-01` and `2026-01-31-23` as years, months and hours since the epoch. */
function ordinalOf(kind: Transform["kind"], text: string): number {
  const match = ORDINAL.exec(text);
  const [year, month, day, hour] =
    match === null ? [] : match.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
  if (kind === "year" && year !== undefined && month === undefined) return year - 1970;
  if (
    kind === "month" &&
    year !== undefined &&
    month !== undefined &&
    month >= 1 &&
    month <= 12 &&
    day === undefined
  ) {
    return (year - 1970) * 12 + month - 1;
  }
  if (kind === "hour" && year !== undefined && hour !== undefined && hour < 24) {
    read(() => parseDate(text.slice(0, text.lastIndexOf("-"))));
    return daysFromCivil(year, month!, day!) * 24 + hour;
  }
  const form =
    kind === "year"
      ? "'2026'"
      : kind === "month"
        ? "'2026-01'"
        : kind === "hour"
          ? "'2026-01-31-23'"
          : "an integer";
  return misfit(`use ${form}`);
}

const DATE_ONLY = /^[+-]?\d{4,10}-\d{2}-\d{2}$/;
const ORDINAL = /^([+-]?\d{4,10})(?:-(\d{2})(?:-(\d{2})-(\d{2}))?)?$/;

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof IcebergError) return undefined;
    throw error;
  }
}

function read<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof IcebergError) throw new LiteralMisfit(error.message, { cause: error });
    throw error;
  }
}

function misfit(advice: string): never {
  throw new LiteralMisfit(advice);
}
