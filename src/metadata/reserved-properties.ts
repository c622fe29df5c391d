/** Property keys that describe a table elsewhere and are never stored. Requirement MET-017. @module */

/** Given as a property it selects or upgrades the format version. */
export const FORMAT_VERSION_PROPERTY = "format-version";

/** Keys that are dropped from the properties of a table. */
export const RESERVED_PROPERTIES: ReadonlySet<string> = new Set([
  FORMAT_VERSION_PROPERTY,
  "uuid",
  "snapshot-count",
  "current-snapshot-summary",
  "current-snapshot-id",
  "current-snapshot-timestamp-ms",
  "current-schema",
  "default-partition-spec",
  "default-sort-order",
]);
