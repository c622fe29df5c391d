/**
 * From rows in any order to sorted, partitioned data files. Each row goes to the partition its own values give
 * (PRT-069). Memory is bounded: when too many rows wait, the largest partition is written. Spec: Writing data files.
 * @module
 */
import { type AbortOptions, IcebergError } from "../base/index.ts";
import type { DataFile } from "../manifests/index.ts";
import { currentSchema, defaultSpec } from "../metadata/index.ts";
import {
  type PartitionTuple,
  partitionFields,
  partitionKey,
  partitionTupleOf,
} from "../partitioning/index.ts";
import { atRow, type HeldRow, rowCoercer } from "../values/index.ts";
import { DataFileWriter, type WriteTarget } from "./data-file-writer.ts";
import { interruptible } from "./interruptible.ts";

/** Rows, or batches of rows, synchronous or not. */
export type RowSource<Row> = Iterable<Row> | AsyncIterable<Row | readonly Row[]>;

export interface WriteRowsOptions extends AbortOptions {
  /** Rows held in memory before the largest partition is written. Default 500,000. */
  readonly maxBufferedRows?: number;
  /** Called after each file with the totals so far. */
  readonly onProgress?: (progress: { readonly rows: number; readonly files: number }) => void;
}

const DEFAULT_MAX_BUFFERED_ROWS = 500_000;

interface Partition {
  readonly key: string;
  readonly tuple: PartitionTuple;
  readonly rows: HeldRow[];
}

/**
 * Writes rows as data files that no commit refers to yet.
 * @throws IcebergError `invalid-row`, `invalid-argument`, `validation-failed` for a table property that cannot be
 * used, `io-failed`; every file written so far is deleted first.
 */
export async function writeRows(
  target: WriteTarget,
  rows: RowSource<object>,
  options: WriteRowsOptions = {},
): Promise<readonly DataFile[]> {
  checkArguments(rows, options);
  const writer = new DataFileWriter(target);
  try {
    return await partitionAndWrite(target, writer, rows, options);
  } catch (error) {
    await writer.created.discard();
    throw error;
  }
}

async function partitionAndWrite(
  target: WriteTarget,
  writer: DataFileWriter,
  source: RowSource<object>,
  options: WriteRowsOptions,
): Promise<readonly DataFile[]> {
  const schema = currentSchema(target.metadata);
  const spec = defaultSpec(target.metadata);
  const coerce = rowCoercer(schema);
  const tupleOf = partitionTupleOf(spec, schema);
  const fields = partitionFields(spec, schema);
  const limit = options.maxBufferedRows ?? DEFAULT_MAX_BUFFERED_ROWS;
  const partitions = new Map<string, Partition>();
  const files: DataFile[] = [];
  let rowNumber = 0;
  let buffered = 0;

  const flush = async (partition: Partition) => {
    partitions.delete(partition.key);
    buffered -= partition.rows.length;
    files.push(...(await writer.write(partition.rows, spec, partition.tuple, options)));
    options.onProgress?.({ rows: rowNumber - buffered, files: files.length });
  };
  const add = (input: object) => {
    const row = coerce(input, rowNumber);
    const tuple = atRow(rowNumber++, () => tupleOf(row));
    const key = partitionKey(fields, tuple);
    const partition = partitions.get(key);
    if (partition === undefined) partitions.set(key, { key, tuple, rows: [row] });
    else partition.rows.push(row);
    buffered++;
  };

  const { signal } = options;
  const items = signal && Symbol.asyncIterator in source ? interruptible(source, signal) : source;
  for await (const item of items) {
    signal?.throwIfAborted();
    for (const row of Array.isArray(item) ? (item as readonly object[]) : [item]) add(row);
    while (buffered > limit) await flush(largest(partitions));
  }
  for (const partition of partitions.values()) await flush(partition);
  return files;
}

/** What the compiler checks for callers who have one. */
function checkArguments(rows: RowSource<object>, { maxBufferedRows = 0 }: WriteRowsOptions): void {
  const isSource =
    typeof rows === "object" &&
    rows !== null &&
    (typeof Reflect.get(rows, Symbol.iterator) === "function" ||
      typeof Reflect.get(rows, Symbol.asyncIterator) === "function");
  const fault = !isSource
    ? "the rows must come as an array, an iterable or an async iterable"
    : !(maxBufferedRows >= 0)
      ? `maxBufferedRows is ${maxBufferedRows}, it must be 0 or more`
      : undefined;
  if (fault !== undefined) throw new IcebergError("invalid-argument", `Cannot write rows: ${fault}`);
}

function largest(partitions: ReadonlyMap<string, Partition>): Partition {
  let best: Partition | undefined;
  for (const partition of partitions.values()) {
    if (best === undefined || partition.rows.length > best.rows.length) best = partition;
  }
  return best!;
}
