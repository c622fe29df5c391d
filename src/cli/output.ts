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
  /** Called before each write: what stands on the terminal besides makes room. */
  beforeWrite: (() => Promise<void>) | undefined;
  /** Settles when everything written so far is handed to the system, or cannot be. */
  private flushed: Promise<void> = Promise.resolve();

  constructor(stream: CliStream) {
    this.stream = stream;
    // Without a listener a closed pipe would end the process with a stack.
    stream.on("error", (error) => {
      this.fault ??= error;
    });
  }

  /** Writes text or bytes as they are. Throws `BrokenPipe` when nobody reads any more, `io-failed` when writing fails. */
  async write(text: string | Uint8Array): Promise<void> {
    this.check();
    if (text.length === 0) return;
    await this.beforeWrite?.();
    let room = true;
    this.flushed = new Promise((resolve) => {
      room = this.stream.write(text, (error) => {
        if (error) this.fault ??= error;
        resolve();
      });
    });
    if (!room) await this.finish();
  }

  /** Writes one line. */
  async line(text = ""): Promise<void> {
    await this.write(`${text}\n`);
  }

  /** Resolves when everything is handed to the system. The stream stays open. */
  async finish(): Promise<void> {
    await this.flushed;
    this.check();
  }

  private check(): void {
    const code = this.fault instanceof Error && "code" in this.fault ? this.fault.code : undefined;
    if (code === "EPIPE") throw new BrokenPipe();
    if (this.fault === undefined) return;
    const why = this.fault instanceof Error ? this.fault.message : String(this.fault);
    throw new IcebergError("io-failed", `Cannot write the results: ${why}`, { cause: this.fault });
  }
}
