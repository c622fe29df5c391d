/** Rows on their way from one reader to one of several writers, a few batches at most. Spec: none. @module */

/** Batches that wait before `push` does. */
const MOST_WAITING = 4;

/** An iterable that is filled by `push`. One consumer. */
export class RowChannel<Batch> implements AsyncIterable<Batch> {
  private readonly waiting: Batch[] = [];
  private state: "open" | "closed" | "failed" = "open";
  private fault: unknown;
  private wake: () => void = () => undefined;

  /** Resolves when there is room. Throws what {@link fail} was given. */
  async push(batch: Batch): Promise<void> {
    while (this.state === "open" && this.waiting.length >= MOST_WAITING) await this.change();
    if (this.state === "failed") throw this.fault;
    this.waiting.push(batch);
    this.wake();
  }

  /** No more batches come. */
  close(): void {
    if (this.state === "open") this.state = "closed";
    this.wake();
  }

  /** Both sides throw `fault` from now on; what waits is dropped. */
  fail(fault: unknown): void {
    if (this.state === "failed") return;
    this.state = "failed";
    this.fault = fault;
    this.waiting.length = 0;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch> {
    for (;;) {
      if (this.state === "failed") throw this.fault;
      const batch = this.waiting.shift();
      if (batch !== undefined) {
        this.wake();
        yield batch;
      } else if (this.state === "closed") {
        return;
      } else {
        await this.change();
      }
    }
  }

  /** Resolves at the next change of either side. Only one side ever waits: one for room, or one for a batch. */
  private async change(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
  }
}
