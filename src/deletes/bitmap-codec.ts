/**
 * Position bitmaps as bytes: 32-bit roaring bitmaps in the portable format, keyed by the high half of the position.
 * Spec: Puffin, `deletion-vector-v1`; requirements PUF-013 to PUF-019.
 * @module
 */
import { IcebergError } from "../base/index.ts";
import {
  BITSET_WORDS,
  type BitsetContainer,
  bitsetOf,
  CONTAINER_SPAN,
  type Container,
  countBits,
  countRuns,
  lowsOf,
  MAX_ARRAY_SIZE,
  ofRuns,
  ofSorted,
  runsOf,
} from "./containers.ts";
import { type Chunk, PositionBitmap } from "./position-bitmap.ts";

/** First four bytes of a 32-bit bitmap without run containers. */
const COOKIE_PLAIN = 12_346;
/** Low half of the first four bytes of one that may have them; the high half is the count of containers less one. */
const COOKIE_RUNS = 12_347;
/** With runs, fewer containers than this have no offsets. */
const OFFSETS_FROM = 4;
/** Greatest key: Java indexes an array by it (PUF-013). */
const MAX_KEY = 2 ** 31 - 2;
/** Keys from this on stand for positions past 2^53. */
const KEY_LIMIT = 2 ** 21;
const BITSET_BYTES = 4 * BITSET_WORDS;

export interface SerializeOptions {
  /** Write runs where they are smaller, as deletion vectors should (PUF-017). Default true. */
  readonly runs?: boolean;
}

/**
 * The 64-bit portable form: a count, then key and 32-bit bitmap of each key that has positions, ascending
 * (PUF-013). Equal sets give equal bytes, those of Java wherever keys leave no gap.
 */
export function serializeBitmap(bitmap: PositionBitmap, options: SerializeOptions = {}): Uint8Array {
  const bytes = new Uint8Array(bitmapLength(bitmap, options));
  writeBitmap(bitmap, new DataView(bytes.buffer), options);
  return bytes;
}

/** How many bytes {@link serializeBitmap} takes. */
export function bitmapLength(bitmap: PositionBitmap, options: SerializeOptions = {}): number {
  return 8 + keysOf(bitmap, options).reduce((sum, part) => sum + 4 + part.length, 0);
}

/** Writes the bytes of {@link serializeBitmap} to the start of `view`. */
export function writeBitmap(bitmap: PositionBitmap, view: DataView, options: SerializeOptions = {}): void {
  const parts = keysOf(bitmap, options);
  view.setBigUint64(0, BigInt(parts.length), true);
  let at = 8;
  for (const part of parts) {
    view.setUint32(at, part.key, true);
    writeKey(part, new DataView(view.buffer, view.byteOffset + at + 4, part.length));
    at += 4 + part.length;
  }
}

/**
 * The set of the 64-bit portable form. Gaps between keys, empty bitmaps and containers that could be smaller are
 * accepted; anything malformed or left over is not. Memory stays proportional to `bytes`.
 * @throws IcebergError `corrupt-file` naming `what` and the byte; `unsupported` for positions past 2^53-1.
 */
export function deserializeBitmap(bytes: Uint8Array, what = "a position bitmap"): PositionBitmap {
  const reader = new BitmapReader(bytes, what);
  const chunks: Chunk[] = [];
  reader.need(8, "its count of bitmaps");
  const count = reader.view.getBigUint64(0, true);
  reader.at = 8;
  // A bitmap takes twelve bytes at least, key included.
  if (count > BigInt(Math.floor((bytes.length - 8) / 12))) {
    reader.fail(`${count} bitmaps do not fit in ${bytes.length} bytes`, 0);
  }
  let before = -1;
  for (let i = 0; i < Number(count); i++) {
    const start = reader.at;
    const key = reader.uint32("the key of a bitmap");
    if (key > MAX_KEY) reader.fail(`key ${key} is above ${MAX_KEY}`, start);
    if (key <= before) reader.fail(`key ${key} comes after ${before}, keys must ascend`, start);
    before = key;
    const filled = chunks.length;
    readKey(reader, key, chunks);
    if (key >= KEY_LIMIT && chunks.length > filled) {
      throw new IcebergError(
        "unsupported",
        `Cannot read ${what}: it has positions past 2^53-1 (key ${key})`,
        {
          context: { what, key },
        },
      );
    }
  }
  if (reader.at !== bytes.length) reader.fail(`${bytes.length - reader.at} bytes follow the last bitmap`);
  return PositionBitmap.ofChunks(chunks);
}

type Form = "array" | "bitset" | "runs";

/** The 32-bit bitmap of one key, laid out. */
interface KeyPart {
  readonly key: number;
  readonly containers: readonly {
    readonly low: number;
    readonly container: Container;
    readonly form: Form;
  }[];
  /** Bytes before the containers. */
  readonly header: number;
  readonly length: number;
}

function keysOf(bitmap: PositionBitmap, { runs = true }: SerializeOptions): KeyPart[] {
  const groups = new Map<number, { low: number; container: Container; form: Form }[]>();
  for (const { key: chunk, container } of bitmap.chunks) {
    const key = Math.floor(chunk / CONTAINER_SPAN);
    const group = groups.get(key) ?? [];
    if (group.length === 0) groups.set(key, group);
    group.push({ low: chunk % CONTAINER_SPAN, container, form: formOf(container, runs) });
  }
  return Array.from(groups, ([key, containers]) => {
    const header = headerLength(
      containers.length,
      containers.some(({ form }) => form === "runs"),
    );
    const length = containers.reduce((sum, { container, form }) => sum + bodyLength(container, form), header);
    return { key, containers, header, length };
  });
}

function formOf(container: Container, runs: boolean): Form {
  const plain = container.size <= MAX_ARRAY_SIZE ? "array" : "bitset";
  return runs && bodyLength(container, "runs") < bodyLength(container, plain) ? "runs" : plain;
}

function bodyLength(container: Container, form: Form): number {
  switch (form) {
    case "array":
      return 2 * container.size;
    case "bitset":
      return BITSET_BYTES;
    case "runs":
      return 2 + 4 * countRuns(container);
  }
}

function headerLength(count: number, hasRuns: boolean): number {
  const flags = hasRuns ? Math.ceil(count / 8) : 4;
  const offsets = !hasRuns || count >= OFFSETS_FROM ? 4 * count : 0;
  return 4 + flags + 4 * count + offsets;
}

function writeKey({ containers, header }: KeyPart, view: DataView): void {
  const count = containers.length;
  const hasRuns = containers.some(({ form }) => form === "runs");
  let at: number;
  if (hasRuns) {
    view.setUint32(0, COOKIE_RUNS + (count - 1) * 65_536, true);
    containers.forEach(({ form }, i) => {
      if (form === "runs") view.setUint8(4 + (i >> 3), view.getUint8(4 + (i >> 3)) | (1 << (i & 7)));
    });
    at = 4 + Math.ceil(count / 8);
  } else {
    view.setUint32(0, COOKIE_PLAIN, true);
    view.setUint32(4, count, true);
    at = 8;
  }
  const offsets = !hasRuns || count >= OFFSETS_FROM ? at + 4 * count : undefined;
  let body = header;
  containers.forEach(({ low, container, form }, i) => {
    view.setUint16(at + 4 * i, low, true);
    view.setUint16(at + 4 * i + 2, container.size - 1, true);
    if (offsets !== undefined) view.setUint32(offsets + 4 * i, body, true);
    body = writeContainer(container, form, view, body);
  });
}

/** Writes a container in a form; answers where it ends. */
function writeContainer(container: Container, form: Form, view: DataView, start: number): number {
  let at = start;
  switch (form) {
    case "array":
      for (const low of lowsOf(container)) {
        view.setUint16(at, low, true);
        at += 2;
      }
      return at;
    case "bitset": {
      const { words } = container.kind === "bitset" ? container : bitsetOf(container);
      for (let i = 0; i < BITSET_WORDS; i++) view.setUint32(start + 4 * i, words[i]!, true);
      return start + BITSET_BYTES;
    }
    case "runs": {
      const runs = runsOf(container);
      view.setUint16(at, runs.length / 2, true);
      at += 2;
      for (let i = 0; i < runs.length; i += 2) {
        view.setUint16(at, runs[i]!, true);
        view.setUint16(at + 2, runs[i + 1]! - runs[i]!, true);
        at += 4;
      }
      return at;
    }
  }
}

/** Bytes with a place in them, and the errors of what is wrong there. */
class BitmapReader {
  readonly view: DataView;
  readonly what: string;
  at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.what = what;
  }

  /** Fails unless so many bytes are left. */
  need(length: number, thing: string): void {
    if (this.at + length > this.view.byteLength) {
      this.fail(`${thing} takes ${length} bytes, ${this.view.byteLength - this.at} are left`);
    }
  }

  uint16(thing: string): number {
    this.need(2, thing);
    this.at += 2;
    return this.view.getUint16(this.at - 2, true);
  }

  uint32(thing: string): number {
    this.need(4, thing);
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  fail(why: string, at = this.at): never {
    throw new IcebergError("corrupt-file", `Cannot read ${this.what}: ${why}, at byte ${at} of the bitmap`, {
      context: { what: this.what, offset: at },
    });
  }
}

/** Reads one 32-bit bitmap by what its header says, so that the next one starts where this ends (PUF-018). */
function readKey(reader: BitmapReader, key: number, chunks: Chunk[]): void {
  const { view } = reader;
  const start = reader.at;
  const cookie = reader.uint32("the cookie of a bitmap");
  const mayHaveRuns = (cookie & 0xffff) === COOKIE_RUNS;
  if (!mayHaveRuns && cookie !== COOKIE_PLAIN) reader.fail(`its cookie is ${cookie}`, start);
  const count = mayHaveRuns ? (cookie >>> 16) + 1 : reader.uint32("the count of containers");
  if (count > CONTAINER_SPAN) reader.fail(`${count} containers are more than ${CONTAINER_SPAN}`, start);
  const flags = reader.at;
  const flagBytes = mayHaveRuns ? Math.ceil(count / 8) : 0;
  const heads = flags + flagBytes;
  const hasOffsets = !mayHaveRuns || count >= OFFSETS_FROM;
  reader.need(flagBytes + (hasOffsets ? 8 : 4) * count, `the header of ${count} containers`);
  reader.at = heads + (hasOffsets ? 8 : 4) * count;
  let before = -1;
  for (let i = 0; i < count; i++) {
    const head = heads + 4 * i;
    const low = view.getUint16(head, true);
    const size = view.getUint16(head + 2, true) + 1;
    if (low <= before) reader.fail(`container ${low} comes after ${before}, containers must ascend`, head);
    before = low;
    if (hasOffsets) {
      const offset = view.getUint32(heads + 4 * count + 4 * i, true);
      if (offset !== reader.at - start) {
        reader.fail(`container ${low} starts at ${reader.at - start}, its offset is ${offset}`, head);
      }
    }
    const isRun = mayHaveRuns && ((view.getUint8(flags + (i >> 3)) >> (i & 7)) & 1) === 1;
    const container = isRun
      ? readRuns(reader, size)
      : size <= MAX_ARRAY_SIZE
        ? readArray(reader, size)
        : readBitset(reader, size);
    chunks.push({ key: key * CONTAINER_SPAN + low, container });
  }
}

function readArray(reader: BitmapReader, size: number): Container {
  reader.need(2 * size, `an array of ${size} values`);
  const { view, at } = reader;
  const values = new Uint16Array(size);
  let before = -1;
  for (let i = 0; i < size; i++) {
    const low = view.getUint16(at + 2 * i, true);
    if (low <= before) reader.fail(`value ${low} comes after ${before}, values must ascend`, at + 2 * i);
    values[i] = low;
    before = low;
  }
  reader.at = at + 2 * size;
  return ofSorted(values);
}

function readBitset(reader: BitmapReader, size: number): Container {
  reader.need(BITSET_BYTES, "a bitset");
  const { view, at } = reader;
  const words = new Uint32Array(BITSET_WORDS);
  for (let i = 0; i < BITSET_WORDS; i++) words[i] = view.getUint32(at + 4 * i, true);
  const found = countBits(words);
  if (found !== size) reader.fail(`a bitset has ${found} values, its header says ${size}`);
  reader.at = at + BITSET_BYTES;
  const container: BitsetContainer = { kind: "bitset", size, words };
  return container;
}

function readRuns(reader: BitmapReader, size: number): Container {
  const count = reader.uint16("a count of runs");
  reader.need(4 * count, `${count} runs`);
  const { view, at } = reader;
  const runs = new Uint16Array(2 * count);
  let filled = 0;
  let found = 0;
  for (let i = 0; i < count; i++) {
    const first = view.getUint16(at + 4 * i, true);
    const more = view.getUint16(at + 4 * i + 2, true);
    const last = first + more;
    const before = filled === 0 ? -1 : runs[filled - 1]!;
    if (last >= CONTAINER_SPAN) reader.fail(`a run from ${first} ends at ${last}`, at + 4 * i);
    if (first <= before)
      reader.fail(`a run starts at ${first}, the one before ends at ${before}`, at + 4 * i);
    found += more + 1;
    // Runs that touch are one run.
    if (first === before + 1 && filled > 0) {
      runs[filled - 1] = last;
    } else {
      runs[filled++] = first;
      runs[filled++] = last;
    }
  }
  if (found !== size) reader.fail(`runs have ${found} values, their header says ${size}`);
  reader.at = at + 4 * count;
  return ofRuns(filled === runs.length ? runs : runs.slice(0, filled));
}
