/** What is written is read back, and the metrics say what was written. @module */
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import {
  type ColumnStatistics,
  footerMetrics,
  type HeldRow,
  type RowRange,
  readParquetFooter,
} from "../../src/parquet/index.ts";
import type { PrimitiveType, PrimitiveValue, Schema } from "../../src/schema/index.ts";
import {
  compareValues,
  encodeValue,
  truncateLowerBound,
  truncateUpperBound,
} from "../../src/values/index.ts";
import { type Encoded, encode, memoryFile, options, readRows, tables } from "../unit/parquet/support.ts";

describe("parquet round trip", () => {
  it("readParquet() gives back flat rows exactly", async () => {
    await fc.assert(
      fc.asyncProperty(
        tables(0),
        options,
        fc.integer({ min: 1, max: 50 }),
        async (table, settings, batchSize) => {
          const { bytes } = encode(table.schema, table.rows, settings);
          expect(await readRows(bytes, table.schema, { batchSize })).toEqual(table.rows);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("readParquet() tells null, empty and null elements apart at every level (PAR-018)", async () => {
    await fc.assert(
      fc.asyncProperty(
        tables(3, 25),
        options,
        fc.integer({ min: 1, max: 50 }),
        async (table, settings, batchSize) => {
          const { bytes } = encode(table.schema, table.rows, settings);
          expect(await readRows(bytes, table.schema, { batchSize })).toEqual(table.rows);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("hyparquet reads the same flat rows", async () => {
    await fc.assert(
      fc.asyncProperty(tables(0), options, async ({ schema, rows }, settings) => {
        const { bytes } = encode(schema, rows, { ...settings, codec: "snappy" });
        const { buffer } = bytes.slice() as Uint8Array<ArrayBuffer>;
        const parsers = {
          timestampFromMicroseconds: (value: bigint) => value,
          timestampFromNanoseconds: (value: bigint) => value,
          dateFromDays: (value: number) => value,
        } as never;
        const back = await parquetReadObjects({ file: buffer, parsers, utf8: false });
        // hyparquet turns decimals into floats; everything else must agree.
        const exact = schema.fields.filter((field) => field.type.kind !== "decimal");
        expect(back.length).toBe(rows.length);
        back.forEach((row, i) => {
          for (const { name } of exact) expect(row[name] ?? null).toEqual(rows[i]![name]);
        });
      }),
      { numRuns: 100 },
    );
  });
});

/** The metrics of a flat column worked out from the rows. */
function bruteForce(type: PrimitiveType, values: readonly (PrimitiveValue | null)[], length: number) {
  const present = values.filter((value) => value !== null);
  const bounded = present.filter((value) => !Number.isNaN(value)).sort(compareValues(type));
  const [min, max] = [bounded[0], bounded.at(-1)];
  const upper = max === undefined ? undefined : truncateUpperBound(type, max, length);
  return {
    values: values.length,
    nulls: values.length - present.length,
    nans: type.kind === "float" || type.kind === "double" ? present.length - bounded.length : undefined,
    lower: min === undefined ? undefined : encodeValue(type, truncateLowerBound(type, min, length)),
    upper: upper === undefined ? undefined : encodeValue(type, upper),
  };
}

function recorded({ metrics }: Encoded, id: number) {
  return {
    values: metrics.valueCounts!.get(id),
    nulls: metrics.nullValueCounts!.get(id),
    nans: metrics.nanValueCounts!.get(id),
    lower: metrics.lowerBounds!.get(id),
    upper: metrics.upperBounds!.get(id),
  };
}

function checkMetrics(schema: Schema, rows: readonly HeldRow[], encoded: Encoded, length: number): void {
  expect(encoded.recordCount).toBe(rows.length);
  expect(encoded.fileSizeInBytes).toBe(encoded.bytes.length);
  for (const { id, name, type } of schema.fields) {
    const values = rows.map((row) => row[name] as PrimitiveValue | null);
    expect(recorded(encoded, id)).toEqual(bruteForce(type as PrimitiveType, values, length));
  }
}

describe("parquet row selection", () => {
  const ranges = fc.array(
    fc.tuple(fc.nat(70), fc.nat(30)).map(([start, length]) => ({ start, end: start + length })),
    { maxLength: 4 },
  );

  it("readParquet() gives exactly the rows of `rowRanges`, nested ones too", async () => {
    await fc.assert(
      fc.asyncProperty(
        tables(2),
        options,
        ranges,
        fc.nat(20),
        async (table, settings, rowRanges, batchSize) => {
          const { bytes } = encode(table.schema, table.rows, settings);
          const wanted = table.rows.filter((_, i) =>
            rowRanges.some(({ start, end }) => start <= i && i < end),
          );
          // A footer without its tail makes every page a request of its own.
          const footer = { ...(await readParquetFooter(memoryFile(bytes).file)) };
          const settled = { rowRanges, footer, batchSize: batchSize + 1 };
          expect(await readRows(bytes, table.schema, settled)).toEqual(wanted);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("`filterPages` sees bounds and null counts that hold for the rows it judges", async () => {
    await fc.assert(
      fc.asyncProperty(tables(0), options, async ({ schema, rows }, settings) => {
        const { bytes } = encode(schema, rows, settings);
        const judged: RowRange[] = [];
        const keep = (statistics: ReadonlyMap<number, ColumnStatistics>, range: RowRange) => {
          judged.push(range);
          for (const { id, name } of schema.fields) {
            const { type, lower, upper, nullCount } = statistics.get(id)!;
            const compare = compareValues(type);
            const values = rows
              .slice(range.start, range.end)
              .map((row) => row[name] as PrimitiveValue | null);
            const nulls = values.filter((value) => value === null).length;
            if (nullCount === 0) expect(nulls).toBe(0);
            for (const value of values) {
              if (value === null || Number.isNaN(value)) continue;
              if (lower !== undefined) expect(compare(lower, value)).toBeLessThanOrEqual(0);
              if (upper !== undefined) expect(compare(upper, value)).toBeGreaterThanOrEqual(0);
            }
          }
          return range.start % 2 === 0;
        };
        const filterPages = { fieldIds: schema.fields.map(({ id }) => id), keep };
        const found = await readRows(bytes, schema, { filterPages });
        // A row group in which no column has an index (a page of NaN alone has no bounds) is not judged at all.
        const verdicts = rows.map((_, i) => judged.filter(({ start, end }) => start <= i && i < end));
        expect(verdicts.every((ranges) => ranges.length <= 1)).toBe(true);
        expect(found).toEqual(rows.filter((_, i) => verdicts[i]!.every(({ start }) => start % 2 === 0)));
      }),
      { numRuns: 150 },
    );
  });
});

describe("parquet metrics", () => {
  it("equal counts and bounds worked out by hand (MAN-065 to MAN-070, PAR-031)", () => {
    fc.assert(
      fc.property(
        tables(0),
        options,
        fc.integer({ min: 1, max: 20 }),
        ({ schema, rows }, settings, length) => {
          const metricsMode = () => ({ kind: "truncate", length }) as const;
          checkMetrics(schema, rows, encode(schema, rows, { ...settings, metricsMode }), length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("footerMetrics() of our files agrees with what the encoder recorded (PAR-031 to PAR-036)", async () => {
    await fc.assert(
      fc.asyncProperty(
        tables(2),
        options,
        fc.integer({ min: 1, max: 64 }),
        async ({ schema, rows }, settings, length) => {
          const metricsMode = () => ({ kind: "truncate", length }) as const;
          const { bytes, metrics } = encode(schema, rows, { ...settings, metricsMode });
          const footer = await readParquetFooter(memoryFile(bytes).file);
          const found = footerMetrics(footer, schema, metricsMode);
          expect(found.columnSizes).toEqual(metrics.columnSizes);
          expect(found.valueCounts).toEqual(metrics.valueCounts);
          expect(found.nullValueCounts).toEqual(metrics.nullValueCounts);
          expect(found.nanValueCounts).toBeUndefined();
          for (const [id, lower] of metrics.lowerBounds!) {
            const type = schema.findField(id)!.type as PrimitiveType;
            // Statistics do not tell the zeros apart, and a group of NaN alone has no bounds.
            if (type.kind === "float" || type.kind === "double") continue;
            expect([id, found.lowerBounds!.get(id)]).toEqual([id, lower]);
            expect([id, found.upperBounds!.get(id)]).toEqual([id, metrics.upperBounds!.get(id)]);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
