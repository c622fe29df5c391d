/** Type names, schema JSON, ids, identifier fields and definitions. @module */
import { describe, expect, test } from "vitest";
import { isIcebergError, type Json, parseJson, stringifyJson } from "../../../src/base/index.ts";
import {
  assignFreshIds,
  defineSchema,
  idsFrom,
  MAX_FIELD_ID,
  optional,
  required,
  Schema,
  sameSchema,
  schemaFromJson,
  schemaToJson,
  t,
  typeFromString,
  typesEqual,
  typeToString,
} from "../../../src/schema/index.ts";

describe("typeFromString()", () => {
  test("reads every primitive in any case and prints it in lower case (SCH-001)", () => {
    const names =
      "unknown boolean int long float double date time timestamp timestamptz timestamp_ns timestamptz_ns";
    for (const name of `${names} string uuid binary variant`.split(" ")) {
      expect(typeToString(typeFromString(name.toUpperCase()))).toBe(name);
    }
  });

  test("reads parameters with white space (SCH-026)", () => {
    expect(typeFromString("decimal( 9 ,2 )")).toEqual({ kind: "decimal", precision: 9, scale: 2 });
    expect(typeFromString("fixed[ 16 ]")).toEqual({ kind: "fixed", length: 16 });
    expect(typeToString(typeFromString("Decimal(9,2)"))).toBe("decimal(9, 2)");
  });

  test("reads geo types with their defaults and keeps the CRS to the letter (SCH-010, SCH-011, SCH-027)", () => {
    expect(typeFromString("geometry")).toEqual({ kind: "geometry", crs: "OGC:CRS84" });
    expect(typeFromString("geometry( projjson:My_Prop )")).toEqual({
      kind: "geometry",
      crs: "projjson:My_Prop",
    });
    const geography = { kind: "geography", crs: "OGC:CRS84", algorithm: "spherical" };
    expect(typeFromString("geography")).toEqual(geography);
    expect(typeFromString("Geography(EPSG:4269)")).toEqual({ ...geography, crs: "EPSG:4269" });
    const karney = typeFromString("geography(EPSG:4269, Karney)");
    expect(karney).toEqual({ kind: "geography", crs: "EPSG:4269", algorithm: "karney" });
    expect(typeToString(karney)).toBe("geography(EPSG:4269, karney)");
    expect(() => typeFromString("geography(EPSG:4269, flat)")).toThrow(/none of spherical/);
  });

  test.each([
    "",
    "integer",
    "decimal(39, 2)",
    "decimal(0, 0)",
    "decimal(9)",
    "fixed[]",
    "fixed[-1]",
    "geometry()",
  ])("refuses %j (SCH-001, SCH-003)", (text) => {
    expect(() => typeFromString(text)).toThrow();
  });
});

const NESTED = `{
  "schema-id": 3, "identifier-field-ids": [1], "x": {"y": 1},
  "fields": [
    {"id": 1, "name": "id", "required": true, "type": "long", "doc": "key", "initial-default": 9007199254740993},
    {"type": {"fields": [{"id": 7, "name": "lat", "required": false, "type": "double", "write-default": 1.0}],
      "type": "struct"}, "required": false, "name": "place", "id": 2},
    {"id": 3, "name": "tags", "required": true, "type":
      {"type": "list", "element-id": 8, "element": "string", "element-required": false}},
    {"id": 4, "name": "m", "required": true, "type":
      {"type": "map", "key-id": 9, "key": "int", "value-id": 10, "value": "decimal(9, 2)", "value-required": true}},
    {"id": 5, "name": "n", "required": false, "type": "int", "initial-default": null}
  ], "type": "struct"}`;

describe("schema JSON", () => {
  test("reads in any key order and keeps what it knows (SCH-023 to SCH-025, SCH-030, SCH-045)", () => {
    const schema = schemaFromJson(parseJson(NESTED));
    expect(schema.schemaId).toBe(3);
    expect(schema.identifierFieldIds).toEqual([1]);
    expect(schema.findField(1)).toEqual({
      id: 1,
      name: "id",
      required: true,
      type: { kind: "long" },
      doc: "key",
      initialDefault: 9007199254740993n,
    });
    expect(schema.pathOf(8)).toBe("tags.element");
    expect(schema.pathOf(10)).toBe("m.value");
    expect(schema.findField(10)?.type).toEqual({ kind: "decimal", precision: 9, scale: 2 });
    expect(schema.findField(5)).not.toHaveProperty("initialDefault");
    expect(schema.highestFieldId).toBe(10);
  });

  test("writes defaults as single values and leaves out what is empty (SCH-045, SCH-047)", () => {
    const text = stringifyJson(schemaToJson(schemaFromJson(parseJson(NESTED))));
    expect(text).toContain('"initial-default":9007199254740993');
    expect(text).toContain('"write-default":1.0');
    expect(text).not.toContain('"x"');
    expect(text).not.toContain("null");
    expect(stringifyJson(schemaToJson(new Schema([])))).toBe('{"type":"struct","schema-id":0,"fields":[]}');
  });

  test("reads v1 schemas without id (SCH-023)", () => {
    expect(schemaFromJson({ type: "struct", fields: [] }).schemaId).toBe(0);
  });

  test.each(["id", "name", "required", "type"])(
    "a field without %s is an error that names it (SCH-024)",
    (key) => {
      const field: Record<string, Json> = { id: 1, name: "a", required: true, type: "int" };
      delete field[key];
      expect(() => schemaFromJson({ type: "struct", fields: [field] })).toThrow(new RegExp(key));
    },
  );

  test.each([
    ["two fields of one id (SCH-015)", [field(1, "a"), field(1, "b")], /id 1 twice/],
    ["two fields of one name (SCH-021)", [field(1, "a"), field(2, "a")], /two fields named a/],
    [
      "a dotted name that is also a path (SCH-021)",
      [field(1, "a.b"), { ...field(2, "a"), type: { type: "struct", fields: [field(3, "b")] } }],
      /two fields named a\.b/,
    ],
    [
      "a default of a geometry (SCH-040)",
      [{ ...field(1, "g"), type: "geometry", "initial-default": "POINT (1 2)" }],
      /null only/,
    ],
    ["a default of another type", [{ ...field(1, "a"), "write-default": "x" }], /write-default of field "a"/],
    ["an id that is no integer", [{ ...field(1, "a"), id: 1.5 }], /id of field "a"/],
  ] as [string, Json, RegExp][])("refuses %s", (_, fields, message) => {
    try {
      schemaFromJson({ type: "struct", fields });
      expect.unreachable();
    } catch (error) {
      expect(isIcebergError(error, "invalid-schema")).toBe(true);
      expect(String(error)).toMatch(message);
    }
  });

  test("columns may be named like members of Object.prototype (SCH-029)", () => {
    const names = ["__proto__", "constructor", "hasOwnProperty"];
    const schema = schemaFromJson({
      type: "struct",
      fields: names.map((name, index) => field(index + 1, name)),
    });
    expect(names.map((name) => schema.idOf(name))).toEqual([1, 2, 3]);
    expect(schema.idOf("toString")).toBeUndefined();
  });
});

describe("sameSchema() and typesEqual()", () => {
  const base = schemaFromJson(parseJson(NESTED));

  test("ignore the schema id and the order of identifier ids alone (SCH-031)", () => {
    expect(sameSchema(base, base.withId(9))).toBe(true);
    expect(sameSchema(base, new Schema(base.fields))).toBe(false);
  });

  test.each(["id", "name", "required", "doc", "type", "initialDefault"])(
    "see a changed %s (SCH-031)",
    (key) => {
      const changes = {
        id: 99,
        name: "z",
        required: false,
        doc: "other",
        type: t.double(),
        initialDefault: 1n,
      };
      const [first, ...rest] = base.fields;
      const changed = { ...first!, [key]: changes[key as keyof typeof changes] };
      const identifiers = { identifierFieldIds: [1] };
      expect(sameSchema(new Schema([changed, ...rest], identifiers), base)).toBe(false);
    },
  );

  test("see changes inside lists, maps and parameters", () => {
    expect(typesEqual(t.list(t.int()), t.list(t.int(), { required: false }))).toBe(false);
    expect(typesEqual(t.map(t.int(), t.int()), t.map(t.int(), t.long()))).toBe(false);
    expect(typesEqual(t.decimal(9, 2), t.decimal(9, 3))).toBe(false);
    expect(typesEqual(t.fixed(3), t.fixed(4))).toBe(false);
    expect(typesEqual(t.geometry(), t.geometry("EPSG:1"))).toBe(false);
    expect(typesEqual(t.map(t.int(), t.list(t.int())), t.map(t.int(), t.list(t.int())))).toBe(true);
  });
});

describe("field ids", () => {
  test("assignFreshIds() numbers a struct's fields before their children (SCH-018)", () => {
    const schema = defineSchema({
      a: required(
        t.struct({ x: required(t.int()), y: required(t.list(t.struct({ z: optional(t.int()) }))) }),
      ),
      b: required(t.map(t.struct({ k: required(t.int()) }), t.list(t.int()))),
      c: optional(t.int()),
    });
    const ids = Object.fromEntries([...schema.places()].map((place) => [place.path, place.field.id]));
    expect(ids).toEqual({
      a: 1,
      b: 2,
      c: 3,
      "a.x": 4,
      "a.y": 5,
      "a.y.element": 6,
      "a.y.element.z": 7,
      "b.key": 8,
      "b.value": 9,
      "b.key.k": 10,
      "b.value.element": 11,
    });
  });

  test("assignFreshIds() takes identifier ids along and keeps defaults (SCH-018, SCH-019)", () => {
    const type = { kind: "int" } as const;
    const schema = new Schema(
      [
        { id: 50, name: "a", required: true, type, writeDefault: 5 },
        { id: 7, name: "b", required: true, type },
      ],
      { identifierFieldIds: [7] },
    );
    const fresh = assignFreshIds(schema);
    expect(fresh.identifierFieldIds).toEqual([2]);
    expect(fresh.fields[0]?.writeDefault).toBe(5);
  });

  test("ids end below the metadata columns (SCH-017)", () => {
    const next = idsFrom(MAX_FIELD_ID);
    expect(next()).toBe(2147483447);
    expect(next).toThrow(/ids end at 2147483447/);
  });
});

describe("defineSchema()", () => {
  test("builds the columns in order with docs and defaults", () => {
    const schema = defineSchema({
      id: required(t.long(), { doc: "key" }),
      price: optional(t.decimal(9, 2), { initialDefault: 5n, writeDefault: 7n }),
    });
    expect(schema.fields).toEqual([
      { id: 1, name: "id", required: true, type: { kind: "long" }, doc: "key" },
      {
        id: 2,
        name: "price",
        required: false,
        type: { kind: "decimal", precision: 9, scale: 2 },
        initialDefault: 5n,
        writeDefault: 7n,
      },
    ]);
  });

  test("checks identifier fields (SCH-032)", () => {
    const columns = {
      ok: required(t.int()),
      maybe: optional(t.int()),
      float: required(t.double()),
      list: required(t.list(t.int())),
      inside: optional(t.struct({ x: required(t.int()) })),
      sure: required(t.struct({ x: required(t.int()) })),
    };
    const define = (...identifierFields: ("ok" | "maybe" | "float" | "list" | "inside.x" | "sure.x")[]) =>
      defineSchema(columns, { identifierFields });
    expect(define("ok", "sure.x").identifierFieldIds).toEqual([1, 9]);
    expect(() => define("maybe")).toThrow(/it is optional/);
    expect(() => define("float")).toThrow(/floating type double/);
    expect(() => define("list")).toThrow(/type list, not primitive/);
    expect(() => define("inside.x")).toThrow(/in an optional struct/);
    const inList = new Schema(defineSchema(columns).fields, { identifierFieldIds: [7] });
    expect(() => inList.checkIdentifierFields()).toThrow(/inside a list or map/);
  });

  test("refuses decimals whose scale exceeds their precision", () => {
    expect(() => t.decimal(4, 5)).toThrow(/between 0 and the precision/);
    expect(() => t.decimal(39, 5)).toThrow(/1 to 38/);
  });
});

function field(id: number, name: string): Record<string, Json> {
  return { id, name, required: false, type: "int" };
}
