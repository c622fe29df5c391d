/**
 * Batches of Avro data files, by our own codec: it resolves any schema by field id and generates no code, so that it
 * runs wherever the rest does. Spec: App. A Avro; PAR-046 to PAR-057.
 * @module
 */
import { openContainer, projectRows } from "../avro/index.ts";
import { type AbortOptions, IcebergError } from "../base/index.ts";
import type { DataFile } from "../manifests/index.ts";
import type { Value } from "../schema/index.ts";
import { checkRowCount, type FileBatch, type FileRequest } from "./data-files.ts";

const DEFAULT_BATCH_ROWS = 4096;

/** Reads a file, which stays in memory as it came; objects are decoded batch by batch. */
export async function* avroBatches(
  file: DataFile,
  request: FileRequest,
  options: AbortOptions,
): AsyncGenerator<FileBatch> {
  const { filePath, fileSizeInBytes } = file;
  const bytes = await request.io.open(filePath, fileSizeInBytes).read(undefined, options);
  options.signal?.throwIfAborted();
  if (bytes.length !== fileSizeInBytes) {
    throw new IcebergError(
      "corrupt-file",
      `Cannot read ${filePath}: it has ${bytes.length} bytes, its manifest says ${fileSizeInBytes}`,
      { context: { file: filePath } },
    );
  }
  const container = openContainer(bytes, filePath);
  const fields = [...request.fields, ...(request.extra ?? [])];
  const { present, read } = projectRows(container.type, fields, filePath, {
    fieldIdOf: request.fieldIdOf,
    missingValue: request.missingValue,
  });
  const { batchSize = DEFAULT_BATCH_ROWS, range } = request;
  const fresh = () => fields.map((): (Value | null)[] => []);
  let columns = fresh();
  let rowStart = 0;
  let rowCount = 0;
  const batch = (): FileBatch => ({
    rowStart,
    rowCount,
    columns: columns.map((column, at) => (present[at] ? column : undefined)),
  });
  for (const { count, cursor, start } of container.blocks()) {
    const isOutside = range !== undefined && (start < range.start || start >= range.end);
    if (isOutside && start >= range.end) break;
    if (isOutside) {
      // Rows of other splits are counted alone, for the positions of ours.
      cursor.at = cursor.end;
      rowStart += count;
      continue;
    }
    for (let i = 0; i < count; i++) {
      read(cursor, columns, rowCount++);
      if (rowCount < batchSize) continue;
      options.signal?.throwIfAborted();
      yield batch();
      rowStart += rowCount;
      rowCount = 0;
      columns = fresh();
    }
  }
  if (range === undefined) checkRowCount(file, rowStart + rowCount);
  if (rowCount > 0) yield batch();
}
