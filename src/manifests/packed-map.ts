/**
 * Read-only maps from field ids, packed: metrics of columns. A planner holds hundreds of thousands of them, and a
 * `Map` each is what costs time and memory there, not the decoding.
 * @module
 */

/** Field ids in the order of a file. Files of one table mostly have the same, so maps share their list. */
export class IdList {
  readonly ids: readonly number[];
  /** Places of the ids, made when a list too long to walk is first asked. */
  private places: ReadonlyMap<number, number> | undefined = undefined;

  constructor(ids: readonly number[]) {
    this.ids = ids;
  }

  /** Where an id stands; -1 when it does not. */
  placeOf(id: number): number {
    const { ids } = this;
    if (ids.length <= WALKED) return ids.indexOf(id);
    this.places ??= new Map(ids.map((each, place) => [each, place]));
    return this.places.get(id) ?? -1;
  }
}

/** Lists up to this long are walked. */
const WALKED = 16;
export const NO_IDS = new IdList([]);

/** A map whose values stand in the order of its ids. */
abstract class PackedMap<V> implements ReadonlyMap<number, V> {
  readonly list: IdList;

  constructor(list: IdList) {
    this.list = list;
  }

  /** The value of the id at a place in the list. */
  protected abstract at(index: number): V;

  get size(): number {
    return this.list.ids.length;
  }

  get(id: number): V | undefined {
    const place = this.list.placeOf(id);
    return place < 0 ? undefined : this.at(place);
  }

  has(id: number): boolean {
    return this.list.placeOf(id) >= 0;
  }

  forEach(callback: (value: V, id: number, map: ReadonlyMap<number, V>) => void): void {
    this.list.ids.forEach((id, index) => {
      callback(this.at(index), id, this);
    });
  }

  *entries(): Generator<[number, V], undefined, unknown> {
    const { ids } = this.list;
    for (let i = 0; i < ids.length; i++) yield [ids[i]!, this.at(i)];
    return undefined;
  }

  *keys(): Generator<number, undefined, unknown> {
    yield* this.list.ids;
    return undefined;
  }

  *values(): Generator<V, undefined, unknown> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
    return undefined;
  }

  [Symbol.iterator](): Generator<[number, V], undefined, unknown> {
    return this.entries();
  }
}

/** Counts by field id. */
export class PackedCounts extends PackedMap<number> {
  private readonly counts: readonly number[];

  constructor(list: IdList, counts: readonly number[]) {
    super(list);
    this.counts = counts;
  }

  /** Whether this map holds exactly these ids (the same list) and counts. */
  equals(list: IdList, counts: readonly number[]): boolean {
    if (this.list !== list) return false;
    for (let i = 0; i < this.counts.length; i++) if (this.counts[i] !== counts[i]) return false;
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

  constructor(list: IdList, chunk: Uint8Array, start: number, ends: readonly number[]) {
    super(list);
    this.chunk = chunk;
    this.start = start;
    this.ends = ends;
  }

  protected at(index: number): Uint8Array {
    const from = index === 0 ? 0 : this.ends[index - 1]!;
    return this.chunk.subarray(this.start + from, this.start + this.ends[index]!);
  }
}
