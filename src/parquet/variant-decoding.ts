/**
 * Decodes the binary form of variants, as far as putting shredded ones together needs it: the dictionary of field names
 * and the fields of an object. Spec: Variant Binary Encoding (PAR-022, SCH-009).
 * @module
 */
import { IcebergError } from "../base/index.ts";
import { checkVariantVersion, compareText } from "../values/index.ts";
import { decodeText } from "./text-reader.ts";

/** The field names of a variant, by id. */
export interface VariantDictionary {
  readonly names: readonly string[];
  /** The id of each name; of a name that is there twice, the first. */
  readonly ids: ReadonlyMap<string, number>;
  /** By id, the place of its name in the byte order of all names; equal names share one. */
  readonly ranks: Uint32Array;
}

/** A field of an object and its encoded value. */
export interface VariantField {
  readonly id: number;
  readonly value: Uint8Array;
}

const OBJECT = 2;

/**
 * Decodes a variant's metadata.
 * @throws IcebergError `unsupported` for another encoding version, `corrupt-file` when it does not hold together
 */
export function readVariantDictionary(metadata: Uint8Array): VariantDictionary {
  checkVariantVersion(metadata);
  const width = (metadata[0]! >>> 6) + 1;
  const count = uintAt(metadata, 1, width);
  const offsets = 1 + width;
  const start = offsets + width * (count + 1);
  if (start > metadata.length) throw corrupt("its metadata ends early");
  const names: string[] = [];
  const ids = new Map<string, number>();
  let at = start + uintAt(metadata, offsets, width);
  for (let id = 0; id < count; id++) {
    const end = start + uintAt(metadata, offsets + width * (id + 1), width);
    if (end < at || end > metadata.length) throw corrupt("a name of its metadata lies outside of it");
    const name = decodeText(metadata, at, end);
    names.push(name);
    if (!ids.has(name)) ids.set(name, id);
    at = end;
  }
  return { names, ids, ranks: ranksOf(names) };
}

/** Ids in order of their names; the header's flag for sorted names is not relied on. */
function ranksOf(names: readonly string[]): Uint32Array {
  const order = names.map((_, id) => id).sort((a, b) => compareText(names[a]!, names[b]!));
  const ranks = new Uint32Array(names.length);
  for (let i = 1; i < order.length; i++) {
    const [id, before] = [order[i]!, order[i - 1]!];
    ranks[id] = names[id] === names[before] ? ranks[before]! : i;
  }
  return ranks;
}

/**
 * The fields of an encoded object, their values as parts of its bytes; `undefined` when the value is no object.
 * @throws IcebergError `corrupt-file` when an id or a value lies outside
 */
export function readVariantObject(
  bytes: Uint8Array,
  { names }: VariantDictionary,
): readonly VariantField[] | undefined {
  const header = bytes[0];
  if (header === undefined || (header & 3) !== OBJECT) return undefined;
  const offsetWidth = ((header >>> 2) & 3) + 1;
  const idWidth = ((header >>> 4) & 3) + 1;
  const countWidth = (header & 0x40) === 0 ? 1 : 4;
  const count = uintAt(bytes, 1, countWidth);
  const ids = 1 + countWidth;
  const offsets = ids + count * idWidth;
  const start = offsets + (count + 1) * offsetWidth;
  if (start > bytes.length) throw corrupt("an object ends early");
  const starts = Array.from({ length: count }, (_, i) =>
    uintAt(bytes, offsets + i * offsetWidth, offsetWidth),
  );
  const size = uintAt(bytes, offsets + count * offsetWidth, offsetWidth);
  if (start + size > bytes.length) throw corrupt("an object ends early");
  const ends = endsOf(starts, size);
  return starts.map((at, i) => {
    const id = uintAt(bytes, ids + i * idWidth, idWidth);
    if (id >= names.length) throw corrupt(`field id ${id} is not in its metadata, which has ${names.length}`);
    return { id, value: bytes.subarray(start + at, start + ends[i]!) };
  });
}

/** Where each value ends: at the next start, wherever that is listed, since values come in any order. */
function endsOf(starts: readonly number[], size: number): readonly number[] {
  const ends = starts.map((_, i) => starts[i + 1] ?? size);
  if (ends.every((end, i) => starts[i]! < end)) return ends;
  const ascending = [...new Set(starts)].sort((a, b) => a - b);
  if (ascending.at(-1)! >= size) throw corrupt("a field's value lies outside its object");
  const next = new Map(ascending.map((at, i) => [at, ascending[i + 1] ?? size]));
  return starts.map((at) => next.get(at)!);
}

/** An unsigned little-endian number of 1 to 4 bytes. */
function uintAt(bytes: Uint8Array, at: number, width: number): number {
  if (at + width > bytes.length) throw corrupt("it ends early");
  let value = 0;
  for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
  return value;
}

function corrupt(why: string): IcebergError {
  return new IcebergError("corrupt-file", `Cannot decode a variant: ${why}`);
}
