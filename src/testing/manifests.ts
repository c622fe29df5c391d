/** Manifests of every version and content that may be written. Spec: Manifests. @module */
import fc from "fast-check";
import { avroName } from "../avro/index.ts";
import type {
  DataFile,
  EntryStatus,
  FormatVersion,
  ManifestContent,
  ManifestEntry,
} from "../manifests/index.ts";
import { type PartitionSpec, partitionFields } from "../partitioning/index.ts";
import { type PrimitiveType, Schema } from "../schema/index.ts";
import { arbitraryBytes, arbitraryLong, arbitraryText } from "./scalars.ts";
import { arbitraryComparableType } from "./types.ts";
import { arbitraryTuple } from "./values.ts";

/** A manifest to be written: all that `writeManifest` takes but the codec. */
export interface ManifestCase {
  readonly formatVersion: FormatVersion;
  readonly content: ManifestContent;
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly snapshotId: bigint;
  readonly entries: readonly ManifestEntry[];
  readonly sync: Uint8Array;
}

export interface ManifestOptions {
  /** Default: any. */
  readonly formatVersion?: FormatVersion;
  /** Default: any the version has; version 1 has no delete manifests. */
  readonly content?: ManifestContent;
  /** Default: random columns, partitioned by identity. A spec needs its schema. */
  readonly partitioned?: { readonly schema: Schema; readonly spec: PartitionSpec };
}

/** Manifests with entries of every status, explicit and inherited numbers, metrics present and absent. */
export function arbitraryManifest(options: ManifestOptions = {}): fc.Arbitrary<ManifestCase> {
  const kinds = (
    [
      [1, "data"],
      [2, "data"],
      [3, "data"],
      [2, "deletes"],
      [3, "deletes"],
    ] as const
  ).filter(
    ([version, content]) =>
      version === (options.formatVersion ?? version) && content === (options.content ?? content),
  );
  const partitioned =
    options.partitioned === undefined ? arbitraryPartitioned() : fc.constant(options.partitioned);
  return fc
    .tuple(fc.constantFrom(...kinds), partitioned)
    .chain(([[formatVersion, content], { schema, spec }]) => {
      const types = partitionFields(spec, schema).map((field) => field.type as PrimitiveType);
      return fc.record({
        formatVersion: fc.constant<FormatVersion>(formatVersion),
        content: fc.constant<ManifestContent>(content),
        schema: fc.constant(schema),
        spec: fc.constant(spec),
        snapshotId: arbitraryLong(),
        entries: fc.array(arbitraryManifestEntry(formatVersion, content, types, spec.specId), {
          minLength: 1,
          maxLength: 6,
        }),
        sync: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      });
    });
}

/** One entry; `types` are those of its partition values. */
export function arbitraryManifestEntry(
  formatVersion: FormatVersion,
  content: ManifestContent,
  types: readonly PrimitiveType[],
  specId = 7,
): fc.Arbitrary<ManifestEntry> {
  const sequence = fc.nat({ max: 1000 });
  return fc
    .record({
      status: fc.constantFrom<EntryStatus>("added", "existing", "deleted"),
      shape: arbitraryShape(formatVersion, content),
      partition: arbitraryTuple(types),
      snapshotId: arbitraryLong(),
      sequenceNumber: sequence,
      later: sequence,
      explicit: fc.boolean(),
      firstRowId: fc.option(fc.bigInt({ min: 0n, max: 2n ** 62n })),
    })
    .map(({ status, shape, partition, snapshotId, sequenceNumber, later, explicit, firstRowId }) => {
      const hasRowId = formatVersion === 3 && content === "data" && status !== "added" && firstRowId !== null;
      const dataFile: DataFile = { ...shape, specId, partition, ...(hasRowId ? { firstRowId } : {}) };
      if (status === "added") {
        return { status, dataFile, ...(formatVersion > 1 && explicit ? { sequenceNumber } : {}) };
      }
      if (formatVersion === 1) return { status, snapshotId, dataFile };
      return { status, snapshotId, sequenceNumber, fileSequenceNumber: sequenceNumber + later, dataFile };
    });
}

/** Partition fields of any type, by names that are still distinct once Avro's rule is applied (MAN-049). */
function arbitraryPartitioned(): fc.Arbitrary<{ readonly schema: Schema; readonly spec: PartitionSpec }> {
  const name = fc.oneof(
    fc.constantFrom("a", "b-1", "1a", "é"),
    arbitraryText().filter((text) => text !== ""),
  );
  const named = fc.uniqueArray(fc.tuple(name, arbitraryComparableType()), {
    maxLength: 4,
    selector: ([text]) => avroName(text),
  });
  return named.map((fields) => ({
    schema: new Schema(fields.map(([, type], at) => ({ id: at + 1, name: `c${at}`, required: false, type }))),
    spec: {
      specId: 7,
      fields: fields.map(([text], at) => ({
        sourceId: at + 1,
        fieldId: 1000 + at,
        name: text,
        transform: { kind: "identity" },
      })),
    },
  }));
}

type Shape = Omit<DataFile, "specId" | "partition" | "firstRowId">;

function arbitraryShape(version: FormatVersion, content: ManifestContent): fc.Arbitrary<Shape> {
  const count = fc.oneof(fc.nat(), fc.constantFrom(0, 1, 63, 64, 2 ** 31, 2 ** 53 - 1));
  const id = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constantFrom(16_383, 16_384, 2147483546));
  const mapOf = <V>(value: fc.Arbitrary<V>): fc.Arbitrary<ReadonlyMap<number, V>> =>
    fc
      .uniqueArray(fc.tuple(id, value), { maxLength: 6, selector: ([key]) => key })
      .map((pairs) => new Map(pairs));
  const metrics = {
    columnSizes: mapOf(count),
    valueCounts: mapOf(count),
    nullValueCounts: mapOf(count),
    nanValueCounts: mapOf(count),
    lowerBounds: mapOf(arbitraryBytes()),
    upperBounds: mapOf(arbitraryBytes()),
    keyMetadata: arbitraryBytes(),
    splitOffsets: fc.array(count, { maxLength: 3 }),
  };
  const base = {
    filePath: arbitraryText(),
    // A share of what a count may be, so that sums stay safe integers.
    recordCount: fc.nat({ max: 2 ** 40 }),
    fileSizeInBytes: count,
  };
  const requiredKeys = ["filePath", "recordCount", "fileSizeInBytes", "content", "fileFormat"] as const;
  const sortOrderId = fc.nat({ max: 9 });
  if (content === "data") {
    const fileFormat = fc.constantFrom("parquet", "avro", "orc");
    return fc.record(
      { ...base, ...metrics, sortOrderId, content: fc.constant("data"), fileFormat },
      { requiredKeys: [...requiredKeys] },
    ) as fc.Arbitrary<Shape>;
  }
  const equality = fc.record(
    {
      ...base,
      ...metrics,
      sortOrderId,
      content: fc.constant("equality-deletes"),
      fileFormat: fc.constant("parquet"),
      equalityIds: fc.array(id, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: [...requiredKeys, "equalityIds"] },
  );
  const position = fc.record(
    {
      ...base,
      ...metrics,
      content: fc.constant("position-deletes"),
      fileFormat: fc.constant("orc"),
      referencedDataFile: arbitraryText(),
    },
    { requiredKeys: [...requiredKeys] },
  );
  const vector = fc.record({
    ...base,
    content: fc.constant("position-deletes"),
    fileFormat: fc.constant("puffin"),
    referencedDataFile: arbitraryText(),
    contentOffset: count,
    contentSizeInBytes: count,
  });
  return (
    version === 3 ? fc.oneof(equality, position, vector) : fc.oneof(equality, position)
  ) as fc.Arbitrary<Shape>;
}
