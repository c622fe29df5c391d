/** Variants shredded in any way are read as they were. @module */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Schema, type Type, type Value } from "../../src/schema/index.ts";
import { encode, field, options, readRows } from "../unit/parquet/support.ts";
import { runs } from "./runs.ts";
import {
  type Group,
  namesIn,
  type ShredFreedom,
  type Slot,
  shred,
  slotFields,
  slots,
  trees,
  treesFor,
} from "./variant-shredding.ts";
import { decodeTree, encodeMetadata, encodeTree, PLAIN, type Tree } from "./variant-trees.ts";

const DEPTH = 2;

const freedom: fc.Arbitrary<ShredFreedom> = fc.record({
  wider: fc.integer({ min: 0, max: 3 }),
  large: fc.boolean(),
  reversed: fc.boolean(),
  long: fc.boolean(),
  emptyRest: fc.boolean(),
  lazyNulls: fc.boolean(),
});

/** Where the variants stand in a row: the type around them, and a row of some of them. */
const PLACES: readonly {
  readonly type: (variant: Type) => Type;
  readonly of: (variants: readonly (Value | null)[]) => Value | null;
  readonly back: (held: Value | null) => readonly (Value | null)[];
}[] = [
  { type: (variant) => variant, of: ([first = null]) => first, back: (held) => [held] },
  {
    type: (variant) => ({ kind: "struct", fields: [field(2, "v", variant)] }),
    of: ([first = null]) => ({ v: first }),
    back: (held) => [(held as { v: Value | null }).v],
  },
  {
    type: (variant) => ({ kind: "list", elementId: 2, elementRequired: false, element: variant }),
    of: (variants) => variants,
    back: (held) => held as readonly (Value | null)[],
  },
];

interface Case {
  readonly slot: Slot;
  readonly rows: readonly (readonly (Tree | null)[])[];
}

const cases: fc.Arbitrary<Case> = slots(DEPTH).chain((slot) =>
  fc
    .array(fc.array(fc.option(treesFor(slot, DEPTH), { freq: 8 }), { maxLength: 3 }), { maxLength: 12 })
    .map((rows) => ({ slot, rows })),
);

describe("shredded variants", () => {
  it("P55: readParquet() puts any variant shredded in any way together again (PAR-021, PAR-022)", async () => {
    await fc.assert(
      fc.asyncProperty(
        cases,
        fc.constantFrom(...PLACES),
        freedom,
        fc.boolean(),
        fc.gen(),
        options,
        fc.integer({ min: 1, max: 5 }),
        async ({ slot, rows }, place, choices, lean, gen, settings, batchSize) => {
          const metadata: Uint8Array[] = [];
          const held = rows.map((row) =>
            row.map((tree) => {
              if (tree === null) return null;
              const names = [...new Set([...namesIn(tree), "unused"])];
              const whole = { minLength: names.length, maxLength: names.length };
              const group = groupOf(tree, slot, gen(fc.shuffledSubarray, names, whole), choices);
              metadata.push(group.metadata as Uint8Array);
              return group;
            }),
          );
          const stored = held.map((row) => ({ c: place.of(row) }));
          const all = held.flat().filter((group) => group !== null);
          const struct = structOf(slot, lean, all);
          const { bytes } = encode(new Schema([field(1, "c", place.type(struct))]), stored, settings);
          const read = await readRows(bytes, new Schema([field(1, "c", place.type({ kind: "variant" }))]), {
            batchSize,
          });
          const variants = read.map(({ c }) => place.back(c!) as readonly (Encoded | null)[]);
          const wanted = rows.map((row) => place.back(place.of(row as never)) as readonly (Tree | null)[]);
          expect(variants.map((row) => row.map((each) => each && decoded(each)))).toEqual(wanted);
          const kept = variants.flat().filter((each) => each !== null);
          if (place === PLACES[2]) expect(kept.map((each) => each.metadata)).toEqual(metadata);
        },
      ),
      runs(80),
    );
  });

  it("readParquet() reads variants whose bytes are damaged, or reports them as foreseen", async () => {
    const damages = fc.array(
      fc.record({ part: fc.nat(12), at: fc.nat(40), byte: fc.nat(255), cut: fc.boolean() }),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(cases, freedom, damages, async ({ slot, rows }, choices, all) => {
        let part = 0;
        const change = (bytes: Uint8Array): Uint8Array => {
          const damage = all.find((each) => each.part === part);
          part++;
          if (damage === undefined || bytes.length === 0) return bytes;
          const at = damage.at % bytes.length;
          return damage.cut ? bytes.slice(0, at) : bytes.with(at, damage.byte);
        };
        const groups = rows.flat().flatMap((tree) => {
          if (tree === null) return [];
          const group = groupOf(tree, slot, [...new Set(namesIn(tree))], choices);
          return [{ ...damaged(group, change), metadata: change(group.metadata as Uint8Array) }];
        });
        const written = new Schema([field(1, "c", structOf(slot, false, groups))]);
        const { bytes } = encode(
          written,
          groups.map((c) => ({ c })),
        );
        const read = readRows(bytes, new Schema([field(1, "c", { kind: "variant" })]));
        const failure = await read.then(
          () => undefined,
          (error: unknown) => error,
        );
        if (failure === undefined) return;
        expect(["corrupt-file", "unsupported"]).toContain((failure as { code?: string }).code);
        // What a reader stumbles over unforeseen is reported as a damaged page.
        expect(String(failure)).not.toContain("a page is damaged");
      }),
      runs(60),
    );
  });

  it("the decoder of these laws reads what their encoder wrote", () => {
    fc.assert(
      fc.property(trees(DEPTH), freedom, (tree, choices) => {
        const names = [...new Set(namesIn(tree))];
        for (const each of [PLAIN, choices]) {
          const read = decodeTree(encodeMetadata(names, each.wider), encodeTree(tree, names, each));
          expect(read).toEqual(tree);
        }
      }),
    );
  });
});

/** A variant as the columns of its group. */
function groupOf(tree: Tree, slot: Slot, names: readonly string[], choices: ShredFreedom): Group {
  return { metadata: encodeMetadata(names, choices.wider), ...shred(tree, slot, names, choices) };
}

/** The struct that our encoder writes for a shredded variant. */
function structOf(slot: Slot, lean: boolean, groups: readonly Group[]): Type {
  let id = 10;
  const metadata = field(id++, "metadata", { kind: "binary" }, true);
  return { kind: "struct", fields: [metadata, ...slotFields(slot, () => id++, lean, groups)] };
}

/** A group whose `value` is changed, at all levels. */
function damaged(group: Group, change: (bytes: Uint8Array) => Uint8Array): Group {
  const inside = (typed: Value | null | undefined): Value | null => {
    if (typed === null || typed === undefined) return null;
    if (Array.isArray(typed)) return typed.map((each) => damaged(each as Group, change));
    if (typeof typed !== "object" || typed instanceof Uint8Array) return typed;
    return Object.fromEntries(
      Object.entries(typed).map(([name, each]) => [name, damaged(each as Group, change)]),
    );
  };
  const { value, typed_value: typed } = group;
  return { ...group, value: value instanceof Uint8Array ? change(value) : null, typed_value: inside(typed) };
}

interface Encoded {
  readonly metadata: Uint8Array;
  readonly value: Uint8Array;
}

function decoded({ metadata, value }: Encoded): Tree {
  return decodeTree(metadata, value);
}
