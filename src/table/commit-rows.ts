/** Rows written as data files and committed, and the files removed when the commit comes to nothing (CMT-011). @module */
import type { LoadedTable } from "../catalog/index.ts";
import {
  type CommitContext,
  type Committed,
  checkSnapshotOptions,
  earlierCommit,
  isDefiniteFailure,
  requireSameTable,
  type SnapshotOptions,
  Transaction,
} from "../commit/index.ts";
import { discardFiles } from "../io/index.ts";
import type { DataFile } from "../manifests/index.ts";
import { type RowSource, type WriteRowsOptions, writeRows } from "../writing/index.ts";

/**
 * Writes rows for a version of a table and commits the files by what `change` adds to a transaction. A commit id that
 * the version already knows is answered before a row is read.
 * @throws IcebergError `invalid-row` and what a commit throws; files are kept only when its outcome is unknown.
 */
export async function commitRows<I>(
  context: CommitContext,
  base: LoadedTable,
  rows: RowSource<I>,
  options: SnapshotOptions & WriteRowsOptions,
  change: (transaction: Transaction, files: readonly DataFile[]) => Transaction,
): Promise<Committed<LoadedTable>> {
  checkSnapshotOptions(options);
  if (earlierCommit(base.metadata, options) !== undefined) {
    // The version at hand may be old: the commit may have been rolled back since.
    const table = await context.client.loadTable(base.identifier, options);
    requireSameTable("commit to", base, table);
    const earlier = earlierCommit(table.metadata, options);
    if (earlier !== undefined) {
      return { table, snapshot: earlier, snapshots: [earlier], wasCommittedBefore: true };
    }
  }
  const target = { metadata: base.metadata, io: base.io, runtime: context.runtime };
  const files = await writeRows(target, rows as RowSource<object>, options);
  const discard = async () =>
    await discardFiles(
      base.io,
      files.map((file) => file.filePath),
    );
  try {
    const transaction = new Transaction(context, base, (table) => table);
    const result = await change(transaction, files).commit(options);
    // Another attempt of the caller's was first: its files are in the table, these are nobody's.
    if (result.wasCommittedBefore) await discard();
    return result;
  } catch (error) {
    if (isDefiniteFailure(error)) await discard();
    throw error;
  }
}
