/** Partition values and paths as text against the shared vectors. @module */
import { expect, test } from "vitest";
import {
  encodePathPart,
  humanString,
  type PartitionField,
  parseTransform,
  partitionPath,
} from "../../../src/partitioning/index.ts";
import { type PrimitiveType, type PrimitiveValue, Schema } from "../../../src/schema/index.ts";
import { held, primitive, vectors } from "./held.ts";

interface Paths {
  human_strings: { type: string; transform: string; value: unknown; human: string; path_encoded: string }[];
  partition_paths: { fields: [string, string, unknown][]; path: string }[];
}
const file = vectors<Paths>("human-strings-and-paths.json");

test("human-strings-and-paths.json: humanString() and its escaped form (PRT-047, PRT-048)", () => {
  expect(file.human_strings.length).toBe(55);
  for (const { type: text, transform, value, human, path_encoded } of file.human_strings) {
    const ordinal = text === "int(ordinal)";
    const type = ordinal ? primitive("date") : primitive(text);
    const given = ordinal ? (value as number | null) : held(type, value);
    const actual = humanString(
      parseTransform(transform),
      ordinal && transform[0] === "b" ? primitive("int") : type,
      given,
    );
    expect(actual, `${transform} ${text} ${value}`).toBe(human);
    expect(encodePathPart(actual)).toBe(path_encoded);
  }
});

test("human-strings-and-paths.json: partitionPath() (PRT-047)", () => {
  expect(file.partition_paths.length).toBe(8);
  for (const { fields, path } of file.partition_paths) {
    const sources: { id: number; type: PrimitiveType }[] = [];
    const tuple: (PrimitiveValue | null)[] = [];
    const spec = fields.map(([name, text, value], index): PartitionField => {
      const [transform, typeText] = text.split(":");
      const type = primitive(typeText === "null" ? "string" : (typeText ?? sourceOf(transform!)));
      sources.push({ id: index + 1, type });
      tuple.push(text.startsWith("identity") ? held(type, value) : (value as PrimitiveValue | null));
      return { sourceId: index + 1, fieldId: 1000 + index, name, transform: parseTransform(transform!) };
    });
    const schema = new Schema(sources.map(({ id, type }) => ({ id, name: `c${id}`, required: false, type })));
    expect(partitionPath({ specId: 0, fields: spec }, schema, tuple)).toBe(path);
  }
});

function sourceOf(transform: string): string {
  return transform === "hour" ? "timestamp" : "string";
}
