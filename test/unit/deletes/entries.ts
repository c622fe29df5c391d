/** A table and manifest entries of its data and delete files, for the tests of the delete index. @module */

import type { DataFile, ManifestEntry } from "../../../src/manifests/index.ts";
import type { PartitionSpec } from "../../../src/partitioning/index.ts";
import type { PrimitiveType, Schema as TableSchema } from "../../../src/schema/index.ts";
import { Schema } from "../../../src/schema/index.ts";
import { encodeValue } from "../../../src/values/index.ts";

export const schema: TableSchema = new Schema([
  { id: 1, name: "id", required: true, type: { kind: "long" } },
  { id: 2, name: "name", required: false, type: { kind: "string" } },
  { id: 3, name: "ratio", required: false, type: { kind: "double" } },
  {
    id: 4,
    name: "place",
    required: false,
    type: { kind: "struct", fields: [{ id: 5, name: "city", required: true, type: { kind: "string" } }] },
  },
  {
    id: 6,
    name: "tags",
    required: false,
    type: { kind: "list", elementId: 7, elementRequired: true, element: { kind: "string" } },
  },
]);

const UNPARTITIONED: PartitionSpec = { specId: 0, fields: [] };
const BY_RATIO: PartitionSpec = {
  specId: 1,
  fields: [{ sourceId: 3, fieldId: 1000, name: "ratio", transform: { kind: "identity" } }],
};
const BY_RATIO_AGAIN: PartitionSpec = { ...BY_RATIO, specId: 2 };
const ALL_VOID: PartitionSpec = {
  specId: 3,
  fields: [{ sourceId: 3, fieldId: 1000, name: "ratio", transform: { kind: "void" } }],
};
const UNKNOWN: PartitionSpec = {
  specId: 4,
  fields: [{ sourceId: 2, fieldId: 1001, name: "odd", transform: { kind: "unknown", text: "odd[3]" } }],
};
export const specs: readonly PartitionSpec[] = [UNPARTITIONED, BY_RATIO, BY_RATIO_AGAIN, ALL_VOID, UNKNOWN];
export const table = { specs, schema };

export type EntryChanges = Partial<DataFile> & { readonly sequence?: number; readonly deleted?: boolean };

function entry(file: DataFile, sequence: number | undefined, deleted = false): ManifestEntry {
  return {
    status: deleted ? "deleted" : "added",
    snapshotId: 1n,
    ...(sequence !== undefined && { sequenceNumber: sequence }),
    dataFile: file,
  };
}

function file(changes: Partial<DataFile> & Pick<DataFile, "content" | "filePath">): DataFile {
  return {
    fileFormat: "parquet",
    specId: 1,
    partition: [1],
    recordCount: 10,
    fileSizeInBytes: 1000,
    ...changes,
  };
}

export function data({ sequence = 5, deleted, ...changes }: EntryChanges = {}): ManifestEntry {
  return entry(file({ content: "data", filePath: "s3://b/t/data/1.parquet", ...changes }), sequence, deleted);
}

export function positionDeletes({ sequence = 5, deleted, ...changes }: EntryChanges = {}): ManifestEntry {
  return entry(
    file({ content: "position-deletes", filePath: "s3://b/t/pos.parquet", ...changes }),
    sequence,
    deleted,
  );
}

export function equalityDeletes({ sequence = 6, deleted, ...changes }: EntryChanges = {}): ManifestEntry {
  return entry(
    file({ content: "equality-deletes", filePath: "s3://b/t/eq.parquet", equalityIds: [1], ...changes }),
    sequence,
    deleted,
  );
}

export function vector({ sequence = 5, deleted, ...changes }: EntryChanges = {}): ManifestEntry {
  return entry(
    file({
      content: "position-deletes",
      filePath: "s3://b/t/dv.puffin",
      fileFormat: "puffin",
      referencedDataFile: "s3://b/t/data/1.parquet",
      contentOffset: 4,
      contentSizeInBytes: 50,
      ...changes,
    }),
    sequence,
    deleted,
  );
}

const PATH_ID = 2147483546;

/** Bounds of the column `file_path` of a position delete file. */
export function pathsFrom(lower: string, upper: string): Pick<DataFile, "lowerBounds" | "upperBounds"> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  return {
    lowerBounds: new Map([[PATH_ID, bytes(lower)]]),
    upperBounds: new Map([[PATH_ID, bytes(upper)]]),
  };
}

type Held = Parameters<typeof encodeValue>[1];

/** Metrics of one column: bounds and counts of values, nulls and NaNs. */
export function metrics(
  id: number,
  type: PrimitiveType,
  facts: {
    readonly range?: readonly [Held, Held];
    readonly values?: number;
    readonly nulls?: number;
    readonly nans?: number;
  },
): Partial<DataFile> {
  const { range, values, nulls, nans } = facts;
  return {
    ...(range && {
      lowerBounds: new Map([[id, encodeValue(type, range[0])]]),
      upperBounds: new Map([[id, encodeValue(type, range[1])]]),
    }),
    ...(values !== undefined && { valueCounts: new Map([[id, values]]) }),
    ...(nulls !== undefined && { nullValueCounts: new Map([[id, nulls]]) }),
    ...(nans !== undefined && { nanValueCounts: new Map([[id, nans]]) }),
  };
}
