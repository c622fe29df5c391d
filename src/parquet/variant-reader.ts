/**
 * Reads variants, putting those together again that were shredded into columns. Spec: Variant Shredding, Reconstructing
 * a Shredded Variant (PAR-020, PAR-021).
 * @module
 */
import { compareBytes, IcebergError } from "../base/index.ts";
import type { PrimitiveValue, Value } from "../schema/index.ts";
import { checkVariantVersion, compareText } from "../values/index.ts";
import type { Conversion } from "./conversion.ts";
import type { ParquetNode } from "./tree.ts";
import { leavesOf, listParts } from "./tree-reader.ts";
import {
  readVariantDictionary,
  readVariantObject,
  type VariantDictionary,
  type VariantField,
} from "./variant-decoding.ts";
import { BYTES, variantPrimitive } from "./variant-primitives.ts";
import { VariantWriter } from "./variant-writer.ts";

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
 * One place of a shredded variant: a group of `value` and `typed_value`. `read` writes the value of the current entry, or
 * answers `false` when it is missing.
 */
interface Slot<L extends VariantLeaf> {
  readonly cursors: readonly L[];
  read(to: VariantWriter, metadata: Metadata): boolean;
}

/** A `typed_value`. `read` is called where it is present, with what `value` holds beside it. */
interface Typed<L extends VariantLeaf> {
  readonly cursors: readonly L[];
  read(rest: Uint8Array | undefined, to: VariantWriter, metadata: Metadata): void;
}

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
  const whole = childOf(node, "typed_value") === undefined ? slot.cursors[0] : undefined;
  const metadata = new Metadata();
  const writer = new VariantWriter();
  return {
    cursors: [metadataLeaf, ...slot.cursors],
    read() {
      const bytes = metadataLeaf.take();
      if (bytes === null) throw misfit(node, "a variant has no metadata");
      metadata.use(bytes as Uint8Array);
      if (whole !== undefined) return { metadata: bytes, value: whole.take() ?? Uint8Array.of(NULL) };
      if (!slot.read(writer, metadata)) writer.primitive(NULL);
      return { metadata: bytes, value: writer.take() };
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
    return { cursors: [valueLeaf], read: (to) => writeValue(takeValue(), to) };
  }
  const typed = typedOf(typedNode, open);
  const first = typed.cursors[0]!;
  return {
    cursors: valueLeaf === undefined ? typed.cursors : [valueLeaf, ...typed.cursors],
    read(to, metadata) {
      const value = takeValue();
      if (first.definition >= typedNode.maxDefinition) {
        typed.read(value, to, metadata);
        return true;
      }
      for (const cursor of typed.cursors) cursor.take();
      return writeValue(value, to);
    },
  };
}

function writeValue(value: Uint8Array | undefined, to: VariantWriter): boolean {
  if (value === undefined) return false;
  to.encoded(value);
  return true;
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
  const { conversion, write } = variantPrimitive(node);
  const leaf = open(node, conversion);
  return {
    cursors: [leaf],
    read(rest, to) {
      if (rest !== undefined) throw misfit(node, "a variant has both a value and a shredded one");
      write(leaf.take() as PrimitiveValue, to);
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
    read(rest, to, metadata) {
      if (rest !== undefined) throw misfit(node, "a variant has both a value and a shredded array");
      const begin = to.at;
      const starts: number[] = [];
      if (first.definition < repeated.maxDefinition) {
        for (const cursor of slot.cursors) cursor.take();
      } else {
        do {
          starts.push(to.at);
          if (!slot.read(to, metadata)) to.primitive(NULL);
          checkFilled(element, starts, to);
        } while (first.present && first.repetition >= repeated.maxRepetition);
      }
      to.closeArray(begin, starts);
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
    read(rest, to, metadata) {
      const dictionary = metadata.dictionary();
      if (dictionary !== known) {
        ids = children.map(({ name }) => dictionary.ids.get(name));
        known = dictionary;
      }
      const others = rest === undefined ? NONE : othersOf(node, names, rest, dictionary);
      const { ranks } = dictionary;
      const begin = to.at;
      const written: number[] = [];
      const starts: number[] = [];
      let next = 0;
      for (let i = 0; i < fields.length; i++) {
        const { child, slot } = fields[i]!;
        const id = ids[i];
        for (; id !== undefined && next < others.length && ranks[others[next]!.id]! < ranks[id]!; next++) {
          written.push(others[next]!.id);
          starts.push(to.at);
          to.encoded(others[next]!.value);
        }
        const start = to.at;
        if (!slot.read(to, metadata)) continue;
        if (id === undefined) throw misfit(child, "the metadata of its variant lacks the field's name");
        written.push(id);
        starts.push(start);
        checkFilled(child, starts, to);
      }
      for (; next < others.length; next++) {
        written.push(others[next]!.id);
        starts.push(to.at);
        to.encoded(others[next]!.value);
      }
      to.closeObject(begin, written, starts);
    },
  };
}

const NONE: readonly VariantField[] = [];

/** The fields that stand in the object beside shredded ones, in the order of their names. */
function othersOf(
  node: ParquetNode,
  shredded: ReadonlySet<string>,
  rest: Uint8Array,
  dictionary: VariantDictionary,
): readonly VariantField[] {
  const { names, ranks } = dictionary;
  const others = readVariantObject(rest, dictionary);
  if (others === undefined) throw misfit(node, "a shredded object stands beside a value that is no object");
  const sorted = [...others].sort((a, b) => ranks[a.id]! - ranks[b.id]!);
  for (let i = 0; i < sorted.length; i++) {
    const { id } = sorted[i]!;
    if (shredded.has(names[id]!)) throw misfit(node, `field ${names[id]} is both shredded and in the value`);
    if (i > 0 && ranks[id] === ranks[sorted[i - 1]!.id]) {
      throw misfit(node, `an object has field ${names[id]} twice`);
    }
  }
  return sorted;
}

/** Inside another value every value has at least its header. */
function checkFilled(node: ParquetNode, starts: readonly number[], to: VariantWriter): void {
  if (to.at === starts.at(-1)) throw misfit(node, "a part of a variant has no bytes");
}

function childOf(node: ParquetNode, name: string): ParquetNode | undefined {
  return node.children.find((child) => child.name === name);
}

function misfit(node: ParquetNode, why: string): IcebergError {
  const column = node.path.join(".");
  return new IcebergError("corrupt-file", `Cannot read column ${column}: ${why}`, { context: { column } });
}
