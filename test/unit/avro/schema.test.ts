import { describe, expect, test } from "vitest";
import { MAX_TYPE_DEPTH, parseAvroSchema } from "../../../src/avro/index.ts";
import type { Json } from "../../../src/base/index.ts";

const parse = (json: Json) => parseAvroSchema(json, "file.avro");

describe("parseAvroSchema()", () => {
  test("keeps field ids, element ids and logical types (MAN-052)", () => {
    const type = parse({
      type: "record",
      name: "r",
      fields: [
        { name: "a", type: ["null", { type: "array", items: "long", "element-id": 7 }], "field-id": 3 },
        { name: "b", type: { type: "int", logicalType: "date" } },
        { name: "c_x2D", "iceberg-field-name": "c-", type: { type: "string" } },
        { name: "é", type: { type: "map", values: "bytes", "key-id": 8, "value-id": 9 } },
      ],
    });
    expect(type).toEqual({
      kind: "record",
      name: "r",
      fields: [
        {
          name: "a",
          id: 3,
          type: {
            kind: "union",
            branches: [{ kind: "null" }, { kind: "array", items: { kind: "long" }, elementId: 7 }],
          },
        },
        { name: "b", type: { kind: "int", logicalType: "date" } },
        { name: "c-", type: { kind: "string" } },
        { name: "é", type: { kind: "map", values: { kind: "bytes" }, keyId: 8, valueId: 9 } },
      ],
    });
  });

  test("named types are referred to by name, namespaces included (MAN-057)", () => {
    const type = parse({
      type: "record",
      name: "r",
      namespace: "a.b",
      fields: [
        { name: "x", type: { type: "fixed", name: "f", size: 4 } },
        { name: "y", type: "f" },
        { name: "z", type: ["null", "a.b.f"] },
        { name: "e", type: { type: "enum", name: "other.e", symbols: ["A"] } },
        { name: "e2", type: "other.e" },
      ],
    });
    if (type.kind !== "record") throw new Error("no record");
    const [x, y, z, e, e2] = type.fields.map((field) => field.type);
    expect(x).toEqual({ kind: "fixed", name: "a.b.f", size: 4 });
    expect(y).toBe(x);
    expect(z).toEqual({ kind: "union", branches: [{ kind: "null" }, x] });
    expect(e2).toBe(e);
  });

  test.each<[string, Json, RegExp]>([
    ["an unknown name", "nope", /unknown type "nope"/],
    ["a number", 7, /7 in place of a type/],
    ["an empty union", [], /union without branches/],
    ["a record without fields", { type: "record", name: "r" }, /record r without fields/],
    ["a record without a name", { type: "record", fields: [] }, /record without a name/],
    ["a field without a name", { type: "record", name: "r", fields: [{ type: "int" }] }, /without a name/],
    ["a negative fixed", { type: "fixed", name: "f", size: -1 }, /fixed of size -1/],
    ["a huge fixed", { type: "fixed", name: "f", size: 2 ** 31 }, /fixed of size 2147483648/],
    ["an enum without symbols", { type: "enum", name: "e" }, /enum without symbols/],
  ])("refuses %s", (_, json, message) => {
    expect(() => parse(json)).toThrow(message);
    expect(() => parse(json)).toThrow(expect.objectContaining({ code: "corrupt-file" }));
  });

  test("refuses a record that contains itself", () => {
    const list = { type: "record", name: "r", fields: [{ name: "next", type: ["null", "r"] }] };
    expect(() => parse(list)).toThrow(expect.objectContaining({ code: "unsupported" }));
  });

  test("refuses nesting by reference that would exhaust the stack", () => {
    const deep = (levels: number): Json => ({
      type: "record",
      name: "top",
      fields: Array.from({ length: levels }, (_, i) => ({
        name: `f${i}`,
        type: { type: "record", name: `r${i}`, fields: [{ name: "x", type: i === 0 ? "int" : `r${i - 1}` }] },
      })),
    });
    expect(() => parse(deep(20_000))).toThrow(/nested deeper than 100/);
    expect(parse(deep(MAX_TYPE_DEPTH - 2)).kind).toBe("record");
  });
});
