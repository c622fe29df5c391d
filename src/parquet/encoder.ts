/**
 * Encodes one Parquet file from column batches or rows, with exact column metrics. Spec: Appendix A Parquet;
 * requirements PAR-024 to PAR-029, MAN-065 to MAN-073.
 * @module
 */
import { findCodec, IcebergError } from "../base/index.ts";
import { isPrimitive, type Schema } from "../schema/index.ts";
import { DEFAULT_METRICS_MODE } from "../values/index.ts";
import { type ColumnSettings, ColumnWriter } from "./column-writer.ts";
import { fileTail, type PlacedChunk, type PlacedRowGroup } from "./footer-writer.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { LeafMetrics, metricsOf } from "./metrics.ts";
import { type Shredder, shredderOf } from "./shred.ts";
import type {
  ColumnBatch,
  ColumnData,
  HeldRow,
  ParquetCodec,
  ParquetEncoder,
  ParquetEncoderOptions,
  ParquetFileSummary,
} from "./types.ts";

/** Rows transposed at a time: a tile of cells stays in the processor's cache. */
const TILE = 512;
/** Rows encoded between looks at the row group's size; fewer for wide rows. */
const SLICE = 8192;
const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31);

/** The codec written when none is asked for: zstd where the platform has it, else snappy (decision 9). */
export function defaultParquetCodec(): ParquetCodec {
  return canWriteParquetCodec("zstd") ? "zstd" : "snappy";
}

/** Whether files can be compressed with a codec here. */
export function canWriteParquetCodec(codec: ParquetCodec): boolean {
  return codec === "uncompressed" || findCodec(codec)?.compress !== undefined;
}

/**
 * Starts a file of the schema's columns.
 * @throws IcebergError `unavailable` when the codec cannot be written here, `unsupported` for a type that has no
 * Parquet form.
 * @example
 * const encoder = createParquetEncoder(schema, { codec: "snappy" });
 * encoder.appendRows([{ id: 1n, name: "a" }]);
 * const { chunks, metrics } = encoder.finish();
 */
export function createParquetEncoder(schema: Schema, options: ParquetEncoderOptions = {}): ParquetEncoder {
  return new FileEncoder(schema, options);
}

class FileEncoder implements ParquetEncoder {
  private readonly schema: Schema;
  private readonly options: ParquetEncoderOptions;
  private readonly codec: ParquetCodec;
  private readonly layout: Layout;
  private readonly writers: readonly ColumnWriter[];
  /** By top-level column; flat columns have none. */
  private readonly shredders: readonly (Shredder | undefined)[];
  private readonly metrics: readonly LeafMetrics[];
  private readonly tile: (unknown[] | undefined)[];
  private readonly groups: PlacedRowGroup[] = [];
  private ready: Uint8Array[] = [MAGIC];
  private position = MAGIC.length;
  private groupRows = 0;
  private rows = 0;
  private finished = false;

  constructor(schema: Schema, options: ParquetEncoderOptions) {
    this.schema = schema;
    this.options = options;
    this.codec = options.codec ?? defaultParquetCodec();
    this.layout = layoutOf(schema);
    const settings = columnSettings(this.codec, options);
    this.writers = this.layout.leaves.map((leaf) => new ColumnWriter(leaf, settings));
    this.metrics = this.layout.leaves.map((leaf) => new LeafMetrics(leaf));
    this.shredders = schema.fields.map((field, i) => {
      const node = this.layout.columns[i];
      return node === undefined || isPrimitive(field.type) ? undefined : shredderOf(field, node);
    });
    this.tile = schema.fields.map((_, i) => (this.layout.columns[i] ? new Array(TILE) : undefined));
  }

  get rowCount(): number {
    return this.rows;
  }

  get estimatedSizeInBytes(): number {
    return this.position + this.bufferedBytes();
  }

  appendColumns(batch: ColumnBatch): void {
    this.assertOpen();
    const { columns, rowCount } = batch;
    const { fields } = this.schema;
    if (columns.length !== fields.length) {
      throw new IcebergError(
        "invalid-row",
        `Cannot append ${columns.length} columns: the schema has ${fields.length}`,
      );
    }
    for (let i = 0; i < columns.length; i++) {
      if (this.layout.columns[i] === undefined || columns[i]?.length === rowCount) continue;
      const column = fields[i]!.name;
      throw new IcebergError(
        "invalid-row",
        `Cannot append column ${column}: it has ${columns[i]?.length ?? 0} values for ${rowCount} rows`,
        { context: { column } },
      );
    }
    for (let from = 0; from < rowCount; ) {
      const to = Math.min(rowCount, from + this.sliceRows());
      this.appendSlice(columns, from, to);
      from = to;
    }
  }

  appendRows(rows: readonly HeldRow[]): void {
    this.assertOpen();
    const { fields } = this.schema;
    for (let from = 0; from < rows.length; ) {
      const count = Math.min(TILE, rows.length - from, this.sliceRows());
      for (let c = 0; c < fields.length; c++) {
        const cells = this.tile[c];
        if (cells === undefined) continue;
        const { name } = fields[c]!;
        for (let r = 0; r < count; r++) cells[r] = rows[from + r]![name];
      }
      this.appendSlice(this.tile as readonly (ColumnData | undefined)[], 0, count);
      from += count;
    }
  }

  flush(): readonly Uint8Array[] {
    const { ready } = this;
    this.ready = [];
    return ready;
  }

  finish(): ParquetFileSummary {
    this.assertOpen();
    this.finished = true;
    if (this.groupRows > 0) this.closeGroup();
    const tail = fileTail(this.groups, this.position, {
      layout: this.layout,
      codec: this.codec,
      sortingColumns: this.options.sortingColumns ?? [],
      keyValueMetadata: this.options.keyValueMetadata ?? {},
      // parquet-java reads `name version x`; with any other form it ignores our statistics, warning about each file.
      createdBy: "icewright version 0.1.0",
    });
    for (const bytes of tail) this.emit(bytes);
    return {
      chunks: this.flush(),
      recordCount: this.rows,
      fileSizeInBytes: this.position,
      splitOffsets: this.groups.map((group) => group.start),
      metrics: metricsOf(this.metrics, this.options.metricsMode ?? (() => DEFAULT_METRICS_MODE)),
      codec: this.codec,
    };
  }

  private appendSlice(columns: readonly (ColumnData | undefined)[], from: number, to: number): void {
    const { layout, shredders, writers, rows } = this;
    for (let c = 0; c < layout.columns.length; c++) {
      const node = layout.columns[c];
      if (node === undefined) continue;
      const values = columns[c]!;
      const shredder = shredders[c];
      if (shredder === undefined) {
        writers[node.leafIndex]!.append(values, from, to, rows);
        continue;
      }
      for (let i = from; i < to; i++) shredder.add(values[i], rows + i - from);
      for (const [index, leaf] of shredder.leaves) {
        writers[index]!.appendNested(leaf.values, leaf, 0, leaf.values.length, rows);
        leaf.clear();
      }
    }
    this.rows += to - from;
    this.groupRows += to - from;
    const { rowGroupRows = DEFAULT_GROUP_ROWS, rowGroupSizeBytes = DEFAULT_GROUP_BYTES } = this.options;
    if (this.groupRows >= rowGroupRows || this.bufferedBytes() >= rowGroupSizeBytes) this.closeGroup();
  }

  /** Rows until the next look at the sizes: a slice of wide rows must not overshoot the group by much. */
  private sliceRows(): number {
    const { rowGroupRows = DEFAULT_GROUP_ROWS, rowGroupSizeBytes = DEFAULT_GROUP_BYTES } = this.options;
    const room = rowGroupRows - this.groupRows;
    if (this.groupRows === 0) return Math.min(TILE, room);
    const perRow = Math.max(1, this.bufferedBytes() / this.groupRows);
    const fitting = Math.ceil((rowGroupSizeBytes - this.bufferedBytes()) / perRow);
    return Math.max(1, Math.min(SLICE, room, fitting));
  }

  private bufferedBytes(): number {
    let sum = 0;
    for (const writer of this.writers) sum += writer.bufferedBytes;
    return sum;
  }

  private closeGroup(): void {
    const start = this.position;
    const closed = this.writers.map((writer, i) => {
      const chunk = writer.closeChunk();
      const at = this.position;
      for (const part of chunk.parts) this.emit(part);
      this.metrics[i]!.add(chunk);
      return { leaf: writer.leaf, chunk: { ...chunk, parts: [] }, start: at };
    });
    const chunks = closed.map((placed): PlacedChunk => {
      const { bloomFilter } = placed.chunk;
      if (bloomFilter === undefined) return { ...placed, bloomOffset: undefined };
      const bloomOffset = this.position;
      this.emit(bloomFilter);
      return { ...placed, bloomOffset };
    });
    this.groups.push({ start, rowCount: this.groupRows, chunks });
    this.groupRows = 0;
  }

  private emit(bytes: Uint8Array): void {
    this.ready.push(bytes);
    this.position += bytes.length;
  }

  private assertOpen(): void {
    if (this.finished) {
      throw new IcebergError("invalid-argument", "Cannot append to a Parquet file that is finished");
    }
  }
}

const DEFAULT_GROUP_ROWS = 1 << 20;
const DEFAULT_GROUP_BYTES = 128 * 1024 * 1024;

function columnSettings(codec: ParquetCodec, options: ParquetEncoderOptions): ColumnSettings {
  if (!canWriteParquetCodec(codec)) {
    throw new IcebergError(
      "unavailable",
      `Cannot write Parquet with ${codec}: no compressor here; use snappy or registerCodec("${codec}", …)`,
      { context: { codec } },
    );
  }
  const compress = codec === "uncompressed" ? undefined : findCodec(codec)?.compress;
  return {
    pageRows: options.pageRows ?? 20_000,
    pageSizeBytes: options.pageSizeBytes ?? 1 << 20,
    dictionarySizeBytes: options.dictionarySizeBytes ?? 2 << 20,
    compress,
    codecLevel: options.codecLevel ?? (codec === "zstd" ? 1 : undefined),
    worthwhileRatio: 0.9,
    bloomFilters: options.bloomFilters ?? new Map(),
  };
}
