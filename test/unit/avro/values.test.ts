import { describe, expect, test } from "vitest";
import {
  AvroBuffer,
  AvroCursor,
  avroName,
  avroTypeJson,
  parseAvroSchema,
  primitiveDecoder,
  primitiveEncoder,
  resolve,
} from "../../../src/avro/index.ts";
import { fromHex, type Json, toHex } from "../../../src/base/index.ts";
import type { PrimitiveType, PrimitiveValue } from "../../../src/schema/index.ts";

const samples: [PrimitiveType, PrimitiveValue, Json, string][] = [
  [{ kind: "boolean" }, true, "boolean", "01"],
  [{ kind: "int" }, -1, "int", "01"],
  [{ kind: "long" }, 2n ** 62n, "long", "80808080808080808001"],
  [{ kind: "float" }, 1, "float", "0000803f"],
  [{ kind: "double" }, -0, "double", "0000000000000080"],
  [{ kind: "date" }, -1, { type: "int", logicalType: "date" }, "01"],
  [{ kind: "time" }, 1n, { type: "long", logicalType: "time-micros" }, "02"],
  [
    { kind: "timestamp" },
    -5n,
    { type: "long", logicalType: "timestamp-micros", "adjust-to-utc": false },
    "09",
  ],
  [
    { kind: "timestamptz" },
    5n,
    { type: "long", logicalType: "timestamp-micros", "adjust-to-utc": true },
    "0a",
  ],
  [
    { kind: "timestamp_ns" },
    5n,
    { type: "long", logicalType: "timestamp-nanos", "adjust-to-utc": false },
    "0a",
  ],
  [
    { kind: "timestamptz_ns" },
    5n,
    { type: "long", logicalType: "timestamp-nanos", "adjust-to-utc": true },
    "0a",
  ],
  [{ kind: "string" }, "é", "string", "04c3a9"],
  [
    { kind: "uuid" },
    "f79c3e09-677c-4bbd-a479-3f349cb785e7",
    { type: "fixed", name: "uuid_fixed", size: 16, logicalType: "uuid" },
    "f79c3e09677c4bbda4793f349cb785e7",
  ],
  [{ kind: "fixed", length: 2 }, fromHex("8000"), { type: "fixed", name: "fixed_2", size: 2 }, "8000"],
  [{ kind: "binary" }, fromHex("0102"), "bytes", "040102"],
  [
    { kind: "decimal", precision: 9, scale: 2 },
    -2n,
    { type: "fixed", name: "decimal_9_2", size: 4, logicalType: "decimal", precision: 9, scale: 2 },
    "fffffffe",
  ],
];

function encode(type: PrimitiveType, value: PrimitiveValue): Uint8Array {
  const out = new AvroBuffer();
  primitiveEncoder(type)(out, value);
  return out.toBytes();
}

function decode(type: PrimitiveType, json: Json, hex: string): PrimitiveValue | undefined {
  const bytes = fromHex(hex);
  const read = resolve(parseAvroSchema(json, "f"), primitiveDecoder(type))!;
  return read(new AvroCursor(bytes, 0, bytes.length, "file.avro"));
}

describe("primitive types (MAN-056)", () => {
  test.each(samples)("%o", (type, value, json, hex) => {
    expect(avroTypeJson(type, new Set())).toEqual(json);
    expect(toHex(encode(type, value))).toBe(hex);
    expect(decode(type, json, hex)).toEqual(value);
  });

  test.each([
    [1, 1],
    [9, 4],
    [18, 8],
    [19, 9],
    [38, 16],
  ])("decimals of precision %i take %i bytes (MAN-059)", (precision, size) => {
    const json = avroTypeJson({ kind: "decimal", precision, scale: 0 }, new Set()) as { size: number };
    expect(json.size).toBe(size);
  });

  test("a named type is defined once and then referred to (MAN-057)", () => {
    const named = new Set<string>();
    const type: PrimitiveType = { kind: "decimal", precision: 9, scale: 2 };
    expect(avroTypeJson(type, named)).toMatchObject({ name: "decimal_9_2" });
    expect(avroTypeJson(type, named)).toBe("decimal_9_2");
    expect(avroTypeJson({ kind: "uuid" }, named)).toMatchObject({ name: "uuid_fixed" });
    expect(avroTypeJson({ kind: "uuid" }, named)).toBe("uuid_fixed");
  });

  test("values of promoted and older types", () => {
    expect(decode({ kind: "long" }, "int", "02")).toBe(1n);
    expect(decode({ kind: "double" }, "float", "0000803f")).toBe(1);
    expect(decode({ kind: "timestamp" }, { type: "int", logicalType: "date" }, "04")).toBe(172_800_000_000n);
    expect(decode({ kind: "timestamp_ns" }, { type: "long", logicalType: "timestamp-micros" }, "04")).toBe(
      2000n,
    );
    expect(decode({ kind: "date" }, "int", "04")).toBe(2);
    expect(
      decode({ kind: "decimal", precision: 18, scale: 2 }, { type: "bytes", logicalType: "decimal" }, "02ff"),
    ).toBe(-1n);
    expect(
      decode(
        { kind: "uuid" },
        "string",
        `48${toHex(new TextEncoder().encode("F79C3E09-677C-4BBD-A479-3F349CB785E7"))}`,
      ),
    ).toBe("f79c3e09-677c-4bbd-a479-3f349cb785e7");
  });

  test("a type that is lost or fits no more gives what the writer's type says", () => {
    expect(decode({ kind: "unknown" }, "long", "02")).toBe(1n);
    expect(
      decode({ kind: "unknown" }, { type: "fixed", name: "d", size: 1, logicalType: "decimal" }, "ff"),
    ).toBe(-1n);
    expect(decode({ kind: "int" }, "string", "0261")).toBe("a");
    expect(decode({ kind: "unknown" }, "null", "")).toBeUndefined();
  });

  test("values that do not fit their type are refused on write", () => {
    expect(() => encode({ kind: "decimal", precision: 1, scale: 0 }, 200n)).toThrow(/200 in 1 bytes/);
    expect(() => encode({ kind: "fixed", length: 3 }, fromHex("00"))).toThrow(/1 bytes as fixed\[3\]/);
    expect(() => avroTypeJson({ kind: "geometry", crs: "x" }, new Set())).toThrow(/geometry/);
  });
});

describe("avroName() (MAN-058)", () => {
  test.each([
    ["abc_1", "abc_1"],
    ["1a", "_1a"],
    ["a-b", "a_x2Db"],
    ["a b", "a_x20b"],
    ["é", "_xE9"],
    ["😀", "_xD83D_xDE00"],
    ["", "_"],
  ])("%s becomes %s", (name, expected) => {
    expect(avroName(name)).toBe(expected);
  });
});
