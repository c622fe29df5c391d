import { describe, expect, test } from "vitest";
import {
  AvroBuffer,
  AvroCursor,
  asBoolean,
  asBytes,
  asDouble,
  asInt,
  asInterned,
  asList,
  asLong,
  asNumber,
  asRepeated,
  asString,
  type Decoder,
  leastBytes,
  parseAvroSchema,
  recordReader,
  resolve,
  skipper,
} from "../../../src/avro/index.ts";
import type { Json } from "../../../src/base/index.ts";

function cursorOf(write: (out: AvroBuffer) => void): AvroCursor {
  const out = new AvroBuffer();
  write(out);
  return new AvroCursor(out.toBytes(), 0, out.size, "file.avro");
}

function decode<T>(json: Json, decoder: Decoder<T>, write: (out: AvroBuffer) => void): T | undefined {
  const read = resolve(parseAvroSchema(json, "file.avro"), decoder);
  if (read === undefined) throw new Error("does not fit");
  const cursor = cursorOf(write);
  const value = read(cursor);
  expect(cursor.at).toBe(cursor.end);
  return value;
}

describe("decoders", () => {
  test("widen int to long and float to double (MAN-063)", () => {
    expect(decode("int", asLong, (out) => out.writeNumber(-7))).toBe(-7n);
    expect(decode("long", asInt, (out) => out.writeNumber(12))).toBe(12);
    expect(decode("float", asDouble, (out) => out.writeFloat(1.5))).toBe(1.5);
    expect(decode("bytes", asString, (out) => out.writeString("ü"))).toBe("ü");
  });

  test("unions of null and a type in either order (MAN-055)", () => {
    for (const [json, present, absent] of [
      [["null", "long"], 1, 0],
      [["long", "null"], 0, 1],
    ] as const) {
      const write = (out: AvroBuffer) => {
        out.writeNumber(present);
        out.writeNumber(300);
      };
      expect(decode(json, asNumber, write)).toBe(300);
      expect(decode(json, asNumber, (out) => out.writeNumber(absent))).toBeUndefined();
    }
    expect(() => decode(["null", "long"], asNumber, (out) => out.writeNumber(2))).toThrow(
      /branch 2 of a union/,
    );
  });

  test("refuse a type that cannot hold the value", () => {
    const misfits: [Json, Decoder<unknown>][] = [
      ["string", asNumber],
      ["boolean", asLong],
      ["long", asString],
      ["int", asBoolean],
      [["null", "double"], asBytes],
      ["bytes", asList(asInt)],
      [{ type: "array", items: "string" }, asList(asInt)],
    ];
    for (const [json, decoder] of misfits) {
      expect(resolve(parseAvroSchema(json, "f"), decoder), JSON.stringify(json)).toBeUndefined();
    }
  });

  test("lists may come in several blocks, sized or not (MAN-062)", () => {
    const write = (out: AvroBuffer) => {
      out.writeNumber(2);
      out.writeNumber(1);
      out.writeNumber(-2);
      out.writeNumber(-1);
      out.writeNumber(2);
      out.writeNumber(500);
      out.writeNumber(0);
    };
    const json = { type: "array", items: "long" };
    expect(decode(json, asList(asNumber), write)).toEqual([1, -2, 500]);
    const cursor = cursorOf(write);
    skipper(parseAvroSchema(json, "f"))(cursor);
    expect(cursor.at).toBe(cursor.end);
  });

  test("asRepeated() gives bytes that come again the value they had", () => {
    const read = resolve(parseAvroSchema("string", "f"), asRepeated(asString))!;
    const texts = ["parquet", "parquet", "orc", "orc", "", "", "orc", "orcs"];
    const cursor = cursorOf((out) => writeTexts(out, texts));
    expect(texts.map(() => read(cursor))).toEqual(texts);
    expect(cursor.at).toBe(cursor.end);
    const list = resolve(parseAvroSchema({ type: "array", items: "int" }, "f"), asRepeated(asList(asInt)))!;
    const lists = cursorOf((out) => writeLists(out, [[4], [4], [5]]));
    const [first, second, third] = [list(lists), list(lists), list(lists)];
    expect(second).toBe(first);
    expect(third).toEqual([5]);
  });

  test("asRepeated() does not take bytes from behind the end", () => {
    const read = resolve(parseAvroSchema("string", "f"), asRepeated(asString))!;
    const twice = cursorOf((out) => writeTexts(out, ["parquet", "parquet"]));
    const cut = new AvroCursor(twice.bytes, 0, twice.end - 1, "file.avro");
    expect(read(cut)).toBe("parquet");
    expect(() => read(cut)).toThrow(/Cannot decode file[.]avro/);
  });

  test("asInterned() gives bytes that came before the value they had, in any order", () => {
    const type = parseAvroSchema({ type: "array", items: "int" }, "f");
    const read = resolve(type, asInterned(asList(asInt)))!;
    const values = Array.from({ length: 5000 }, (_, i) => [i % 7, (i * 31) % 2500]);
    const cursor = cursorOf((out) => writeLists(out, values));
    expect(values.map(() => read(cursor))).toEqual(values);
    expect(cursor.at).toBe(cursor.end);
    const few = cursorOf((out) => writeLists(out, [[1], [2], [1], [2]]));
    const [first, other, again, otherAgain] = [read(few), read(few), read(few), read(few)];
    expect([first, other]).toEqual([[1], [2]]);
    expect(again).toBe(first);
    expect(otherAgain).toBe(other);
  });

  test("asInterned() takes long values, and refuses what ends early", () => {
    const read = resolve(parseAvroSchema("string", "f"), asInterned(asString))!;
    const texts = ["x".repeat(300), "x".repeat(299) + "y", "x".repeat(300)];
    const cursor = cursorOf((out) => writeTexts(out, texts));
    expect(texts.map(() => read(cursor))).toEqual(texts);
    const cut = new AvroCursor(cursor.bytes, 0, 100, "file.avro");
    expect(() => read(cut)).toThrow(/Cannot decode file[.]avro/);
  });
});

function writeTexts(out: AvroBuffer, texts: readonly string[]): void {
  for (const text of texts) out.writeString(text);
}

function writeLists(out: AvroBuffer, lists: readonly (readonly number[])[]): void {
  for (const list of lists) for (const value of [list.length, ...list, 0]) out.writeNumber(value);
}

describe("recordReader()", () => {
  const record = (fields: Json[]): Json => ({ type: "record", name: "r", fields });
  const wanted = [
    { id: 1, names: ["a", "old_a"], slot: 0, decode: asNumber },
    { id: 2, names: ["b"], slot: 1, decode: asString, required: true },
  ];
  const read = (json: Json, write: (out: AvroBuffer) => void): unknown[] => {
    const slots: unknown[] = [undefined, undefined];
    const cursor = cursorOf(write);
    recordReader(parseAvroSchema(json, "file.avro"), wanted, "file.avro")(cursor, slots);
    expect(cursor.at).toBe(cursor.end);
    return slots;
  };

  test("matches by id whatever the names and the order, and steps over the rest (MAN-015)", () => {
    const json = record([
      { name: "a", type: ["null", { type: "map", values: "double" }], "field-id": 9 },
      { name: "x", type: "string", "field-id": 2 },
      { name: "y", type: "int", "field-id": 1 },
    ]);
    const slots = read(json, (out) => {
      out.writeNumber(1);
      out.writeNumber(1);
      out.writeString("key");
      out.writeDouble(1.5);
      out.writeNumber(0);
      out.writeString("text");
      out.writeNumber(77);
    });
    expect(slots).toEqual([77, "text"]);
  });

  test("matches by name when no field has an id (MAN-064)", () => {
    const json = record([
      { name: "b", type: "string" },
      { name: "old_a", type: "long" },
    ]);
    const slots = read(json, (out) => {
      out.writeString("text");
      out.writeNumber(5);
    });
    expect(slots).toEqual([5, "text"]);
  });

  test("a name is no match once any field has an id", () => {
    const json = record([
      { name: "a", type: "long" },
      { name: "b", type: "string", "field-id": 2 },
    ]);
    const slots = read(json, (out) => {
      out.writeNumber(5);
      out.writeString("text");
    });
    expect(slots).toEqual([undefined, "text"]);
  });

  test("a required field that is missing, null or of another type is corrupt", () => {
    expect(() => read(record([{ name: "a", type: "long", "field-id": 1 }]), () => {})).toThrow(
      /record r has no field b \(id 2\)/,
    );
    const nullable = record([{ name: "b", type: ["null", "string"], "field-id": 2 }]);
    expect(() => read(nullable, (out) => out.writeNumber(0))).toThrow(
      /null in the required field b at offset 1/,
    );
    const odd = record([{ name: "b", type: ["null", "float"], "field-id": 2 }]);
    expect(() => read(odd, () => {})).toThrow(
      /field b \(id 2\) of record r has the Avro type \[null, float\]/,
    );
    expect(() => read("int", () => {})).toThrow(/a int stands where a record is expected/);
  });
});

describe("skipper()", () => {
  test.each<[string, Json, (out: AvroBuffer) => void]>([
    ["null", "null", () => {}],
    ["boolean", "boolean", (out) => out.writeBoolean(true)],
    ["long", "long", (out) => out.writeLong(-(2n ** 63n))],
    ["double", "double", (out) => out.writeDouble(1)],
    ["bytes", "bytes", (out) => out.writeBytes(new Uint8Array(300))],
    ["fixed", { type: "fixed", name: "f", size: 3 }, (out) => out.writeRaw(new Uint8Array(3))],
    ["enum", { type: "enum", name: "e", symbols: ["A", "B"] }, (out) => out.writeNumber(1)],
    [
      "sized map block",
      { type: "map", values: "long" },
      (out) => {
        out.writeNumber(-1);
        out.writeNumber(4);
        out.writeString("k");
        out.writeNumber(700);
        out.writeNumber(0);
      },
    ],
    [
      "array of nulls",
      { type: "array", items: "null" },
      (out) => {
        out.writeNumber(60_000);
        out.writeNumber(0);
      },
    ],
  ])("steps over %s", (_, json, write) => {
    const cursor = cursorOf(write);
    const type = parseAvroSchema(json, "f");
    skipper(type)(cursor);
    expect(cursor.at).toBe(cursor.end);
    expect(leastBytes(type)).toBeLessThanOrEqual(cursor.end);
  });

  test("blocks that announce nothing but empty items end quickly", () => {
    const cursor = cursorOf((out) => {
      for (let i = 0; i < 2_000_000; i++) out.writeNumber(65_000);
      out.writeNumber(0);
    });
    skipper(parseAvroSchema({ type: "array", items: { type: "record", name: "r", fields: [] } }, "f"))(
      cursor,
    );
    expect(cursor.at).toBe(cursor.end);
  });

  test("metric maps that run past the end are corrupt", () => {
    const pairs = (value: Json): Json => ({
      type: "array",
      items: {
        type: "record",
        name: "k1_v2",
        fields: [
          { name: "key", type: "int" },
          { name: "value", type: value },
        ],
      },
    });
    for (const value of ["long", "bytes"]) {
      const cut = cursorOf((out) => {
        out.writeNumber(2);
        for (let i = 0; i < 3; i++) out.writeNumber(i);
        out.writeRaw(new Uint8Array([0x84]));
      });
      expect(() => skipper(parseAvroSchema(pairs(value), "f"))(cut)).toThrow(/Cannot decode file[.]avro/);
    }
  });
});
