/** What filters cost on a table: files, bytes, row groups and rows kept, and the time to plan. Spec: Scan Planning. @module */
import type { AbortOptions, FileIO, InputFile, Json } from "../base/index.ts";
import type { Expression } from "../expressions/index.ts";
import { Table } from "../table/index.ts";

/** A filter with a name for tables and pictures. */
export interface PruningQuery {
  readonly name: string;
  /** As text; absent for the full scan. */
  readonly where?: string;
  readonly filter?: Expression;
}

/** How much there is, and how much of it a query looks at. */
export interface Kept {
  readonly kept: number;
  readonly total: number;
}

/** What one query came to. Times in milliseconds, the medians of the rounds. */
export interface QueryCost {
  readonly name: string;
  readonly where: string | undefined;
  readonly planningMs: number;
  readonly readingMs: number;
  readonly manifests: Kept;
  readonly files: Kept;
  /** Row groups of the files kept; those of files skipped are not known. */
  readonly rowGroups: Kept;
  /** Bytes read from data files, footers and filters included, of the size of all data files. */
  readonly bytes: Kept;
  /** Rows decoded, of all rows. */
  readonly rows: Kept;
  readonly matches: number;
}

export interface PruningOptions extends AbortOptions {
  /** Columns read. Default all. */
  readonly select?: readonly string[];
  /** Times each query is planned and read. Default 3. */
  readonly rounds?: number;
  /** Called before each query. */
  readonly onQuery?: (query: PruningQuery, at: number) => Promise<void>;
}

/** The name of the baseline that every measurement starts with. */
export const FULL_SCAN = "full scan";

/** Plans and reads each query, the full scan first; nothing is kept from one to the next. */
export async function measurePruning(
  table: Table,
  queries: readonly PruningQuery[],
  options: PruningOptions = {},
): Promise<readonly QueryCost[]> {
  const costs: QueryCost[] = [];
  const all = await sizeOf(table, options);
  for (const [at, query] of [{ name: FULL_SCAN }, ...queries].entries()) {
    await options.onQuery?.(query, at);
    costs.push(await costOf(table, query, all, options));
  }
  return costs;
}

/** A cost as JSON. */
export function costJson(cost: QueryCost): { readonly [key: string]: Json } {
  const { name, where, planningMs, readingMs, manifests, files, rowGroups, bytes, rows, matches } = cost;
  const kept = ({ kept, total }: Kept): Json => ({ kept, total });
  return {
    query: name,
    where: where ?? null,
    planning_ms: round(planningMs),
    reading_ms: round(readingMs),
    manifests: kept(manifests),
    files: kept(files),
    row_groups: kept(rowGroups),
    bytes: kept(bytes),
    rows: kept(rows),
    matches,
  };
}

interface TableSize {
  readonly files: number;
  readonly bytes: number;
  readonly rows: number;
}

async function sizeOf(table: Table, options: AbortOptions): Promise<TableSize> {
  const { metrics } = (await table.scan().plan(options)).report;
  const { resultDataFiles: files, totalFileSizeInBytes: bytes, resultRecords: rows } = metrics;
  return { files, bytes, rows };
}

async function costOf(
  table: Table,
  { name, where, filter }: PruningQuery,
  all: TableSize,
  { select, rounds = 3, signal }: PruningOptions,
): Promise<QueryCost> {
  const counting = new CountingIO(table.io);
  const { identifier, metadata, metadataLocation } = table;
  const counted = new Table({ identifier, metadata, metadataLocation, io: counting });
  const scan = counted.scan({ ...(filter && { filter }), ...(select && { select }) });
  const planning: number[] = [];
  const reading: number[] = [];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    const { tasks } = await scan.plan({ ...(signal && { signal }) });
    planning.push(performance.now() - started);
    counting.watch(tasks.map(({ dataFile }) => dataFile.filePath));
    const before = performance.now();
    for await (const _ of scan.batches({ ...(signal && { signal }) }));
    reading.push(performance.now() - before);
    bytes = counting.bytes;
  }
  const { metrics } = scan.report;
  return {
    name,
    where,
    planningMs: median(planning),
    readingMs: median(reading),
    manifests: { kept: metrics.scannedDataManifests, total: metrics.totalDataManifests },
    files: { kept: metrics.resultDataFiles, total: all.files },
    rowGroups: { kept: metrics.totalRowGroups - metrics.skippedRowGroups, total: metrics.totalRowGroups },
    bytes: { kept: bytes, total: all.bytes },
    rows: { kept: metrics.readRecords, total: all.rows },
    matches: metrics.returnedRecords,
  };
}

/** Counts what is read of the files watched. */
class CountingIO implements FileIO {
  bytes = 0;
  private watched = new Set<string>();
  private readonly io: FileIO;

  constructor(io: FileIO) {
    this.io = io;
  }

  /** Starts counting anew, the files given. */
  watch(locations: readonly string[]): void {
    this.watched = new Set(locations);
    this.bytes = 0;
  }

  open(location: string, size?: number): InputFile {
    const file = this.io.open(location, size);
    if (!this.watched.has(location)) return file;
    return {
      location,
      size: (options) => file.size(options),
      read: async (range, options) => {
        const bytes = await file.read(range, options);
        this.bytes += bytes.length;
        return bytes;
      },
    };
  }

  create(...args: Parameters<FileIO["create"]>): ReturnType<FileIO["create"]> {
    return this.io.create(...args);
  }

  delete(...args: Parameters<FileIO["delete"]>): ReturnType<FileIO["delete"]> {
    return this.io.delete(...args);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
