/** Numbers that look random and are the same for the same seed, on every machine. @module */

/** A seeded generator (mulberry32: 32 bits of state, integer arithmetic only). Not for secrets. */
export class SeededRandom {
  private state: number;

  /** Only the seed's low 32 bits count. */
  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** An integer of 32 bits. */
  uint32(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** An integer from `low` to `high`, both included; the range must be small against 2^32. */
  between(low: number, high: number): number {
    return low + (this.uint32() % (high - low + 1));
  }

  /** One item. */
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.between(0, items.length - 1)] ?? items[0];
  }

  /** True in `percent` of 100 draws. */
  chance(percent: number): boolean {
    return this.uint32() % 100 < percent;
  }

  /** `bytes` bytes as lower-case hex; `bytes` is a multiple of 4. */
  hex(bytes: number): string {
    let text = "";
    for (let i = 0; i < bytes; i += 4) text += this.uint32().toString(16).padStart(8, "0");
    return text;
  }
}
