/** The header of a manifest: what it says of itself when no manifest list does. Spec: Manifests; MAN-002, 003. @module */
import { type AvroContainer, openContainer } from "../avro/index.ts";
import { IcebergError, type Json, parseJson } from "../base/index.ts";
import type { ManifestContent, ManifestFile } from "./data-file.ts";

/** Key-value pairs of a manifest's header with the defaults of missing ones. */
export interface ManifestHeader {
  /** Default 1. */
  readonly formatVersion: number;
  /** Default 0. */
  readonly specId: number;
  /** Default `data`. What the manifest list says wins. */
  readonly content: ManifestContent;
  readonly schemaId?: number;
  /** Schema JSON; absent: take the table's. */
  readonly schema?: Json;
  /** JSON array of the spec's fields; absent: take the table's. */
  readonly partitionSpec?: Json;
}

/** The highest format version that is read (decision 4). */
const MAX_FORMAT_VERSION = 3;

/**
 * Reads the header alone. `what` names the file in errors.
 * @throws IcebergError `corrupt-file`, `unsupported` for format version 4 and later.
 */
export function manifestHeader(bytes: Uint8Array, what = "manifest"): ManifestHeader {
  const container = openContainer(bytes, what);
  const form = formOf(container);
  const schemaId = integer(container, "schema-id");
  const schema = container.text("schema");
  const partitionSpec = container.text("partition-spec");
  return {
    ...form,
    specId: integer(container, "partition-spec-id") ?? 0,
    ...(schemaId === undefined ? {} : { schemaId }),
    ...(schema === undefined ? {} : { schema: parseJson(schema, `the schema of ${what}`) }),
    ...(partitionSpec === undefined
      ? {}
      : { partitionSpec: parseJson(partitionSpec, `the partition spec of ${what}`) }),
  };
}

/** Where metadata of version 1 names a manifest without a list. */
export interface InlinePlace {
  readonly manifestPath: string;
  /** The snapshot whose `manifests` name it. */
  readonly snapshotId: bigint;
}

/**
 * The list entry of a manifest that version 1 metadata names itself (MAN-050): sequence numbers 0, counts
 * unknown, the spec id from its header.
 * @throws IcebergError as {@link manifestHeader}.
 */
export function inlineManifest(bytes: Uint8Array, place: InlinePlace): ManifestFile {
  return {
    manifestPath: place.manifestPath,
    manifestLength: bytes.length,
    partitionSpecId: manifestHeader(bytes, place.manifestPath).specId,
    content: "data",
    sequenceNumber: 0,
    minSequenceNumber: 0,
    addedSnapshotId: place.snapshotId,
  };
}

/** Opens a manifest after a look at its format (MAN-005, MAN-092). */
export function openManifest(bytes: Uint8Array, what: string): AvroContainer {
  if (bytes[0] === 0x50 && bytes[1] === 0x41 && bytes[2] === 0x52 && bytes[3] === 0x31) {
    throw new IcebergError(
      "unsupported",
      `Cannot read ${what}: Parquet manifests belong to format version 4, at most ${MAX_FORMAT_VERSION} is read`,
      { context: { what } },
    );
  }
  const container = openContainer(bytes, what);
  formOf(container);
  return container;
}

/** What a reader must know before it reads entries; schema and spec it has from the table. */
function formOf(container: AvroContainer): Pick<ManifestHeader, "formatVersion" | "content"> {
  const { what } = container;
  const formatVersion = integer(container, "format-version") ?? 1;
  if (formatVersion > MAX_FORMAT_VERSION) {
    throw new IcebergError(
      "unsupported",
      `Cannot read ${what}: it has format version ${formatVersion}, at most ${MAX_FORMAT_VERSION} is read`,
      { context: { what, formatVersion } },
    );
  }
  const content = container.text("content") ?? "data";
  if (content !== "data" && content !== "deletes") {
    throw new IcebergError("corrupt-file", `Cannot read ${what}: its content is ${JSON.stringify(content)}`, {
      context: { what, content },
    });
  }
  return { formatVersion, content };
}

function integer(container: AvroContainer, key: string): number | undefined {
  const text = container.text(key);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^-?[0-9]+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new IcebergError(
      "corrupt-file",
      `Cannot read ${container.what}: its ${key} is ${JSON.stringify(text)}`,
      { context: { what: container.what, key, text } },
    );
  }
  return number;
}
