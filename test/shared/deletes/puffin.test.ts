/** Puffin files of Java, Go, Spark and Trino, and one that is none. @module */
import { readdirSync, readFileSync } from "node:fs";
import { decompress as fzstd } from "fzstd";
import { describe, expect, test } from "vitest";
import {
  findCodec,
  type JsonObject,
  parseJson,
  registerCodec,
  toHex,
  utf8Decode,
} from "../../../src/base/index.ts";
import {
  DELETION_VECTOR_V1,
  decodeDeletionVector,
  deletionVectorFacts,
  distinctValues,
  encodeDeletionVector,
  PositionBitmap,
  type PuffinBlob,
  puffinBlobContent,
  type RegisteredBlob,
  readPuffin,
  registeredBlobs,
  THETA_SKETCH_V1,
  writePuffin,
} from "../../../src/deletes/index.ts";
import { statisticsFromJson } from "../../../src/metadata/index.ts";
import { errorOf } from "../../unit/deletes/bytes.ts";

const fixtures = new URL("../../../../shared/fixtures/", import.meta.url);
const bytesOf = (path: string) => new Uint8Array(readFileSync(new URL(path, fixtures)));
const contentOf = (bytes: Uint8Array, blob: PuffinBlob) =>
  puffinBlobContent(bytes.subarray(blob.offset, blob.offset + blob.length), blob);

// Node before 22.15 has no zstd of its own.
if (findCodec("zstd")?.decompress === undefined)
  registerCodec("zstd", { decompress: (bytes) => fzstd(bytes) });

const LEGACY = "duckdb/legacy_bare_deletion_vector/data/legacy-bare-deletion-vector.puffin";
const puffinFiles = readdirSync(fixtures, { recursive: true, encoding: "utf8" })
  .filter(
    (path) => /\.(puffin|stats)$|puffin\/.*puffin.*\.bin$|metric-data.*\.bin$/.test(path) && path !== LEGACY,
  )
  .sort();

describe("every Puffin file of the fixtures", () => {
  test("is here", () => {
    expect(puffinFiles.length).toBe(8);
  });

  test.each(puffinFiles)(
    "%s parses, and its blobs fill the file to its footer (PUF-001 to PUF-007, PUF-032)",
    (path) => {
      const bytes = bytesOf(path);
      const { blobs, footerSize } = readPuffin(bytes, path);
      let at = 4;
      for (const blob of blobs) {
        expect(blob.offset).toBe(at);
        at += blob.length;
        expect(contentOf(bytes, blob).length).toBeGreaterThan(0);
      }
      expect(at + footerSize).toBe(bytes.length);
    },
  );

  test.each(puffinFiles)(
    "%s is reproduced byte for byte from its contents (PUF-002, PUF-005, PUF-032)",
    (path) => {
      const bytes = bytesOf(path);
      const { blobs, properties } = readPuffin(bytes, path);
      const stored = blobs.map((blob) => bytes.slice(blob.offset, blob.offset + blob.length));
      let next = 0;
      const before = findCodec("zstd");
      // Compressors differ between libraries, so what was stored stands in for ours.
      registerCodec("zstd", { compress: () => stored[next++]! });
      const written = writePuffin({
        blobs: blobs.map((blob, i) => {
          const { type, fields, snapshotId, sequenceNumber, compressionCodec } = blob;
          const shared = { type, fields, snapshotId, sequenceNumber, properties: blob.properties };
          return compressionCodec === "zstd"
            ? { ...shared, bytes: contentOf(bytes, blob), codec: "zstd" as const }
            : { ...shared, bytes: stored[i]! };
        }),
        properties,
      });
      if (before !== undefined) registerCodec("zstd", before);
      expect(toHex(written.bytes)).toBe(toHex(bytes));
    },
  );
});

describe("Java's samples", () => {
  const texts = [
    "abcdefghi",
    "some blob \u0000 binary data 🤯 that is not very very very very very very long, is it?",
  ];
  test.each([
    ["uncompressed", undefined, 4, 13, 259],
    ["compressed-zstd", "zstd", 4, 26, 314],
  ])("sample-metric-data-%s: two blobs (PUF-006, PUF-032)", (name, codec, first, second, footer) => {
    const bytes = bytesOf(`java/puffin/sample-metric-data-${name}.bin`);
    const { blobs, properties, footerSize } = readPuffin(bytes);
    expect(properties).toEqual(new Map([["created-by", "Test 1234"]]));
    expect(footerSize).toBe(footer);
    expect(blobs.map((blob) => utf8Decode(contentOf(bytes, blob)))).toEqual(texts);
    expect(blobs.map(({ offset }) => offset)).toEqual([first, second]);
    expect(blobs.map(({ compressionCodec }) => compressionCodec)).toEqual([codec, codec]);
    expect(blobs).toMatchObject([
      { type: "some-blob", fields: [1], snapshotId: 2n, sequenceNumber: 1 },
      { type: "some-other-blob", fields: [2], snapshotId: 2n, sequenceNumber: 1 },
    ]);
  });
});

describe("deletion vectors", () => {
  test.each<[string, readonly number[]]>([
    ["go/puffin/single-blob-dv.puffin", [2147483645]],
    ["go/puffin/deletion-vector-v1.puffin", []],
  ])("%s holds positions 1, 3, 5, 7, 9 (PUF-020)", (path, fields) => {
    const bytes = bytesOf(path);
    const [blob] = readPuffin(bytes).blobs as [PuffinBlob];
    expect(blob).toMatchObject({ type: DELETION_VECTOR_V1, fields, snapshotId: -1n, sequenceNumber: -1 });
    const { cardinality } = deletionVectorFacts(blob, path);
    const positions = decodeDeletionVector(contentOf(bytes, blob), path, { cardinality });
    expect([...positions]).toEqual([1, 3, 5, 7, 9]);
    expect(contentOf(bytes, blob)).toEqual(bytesOf("go/puffin/deletion-vector-v1-payload.bin"));
    expect(encodeDeletionVector(PositionBitmap.of([1, 3, 5, 7, 9]))).toEqual(contentOf(bytes, blob));
  });

  test("a bare vector named .puffin is refused (PUF-001)", () => {
    const bytes = bytesOf(LEGACY);
    expect(errorOf(() => readPuffin(bytes, LEGACY))).toMatchObject({
      code: "corrupt-file",
      message: `Cannot read ${LEGACY}: it does not end with PFA1`,
    });
    // The blob itself would decode, which is why the container has to be asked.
    expect([...decodeDeletionVector(bytes)]).toEqual([1]);
  });
});

describe("statistics", () => {
  test.each<[string, string, string, readonly bigint[], (id: bigint) => unknown]>([
    ["impala/puffin_stats", "v3.metadata.json", "Trino version 457", [2n, 2n], (id) => id],
    // Whoever edited this fixture's metadata rounded its ids to doubles.
    ["impala/v3_trino_variant", "v2.metadata.json", "Trino version 481", [55n, 55n], Number],
  ])(
    "%s: table metadata repeats the footer (MET-050, PUF-029, PUF-030, PUF-031)",
    (table, name, writer, distinct, idOf) => {
      const metadata = parseJson(utf8Decode(bytesOf(`${table}/metadata/${name}`))) as JsonObject;
      const [statistics, ...more] = (metadata.statistics as readonly JsonObject[]).map((json) =>
        statisticsFromJson(json),
      );
      expect(more).toEqual([]);
      const { statisticsPath, fileSizeInBytes, fileFooterSizeInBytes, snapshotId, blobMetadata } =
        statistics!;
      const bytes = bytesOf(`${table}/metadata/${statisticsPath.slice(statisticsPath.lastIndexOf("/") + 1)}`);
      const { blobs, footerSize, properties } = readPuffin(bytes);
      expect(properties.get("created-by")).toBe(writer);
      expect([fileSizeInBytes, fileFooterSizeInBytes]).toEqual([bytes.length, footerSize]);
      const comparable = <T extends Pick<RegisteredBlob, "snapshotId">>(blob: T) => ({
        ...blob,
        snapshotId: idOf(blob.snapshotId),
      });
      expect(registeredBlobs(blobs).map(comparable)).toEqual(blobMetadata.map(comparable));
      expect(blobs.map(distinctValues)).toEqual(distinct);
      const snapshots = metadata.snapshots as readonly JsonObject[];
      const snapshot = snapshots.find((each) => String(each["snapshot-id"]) === String(snapshotId));
      for (const blob of blobs) {
        expect(blob.type).toBe(THETA_SKETCH_V1);
        expect(idOf(blob.snapshotId)).toBe(idOf(snapshotId));
        // Version 1 snapshots have no sequence number, which stands for 0.
        expect(blob.sequenceNumber).toBe(snapshot!["sequence-number"] ?? 0);
        // A compact sketch: serial version 3, family 3.
        expect([...contentOf(bytes, blob).subarray(1, 3)]).toEqual([3, 3]);
      }
    },
  );
});
