/**
 * The two file effects of the library, each behind one small interface: read a byte range, create a new file.
 * The third effect, swapping the table pointer, is the catalog's. Spec: File System Operations.
 * @module
 */
import type { AbortOptions } from "./abort.ts";

/** Half-open byte range `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A file that exists and can be read in ranges. */
export interface InputFile {
  /** The location exactly as metadata spells it: it is an identity, never normalised (MAN-018). */
  readonly location: string;
  /** Size in bytes. Throws `no-such-file`. */
  size(options?: AbortOptions): Promise<number>;
  /**
   * The bytes of a range, or of the whole file when none is given.
   * @throws IcebergError `no-such-file`, `corrupt-file` when the file ends before the range, `io-failed`.
   */
  read(range?: ByteRange, options?: AbortOptions): Promise<Uint8Array>;
}

/** The bytes of a new file, whole or as parts in order (so that nobody has to join them first). */
export type FileBytes = Uint8Array | readonly Uint8Array[];

/** What {@link FileIO.create} did. */
export type CreateOutcome = "created" | "exists";

export interface CreateOptions extends AbortOptions {
  /**
   * Makes the creation a publication, whose moment matters. Runs when the content stands durably beside the new name,
   * right before that name appears; when it rejects, nothing is created and the rejection is passed on. The
   * folder must exist, and if it is moved away meanwhile the creation fails with `no-such-file`. A store that cannot do
   * this may run it before anything else.
   */
  readonly guard?: () => Promise<void>;
}

/** A file as a listing shows it. */
export interface ListedFile {
  readonly location: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
}

/** Reading and creating files by location. Nothing needs rename; tables need no listing either. */
export interface FileIO {
  /** Opens a file for reading. `size`, when the caller knows it, saves the look-up. Does no I/O by itself. */
  open(location: string, size?: number): InputFile;
  /**
   * Creates a file whole and durably: other readers see all of it or nothing. Never overwrites:
   * answers `"exists"` and leaves the other file alone. Throws `io-failed` with nothing left behind.
   */
  create(location: string, content: FileBytes, options?: CreateOptions): Promise<CreateOutcome>;
  /** Deletes a file. A file that is not there is no error. */
  delete(location: string, options?: AbortOptions): Promise<void>;
  /**
   * The files below a folder, at any depth, in no order; none when there is no such folder. What is created or deleted
   * meanwhile may show or not. Only clean-up and folders of write results need it: a store may go without.
   */
  list?(folder: string, options?: AbortOptions): AsyncIterable<ListedFile>;
}
