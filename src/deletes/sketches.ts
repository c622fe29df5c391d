/** Statistics blobs: what table metadata repeats of them. Spec: Puffin, `apache-datasketches-theta-v1`; Table Metadata. @module */
import { IcebergError } from "../base/index.ts";
import type { PuffinBlob } from "./puffin.ts";

/** Type of a blob that is a theta sketch; its content is opaque here (PUF-028). */
export const THETA_SKETCH_V1 = "apache-datasketches-theta-v1";

/** A blob as the statistics of table metadata list it. */
export type RegisteredBlob = Pick<
  PuffinBlob,
  "type" | "snapshotId" | "sequenceNumber" | "fields" | "properties"
>;

/** The list that table metadata must repeat of a statistics file (PUF-031). */
export function registeredBlobs(blobs: readonly PuffinBlob[]): RegisteredBlob[] {
  return blobs.map(({ type, snapshotId, sequenceNumber, fields, properties }) => ({
    type,
    snapshotId,
    sequenceNumber,
    fields,
    properties,
  }));
}

/**
 * The estimated number of distinct values; `undefined` when the blob states none (PUF-029).
 * @throws IcebergError `corrupt-file` when it is not written in decimal digits alone.
 */
export function distinctValues({
  properties,
  fields,
}: Pick<PuffinBlob, "properties" | "fields">): bigint | undefined {
  const ndv = properties.get("ndv");
  if (ndv === undefined) return undefined;
  if (/^\d{1,19}$/.test(ndv)) return BigInt(ndv);
  throw new IcebergError(
    "corrupt-file",
    `Cannot read ndv ${JSON.stringify(ndv)} of fields ${fields}: no decimal digits`,
  );
}
