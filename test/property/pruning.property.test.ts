/** Pruned = unpruned: whatever the table and the predicate, skipping files never changes the rows (P20, P21, SCN-051). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bind, evaluator } from "../../src/expressions/index.ts";
import {
  alwaysTrue,
  and,
  asc,
  bucket,
  day,
  defineSchema,
  type Expression,
  eq,
  gt,
  gte,
  identity,
  isIn,
  isNaN as isNaNPredicate,
  isNull,
  lt,
  lte,
  MemoryFileIO,
  memoryCatalog,
  month,
  not,
  notEq,
  notIn,
  notNaN,
  notNull,
  optional,
  or,
  type PartitionTerm,
  required,
  startsWith,
  t,
  truncate,
} from "../../src/index.ts";
import { expectLintClean } from "../linter/expect-clean.ts";

const schema = defineSchema({
  at: required(t.timestamptz()),
  org: optional(t.string()),
  n: optional(t.long()),
  x: optional(t.double()),
  d: optional(t.date()),
  amount: optional(t.decimal(9, 2)),
  flag: optional(t.boolean()),
});

const HOUR = 3_600_000_000n;
const at = fc.bigInt({ min: -2_000n, max: 2_000n }).map((hours) => hours * HOUR);
const org = fc.constantFrom(
  "",
  "a",
  "ab",
  "abc",
  "b",
  "ü",
  "\u{1F9CA}x",
  "\u{FFFD}",
  "long-enough-to-be-truncated-1",
  "long-enough-to-be-truncated-2",
);
const n = fc.constantFrom(-(2n ** 63n) + 8n, -1n, 0n, 1n, 2n, 10n, 2n ** 53n + 1n, 2n ** 63n - 1n);
const x = fc.constantFrom(Number.NaN, -0, 0, 1, -1, 1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
const d = fc.integer({ min: -40, max: 40 });
const amount = fc.constantFrom("0.00", "-0.01", "0.01", "1.28", "-1.28", "9999999.99");

const row = fc.record({
  at,
  org: fc.option(org),
  n: fc.option(n),
  x: fc.option(x),
  d: fc.option(d),
  amount: fc.option(amount),
  flag: fc.option(fc.boolean()),
});

const comparisons = [eq, notEq, lt, lte, gt, gte];
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.tuple(fc.constantFrom(...comparisons), at).map(([op, value]) => op("at", value)),
  fc.tuple(fc.constantFrom(...comparisons), org).map(([op, value]) => op("org", value)),
  fc.tuple(fc.constantFrom(...comparisons), n).map(([op, value]) => op("n", value)),
  fc
    .tuple(
      fc.constantFrom(...comparisons),
      x.filter((value) => !Number.isNaN(value)),
    )
    .map(([op, value]) => op("x", value)),
  fc.tuple(fc.constantFrom(...comparisons), d).map(([op, value]) => op("d", value)),
  fc.tuple(fc.constantFrom(...comparisons), amount).map(([op, value]) => op("amount", value)),
  fc.tuple(fc.constantFrom(eq, notEq), fc.boolean()).map(([op, value]) => op("flag", value)),
  fc
    .tuple(fc.constantFrom(isIn, notIn), fc.array(n, { minLength: 1, maxLength: 3 }))
    .map(([op, values]) => op("n", values)),
  fc
    .tuple(fc.constantFrom(isIn, notIn), fc.array(org, { minLength: 1, maxLength: 3 }))
    .map(([op, values]) => op("org", values)),
  fc
    .tuple(fc.constantFrom(isNull, notNull), fc.constantFrom("org", "n", "x", "d", "amount", "flag"))
    .map(([op, name]) => op(name)),
  fc.constantFrom(isNaNPredicate("x"), notNaN("x")),
  org.map((prefix) => startsWith("org", prefix)),
);
const { predicate } = fc.letrec<{ predicate: Expression }>((tie) => ({
  predicate: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    leaf,
    fc.tuple(tie("predicate"), tie("predicate")).map(([a, b]) => and(a, b)),
    fc.tuple(tie("predicate"), tie("predicate")).map(([a, b]) => or(a, b)),
    tie("predicate").map((operand) => not(operand)),
  ),
}));

type Source = "at" | "org" | "n" | "x" | "d" | "amount" | "flag";
const specs: readonly (readonly PartitionTerm<Source>[])[] = [
  [],
  [month("at"), identity("org")],
  [day("at")],
  [truncate(2, "org")],
  [bucket(3, "n"), identity("flag")],
  [truncate(100, "n"), month("d")],
  [identity("x")],
  [truncate(50, "amount")],
];

describe("pruning", () => {
  it("pruned rows equal the filter over all rows, for random tables and predicates (SCN-001, SCN-051)", async () => {
    let pruned = 0;
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(row, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...specs),
        fc.array(predicate, { minLength: 1, maxLength: 6 }),
        async (commits, partitionSpec, predicates) => {
          const io = new MemoryFileIO();
          const catalog = memoryCatalog({ io });
          await catalog.createNamespace("ns");
          let table = await catalog.createTable("ns.t", schema, {
            partitionSpec,
            sortOrder: [asc("n")],
            properties: { "write.metadata.metrics.default": "truncate(4)" },
          });
          for (const rows of commits) ({ table } = await table.append(rows));
          if (runs++ % 10 === 0) await expectLintClean(table, io);
          const all = await table.scan().toArray();
          expect(all).toHaveLength(commits.flat().length);
          for (const filter of predicates) {
            const scan = table.scan({ filter });
            const found = (await scan.toArray()).map(key).sort();
            const matches = evaluator(bind(filter, table.schema));
            const held = await heldRows(table);
            const wanted = held
              .filter((candidate) => matches(candidate.held))
              .map((candidate) => key(candidate.row))
              .sort();
            expect(found).toEqual(wanted);
            expect(await table.scan({ filter }).count()).toBe(wanted.length);
            pruned += scan.report.metrics.skippedDataFiles;
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(pruned, "the predicates must exercise pruning").toBeGreaterThan(100);
  });

  it("a filter that is always true skips nothing", async () => {
    const catalog = memoryCatalog();
    await catalog.createNamespace("ns");
    const table = await catalog.createTable("ns.t", schema);
    const { table: next } = await table.append([{ at: 0n }]);
    const scan = next.scan({ filter: alwaysTrue });
    expect(await scan.toArray()).toHaveLength(1);
    expect(scan.report.skipped).toEqual([]);
  });
});

type Scannable = {
  scan(): {
    batches(): AsyncIterable<{ rowCount: number; columns: readonly ArrayLike<unknown>[] }>;
    toArray(): Promise<object[]>;
    fields: readonly { name: string }[];
  };
};

/** Every row, both as handed out and as held, read without any filter. */
async function heldRows(table: Scannable): Promise<{ row: object; held: Record<string, unknown> }[]> {
  const scan = table.scan();
  const out = await scan.toArray();
  const held: Record<string, unknown>[] = [];
  for await (const batch of scan.batches()) {
    for (let at = 0; at < batch.rowCount; at++) {
      held.push(
        Object.fromEntries(scan.fields.map(({ name }, column) => [name, batch.columns[column]![at]])),
      );
    }
  }
  return out.map((row, at) => ({ row, held: held[at]! }));
}

function key(row: object): string {
  return JSON.stringify(Object.values(row), (_, value: unknown) =>
    typeof value === "bigint" ||
    (typeof value === "number" && !Number.isFinite(value)) ||
    Object.is(value, -0)
      ? `${typeof value}:${Object.is(value, -0) ? "-0" : String(value)}`
      : value,
  );
}
