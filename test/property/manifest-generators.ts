/** fast-check generators of manifests: a partition spec over random columns, and entries that may be written. @module */
import fc from "fast-check";
import { avroName } from "../../src/avro/index.ts";
import type {
  DataFile,
  EntryStatus,
  FormatVersion,
  ManifestContent,
  ManifestEntry,
} from "../../src/manifests/index.ts";
import type { PartitionSpec } from "../../src/partitioning/index.ts";
import { type PrimitiveType, Schema } from "../../src/schema/index.ts";
import { anyBytes, anyLong, anyPrimitiveType, anyText, valuesOf } from "./value-generators.ts";

/** All that `writeManifest` takes but the codec. */
export interface ManifestCase {
  readonly formatVersion: FormatVersion;
  readonly content: ManifestContent;
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly snapshotId: bigint;
  readonly entries: readonly ManifestEntry[];
  readonly sync: Uint8Array;
}

const count = fc.oneof(fc.nat(), fc.constantFrom(0, 1, 63, 64, 2 ** 31, 2 ** 53 - 1));
const id = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constantFrom(16_383, 16_384, 2147483546));
const sequence = fc.nat({ max: 1000 });

function mapOf<V>(value: fc.Arbitrary<V>): fc.Arbitrary<ReadonlyMap<number, V>> {
  return fc
    .uniqueArray(fc.tuple(id, value), { maxLength: 6, selector: ([key]) => key })
    .map((pairs) => new Map(pairs));
}

/** A deterministic share of row counts, so that sums stay safe integers. */
const rows = fc.nat({ max: 2 ** 40 });

const metrics = {
  columnSizes: mapOf(count),
  valueCounts: mapOf(count),
  nullValueCounts: mapOf(count),
  nanValueCounts: mapOf(count),
  lowerBounds: mapOf(anyBytes),
  upperBounds: mapOf(anyBytes),
  keyMetadata: anyBytes,
  splitOffsets: fc.array(count, { maxLength: 3 }),
};

type Shape = Partial<DataFile> &
  Pick<DataFile, "content" | "fileFormat" | "recordCount" | "fileSizeInBytes" | "filePath">;

function shapes(version: FormatVersion, content: ManifestContent): fc.Arbitrary<Shape> {
  const base = { filePath: anyText, recordCount: rows, fileSizeInBytes: count };
  const requiredKeys = ["filePath", "recordCount", "fileSizeInBytes", "content", "fileFormat"] as const;
  const sortOrderId = fc.nat({ max: 9 });
  if (content === "data") {
    const fileFormat = fc.constantFrom("parquet", "avro", "orc");
    return fc.record(
      { ...base, ...metrics, sortOrderId, content: fc.constant("data"), fileFormat },
      { requiredKeys: [...requiredKeys] },
    ) as fc.Arbitrary<Shape>;
  }
  const referencedDataFile = anyText;
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
      referencedDataFile,
    },
    { requiredKeys: [...requiredKeys] },
  );
  const vector = fc.record({
    ...base,
    content: fc.constant("position-deletes"),
    fileFormat: fc.constant("puffin"),
    referencedDataFile,
    contentOffset: count,
    contentSizeInBytes: count,
  });
  return (
    version === 3 ? fc.oneof(equality, position, vector) : fc.oneof(equality, position)
  ) as fc.Arbitrary<Shape>;
}

const statuses = fc.constantFrom<EntryStatus>("added", "existing", "deleted");

function entriesOf(version: FormatVersion, content: ManifestContent, types: readonly PrimitiveType[]) {
  const tuple = fc.tuple(...types.map((type) => fc.option(valuesOf(type), { nil: null, freq: 5 })));
  const entry = fc
    .tuple(
      statuses,
      shapes(version, content),
      tuple,
      anyLong,
      sequence,
      sequence,
      fc.boolean(),
      fc.option(anyRowId),
    )
    .map(
      ([
        status,
        shape,
        partition,
        snapshotId,
        sequenceNumber,
        later,
        explicit,
        firstRowId,
      ]): ManifestEntry => {
        const rowId = version === 3 && content === "data" && status !== "added" && firstRowId !== null;
        const dataFile: DataFile = { ...shape, specId: 7, partition, ...(rowId ? { firstRowId } : {}) };
        if (status === "added") {
          return { status, dataFile, ...(version > 1 && explicit ? { sequenceNumber } : {}) };
        }
        if (version === 1) return { status, snapshotId, dataFile };
        return { status, snapshotId, sequenceNumber, fileSequenceNumber: sequenceNumber + later, dataFile };
      },
    );
  return fc.array(entry, { minLength: 1, maxLength: 6 });
}

const anyRowId = fc.bigInt({ min: 0n, max: 2n ** 62n });

/** Partition field names: anything that is still distinct once Avro's rule is applied. */
const names = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom("a", "b-1", "1a", "é"),
    anyText.filter((text) => text !== ""),
  ),
  {
    maxLength: 4,
    selector: avroName,
  },
);

/** Manifests of every version and content that may be written. */
export const manifestCase: fc.Arbitrary<ManifestCase> = fc
  .constantFrom<[FormatVersion, ManifestContent]>(
    [1, "data"],
    [2, "data"],
    [3, "data"],
    [2, "deletes"],
    [3, "deletes"],
  )
  .chain(([formatVersion, content]) =>
    names.chain((fieldNames) =>
      fc.tuple(...fieldNames.map(() => anyPrimitiveType)).chain((types) =>
        fc.record({
          formatVersion: fc.constant(formatVersion),
          content: fc.constant(content),
          schema: fc.constant(
            new Schema(types.map((type, i) => ({ id: i + 1, name: `c${i}`, required: false, type }))),
          ),
          spec: fc.constant<PartitionSpec>({
            specId: 7,
            fields: fieldNames.map((name, i) => ({
              sourceId: i + 1,
              fieldId: 1000 + i,
              name,
              transform: { kind: "identity" },
            })),
          }),
          snapshotId: anyLong,
          entries: entriesOf(formatVersion, content, types),
          sync: fc.uint8Array({ minLength: 16, maxLength: 16 }),
        }),
      ),
    ),
  );
