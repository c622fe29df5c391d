/** Writing to a standard stream with back-pressure, and ending quietly when its reader has gone. Spec: none. @module */
import type { Writable } from "node:stream";
import { IcebergError } from "../base/index.ts";

/** A standard stream, or what a test puts in its place. */
export type CliStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The reader closed the pipe, as `| head` does: no failure, but nothing more to do. */
export class BrokenPipe extends Error {
  override readonly name = "BrokenPipe";
}

/** One standard stream. Every write resolves when the stream takes more. */
export class Output {
  private readonly stream: CliStream;
  private fault: unknown;
  private readonly onError = (error: unknown): void => {
    this.fault ??= error;
  };

  constructor(stream: CliStream) {
    this.stream = stream;
    stream.on("error", this.onError);
  }

  /** Writes text as it is. Throws `BrokenPipe` when nobody reads any more. */
  async write(text: string): Promise<void> {
    this.check();
    if (text === "" || this.stream.write(text)) return;
    await this.drained();
    this.check();
  }

  /** Writes one line. */
  async line(text = ""): Promise<void> {
    await this.write(`${text}\n`);
  }

  /** Resolves when everything is handed to the system. The stream stays open. */
  async finish(): Promise<void> {
    if (this.stream.writableLength > 0 && this.fault === undefined && !this.stream.destroyed) {
      await this.drained();
    }
    this.check();
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        for (const event of ["drain", "error", "close"]) this.stream.off(event, done);
        resolve();
      };
      if (!this.stream.writableNeedDrain && this.stream.writableLength === 0) return resolve();
      for (const event of ["drain", "error", "close"]) this.stream.on(event, done);
      if (!this.stream.writableNeedDrain) this.stream.write("", done);
    });
  }

  private check(): void {
    const code = this.fault instanceof Error && "code" in this.fault ? this.fault.code : undefined;
    if (code === "EPIPE" || (this.stream.destroyed && this.fault === undefined)) throw new BrokenPipe();
    if (this.fault === undefined) return;
    const why = this.fault instanceof Error ? this.fault.message : String(this.fault);
    throw new IcebergError("io-failed", `Cannot write the results: ${why}`, { cause: this.fault });
  }
}
