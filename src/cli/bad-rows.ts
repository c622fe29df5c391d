/** Where `--skip-bad-rows` puts what is no row: JSON Lines, made when the first comes. Spec: none. @module */
import { type FileHandle, open } from "node:fs/promises";
import { IcebergError, type Json, stringifyJson } from "../base/index.ts";
import { fileError } from "../io/node.ts";

/** One record that was skipped. */
export interface SkippedRecord {
  readonly file: string;
  /** From 1. */
  readonly row: number;
  readonly column: string | null;
  readonly value: Json;
  readonly error: string;
  /** The record as it stood in the file. */
  readonly record: Json;
}

/** Characters held back between writes. */
const WRITE_SIZE = 1 << 16;

/** The file. A file that exists is never overwritten. */
export class BadRowFile {
  readonly path: string;
  count = 0;
  private handle: FileHandle | undefined;
  private text = "";

  constructor(path: string) {
    this.path = path;
  }

  /** Throws `already-exists`, `io-failed`. */
  async add(record: SkippedRecord): Promise<void> {
    this.count++;
    this.handle ??= await this.create();
    this.text += `${stringifyJson({ ...record })}\n`;
    if (this.text.length >= WRITE_SIZE) await this.flush();
  }

  /** Writes what is held back and closes the file, if there is one. */
  async close(): Promise<void> {
    if (this.handle === undefined) return;
    try {
      await this.flush();
    } finally {
      const { handle } = this;
      this.handle = undefined;
      await handle.close();
    }
  }

  private async flush(): Promise<void> {
    const { text } = this;
    this.text = "";
    try {
      await this.handle?.appendFile(text);
    } catch (error) {
      throw fileError("write", this.path, error);
    }
  }

  private async create(): Promise<FileHandle> {
    try {
      return await open(this.path, "wx");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EEXIST") {
        throw new IcebergError("already-exists", `Cannot put bad rows into ${this.path}: it exists`, {
          context: { file: this.path, hint: "move it away, or name another file" },
          cause: error,
        });
      }
      throw fileError("write", this.path, error);
    }
  }
}
