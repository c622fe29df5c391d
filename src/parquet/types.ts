/** What callers of `parquet/` hand in and get back. Spec: Appendix A Parquet. @module */
import type { AbortOptions } from "../base/index.ts";
import type { Field, PrimitiveType, PrimitiveValue, Schema, Value } from "../schema/index.ts";
import type { ColumnMetrics, MetricsMode } from "../values/index.ts";
import type { ColumnValues } from "./column-array.ts";
import type { RowRange } from "./row-ranges.ts";
import type { ParquetNode } from "./tree.ts";
import type { ColumnVector } from "./vectors.ts";

/** Codecs a column chunk can be stored with. Writing needs a compressor in the codec registry. */
export type ParquetCodec = "uncompressed" | "snappy" | "gzip" | "zstd" | "brotli" | "lz4_raw" | "lz4";

/**
 * The values of one column, held as `schema/values.ts` says; `null` and `undefined` are null.
 * Typed arrays serve columns without nulls: `BigInt64Array` for long, time and timestamps, `Int32Array` for int
 * and date, `Float64Array` for double, `Float32Array` for float.
 */
export type ColumnData =
  | readonly (Value | null | undefined)[]
  | BigInt64Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Rows as columns: one array per top-level field of the schema, in schema order. */
export interface ColumnBatch {
  readonly rowCount: number;
  /** Entries of `unknown` columns are ignored and may be empty (PAR-010). */
  readonly columns: readonly ColumnData[];
}

/** A row whose cells are held values; a missing key is null. */
export type HeldRow = Readonly<Record<string, unknown>>;

export interface BloomFilterOptions {
  /** False-positive probability aimed at. Default 0.01. */
  readonly fpp?: number;
  /** Upper limit of one filter in bytes. Default 1 MiB. */
  readonly maxBytes?: number;
}

/** One column the rows of every row group are sorted by. */
export interface SortingColumn {
  readonly fieldId: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface ParquetEncoderOptions {
  /** Default `zstd` when the registry can write it, else `snappy` (decision 9). */
  readonly codec?: ParquetCodec;
  /** Compression level; default the codec's own choice here: 1 for zstd, 6 for gzip. */
  readonly codecLevel?: number;
  /** A row group is closed when its encoded pages reach this many bytes. Default 128 MiB (PAR-025). */
  readonly rowGroupSizeBytes?: number;
  /** A row group never holds more rows. Default 1,048,576. */
  readonly rowGroupRows?: number;
  /** Data pages are closed at this many bytes before compression. Default 1 MiB. */
  readonly pageSizeBytes?: number;
  /** Data pages never hold more rows. Default 20,000. */
  readonly pageRows?: number;
  /** A dictionary past this many bytes is given up for the rest of the chunk. Default 2 MiB. */
  readonly dictionarySizeBytes?: number;
  /** What is recorded of a column in the returned metrics. Default `truncate(16)` for every column. */
  readonly metricsMode?: (fieldId: number) => MetricsMode;
  /** Columns that get a bloom filter in every row group, by field id. */
  readonly bloomFilters?: ReadonlyMap<number, BloomFilterOptions>;
  /** Recorded in the footer only: rows must already come in this order. */
  readonly sortingColumns?: readonly SortingColumn[];
  /** Footer key-value metadata: `iceberg.schema`, `delete-type` … (PAR-024). */
  readonly keyValueMetadata?: Readonly<Record<string, string>>;
}

/** What a finished file is, beside its bytes. */
export interface ParquetFileSummary {
  /** The bytes not yet handed out by `flush`, in file order. */
  readonly chunks: readonly Uint8Array[];
  readonly recordCount: number;
  readonly fileSizeInBytes: number;
  /** Start of every row group, ascending (PAR-027). */
  readonly splitOffsets: readonly number[];
  readonly metrics: ColumnMetrics;
  /** The codec asked for; chunks that would not shrink are stored uncompressed. */
  readonly codec: ParquetCodec;
}

/** Encodes one Parquet file. Not reusable after `finish`; after an error its state is undefined: drop it. */
export interface ParquetEncoder {
  /** @throws IcebergError `invalid-row` naming column and row for a null in a required column or a wrong value. */
  appendColumns(batch: ColumnBatch): void;
  /** As `appendColumns`, transposing in tiles. */
  appendRows(rows: readonly HeldRow[]): void;
  /** Rows appended so far. */
  readonly rowCount: number;
  /** Bytes the file would have if it ended here, approximately: finished bytes plus pages in memory. */
  readonly estimatedSizeInBytes: number;
  /** Takes the bytes of the row groups completed since the last call, in file order. Often empty. */
  flush(): readonly Uint8Array[];
  /** Ends the file and describes it. */
  finish(): ParquetFileSummary;
}

/** Statistics of one column in one row group, as held values of the column's Iceberg type. */
export interface ColumnStatistics {
  /** The type the bounds are held as. */
  readonly type: PrimitiveType;
  /** All values, nulls included. */
  readonly valueCount: number;
  readonly nullCount?: number;
  /** At or below every non-null, non-NaN value. */
  readonly lower?: PrimitiveValue;
  /** At or above every such value. */
  readonly upper?: PrimitiveValue;
  /** Whether both bounds occur as values; `false` also when the file does not say (PAR-034). */
  readonly exact: boolean;
}

/** One column chunk as the footer describes it. */
export interface ParquetChunk {
  readonly leaf: ParquetNode;
  readonly codec: ParquetCodec | "lzo";
  readonly valueCount: number;
  /** First byte of the chunk: its dictionary page when there is one. */
  readonly start: number;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  /** Statistics as raw Parquet bytes; see {@link rowGroupStatistics} for decoded ones. */
  readonly statistics?: RawStatistics;
  readonly columnIndex?: ByteSpan;
  readonly offsetIndex?: ByteSpan;
  readonly bloomFilter?: ByteSpan;
}
export interface ByteSpan {
  readonly offset: number;
  /** Absent for bloom filters of writers that do not record it. */
  readonly length?: number;
}
export interface RawStatistics {
  readonly min?: Uint8Array;
  readonly max?: Uint8Array;
  readonly nullCount?: number;
  readonly minExact?: boolean;
  readonly maxExact?: boolean;
}

export interface ParquetRowGroup {
  readonly index: number;
  /** Position of its first row in the file (PAR-052). */
  readonly rowStart: number;
  readonly rowCount: number;
  /** First byte, as listed in `split_offsets` (PAR-027). */
  readonly start: number;
  /** In the order of the file's leaves. */
  readonly chunks: readonly ParquetChunk[];
}

export interface ParquetFooter {
  readonly location: string;
  readonly fileSizeInBytes: number;
  /** Rows of the whole file. */
  readonly rowCount: number;
  /** Root of the file's own schema. */
  readonly root: ParquetNode;
  readonly leaves: readonly ParquetNode[];
  /** Whether any element carries a field id; if not, a name mapping is needed (PAR-014). */
  readonly hasFieldIds: boolean;
  readonly rowGroups: readonly ParquetRowGroup[];
  readonly keyValueMetadata: ReadonlyMap<string, string>;
  readonly createdBy?: string;
}

export interface ReadFooterOptions extends AbortOptions {
  /** Size of the file when the caller knows it, which saves a look-up. */
  readonly fileSizeInBytes?: number;
  /**
   * Field ids for a file without any (PAR-014), by path: column names, with `element`, `key` and `value` for the parts
   * of lists and maps. Absent: columns without ids do not match.
   */
  readonly fieldIdOf?: (path: readonly string[]) => number | undefined;
  /** Take `fieldIdOf` for files that have ids too: those of another table mean nothing here. Default false. */
  readonly ignoreFieldIds?: boolean;
}

export interface ReadParquetOptions extends ReadFooterOptions {
  /** The columns wanted, matched by field id. */
  readonly schema: Schema;
  /** Columns read beside the schema's, which may name parts of them again; they come last in batches. */
  readonly extra?: readonly Field[];
  /** Values of fields inside structs that the file lacks, by id; `undefined`: their default (SCH-075). */
  readonly missingValue?: ((fieldId: number) => Value | null | undefined) | undefined;
  /** A footer read before. */
  readonly footer?: ParquetFooter;
  /** Indexes of the row groups to read. Default all. */
  readonly rowGroups?: readonly number[];
  /** Answers whether a row group may hold wanted rows. Statistics are keyed by field id. */
  readonly filterRowGroups?: (
    statistics: ReadonlyMap<number, ColumnStatistics>,
    rowGroup: ParquetRowGroup,
  ) => boolean;
  /**
   * Prunes within row groups by page indexes, where the file has them. `keep` answers whether a stretch of rows may
   * hold wanted ones, judging by the statistics of the pages it lies in (columns without an index: of the row group).
   */
  readonly filterPages?: {
    /** The columns `keep` looks at. */
    readonly fieldIds: readonly number[];
    readonly keep: (statistics: ReadonlyMap<number, ColumnStatistics>, rows: RowRange) => boolean;
  };
  /** Reads only these rows, counted in the file. Default all. */
  readonly rowRanges?: readonly RowRange[];
  /** Fields to hand out in Arrow's layout, where their stored form allows it. */
  readonly vectors?: ReadonlySet<Field> | undefined;
  /** Rows per batch; a batch never spans row groups or gaps between chosen rows. Default 4096. */
  readonly batchSize?: number;
}

/** Consecutive rows of one row group. */
export interface ParquetBatch {
  /** Position of the first row in the file, counting pruned row groups too (PAR-052). */
  readonly rowStart: number;
  readonly rowCount: number;
  /** One per field of the projected schema, then the extra ones; `undefined` when the file has no such column. */
  readonly columns: readonly (ColumnValues | undefined)[];
  /** Columns in Arrow's layout by the same places, where that was asked for and possible; `columns` lacks them. */
  readonly vectors?: readonly (ColumnVector | undefined)[];
}
