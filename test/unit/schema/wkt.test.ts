/** Shapes as text and bytes: the spec's example, all shapes, foreign spellings, damage. @module */
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHex, isIcebergError, toHex } from "../../../src/base/index.ts";
import { t, valueFromJson, valueToJson, wkbFromWkt, wktFromWkb } from "../../../src/schema/index.ts";
import { arbitraryGeometry } from "../../../src/testing/index.ts";

/** Bytes as PostGIS's ST_AsBinary prints them. */
test.each([
  ["POINT (30 10)", "01010000000000000000003e400000000000002440"],
  ["POINT Z (1 2 3)", "01e9030000000000000000f03f00000000000000400000000000000840"],
  ["POINT EMPTY", "0101000000000000000000f87f000000000000f87f"],
  [
    "LINESTRING (30 10, 10 30)",
    "0102000000020000000000000000003e40000000000000244000000000000024400000000000003e40",
  ],
  ["GEOMETRYCOLLECTION EMPTY", "010700000000000000"],
])("%s is %s, and back (SCH-046, SCH-099)", (text, hex) => {
  expect(toHex(wkbFromWkt(text))).toBe(hex);
  expect(wktFromWkb(fromHex(hex))).toBe(text);
});

test("geometry and geography have this JSON form; X goes first (SCH-046, SCH-099)", () => {
  for (const type of [t.geometry(), t.geography("OGC:CRS84", "karney")]) {
    const held = valueFromJson(type, "POINT (30 10)") as Uint8Array;
    expect(new DataView(held.buffer, held.byteOffset).getFloat64(5, true)).toBe(30);
    expect(valueToJson(type, held)).toBe("POINT (30 10)");
    expect(() => valueFromJson(type, 3)).toThrow(/Cannot read 3/);
  }
});

test.each([
  ["point(30   10)", "POINT (30 10)"],
  ["POINTZM(1 2 3 4)", "POINT ZM (1 2 3 4)"],
  ["PointM (1 2 -3.5e2)", "POINT M (1 2 -350)"],
  ["MULTIPOINT (1 2, 3 4)", "MULTIPOINT ((1 2), (3 4))"],
  ["MULTIPOINT (EMPTY, (3 4))", "MULTIPOINT (EMPTY, (3 4))"],
  ["POLYGON ((0 0, 1 0, 1 1, 0 0), EMPTY)", "POLYGON ((0 0, 1 0, 1 1, 0 0), EMPTY)"],
  [
    "GEOMETRYCOLLECTION (POINT (.5 -0), LINESTRING EMPTY)",
    "GEOMETRYCOLLECTION (POINT (0.5 -0), LINESTRING EMPTY)",
  ],
])("%s is read as %s", (text, canonical) => {
  expect(wktFromWkb(wkbFromWkt(text))).toBe(canonical);
});

test("big-endian bytes are read", () => {
  expect(wktFromWkb(fromHex("0000000001403e0000000000004024000000000000"))).toBe("POINT (30 10)");
});

test("any shape comes back from its text as the same bytes (P2, SCH-046, SCH-099)", () => {
  fc.assert(
    fc.property(arbitraryGeometry(), (bytes) => {
      expect(toHex(wkbFromWkt(wktFromWkb(bytes)))).toBe(toHex(bytes));
    }),
  );
});

test.each([
  ["", /"" is no shape at character 0/],
  ["CIRCLE (1 2)", /"CIRCLE" is no shape/],
  ["POINT (1)", /a number is missing at character 8/],
  ["POINT (1 2", /"\)" is missing/],
  ["POINT 1 2", /"\(" is missing/],
  ["POINT (1 2) x", /more after the shape/],
  ["GEOMETRYCOLLECTION Z (POINT (1 2))", /other dimensions/],
  [`${"GEOMETRYCOLLECTION (".repeat(40)}POINT (1 2)${")".repeat(40)}`, /deeper than 32/],
])("%s is refused", (text, message) => {
  expect(() => wkbFromWkt(text)).toThrow(message);
});

test.each([
  ["", /ends at byte 0/],
  ["0101000000000000", /ends at byte/],
  ["0201000000", /byte order 2/],
  ["0101000020e6100000", /EWKB/],
  ["0108000000", /type 8/],
  ["01020000000000ffff", /ends at byte/],
  ["01010000000000000000003e40000000000000244000", /1 bytes are left over/],
  ["01040000000100000001e9030000000000000000f03f00000000000000400000000000000840", /unlike the whole/],
])("bytes %s are refused", (hex, message) => {
  try {
    wktFromWkb(fromHex(hex));
    expect.unreachable();
  } catch (error) {
    expect(isIcebergError(error, "invalid-argument")).toBe(true);
    expect((error as Error).message).toMatch(message);
  }
});
