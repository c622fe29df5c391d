/** Faults of data files and of what manifests say of them. @module */
import { bytes, entry, type Faults, int64, metric } from "./fault.ts";
import { AMOUNT, ID, TEXT, X } from "./tables.ts";
import { get, set } from "./tamper.ts";

export const DATA_FILE_FAULTS: Faults = {
  "a missing data file": {
    rules: ["file-readable"],
    edit: (table) => {
      table.files.delete(table.dataFiles()[0]!);
    },
  },
  "a wrong file_size_in_bytes": {
    rules: ["file-size", "summary-changes", "summary-totals"],
    edit: entry("data_file.file_size_in_bytes", 99n),
  },
  "a wrong record_count": {
    rules: ["record-count", "manifest-counts", "summary-changes", "summary-totals"],
    edit: entry("data_file.record_count", 1n),
  },
  "a wrong split offset": { rules: ["split-offsets"], edit: entry("data_file.split_offsets", [5n]) },
  "a wrong column size": { rules: ["column-sizes"], edit: metric("column_sizes", ID, 3n) },
  "a data file that is cut": {
    rules: ["parquet-readable", "file-size"],
    edit: (table) => {
      const file = table.dataFiles()[0]!;
      table.files.set(file, table.files.get(file)!.slice(0, -9));
    },
  },
  "metrics of a list's elements": {
    rules: ["metrics-fields"],
    edit: (table) =>
      table.manifest((entries) => {
        (get(entries[0]!, "data_file.value_counts") as object[]).push({ key: 7, value: 4n });
      }),
  },
  "a wrong value count": { rules: ["value-counts"], edit: metric("value_counts", TEXT, 9n) },
  "a wrong null count": { rules: ["null-value-counts"], edit: metric("null_value_counts", TEXT, 9n) },
  "a wrong NaN count": { rules: ["nan-value-counts"], edit: metric("nan_value_counts", X, 9n) },
  "a bound of another length": {
    rules: ["bounds-encoding"],
    edit: metric("lower_bounds", ID, bytes("0100")),
  },
  "a decimal bound that is not minimal": {
    rules: ["bounds-encoding"],
    edit: metric("lower_bounds", AMOUNT, bytes("000019")),
  },
  "swapped bounds": {
    rules: ["bounds-contain"],
    edit: (table) =>
      table.manifest((entries) => {
        const lower = get(entries[0]!, "data_file.lower_bounds") as { value: unknown }[];
        const upper = get(entries[0]!, "data_file.upper_bounds") as { value: unknown }[];
        [lower[0]!.value, upper[0]!.value] = [upper[0]!.value, lower[0]!.value];
      }),
  },
  "a truncated upper bound that is not incremented": {
    rules: ["bounds-contain"],
    edit: metric("upper_bounds", TEXT, Buffer.from("text-longer-than")),
  },
  "bounds wider than the values": { rules: ["bounds-tight"], edit: metric("lower_bounds", ID, int64(-5n)) },
  "a wrong partition tuple": {
    rules: ["partition-values", "manifest-partitions"],
    edit: entry("data_file.partition.at_month", 3),
  },
  "an unsorted file that claims an order": {
    rules: ["sort-order"],
    table: "unsorted v2",
    edit: async (table) => {
      table.metadata((json) => {
        const field = {
          transform: "identity",
          "source-id": ID,
          direction: "asc",
          "null-order": "nulls-first",
        };
        (get(json, "sort-orders") as unknown[]).push({ "order-id": 1, fields: [field] });
      });
      await table.manifest((entries) => {
        set(entries[0]!, "data_file.sort_order_id", 1);
      });
    },
  },
  "an order that the table does not have": {
    rules: ["sort-order"],
    edit: entry("data_file.sort_order_id", 5),
  },
};
