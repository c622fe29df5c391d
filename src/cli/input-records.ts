/** Records of an input file on their way to rows: what every reader of a format hands on. Spec: none. @module */
import { IcebergError, type Json } from "../base/index.ts";
import type { Schema } from "../schema/index.ts";
import type { InputPath } from "./input-bytes.ts";
import type { InputRow } from "./signals.ts";

/** A record that is no row. */
export class BadRecord {
  /** What is wrong, as a sentence: `it has 3 fields, the header has 4`. */
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** Consecutive records. */
export interface RecordBatch {
  readonly records: readonly (InputRow | BadRecord)[];
  /** Number of the first record in the file, from 1; headers and blank lines do not count. */
  readonly first: number;
  /** The record at an index as it stood in the file: text of text formats, an object of the others. */
  source(index: number): Json;
  /** Bytes of the file read so far. */
  readonly bytesRead: number;
}

/** What readers need to know. */
export interface ReadRecordsOptions {
  /** The columns rows may have. */
  readonly schema: Schema;
  readonly signal: AbortSignal;
  /** Leave out columns the table does not have; otherwise they are errors. */
  readonly ignoreUnknown: boolean;
  /** CSV: between fields. */
  readonly delimiter?: string;
  /** CSV: what stands for null, without quotes. Default nothing at all. */
  readonly nullText?: string;
}

/**
 * Checks the columns of a file that names them once for all rows.
 * @throws IcebergError `invalid-row` for a name that comes twice or that the table does not have, and for a required
 * column of the table that is not among them.
 */
export function checkColumns(
  file: InputPath,
  names: readonly string[],
  { schema, ignoreUnknown }: ReadRecordsOptions,
): void {
  const refuse = (why: string, column: string, hint?: string) =>
    new IcebergError("invalid-row", `Cannot append ${file.name}: ${why}`, {
      context: { file: file.path, column, ...(hint !== undefined && { hint }) },
    });
  const seen = new Set<string>();
  for (const name of names) {
    const shown = JSON.stringify(name);
    if (seen.has(name)) throw refuse(`it has column ${shown} twice`, name);
    seen.add(name);
    if (ignoreUnknown || schema.fields.some((field) => field.name === name)) continue;
    const known = schema.fields.map((field) => field.name).join(", ");
    throw refuse(
      `it has column ${shown}, but the table has ${known}`,
      name,
      "--ignore-unknown leaves such columns out",
    );
  }
  for (const { name, required, writeDefault } of schema.fields) {
    if (required && writeDefault === undefined && !seen.has(name)) {
      throw refuse(`it lacks the required column ${JSON.stringify(name)}`, name);
    }
  }
}

/**
 * Reads a file of one format. File-level faults are thrown as `IcebergError`s that name the file; bad records are
 * handed on as {@link BadRecord}s. Values need not fit their columns: that is checked later.
 */
export type RecordReader = (file: InputPath, options: ReadRecordsOptions) => AsyncGenerator<RecordBatch>;
