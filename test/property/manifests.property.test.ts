/** Laws of manifests and manifest lists: round trips, other writers' variants, avsc, damage. @module */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { avroName, openContainer } from "../../src/avro/index.ts";
import { isIcebergError } from "../../src/base/index.ts";
import {
  countEntries,
  type DataFile,
  type ManifestColumns,
  type ManifestEntry,
  type ManifestFile,
  manifestHeader,
  readManifest,
  readManifestList,
  summarizePartitions,
  writeManifest,
  writeManifestList,
} from "../../src/manifests/index.ts";
import { partitionFields } from "../../src/partitioning/index.ts";
import type { PrimitiveType, PrimitiveValue } from "../../src/schema/index.ts";
import {
  arbitraryBytes,
  arbitraryManifest,
  checkManifestCodec,
  inheritedEntries,
  type ManifestCase,
} from "../../src/testing/index.ts";
import { encodeUnscaledFixed, encodeValue } from "../../src/values/index.ts";
import { avscRead, avscWrite, type Generic } from "./avro-oracle.ts";
import { containerOf, variantOf } from "./avro-variants.ts";
import { runs } from "./runs.ts";

const codecs = fc.constantFrom("null" as const, "deflate" as const);
const SEQUENCE = 5000;

function written(of: ManifestCase, codec: "null" | "deflate" = "null") {
  return writeManifest({ ...of, compression: { codec } });
}

function context(of: ManifestCase): ManifestFile {
  const { manifest } = written(of);
  return {
    minSequenceNumber: SEQUENCE,
    ...manifest,
    manifestPath: "m.avro",
    sequenceNumber: of.formatVersion === 1 ? 0 : SEQUENCE,
    ...(of.formatVersion === 3 && of.content === "data" ? { firstRowId: 10n } : {}),
  };
}

function read(of: ManifestCase, bytes: Uint8Array, columns: ManifestColumns = {}): ManifestEntry[] {
  const fields = partitionFields(of.spec, of.schema);
  return readManifest(bytes, { manifest: context(of), fields, what: "m.avro", columns });
}

/** What must be read: entries with everything inherited. */
function inherited(of: ManifestCase): ManifestEntry[] {
  return inheritedEntries(of, {
    sequenceNumber: SEQUENCE,
    firstRowId: of.formatVersion === 3 && of.content === "data" ? 10n : undefined,
  });
}

describe("manifests (P25)", () => {
  test.each(["null", "deflate"] as const)(
    "what is written with codec %s is read, with inheritance (MAN-014, MAN-029, MAN-036, MAN-053)",
    (codec) => {
      const { numRuns } = runs(60);
      const law: Parameters<typeof checkManifestCodec>[0] = {
        write: (of) => written(of, codec).bytes,
        read: (bytes, of, { sequenceNumber, firstRowId }) => {
          const { firstRowId: _, ...manifest } = { ...context(of), sequenceNumber };
          const fields = partitionFields(of.spec, of.schema);
          const numbered = firstRowId === undefined ? manifest : { ...manifest, firstRowId };
          return readManifest(bytes, { manifest: numbered, fields, what: "m.avro" });
        },
      };
      expect(checkManifestCodec(law, { numRuns })).toBe(numRuns);
    },
  );

  test("a projection gives the same metrics, restricted (MAN-039)", () => {
    const ids = fc.uniqueArray(
      fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constantFrom(16_383, 16_384, 2147483546)),
    );
    fc.assert(
      fc.property(arbitraryManifest(), ids, (of, wanted) => {
        const only = new Set(wanted);
        const lean = read(of, written(of).bytes, { metricsFor: only, columnSizes: true });
        expect(lean.map(plain)).toEqual(inherited(of).map((entry) => plain(restricted(entry, only))));
      }),
    );
  });

  test("fields dropped, added and reordered, unions turned, blocks split: the same entries (MAN-015, 055, 062, 063)", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryManifest(), fc.infiniteStream(fc.nat()), async (of, numbers) => {
        const choose = (options: number) => numbers.next().value! % options;
        const { bytes } = written(of);
        const dropped = new Set([...OPTIONAL.keys()].filter(() => choose(4) === 0));
        const schema = JSON.parse(openContainer(bytes, "m").text("avro.schema")!) as unknown;
        const variant = variantOf(without(schema, dropped), choose);
        const other = containerOf(variant, await avscRead(bytes), choose);
        expect(read(of, other).map(plain)).toEqual(
          inherited(of).map((entry) => plain(lacking(entry, dropped))),
        );
      }),
      runs(40),
    );
  });
});

describe("avsc, an independent codec", () => {
  test("reads what we write, by name", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryManifest(), codecs, async (of, codec) => {
        const records = await avscRead(written(of, codec).bytes);
        expect(records.map(cleaned)).toEqual(of.entries.map((entry) => generic(entry, of)));
      }),
      runs(40),
    );
  });

  test("writes what we read, with ids and without (MAN-064)", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryManifest(), codecs, fc.boolean(), async (of, codec, ids) => {
        const { bytes } = written(of);
        const schema = JSON.parse(openContainer(bytes, "m").text("avro.schema")!) as unknown;
        const other = await avscWrite(schema, await avscRead(bytes), codec, ids);
        expect(read(of, other).map(plain)).toEqual(inherited(of).map(plain));
      }),
      runs(40),
    );
  });
});

const summary = fc.record(
  {
    containsNull: fc.boolean(),
    containsNan: fc.boolean(),
    lowerBound: arbitraryBytes(),
    upperBound: arbitraryBytes(),
  },
  { requiredKeys: ["containsNull"] },
);
const counter = fc.nat();
const manifestFile: fc.Arbitrary<ManifestFile> = fc
  .record(
    {
      manifestPath: fc.string({ unit: "binary" }),
      manifestLength: fc.nat(),
      partitionSpecId: fc.nat(),
      content: fc.constantFrom("data" as const, "deletes" as const),
      addedFilesCount: counter,
      existingFilesCount: counter,
      deletedFilesCount: counter,
      addedRowsCount: fc.oneof(counter, fc.constant(2 ** 52)),
      existingRowsCount: counter,
      deletedRowsCount: counter,
      addedSnapshotId: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      sequenceNumber: counter,
      minSequenceNumber: counter,
      partitions: fc.array(summary, { maxLength: 3 }),
      keyMetadata: arbitraryBytes(),
      firstRowId: fc.bigInt({ min: 0n, max: 2n ** 62n }),
    },
    { noNullPrototype: true },
  )
  .map(({ firstRowId, ...manifest }) =>
    manifest.content === "data" ? { ...manifest, firstRowId } : manifest,
  );

describe("manifest lists (P29)", () => {
  test("what is written is read (MAN-040)", () => {
    fc.assert(
      fc.property(
        fc.array(manifestFile, { maxLength: 5 }),
        fc.constantFrom(2 as const, 3 as const),
        (manifests, version) => {
          const sync = new Uint8Array(16);
          const { bytes } = writeManifestList({
            formatVersion: version,
            snapshotId: 1n,
            sequenceNumber: 4,
            firstRowId: 0n,
            manifests,
            sync,
          });
          const expected = manifests.map(({ firstRowId, ...rest }) =>
            version === 3 && firstRowId !== undefined ? { ...rest, firstRowId } : rest,
          );
          expect(readManifestList(bytes, "list")).toEqual(expected);
        },
      ),
    );
  });

  test("counts and summaries of a written manifest equal recomputation (MAN-042, MAN-043)", () => {
    fc.assert(
      fc.property(arbitraryManifest(), (of) => {
        const { manifest } = written(of);
        const fields = partitionFields(of.spec, of.schema);
        expect(manifest).toMatchObject(countEntries(of.entries));
        for (const [index, field] of fields.entries()) {
          const type = field.type as PrimitiveType;
          const values = of.entries.map((entry) => entry.dataFile.partition[index] ?? null);
          const found = manifest.partitions![index]!;
          expect(found.containsNull).toBe(values.includes(null));
          expect(found.containsNan).toBe(values.some((value) => Number.isNaN(value)));
          const held = values.filter(
            (value): value is PrimitiveValue => value !== null && !Number.isNaN(value),
          );
          expect(found.lowerBound === undefined).toBe(held.length === 0);
          // Whatever single value is added, the bounds already cover it.
          for (const value of held) {
            const again = summarizePartitions(
              [field],
              [...values, value].map((each) => [each]),
            )[0];
            expect(again).toEqual(found);
          }
          if (new Set(held.map((value) => String(value))).size === 1 && held.every((value) => value !== 0)) {
            expect(found.lowerBound).toEqual(encodeValue(type, held[0]!));
          }
        }
      }),
    );
  });
});

describe("damaged files", () => {
  const damage = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant("set" as const), at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }),
      fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }),
      fc.record({
        kind: fc.constant("insert" as const),
        at: fc.nat(),
        bytes: fc.uint8Array({ maxLength: 12 }),
      }),
      fc.record({
        kind: fc.constant("remove" as const),
        at: fc.nat(),
        length: fc.integer({ min: 1, max: 8 }),
      }),
    ),
    { minLength: 1, maxLength: 3 },
  );

  function damaged(
    bytes: Uint8Array,
    changes: typeof damage extends fc.Arbitrary<infer T> ? T : never,
  ): Uint8Array {
    let data = [...bytes];
    for (const change of changes) {
      // Half of the damage goes to the objects, which are few bytes beside the schema in the header.
      const at =
        change.at % 2 === 0
          ? change.at % (data.length + 1)
          : data.length - (change.at % Math.min(data.length + 1, 300));
      if (change.kind === "set" && at < data.length) data[at] = change.byte;
      if (change.kind === "cut") data = data.slice(0, at);
      if (change.kind === "insert") data.splice(at, 0, ...change.bytes);
      if (change.kind === "remove") data.splice(at, change.length);
    }
    return Uint8Array.from(data);
  }

  function typedErrorsOnly(act: () => unknown): void {
    try {
      act();
    } catch (error) {
      if (!isIcebergError(error)) throw error;
      expect(["corrupt-file", "unsupported", "unavailable"]).toContain(error.code);
      expect(error.message).toMatch(/m[.]avro|list[.]avro/);
    }
  }

  test("a manifest gives entries or a typed error that names it, never anything else", () => {
    fc.assert(
      fc.property(arbitraryManifest(), codecs, damage, fc.boolean(), (of, codec, changes, lean) => {
        const bytes = damaged(written(of, codec).bytes, changes);
        typedErrorsOnly(() => read(of, bytes, lean ? { metricsFor: new Set([1, 2]) } : {}));
        typedErrorsOnly(() => manifestHeader(bytes, "m.avro"));
      }),
      runs(200),
    );
  });

  test("a manifest list likewise", () => {
    fc.assert(
      fc.property(
        fc.array(manifestFile, { minLength: 1, maxLength: 3 }),
        codecs,
        damage,
        (manifests, codec, changes) => {
          const { bytes } = writeManifestList({
            formatVersion: 3,
            snapshotId: 1n,
            sequenceNumber: 4,
            firstRowId: 0n,
            manifests,
            sync: new Uint8Array(16).fill(5),
            compression: { codec },
          });
          typedErrorsOnly(() => readManifestList(damaged(bytes, changes), "list.avro"));
        },
      ),
      runs(200),
    );
  });

  test("random bytes after a header likewise", () => {
    fc.assert(
      fc.property(arbitraryManifest(), fc.uint8Array({ maxLength: 200 }), (of, tail) => {
        const { bytes } = written(of);
        const container = openContainer(bytes, "m.avro");
        const [first] = container.blocks();
        const start = first!.cursor.at;
        typedErrorsOnly(() => read(of, Uint8Array.from([...bytes.subarray(0, start), ...tail, ...of.sync])));
      }),
      runs(200),
    );
  });
});

/** Optional fields of version 2 and 3 manifests that this test drops. */
const OPTIONAL: ReadonlyMap<number, keyof DataFile> = new Map([
  [108, "columnSizes"],
  [109, "valueCounts"],
  [110, "nullValueCounts"],
  [137, "nanValueCounts"],
  [125, "lowerBounds"],
  [128, "upperBounds"],
  [131, "keyMetadata"],
  [132, "splitOffsets"],
  [140, "sortOrderId"],
  [143, "referencedDataFile"],
]);

function without(schema: unknown, ids: ReadonlySet<number>): unknown {
  return JSON.parse(JSON.stringify(schema), (_, value: unknown) =>
    Array.isArray(value)
      ? value.filter((item: { "field-id"?: number } | null) => !ids.has(item?.["field-id"] ?? -1))
      : value,
  );
}

function lacking(entry: ManifestEntry, ids: ReadonlySet<number>): ManifestEntry {
  const dataFile: Record<string, unknown> = { ...entry.dataFile };
  for (const id of ids) delete dataFile[OPTIONAL.get(id)!];
  return { ...entry, dataFile: dataFile as unknown as DataFile };
}

const METRICS = [
  "columnSizes",
  "valueCounts",
  "nullValueCounts",
  "nanValueCounts",
  "lowerBounds",
  "upperBounds",
] as const;

function restricted(entry: ManifestEntry, ids: ReadonlySet<number>): ManifestEntry {
  const dataFile: Record<string, unknown> = { ...entry.dataFile };
  for (const key of METRICS) {
    const kept = [...(entry.dataFile[key] ?? [])].filter(([id]) => ids.has(id));
    if (kept.length > 0) dataFile[key] = new Map(kept as [number, never][]);
    else delete dataFile[key];
  }
  return { ...entry, dataFile: dataFile as unknown as DataFile };
}

/** Maps of any class as arrays of pairs. */
function plain(entry: ManifestEntry): unknown {
  const dataFile: Record<string, unknown> = { ...entry.dataFile };
  for (const key of METRICS) if (entry.dataFile[key] !== undefined) dataFile[key] = [...entry.dataFile[key]];
  return { ...entry, dataFile };
}

/** An entry as its Avro record, made from the spec's names. */
function generic(entry: ManifestEntry, of: ManifestCase): Generic {
  const file = entry.dataFile;
  const { formatVersion: version } = of;
  const long = (value: number | bigint | undefined) => (value === undefined ? null : BigInt(value));
  const counts = (map: ReadonlyMap<number, number> | undefined) =>
    map === undefined ? null : [...map].map(([key, value]) => ({ key, value: BigInt(value) }));
  const bounds = (map: ReadonlyMap<number, Uint8Array> | undefined) =>
    map === undefined ? null : [...map].map(([key, value]) => ({ key, value }));
  const fields = partitionFields(of.spec, of.schema);
  const partition = Object.fromEntries(
    fields.map((field, i) => [
      avroName(field.name),
      stored(field.type as PrimitiveType, file.partition[i] ?? null),
    ]),
  );
  const snapshotId = entry.status === "existing" ? entry.snapshotId : of.snapshotId;
  return {
    status: { existing: 0, added: 1, deleted: 2 }[entry.status],
    snapshot_id: snapshotId,
    ...(version === 1
      ? {}
      : {
          sequence_number: long(entry.sequenceNumber),
          file_sequence_number: long(entry.fileSequenceNumber),
        }),
    data_file: {
      ...(version === 1
        ? {}
        : { content: ["data", "position-deletes", "equality-deletes"].indexOf(file.content) }),
      file_path: file.filePath,
      file_format: file.fileFormat.toUpperCase(),
      partition,
      record_count: long(file.recordCount),
      file_size_in_bytes: long(file.fileSizeInBytes),
      ...(version === 1 ? { block_size_in_bytes: 67108864n } : {}),
      column_sizes: counts(file.columnSizes),
      value_counts: counts(file.valueCounts),
      null_value_counts: counts(file.nullValueCounts),
      nan_value_counts: counts(file.nanValueCounts),
      lower_bounds: bounds(file.lowerBounds),
      upper_bounds: bounds(file.upperBounds),
      key_metadata: file.keyMetadata ?? null,
      split_offsets: file.splitOffsets?.map((offset) => BigInt(offset)) ?? null,
      ...(version === 1 ? {} : { equality_ids: file.equalityIds ?? null }),
      sort_order_id: file.sortOrderId ?? null,
      ...(version < 3 ? {} : { first_row_id: file.firstRowId ?? null }),
      ...(version === 1 ? {} : { referenced_data_file: file.referencedDataFile ?? null }),
      ...(version < 3
        ? {}
        : { content_offset: long(file.contentOffset), content_size_in_bytes: long(file.contentSizeInBytes) }),
    },
  };
}

/** A partition value as Avro stores it. */
function stored(type: PrimitiveType, value: PrimitiveValue | null): unknown {
  if (value === null) return null;
  if (type.kind === "uuid") return encodeValue(type, value);
  if (type.kind !== "decimal") return value;
  return encodeUnscaledFixed(value as bigint, DECIMAL_BYTES[type.precision - 1]!);
}

/** Bytes per precision from 1 to 38, from the table of the Parquet conformance notes. */
const DECIMAL_BYTES = [
  1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 8, 8, 9, 9, 9, 10, 10, 11, 11, 11, 12, 12, 13, 13, 13, 14,
  14, 15, 15, 16, 16, 16,
];

/** avsc's classes and Buffers as plain objects and arrays of bytes. */
function cleaned(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cleaned(item)]));
}
