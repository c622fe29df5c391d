/** Manifest lists and manifests, read through avsc and made into entries with what they inherit. @module */
import {
  type AvroFile,
  type AvroRecord,
  type AvroValue,
  fromAvro,
  intMap,
  namedTypes,
  readAvro,
  typeOfAvro,
} from "./avro.ts";
import { recordOf } from "./avro-fields.ts";
import { type JsonObject, objects, text } from "./json.ts";
import type { LintSnapshot, LintTable } from "./table.ts";
import type { PrimitiveType } from "./types.ts";
import type { LintValue } from "./values.ts";

/** An entry of a manifest list. */
export interface LintManifest {
  readonly record: AvroRecord;
  readonly path: string;
  readonly specId: number;
  readonly isDeletes: boolean;
  readonly sequence: bigint;
  readonly minSequence: bigint | undefined;
  readonly addedSnapshotId: bigint;
  readonly firstRowId: bigint | undefined;
}

/** A snapshot's manifests; `header` is absent where the metadata names them itself. */
export interface LintManifestList {
  readonly file: string;
  readonly avro: AvroFile | undefined;
  readonly manifests: readonly LintManifest[];
}

export type EntryStatus = 0 | 1 | 2;
export const ADDED = 1;
export const DELETED = 2;

/** A manifest entry. `stored…` is what the file holds, the rest includes what is inherited. */
export interface LintEntry {
  readonly manifest: LintManifest;
  readonly status: number;
  readonly storedSnapshotId: bigint | undefined;
  readonly storedSequence: bigint | undefined;
  readonly storedFileSequence: bigint | undefined;
  readonly storedFirstRowId: bigint | undefined;
  readonly snapshotId: bigint;
  readonly sequence: bigint | undefined;
  readonly fileSequence: bigint | undefined;
  readonly firstRowId: bigint | undefined;
  /** By field id. */
  readonly file: AvroRecord;
  readonly content: number;
  readonly path: string;
  readonly format: string;
  readonly recordCount: bigint;
  readonly sizeInBytes: bigint;
  readonly contentOffset: bigint | undefined;
  readonly contentSizeInBytes: bigint | undefined;
  /** By partition field id. */
  readonly partition: ReadonlyMap<number, LintValue | null>;
  /** Equal for the same file; deletion vectors of one Puffin file differ (MAN-012). */
  readonly key: string;
}

/** A manifest's file. */
export interface LintManifestFile {
  readonly avro: AvroFile;
  readonly version: number;
  readonly partitionTypes: ReadonlyMap<number, PrimitiveType>;
  readonly entries: readonly LintEntry[];
}

/** Reads an Avro file; `undefined` (and a finding) when it cannot be read. */
export async function openAvro(
  table: LintTable,
  location: string,
  what: string,
): Promise<AvroFile | undefined> {
  const bytes = await table.files.bytes(location, what);
  if (bytes === undefined) return undefined;
  try {
    return await readAvro(bytes);
  } catch (error) {
    table.report.add("avro-readable", location, (error as Error).message);
    return undefined;
  }
}

export async function readManifestList(
  table: LintTable,
  snapshot: LintSnapshot,
): Promise<LintManifestList | undefined> {
  const file = snapshot.manifestList;
  if (file === undefined) {
    const manifests = snapshot.manifests.map((path) =>
      manifestOf(
        new Map<number, AvroValue>([
          [500, path],
          [503, snapshot.id],
        ]),
      ),
    );
    return { file: table.metadataFile, avro: undefined, manifests };
  }
  const avro = await openAvro(table, file, "the manifest list");
  return avro && { file, avro, manifests: avro.records.map(manifestOf) };
}

export async function readManifest(
  table: LintTable,
  manifest: LintManifest,
): Promise<LintManifestFile | undefined> {
  const avro = await openAvro(table, manifest.path, "the manifest");
  if (avro === undefined) return undefined;
  const named = namedTypes(avro.schema);
  const partition = recordOf(recordOf(avro.schema, 2), 102);
  const partitionTypes = new Map<number, PrimitiveType>();
  for (const field of objects(partition?.fields))
    partitionTypes.set(Number(field["field-id"] ?? -1), typeOfAvro(field.type, named));
  const version = Number(avro.header.get("format-version") ?? guessedVersion(avro.schema));
  let nextRowId = manifest.isDeletes ? undefined : manifest.firstRowId;
  const entries = avro.records.map((record) => {
    const entry = entryOf(record, manifest, partitionTypes, nextRowId);
    const isAssigned = entry.status !== DELETED && entry.storedFirstRowId === undefined;
    if (nextRowId !== undefined && isAssigned) nextRowId += entry.recordCount;
    return entry;
  });
  return { avro, version, partitionTypes, entries };
}

/** A map of counts or sizes of an entry by column id. */
export function counts(entry: LintEntry, fieldId: number): ReadonlyMap<number, bigint> | undefined {
  return intMap<bigint>(entry.file.get(fieldId));
}

/** A map of bounds of an entry by column id. */
export function bounds(entry: LintEntry, fieldId: number): ReadonlyMap<number, Uint8Array> | undefined {
  return intMap<Uint8Array>(entry.file.get(fieldId));
}

export function longs(value: AvroValue | undefined): readonly bigint[] | undefined {
  return Array.isArray(value)
    ? (value as readonly AvroValue[]).map((item) => BigInt(item as bigint | number))
    : undefined;
}

export function longOf(value: AvroValue | undefined): bigint | undefined {
  return typeof value === "bigint" ? value : typeof value === "number" ? BigInt(value) : undefined;
}

/** For manifests without header keys: row ids came with version 3, sequence numbers with 2. */
function guessedVersion(schema: JsonObject): number {
  const has = (record: JsonObject | undefined, id: number) =>
    objects(record?.fields).some((field) => field["field-id"] === id);
  return has(recordOf(schema, 2), 142) ? 3 : has(schema, 3) ? 2 : 1;
}

function manifestOf(record: AvroRecord): LintManifest {
  return {
    record,
    path: String(record.get(500)),
    specId: Number(record.get(502) ?? 0),
    isDeletes: record.get(517) === 1,
    sequence: longOf(record.get(515)) ?? 0n,
    minSequence: longOf(record.get(516)),
    addedSnapshotId: longOf(record.get(503)) ?? -1n,
    firstRowId: longOf(record.get(520)),
  };
}

function entryOf(
  record: AvroRecord,
  manifest: LintManifest,
  types: ReadonlyMap<number, PrimitiveType>,
  nextRowId: bigint | undefined,
): LintEntry {
  const file = (record.get(2) ?? new Map()) as AvroRecord;
  const status = Number(record.get(0));
  const storedSnapshotId = longOf(record.get(1));
  const storedSequence = longOf(record.get(3));
  const storedFileSequence = longOf(record.get(4));
  const storedFirstRowId = longOf(file.get(142));
  const inherits = status === ADDED || manifest.sequence === 0n;
  const contentOffset = longOf(file.get(144));
  const path = String(file.get(100));
  const tuple = (file.get(102) ?? new Map()) as AvroRecord;
  return {
    manifest,
    status,
    storedSnapshotId,
    storedSequence,
    storedFileSequence,
    storedFirstRowId,
    snapshotId: storedSnapshotId ?? manifest.addedSnapshotId,
    sequence: storedSequence ?? (inherits ? manifest.sequence : undefined),
    fileSequence: storedFileSequence ?? (inherits ? manifest.sequence : undefined),
    firstRowId: storedFirstRowId ?? (status === DELETED ? undefined : nextRowId),
    file,
    content: Number(file.get(134) ?? 0),
    path,
    format: text(file.get(101) as string) ?? "",
    recordCount: longOf(file.get(103)) ?? 0n,
    sizeInBytes: longOf(file.get(104)) ?? 0n,
    contentOffset,
    contentSizeInBytes: longOf(file.get(145)),
    partition: new Map(
      [...tuple].map(([id, value]) => [Number(id), fromAvro(typeOr(types, Number(id)), value)]),
    ),
    key: contentOffset === undefined ? path : `${path}@${contentOffset}`,
  };
}

function typeOr(types: ReadonlyMap<number, PrimitiveType>, id: number): PrimitiveType {
  return types.get(id) ?? { kind: "primitive", name: "unknown" };
}
