/**
 * Around every bound that any level stores, a step below, on and above it, for every operator and every type: what is
 * skipped by it is skipped rightly (SCN-040 to SCN-045, PAR-040 to PAR-042).
 */
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  and,
  Catalog,
  type Expression,
  eq,
  gt,
  gte,
  isIn,
  isNaN as isNaNPredicate,
  isNull,
  lt,
  lte,
  MemoryCatalogClient,
  not,
  notEq,
  notIn,
  notNaN,
  notNull,
  notStartsWith,
  or,
  startsWith,
  type Table,
} from "../../src/index.ts";
import type { DataFile } from "../../src/manifests/index.ts";
import { Scan } from "../../src/reading/index.ts";
import {
  type PrimitiveType,
  type PrimitiveValue,
  Schema,
  type StructValue,
  simpleType,
} from "../../src/schema/index.ts";
import { arbitraryPrimitiveValue, literalOf, predicateHolds } from "../../src/testing/index.ts";
import { compareValues, decodeValue } from "../../src/values/index.ts";
import { encode } from "../unit/parquet/support.ts";
import { runs } from "./runs.ts";

const TYPES: readonly PrimitiveType[] = [
  ...(
    [
      "boolean",
      "int",
      "long",
      "float",
      "double",
      "date",
      "time",
      "timestamp",
      "timestamptz",
      "timestamp_ns",
      "timestamptz_ns",
      "string",
      "uuid",
      "binary",
    ] as const
  ).map(simpleType),
  { kind: "decimal", precision: 9, scale: 2 },
  { kind: "decimal", precision: 18, scale: 0 },
  { kind: "decimal", precision: 38, scale: 7 },
  { kind: "fixed", length: 3 },
];

/** What each level skipped over all types. */
const skipped = new Map<string, number>();

describe("around every stored bound", () => {
  it.each(TYPES)(
    "of type $kind every operator keeps every match, at file, row group and page",
    async (type) => {
      const value = arbitraryPrimitiveValue(type);
      const cases = fc.record({
        pool: fc.array(value, { minLength: 2, maxLength: 5 }),
        cells: fc.array(
          fc.array(fc.option(fc.nat({ max: 4 }), { freq: 6 }), { minLength: 1, maxLength: 6 }),
          {
            minLength: 2,
            maxLength: 2,
          },
        ),
        isSorted: fc.boolean(),
        cut: fc.integer({ min: 1, max: 3 }),
        pageRows: fc.integer({ min: 1, max: 2 }),
      });
      await fc.assert(
        fc.asyncProperty(cases, async ({ pool, cells, isSorted, cut, pageRows }) => {
          const rows = cells.map((places) => {
            const values = places.map((at) => (at === null ? null : pool[at % pool.length]!));
            const compare = compareValues(type);
            return isSorted
              ? values.sort((a, b) => (a === null ? -1 : b === null ? 1 : compare(a, b)))
              : values;
          });
          const { table, files } = await tableOf(type, rows, cut, pageRows);
          for (const [left, right] of pairs(literalsOf(type, rows.flat(), files))) {
            for (const filter of filtersOf(type, left, right)) await expectKept(table, filter, rows.flat());
          }
        }),
        runs(1),
      );
    },
  );

  afterAll(() => {
    for (const rule of ["column-metrics", "row-group-statistics", "page-index", "bloom-filter"])
      expect(skipped.get(rule) ?? 0, `${rule} must skip something`).toBeGreaterThan(3);
  });
});

async function tableOf(
  type: PrimitiveType,
  files: readonly (readonly (PrimitiveValue | null)[])[],
  cut: number,
  pageRows: number,
): Promise<{ table: Table; files: readonly DataFile[] }> {
  const catalog = new Catalog(new MemoryCatalogClient());
  await catalog.ensureNamespace("ns");
  const schema = new Schema([{ id: 1, name: "v", required: false, type }]);
  let table = (await catalog.createTable("ns.t", schema, { formatVersion: 3 })) as unknown as Table;
  const written: DataFile[] = [];
  for (const values of files) {
    const { bytes, metrics, recordCount, fileSizeInBytes, splitOffsets } = encode(
      schema,
      values.map((v) => ({ v })),
      {
        rowGroupRows: 3,
        pageRows,
        codec: "uncompressed",
        metricsMode: () => ({ kind: "truncate", length: cut }),
        bloomFilters: new Map(type.kind === "boolean" ? [] : [[1, {}]]),
      },
    );
    const filePath = `${table.location}/data/${written.length}.parquet`;
    await table.io.create(filePath, bytes);
    const base = { content: "data", fileFormat: "parquet", specId: 0, partition: [] } as const;
    written.push({ ...base, filePath, recordCount, fileSizeInBytes, splitOffsets, ...metrics });
  }
  ({ table } = await table.newTransaction().append(written).commit());
  return { table, files: written };
}

/** Stored bounds and values, which are the bounds of pages and groups, and a step to both sides of each. */
function literalsOf(
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
  files: readonly DataFile[],
): PrimitiveValue[] {
  const stored = files.flatMap(({ lowerBounds, upperBounds }) =>
    [lowerBounds?.get(1), upperBounds?.get(1)].flatMap((bytes) =>
      bytes === undefined ? [] : decodeValue(type, bytes),
    ),
  );
  const all = [...values.filter((value) => value !== null), ...stored].flatMap((value) =>
    stepsFrom(type, value),
  );
  const fits = all.filter((value) => !Number.isNaN(value));
  return [...new Map(fits.map((value) => [`${Object.is(value, -0) ? "-" : ""}${value}`, value])).values()];
}

function stepsFrom(type: PrimitiveType, value: PrimitiveValue): PrimitiveValue[] {
  switch (type.kind) {
    case "boolean":
      return [true, false];
    case "float":
    case "double":
      return [value, ...neighbours(type.kind, value as number), -(value as number)];
    case "int":
    case "date":
      return [-1, 0, 1].map((step) => (value as number) + step).filter((next) => next === (next | 0));
    case "string": {
      const points = [...(value as string)];
      const last = points.at(-1)?.codePointAt(0) ?? 0x61;
      const beside = [last - 1, last + 1].filter(
        (point) => point > 0 && point < 0x110000 && (point < 0xd800 || point > 0xdfff),
      );
      const head = points.slice(0, -1).join("");
      return [value, `${value}\0`, head, ...beside.map((point) => head + String.fromCodePoint(point))];
    }
    case "uuid": {
      const last = Number.parseInt((value as string).slice(-2), 16);
      return [-1, 0, 1]
        .map((step) => last + step)
        .filter((byte) => byte >= 0 && byte < 256)
        .map((byte) => (value as string).slice(0, -2) + byte.toString(16).padStart(2, "0"));
    }
    case "fixed":
    case "binary": {
      const bytes = value as Uint8Array;
      const moved = [-1, 1].flatMap((step) => {
        const next = bytes.slice();
        const byte = (next.at(-1) ?? -9) + step;
        if (byte < 0 || byte > 255) return [];
        next[next.length - 1] = byte;
        return [next];
      });
      const longer = type.kind === "binary" ? [Uint8Array.of(...bytes, 0), bytes.subarray(0, -1)] : [];
      return [bytes, ...moved, ...longer];
    }
    default: {
      const [low, high] =
        type.kind === "decimal"
          ? [-(10n ** BigInt(type.precision)) + 1n, 10n ** BigInt(type.precision) - 1n]
          : type.kind === "time"
            ? [0n, 86_399_999_999n]
            : [-(2n ** 63n), 2n ** 63n - 1n];
      return [-1n, 0n, 1n]
        .map((step) => (value as bigint) + step)
        .filter((next) => next >= low && next <= high);
    }
  }
}

/** The floats next to one. */
function neighbours(kind: "float" | "double", value: number): number[] {
  if (!Number.isFinite(value) || value === 0) return kind === "float" ? [1.401298464324817e-45] : [5e-324];
  const view = new DataView(new ArrayBuffer(8));
  return [-1n, 1n].map((step) => {
    if (kind === "double") {
      view.setFloat64(0, value);
      view.setBigInt64(0, view.getBigInt64(0) + step);
      return view.getFloat64(0);
    }
    view.setFloat32(0, value);
    view.setInt32(0, view.getInt32(0) + Number(step));
    return view.getFloat32(0);
  });
}

function pairs<T>(items: readonly T[]): (readonly [T, T])[] {
  return items.map((item, at) => [item, items[(at * 7 + 3) % items.length]!]);
}

function filtersOf(type: PrimitiveType, left: PrimitiveValue, right: PrimitiveValue): Expression[] {
  const [a, b] = [literalOf(type, left) as string, literalOf(type, right) as string];
  const single = [
    ...[lt, lte, gt, gte, eq, notEq].map((op) => op("v", a)),
    isIn("v", [a, b]),
    notIn("v", [a, b]),
    ...(type.kind === "string" ? [startsWith("v", a), notStartsWith("v", a)] : []),
    ...(type.kind === "float" || type.kind === "double" ? [isNaNPredicate("v"), notNaN("v")] : []),
  ];
  const joined = [
    not(and(gte("v", a), notNull("v"))),
    or(lt("v", a), gt("v", b)),
    and(not(isNull("v")), not(eq("v", a)), lte("v", b)),
    or(isNull("v"), eq("v", b)),
  ];
  return [...single, ...joined];
}

async function expectKept(
  table: Table,
  filter: Expression,
  values: readonly (PrimitiveValue | null)[],
): Promise<void> {
  const scan = new Scan(table, { filter, select: ["v", "_pos"] });
  let found = 0;
  for await (const { rowCount, columns } of scan.batches()) {
    found += rowCount;
    for (let at = 0; at < rowCount; at++) {
      const row = { v: columns[0]![at] } as StructValue;
      if (!predicateHolds(filter, table.schema, row)) expect.fail(`${fc.stringify(row)} does not match`);
    }
  }
  const wanted = values.filter((v) => predicateHolds(filter, table.schema, { v })).length;
  if (found !== wanted) expect(found, fc.stringify([filter, values])).toBe(wanted);
  for (const { rule } of scan.report.skipped) skipped.set(rule, (skipped.get(rule) ?? 0) + 1);
}
