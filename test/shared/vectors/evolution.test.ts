/** Vectors of type promotion and of the name mapping. @module */
import { describe, expect, it } from "vitest";
import { type Json, parseJson, stringifyJson } from "../../../src/base/index.ts";
import {
  canPromote,
  fieldIdsByName,
  formatNameMapping,
  nameMappingFromJson,
  nameMappingOf,
  nameMappingToJson,
  parseNameMapping,
  schemaFromJson,
} from "../../../src/schema/index.ts";
import { primitive, vectors } from "./held.ts";

interface Promotion {
  readonly from: string;
  readonly to: string;
  readonly allowed_in_versions: readonly number[];
}
const { cases } = vectors<{ readonly cases: readonly Promotion[] }>("type-promotion.json");
const names = [...new Set(cases.map(({ from }) => from))];
const mapping = vectors<{
  readonly example: Json;
  readonly from_schema: { readonly schema: Json; readonly mapping: Json };
}>("name-mapping.json");

describe("canPromote()", () => {
  it("has a vector for every pair of the 19 types", () => {
    expect(names).toHaveLength(19);
    expect(cases).toHaveLength(19 * 18);
  });

  it.each(names)("answers as the vectors for %s in every format version (SCH-060, SCH-061)", (name) => {
    for (const { from, to, allowed_in_versions } of cases.filter((vector) => vector.from === name)) {
      const allowed = [1, 2, 3].filter((version) => canPromote(primitive(from), primitive(to), version));
      expect(allowed, `${from} to ${to}`).toEqual(allowed_in_versions);
    }
    expect(canPromote(primitive(name), primitive(name), 3), "to itself").toBe(false);
  });
});

describe("name mapping", () => {
  it("round-trips the spec's example (SCH-081)", () => {
    const read = nameMappingFromJson(mapping.example);
    expect(nameMappingToJson(read)).toEqual(mapping.example);
    expect(parseJson(formatNameMapping(parseNameMapping(stringifyJson(mapping.example))))).toEqual(
      mapping.example,
    );
  });

  it("fieldIdsByName() resolves every name of the example, and nothing else", () => {
    const idOf = fieldIdsByName(nameMappingFromJson(mapping.example));
    expect(idOf(["id"])).toBe(1);
    expect(idOf(["record_id"])).toBe(1);
    expect(idOf(["location", "lat"])).toBe(4);
    expect(idOf(["location", "long"])).toBe(5);
    expect(idOf(["location.lat"])).toBeUndefined();
    expect(idOf(["LOCATION"])).toBeUndefined();
    expect(idOf(["lat"])).toBeUndefined();
  });

  it("nameMappingOf() gives the vector's mapping, lists and maps included (SCH-084, SCH-088)", () => {
    const schema = schemaFromJson(mapping.from_schema.schema);
    expect(nameMappingToJson(nameMappingOf(schema))).toEqual(mapping.from_schema.mapping);
  });
});
