/** Faults of manifest lists and manifests. @module */
import { bytes, entry, type Faults, listed } from "./fault.ts";
import { fieldOf, get, set } from "./tamper.ts";

export const MANIFEST_FAULTS: Faults = {
  "a manifest that the next list forgets": {
    rules: ["snapshot-files", "summary-totals"],
    edit: (table) =>
      table.list((manifests) => {
        const old = manifests.findIndex((manifest) => get(manifest, "sequence_number") === 1n);
        manifests.splice(old, 1);
      }),
  },
  "an append that deletes": {
    rules: [
      "snapshot-operation",
      "manifest-counts",
      "summary-changes",
      "summary-totals",
      "sequence-inheritance",
    ],
    edit: entry("status", 2),
  },
  "an Avro file that is cut": {
    rules: ["avro-readable"],
    edit: (table) => {
      const list = table.lists()[0]!;
      table.files.set(list, table.files.get(list)!.slice(0, -9));
    },
  },
  "no avro.codec": {
    rules: ["avro-codec"],
    edit: (table) => table.manifestFile({ header: (header) => header.delete("avro.codec") }),
  },
  "an optional field without default null": {
    rules: ["avro-unions"],
    edit: (table) => table.manifestFile({ schema: (json) => set(fieldOf(json, 132), "default", undefined) }),
  },
  "a missing field-id in a manifest": {
    rules: ["manifest-entry-field-ids"],
    edit: (table) => table.manifestFile({ schema: (json) => set(fieldOf(json, 131), "field-id", undefined) }),
  },
  "a renamed field of a manifest": {
    rules: ["manifest-entry-field-ids"],
    edit: (table) => table.manifestFile({ schema: (json) => set(fieldOf(json, 140), "name", "order_id") }),
  },
  "a metrics map with other ids": {
    rules: ["manifest-entry-field-ids"],
    edit: (table) => table.manifestFile({ schema: (json) => set(fieldOf(json, 117), "field-id", 999) }),
  },
  "a missing field-id in a manifest list": {
    rules: ["manifest-list-fields"],
    edit: (table) =>
      table.avro(table.lists()[1]!, { schema: (json) => set(fieldOf(json, 519), "field-id", undefined) }),
  },
  "no count of added files in version 2": {
    rules: ["manifest-list-values", "manifest-list-fields"],
    edit: (table) =>
      table.avro(table.lists()[1]!, {
        schema: (json) => {
          set(fieldOf(json, 504), "type", ["null", "int"]);
          set(fieldOf(json, 504), "default", null);
        },
        records: (manifests) => set(manifests[0]!, "added_files_count", null),
        encodesAnew: true,
      }),
  },
  "a manifest list of another snapshot": {
    rules: ["manifest-list-header"],
    edit: (table) => table.avro(table.lists()[1]!, { header: (header) => header.set("snapshot-id", "5") }),
  },
  "a wrong manifest_length": { rules: ["manifest-length"], edit: listed("manifest_length", 10n) },
  "a spec that the table does not have": {
    rules: ["manifest-spec", "manifest-header"],
    edit: listed("partition_spec_id", 3),
  },
  "a wrong added_rows_count": { rules: ["manifest-counts"], edit: listed("added_rows_count", 5n) },
  "a partition summary without its null": {
    rules: ["manifest-partitions"],
    edit: listed("partitions.1.contains_null", false),
  },
  "a partition summary that is too narrow": {
    rules: ["manifest-partitions"],
    edit: listed("partitions.0.upper_bound", bytes("00000000")),
  },
  "a wrong min_sequence_number": { rules: ["manifest-sequence"], edit: listed("min_sequence_number", 0n) },
  "a wrong sequence_number": {
    rules: ["manifest-sequence"],
    edit: listed("sequence_number", 7n),
  },
  "a data manifest without first_row_id": {
    rules: ["manifest-row-ids", "snapshot-row-ids"],
    table: "sorted v3",
    edit: listed("first_row_id", null),
  },
  "first_row_id out of turn": {
    rules: ["manifest-row-ids", "snapshot-row-ids", "entry-row-ids"],
    table: "sorted v3",
    edit: listed("first_row_id", 2n),
  },
  "other row ids for the files of an earlier snapshot": {
    rules: ["entry-carried", "entry-row-ids"],
    table: "sorted v3",
    edit: (table) => table.list((manifests) => set(manifests.at(-1)!, "first_row_id", 2n)),
  },
  "an entry that a rewrite changes": {
    rules: ["entry-carried"],
    table: "sorted v2",
    edit: async (table) => {
      await table.rewriteOldest((entries) => {
        for (const each of entries) {
          set(each, "status", 0);
          set(each, "snapshot_id", table.snapshotId(0));
          set(each, "sequence_number", 1n);
          set(each, "file_sequence_number", 1n);
        }
        set(entries[0]!, "data_file.split_offsets", null);
      });
    },
  },
  "a delete file in a data manifest": {
    rules: [
      "manifest-content",
      "entry-values",
      "summary-changes",
      "summary-totals",
      "snapshot-operation",
      "position-deletes",
    ],
    edit: entry("data_file.content", 1),
  },
  "a manifest without entries": {
    rules: [
      "manifest-empty",
      "manifest-counts",
      "manifest-partitions",
      "summary-changes",
      "summary-totals",
      "summary-partitions",
    ],
    edit: (table) => table.manifest((entries) => entries.splice(0)),
  },
  "a manifest without format-version": {
    rules: ["manifest-header"],
    edit: (table) => table.manifestFile({ header: (header) => header.delete("format-version") }),
  },
  "a manifest without schema-id": {
    rules: ["manifest-header-schema-id"],
    edit: (table) => table.manifestFile({ header: (header) => header.delete("schema-id") }),
  },
  "a manifest with the spec as an object": {
    rules: ["manifest-header"],
    edit: (table) =>
      table.manifestFile({ header: (header) => header.set("partition-spec", '{"spec-id":0,"fields":[]}') }),
  },
  "a snapshot id of another snapshot": {
    rules: ["manifest-entry-status", "summary-changes", "summary-partitions", "snapshot-files"],
    edit: entry("snapshot_id", 5n),
  },
  "an existing entry without sequence numbers": {
    rules: [
      "sequence-inheritance",
      "manifest-counts",
      "summary-changes",
      "summary-partitions",
      "snapshot-files",
    ],
    edit: entry("status", 0),
  },
  "a file sequence number written early": {
    rules: ["sequence-inheritance"],
    edit: entry("file_sequence_number", 2n),
  },
  "a row id written early": {
    rules: ["entry-row-ids"],
    table: "sorted v3",
    edit: entry("data_file.first_row_id", 6n),
  },
  "content_offset without size": {
    rules: ["entry-values"],
    table: "sorted v3",
    edit: entry("data_file.content_offset", 4n),
  },
  "equality ids of a data file": { rules: ["entry-values"], edit: entry("data_file.equality_ids", [1]) },
  "a lower-case file format": { rules: ["file-format"], edit: entry("data_file.file_format", "parquet") },
  "a path that is live twice": {
    rules: ["live-path-unique", "manifest-counts", "summary-changes", "summary-totals"],
    edit: (table) =>
      table.manifest((entries) => {
        entries.push(entries[0]!);
      }),
  },
  "a partition field with another id": {
    rules: ["partition-fields", "manifest-partitions", "partition-values"],
    edit: (table) => table.manifestFile({ schema: (json) => set(fieldOf(json, 1001), "field-id", 1005) }),
  },
};
