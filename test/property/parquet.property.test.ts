/** What is written is read back, and the metrics say what was written. @module */
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import type { HeldRow } from "../../src/parquet/index.ts";
import type { PrimitiveType, PrimitiveValue, Schema } from "../../src/schema/index.ts";
import {
  compareValues,
  encodeValue,
  truncateLowerBound,
  truncateUpperBound,
} from "../../src/values/index.ts";
import { type Encoded, encode, options, readRows, tables } from "../unit/parquet/support.ts";

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
});
