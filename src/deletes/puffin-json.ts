/** The JSON of Puffin footers. Spec: Puffin, Footer Payload; requirements PUF-005 and PUF-008. @module */
import {
  IcebergError,
  INT32_MAX,
  INT32_MIN,
  INT64_MAX,
  INT64_MIN,
  isJsonObject,
  type Json,
  type JsonObject,
} from "../base/index.ts";
import type { PuffinBlob, PuffinFooter } from "./puffin.ts";

/** Blobs start behind the file's first magic. */
const FIRST_OFFSET = 4;

/**
 * Reads the payload. Unknown members are ignored; blobs must lie before `end`, where the footer starts.
 * @throws IcebergError `corrupt-file` on a missing or misshapen member.
 */
export function footerFromJson(
  json: Json,
  end: number,
  what: string,
): Pick<PuffinFooter, "blobs" | "properties"> {
  const reader = readerOf(`the footer of ${what}`);
  const object = reader.object(json, "it");
  const blobs = reader.list(object, "blobs").map((item, i) => {
    const blob = blobFromJson(item, readerOf(`blob ${i} in the footer of ${what}`));
    if (blob.offset < FIRST_OFFSET || blob.length < 0 || blob.offset + blob.length > end) {
      const place = `its ${blob.length} bytes at ${blob.offset}`;
      return reader.fail(
        `blob ${i} is not inside the file: ${place} must lie from ${FIRST_OFFSET} to ${end}`,
      );
    }
    return blob;
  });
  return { blobs, properties: reader.properties(object) };
}

/** Prints the payload, members in the order every known writer has them. */
export function footerToJson(
  blobs: readonly PuffinBlob[],
  properties: ReadonlyMap<string, string>,
): JsonObject {
  return {
    blobs: blobs.map((blob) => ({
      type: blob.type,
      fields: blob.fields,
      "snapshot-id": blob.snapshotId,
      "sequence-number": blob.sequenceNumber,
      offset: blob.offset,
      length: blob.length,
      "compression-codec": blob.compressionCodec,
      properties: propertiesToJson(blob.properties),
    })),
    properties: propertiesToJson(properties),
  };
}

/** Absent when there are none, as other writers have it. Any text is a key, `__proto__` included. */
function propertiesToJson(properties: ReadonlyMap<string, string>): JsonObject | undefined {
  return properties.size === 0 ? undefined : Object.fromEntries(properties);
}

function blobFromJson(json: Json, reader: Reader): PuffinBlob {
  const object = reader.object(json, "it");
  const codec = object["compression-codec"];
  if (codec !== undefined && codec !== null && typeof codec !== "string") {
    reader.fail("compression-codec must be a string");
  }
  return {
    type: reader.string(object, "type"),
    fields: reader.list(object, "fields").map((field) => {
      const isInt =
        typeof field === "number" && Number.isInteger(field) && field >= INT32_MIN && field <= INT32_MAX;
      return isInt ? field : reader.fail("fields must hold 32-bit integers");
    }),
    snapshotId: reader.long(object, "snapshot-id"),
    sequenceNumber: reader.integer(object, "sequence-number"),
    offset: reader.integer(object, "offset"),
    length: reader.integer(object, "length"),
    ...(typeof codec === "string" && { compressionCodec: codec }),
    properties: reader.properties(object),
  };
}

type Reader = ReturnType<typeof readerOf>;

/** Readers of one member each; `what` stands in their errors. */
function readerOf(what: string) {
  const fail = (why: string): never => {
    throw new IcebergError("corrupt-file", `Cannot read ${what}: ${why}`, { context: { what } });
  };
  const member = (object: JsonObject, key: string): Json => object[key] ?? fail(`${key} is missing`);
  const objectOf = (json: Json, name: string): JsonObject =>
    isJsonObject(json) ? json : fail(`${name} must be an object`);
  return {
    fail,
    object: objectOf,
    string(object: JsonObject, key: string): string {
      const value = member(object, key);
      return typeof value === "string" ? value : fail(`${key} must be a string`);
    },
    list(object: JsonObject, key: string): readonly Json[] {
      const value = member(object, key);
      return Array.isArray(value) ? (value as readonly Json[]) : fail(`${key} must be a list`);
    },
    long(object: JsonObject, key: string): bigint {
      const value = member(object, key);
      if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
      const isLong = typeof value === "bigint" && value >= INT64_MIN && value <= INT64_MAX;
      return isLong ? value : fail(`${key} must be a 64-bit integer`);
    },
    integer(object: JsonObject, key: string): number {
      const value = member(object, key);
      const isExact = typeof value === "number" && Number.isSafeInteger(value);
      return isExact ? value : fail(`${key} must be an integer up to 2^53-1`);
    },
    properties(object: JsonObject): ReadonlyMap<string, string> {
      const value = object.properties;
      if (value === undefined || value === null) return new Map();
      return new Map(
        Object.entries(objectOf(value, "properties")).map(([key, text]) =>
          typeof text === "string" ? [key, text] : fail(`property ${JSON.stringify(key)} must be a string`),
        ),
      );
    },
  };
}
