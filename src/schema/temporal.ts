/**
 * Dates, times and timestamps as ISO-8601 text, by integer arithmetic over the full ranges (SCH-053): `Date`
 * reaches neither microseconds nor every int32 day. Spec: Appendix D, JSON single-value serialization.
 * @module
 */
import { floorDiv, IcebergError, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN } from "../base/index.ts";

/** A day of the proleptic Gregorian calendar; year 0 is 1 BC. */
export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** Unit of a timestamp column. */
export type TimeUnit = "micros" | "nanos";

/** Whether text must, must not or may end in an offset; `utc` demands an offset of zero (SCH-051). */
export type ZoneRule = "required" | "forbidden" | "optional" | "utc";

export interface ParseTimestampOptions {
  readonly zone: ZoneRule;
  /** Unit of the result. Text with digits below it is an error, not rounded. */
  readonly unit: TimeUnit;
}

/**
 * Digits after the seconds: `minimal` drops trailing zeros, `groups` prints 0, 3, 6 or 9, `full` prints 6 for
 * microseconds and 9 for nanoseconds.
 */
export type FractionStyle = "minimal" | "groups" | "full";

export interface FormatTimestampOptions {
  readonly unit: TimeUnit;
  /** Default `minimal`. */
  readonly fraction?: FractionStyle;
  /** Text after the time: empty for local timestamps (the default), `Z` or `+00:00` for instants. */
  readonly zone?: "" | "Z" | "+00:00";
}

export const MICROS_PER_DAY = 86_400_000_000n;
export const NANOS_PER_DAY = 86_400_000_000_000n;

/** The calendar day of a day count since 1970-01-01. Exact for every int32 day (PRT-010). */
export function civilFromDays(days: number): CivilDate {
  // Years start in March here, so that the leap day is the last day of its year.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
  };
}

/** Days since 1970-01-01 of a calendar day; the inverse of {@link civilFromDays}. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Days since 1970-01-01 of `YYYY-MM-DD` (signed years allowed). Throws `invalid-argument`. */
export function parseDate(text: string): number {
  const match = DATE.exec(text);
  const days = match === null ? undefined : daysOf(match[1]!, match[2]!, match[3]!);
  if (days === undefined || days < INT32_MIN || days > INT32_MAX) fail("date", text, "YYYY-MM-DD");
  return days;
}

/** `YYYY-MM-DD`; years beyond 0000 to 9999 carry a sign, as ISO-8601 demands. */
export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${isoYear(year)}-${two(month)}-${two(day)}`;
}

/** Microseconds since midnight of `HH:MM[:SS[.ffffff]]`. Throws `invalid-argument`. */
export function parseTime(text: string): bigint {
  const match = TIME.exec(text);
  const micros = match === null ? undefined : timeOf(match[1]!, match[2]!, match[3], match[4], 6);
  if (micros === undefined) fail("time", text, "HH:MM:SS.ffffff");
  return micros;
}

/** `HH:MM:SS` and the fraction of a time in microseconds. */
export function formatTime(micros: bigint, fraction: FractionStyle = "minimal"): string {
  return clock(micros, 6, fraction);
}

/**
 * Micro- or nanoseconds since the epoch of `YYYY-MM-DDTHH:MM[:SS[.f]][offset]`.
 * @throws IcebergError `invalid-argument` when the text has another form, breaks the zone rule, is finer than
 * the unit or lies outside int64.
 */
export function parseTimestamp(text: string, options: ParseTimestampOptions): bigint {
  const { zone, unit } = options;
  const wanted = `YYYY-MM-DDTHH:MM:SS.${unit === "micros" ? "ffffff" : "fffffffff"}${ZONE_FORM[zone]}`;
  const match = TIMESTAMP.exec(text);
  if (match === null) fail("timestamp", text, wanted);
  const digits = unit === "micros" ? 6 : 9;
  const days = daysOf(match[1]!, match[2]!, match[3]!);
  const time = timeOf(match[4]!, match[5]!, match[6], match[7], digits);
  const offset = match[8] === undefined ? undefined : offsetSeconds(match[8]);
  if (days === undefined || time === undefined || Number.isNaN(offset)) fail("timestamp", text, wanted);
  if (offset === undefined ? zone === "required" || zone === "utc" : zone === "forbidden") {
    fail("timestamp", text, wanted);
  }
  if (zone === "utc" && offset !== 0) fail("timestamp", text, wanted);
  const perSecond = unit === "micros" ? 1_000_000n : 1_000_000_000n;
  const value = BigInt(days) * 86_400n * perSecond + time - BigInt(offset ?? 0) * perSecond;
  if (value < INT64_MIN || value > INT64_MAX) fail("timestamp", text, `a time within 64 bits of ${unit}`);
  return value;
}

/** A timestamp as ISO-8601 text. */
export function formatTimestamp(value: bigint, options: FormatTimestampOptions): string {
  const perDay = options.unit === "micros" ? MICROS_PER_DAY : NANOS_PER_DAY;
  const days = floorDiv(value, perDay);
  const time = clock(value - days * perDay, options.unit === "micros" ? 6 : 9, options.fraction ?? "minimal");
  return `${formatDate(Number(days))}T${time}${options.zone ?? ""}`;
}

const YEAR = "([+-]?\\d{4,10})";
const CLOCK = "(\\d{2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,18}))?)?";
const DATE = new RegExp(`^${YEAR}-(\\d{2})-(\\d{2})$`);
const TIME = new RegExp(`^${CLOCK}$`);
const TIMESTAMP = new RegExp(
  `^${YEAR}-(\\d{2})-(\\d{2})[Tt ]${CLOCK}(Z|z|[+-]\\d{2}(?::?\\d{2}(?::?\\d{2})?)?)?$`,
);
const ZONE_FORM: Record<ZoneRule, string> = {
  required: "+HH:MM",
  forbidden: " without offset",
  optional: "[+HH:MM]",
  utc: "+00:00",
};

function daysOf(yearText: string, monthText: string, dayText: string): number | undefined {
  const year = Number(yearText);
  const month = Number(monthText);
  const day = Number(dayText);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return daysFromCivil(year, month, day);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function timeOf(
  hourText: string,
  minuteText: string,
  secondText: string | undefined,
  fractionText: string | undefined,
  digits: number,
): bigint | undefined {
  const hour = Number(hourText);
  const minute = Number(minuteText);
  const second = Number(secondText ?? 0);
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const fraction = fractionText ?? "";
  if (/[1-9]/.test(fraction.slice(digits))) return undefined;
  const scale = 10n ** BigInt(digits);
  return (
    BigInt(hour * 3600 + minute * 60 + second) * scale + BigInt(fraction.slice(0, digits).padEnd(digits, "0"))
  );
}

function offsetSeconds(text: string): number {
  if (text === "Z" || text === "z") return 0;
  const digits = text.slice(1).replaceAll(":", "");
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2, 4));
  const seconds = Number(digits.slice(4, 6));
  if (hours > 18 || minutes > 59 || seconds > 59) return Number.NaN;
  const size = hours * 3600 + minutes * 60 + seconds;
  return text.startsWith("-") && size !== 0 ? -size : size;
}

function clock(value: bigint, digits: number, style: FractionStyle): string {
  const scale = 10n ** BigInt(digits);
  const seconds = Number(value / scale);
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const full = String(value % scale).padStart(digits, "0");
  if (style === "full") return `${text}.${full}`;
  const minimal = full.replace(/0+$/, "");
  if (minimal === "") return text;
  if (style === "minimal") return `${text}.${minimal}`;
  return `${text}.${minimal.padEnd(Math.ceil(minimal.length / 3) * 3, "0")}`;
}

function isoYear(year: number): string {
  if (year > 9999) return `+${year}`;
  return year < 0 ? `-${String(-year).padStart(4, "0")}` : String(year).padStart(4, "0");
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function fail(what: string, text: string, form: string): never {
  throw new IcebergError(
    "invalid-argument",
    `Cannot read ${JSON.stringify(text)} as a ${what}: use ${form}`,
    {
      context: { text },
    },
  );
}
