/** The few facts of a metadata.json that the harness itself needs, read without the library under test. @module */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { asPath } from "./places.ts";

/** An Iceberg type as JSON: a name, or a nested type. */
export type IcebergType = string | StructType | ListType | MapType;
export interface StructType {
  readonly type: "struct";
  readonly fields: readonly StructField[];
}
export interface StructField {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: IcebergType;
}
export interface ListType {
  readonly type: "list";
  readonly element: IcebergType;
}
export interface MapType {
  readonly type: "map";
  readonly key: IcebergType;
  readonly value: IcebergType;
}

export interface SnapshotFacts {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly sequenceNumber: number;
  readonly timestampMs: number;
  readonly manifestList: string | undefined;
  readonly schemaId: number | undefined;
}

export interface TableFacts {
  readonly metadata: string;
  readonly location: string;
  readonly formatVersion: number;
  readonly currentSnapshotId: string | undefined;
  readonly snapshots: readonly SnapshotFacts[];
  /** The current schema. */
  readonly schema: StructType;
  readonly schemas: ReadonlyMap<number, StructType>;
}

interface RawSnapshot {
  "snapshot-id": string;
  "parent-snapshot-id"?: string | null;
  "sequence-number"?: string;
  "timestamp-ms": string;
  "manifest-list"?: string;
  "schema-id"?: string;
}

interface RawMetadata {
  "format-version": string;
  location: string;
  "current-snapshot-id"?: string | null;
  "current-schema-id"?: string;
  snapshots?: RawSnapshot[];
  schemas?: (StructType & { "schema-id": string })[];
  schema?: StructType;
}

/** Reads a metadata file, gzip or not. All its numbers come back as digit strings, so that ids stay exact. */
export function readTable(metadata: string): TableFacts {
  const bytes = readFileSync(asPath(metadata));
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
  const raw = JSON.parse(quoteNumbers(text, "")) as RawMetadata;
  const schemas = new Map((raw.schemas ?? []).map((schema) => [Number(schema["schema-id"]), schema]));
  const schema = schemas.get(Number(raw["current-schema-id"] ?? 0)) ?? raw.schema;
  if (schema === undefined) throw new Error(`${metadata} names no current schema`);
  const current = raw["current-snapshot-id"];
  return {
    metadata,
    location: raw.location,
    formatVersion: Number(raw["format-version"]),
    currentSnapshotId: current == null || current === "-1" ? undefined : current,
    snapshots: (raw.snapshots ?? []).map((snapshot) => ({
      id: snapshot["snapshot-id"],
      parentId: snapshot["parent-snapshot-id"] ?? undefined,
      sequenceNumber: Number(snapshot["sequence-number"] ?? 0),
      timestampMs: Number(snapshot["timestamp-ms"]),
      manifestList: snapshot["manifest-list"],
      schemaId: snapshot["schema-id"] === undefined ? undefined : Number(snapshot["schema-id"]),
    })),
    schema,
    schemas,
  };
}

/** The schema a scan of `snapshot` returns: that snapshot's own, else the current one. */
export function schemaAt(table: TableFacts, snapshot?: string): StructType {
  const held = table.snapshots.find((s) => s.id === snapshot);
  return (held?.schemaId === undefined ? undefined : table.schemas.get(held.schemaId)) ?? table.schema;
}

/** Replaces each number outside strings by a string `mark + digits`, so that JSON.parse loses nothing. */
export function quoteNumbers(text: string, mark: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? token : `"${mark}${token}"`,
  );
}

/** Table folders under `root`, at any depth: those that have metadata/*.metadata.json. Sorted. */
export function findTables(root: string): string[] {
  const found: string[] = [];
  const visit = (folder: string) => {
    if (newestMetadata(folder) !== undefined) found.push(folder);
    else
      for (const name of readdirSync(folder).sort()) {
        const child = join(folder, name);
        if (statSync(child).isDirectory()) visit(child);
      }
  };
  visit(root);
  return found;
}

/** The newest metadata file of a table folder: highest version number in its name. */
export function newestMetadata(folder: string): string | undefined {
  const place = join(folder, "metadata");
  if (!existsSync(place)) return undefined;
  const versions = readdirSync(place)
    .map((name) => ({
      name,
      version: /^v?(\d+)(?:-[^/]*)?(?:\.gz)?\.metadata\.json(?:\.gz)?$/.exec(name)?.[1],
    }))
    .filter((found) => found.version !== undefined)
    .sort((a, b) => Number(a.version) - Number(b.version));
  const last = versions.at(-1);
  return last && join(place, last.name);
}
