/** Answers from metadata are exact or not given (SCN-043): counts and ranges of written tables against their rows. */
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type Expression,
  eq,
  gte,
  identity,
  isNull,
  lt,
  MemoryFileIO,
  memoryCatalog,
  optional,
  required,
  t,
} from "../../src/index.ts";
import { defineSchema, type PrimitiveType, type PrimitiveValue } from "../../src/schema/index.ts";
import { compareValues } from "../../src/values/index.ts";
import { runs } from "./runs.ts";

const schema = defineSchema({
  id: required(t.long()),
  part: optional(t.string()),
  small: optional(t.int()),
  single: optional(t.float()),
  ratio: optional(t.double()),
  text: optional(t.string()),
  day: optional(t.date()),
  price: optional(t.decimal(9, 2)),
  flag: optional(t.boolean()),
});

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 2 });
const row = fc.record({
  id: fc.bigInt({ min: -5n, max: 5n }),
  part: fc.constantFrom("a", "b", null),
  small: maybe(fc.integer({ min: -3, max: 3 })),
  single: maybe(fc.constantFrom(-0, 0, 0.5, -1.5, Number.NaN, Number.NEGATIVE_INFINITY)),
  ratio: maybe(fc.constantFrom(-0, 1, 2.5, -1, Number.NaN, Number.POSITIVE_INFINITY)),
  text: maybe(fc.constantFrom("", "a", "a long text that bounds cut somewhere", "é", "😀")),
  day: maybe(fc.integer({ min: -400, max: 400 })),
  price: maybe(fc.integer({ min: -500, max: 500 }).map((cents) => (cents / 100).toFixed(2))),
  flag: maybe(fc.boolean()),
});

const COLUMNS = ["id", "small", "other", "single", "ratio", "text", "day", "price", "flag", "added"];
const FILTERS: readonly (Expression | undefined)[] = [
  undefined,
  eq("part", "a"),
  isNull("part"),
  gte("id", -5n),
  lt("id", 2n),
];

const history = fc.record({
  commits: fc.array(fc.array(row, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  /** After so many commits `small` becomes a long named `other`, the others get wider, a column is added. */
  evolvesAfter: fc.nat(3),
  version: fc.constantFrom(2 as const, 3 as const),
  deletesFrom: fc.option(fc.nat(3), { freq: 3 }),
});

it("countFromMetadata() and rangeFromMetadata() are right or undefined, whatever was written, changed and deleted", async () => {
  const seen = { counts: 0, ranges: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(history, async ({ commits, evolvesAfter, version, deletesFrom }) => {
      const catalog = memoryCatalog({ io: new MemoryFileIO() });
      await catalog.createNamespace("ns");
      let table = await catalog.createTable("ns.t", schema, {
        partitionSpec: [identity("part")],
        formatVersion: version,
        properties: { "write.metadata.metrics.default": "truncate(4)" },
      });
      for (const [at, rows] of commits.entries()) {
        if (at === evolvesAfter) {
          const { table: evolved } = await table.updateSchema((u) =>
            u
              .updateColumn("small", { type: t.long() })
              .renameColumn("small", "other")
              .updateColumn("single", { type: t.double() })
              .updateColumn("price", { type: t.decimal(12, 2) })
              .addColumn("added", t.int()),
          );
          table = evolved as unknown as typeof table;
        }
        const isEvolved = at >= evolvesAfter;
        const given = isEvolved ? rows.map(({ small, ...rest }) => ({ ...rest, other: small })) : rows;
        ({ table } = await table.append(given as never));
      }
      const truth = (await table.scan().toArray()) as unknown as Record<string, PrimitiveValue | null>[];
      const { tasks } = await table.scan().plan();
      const victim = deletesFrom === null ? undefined : tasks[deletesFrom]?.dataFile;
      if (victim !== undefined && version === 2) {
        // Metadata alone is asked, so the delete file need not be there.
        const deletes = {
          ...victim,
          content: "position-deletes" as const,
          referencedDataFile: victim.filePath,
        };
        const { splitOffsets: _, sortOrderId: __, ...file } = deletes;
        const added = [{ ...file, filePath: `${table.location}/data/deletes.parquet`, recordCount: 1 }];
        ({ table } = (await table.newTransaction().rowDelta({ addedDeletes: added }).commit()) as unknown as {
          table: typeof table;
        });
      }
      const isDeleted = victim !== undefined && version === 2;
      for (const filter of FILTERS) {
        const scan = () => table.scan(filter === undefined ? {} : { filter: filter as never });
        const rows = truth.filter((one) => matches(filter, one));
        const count = await scan().countFromMetadata();
        if (isDeleted) {
          if (filter !== undefined) continue;
          expect([count, await scan().rangeFromMetadata("id")]).toEqual([undefined, undefined]);
          continue;
        }
        if (count === undefined) seen.refused++;
        else {
          seen.counts++;
          expect(count).toBe(rows.length);
        }
        for (const { name, type } of scan().fields) {
          if (!COLUMNS.includes(name)) continue;
          const range = await scan().rangeFromMetadata(name);
          if (range === undefined) continue;
          seen.ranges++;
          const values = rows.map((one) => one[name] ?? null).filter((value) => value !== null);
          const held = values.map((value) => heldOf(type as PrimitiveType, value));
          const sorted = held.sort(compareValues(type as PrimitiveType));
          expect(range, name).toEqual({ min: sorted[0], max: sorted.at(-1) });
        }
      }
    }),
    runs(25),
  );
  expect(seen.counts).toBeGreaterThan(5);
  expect(seen.ranges).toBeGreaterThan(50);
  expect(seen.refused).toBeGreaterThan(5);
});

/** Rows hand out decimals as text. */
function heldOf(type: PrimitiveType, value: PrimitiveValue): PrimitiveValue {
  return type.kind === "decimal" ? BigInt(String(value).replace(".", "")) : value;
}

/** The filters above by hand. */
function matches(filter: Expression | undefined, row: Record<string, unknown>): boolean {
  switch (FILTERS.indexOf(filter)) {
    case 1:
      return row.part === "a";
    case 2:
      return row.part === null;
    case 4:
      return (row.id as bigint) < 2n;
    default:
      return true;
  }
}
