/**
 * Read-only maps over a few ids, packed: metrics of the columns a plan asks for. A planner holds hundreds of
 * thousands of them, and a `Map` each is what costs time and memory there, not the decoding.
 * @module
 */

/** A map over few ids, looked up by walking them. Equal id lists are shared between maps. */
abstract class PackedMap<V> implements ReadonlyMap<number, V> {
  readonly ids: readonly number[];

  constructor(ids: readonly number[]) {
    this.ids = ids;
  }

  /** The value of the id at a place in the list. */
  protected abstract at(index: number): V;

  get size(): number {
    return this.ids.length;
  }

  get(id: number): V | undefined {
    const ids = this.ids;
    for (let i = 0; i < ids.length; i++) if (ids[i] === id) return this.at(i);
    return undefined;
  }

  has(id: number): boolean {
    return this.ids.includes(id);
  }

  forEach(callback: (value: V, id: number, map: ReadonlyMap<number, V>) => void): void {
    this.ids.forEach((id, index) => {
      callback(this.at(index), id, this);
    });
  }

  *entries(): Generator<[number, V], undefined, unknown> {
    for (let i = 0; i < this.ids.length; i++) yield [this.ids[i]!, this.at(i)];
    return undefined;
  }

  *keys(): Generator<number, undefined, unknown> {
    yield* this.ids;
    return undefined;
  }

  *values(): Generator<V, undefined, unknown> {
    for (let i = 0; i < this.ids.length; i++) yield this.at(i);
    return undefined;
  }

  [Symbol.iterator](): Generator<[number, V], undefined, unknown> {
    return this.entries();
  }
}

/** Counts by field id. */
export class PackedCounts extends PackedMap<number> {
  private readonly counts: readonly number[];

  constructor(ids: readonly number[], counts: readonly number[]) {
    super(ids);
    this.counts = counts;
  }

  /** Whether this map holds exactly these ids (the same list) and counts. */
  equals(ids: readonly number[], counts: readonly number[]): boolean {
    if (this.ids !== ids) return false;
    for (let i = 0; i < ids.length; i++) if (this.counts[i] !== counts[i]) return false;
    return true;
  }

  protected at(index: number): number {
    return this.counts[index]!;
  }
}

/** Bounds by field id: slices of a chunk that many maps share. */
export class PackedBounds extends PackedMap<Uint8Array> {
  private readonly chunk: Uint8Array;
  private readonly start: number;
  /** Ends of the values, counted from `start`; equal lists are shared between maps. */
  private readonly ends: readonly number[];

  constructor(ids: readonly number[], chunk: Uint8Array, start: number, ends: readonly number[]) {
    super(ids);
    this.chunk = chunk;
    this.start = start;
    this.ends = ends;
  }

  protected at(index: number): Uint8Array {
    const from = index === 0 ? 0 : this.ends[index - 1]!;
    return this.chunk.subarray(this.start + from, this.start + this.ends[index]!);
  }
}
