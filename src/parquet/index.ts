/**
 * Front door of `parquet/`.
 *
 * - `createParquetEncoder(schema, options): ParquetEncoder`
 * - `readParquetFooter(file, options): Promise<ParquetFooter>`
 * - `rowGroupStatistics(rowGroup, schema): ReadonlyMap<number, ColumnStatistics>`
 * - `readParquet(file, options): AsyncIterable<ParquetBatch>`
 * - `footerMetrics(footer, schema, modeOf): ColumnMetrics`, for files somebody else wrote
 * @module
 */
export { bloomMayContain } from "./bloom-reader.ts";
export { type ColumnValues, part as columnPart, picked as pickedColumn } from "./column-array.ts";
export { canWriteParquetCodec, createParquetEncoder, defaultParquetCodec } from "./encoder.ts";
export { footerMetrics } from "./footer-metrics.ts";
export { readParquetFooter } from "./footer-reader.ts";
export { lz4DecompressInto } from "./lz4.ts";
export { pageDecompressor } from "./page-codec.ts";
export { readParquet } from "./reader.ts";
export type { RowRange } from "./row-ranges.ts";
export { rowGroupStatistics } from "./statistics.ts";
export * from "./tree.ts";
export * from "./types.ts";
export { type BytesVector, type ColumnVector, type NumberVector, pickedVector } from "./vectors.ts";
