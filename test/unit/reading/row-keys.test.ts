/** Keys of rows for equality deletes: equal exactly when every column is. @module */
import { describe, expect, it } from "vitest";
import type { EqualityColumn } from "../../../src/reading/equality-columns.ts";
import { rowKeys } from "../../../src/reading/row-keys.ts";
import { type Field, simpleType, type Type, type Value } from "../../../src/schema/index.ts";

function column(id: number, type: Type, names: readonly string[] = [`c${id}`]): EqualityColumn {
  const leaf: Field = { id, name: names.at(-1)!, required: false, type };
  return { leaf, read: leaf, names, absent: leaf };
}
const DOUBLE = simpleType("double");
const STRING = simpleType("string");
const BINARY = simpleType("binary");

/** The groups of rows with one key. */
function groups(
  columns: readonly EqualityColumn[],
  values: readonly (readonly (Value | null)[])[],
): number[][] {
  const keyOf = rowKeys(columns, values);
  const byKey = new Map<unknown, number[]>();
  values[0]!.forEach((_, row) => {
    const key = keyOf(row);
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  });
  return [...byKey.values()];
}

// Another NaN than the usual one, as another engine may have written it.
const oddNaN = new Float64Array(new BigUint64Array([0xfff8_0000_0000_0001n]).buffer)[0]!;

describe("rowKeys()", () => {
  const doubles = [Number.NaN, 0, -0, null, oddNaN, -0, 0, null, 1];
  const expected = [[0, 4], [1, 6], [2, 5], [3, 7], [8]];

  it("of one column: NaN equals NaN, -0 is not 0, null equals null alone (SCN-060, PRT-065)", () => {
    expect(groups([column(1, DOUBLE)], [doubles])).toEqual(expected);
    expect(
      groups([column(1, simpleType("float"))], [Float32Array.from([Number.NaN, 0, -0, oddNaN]) as never]),
    ).toEqual([[0, 3], [1], [2]]);
  });

  it("of several columns: the same (SCN-060, PRT-065)", () => {
    const same = doubles.map(() => "x");
    expect(groups([column(1, DOUBLE), column(2, STRING)], [doubles, same])).toEqual(expected);
    expect(groups([column(1, STRING), column(2, DOUBLE)], [same, doubles])).toEqual(expected);
  });

  it("of several columns: where one value ends and the next begins matters", () => {
    const first = ["a", "ab", "", null, "", "~", "1:a", "a"];
    const second = ["bc", "c", "abc", "abc", null, "abc", "", "1:b"];
    expect(groups([column(1, STRING), column(2, STRING)], [first, second])).toHaveLength(8);
  });

  it("of bytes: by content; empty is not null", () => {
    const bytes = [Uint8Array.of(1, 2), Uint8Array.of(1, 2), Uint8Array.of(1), new Uint8Array(), null];
    const expected = [[0, 1], [2], [3], [4]];
    expect(groups([column(1, BINARY)], [bytes])).toEqual(expected);
    expect(groups([column(1, BINARY), column(2, STRING)], [bytes, bytes.map(() => "")])).toEqual(expected);
  });

  it("of longs: beyond 2^53 each is its own", () => {
    const longs = [2n ** 53n, 2n ** 53n + 1n, 2n ** 53n, -1n];
    expect(groups([column(1, simpleType("long"))], [longs])).toEqual([[0, 2], [1], [3]]);
    const pair = [column(1, simpleType("long")), column(2, simpleType("long"))];
    expect(groups(pair, [longs, longs])).toEqual([[0, 2], [1], [3]]);
  });

  it("of a column inside structs: null where any of them is null", () => {
    const rows = [
      { in: { x: 1 } },
      { in: null },
      null,
      { in: { x: null } },
      { in: { x: 1 } },
    ] as unknown as Value[];
    expect(groups([column(1, DOUBLE, ["out", "in", "x"])], [rows])).toEqual([
      [0, 4],
      [1, 2, 3],
    ]);
  });

  it("texts that look like keys of other values are none: 'null', '~', '-0'", () => {
    expect(groups([column(1, STRING)], [["null", null, "~", "-0", ""]])).toHaveLength(5);
  });
});
