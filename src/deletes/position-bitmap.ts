/** Sets of row positions, held as compressed bitmaps. Spec: Puffin, `deletion-vector-v1`; requirement PUF-019. @module */
import { IcebergError } from "../base/index.ts";
import {
  CONTAINER_SPAN,
  type Container,
  containerAdd,
  containerHas,
  containerUnion,
  copyOf,
  countIn,
  interval,
  lowsOf,
  singleton,
  visitContainer,
} from "./containers.ts";

/** The positions from `key * 65536` on, 65536 of them. Never empty. */
export interface Chunk {
  readonly key: number;
  container: Container;
}

/** One past the greatest position: 2^53, so that every position is a safe integer (PUF-019). */
export const POSITION_LIMIT = 2 ** 53;

/**
 * A growing set of 0-based row positions. Adding in ascending order is fastest; memory is at most two bytes a
 * position and one bit a row, less where positions are neighbours.
 *
 * @example const deleted = PositionBitmap.of([1, 3, 5]); deleted.has(3); // true
 */
export class PositionBitmap {
  private readonly list: Chunk[] = [];
  private count = 0;
  /** The chunk used last and its first position: positions mostly come in order. */
  private recent: Chunk | undefined;
  private recentStart = Number.NaN;

  /** The set of some positions, best given in ascending order. Throws as {@link PositionBitmap.add} does. */
  static of(positions: Iterable<number>): PositionBitmap {
    const bitmap = new PositionBitmap();
    for (const position of positions) bitmap.add(position);
    return bitmap;
  }

  /** The set made of chunks with ascending keys; they are kept, not copied. */
  static ofChunks(chunks: Iterable<Chunk>): PositionBitmap {
    const bitmap = new PositionBitmap();
    for (const chunk of chunks) {
      bitmap.list.push(chunk);
      bitmap.count += chunk.container.size;
    }
    return bitmap;
  }

  /** Number of positions: the cardinality. */
  get size(): number {
    return this.count;
  }

  /** The greatest position; `undefined` when there is none. */
  get last(): number | undefined {
    const chunk = this.list.at(-1);
    return chunk && chunk.key * CONTAINER_SPAN + lowsOf(chunk.container).at(-1)!;
  }

  /** The chunks in order of position; only for reading. */
  get chunks(): readonly Readonly<Chunk>[] {
    return this.list;
  }

  has(position: number): boolean {
    const low = position - this.recentStart;
    if (isLow(low)) return containerHas(this.recent!.container, low);
    const chunk = this.list[this.find(Math.floor(position / CONTAINER_SPAN))];
    if (chunk === undefined) return false;
    this.remember(chunk);
    const other = position - this.recentStart;
    return isLow(other) && containerHas(chunk.container, other);
  }

  /** Adds one position. Throws `invalid-argument` unless it is an integer from 0 to 2^53-1. */
  add(position: number): void {
    let low = position - this.recentStart;
    if (!isLow(low)) {
      checkPosition(position);
      const key = Math.floor(position / CONTAINER_SPAN);
      low = position - key * CONTAINER_SPAN;
      const at = this.find(key);
      const found = this.list[at];
      if (found?.key !== key) {
        this.insert(at, { key, container: singleton(low) });
        return;
      }
      this.remember(found);
    }
    const chunk = this.recent!;
    const before = chunk.container.size;
    chunk.container = containerAdd(chunk.container, low);
    this.count += chunk.container.size - before;
  }

  /** Adds the positions from `from` up to but not including `to`. Throws `invalid-argument` on bad limits. */
  addRange(from: number, to: number): void {
    if (from === to) return;
    checkPosition(from);
    checkPosition(to - 1);
    if (to < from)
      throw invalid(`Cannot add the positions from ${from} to ${to}: they end before they start`);
    const lastKey = Math.floor((to - 1) / CONTAINER_SPAN);
    for (let key = Math.floor(from / CONTAINER_SPAN); key <= lastKey; key++) {
      const start = key * CONTAINER_SPAN;
      const first = Math.max(from - start, 0);
      const last = Math.min(to - 1 - start, CONTAINER_SPAN - 1);
      this.merge(key, interval(first, last));
    }
  }

  /** Adds all positions of another set, which stays as it is (PUF-024). */
  addAll(other: PositionBitmap): void {
    for (const { key, container } of other.list) this.merge(key, container);
  }

  /** A set of its own with the positions of both (PUF-024). */
  union(other: PositionBitmap): PositionBitmap {
    const union = PositionBitmap.ofChunks(
      this.list.map(({ key, container }) => ({ key, container: copyOf(container) })),
    );
    union.addAll(other);
    return union;
  }

  /** Calls `visit` with every position, ascending: the fastest way through. */
  forEach(visit: (position: number) => void): void {
    for (const chunk of this.list) visitChunk(chunk, 0, CONTAINER_SPAN - 1, visit);
  }

  /** Calls `visit` with every position from `from` up to but not including `to`, ascending. */
  forEachIn(from: number, to: number, visit: (position: number) => void): void {
    this.chunksIn(from, to, (chunk, first, last) => visitChunk(chunk, first, last, visit));
  }

  /** How many positions lie from `from` up to but not including `to`. */
  countIn(from: number, to: number): number {
    let count = 0;
    this.chunksIn(from, to, (chunk, first, last) => {
      count += countIn(chunk.container, first, last);
    });
    return count;
  }

  /** Every position, ascending. */
  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (const { key, container } of this.list) {
      const base = key * CONTAINER_SPAN;
      for (const low of lowsOf(container)) yield base + low;
    }
  }

  private chunksIn(from: number, to: number, use: (chunk: Chunk, first: number, last: number) => void): void {
    for (let at = this.find(Math.floor(from / CONTAINER_SPAN)); at < this.list.length; at++) {
      const chunk = this.list[at]!;
      const base = chunk.key * CONTAINER_SPAN;
      const last = Math.min(to - 1 - base, CONTAINER_SPAN - 1);
      if (last < 0) return;
      const first = Math.max(from - base, 0);
      if (first <= last) use(chunk, first, last);
    }
  }

  private merge(key: number, container: Container): void {
    const at = this.find(key);
    const chunk = this.list[at];
    if (chunk?.key !== key) {
      this.insert(at, { key, container: copyOf(container) });
      return;
    }
    const before = chunk.container.size;
    chunk.container = containerUnion(chunk.container, container);
    this.count += chunk.container.size - before;
  }

  private insert(at: number, chunk: Chunk): void {
    if (at === this.list.length) this.list.push(chunk);
    else this.list.splice(at, 0, chunk);
    this.count += chunk.container.size;
    this.remember(chunk);
  }

  private remember(chunk: Chunk): void {
    this.recent = chunk;
    this.recentStart = chunk.key * CONTAINER_SPAN;
  }

  /** Index of the first chunk whose key is not below `key`. */
  private find(key: number): number {
    const { list } = this;
    let from = 0;
    let to = list.length;
    if (to > 0 && list[to - 1]!.key < key) return to;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (list[middle]!.key < key) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Whether a number is a place within a chunk: an integer from 0 to 65535. */
function isLow(low: number): boolean {
  return low >>> 0 === low && low < CONTAINER_SPAN;
}

function visitChunk(chunk: Chunk, first: number, last: number, visit: (position: number) => void): void {
  const base = chunk.key * CONTAINER_SPAN;
  visitContainer(chunk.container, first, last, base === 0 ? visit : (low) => visit(base + low));
}

function checkPosition(position: number): void {
  if (Number.isSafeInteger(position) && position >= 0) return;
  throw invalid(`Cannot hold position ${position}: positions are integers from 0 to ${POSITION_LIMIT - 1}`);
}

function invalid(message: string): IcebergError {
  return new IcebergError("invalid-argument", message);
}
