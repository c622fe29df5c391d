/** A store that fails at one chosen call, or from that call on, in the ways stores fail. @module */
import {
  type AbortOptions,
  type ByteRange,
  type CreateOutcome,
  type FileBytes,
  type FileIO,
  IcebergError,
  type InputFile,
} from "../../src/base/index.ts";

import { type Fault, STOPPED } from "./schedule.ts";

/** A store like `inner`, until it is armed: then call number `at` (from 1) fails. */
export class FaultyIO implements FileIO {
  private readonly inner: FileIO;
  private plan: { readonly fault: Fault; readonly at: number } | undefined;
  private calls = 0;
  private controller = new AbortController();

  constructor(inner: FileIO) {
    this.inner = inner;
  }

  /** Counts from the next call on; the signal is the one that the `aborted` faults fire. */
  arm(fault: Fault, at: number): AbortSignal {
    this.plan = { fault, at };
    this.calls = 0;
    this.controller = new AbortController();
    return this.controller.signal;
  }

  /** Makes the store healthy again; answers whether the failing call was reached. */
  disarm(): boolean {
    const reached = this.plan !== undefined && this.calls >= this.plan.at;
    this.plan = undefined;
    return reached;
  }

  open(location: string, size?: number): InputFile {
    const file = this.inner.open(location, size);
    return {
      location,
      size: (options?: AbortOptions) => this.call(`size of ${location}`, () => file.size(options)),
      read: (range?: ByteRange, options?: AbortOptions) =>
        this.call(`read ${location}`, () => file.read(range, options)),
    };
  }

  create(location: string, content: FileBytes, options?: AbortOptions): Promise<CreateOutcome> {
    return this.call(`create ${location}`, () => this.inner.create(location, content, options));
  }

  delete(location: string, options?: AbortOptions): Promise<void> {
    return this.call(`delete ${location}`, () => this.inner.delete(location, options));
  }

  private async call<T>(what: string, act: () => Promise<T>): Promise<T> {
    if (this.plan === undefined) return await act();
    const { fault, at } = this.plan;
    const number = ++this.calls;
    const failure = new IcebergError("io-failed", `Cannot ${what}: call ${number} fails (${fault})`);
    if (number < at) return await act();
    if (fault === "dead") throw failure;
    if (number > at) return await act();
    if (fault === "refused") throw failure;
    if (fault === "aborted") this.controller.abort(STOPPED);
    const result = await act();
    if (fault === "lost") throw failure;
    if (fault === "aborted-after") this.controller.abort(STOPPED);
    return result;
  }
}
