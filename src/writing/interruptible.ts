/** Sources that wait for rows, made to end when the signal says so. @module */

/**
 * The items of a source, waiting for the next one no longer than until `signal` aborts. The source is then told to
 * finish, but not waited for: it may never answer.
 */
export async function* interruptible<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let interrupt: ((reason: unknown) => void) | undefined;
  const abort = () => interrupt?.(signal.reason);
  signal.addEventListener("abort", abort);
  let finished = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      // One promise an item: racing each against one that lasts would keep all of them.
      const next = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, (error) => {
          finished = true;
          reject(error);
        });
      });
      if (next.done === true) {
        finished = true;
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    const closing = finished ? undefined : iterator.return?.();
    if (signal.aborted) closing?.catch(() => undefined);
    else await closing;
  }
}
