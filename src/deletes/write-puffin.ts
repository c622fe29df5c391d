/** Writing Puffin files. Spec: Puffin; requirements PUF-009, PUF-010, PUF-032 and PUF-033. @module */
import { concatBytes, IcebergError, INT64_MAX, INT64_MIN, stringifyJson, utf8Encode } from "../base/index.ts";
import { type PuffinBlob, puffinMagic } from "./puffin.ts";
import { compressPuffin, type PuffinCodec } from "./puffin-codecs.ts";
import { footerToJson } from "./puffin-json.ts";

/** A blob to write; see {@link PuffinBlob} for its members. */
export interface PuffinBlobInput
  extends Pick<PuffinBlob, "type" | "fields" | "snapshotId" | "sequenceNumber"> {
  /** The content, not compressed yet. */
  readonly bytes: Uint8Array;
  /** Default none, which every reader can read; Java and PyIceberg cannot read `lz4`. */
  readonly codec?: PuffinCodec;
  readonly properties?: ReadonlyMap<string, string>;
}

export interface WritePuffinOptions {
  readonly blobs: readonly PuffinBlobInput[];
  /** Properties of the file. Default {@link PUFFIN_PROPERTIES}. */
  readonly properties?: ReadonlyMap<string, string>;
  /** Compress the footer with lz4, which hardly any reader can read. Default false (PUF-010). */
  readonly compressFooter?: boolean;
}

/** A whole file, its size known before anything is committed (PUF-033). */
export interface WrittenPuffin {
  readonly bytes: Uint8Array;
  readonly footerSize: number;
  /** In the order given, with offsets and stored lengths. */
  readonly blobs: readonly PuffinBlob[];
}

/** The product and version that writes Puffin files (PUF-009). */
export const PUFFIN_CREATED_BY = "icewright 0.1.0";
/** Properties of a file whose writer gives none. */
export const PUFFIN_PROPERTIES: ReadonlyMap<string, string> = new Map([["created-by", PUFFIN_CREATED_BY]]);

/**
 * Lays out a file: blobs in the order given, without gaps, from byte 4 on.
 * @throws IcebergError `invalid-argument` on a compressed deletion vector (PUF-022) or numbers that are none of JSON's
 * long, `unavailable` when a codec is not there.
 */
export function writePuffin({
  blobs: inputs,
  properties = PUFFIN_PROPERTIES,
  compressFooter = false,
}: WritePuffinOptions): WrittenPuffin {
  const magic = puffinMagic();
  const parts: Uint8Array[] = [magic];
  const blobs: PuffinBlob[] = [];
  let offset = magic.length;
  for (const input of inputs) {
    checkInput(input);
    const stored = input.codec === undefined ? input.bytes : compressPuffin(input.codec, input.bytes);
    parts.push(stored);
    blobs.push({
      type: input.type,
      fields: input.fields,
      snapshotId: input.snapshotId,
      sequenceNumber: input.sequenceNumber,
      offset,
      length: stored.length,
      ...(input.codec !== undefined && { compressionCodec: input.codec }),
      properties: input.properties ?? new Map(),
    });
    offset += stored.length;
  }
  const json = utf8Encode(stringifyJson(footerToJson(blobs, properties)));
  const payload = compressFooter ? compressPuffin("lz4", json) : json;
  const end = new Uint8Array(8);
  const view = new DataView(end.buffer);
  view.setInt32(0, payload.length, true);
  view.setUint32(4, compressFooter ? 1 : 0, true);
  parts.push(magic, payload, end, magic);
  return {
    bytes: concatBytes(parts),
    footerSize: 2 * magic.length + payload.length + end.length,
    blobs,
  };
}

function checkInput({ type, codec, snapshotId, sequenceNumber, fields }: PuffinBlobInput): void {
  const refuse = (why: string) =>
    new IcebergError("invalid-argument", `Cannot write a Puffin blob of type ${type}: ${why}`, {
      context: { type },
    });
  if (type === "deletion-vector-v1" && codec !== undefined) {
    throw refuse(`deletion vectors are never compressed, leave out the codec ${codec}`);
  }
  if (snapshotId < INT64_MIN || snapshotId > INT64_MAX)
    throw refuse(`snapshot id ${snapshotId} is no 64-bit integer`);
  if (!Number.isSafeInteger(sequenceNumber))
    throw refuse(`sequence number ${sequenceNumber} is no safe integer`);
  for (const field of fields) {
    if ((field | 0) !== field) throw refuse(`field id ${field} is no 32-bit integer`);
  }
}
