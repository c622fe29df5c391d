/** Rows of metadata tables as canonical JSON, under PyIceberg's column names (decision 13). Spec: none. @module */
import { type Json, toHex } from "../base/index.ts";
import {
  type FileRow,
  type HistoryRow,
  type ManifestRow,
  type PartitionRecord,
  type PartitionRow,
  partitionColumns,
  type ReadableMetrics,
  type RefRow,
  type SnapshotRow,
} from "../inspect/index.ts";
import { formatTimestamp, type Type } from "../schema/index.ts";
import type { Table } from "../table/index.ts";
import { canonicalJson } from "../values/index.ts";

type JsonRow = { readonly [column: string]: Json };

/** Milliseconds since the epoch as a canonical instant. */
export function instantJson(milliseconds: number | null): Json {
  if (milliseconds === null) return null;
  return formatTimestamp(BigInt(milliseconds) * 1000n, { unit: "micros", fraction: "full", zone: "Z" });
}

export function snapshotJson(row: SnapshotRow): JsonRow {
  return {
    ...row,
    committed_at: instantJson(row.committed_at),
    summary: row.summary === null ? null : Object.fromEntries(row.summary),
  };
}

export function historyJson(row: HistoryRow): JsonRow {
  return { ...row, made_current_at: instantJson(row.made_current_at) };
}

export function refJson(row: RefRow): JsonRow {
  return { ...row };
}

export function manifestJson(row: ManifestRow): JsonRow {
  return { ...row, partition_summaries: row.partition_summaries.map((summary) => ({ ...summary })) };
}

/** The function for files of one table, made once. */
export function fileJson(table: Table): (row: FileRow) => JsonRow {
  const partition = partitionJsonOf(table);
  const types = new Map([...table.schema.places()].map(({ path, field }) => [path, field.type]));
  return (row) => ({
    ...row,
    partition: partition(row.partition),
    column_sizes: pairs(row.column_sizes),
    value_counts: pairs(row.value_counts),
    null_value_counts: pairs(row.null_value_counts),
    nan_value_counts: pairs(row.nan_value_counts),
    lower_bounds: pairs(row.lower_bounds),
    upper_bounds: pairs(row.upper_bounds),
    key_metadata: row.key_metadata === null ? null : toHex(row.key_metadata),
    split_offsets: row.split_offsets,
    equality_ids: row.equality_ids,
    readable_metrics: Object.fromEntries(
      Object.entries(row.readable_metrics).map(([path, metrics]) => [
        path,
        metricsJson(types.get(path)!, metrics),
      ]),
    ),
  });
}

/** The function for partitions of one table, made once. */
export function partitionRowJson(table: Table): (row: PartitionRow) => JsonRow {
  const partition = partitionJsonOf(table);
  return (row) => ({
    ...row,
    partition: partition(row.partition),
    last_updated_at: instantJson(row.last_updated_at),
  });
}

function partitionJsonOf({ metadata }: Table): (record: PartitionRecord) => JsonRow {
  const columns = partitionColumns(metadata);
  return (record) =>
    Object.fromEntries(columns.map(({ name, type }) => [name, canonicalJson(type, record[name] ?? null)]));
}

function metricsJson(type: Type, metrics: ReadableMetrics): JsonRow {
  return {
    ...metrics,
    lower_bound: canonicalJson(type, metrics.lower_bound),
    upper_bound: canonicalJson(type, metrics.upper_bound),
  };
}

/** A map as `[[key, value], …]`, bytes as hex. */
function pairs(map: ReadonlyMap<number, number | Uint8Array> | null): Json {
  if (map === null) return null;
  return [...map].map(([key, value]) => [key, typeof value === "number" ? value : toHex(value)]);
}
