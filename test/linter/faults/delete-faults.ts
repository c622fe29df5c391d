/** Faults of delete files and deletion vectors. @module */

import { crc32 } from "../puffin.ts";
import { positionDeletes, puffinFile, VECTOR } from "./deletes.ts";
import type { Faults } from "./fault.ts";
import { get, set, type Tampered } from "./tamper.ts";

const VECTORS = "deletion vector v3";
const POSITIONS = "position deletes v2";
const EQUALITY = "equality deletes v2";

/** Changes the entry of the delete file. */
const deleteEntry = (path: string, value: unknown) => (table: Tampered) =>
  table.manifest((entries) => set(entries[0]!, path, value), "deletes-m0.avro");

/** Changes a file of the same length in place. */
const replaced = (name: string, edit: (bytes: Uint8Array) => Uint8Array) => (table: Tampered) => {
  const path = [...table.files.keys()].find((location) => location.endsWith(name))!;
  table.files.set(path, edit(table.files.get(path)!.slice()));
};
const byteAt = (at: number, value: number) => (bytes: Uint8Array) =>
  bytes.with(at < 0 ? bytes.length + at : at, value);

/** A text of a file replaced by one as long. */
const text = (from: string, to: string) => (bytes: Uint8Array) => {
  const all = Buffer.from(bytes);
  all.write(to, all.lastIndexOf(from), "latin1");
  return new Uint8Array(all);
};

export const DELETE_FAULTS: Faults = {
  "a Puffin file without its magic": {
    rules: ["puffin-container"],
    table: VECTORS,
    edit: replaced(".puffin", byteAt(0, 0)),
  },
  "a Puffin file with unknown flags": {
    rules: ["puffin-container"],
    table: VECTORS,
    edit: replaced(".puffin", byteAt(-8, 2)),
  },
  "a blob beyond the file": {
    rules: ["puffin-container"],
    table: VECTORS,
    edit: replaced(".puffin", text('"offset":4', '"offset":9')),
  },
  "a vector with a wrong checksum": {
    rules: ["dv-blob"],
    table: VECTORS,
    edit: replaced(".puffin", byteAt(52, 0)),
  },
  "a vector with a wrong position": {
    rules: ["dv-blob"],
    table: VECTORS,
    edit: replaced(".puffin", byteAt(40, 2)),
  },
  "a vector without its magic": {
    rules: ["dv-blob"],
    table: VECTORS,
    edit: replaced(".puffin", byteAt(8, 0)),
  },
  "a vector of another length": {
    rules: ["dv-blob"],
    table: VECTORS,
    edit: replaced(".puffin", byteAt(7, 0)),
  },
  "an entry with a wrong content_offset": {
    rules: ["dv-entry"],
    table: VECTORS,
    edit: deleteEntry("data_file.content_offset", 5n),
  },
  "an entry with a wrong cardinality": {
    rules: ["dv-entry", "manifest-counts", "summary-changes", "summary-totals"],
    table: VECTORS,
    edit: deleteEntry("data_file.record_count", 4n),
  },
  "a vector of another data file": {
    rules: ["dv-entry"],
    table: VECTORS,
    edit: deleteEntry("data_file.referenced_data_file", "memory://other"),
  },
  "a vector with a wrong cardinality": {
    rules: ["dv-entry"],
    table: VECTORS,
    edit: replaced(".puffin", text('"cardinality":"5"', '"cardinality":"6"')),
  },
  "a vector with a snapshot id": {
    rules: ["dv-entry"],
    table: VECTORS,
    edit: replaced(".puffin", text('"snapshot-id":-1', '"snapshot-id":11')),
  },
  "a vector with a sort order": {
    rules: ["entry-values"],
    table: VECTORS,
    edit: deleteEntry("data_file.sort_order_id", 0),
  },
  "a vector without its data file": {
    rules: ["entry-values", "dv-entry"],
    table: VECTORS,
    edit: deleteEntry("data_file.referenced_data_file", null),
  },
  "two vectors of a data file": {
    rules: ["dv-per-file", "live-path-unique", "manifest-counts", "summary-changes", "summary-totals"],
    table: VECTORS,
    edit: (table) => table.manifest((entries) => entries.push(entries[0]!), "deletes-m0.avro"),
  },
  "positions beyond the data file": {
    rules: ["dv-per-file"],
    table: VECTORS,
    edit: async (table) => {
      const path = [...table.files.keys()].find((location) => location.endsWith(".puffin"))!;
      const blob = Buffer.from(VECTOR, "hex");
      blob.writeUInt16LE(99, blob.length - 6);
      blob.writeUInt32BE(crc32(blob.subarray(4, -4)), blob.length - 4);
      const file = Buffer.from(table.files.get(path)!);
      blob.copy(file, 4);
      table.files.set(path, new Uint8Array(file));
    },
  },
  "position deletes added in version 3": {
    rules: ["position-deletes", "parquet-readable", "summary-changes", "entry-values"],
    table: VECTORS,
    edit: async (table) => {
      await deleteEntry("data_file.file_format", "PARQUET")(table);
      await deleteEntry("data_file.content_offset", null)(table);
    },
  },
  "position deletes out of order": {
    rules: ["position-deletes"],
    table: POSITIONS,
    edit: (table) => {
      const path = [...table.files.keys()].find((location) => location.endsWith("positions.parquet"))!;
      table.files.set(path, positionDeletes(table.dataFiles()[0]!, [5n, 1n]));
    },
  },
  "position deletes of other files than the one that they are for": {
    rules: ["position-deletes"],
    table: POSITIONS,
    edit: deleteEntry("data_file.referenced_data_file", "memory://other"),
  },
  "an equality id that is not in the file": {
    rules: ["equality-deletes"],
    table: EQUALITY,
    edit: deleteEntry("data_file.equality_ids", [2]),
  },
  "equality deletes without equality ids": {
    rules: ["entry-values"],
    table: EQUALITY,
    edit: deleteEntry("data_file.equality_ids", null),
  },
  "a data file in a delete manifest": {
    rules: ["manifest-content", "entry-values", "summary-changes", "summary-totals", "parquet-columns"],
    table: EQUALITY,
    edit: deleteEntry("data_file.content", 0),
  },
  "statistics with another footer size": {
    rules: ["metadata-statistics"],
    edit: (table) => {
      const blob = {
        type: "apache-datasketches-theta-v1",
        fields: [1],
        "snapshot-id": 5,
        "sequence-number": 1,
      };
      const bytes = puffinFile(new Uint8Array(8), { ...blob, offset: 4, length: 8 });
      table.files.set("memory://stats.puffin", bytes);
      table.metadata((json) => {
        const snapshotId = get(json, "current-snapshot-id");
        const sizes = { "file-size-in-bytes": bytes.length, "file-footer-size-in-bytes": bytes.length - 16 };
        const path = { "snapshot-id": snapshotId, "statistics-path": "memory://stats.puffin" };
        set(json, "statistics", [{ ...path, ...sizes, "blob-metadata": [blob] }]);
      });
    },
  },
};
