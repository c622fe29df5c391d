/** Ordered, bounded look-ahead over asynchronous work. @module */

/** Runs `work` on up to `limit` items at once and yields the results in the order of the items. */
export async function* mapAhead<T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const running: Promise<R>[] = [];
  try {
    for (const item of items) {
      const started = work(item);
      started.catch(() => undefined); // Handled when its turn comes; until then it must not count as unhandled.
      running.push(started);
      if (running.length >= limit) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}
