/** Random variants, random ways to shred them, and a shredder for both. @module */
import fc from "fast-check";
import { fromHex } from "../../src/base/index.ts";
import type { Field, PrimitiveType, Type, Value } from "../../src/schema/index.ts";
import { uuidFromBytes } from "../../src/values/index.ts";
import { text, valuesOf } from "../unit/parquet/support.ts";
import { encodeTree, type Freedom, inByteOrder, type Tree } from "./variant-trees.ts";

/** A group of `value` and, where there is a type, `typed_value`. */
export interface Slot {
  readonly typed?: Typed | undefined;
}

/** What values are shredded to. */
export type Typed =
  | { readonly kind: "primitive"; readonly of: Tree["kind"]; readonly type: PrimitiveType }
  | { readonly kind: "array"; readonly element: Slot }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, Slot> };

/** Names that orders, paths and records stumble over. */
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "c", "d") },
  fc.constantFrom("value", "typed_value", "metadata", "element", "__proto__", "\uffff", "\u{10000}", "é"),
);

const SCALE = 3;
/** By kind: the type of the column, which our encoder stores as the specification asks. */
const TYPES: readonly (readonly [Tree["kind"], PrimitiveType])[] = [
  ["boolean", { kind: "boolean" }],
  ["int32", { kind: "int" }],
  ["int64", { kind: "long" }],
  ["float", { kind: "float" }],
  ["double", { kind: "double" }],
  ["decimal4", { kind: "decimal", precision: 9, scale: SCALE }],
  ["decimal8", { kind: "decimal", precision: 18, scale: SCALE }],
  ["decimal16", { kind: "decimal", precision: 38, scale: SCALE }],
  ["date", { kind: "date" }],
  ["time", { kind: "time" }],
  ["timestamp", { kind: "timestamp" }],
  ["timestamptz", { kind: "timestamptz" }],
  ["timestamp_ns", { kind: "timestamp_ns" }],
  ["timestamptz_ns", { kind: "timestamptz_ns" }],
  ["string", { kind: "string" }],
  ["binary", { kind: "binary" }],
  ["uuid", { kind: "uuid" }],
];

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${2 * length}}$`));

function primitive(kind: Tree["kind"]): fc.Arbitrary<Tree> {
  switch (kind) {
    case "null":
      return fc.constant({ kind });
    case "int8":
      return fc.integer({ min: -128, max: 127 }).map((value) => ({ kind, value }));
    case "int16":
      return fc.integer({ min: -32768, max: 32767 }).map((value) => ({ kind, value }));
    case "binary":
      return fc.oneof(hex(0), hex(4), hex(70)).map((value) => ({ kind, value }));
    case "uuid":
      return hex(16).map((value) => ({ kind, value }));
    case "string":
      // Around the length from which strings have it apart.
      return fc
        .oneof(
          text,
          fc.integer({ min: 60, max: 66 }).map((length) => "x".repeat(length)),
        )
        .map((value) => ({ kind, value: value.toWellFormed() }));
    case "decimal4":
    case "decimal8":
    case "decimal16": {
      const type = typeOf(kind);
      return fc
        .tuple(valuesOf(type), fc.boolean())
        .map(([value, other]) => ({ kind, scale: other ? SCALE + 1 : SCALE, value: value as bigint }));
    }
    default:
      return valuesOf(typeOf(kind)).map((value) => ({ kind, value }) as Tree);
  }
}

function typeOf(kind: Tree["kind"]): PrimitiveType {
  return TYPES.find(([each]) => each === kind)![1];
}

const leaf = fc
  .constantFrom<Tree["kind"]>("null", "int8", "int16", ...TYPES.map(([kind]) => kind))
  .chain(primitive);

/** Any variant of a few levels. */
export function trees(depth: number): fc.Arbitrary<Tree> {
  if (depth === 0) return leaf;
  const child = trees(depth - 1);
  return fc.oneof(
    { weight: 2, arbitrary: leaf },
    fc.array(child, { maxLength: 3 }).map((items): Tree => ({ kind: "array", items })),
    fc.array(fc.tuple(name, child), { maxLength: 4 }).map(objectOf),
  );
}

/** An object, its fields in byte order; of a name given twice the last counts. */
export function objectOf(fields: readonly (readonly [string, Tree])[]): Tree {
  return { kind: "object", fields: new Map([...new Map(fields)].sort(([a], [b]) => inByteOrder(a, b))) };
}

/** Any way to shred. */
export function slots(depth: number): fc.Arbitrary<Slot> {
  const leafType = fc
    .constantFrom(...TYPES)
    .map(([of, type]): Slot => ({ typed: { kind: "primitive", of, type } }));
  const none = fc.constant<Slot>({});
  if (depth === 0) return fc.oneof({ weight: 3, arbitrary: leafType }, none);
  const child = slots(depth - 1);
  return fc.oneof(
    none,
    leafType,
    { weight: 2, arbitrary: child.map((element): Slot => ({ typed: { kind: "array", element } })) },
    {
      weight: 3,
      arbitrary: fc
        .array(fc.tuple(name, child), { minLength: 1, maxLength: 3 })
        .map((fields): Slot => ({ typed: { kind: "object", fields: new Map(fields) } })),
    },
  );
}

/** Variants that mostly fit a slot. */
export function treesFor({ typed }: Slot, depth: number): fc.Arbitrary<Tree> {
  const any = trees(depth);
  if (typed === undefined) return any;
  return fc.oneof({ weight: 1, arbitrary: any }, { weight: 5, arbitrary: fitting(typed, depth) });
}

function fitting(typed: Typed, depth: number): fc.Arbitrary<Tree> {
  switch (typed.kind) {
    case "primitive":
      return primitive(typed.of);
    case "array":
      return fc
        .array(treesFor(typed.element, Math.max(0, depth - 1)), { maxLength: 4 })
        .map((items) => ({ kind: "array", items }));
    case "object": {
      const own = [...typed.fields].map(([name, slot]) =>
        fc.option(treesFor(slot, Math.max(0, depth - 1)).map((tree) => [name, tree] as const)),
      );
      const others = fc.array(fc.tuple(name, trees(Math.max(0, depth - 1))), { maxLength: 2 });
      return fc.tuple(fc.tuple(...own), others).map(([fields, more]) => {
        const given = new Set(typed.fields.keys());
        const rest = more.filter(([name]) => !given.has(name));
        return objectOf([...fields.filter((field) => field !== null), ...rest]);
      });
    }
  }
}

/** All field names in a tree. */
export function namesIn(tree: Tree): string[] {
  if (tree.kind === "array") return tree.items.flatMap(namesIn);
  if (tree.kind !== "object") return [];
  return [...tree.fields].flatMap(([name, value]) => [name, ...namesIn(value)]);
}

/** What a shredder is free to choose, beside the choices of the encoding. */
export interface ShredFreedom extends Freedom {
  /** Whether an object whose fields are all shredded has an empty object as its `value`. */
  readonly emptyRest: boolean;
  /** Whether variant null is left out where a value must be there. */
  readonly lazyNulls: boolean;
}

/** What a slot's columns hold in a row. */
export type Group = Record<string, Value | null>;

/** The columns of a slot for a value; of one that is missing, nulls. */
export function shred(
  tree: Tree | undefined,
  slot: Slot,
  names: readonly string[],
  freedom: ShredFreedom,
  required = true,
): Group {
  const encoded = (each: Tree) => encodeTree(each, names, freedom);
  if (tree === undefined || (tree.kind === "null" && required && freedom.lazyNulls)) {
    return { value: null, typed_value: null };
  }
  const { typed } = slot;
  if (typed?.kind === "primitive" && fits(tree, typed)) {
    return { value: null, typed_value: held(tree) };
  }
  if (typed?.kind === "array" && tree.kind === "array") {
    const items = tree.items.map((item) => shred(item, typed.element, names, freedom));
    return { value: null, typed_value: items };
  }
  if (typed?.kind === "object" && tree.kind === "object") {
    const shredded = [...typed.fields].map(
      ([name, field]) => [name, shred(tree.fields.get(name), field, names, freedom, false)] as const,
    );
    const rest = [...tree.fields].filter(([name]) => !typed.fields.has(name));
    const isWhole = rest.length === 0 && !freedom.emptyRest;
    return { value: isWhole ? null : encoded(objectOf(rest)), typed_value: Object.fromEntries(shredded) };
  }
  return { value: encoded(tree), typed_value: null };
}

function fits(tree: Tree, { of }: { readonly of: Tree["kind"] }): boolean {
  return tree.kind === of && (!("scale" in tree) || tree.scale === SCALE);
}

function held(tree: Tree): Value {
  if (tree.kind === "binary") return fromHex(tree.value);
  if (tree.kind === "uuid") return uuidFromBytes(fromHex(tree.value));
  return (tree as { value: Value }).value;
}

/**
 * The struct that a slot is in a file. `lean` leaves out every `value` that no row has beside a `typed_value`; `groups`
 * are what the rows have there.
 */
export function slotFields(
  slot: Slot,
  nextId: () => number,
  lean: boolean,
  groups: readonly Group[],
): readonly Field[] {
  const field = (name: string, type: Type, required = false): Field => ({
    id: nextId(),
    name,
    type,
    required,
  });
  const { typed } = slot;
  const isUsed = groups.some(({ value }) => value !== null);
  const fields = lean && !isUsed && typed !== undefined ? [] : [field("value", { kind: "binary" })];
  const inside = groups.flatMap(({ typed_value: held }) => (held == null ? [] : [held]));
  switch (typed?.kind) {
    case undefined:
      break;
    case "primitive":
      fields.push(field("typed_value", typed.type));
      break;
    case "array": {
      const items = (inside as unknown as readonly Group[][]).flat();
      const element: Type = { kind: "struct", fields: slotFields(typed.element, nextId, lean, items) };
      const list: Type = { kind: "list", elementId: nextId(), elementRequired: true, element };
      fields.push(field("typed_value", list));
      break;
    }
    case "object": {
      const members = [...typed.fields].map(([name, each]) => {
        const held = (inside as unknown as readonly Record<string, Group>[]).map((object) => object[name]!);
        return field(name, { kind: "struct", fields: slotFields(each, nextId, lean, held) }, true);
      });
      fields.push(field("typed_value", { kind: "struct", fields: members }));
    }
  }
  return fields;
}
