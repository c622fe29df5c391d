/** Which delete manifests matter to some data files. Spec: Scan Planning; requirement SCN-068. @module */
import { IcebergError } from "../base/index.ts";
import type { DataFile, ManifestFile } from "../manifests/index.ts";
import {
  isUnpartitioned,
  type PartitionTuple,
  partitionFields,
  partitionKey,
} from "../partitioning/index.ts";
import type { Field, PrimitiveType, PrimitiveValue } from "../schema/index.ts";
import { type Comparator, compareValues, decodeValue, type FieldSummary } from "../values/index.ts";
import type { DeleteIndexOptions } from "./delete-index.ts";

/**
 * The delete manifests that may hold deletes for data files of these partitions, in their order. Those of an
 * unpartitioned spec always may, for their equality deletes apply to the whole table.
 * @throws IcebergError `invalid-metadata` when a manifest is of a spec the table does not have.
 */
export function deleteManifestsFor(
  manifests: readonly ManifestFile[],
  files: Iterable<Pick<DataFile, "specId" | "partition">>,
  { specs, schema }: DeleteIndexOptions,
): ManifestFile[] {
  const bySpec = new Map(
    Array.from(specs, (spec) => [
      spec.specId,
      {
        fields: partitionFields(spec, schema),
        isGlobal: isUnpartitioned(spec),
        tuples: new Map<string, PartitionTuple>(),
      },
    ]),
  );
  for (const { specId, partition } of files) {
    const spec = bySpec.get(specId);
    spec?.tuples.set(partitionKey(spec.fields, partition), partition);
  }
  return manifests.filter((manifest) => {
    if (manifest.content !== "deletes") return false;
    if (manifest.addedFilesCount === 0 && manifest.existingFilesCount === 0) return false;
    const spec = bySpec.get(manifest.partitionSpecId);
    if (spec === undefined) {
      throw new IcebergError(
        "invalid-metadata",
        `Cannot apply deletes: ${manifest.manifestPath} is of partition spec ${manifest.partitionSpecId}, which the table does not have`,
      );
    }
    if (spec.isGlobal) return true;
    const tests = summaryTests(spec.fields, manifest.partitions);
    for (const tuple of spec.tuples.values()) {
      if (tests.every((test, i) => test(tuple[i] ?? null))) return true;
    }
    return false;
  });
}

export type ValueTest = (value: PrimitiveValue | null) => boolean;

/** For each partition field, whether a value may occur in the manifest. Absent summaries rule nothing out. */
export function summaryTests(
  fields: readonly Field[],
  summaries: readonly FieldSummary[] | undefined,
): ValueTest[] {
  return fields.map((field, i) => {
    const summary = summaries?.[i];
    if (summary === undefined) return () => true;
    const type = field.type as PrimitiveType;
    const lower = boundOf(type, summary.lowerBound);
    const upper = boundOf(type, summary.upperBound);
    const compare = orderOf(type);
    return (value) => {
      if (value === null) return summary.containsNull;
      if (Number.isNaN(value)) return summary.containsNan !== false;
      return (
        !(lower !== undefined && compare(value, lower) < 0) &&
        !(upper !== undefined && compare(value, upper) > 0)
      );
    };
  });
}

/** The order of values, save that -0 equals 0: writers of summaries differ in that. */
function orderOf(type: PrimitiveType): Comparator {
  if (type.kind !== "float" && type.kind !== "double") return compareValues(type);
  return (a, b) => (a < b ? -1 : a > b ? 1 : 0);
}

function boundOf(type: PrimitiveType, bytes: Uint8Array | undefined): PrimitiveValue | undefined {
  if (bytes === undefined) return undefined;
  try {
    return decodeValue(type, bytes);
  } catch (error) {
    // A bound that cannot be read bounds nothing.
    if (error instanceof IcebergError) return undefined;
    throw error;
  }
}
