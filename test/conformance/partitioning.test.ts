/** Requirements of partitioning and sorting that no unit test names: expectations are the specification's. */
import { describe, expect, it } from "vitest";
import { fromHex } from "../../src/base/index.ts";
import { asc, bucket, defineSchema, eq, identity, optional, required, t } from "../../src/index.ts";
import { partitionColumns } from "../../src/inspect/partition-values.ts";
import { readManifest, writeManifest } from "../../src/manifests/index.ts";
import { applyUpdates, metadataFromJson, metadataToJson } from "../../src/metadata/index.ts";
import {
  applyTransform,
  bucketTransform,
  type PartitionSpec,
  partitionFields,
} from "../../src/partitioning/index.ts";
import { metadataField } from "../../src/reading/metadata-columns.ts";
import { Schema, type StructType } from "../../src/schema/index.ts";
import { UNSORTED } from "../../src/sorting/index.ts";
import { decodeValue, hashValue } from "../../src/values/index.ts";
import { entriesOf, manifestsOf, memory, rowsOf } from "./rows.ts";

const money = { kind: "decimal", precision: 18, scale: 2 } as const;

describe("the hash of a decimal (PRT-015)", () => {
  it.each(["058c", "00058c", "000000000000058c", "0000000000000000000000000000058c"])(
    "of 14.20 is that of its shortest bytes, read from %s",
    (hex) => expect(hashValue(money, decodeValue(money, fromHex(hex)))).toBe(-500754589),
  );
  it.each(["ff", "ffff", "ffffffffffffffff"])("of -0.01 likewise, read from %s", (hex) => {
    const value = decodeValue(money, fromHex(hex));
    expect(hashValue(money, value)).toBe(-43192051);
    expect(applyTransform(bucketTransform(16), money)(value)).toBe((-43192051 & 0x7fffffff) % 16);
  });
});

describe("the unified partition type (PRT-046, MET-088)", () => {
  it("has every field of every spec once, by ascending id, void ones with the type they had", async () => {
    const { catalog } = await memory();
    const schema = defineSchema({ a: required(t.int()), b: required(t.string()), c: required(t.date()) });
    const table = await catalog.createTable("ns.t", schema, {
      partitionSpec: [bucket(4, "a"), identity("b")],
    });
    const spec = (specId: number, ...fields: PartitionSpec["fields"]) => ({ specId, fields });
    const [first, second] = table.metadata.partitionSpecs[0]!.fields as [
      PartitionSpec["fields"][0],
      PartitionSpec["fields"][0],
    ];
    const third = { sourceId: 3, fieldId: 1002, name: "c", transform: { kind: "identity" } } as const;
    const partitionSpecs = [
      spec(0, third, second),
      spec(2, third, { ...first, transform: { kind: "void" } }),
      spec(1, first, second),
    ];
    const metadata = { ...table.metadata, partitionSpecs };
    const { fields } = metadataField("_partition", metadata)!.type as StructType;
    for (const columns of [partitionColumns(metadata), fields])
      expect(columns.map(({ id, type, required }) => [id, type.kind, required])).toEqual([
        [1000, "int", false],
        [1001, "string", false],
        [1002, "date", false],
      ]);
  });
});

describe("names of data files (PRT-051)", () => {
  const schema = defineSchema({ org: required(t.string()), n: required(t.int()) });
  const odd = ["a b", "100%", "a%2Fb", "+", "é", "a/b", "=", "null"];

  it("are unique, and stored in metadata exactly as they were used", async () => {
    const { io, catalog } = await memory();
    const created = await catalog.createTable("ns.t", schema, { partitionSpec: [identity("org")] });
    const { table } = await created.append(odd.map((org, n) => ({ org, n })));
    const { table: twice } = await table.append(odd.map((org, n) => ({ org, n })));
    const paths = entriesOf(io, twice.metadata).map(({ dataFile }) => dataFile.filePath);
    expect(new Set(paths).size).toBe(2 * odd.length);
    for (const path of paths) expect(io.files.has(path), path).toBe(true);
    const values = entriesOf(io, twice.metadata).map(({ dataFile }) => dataFile.partition[0]);
    expect(new Set(values), "values come from the tuple, not from the path").toEqual(new Set(odd));
    expect(await rowsOf({ scan: () => twice.scan({ filter: eq("org", "a%2Fb") }) })).toEqual([
      { org: "a%2Fb", n: 2 },
      { org: "a%2Fb", n: 2 },
    ]);
  });
});

describe("sort orders of a table (PRT-055)", () => {
  const schema = defineSchema({ a: required(t.int()) });
  const json = async (formatVersion: 1 | 2 | 3) => {
    const { catalog } = await memory();
    const { metadata } = await catalog.createTable("ns.t", schema, { formatVersion, sortOrder: [asc("a")] });
    return { ...metadataToJson(metadata) };
  };

  it.each([1, 2, 3] as const)("v%i: the default order must be among them", async (version) => {
    const good = await json(version);
    expect(metadataFromJson(good).defaultSortOrderId).toBe(1);
    expect(() => metadataFromJson({ ...good, "default-sort-order-id": 7 })).toThrow(/7/);
  });

  it("v1 without the list is unsorted; v2 needs it", async () => {
    const { "sort-orders": _, "default-sort-order-id": __, ...v1 } = await json(1);
    expect(metadataFromJson(v1)).toMatchObject({ defaultSortOrderId: 0, sortOrders: [UNSORTED] });
    const { "sort-orders": ___, ...v2 } = await json(2);
    expect(() => metadataFromJson(v2)).toThrow(/sort-orders/);
  });
});

it("a file that claims an order the table does not have is read as unsorted (PRT-064)", async () => {
  const { io, catalog } = await memory();
  const schema = defineSchema({ a: required(t.int()) });
  const created = await catalog.createTable("ns.t", schema, { sortOrder: [asc("a")] });
  const { table } = await created.append([{ a: 2 }, { a: 1 }]);
  const [entry] = entriesOf(io, table.metadata);
  expect(entry!.dataFile.sortOrderId).toBe(1);
  const [path, old] = [...io.files].find(([name]) => name.endsWith("-m0.avro"))!;
  const fields = partitionFields(table.metadata.partitionSpecs[0]!, table.metadata.schemas[0]!);
  const { bytes } = writeManifest({
    formatVersion: 2,
    schema: table.metadata.schemas[0]!,
    spec: table.metadata.partitionSpecs[0]!,
    content: "data",
    snapshotId: table.metadata.currentSnapshotId!,
    entries: [{ status: "added", dataFile: { ...entry!.dataFile, sortOrderId: 99 } }],
    sync: new Uint8Array(16),
  });
  io.files.set(path, bytes);
  expect(old).not.toEqual(bytes);
  const [odd] = readManifest(bytes, {
    manifest: manifestsOf(io, table.metadata)[0]!,
    fields,
    what: path,
  });
  expect(odd!.dataFile.sortOrderId).toBe(99);
  expect(await rowsOf(table)).toEqual([{ a: 1 }, { a: 2 }]);
});

describe("a manifest's tuples (PRT-071)", () => {
  const schema = new Schema([
    { id: 1, name: "a", required: true, type: { kind: "int" } },
    { id: 2, name: "b", required: true, type: { kind: "int" } },
  ]);
  const field = (sourceId: number, fieldId: number, name: string) =>
    ({ sourceId, fieldId, name, transform: { kind: "identity" } }) as const;
  const written: PartitionSpec = { specId: 0, fields: [field(1, 1000, "a"), field(2, 1001, "b")] };

  it("are matched to the spec's fields by id, not by name or place", () => {
    const { bytes, manifest } = writeManifest({
      formatVersion: 2,
      schema,
      spec: written,
      content: "data",
      snapshotId: 5n,
      entries: [
        {
          status: "added",
          dataFile: {
            content: "data",
            filePath: "s3://b/f.parquet",
            fileFormat: "parquet",
            specId: 0,
            partition: [1, 2],
            recordCount: 1,
            fileSizeInBytes: 9,
          },
        },
      ],
      sync: new Uint8Array(16),
    });
    // Swapped, and each under the name that the other one has in the file.
    const now: PartitionSpec = { specId: 0, fields: [field(2, 1001, "a"), field(1, 1000, "b")] };
    const [entry] = readManifest(bytes, {
      manifest: { ...manifest, sequenceNumber: 1 },
      fields: partitionFields(now, schema),
      what: "m",
    });
    expect(entry!.dataFile.partition).toEqual([2, 1]);
  });

  it("and its files keep their tuples when fields are swapped and renamed", async () => {
    const { catalog } = await memory();
    const columns = defineSchema({ a: required(t.int()), b: required(t.int()), n: optional(t.int()) });
    const created = await catalog.createTable("ns.t", columns, {
      partitionSpec: [identity("a"), identity("b")],
    });
    const { table } = await created.append([{ a: 1, b: 2, n: 1 }]);
    const [x, y] = table.metadata.partitionSpecs[0]!.fields as [
      PartitionSpec["fields"][0],
      PartitionSpec["fields"][0],
    ];
    const swapped = {
      specId: 1,
      fields: [
        { ...y, name: "second" },
        { ...x, name: "first" },
      ],
    };
    const metadata = applyUpdates(
      table.metadata,
      [
        { action: "add-spec", spec: swapped },
        { action: "set-default-spec", specId: -1 },
      ],
      { nowMs: table.metadata.lastUpdatedMs },
    );
    expect(partitionFields(metadata.partitionSpecs[1]!, columns).map(({ id, name }) => [id, name])).toEqual([
      [1001, "second"],
      [1000, "first"],
    ]);
    expect(partitionColumns(metadata).map(({ id, name }) => [id, name])).toEqual([
      [1000, "first"],
      [1001, "second"],
    ]);
  });
});
