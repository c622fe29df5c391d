/** Opens the fixture tables far enough to reach their manifests: metadata JSON, lists, manifests. @module */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  decompressWith,
  type Json,
  type JsonObject,
  parseJson,
  utf8Decode,
} from "../../../src/base/index.ts";
import type { ManifestFile } from "../../../src/manifests/index.ts";
import {
  type PartitionSpec,
  partitionFields,
  specFieldsFromJson,
  specFromJson,
} from "../../../src/partitioning/index.ts";
import { type Field, type Schema, schemaFromJson } from "../../../src/schema/index.ts";

export const FIXTURES = fileURLToPath(new URL("../../../../shared/fixtures/", import.meta.url));

/** What a fixture table's metadata says, as far as manifests need it. */
export interface FixtureTable {
  readonly name: string;
  readonly snapshots: readonly JsonObject[];
  readonly schema: Schema;
  readonly specs: ReadonlyMap<number, PartitionSpec>;
}

export const expected = parseJson(readFileSync(join(FIXTURES, "expected.json"), "utf8")) as JsonObject;

export function expectedTables(): [string, JsonObject][] {
  return Object.entries(expected.tables as JsonObject) as [string, JsonObject][];
}

export function openTable(name: string): FixtureTable {
  const facts = (expected.tables as JsonObject)[name] as JsonObject;
  const bytes = readFileSync(join(FIXTURES, name, "metadata", facts.metadata as string));
  const text = utf8Decode(bytes[0] === 0x1f ? decompressWith("gzip", bytes) : bytes);
  const metadata = parseJson(text, name) as JsonObject;
  const schemas = metadata.schemas as readonly JsonObject[] | undefined;
  const current = schemas?.find((schema) => schema["schema-id"] === metadata["current-schema-id"]);
  const specs = (metadata["partition-specs"] as readonly Json[] | undefined)?.map(specFromJson) ?? [
    { specId: 0, fields: specFieldsFromJson(metadata["partition-spec"] as Json) },
  ];
  return {
    name,
    snapshots: (metadata.snapshots as readonly JsonObject[] | undefined) ?? [],
    schema: schemaFromJson(current ?? (metadata.schema as JsonObject)),
    specs: new Map(specs.map((spec) => [spec.specId, spec])),
  };
}

/** The bytes of a file of the table: fixtures moved, so its name within the directory must do. */
export function fileBytes(table: string, location: string): Uint8Array {
  const name = location.slice(location.lastIndexOf("/") + 1);
  return readFileSync(join(FIXTURES, table, "metadata", name));
}

/** Whether a fixture ships the file. */
export function hasFile(table: string, location: string): boolean {
  return existsSync(join(FIXTURES, table, "metadata", location.slice(location.lastIndexOf("/") + 1)));
}

export function fieldsOf(table: FixtureTable, manifest: ManifestFile): readonly Field[] {
  const spec = table.specs.get(manifest.partitionSpecId);
  if (spec === undefined) throw new Error(`${table.name} has no spec ${manifest.partitionSpecId}`);
  return partitionFields(spec, table.schema);
}

/** Every Avro file that is a manifest or a manifest list, by path below the fixtures. */
export function metadataAvroFiles(): string[] {
  return readdirSync(FIXTURES, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".avro") && !path.includes("/data/"))
    .sort();
}
