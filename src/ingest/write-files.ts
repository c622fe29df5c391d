/** Writing files without committing them: what a worker does. Spec: Writing data files. @module */
import { type FileIO, IcebergError } from "../base/index.ts";
import { discardFiles, type Runtime, systemRuntime } from "../io/index.ts";
import type { Table } from "../table/index.ts";
import { type RowSource, type WriteRowsOptions, writeRows } from "../writing/index.ts";
import { checkResultId, type WriteResult } from "./write-result.ts";

export interface WriteFilesOptions extends WriteRowsOptions {
  /**
   * The id of the result, up to 64 letters, digits, `. _ -`. Whoever derives it from its input, such as a topic and an
   * offset, can write again after a crash without fear that both results are committed. Default: a fresh one.
   */
  readonly id?: string;
  readonly runtime?: Runtime;
}

/**
 * Writes rows as data files of a table version and commits nothing: a {@link WriteResult} is for a committer, in this
 * process or another. The table may be a read-only one that was opened from a metadata file.
 *
 * @example
 * const result = await writeFiles(table, rows);
 * await committer.submit(result); // or send writeResultToJson(result, table) to whoever commits
 * @throws IcebergError `invalid-row`, `invalid-argument`, `io-failed`; then nothing is left behind.
 */
export async function writeFiles<I extends object>(
  table: Pick<Table, "metadata" | "io">,
  rows: RowSource<I>,
  options: WriteFilesOptions = {},
): Promise<WriteResult> {
  const { id, runtime = systemRuntime, ...rest } = options;
  const { metadata, io } = table;
  if (id !== undefined) checkResultId(id);
  if (metadata.tableUuid === undefined) {
    throw new IcebergError(
      "unsupported",
      `Cannot write files of ${metadata.location}: the table has no UUID`,
    );
  }
  const dataFiles = await writeRows({ metadata, io, runtime }, rows, rest);
  return {
    id: id ?? runtime.timeUuid(),
    tableUuid: metadata.tableUuid,
    schemaId: metadata.currentSchemaId,
    dataFiles,
    deleteFiles: [],
    referencedDataFiles: [],
  };
}

/**
 * Deletes the files of a result that is known not to be committed and is not to be. Never throws. After
 * `commit-state-unknown` it must not be called.
 */
export async function discardResult(io: FileIO, result: WriteResult): Promise<void> {
  await discardFiles(
    io,
    [...result.dataFiles, ...result.deleteFiles].map((file) => file.filePath),
  );
}
