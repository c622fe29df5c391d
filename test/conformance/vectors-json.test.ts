/** Vectors of JSON: schemas, specs, sort orders, table metadata. */
import { describe, expect, it } from "vitest";
import { type JsonObject, stringifyJson } from "../../src/base/index.ts";
import { parseMetadata, printMetadata } from "../../src/metadata/index.ts";
import { specFromJson, specToJson } from "../../src/partitioning/index.ts";
import { schemaFromJson, schemaToJson, valueToJson } from "../../src/schema/index.ts";
import { sortOrderFromJson, sortOrderToJson } from "../../src/sorting/index.ts";
import { suite, text } from "./vector-suite.ts";
import { cases, codeOf, readVectorFolder } from "./vectors.ts";

suite(
  "schema-json.json",
  ({ json }) => text(json),
  ({ json, reads, error }) => {
    if (error !== undefined) return expect(codeOf(() => schemaFromJson(json!))).toBe(error);
    const schema = schemaFromJson(json!);
    const { schemaId, identifiers, names, defaults = {} } = reads as JsonObject;
    expect(schema.schemaId).toBe(schemaId);
    expect([...schema.identifierFieldIds]).toEqual(identifiers);
    expect(
      Object.fromEntries([...schema.places()].map(({ field, path }) => [String(field.id), path])),
    ).toEqual(names);
    for (const [id, pair] of Object.entries(defaults as JsonObject)) {
      const field = schema.fields.find((each) => String(each.id) === id)!;
      expect([
        valueToJson(field.type, field.initialDefault!),
        valueToJson(field.type, field.writeDefault!),
      ]).toEqual(pair);
    }
    expect(schemaToJson(schemaFromJson(schemaToJson(schema)))).toEqual(schemaToJson(schema));
  },
);

suite(
  "spec-json.json",
  ({ json }) => text(json),
  ({ json, prints, error }) => {
    if (error !== undefined) return expect(codeOf(() => specFromJson(json!))).toBe(error);
    expect(specToJson(specFromJson(json!))).toEqual(prints);
  },
);

suite(
  "sort-json.json",
  ({ json }) => text(json),
  ({ json, prints, error }) => {
    if (error !== undefined) return expect(codeOf(() => sortOrderFromJson(json!))).toBe(error);
    expect(sortOrderToJson(sortOrderFromJson(json!))).toEqual(prints);
  },
);

describe("metadata/valid", () => {
  it.each(cases(readVectorFolder("metadata/valid"), ({ section }) => section))(
    "%s: %s",
    (_, __, { metadata, expected }) => {
      const parsed = parseMetadata(stringifyJson(metadata!));
      const facts: Record<string, unknown> = {
        formatVersion: parsed.formatVersion,
        snapshots: parsed.snapshots.length,
        refs: [...parsed.refs.keys()].toSorted(),
        lastSequenceNumber: parsed.lastSequenceNumber,
        lastPartitionId: parsed.lastPartitionId,
        currentSnapshotId: String(parsed.currentSnapshotId),
        nextRowId: String(parsed.nextRowId),
      };
      for (const [name, value] of Object.entries(expected as JsonObject))
        expect(facts[name], name).toEqual(value);
      expect(parseMetadata(printMetadata(parsed))).toEqual(parsed);
    },
  );
});
describe("metadata/invalid", () => {
  it.each(cases(readVectorFolder("metadata/invalid"), ({ section }) => section))(
    "%s: %s",
    (_, __, { metadata, error }) => {
      expect(codeOf(() => parseMetadata(stringifyJson(metadata!)))).toBe(error);
    },
  );
});
