/** Generators of `icewright/testing`: what they make is valid, and the edges they promise do come up. @module */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bind } from "../../../src/expressions/index.ts";
import { writeManifest } from "../../../src/manifests/index.ts";
import { checkMetadata, newTableMetadata } from "../../../src/metadata/index.ts";
import { transformApplies } from "../../../src/partitioning/index.ts";
import { typeToString, valuesEqual, wktFromWkb } from "../../../src/schema/index.ts";
import {
  arbitraryBytes,
  arbitraryComparableType,
  arbitraryDouble,
  arbitraryGeometry,
  arbitraryHeldRow,
  arbitraryIllFormedText,
  arbitraryLeafType,
  arbitraryLong,
  arbitraryManifest,
  arbitraryNamespace,
  arbitraryPartitionSpec,
  arbitraryPositions,
  arbitraryPredicate,
  arbitraryRow,
  arbitrarySchema,
  arbitrarySortOrder,
  arbitraryTable,
  arbitraryTableMetadata,
  arbitraryText,
  arbitraryTransform,
  arbitraryUnscaled,
  arbitraryUuid,
} from "../../../src/testing/index.ts";
import { inputCoercer, rowCoercer } from "../../../src/values/index.ts";

const versions = [1, 2, 3] as const;
const table = { location: "memory://t", uuid: "5f0b9c55-3a4f-4a3f-9b0c-0d6c5a9be001", nowMs: 0 };

describe("what is generated is valid", () => {
  test.each(versions)(
    "arbitrarySchema(), specs and orders over it make tables of version %i (SCH-007)",
    (formatVersion) => {
      const made = arbitrarySchema({ formatVersion }).chain((schema) =>
        fc.record({
          schema: fc.constant(schema),
          spec: arbitraryPartitionSpec(schema),
          sortOrder: arbitrarySortOrder(schema),
        }),
      );
      const seen = new Set<string>();
      fc.assert(
        fc.property(made, (parts) => {
          parts.schema.checkIdentifierFields();
          checkMetadata(newTableMetadata({ ...table, ...parts, formatVersion }), "made");
          for (const { field } of parts.schema.places()) seen.add(field.type.kind);
        }),
        { numRuns: 300 },
      );
      expect(seen.has("timestamp_ns")).toBe(formatVersion === 3);
      expect(seen.has("map") && seen.has("struct") && seen.has("list")).toBe(true);
    },
  );

  test("arbitraryRow() and arbitraryTable() give rows that can be appended, arbitraryHeldRow() what becomes of them", () => {
    const rows = arbitrarySchema().chain((schema) =>
      fc.tuple(fc.constant(schema), arbitraryTable(schema), arbitraryRow(schema), arbitraryHeldRow(schema)),
    );
    fc.assert(
      fc.property(rows, ([schema, all, row, held]) => {
        const hold = rowCoercer(schema);
        for (const each of [...all, row]) hold(each);
        expect(valuesEqual(held, held)).toBe(true);
        expect(Object.keys(held).toSorted()).toEqual(schema.fields.map(({ name }) => name).toSorted());
      }),
    );
  });

  test("arbitraryPredicate() binds to its schema (SCN-019)", () => {
    const made = arbitrarySchema().chain((schema) =>
      fc
        .array(arbitraryHeldRow(schema), { maxLength: 3 })
        .chain((rows) => arbitraryPredicate(schema, rows).map((filter) => ({ schema, filter }))),
    );
    fc.assert(fc.property(made, ({ schema, filter }) => void bind(filter, schema)));
  });

  test("arbitraryTransform() of a type applies to it", () => {
    const made = arbitraryLeafType().chain((type) => {
      const typed = type.kind === "variant" ? arbitraryTransform() : arbitraryTransform(type);
      return typed.map((transform) => ({ type, transform }));
    });
    fc.assert(
      fc.property(made, ({ type, transform }) => {
        if (type.kind !== "variant") expect(transformApplies(transform, type), typeToString(type)).toBe(true);
      }),
    );
  });

  test.each(versions)("arbitraryManifest() and arbitraryTableMetadata() of version %i", (formatVersion) => {
    fc.assert(
      fc.property(
        arbitraryManifest({ formatVersion, content: "data" }),
        arbitraryTableMetadata({ formatVersion }),
        (manifest, metadata) => {
          expect(manifest).toMatchObject({ formatVersion, content: "data" });
          expect(writeManifest(manifest).bytes.length).toBeGreaterThan(0);
          expect(metadata.formatVersion).toBe(formatVersion);
          checkMetadata(metadata, "made");
        },
      ),
    );
  });

  test("arbitraryGeometry() is ISO WKB of every shape and dimension (SCH-099)", () => {
    const texts = fc.sample(arbitraryGeometry(), 500).map(wktFromWkb);
    for (const start of ["POINT Z ", "MULTIPOLYGON", "GEOMETRYCOLLECTION ZM", "LINESTRING M", "POLYGON "]) {
      expect(
        texts.some((text) => text.startsWith(start)),
        start,
      ).toBe(true);
    }
  });

  test("arbitraryText() is well formed, arbitraryIllFormedText() is refused by writers (SCH-005)", () => {
    const coerce = inputCoercer({ kind: "string" }, "c");
    fc.assert(
      fc.property(arbitraryText(), arbitraryIllFormedText(), (good, bad) => {
        expect(coerce(good)).toBe(good);
        expect(() => coerce(bad)).toThrow(/lone surrogates/);
      }),
    );
  });
});

describe("edges come up", () => {
  const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, 1000);

  test("of numbers, text and bytes", () => {
    const longs = some(arbitraryLong());
    for (const edge of [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n + 1n]) expect(longs).toContain(edge);
    const doubles = some(arbitraryDouble());
    for (const edge of [Number.NaN, -0, Number.NEGATIVE_INFINITY]) {
      expect(
        doubles.some((each) => Object.is(each, edge)),
        String(edge),
      ).toBe(true);
    }
    const unscaled = some(arbitraryUnscaled(38));
    for (const edge of [127n, 128n, -128n, 32768n, 10n ** 38n - 1n]) expect(unscaled).toContain(edge);
    const text = some(arbitraryText()).join("");
    for (const edge of ["\ud7ff", "\ue000", "\uffff", "\u{10ffff}", "\0", "%"]) expect(text).toContain(edge);
    const bytes = some(arbitraryBytes());
    expect(bytes.some((each) => each.length === 0)).toBe(true);
    expect(bytes.some((each) => each.length > 3 && each.every((byte) => byte === 255))).toBe(true);
    expect(some(arbitraryUuid()).some((each) => each > "8")).toBe(true);
  });

  test("of types", () => {
    const kinds = new Set(some(arbitraryLeafType()).map(({ kind }) => kind));
    expect(kinds.size).toBe(20);
    const old = new Set(some(arbitraryLeafType({ formatVersion: 2 })).map(({ kind }) => kind));
    for (const late of ["unknown", "variant", "geometry", "geography", "timestamp_ns"]) {
      expect(old.has(late as never), late).toBe(false);
    }
    expect(new Set(some(arbitraryComparableType()).map(({ kind }) => kind)).has("decimal")).toBe(true);
  });

  test("of positions and namespaces", () => {
    const sets = fc.sample(arbitraryPositions(), 200);
    for (const set of sets) {
      expect(set.every((each, at) => Number.isSafeInteger(each) && (at === 0 || set[at - 1]! < each))).toBe(
        true,
      );
    }
    expect(sets.some((set) => set.some((each) => each >= 2 ** 32))).toBe(true);
    expect(sets.some((set) => set.filter((each) => each < 65_536).length > 4096)).toBe(true);
    for (const levels of some(arbitraryNamespace())) {
      expect(levels.length).toBeGreaterThan(0);
      expect(levels.every((level) => level !== "" && !level.includes("\0") && level.isWellFormed())).toBe(
        true,
      );
    }
  });
});
