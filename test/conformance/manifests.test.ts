/** Requirements of manifests that no unit test names: expectations are the specification's, or another Avro reader's. */
import { describe, expect, it } from "vitest";
import type { CatalogClient } from "../../src/catalog/index.ts";
import { fastAppend } from "../../src/commit/index.ts";
import { DeleteFileIndex } from "../../src/deletes/index.ts";
import {
  bind,
  inclusiveMetricsEvaluator,
  inclusiveProjection,
  isNaN as isNaNOf,
  manifestEvaluator,
  strictMetricsEvaluator,
} from "../../src/expressions/index.ts";
import { defineSchema, eq, required, t } from "../../src/index.ts";
import {
  type DataFile,
  type ManifestFile,
  manifestHeader,
  writeManifestList,
} from "../../src/manifests/index.ts";
import { currentSnapshot } from "../../src/metadata/index.ts";
import { Schema } from "../../src/schema/index.ts";
import { encodeValue } from "../../src/values/index.ts";
import { type AvroRecord, readAvro } from "../linter/avro.ts";
import { data, schema as deleteSchema, positionDeletes, specs } from "../unit/deletes/entries.ts";
import { dataFile, sync, write } from "../unit/manifests/samples.ts";
import { entriesOf, manifestsOf, memory, rowsOf } from "./rows.ts";

const numbers = defineSchema({ n: required(t.long()) });
const ID = { namespace: ["ns"], name: "t" };

describe("what a header leaves out (MAN-002)", () => {
  it("spec 0, version 1, data; no schema, no spec", () => {
    const { bytes } = write([{ status: "added", dataFile: dataFile() }], 2);
    // The same container with its Iceberg keys renamed: to a reader they are not there.
    const text = Buffer.from(bytes).toString("latin1");
    const stripped = [
      "schema-id",
      "schema",
      "partition-spec-id",
      "partition-spec",
      "format-version",
      "content",
    ].reduce(
      (file, key) =>
        file.replace(
          String.fromCharCode(2 * key.length) + key,
          String.fromCharCode(2 * key.length) + "x".repeat(key.length),
        ),
      text,
    );
    const header = manifestHeader(new Uint8Array(Buffer.from(stripped, "latin1")), "m");
    expect(header).toEqual({ formatVersion: 1, specId: 0, content: "data" });
    expect(manifestHeader(bytes, "m")).toMatchObject({
      formatVersion: 2,
      specId: 3,
      content: "data",
      schemaId: 4,
    });
  });
});

it.each([
  [1, 67108864n],
  [2, undefined],
  [3, undefined],
] as const)(
  "v%i: the block size of entries, read with another Avro library, is %s (MAN-016)",
  async (version, size) => {
    const { records } = await readAvro(write([{ status: "added", dataFile: dataFile() }], version).bytes);
    const file = records[0]!.get(2) as AvroRecord;
    expect(file.get(100)).toBe(dataFile().filePath);
    expect(file.get(105)).toBe(size);
  },
);

describe("a partition summary without contains_nan (MAN-045)", () => {
  const floats = new Schema([{ id: 1, name: "f", required: false, type: { kind: "double" } }]);
  const byFloat = {
    specId: 0,
    fields: [{ sourceId: 1, fieldId: 1000, name: "f", transform: { kind: "identity" } }],
  } as const;
  const bound = encodeValue({ kind: "double" }, 1);
  const manifest = (containsNan?: boolean) => ({
    partitions: [
      {
        containsNull: false,
        lowerBound: bound,
        upperBound: bound,
        ...(containsNan !== undefined && { containsNan }),
      },
    ],
  });
  it("may hold NaN, so nothing is pruned that NaN could match", () => {
    const mayMatch = manifestEvaluator(inclusiveProjection(bind(isNaNOf("f"), floats), byFloat, floats));
    expect(mayMatch(manifest().partitions)).toBe(true);
    expect(mayMatch(manifest(true).partitions)).toBe(true);
    expect(mayMatch(manifest(false).partitions)).toBe(false);
  });
});

describe("manifest lists", () => {
  /** The client, before each of whose first commits another one comes. */
  function contested(client: CatalogClient, files: DataFile[]): CatalogClient {
    return Object.assign(Object.create(client) as CatalogClient, {
      async commitTable(...args: Parameters<CatalogClient["commitTable"]>) {
        const rival = files.pop();
        if (rival)
          await fastAppend({ client, runtime: (await memory()).runtime }, await client.loadTable(ID), [
            rival,
          ]);
        return await client.commitTable(...args);
      },
    });
  }
  const file = (name: string): DataFile => ({
    content: "data",
    filePath: `memory://w/${name}`,
    fileFormat: "parquet",
    specId: 0,
    partition: [],
    recordCount: 1,
    fileSizeInBytes: 1,
  });

  it("each attempt writes one of its own, and none is written twice (MAN-046)", async () => {
    const { io, client, runtime, catalog } = await memory();
    await catalog.createTable("ns.t", numbers, { properties: { "commit.retry.min-wait-ms": "1" } });
    const created: string[] = [];
    const create = io.create.bind(io);
    io.create = (location, ...rest) => {
      created.push(location);
      return create(location, ...rest);
    };
    const table = await client.loadTable(ID);
    const { snapshot } = await fastAppend(
      { client: contested(client, [file("x"), file("y")]), runtime },
      table,
      [file("mine")],
    );
    const mine = created.filter((location) => location.includes(`snap-${snapshot.snapshotId}-`));
    expect(mine).toHaveLength(3);
    expect(new Set(created).size).toBe(created.length);
    expect(mine.at(-1)).toBe(snapshot.manifestList);
  });

  it("in another order are the same table (MAN-047, SCN-006)", async () => {
    const { io, catalog } = await memory();
    let table = await catalog.createTable("ns.t", numbers);
    for (const n of [1n, 2n, 3n]) ({ table } = await table.append([{ n }]));
    const before = await rowsOf(table);
    const manifests = manifestsOf(io, table.metadata);
    expect(manifests).toHaveLength(3);
    const snapshot = currentSnapshot(table.metadata)!;
    const { bytes } = writeManifestList({
      formatVersion: 2,
      snapshotId: snapshot.snapshotId,
      sequenceNumber: snapshot.sequenceNumber,
      manifests: manifests.toReversed(),
      sync,
    });
    io.files.set(snapshot.manifestList!, bytes);
    expect(manifestsOf(io, table.metadata).map(({ manifestPath }) => manifestPath)).toEqual(
      manifests.map(({ manifestPath }) => manifestPath).toReversed(),
    );
    const sorted = (rows: { n: bigint }[]) => rows.map(({ n }) => n).toSorted((a, b) => Number(a - b));
    expect(sorted(await rowsOf(table))).toEqual(sorted(before));
    expect(await table.scan({ filter: eq("n", 2n) }).toArray()).toEqual([{ n: 2n }]);
  });

  it("have the exact length of each manifest, and a spec that the table has (MAN-095)", async () => {
    const { io, catalog } = await memory();
    const { table } = await (await catalog.createTable("ns.t", numbers)).append([{ n: 1n }]);
    const manifests = manifestsOf(io, table.metadata);
    for (const { manifestPath, manifestLength } of manifests)
      expect(manifestLength).toBe(io.files.get(manifestPath)!.length);
    const { bytes } = writeManifestList({
      formatVersion: 2,
      snapshotId: currentSnapshot(table.metadata)!.snapshotId,
      sequenceNumber: 1,
      manifests: manifests.map((manifest): ManifestFile => ({ ...manifest, partitionSpecId: 8 })),
      sync,
    });
    io.files.set(currentSnapshot(table.metadata)!.manifestList!, bytes);
    await expect(rowsOf(table)).rejects.toThrow(/spec 8/);
  });
});

describe("metrics", () => {
  it("unknown columns have none (MAN-080)", async () => {
    const { io, catalog } = await memory();
    const columns = new Schema([
      { id: 1, name: "n", required: true, type: { kind: "long" } },
      { id: 2, name: "later", required: false, type: { kind: "unknown" } },
    ]);
    const created = await catalog.createTable("ns.t", columns, { formatVersion: 3 });
    const { table } = await created.append([{ n: 1n }, { n: 2n, later: null }]);
    const file = entriesOf(io, table.metadata)[0]!.dataFile;
    expect([...file.valueCounts!.keys()]).toEqual([1]);
    for (const map of [
      file.columnSizes,
      file.valueCounts,
      file.nullValueCounts,
      file.nanValueCounts,
      file.lowerBounds,
      file.upperBounds,
    ])
      expect(map?.has(2) ?? false).toBe(false);
    expect(await rowsOf(table)).toEqual([
      { n: 1n, later: null },
      { n: 2n, later: null },
    ]);
  });
});

it("paths are compared byte for byte, never as URLs (MAN-018)", () => {
  const deletes = positionDeletes({ referencedDataFile: "s3://b//x/../y%20 é.parquet" });
  const index = new DeleteFileIndex([deletes], { specs, schema: deleteSchema });
  const found = (filePath: string) => index.deletesFor(data({ filePath })).length;
  expect(found("s3://b//x/../y%20 é.parquet")).toBe(1);
  for (const other of [
    "s3://b/x/../y%20 é.parquet",
    "s3://b//y%20 é.parquet",
    "s3://b//x/../y  é.parquet",
    "s3a://b//x/../y%20 é.parquet",
    "s3://b//x/../y%20 %C3%A9.parquet",
  ])
    expect(found(other), other).toBe(0);
});

it("a negative number of rows is unknown: the file may match, and need not (MAN-026, SCN-035)", () => {
  const bound = bind(eq("n", 7n), numbers);
  const one = encodeValue({ kind: "long" }, 1n);
  const file = (recordCount: number) => ({
    recordCount,
    lowerBounds: new Map([[1, one]]),
    upperBounds: new Map([[1, one]]),
  });
  expect([-1, 0, 1].map((rows) => inclusiveMetricsEvaluator(bound)(file(rows)))).toEqual([
    true,
    false,
    false,
  ]);
  expect([-1, 0, 1].map((rows) => strictMetricsEvaluator(bound)(file(rows)))).toEqual([false, true, false]);
});
