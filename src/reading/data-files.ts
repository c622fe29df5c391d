/** Batches of the columns of a file in any format that is read. Spec: Table Metadata, Data Files; PAR-051. @module */
import { type AbortOptions, type ByteRange, type FileIO, IcebergError } from "../base/index.ts";
import type { DataFile } from "../manifests/index.ts";
import { type ColumnValues, type ColumnVector, readParquet, readParquetFooter } from "../parquet/index.ts";
import { type Field, Schema, type Value } from "../schema/index.ts";
import { avroBatches } from "./avro-files.ts";

/** Consecutive rows of a file. */
export interface FileBatch {
  /** Place of the first row in the file. */
  readonly rowStart: number;
  readonly rowCount: number;
  /** The fields asked for, then the extra ones; `undefined` when the file has no such column. */
  readonly columns: readonly (ColumnValues | undefined)[];
  /** Columns in Arrow's layout, by the same places; `columns` lacks them. */
  readonly vectors?: readonly (ColumnVector | undefined)[];
}

export interface FileRequest {
  readonly io: FileIO;
  /** Columns by id, each id once. */
  readonly fields: readonly Field[];
  /** Further columns; parts of structs among `fields` may be named again. */
  readonly extra?: readonly Field[];
  /** Ids for the columns of a file without any (SCH-085). Absent: such a file has none of the columns (SCH-087). */
  readonly fieldIdOf?: ((path: readonly string[]) => number | undefined) | undefined;
  /** Values of columns inside structs that the file lacks, by id, before their defaults (SCH-075). */
  readonly missingValue?: ((fieldId: number) => Value | null | undefined) | undefined;
  /** Rows of this part of the file alone. Default all. */
  readonly range?: ByteRange | undefined;
  readonly batchSize?: number | undefined;
  /** Fields to hand out in Arrow's layout, where the file allows it. */
  readonly vectors?: ReadonlySet<Field> | undefined;
}

/**
 * Reads a whole file.
 * @throws IcebergError `unsupported` for ORC, `corrupt-file` and `no-such-file`, all naming the file.
 */
export async function* fileBatches(
  file: DataFile,
  request: FileRequest,
  options: AbortOptions,
): AsyncGenerator<FileBatch> {
  if (file.fileFormat === "avro") {
    yield* avroBatches(file, request, options);
    return;
  }
  if (file.fileFormat !== "parquet") throw unreadable(file);
  const input = request.io.open(file.filePath, file.fileSizeInBytes);
  const footer = await readParquetFooter(input, {
    ...options,
    fileSizeInBytes: file.fileSizeInBytes,
    ...(request.fieldIdOf && { fieldIdOf: request.fieldIdOf }),
  });
  checkRowCount(file, footer.rowCount);
  yield* readParquet(input, {
    ...options,
    footer,
    schema: new Schema(request.fields),
    missingValue: request.missingValue,
    vectors: request.vectors,
    ...(request.extra && { extra: request.extra }),
    ...(request.batchSize !== undefined && { batchSize: request.batchSize }),
  });
}

/** A format that is not read is an error, never a file passed over (PAR-051). */
export function unreadable({ filePath, fileFormat }: DataFile): IcebergError {
  return new IcebergError(
    "unsupported",
    `Cannot read ${filePath}: this version reads Parquet and Avro files, not ${fileFormat}`,
    { context: { file: filePath, format: fileFormat } },
  );
}

/**
 * A file with other rows than were committed is another file, or a part of one (PAR-028). Delete files that were
 * counted carelessly delete no less for it; with rows missing they do.
 */
export function checkRowCount({ filePath, recordCount, content }: DataFile, rows: number): void {
  if (recordCount < 0 || rows === recordCount) return;
  if (content !== "data" && rows > recordCount) return;
  throw new IcebergError(
    "corrupt-file",
    `Cannot read ${filePath}: it has ${rows} rows, its manifest says ${recordCount}`,
    { context: { file: filePath, rows, recordCount } },
  );
}
