/**
 * The containers of a roaring bitmap: sets of 16-bit values as a sorted array, a bitset or runs. Spec: Puffin,
 * `deletion-vector-v1` (RoaringBitmap's portable format); requirements PUF-016 and PUF-017.
 * @module
 */

/** Sorted values; `values` may have room beyond `size`. */
export interface ArrayContainer {
  readonly kind: "array";
  size: number;
  values: Uint16Array;
}

/** One bit a value, lowest bit first. */
export interface BitsetContainer {
  readonly kind: "bitset";
  size: number;
  readonly words: Uint32Array;
}

/** First and last value of each run in turn; runs ascend and never touch. Never changed in place. */
export interface RunContainer {
  readonly kind: "runs";
  readonly size: number;
  readonly runs: Uint16Array;
}

export type Container = ArrayContainer | BitsetContainer | RunContainer;

/** An array holds at most so many values (PUF-016). */
export const MAX_ARRAY_SIZE = 4096;
/** Values a container can hold: 2^16. */
export const CONTAINER_SPAN = 65_536;
/** 32-bit words of a bitset. */
export const BITSET_WORDS = 2048;

/** A container of one value. */
export function singleton(low: number): Container {
  const values = new Uint16Array(4);
  values[0] = low;
  return { kind: "array", size: 1, values };
}

/** A container of `first` to `last`, both included. */
export function interval(first: number, last: number): Container {
  return { kind: "runs", size: last - first + 1, runs: Uint16Array.of(first, last) };
}

/** The container of sorted values that are all different. Keeps the array. */
export function ofSorted(values: Uint16Array): Container {
  const array: ArrayContainer = { kind: "array", size: values.length, values };
  return values.length <= MAX_ARRAY_SIZE ? array : bitsetOf(array);
}

/** The container of runs given as first and last value in turn, ascending and not touching. Keeps the array. */
export function ofRuns(runs: Uint16Array): Container {
  let size = 0;
  for (let i = 0; i < runs.length; i += 2) size += runs[i + 1]! - runs[i]! + 1;
  return smallest({ kind: "runs", size, runs });
}

export function containerHas(container: Container, low: number): boolean {
  switch (container.kind) {
    case "array": {
      const at = lowerBound(container.values, container.size, low);
      return at < container.size && container.values[at] === low;
    }
    case "bitset":
      return ((container.words[low >>> 5]! >>> (low & 31)) & 1) === 1;
    case "runs": {
      const run = runFrom(container.runs, low);
      return run < container.runs.length && container.runs[run]! <= low;
    }
  }
}

/** The container with a value added: the same one, changed, where it has room. */
export function containerAdd(container: Container, low: number): Container {
  switch (container.kind) {
    case "array":
      return arrayAdd(container, low);
    case "bitset": {
      const word = container.words[low >>> 5]!;
      const added = word | (1 << (low & 31));
      if (added !== (word | 0)) {
        container.words[low >>> 5] = added;
        container.size++;
      }
      return container;
    }
    case "runs":
      if (containerHas(container, low)) return container;
      return container.size < MAX_ARRAY_SIZE
        ? arrayAdd({ kind: "array", size: container.size, values: lowsOf(container) }, low)
        : containerAdd(bitsetOf(container), low);
  }
}

/** All values of two containers. Neither is changed, and the result shares nothing that can change. */
export function containerUnion(a: Container, b: Container): Container {
  if (a.size === CONTAINER_SPAN) return copyOf(a);
  if (b.size === CONTAINER_SPAN) return copyOf(b);
  if (a.kind === "array" && b.kind === "array" && a.size + b.size <= MAX_ARRAY_SIZE) return mergeArrays(a, b);
  if (a.kind !== "bitset" && b.kind !== "bitset") {
    return smallest(mergeRuns(runsOf(a), runsOf(b)));
  }
  const [into, from] = a.kind === "bitset" ? [a, b] : [b, a];
  const union = bitsetOf(into);
  if (from.kind === "bitset") {
    let size = 0;
    for (let i = 0; i < BITSET_WORDS; i++) {
      const word = union.words[i]! | from.words[i]!;
      union.words[i] = word;
      size += bitCount(word);
    }
    union.size = size;
    return union;
  }
  const { words } = union;
  visitContainer(from, 0, CONTAINER_SPAN - 1, (low) => {
    words[low >>> 5]! |= 1 << (low & 31);
  });
  union.size = countBits(words);
  return union;
}

/** A container that shares nothing with the given one that can change. */
export function copyOf(container: Container): Container {
  switch (container.kind) {
    case "array":
      return { kind: "array", size: container.size, values: container.values.slice(0, container.size) };
    case "bitset":
      return { kind: "bitset", size: container.size, words: container.words.slice() };
    case "runs":
      return container;
  }
}

/** Calls `visit` with each value from `first` to `last`, ascending. */
export function visitContainer(
  container: Container,
  first: number,
  last: number,
  visit: (low: number) => void,
): void {
  switch (container.kind) {
    case "array": {
      const { values, size } = container;
      for (let i = first === 0 ? 0 : lowerBound(values, size, first); i < size; i++) {
        const low = values[i]!;
        if (low > last) return;
        visit(low);
      }
      return;
    }
    case "bitset": {
      const { words } = container;
      const end = last >>> 5;
      for (let i = first >>> 5; i <= end; i++) {
        let word = words[i]!;
        if (i === first >>> 5) word &= -1 << (first & 31);
        if (i === end) word &= -1 >>> (31 - (last & 31));
        while (word !== 0) {
          const bit = 31 - Math.clz32(word & -word);
          visit(i * 32 + bit);
          word &= word - 1;
        }
      }
      return;
    }
    case "runs": {
      const { runs } = container;
      for (let i = runFrom(runs, first); i < runs.length; i += 2) {
        const end = Math.min(runs[i + 1]!, last);
        for (let low = Math.max(runs[i]!, first); low <= end; low++) visit(low);
        if (end === last) return;
      }
      return;
    }
  }
}

/** How many values lie from `first` to `last`. */
export function countIn(container: Container, first: number, last: number): number {
  if (first === 0 && last === CONTAINER_SPAN - 1) return container.size;
  if (container.kind === "array") {
    const { values, size } = container;
    return lowerBound(values, size, last + 1) - lowerBound(values, size, first);
  }
  let count = 0;
  if (container.kind === "bitset") {
    visitContainer(container, first, last, () => count++);
    return count;
  }
  const { runs } = container;
  for (let i = runFrom(runs, first); i < runs.length && runs[i]! <= last; i += 2) {
    count += Math.min(runs[i + 1]!, last) - Math.max(runs[i]!, first) + 1;
  }
  return count;
}

/** All values, ascending; an array's own memory where it is one, so only for reading. */
export function lowsOf(container: Container): Uint16Array {
  if (container.kind === "array") return container.values.subarray(0, container.size);
  const lows = new Uint16Array(container.size);
  let at = 0;
  if (container.kind === "bitset") {
    visitContainer(container, 0, CONTAINER_SPAN - 1, (low) => {
      lows[at++] = low;
    });
    return lows;
  }
  const { runs } = container;
  for (let i = 0; i < runs.length; i += 2) {
    for (let low = runs[i]!; low <= runs[i + 1]!; low++) lows[at++] = low;
  }
  return lows;
}

/** How many runs the values make. */
export function countRuns(container: Container): number {
  switch (container.kind) {
    case "array": {
      const { values, size } = container;
      let runs = 1;
      for (let i = 1; i < size; i++) if (values[i]! !== values[i - 1]! + 1) runs++;
      return runs;
    }
    case "bitset": {
      const { words } = container;
      let runs = 0;
      let carry = 0;
      for (let i = 0; i < BITSET_WORDS; i++) {
        const word = words[i]!;
        // A run starts at each set bit whose lower neighbour is not set.
        runs += bitCount(word & ~((word << 1) | carry));
        carry = word >>> 31;
      }
      return runs;
    }
    case "runs":
      return container.runs.length / 2;
  }
}

/** The values as first and last value of each run in turn; only for reading. */
export function runsOf(container: Container): Uint16Array {
  if (container.kind === "runs") return container.runs;
  const runs = new Uint16Array(2 * countRuns(container));
  let at = 0;
  if (container.kind === "array") {
    const { values, size } = container;
    let first = values[0]!;
    for (let i = 1; i <= size; i++) {
      if (i < size && values[i]! === values[i - 1]! + 1) continue;
      runs[at++] = first;
      runs[at++] = values[i - 1]!;
      first = values[i] ?? 0;
    }
    return runs;
  }
  const { words } = container;
  let open = false;
  for (let i = 0; i < BITSET_WORDS; i++) {
    const word = words[i]!;
    if (word === (open ? 0xffffffff : 0)) continue;
    for (let bit = 0; bit < 32; bit++) {
      if ((((word >>> bit) & 1) === 1) === open) continue;
      runs[at++] = i * 32 + bit - (open ? 1 : 0);
      open = !open;
    }
  }
  if (open) runs[at] = CONTAINER_SPAN - 1;
  return runs;
}

/** The values as a bitset, a fresh one. */
export function bitsetOf(container: Container): BitsetContainer {
  if (container.kind === "bitset") {
    return { kind: "bitset", size: container.size, words: container.words.slice() };
  }
  const words = new Uint32Array(BITSET_WORDS);
  visitContainer(container, 0, CONTAINER_SPAN - 1, (low) => {
    words[low >>> 5]! |= 1 << (low & 31);
  });
  return { kind: "bitset", size: container.size, words };
}

/** How many bits are set. */
export function countBits(words: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < words.length; i++) count += bitCount(words[i]!);
  return count;
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Position of the first of `size` sorted values that is not below `low`. */
function lowerBound(values: Uint16Array, size: number, low: number): number {
  let from = 0;
  let to = size;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (values[middle]! < low) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Position of the first run that does not end below `low`; the length of `runs` when there is none. */
function runFrom(runs: Uint16Array, low: number): number {
  let from = 0;
  let to = runs.length >>> 1;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (runs[2 * middle + 1]! < low) from = middle + 1;
    else to = middle;
  }
  return 2 * from;
}

function arrayAdd(container: ArrayContainer, low: number): Container {
  const { size, values } = container;
  // Positions mostly come in order.
  const at = size === 0 || values[size - 1]! < low ? size : lowerBound(values, size, low);
  if (at < size && values[at] === low) return container;
  if (size === MAX_ARRAY_SIZE) return containerAdd(bitsetOf(container), low);
  if (size === values.length) {
    container.values = new Uint16Array(Math.min(MAX_ARRAY_SIZE, Math.max(4, size * 2)));
    container.values.set(values);
  }
  if (at < size) container.values.copyWithin(at + 1, at, size);
  container.values[at] = low;
  container.size = size + 1;
  return container;
}

function mergeArrays(a: ArrayContainer, b: ArrayContainer): Container {
  const merged = new Uint16Array(a.size + b.size);
  let size = 0;
  let i = 0;
  let j = 0;
  while (i < a.size || j < b.size) {
    const x = i < a.size ? a.values[i]! : CONTAINER_SPAN;
    const y = j < b.size ? b.values[j]! : CONTAINER_SPAN;
    if (x <= y) i++;
    if (y <= x) j++;
    merged[size++] = Math.min(x, y);
  }
  return { kind: "array", size, values: merged };
}

function mergeRuns(a: Uint16Array, b: Uint16Array): RunContainer {
  const merged = new Uint16Array(a.length + b.length);
  let at = 0;
  let size = 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const fromA = j >= b.length || (i < a.length && a[i]! <= b[j]!);
    const first = fromA ? a[i]! : b[j]!;
    const last = fromA ? a[i + 1]! : b[j + 1]!;
    if (fromA) i += 2;
    else j += 2;
    if (at > 0 && first <= merged[at - 1]! + 1) {
      const before = merged[at - 1]!;
      if (last > before) {
        size += last - before;
        merged[at - 1] = last;
      }
    } else {
      merged[at++] = first;
      merged[at++] = last;
      size += last - first + 1;
    }
  }
  return { kind: "runs", size, runs: merged.slice(0, at) };
}

/** Runs in the form that takes least memory. */
function smallest(container: RunContainer): Container {
  const { size, runs } = container;
  const plain = size <= MAX_ARRAY_SIZE ? 2 * size : 4 * BITSET_WORDS;
  if (2 * runs.length <= plain) return container;
  return size <= MAX_ARRAY_SIZE ? { kind: "array", size, values: lowsOf(container) } : bitsetOf(container);
}
