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
          const dictionaryOf = (tree: Tree) => {
            const names = [...new Set([...namesIn(tree), "unused"])];
            return gen(fc.shuffledSubarray, names, { minLength: names.length, maxLength: names.length });
          };
          const metadata: Uint8Array[] = [];
          const groups: Group[] = [];
          const stored = rows.map((row) => {
            const held = row.map((tree) => {
              if (tree === null) return null;
              const names = dictionaryOf(tree);
              const bytes = encodeMetadata(names, choices.wider);
              metadata.push(bytes);
              const group = shred(tree, slot, names, choices);
              groups.push(group);
              return { metadata: bytes, ...group };
            });
            return { c: place.of(held) };
          });
          let id = 10;
          const parts = [
            field(id++, "metadata", { kind: "binary" }, true),
            ...slotFields(slot, () => id++, lean, groups),
          ];
          const written = new Schema([field(1, "c", place.type({ kind: "struct", fields: parts }))]);
          const { bytes } = encode(written, stored, settings);
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

interface Encoded {
  readonly metadata: Uint8Array;
  readonly value: Uint8Array;
}

function decoded({ metadata, value }: Encoded): Tree {
  return decodeTree(metadata, value);
}
