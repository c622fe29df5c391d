/**
 * Reads variants, putting those together again that were shredded into columns. Spec: Variant Shredding, Reconstructing
 * a Shredded Variant (PAR-020, PAR-021).
 * @module
 */
import { compareBytes, IcebergError } from "../base/index.ts";
import type { Value } from "../schema/index.ts";
import { checkVariantVersion, compareText } from "../values/index.ts";
import type { Conversion } from "./conversion.ts";
import type { ParquetNode } from "./tree.ts";
import { leavesOf, listParts } from "./tree-reader.ts";
import {
  encodeVariantArray,
  encodeVariantObject,
  readVariantDictionary,
  readVariantObject,
  type VariantDictionary,
  type VariantField,
} from "./variant-encoding.ts";
import { variantPrimitive } from "./variant-primitives.ts";

/** The entries of a leaf, one after another. */
export interface VariantLeaf {
  readonly definition: number;
  readonly repetition: number;
  /** Whether there is a current entry. */
  readonly present: boolean;
  /** The value of the current entry, then moves on. */
  take(): Value | null;
}

/** Opens a leaf whose values come as a conversion gives them. */
export type OpenLeaf<L extends VariantLeaf> = (leaf: ParquetNode, conversion: Conversion) => L;

/** Reads the variants of a group, which must be there. */
export interface VariantReader<L extends VariantLeaf> {
  /** All leaves below; the first is there in every variant. */
  readonly cursors: readonly L[];
  /** The next variant, its parts as an unshredded one has them. */
  read(): Value;
}

/**
 * One place of a shredded variant: a group of `value` and `typed_value`. `read` gives the encoded value of the current
 * entry, `undefined` when it is missing.
 */
interface Slot<L extends VariantLeaf> {
  readonly cursors: readonly L[];
  read(metadata: Metadata): Uint8Array | undefined;
}

/** A `typed_value`. `read` is called where it is present, with what `value` holds beside it. */
interface Typed<L extends VariantLeaf> {
  readonly cursors: readonly L[];
  read(rest: Uint8Array | undefined, metadata: Metadata): Uint8Array;
}

const BYTES: Conversion = { from: "bytes", to: (bytes) => bytes.slice(), copies: true };
/** Variant null stands for a value that is missing where one is required. */
const NULL = 0;

/** The leaves a variant is read from. */
export function variantLeaves(node: ParquetNode): ParquetNode[] {
  const names = ["metadata", "value", "typed_value"];
  return node.children.filter(({ name }) => names.includes(name)).flatMap(leavesOf);
}

/**
 * The reader of a group of variants, shredded or not. A file that says one thing twice is refused: a `value` beside a
 * `typed_value` that is no object, or a shredded field that is among the others, too.
 * @throws IcebergError `corrupt-file` when the group is no variant, `unsupported` for a type variants are not shredded to
 */
export function variantReader<L extends VariantLeaf>(node: ParquetNode, open: OpenLeaf<L>): VariantReader<L> {
  const metadataNode = childOf(node, "metadata");
  if (metadataNode?.physical !== "BYTE_ARRAY") throw misfit(node, "it is no variant: it lacks metadata");
  const metadataLeaf = open(metadataNode, BYTES);
  const slot = slotOf(node, open);
  const metadata = new Metadata();
  return {
    cursors: [metadataLeaf, ...slot.cursors],
    read() {
      const bytes = metadataLeaf.take();
      if (bytes === null) throw misfit(node, "a variant has no metadata");
      metadata.use(bytes as Uint8Array);
      const value = slot.read(metadata) ?? Uint8Array.of(NULL);
      return { metadata: bytes, value };
    },
  };
}

/** The metadata of the variant being read. Its dictionary is decoded only where an object is put together. */
class Metadata {
  private bytes: Uint8Array = new Uint8Array(0);
  private current: VariantDictionary | undefined;
  /** Of bytes that a page's dictionary hands out again and again. */
  private readonly known = new WeakMap<Uint8Array, VariantDictionary>();

  use(bytes: Uint8Array): void {
    if (bytes === this.bytes) return;
    checkVariantVersion(bytes);
    if (this.current === undefined || compareBytes(bytes, this.bytes) !== 0) {
      this.current = this.known.get(bytes);
    }
    this.bytes = bytes;
  }

  dictionary(): VariantDictionary {
    if (this.current === undefined) {
      this.current = readVariantDictionary(this.bytes);
      this.known.set(this.bytes, this.current);
    }
    return this.current;
  }
}

function slotOf<L extends VariantLeaf>(node: ParquetNode, open: OpenLeaf<L>): Slot<L> {
  const valueNode = childOf(node, "value");
  const typedNode = childOf(node, "typed_value");
  if (valueNode !== undefined && valueNode.physical !== "BYTE_ARRAY") {
    throw misfit(valueNode, "the value of a variant is binary");
  }
  const valueLeaf = valueNode && open(valueNode, BYTES);
  const takeValue = () => (valueLeaf?.take() ?? undefined) as Uint8Array | undefined;
  if (typedNode === undefined) {
    if (valueLeaf === undefined) throw misfit(node, "it is no variant: it has neither value nor typed_value");
    return { cursors: [valueLeaf], read: takeValue };
  }
  const typed = typedOf(typedNode, open);
  const first = typed.cursors[0]!;
  return {
    cursors: valueLeaf === undefined ? typed.cursors : [valueLeaf, ...typed.cursors],
    read(metadata) {
      const value = takeValue();
      if (first.definition >= typedNode.maxDefinition) return typed.read(value, metadata);
      for (const cursor of typed.cursors) cursor.take();
      return value;
    },
  };
}

function typedOf<L extends VariantLeaf>(node: ParquetNode, open: OpenLeaf<L>): Typed<L> {
  if (node.repetition === "repeated") throw misfit(node, "a typed_value is not repeated");
  if (node.physical !== undefined) return primitiveOf(node, open);
  const { annotation } = node;
  if (annotation?.kind === "list") return arrayOf(node, open);
  if (annotation === undefined) return objectOf(node, open);
  throw new IcebergError(
    "unsupported",
    `Cannot read column ${node.path.join(".")}: variants are not shredded to groups of kind ${annotation.kind}`,
    { context: { column: node.path.join(".") } },
  );
}

function primitiveOf<L extends VariantLeaf>(node: ParquetNode, open: OpenLeaf<L>): Typed<L> {
  const { conversion, encode } = variantPrimitive(node);
  const leaf = open(node, conversion);
  return {
    cursors: [leaf],
    read(rest) {
      if (rest !== undefined) throw misfit(node, "a variant has both a value and a shredded one");
      return encode(leaf.take() as Uint8Array);
    },
  };
}

function arrayOf<L extends VariantLeaf>(node: ParquetNode, open: OpenLeaf<L>): Typed<L> {
  const parts = listParts(node);
  if (parts === undefined || parts.element.physical !== undefined) {
    throw misfit(node, "a shredded array is a list of groups");
  }
  const { repeated, element } = parts;
  const slot = slotOf(element, open);
  const first = slot.cursors[0]!;
  return {
    cursors: slot.cursors,
    read(rest, metadata) {
      if (rest !== undefined) throw misfit(node, "a variant has both a value and a shredded array");
      const elements: Uint8Array[] = [];
      if (first.definition < repeated.maxDefinition) {
        for (const cursor of slot.cursors) cursor.take();
      } else {
        do elements.push(filled(element, slot.read(metadata) ?? Uint8Array.of(NULL)));
        while (first.present && first.repetition >= repeated.maxRepetition);
      }
      return encodeVariantArray(elements);
    },
  };
}

function objectOf<L extends VariantLeaf>(node: ParquetNode, open: OpenLeaf<L>): Typed<L> {
  // In the order that encoded objects have their fields in.
  const children = [...node.children].sort((a, b) => compareText(a.name, b.name));
  const names = new Set(children.map(({ name }) => name));
  if (children.length === 0 || names.size < children.length) {
    throw misfit(node, "a shredded object has one group for each of its fields");
  }
  const fields = children.map((child) => {
    if (child.physical !== undefined || child.repetition === "repeated") {
      throw misfit(child, "a shredded field is a group of value and typed_value");
    }
    return { child, slot: slotOf(child, open) };
  });
  // Most variants have the dictionary of the one before.
  let known: VariantDictionary | undefined;
  let ids: readonly (number | undefined)[] = [];
  return {
    cursors: fields.flatMap(({ slot }) => slot.cursors),
    read(rest, metadata) {
      const found: VariantField[] = [];
      const dictionary = metadata.dictionary();
      if (dictionary !== known) {
        ids = children.map(({ name }) => dictionary.ids.get(name));
        known = dictionary;
      }
      for (let i = 0; i < fields.length; i++) {
        const { child, slot } = fields[i]!;
        const value = slot.read(metadata);
        if (value === undefined) continue;
        const id = ids[i];
        if (id === undefined) throw misfit(child, "the metadata of its variant lacks the field's name");
        found.push({ id, value: filled(child, value) });
      }
      return encodeVariantObject(rest === undefined ? found : merged(node, names, found, rest, dictionary));
    },
  };
}

/** Shredded fields and those of the object beside them, in the order of their names. */
function merged(
  node: ParquetNode,
  shredded: ReadonlySet<string>,
  found: readonly VariantField[],
  rest: Uint8Array,
  dictionary: VariantDictionary,
): readonly VariantField[] {
  const others = readVariantObject(rest, dictionary);
  if (others === undefined) throw misfit(node, "a shredded object stands beside a value that is no object");
  const { names, ranks } = dictionary;
  for (const { id } of others) {
    if (shredded.has(names[id]!)) throw misfit(node, `field ${names[id]} is both shredded and in the value`);
  }
  const all = [...found, ...others];
  // A stable sort of two runs that are in order, as writers leave them, takes a comparison or two for each field.
  all.sort((a, b) => ranks[a.id]! - ranks[b.id]!);
  for (let i = 1; i < all.length; i++) {
    const { id } = all[i]!;
    if (ranks[id] === ranks[all[i - 1]!.id]) throw misfit(node, `an object has field ${names[id]} twice`);
  }
  return all;
}

/** Inside another value every value has at least its header. */
function filled(node: ParquetNode, value: Uint8Array): Uint8Array {
  if (value.length === 0) throw misfit(node, "a part of a variant has no bytes");
  return value;
}

function childOf(node: ParquetNode, name: string): ParquetNode | undefined {
  return node.children.find((child) => child.name === name);
}

function misfit(node: ParquetNode, why: string): IcebergError {
  const column = node.path.join(".");
  return new IcebergError("corrupt-file", `Cannot read column ${column}: ${why}`, { context: { column } });
}
