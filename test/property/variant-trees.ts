/** Variants as trees: an encoder and a strict decoder that share no code with the library. @module */
import { fromHex, toHex, utf8Decode, utf8Encode } from "../../src/base/index.ts";

/** A variant's value, its types kept apart. */
export type Tree =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: SmallKind; readonly value: number }
  | { readonly kind: LongKind; readonly value: bigint }
  | { readonly kind: DecimalKind; readonly scale: number; readonly value: bigint }
  | { readonly kind: "string"; readonly value: string }
  /** As hex. */
  | { readonly kind: "binary" | "uuid"; readonly value: string }
  | { readonly kind: "array"; readonly items: readonly Tree[] }
  /** Fields by name; their order means nothing. */
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, Tree> };

export type SmallKind = "int8" | "int16" | "int32" | "float" | "double" | "date";
export type LongKind = "int64" | "time" | "timestamptz" | "timestamp" | "timestamptz_ns" | "timestamp_ns";
export type DecimalKind = "decimal4" | "decimal8" | "decimal16";

/** Kinds by type id, and how many bytes each takes after its header. */
const PRIMITIVES: readonly (readonly [Tree["kind"], number])[] = [
  ["null", 0],
  ["boolean", 0],
  ["boolean", 0],
  ["int8", 1],
  ["int16", 2],
  ["int32", 4],
  ["int64", 8],
  ["double", 8],
  ["decimal4", 5],
  ["decimal8", 9],
  ["decimal16", 17],
  ["date", 4],
  ["timestamptz", 8],
  ["timestamp", 8],
  ["float", 4],
  ["binary", -1],
  ["string", -1],
  ["time", 8],
  ["timestamptz_ns", 8],
  ["timestamp_ns", 8],
  ["uuid", 16],
];

/** What an encoder is free to choose. */
export interface Freedom {
  /** Bytes to add to every width, 0 to 3. */
  readonly wider: number;
  /** Whether counts take four bytes though one would do. */
  readonly large: boolean;
  /** Whether values of objects stand in reverse. */
  readonly reversed: boolean;
  /** Whether short strings have their length apart. */
  readonly long: boolean;
}

export const PLAIN: Freedom = { wider: 0, large: false, reversed: false, long: false };

/** Metadata of a dictionary in the order given. */
export function encodeMetadata(names: readonly string[], wider = 0): Uint8Array {
  const texts = names.map(utf8Encode);
  const total = texts.reduce((sum, { length }) => sum + length, 0);
  const width = widthOf(Math.max(total, names.length), wider);
  const offsets = [0];
  for (const { length } of texts) offsets.push(offsets.at(-1)! + length);
  const sorted = names.every((name, i) => i === 0 || inByteOrder(names[i - 1]!, name) < 0);
  const header = 1 | (sorted ? 0x10 : 0) | ((width - 1) << 6);
  const numbers = [names.length, ...offsets].flatMap((number) => little(number, width));
  return Uint8Array.from([header, ...numbers, ...texts.flatMap((text) => [...text])]);
}

/** A tree's bytes; its names must be in the dictionary. */
export function encodeTree(tree: Tree, names: readonly string[], freedom: Freedom = PLAIN): Uint8Array {
  return Uint8Array.from(bytesOf(tree, names, freedom));
}

function bytesOf(tree: Tree, names: readonly string[], freedom: Freedom): number[] {
  switch (tree.kind) {
    case "null":
      return [0];
    case "boolean":
      return [tree.value ? 4 : 8];
    case "string": {
      const text = [...utf8Encode(tree.value)];
      return text.length < 64 && !freedom.long ? [1 | (text.length << 2), ...text] : sized("string", text);
    }
    case "binary":
      return sized("binary", [...fromHex(tree.value)]);
    case "uuid":
      return [header("uuid"), ...fromHex(tree.value)];
    case "float":
      return [header("float"), ...new Uint8Array(Float32Array.of(tree.value).buffer)];
    case "double":
      return [header("double"), ...new Uint8Array(Float64Array.of(tree.value).buffer)];
    case "array": {
      const values = tree.items.map((item) => bytesOf(item, names, freedom));
      const total = values.reduce((sum, { length }) => sum + length, 0);
      const width = widthOf(total, freedom.wider);
      const large = freedom.large || values.length > 255;
      const offsets = [...startsOf(values), total];
      return [
        3 | ((width - 1) << 2) | (large ? 0x10 : 0),
        ...little(values.length, large ? 4 : 1),
        ...offsets.flatMap((offset) => little(offset, width)),
        ...values.flat(),
      ];
    }
    case "object": {
      const fields = [...tree.fields].sort(([a], [b]) => inByteOrder(a, b));
      const ids = fields.map(([name]) => names.indexOf(name));
      if (ids.includes(-1)) throw new Error(`the dictionary ${names} lacks one of ${fields.map(([n]) => n)}`);
      const values = fields.map(([, value]) => bytesOf(value, names, freedom));
      const total = values.reduce((sum, { length }) => sum + length, 0);
      const width = widthOf(total, freedom.wider);
      const idWidth = widthOf(Math.max(0, ...ids), freedom.wider);
      const large = freedom.large || values.length > 255;
      const placed = freedom.reversed ? [...values].reverse() : values;
      const starts = startsOf(placed);
      const offsets = [...values.map((value) => starts[placed.indexOf(value)]!), total];
      return [
        2 | ((width - 1) << 2) | ((idWidth - 1) << 4) | (large ? 0x40 : 0),
        ...little(values.length, large ? 4 : 1),
        ...ids.flatMap((id) => little(id, idWidth)),
        ...offsets.flatMap((offset) => little(offset, width)),
        ...placed.flat(),
      ];
    }
    default: {
      const [, width] = PRIMITIVES.find(([kind]) => kind === tree.kind)!;
      if (!("scale" in tree)) return [header(tree.kind), ...littleSigned(BigInt(tree.value), width)];
      return [header(tree.kind), tree.scale, ...littleSigned(tree.value, width - 1)];
    }
  }
}

/** Where each value begins when they stand end to end. */
function startsOf(values: readonly (readonly number[])[]): number[] {
  const starts: number[] = [];
  let at = 0;
  for (const { length } of values) {
    starts.push(at);
    at += length;
  }
  return starts;
}

function header(kind: Tree["kind"]): number {
  return PRIMITIVES.findIndex(([each]) => each === kind) << 2;
}

function sized(kind: Tree["kind"], bytes: readonly number[]): number[] {
  return [header(kind), ...little(bytes.length, 4), ...bytes];
}

/** The names of metadata. Throws where the specification does not hold. */
export function decodeMetadata(bytes: Uint8Array): { names: readonly string[]; end: number } {
  if ((bytes[0]! & 15) !== 1) throw new Error(`version ${bytes[0]! & 15}`);
  const width = (bytes[0]! >>> 6) + 1;
  const count = unsigned(bytes, 1, width);
  const offsets = Array.from({ length: count + 1 }, (_, i) => unsigned(bytes, 1 + width * (1 + i), width));
  const start = 1 + width * (2 + count);
  if (offsets[0] !== 0) throw new Error("the first offset of metadata is not 0");
  const names = offsets.slice(1).map((end, i) => {
    if (end < offsets[i]! || start + end > bytes.length)
      throw new Error("a name lies outside of its metadata");
    return utf8Decode(bytes.subarray(start + offsets[i]!, start + end));
  });
  return { names, end: start + offsets.at(-1)! };
}

/** The tree of a value that fills its bytes. Throws where the specification does not hold. */
export function decodeTree(metadata: Uint8Array, value: Uint8Array): Tree {
  const { names, end } = decodeMetadata(metadata);
  if (end !== metadata.length) throw new Error(`metadata ends at ${end} of ${metadata.length}`);
  const read = treeAt(value, 0, names);
  if (read.end !== value.length) throw new Error(`a value ends at ${read.end} of ${value.length}`);
  return read.tree;
}

interface Read {
  readonly tree: Tree;
  readonly end: number;
}

function treeAt(bytes: Uint8Array, at: number, names: readonly string[]): Read {
  if (at >= bytes.length) throw new Error(`no value at ${at}`);
  const basic = bytes[at]! & 3;
  const detail = bytes[at]! >>> 2;
  if (basic === 0) return primitiveAt(bytes, at, detail);
  if (basic === 1) {
    const end = at + 1 + detail;
    if (end > bytes.length) throw new Error("a string ends early");
    return { tree: { kind: "string", value: utf8Decode(bytes.subarray(at + 1, end)) }, end };
  }
  const isObject = basic === 2;
  const width = (detail & 3) + 1;
  const idWidth = isObject ? ((detail >>> 2) & 3) + 1 : 0;
  const large = (detail & (isObject ? 16 : 4)) !== 0;
  const count = unsigned(bytes, at + 1, large ? 4 : 1);
  const ids = at + (large ? 5 : 2);
  const offsets = ids + count * idWidth;
  const start = offsets + (count + 1) * width;
  const size = unsigned(bytes, offsets + count * width, width);
  const covered = new Map<number, number>();
  const items = Array.from({ length: count }, (_, i) => {
    const offset = unsigned(bytes, offsets + i * width, width);
    const read = treeAt(bytes.subarray(0, start + size), start + offset, names);
    covered.set(offset, read.end - start);
    return read.tree;
  });
  let filled = 0;
  for (const [from, to] of [...covered].sort(([a], [b]) => a - b)) {
    if (from !== filled) throw new Error(`values leave a gap or overlap at ${from}`);
    filled = to;
  }
  if (filled !== size || covered.size !== count) throw new Error("values do not fill what holds them");
  const end = start + size;
  if (!isObject) {
    if (items.length > 255 && !large) throw new Error("a large array is not marked");
    return { tree: { kind: "array", items }, end };
  }
  const fields = new Map<string, Tree>();
  let last: string | undefined;
  items.forEach((item, i) => {
    const name = names[unsigned(bytes, ids + i * idWidth, idWidth)];
    if (name === undefined) throw new Error("a field id is not in the metadata");
    if (last !== undefined && inByteOrder(last, name) >= 0)
      throw new Error(`field ${name} comes after ${last}`);
    last = name;
    fields.set(name, item);
  });
  return { tree: { kind: "object", fields }, end };
}

function primitiveAt(bytes: Uint8Array, at: number, type: number): Read {
  const found = PRIMITIVES[type];
  if (found === undefined) throw new Error(`type ${type}`);
  const [kind, fixedWidth] = found;
  const start = at + (fixedWidth < 0 ? 5 : 1);
  const end = start + (fixedWidth < 0 ? unsigned(bytes, at + 1, 4) : fixedWidth);
  if (end > bytes.length) throw new Error(`a ${kind} ends early`);
  const data = bytes.slice(start, end);
  const view = new DataView(data.buffer);
  switch (kind) {
    case "null":
      return { tree: { kind }, end };
    case "boolean":
      return { tree: { kind, value: type === 1 }, end };
    case "float":
      return { tree: { kind, value: view.getFloat32(0, true) }, end };
    case "double":
      return { tree: { kind, value: view.getFloat64(0, true) }, end };
    case "string":
      return { tree: { kind, value: utf8Decode(data) }, end };
    case "binary":
    case "uuid":
      return { tree: { kind, value: toHex(data) }, end };
    case "decimal4":
    case "decimal8":
    case "decimal16":
      return { tree: { kind, scale: data[0]!, value: signed(data.subarray(1)) }, end };
    case "int8":
    case "int16":
    case "int32":
    case "date":
      return { tree: { kind, value: Number(signed(data)) }, end };
    default:
      return { tree: { kind: kind as LongKind, value: signed(data) }, end };
  }
}

/** The order of UTF-8 bytes. */
export function inByteOrder(a: string, b: string): number {
  const [x, y] = [utf8Encode(a), utf8Encode(b)];
  const at = x.findIndex((byte, i) => byte !== y[i]);
  return at === -1 ? x.length - y.length : (x[at] ?? -1) - (y[at] ?? -1);
}

function widthOf(value: number, wider: number): number {
  return Math.min(4, (value < 256 ? 1 : value < 65536 ? 2 : value < 2 ** 24 ? 3 : 4) + wider);
}

function little(value: number, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i) % 256);
}

function littleSigned(value: bigint, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}

function unsigned(bytes: Uint8Array, at: number, width: number): number {
  if (at + width > bytes.length) throw new Error("a number ends early");
  return bytes.subarray(at, at + width).reduceRight((sum, byte) => sum * 256 + byte, 0);
}

function signed(bytes: Uint8Array): bigint {
  const value = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return BigInt.asIntN(8 * bytes.length, value);
}
