/** Things read once and kept while they fit. @module */

interface Kept<T> {
  readonly value: Promise<T>;
  weight: number;
}

/** A cache of work by key that keeps the things used last, up to a total weight. Work under way is shared. */
export class WeightedCache<T> {
  private readonly limit: number;
  private readonly weigh: (value: T) => number;
  private readonly kept = new Map<string, Kept<T>>();
  private total = 0;

  constructor(limit: number, weigh: (value: T) => number) {
    this.limit = limit;
    this.weigh = weigh;
  }

  /** The thing of a key, made by `make` when it is not there. Failures are not kept. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return known.value;
    }
    const entry: Kept<T> = { value: make(), weight: 0 };
    this.kept.set(key, entry);
    entry.value.then(
      (value) => this.settle(key, entry, this.weigh(value)),
      () => this.drop(key, entry),
    );
    return entry.value;
  }

  private settle(key: string, entry: Kept<T>, weight: number): void {
    if (this.kept.get(key) !== entry) return;
    entry.weight = weight;
    this.total += weight;
    for (const [oldest, candidate] of this.kept) {
      if (this.total <= this.limit) return;
      if (candidate.weight > 0) this.drop(oldest, candidate);
    }
  }

  private drop(key: string, entry: Kept<T>): void {
    if (this.kept.get(key) !== entry) return;
    this.kept.delete(key);
    this.total -= entry.weight;
  }
}
