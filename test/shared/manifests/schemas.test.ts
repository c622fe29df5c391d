/** The Avro schemas that are written against those of Java's files: ids, names, order, types, defaults, docs. @module */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openContainer } from "../../../src/avro/index.ts";
import { type Json, type JsonObject, parseJson } from "../../../src/base/index.ts";
import {
  readManifest,
  readManifestList,
  writeManifest,
  writeManifestList,
} from "../../../src/manifests/index.ts";
import { FIXTURES, fieldsOf, openTable } from "./tables.ts";

const sync = new Uint8Array(16);

function schemaOf(bytes: Uint8Array): Json {
  return parseJson(openContainer(bytes, "file").text("avro.schema")!);
}

/** The path of the first metadata file of a table whose name ends so. */
function metadataFile(table: string, pattern: RegExp): string {
  const directory = join(FIXTURES, table, "metadata");
  return join(
    directory,
    readdirSync(directory)
      .sort()
      .find((name) => pattern.test(name))!,
  );
}

/** Reads a Java manifest list and its first data manifest, and writes both again in the given version. */
function rewritten(name: string, formatVersion: 1 | 2 | 3) {
  const table = openTable(name);
  const listPath = metadataFile(name, /^snap-/);
  const javaList = readFileSync(listPath);
  const manifest = readManifestList(javaList, listPath).find((candidate) => candidate.content === "data")!;
  const path = manifest.manifestPath.slice(manifest.manifestPath.lastIndexOf("/") + 1);
  const java = readFileSync(join(FIXTURES, name, "metadata", path));
  const fields = fieldsOf(table, manifest);
  const entries = readManifest(java, { manifest, fields, what: path });
  const ours = writeManifest({
    formatVersion,
    schema: table.schema,
    spec: table.specs.get(manifest.partitionSpecId)!,
    content: "data",
    snapshotId: 1n,
    entries: entries.map((entry) => ({ ...entry, status: "existing" as const })),
    sync,
  });
  const ourList = writeManifestList({
    formatVersion,
    snapshotId: 1n,
    sequenceNumber: manifest.sequenceNumber!,
    ...(formatVersion === 3 ? { firstRowId: 0n } : {}),
    manifests: [manifest],
    sync,
  });
  const reread = readManifest(ours.bytes, { manifest, fields, what: "ours" });
  return { java, javaList, ours: ours.bytes, ourList: ourList.bytes, entries, reread };
}

test.each([
  ["impala/v3_deletion_vectors", 3],
  ["impala/v3_row_lineage", 3],
] as const)("%s: manifest and list schemas equal Java's (MAN-006, MAN-014, MAN-040)", (name, version) => {
  const { java, javaList, ours, ourList, entries, reread } = rewritten(name, version);
  expect(schemaOf(ours)).toEqual(schemaOf(java));
  expect(schemaOf(ourList)).toEqual(schemaOf(javaList));
  expect(reread).toEqual(entries.map((entry) => ({ ...entry, status: "existing" })));
});

test("icebird/java_bunnies: version 2 schemas equal Java's but for the younger fields", () => {
  const { java, javaList, ours, ourList } = rewritten("icebird/java_bunnies", 2);
  expect(without(schemaOf(ours), 143)).toEqual(without(schemaOf(java), 143));
  expect(schemaOf(ourList)).toEqual(schemaOf(javaList));
});

test("impala/partitioned_hour_identity: version 1 fields are a superset of early Java's, in its order", () => {
  const { java, javaList, ours, ourList } = rewritten("impala/partitioned_hour_identity", 1);
  // Docs, defaults and the NaN fields came later.
  const younger = new Set([137, 518, 519, 140]);
  // The spec requires snapshot_id in version 1; Java left it optional.
  expect(outline(schemaOf(ours), younger)).toEqual(
    outline(schemaOf(java), younger).map((line) => requireSnapshot(line)),
  );
  expect(outline(schemaOf(ourList), younger)).toEqual(
    outline(schemaOf(javaList), younger).map((line) =>
      requireSnapshot(line).replace("_data_files_count", "_files_count"),
    ),
  );
});

function without(json: Json, id: number): Json {
  if (Array.isArray(json)) {
    return json
      .filter((item) => (item as JsonObject | null)?.["field-id"] !== id)
      .map((item: Json) => without(item, id));
  }
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json as JsonObject).map(([key, value]) => [key, without(value!, id)]),
  );
}

/** One line per field: id, name and type without what schemas gained over time. */
function outline(json: Json | undefined, left: ReadonlySet<number>): string[] {
  if (Array.isArray(json)) return json.flatMap((item: Json) => outline(item, left));
  if (typeof json !== "object" || json === null) return [];
  const object = json as JsonObject;
  const id = object["field-id"];
  if (typeof id === "number" && left.has(id)) return [];
  const line = typeof id === "number" ? [`${id} ${object.name} ${kind(object.type)}`] : [];
  return [
    ...line,
    ...outline(object.fields, left),
    ...outline(object.type, left),
    ...outline(object.items, left),
  ];
}

function kind(type: Json | undefined): string {
  if (Array.isArray(type)) return `[${type.map((branch: Json) => kind(branch)).join()}]`;
  if (typeof type !== "object" || type === null) return String(type);
  const object = type as JsonObject;
  return `${kind(object.type)} ${String(object.name ?? object.logicalType ?? "")}`;
}

function requireSnapshot(line: string): string {
  return line.replace("snapshot_id [null,long]", "snapshot_id long");
}
