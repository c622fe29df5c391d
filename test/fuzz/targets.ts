/** The decoders that take bytes from outside, each with a few valid inputs. @module */
import { openContainer, recordReader, skipper, writeContainer } from "../../src/avro/index.ts";
import { crc32, IcebergError, type InputFile, parseJson, stringifyJson } from "../../src/base/index.ts";
import {
  decodeDeletionVector,
  deletionVectorBlob,
  deserializeBitmap,
  encodeDeletionVector,
  PositionBitmap,
  puffinBlobContent,
  readPuffin,
  serializeBitmap,
  writePuffin,
} from "../../src/deletes/index.ts";
import { xxHash32 } from "../../src/deletes/xxhash32.ts";
import {
  expressionFromJson,
  expressionToJson,
  parseExpression,
  toText,
} from "../../src/expressions/index.ts";
import {
  manifestEntries,
  manifestHeader,
  readManifest,
  readManifestList,
  writeManifest,
  writeManifestList,
} from "../../src/manifests/index.ts";
import {
  metadataFromJson,
  newTableMetadata,
  parseMetadata,
  printMetadata,
} from "../../src/metadata/index.ts";
import { decodeLogs, decodeMetrics, decodeTraces, encodeTraces } from "../../src/otlp-wire/index.ts";
import {
  createParquetEncoder,
  readParquet,
  readParquetFooter,
  rowGroupStatistics,
} from "../../src/parquet/index.ts";
import { bucket, buildPartitionSpec, month, partitionFields } from "../../src/partitioning/index.ts";
import {
  defineSchema,
  optional,
  type PrimitiveType,
  required,
  schemaFromJson,
  schemaToJson,
  t,
} from "../../src/schema/index.ts";
import { asc, buildSortOrder } from "../../src/sorting/index.ts";
import { decodeValue, encodeValue } from "../../src/values/index.ts";
import type { FuzzTarget } from "./engine.ts";
import { logsRequest, metricsRequest, OTLP_JSON, TRACES } from "./otlp-inputs.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const bytesOf = (texts: readonly string[]) => texts.map((text) => encoder.encode(text));
const sync = new Uint8Array(16).fill(7);

const schema = defineSchema({
  id: required(t.long()),
  ts: required(t.timestamptz()),
  name: optional(t.string()),
  price: optional(t.decimal(12, 2)),
  flag: optional(t.boolean()),
  score: optional(t.double()),
  tags: optional(t.list(t.string())),
  attributes: optional(t.map(t.string(), t.int())),
});
const spec = buildPartitionSpec(schema, [month("ts"), bucket(16, "id")]);
const context = {
  partitionSpecId: spec.specId,
  content: "data",
  addedSnapshotId: 12n,
  sequenceNumber: 3,
} as const;
const reading = { manifest: context, fields: partitionFields(spec, schema), what: "fuzz" };

/** Every target in a fixed order: a finding's number depends on it. */
export async function fuzzTargets(): Promise<readonly FuzzTarget[]> {
  return [
    ...avroTargets(),
    ...jsonTargets(),
    ...deleteTargets(),
    ...valueTargets(),
    ...(await parquetTargets()),
    ...otlpTargets(),
  ];
}

function avroTargets(): FuzzTarget[] {
  const codecs = ["null", "deflate"] as const;
  const written = codecs.map((codec) => manifest(codec));
  const lists = codecs.map(
    (codec) =>
      writeManifestList({
        formatVersion: 3,
        snapshotId: 12n,
        sequenceNumber: 3,
        firstRowId: 100n,
        compression: { codec },
        sync,
        manifests: written.map((each, i) => ({ ...each.manifest, manifestPath: `s3://b/m${i}.avro` })),
      }).bytes,
  );
  const manifests = written.map(({ bytes }) => bytes);
  return [
    {
      name: "avro container",
      textual: false,
      corpus: [...manifests, ...lists, container()],
      run: (bytes) => {
        const opened = openContainer(bytes, "fuzz");
        const skip = skipper(opened.type);
        for (const { count, cursor } of opened.blocks()) for (let i = 0; i < count; i++) skip(cursor);
        recordReader(opened.type, [], "fuzz");
      },
    },
    {
      name: "manifest",
      textual: false,
      corpus: manifests,
      run: (bytes) => {
        for (const entry of readManifest(bytes, reading)) touch(entry.dataFile.lowerBounds);
        manifestHeader(bytes, "fuzz");
      },
    },
    {
      name: "manifest, for a plan",
      textual: false,
      corpus: manifests,
      run: (bytes) => {
        const wishes = { ...reading, liveOnly: true, columns: { metricsFor: new Set([1, 3]) } };
        for (const entry of manifestEntries(bytes, wishes)) touch(entry.dataFile.upperBounds);
      },
    },
    { name: "manifest list", textual: false, corpus: lists, run: (bytes) => readManifestList(bytes, "fuzz") },
  ];
}

function jsonTargets(): FuzzTarget[] {
  const metadata = ([1, 2, 3] as const).map((formatVersion) =>
    encoder.encode(
      printMetadata(
        newTableMetadata({
          uuid: "01234567-89ab-4def-8123-456789abcdef",
          location: "s3://bucket/table",
          schema,
          spec,
          sortOrder: buildSortOrder(schema, [asc("id")]),
          formatVersion,
          properties: new Map([["owner", "fuzz"]]),
          nowMs: 1_700_000_000_000,
        }),
      ),
    ),
  );
  const schemas = [encoder.encode(stringifyJson(schemaToJson(schema)))];
  const filters = [
    "id > 5 AND (name = 'a''b' OR ts >= '2025-01-01T00:00:00Z')",
    "NOT (price IN (1.5, -2, 3) OR flag = true) AND name IS NOT NULL",
    "score IS NAN OR name LIKE 'a%' AND bucket(16, id) = 3",
  ];
  const expressions = filters.map((text) =>
    encoder.encode(stringifyJson(expressionToJson(parseExpression(text)))),
  );
  return [
    {
      name: "parseJson",
      textual: true,
      corpus: [...schemas, ...metadata],
      run: (bytes) => stringifyJson(parseJson(decoder.decode(bytes))),
    },
    {
      name: "parseMetadata",
      textual: true,
      corpus: metadata,
      run: (bytes) => printMetadata(parseMetadata(bytes)),
    },
    {
      name: "metadataFromJson",
      textual: true,
      corpus: metadata,
      run: (bytes) => metadataFromJson(parseJson(decoder.decode(bytes))),
    },
    {
      name: "schemaFromJson",
      textual: true,
      corpus: schemas,
      run: (bytes) => schemaToJson(schemaFromJson(parseJson(decoder.decode(bytes)))),
    },
    {
      name: "expressionFromJson",
      textual: true,
      corpus: expressions,
      run: (bytes) => toText(expressionFromJson(parseJson(decoder.decode(bytes)))),
    },
    {
      name: "parseExpression",
      textual: true,
      corpus: bytesOf(filters),
      run: (bytes) => toText(parseExpression(decoder.decode(bytes))),
    },
  ];
}

function deleteTargets(): FuzzTarget[] {
  const bitmaps = [[1, 5, 70_000], [2 ** 33, 2 ** 33 + 1], range(0, 9000), range(100, 140)].map(
    (positions) => {
      const bitmap = new PositionBitmap();
      for (const position of positions) bitmap.add(position);
      return bitmap;
    },
  );
  const puffin = writePuffin({
    blobs: [
      deletionVectorBlob(bitmaps[0]!, "s3://b/data.parquet"),
      { type: "x", fields: [1], snapshotId: 4n, sequenceNumber: 2, bytes: encoder.encode("y".repeat(99)) },
    ],
  }).bytes;
  return [
    {
      name: "puffin",
      textual: false,
      corpus: [puffin],
      run: (bytes) => {
        for (const blob of readPuffin(bytes).blobs)
          puffinBlobContent(bytes.subarray(blob.offset, blob.offset + blob.length), blob);
      },
    },
    {
      name: "lz4 frame",
      textual: false,
      corpus: [lz4Frame()],
      repair: repairedFrame,
      run: (bytes) => puffinBlobContent(bytes, { ...LZ4_BLOB, length: bytes.length }),
    },
    {
      name: "bitmap",
      textual: false,
      corpus: bitmaps.map((bitmap) => serializeBitmap(bitmap)),
      run: (bytes) => serializeBitmap(deserializeBitmap(bytes)),
    },
    {
      name: "deletion vector",
      textual: false,
      corpus: bitmaps.map(encodeDeletionVector),
      repair: repairedVector,
      run: (bytes) => decodeDeletionVector(bytes),
    },
  ];
}

const LZ4_BLOB = {
  type: "x",
  fields: [1],
  snapshotId: 4n,
  sequenceNumber: 2,
  offset: 4,
  compressionCodec: "lz4",
  properties: new Map<string, string>(),
};

/** A frame with a compressed block (four literals, a match of eight, five literals) and a stored one. */
function lz4Frame(): Uint8Array {
  const packed = [0x44, 97, 98, 99, 100, 4, 0, 0x50, 101, 102, 103, 104, 105];
  const head = [0x04, 0x22, 0x4d, 0x18, 0x68, 0x40, 19, 0, 0, 0, 0, 0, 0, 0, 0];
  const blocks = [packed.length, 0, 0, 0, ...packed, 2, 0, 0, 0x80, 1, 2, 0, 0, 0, 0];
  return repairedFrame(Uint8Array.from([...head, ...blocks]));
}

/** A frame with a content size, its descriptor's checksum put right. */
function repairedFrame(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 15) return bytes;
  const copy = bytes.slice();
  copy[14] = (xxHash32(copy.subarray(4, 14)) >>> 8) & 0xff;
  return copy;
}

/** Length and checksum put right. */
function repairedVector(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 20) return bytes;
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  view.setInt32(0, copy.length - 8);
  view.setUint32(copy.length - 4, crc32(copy.subarray(4, copy.length - 4)));
  return copy;
}

const PRIMITIVES: readonly PrimitiveType[] = [
  t.boolean(),
  t.int(),
  t.long(),
  t.float(),
  t.double(),
  t.decimal(9, 2),
  t.decimal(38, 10),
  t.date(),
  t.time(),
  t.timestamp(),
  t.timestamptz(),
  t.string(),
  t.uuid(),
  t.fixed(3),
  t.binary(),
];

function valueTargets(): FuzzTarget[] {
  return [
    {
      name: "single value",
      textual: false,
      // The first byte chooses the type.
      corpus: [1, 4, 8, 12, 16, 20].flatMap((length) =>
        PRIMITIVES.map((_, i) => new Uint8Array(length).fill(i)),
      ),
      run: (bytes) => {
        const type = PRIMITIVES[(bytes[0] ?? 0) % PRIMITIVES.length]!;
        const value = decodeValue(type, bytes.subarray(1));
        encodeValue(type, value);
      },
    },
  ];
}

async function parquetTargets(): Promise<FuzzTarget[]> {
  const corpus = (["uncompressed", "snappy"] as const).map((codec) => {
    const written = createParquetEncoder(schema, { codec, pageRows: 20 });
    written.appendRows(
      Array.from({ length: 50 }, (_, i) => ({
        id: BigInt(i) * 1_000_003n,
        ts: 1_700_000_000_000_000n + BigInt(i),
        name: i % 5 === 0 ? null : `name ${i % 7}`,
        price: i % 3 === 0 ? null : BigInt(i * 100),
        flag: i % 2 === 0,
        score: i / 3,
        tags: i % 4 === 0 ? null : [`t${i % 3}`, "b"],
        attributes: i % 4 === 0 ? [["k", i]] : null,
      })),
    );
    return joined(written.finish().chunks);
  });
  return [
    {
      name: "parquet footer",
      textual: false,
      corpus,
      allocation: PARQUET_ALLOCATION,
      run: async (bytes) => {
        const footer = await readParquetFooter(memoryFile(bytes));
        for (const group of footer.rowGroups) rowGroupStatistics(group, schema);
      },
    },
    {
      name: "parquet pages",
      textual: false,
      corpus,
      allocation: PARQUET_ALLOCATION,
      run: async (bytes) => {
        for await (const batch of readParquet(memoryFile(bytes), { schema })) touch(batch.columns);
      },
    },
  ];
}

/**
 * hyparquet's Thrift reader makes a list as long as the footer claims, and an array has at most 2^25 slots before the
 * engine makes it a sparse one: a quarter of a gigabyte, and no more.
 */
const PARQUET_ALLOCATION = 320 * 2 ** 20;

function otlpTargets(): FuzzTarget[] {
  const requests = [encodeTraces(TRACES), logsRequest(), metricsRequest()];
  const all = (bytes: Uint8Array, contentType: string) => {
    const failures: unknown[] = [];
    for (const decode of [decodeTraces, decodeLogs, decodeMetrics]) {
      try {
        decode(bytes, { contentType });
      } catch (error) {
        if (!(error instanceof IcebergError)) throw error;
        failures.push(error);
      }
    }
    return failures;
  };
  return [
    {
      name: "otlp protobuf",
      textual: false,
      corpus: requests,
      run: (bytes) => all(bytes, "application/x-protobuf"),
    },
    {
      name: "otlp json",
      textual: true,
      corpus: bytesOf(OTLP_JSON),
      run: (bytes) => all(bytes, "application/json"),
    },
  ];
}

function manifest(codec: "null" | "deflate") {
  const counts = (of: number) => new Map([1, 2, 3, 4].map((id) => [id, of] as const));
  const bounds = new Map([
    [1, encodeValue(t.long(), 5n)],
    [3, encodeValue(t.string(), "abc")],
  ]);
  return writeManifest({
    formatVersion: 3,
    schema,
    spec,
    content: "data",
    snapshotId: 12n,
    compression: { codec },
    sync,
    entries: Array.from({ length: 6 }, (_, i) => ({
      status: "added" as const,
      snapshotId: 12n,
      dataFile: {
        content: "data" as const,
        filePath: `s3://b/data/${i}.parquet`,
        fileFormat: "parquet" as const,
        specId: spec.specId,
        partition: [640 + (i >> 1), i],
        recordCount: 10 + i,
        fileSizeInBytes: 1000 + i,
        columnSizes: counts(100),
        valueCounts: counts(10),
        nullValueCounts: counts(1),
        nanValueCounts: counts(0),
        lowerBounds: bounds,
        upperBounds: bounds,
        splitOffsets: [4],
        sortOrderId: 1,
      },
    })),
  });
}

/** A container of a recursive-looking, nested record with unions, arrays, maps and enums. */
function container(): Uint8Array {
  const nested = { type: "array", items: { type: "map", values: ["null", "long"] } };
  return writeContainer(
    [1, 2, 3],
    (out, value) => {
      out.writeNumber(value);
      out.writeNumber(0);
    },
    {
      schema: {
        type: "record",
        name: "r",
        fields: [
          { name: "a", type: "long", "field-id": 1 },
          { name: "b", type: nested, "field-id": 2 },
        ],
      },
      metadata: {},
      compression: { codec: "null" },
      sync,
    },
  );
}

function memoryFile(bytes: Uint8Array): InputFile {
  const location = "memory:///fuzz.parquet";
  return {
    location,
    size: async () => bytes.length,
    read: async (range) => {
      const { start, end } = range ?? { start: 0, end: bytes.length };
      if (start < 0 || end > bytes.length || start > end)
        throw new IcebergError("corrupt-file", `Cannot read bytes ${start}-${end} of ${location}`);
      return bytes.slice(start, end);
    },
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

/** Reads through something that may be decoded late. */
function touch(value: Iterable<unknown> | undefined): void {
  if (value !== undefined) for (const _each of value);
}
