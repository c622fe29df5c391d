/**
 * Front door of `values/`. The text and JSON forms of values live in `schema/`, whose defaults need them, and are
 * handed on here.
 * @module
 */
export {
  civilFromDays,
  daysFromCivil,
  formatDate,
  formatDecimal,
  formatTime,
  formatTimestamp,
  parseDate,
  parseDecimal,
  parseTime,
  parseTimestamp,
  parseUuid,
  uuidBytes,
  uuidFromBytes,
  valueFromJson,
  valueToJson,
} from "../schema/index.ts";
export * from "./binary.ts";
export * from "./canonical.ts";
export * from "./compare.ts";
export * from "./hash.ts";
export * from "./input.ts";
export * from "./key.ts";
export * from "./metrics.ts";
export * from "./truncate.ts";
export * from "./variant.ts";
