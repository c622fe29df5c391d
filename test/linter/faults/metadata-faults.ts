/** Faults of the metadata document. @module */
import { type Faults, metadata } from "./fault.ts";
import { get, set } from "./tamper.ts";

export const METADATA_FAULTS: Faults = {
  "no next-row-id in version 3": {
    rules: ["metadata-fields", "snapshot-row-ids", "entry-row-ids"],
    table: "sorted v3",
    edit: metadata("next-row-id", undefined),
  },
  "a version 1 table whose schema is not the current one": {
    rules: ["metadata-fields"],
    table: "sorted v1",
    edit: metadata("schema.fields.0.name", "other"),
  },
  "an unknown format version": { rules: ["metadata-readable"], edit: metadata("format-version", 4) },
  "an explicit null": {
    rules: ["metadata-no-null"],
    edit: metadata("snapshots.0.parent-snapshot-id", null),
  },
  "a dangling current-schema-id": { rules: ["metadata-current-ids"], edit: metadata("current-schema-id", 7) },
  "a dangling current-snapshot-id": {
    rules: ["metadata-current-ids", "refs", "snapshot-log"],
    edit: metadata("current-snapshot-id", 7n),
  },
  "a location with a slash at its end": {
    rules: ["metadata-location"],
    edit: metadata("location", "memory://warehouse/ns/t/"),
  },
  "a reserved property": { rules: ["metadata-properties"], edit: metadata("properties.current-schema", "x") },
  "metadata older than its snapshots": {
    rules: ["metadata-updated"],
    edit: metadata("last-updated-ms", 1000),
  },
  "a snapshot with an encryption key that is not there": {
    rules: ["metadata-encryption-keys"],
    table: "sorted v3",
    edit: metadata("snapshots.0.key-id", "k"),
  },
  "statistics of a missing snapshot": {
    rules: ["metadata-statistics", "file-readable"],
    edit: metadata("statistics", [{ "snapshot-id": 5, "statistics-path": "memory://none" }]),
  },
  "last-column-id below a field id": { rules: ["schema-ids"], edit: metadata("last-column-id", 3) },
  "a type that the version does not have": {
    rules: ["schema-types", "manifest-header"],
    edit: (table) =>
      table.metadata((json) => {
        set(json, "last-column-id", 8);
        const fields = get(json, "schemas.0.fields") as unknown[];
        fields.push({ id: 8, name: "later", required: false, type: "unknown" });
      }),
  },
  "last-partition-id below a partition field id": {
    rules: ["spec-ids"],
    edit: metadata("last-partition-id", 1000),
  },
  "a transform that does not take its source": {
    rules: ["spec-fields", "manifest-header", "manifest-partitions", "partition-fields"],
    edit: metadata("partition-specs.0.fields.1.transform", "hour"),
  },
  "a sort order without null order": {
    rules: ["sort-orders"],
    edit: metadata("sort-orders.0.fields.0.null-order", undefined),
  },
  "a summary value that is no text": {
    rules: ["snapshot-fields"],
    edit: metadata("snapshots.1.summary.total-records", 12),
  },
  "a snapshot id that is not positive": {
    rules: ["snapshot-fields", "file-readable"],
    edit: metadata("snapshots.2", {
      "snapshot-id": -3,
      "timestamp-ms": 5,
      "manifest-list": "x",
      summary: { operation: "append" },
    }),
  },
  "an unknown operation": {
    rules: ["snapshot-operation"],
    edit: metadata("snapshots.1.summary.operation", "merge"),
  },
  "a sequence number above the table's": {
    rules: ["snapshot-sequence"],
    edit: metadata("last-sequence-number", 1),
  },
  "a dangling parent": {
    rules: ["snapshot-parent", "manifest-list-header"],
    edit: metadata("snapshots.1.parent-snapshot-id", 77n),
  },
  "a snapshot log that does not end at the current snapshot": {
    rules: ["snapshot-log"],
    edit: (table) =>
      table.metadata((json) => {
        (get(json, "snapshot-log") as unknown[]).pop();
      }),
  },
  "a metadata log beyond its limit": {
    rules: ["metadata-log"],
    edit: (table) =>
      table.metadata((json) => {
        (get(json, "properties") as Record<string, string>)["write.metadata.previous-versions-max"] = "1";
      }),
  },
  "a dangling ref": {
    rules: ["refs"],
    edit: metadata("refs.audit", { "snapshot-id": 99, type: "branch" }),
  },
  "a tag with the settings of a branch": {
    rules: ["refs"],
    edit: (table) =>
      table.metadata((json) => {
        set(json, "refs.old", {
          "snapshot-id": get(json, "current-snapshot-id"),
          type: "tag",
          "min-snapshots-to-keep": 2,
        });
      }),
  },
  "row ids of snapshots that overlap": {
    rules: ["snapshot-row-ids", "manifest-list-header", "manifest-row-ids"],
    table: "sorted v3",
    edit: metadata("snapshots.1.first-row-id", 3),
  },
  "next-row-id below assigned row ids": {
    rules: ["snapshot-row-ids", "entry-row-ids"],
    table: "sorted v3",
    edit: metadata("next-row-id", 9),
  },
  "a version hint with a line break": {
    rules: ["version-hint"],
    edit: (table) => {
      const folder = table.metadataFile.replace(/[^/]*$/, "");
      table.files.set(`${folder}v3.metadata.json`, table.files.get(table.metadataFile)!);
      table.files.set(`${folder}version-hint.text`, new TextEncoder().encode("3\n"));
      table.metadataFile = `${folder}v3.metadata.json`;
    },
  },
  "a wrong total-records": {
    rules: ["summary-totals"],
    edit: metadata("snapshots.1.summary.total-records", "13"),
  },
  "no total-records": {
    rules: ["summary-totals"],
    edit: metadata("snapshots.1.summary.total-records", undefined),
  },
  "a wrong added-files-size": {
    rules: ["summary-changes"],
    edit: metadata("snapshots.1.summary.added-files-size", "1"),
  },
  "a wrong changed-partition-count": {
    rules: ["summary-partitions"],
    edit: metadata("snapshots.1.summary.changed-partition-count", "1"),
  },
};
