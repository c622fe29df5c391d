/** Rows of a few columns and the metrics a writer might record of them, for the laws of equality deletes. @module */
import fc from "fast-check";
import type { DataFile } from "../../src/manifests/index.ts";
import { type Field, type PrimitiveType, type PrimitiveValue, Schema } from "../../src/schema/index.ts";
import { compareValues, encodeValue } from "../../src/values/index.ts";

export type Row = Readonly<Record<string, PrimitiveValue | null>>;

/** Which metrics are recorded at all, and how texts are cut. */
export interface KnownMetrics {
  readonly counts: boolean;
  readonly bounds: boolean;
  readonly nans: boolean;
  /** Texts are cut to so many characters, the upper bound to the next one. */
  readonly cut: number;
}

/** The columns of the rows: a required long, and optional text, double and long. */
export function columnsOf() {
  const fields: readonly Field[] = [
    { id: 1, name: "id", required: true, type: { kind: "long" } },
    { id: 2, name: "text", required: false, type: { kind: "string" } },
    { id: 3, name: "ratio", required: false, type: { kind: "double" } },
    { id: 4, name: "count", required: false, type: { kind: "long" } },
  ];
  const long = fc.bigInt({ min: -6n, max: 6n });
  const row: fc.Arbitrary<Row> = fc.record({
    id: long,
    text: fc.option(fc.constantFrom("", "a", "ab", "abc", "b", "é", "\uffff", "😀")),
    ratio: fc.option(fc.constantFrom(-1, -0, 0, 0.5, 2, Number.NaN, Number.POSITIVE_INFINITY)),
    count: fc.option(long),
  });
  const known: fc.Arbitrary<KnownMetrics> = fc.record({
    counts: fc.boolean(),
    bounds: fc.boolean(),
    nans: fc.boolean(),
    cut: fc.constantFrom(1, 2, 16),
  });
  return { fields, row, known, schema: new Schema(fields) };
}

/** What a correct writer records: counts of all rows, bounds of all values but nulls and NaN. */
export function rowMetrics(
  fields: readonly Field[],
  rows: readonly Row[],
  known: KnownMetrics,
): Partial<DataFile> {
  const valueCounts = new Map<number, number>();
  const nullValueCounts = new Map<number, number>();
  const nanValueCounts = new Map<number, number>();
  const lowerBounds = new Map<number, Uint8Array>();
  const upperBounds = new Map<number, Uint8Array>();
  for (const { id, name, type } of fields) {
    const primitive = type as PrimitiveType;
    const values = rows.map((row) => row[name] ?? null);
    valueCounts.set(id, values.length);
    nullValueCounts.set(id, values.filter((value) => value === null).length);
    if (type.kind === "double") nanValueCounts.set(id, values.filter(Number.isNaN).length);
    const bounded = values
      .filter((value): value is PrimitiveValue => value !== null && !Number.isNaN(value))
      .sort(compareValues(primitive));
    const [lower, upper] = [bounded[0], bounded.at(-1)];
    if (lower === undefined || upper === undefined) continue;
    lowerBounds.set(
      id,
      encodeValue(primitive, typeof lower === "string" ? cutDown(lower, known.cut) : lower),
    );
    upperBounds.set(id, encodeValue(primitive, typeof upper === "string" ? cutUp(upper, known.cut) : upper));
  }
  return {
    ...(known.counts && { valueCounts, nullValueCounts }),
    ...(known.nans && { nanValueCounts }),
    ...(known.bounds && { lowerBounds, upperBounds }),
  };
}

function cutDown(text: string, length: number): string {
  return [...text].slice(0, length).join("");
}

function cutUp(text: string, length: number): string {
  const characters = [...text];
  if (characters.length <= length) return text;
  const last = characters[length - 1]!.codePointAt(0)!;
  return characters.slice(0, length - 1).join("") + String.fromCodePoint(last + 1);
}
