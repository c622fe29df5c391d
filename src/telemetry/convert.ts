/** Conversions from attribute values and record fields to columns. @module */
import { floorDiv, INT64_MAX, INT64_MIN } from "../base/index.ts";
import type { AnyValue } from "../otlp-wire/index.ts";
import { columnText } from "./canonical-json.ts";
import type { SlotRange } from "./source-plan.ts";

/** Column type of `event_timestamp`; all but `timestamptz_ns` count microseconds. */
export type TelemetryTimestampType = "timestamptz" | "timestamp" | "timestamptz_ns";

/** Tenant values from outside the payload. */
export interface TelemetryTenant {
  readonly organization_id?: string | undefined;
  readonly org_namespace?: string | undefined;
}

/**
 * A 64-bit integer: an int, an integral double or decimal digits within range; else `null`, the value stays in
 * the raw JSON.
 */
export function toLong(value: AnyValue): bigint | null {
  let exact: bigint;
  if (typeof value === "bigint") exact = value;
  else if (typeof value === "number" && Number.isInteger(value)) exact = BigInt(value);
  else if (typeof value === "string" && DIGITS.test(value)) {
    exact = value.startsWith("-")
      ? -BigInt(value.slice(1))
      : BigInt(value.startsWith("+") ? value.slice(1) : value);
  } else return null;
  return exact < INT64_MIN || exact > INT64_MAX ? null : exact;
}

/** The first of a column's sources that has text; `null` when none has. */
export function firstText(slots: readonly AnyValue[], { start, end }: SlotRange): string | null {
  for (let i = start; i < end; i++) {
    const value = slots[i];
    if (value !== null && value !== undefined) return columnText(value);
  }
  return null;
}

/** As {@link firstText}, but blank text counts as missing: for columns that must say something. */
export function firstNonBlank(slots: readonly AnyValue[], { start, end }: SlotRange): string | null {
  for (let i = start; i < end; i++) {
    const value = slots[i];
    if (value === null || value === undefined) continue;
    const text = columnText(value);
    if (text !== null && text.trim() !== "") return text;
  }
  return null;
}

/** The text, or `null` when there is nothing but white space in it. */
export function nonBlank(text: string | undefined): string | null {
  return text === undefined || text.trim() === "" ? null : text;
}

/**
 * Organization of a record that may have none: an attribute that says something, else the tenant known from outside,
 * else an empty attribute as it stands.
 */
export function optionalOrganization(
  slots: readonly AnyValue[],
  range: SlotRange,
  tenant: TelemetryTenant | undefined,
): string | null {
  return firstNonBlank(slots, range) ?? nonBlank(tenant?.organization_id) ?? firstText(slots, range);
}

/** The first of a column's sources that is a 64-bit integer of at least `low`. */
export function firstLong(
  slots: readonly AnyValue[],
  { start, end }: SlotRange,
  low: bigint = INT64_MIN,
): bigint | null {
  for (let i = start; i < end; i++) {
    const value = slots[i];
    if (value === null || value === undefined) continue;
    const long = toLong(value);
    if (long !== null && long >= low) return long;
  }
  return null;
}

/** An identifier of `bytes` bytes in hex; `null` when it has another length or is all zero. */
export function validId(id: string, bytes: number): string | null {
  return id.length === 2 * bytes && !isZeroId(id) ? id : null;
}

/** Whether an identifier has only zeros. */
export function isZeroId(id: string): boolean {
  for (let i = 0; i < id.length; i++) if (id.charCodeAt(i) !== 0x30) return false;
  return true;
}

/** Nanoseconds since the epoch in the unit of the column, rounded toward negative infinity. */
export function eventTimestamp(nanos: bigint, type: TelemetryTimestampType): bigint {
  return type === "timestamptz_ns" ? nanos : floorDiv(nanos, 1000n);
}

const DIGITS = /^[+-]?[0-9]+$/;
