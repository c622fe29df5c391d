/** Vectors of files: manifests, what their entries inherit, deletes, Puffin. */
import avsc from "avsc";
import { expect } from "vitest";
import { fromHex, type Json, type JsonObject, stringifyJson, toHex } from "../../src/base/index.ts";
import {
  DeleteFileIndex,
  decodeDeletionVector,
  encodeDeletionVector,
  PositionBitmap,
  puffinFooterSize,
  readPuffin,
} from "../../src/deletes/index.ts";
import {
  type FormatVersion,
  type ManifestEntry,
  type ManifestFile,
  readManifest,
  readManifestList,
  writeManifest,
  writeManifestList,
} from "../../src/manifests/index.ts";
import { type PartitionSpec, partitionFields } from "../../src/partitioning/index.ts";
import { Schema } from "../../src/schema/index.ts";
import {
  data,
  schema as deleteSchema,
  specs as deleteSpecs,
  equalityDeletes,
  positionDeletes,
  vector as vectorEntry,
} from "../unit/deletes/entries.ts";
import { suite, text } from "./vector-suite.ts";
import { codeOf } from "./vectors.ts";

suite(
  "delete-scope.json",
  ({ data: file, delete: deletes }) => `${text(file)} under ${text(deletes)}`,
  ({ data: file, delete: deletes, applies }) => {
    const special: Record<string, number> = { NaN: Number.NaN, "-0": -0 };
    const changes = ({ spec, partition, sequence, referencedDataFile }: JsonObject) => ({
      specId: Number(spec),
      partition: (partition as readonly Json[]).map((value) =>
        typeof value === "string" ? special[value]! : (value as number | null),
      ),
      sequence: Number(sequence),
      ...(referencedDataFile !== undefined && { referencedDataFile: String(referencedDataFile) }),
    });
    const make = {
      "equality-deletes": equalityDeletes,
      "position-deletes": positionDeletes,
      vector: vectorEntry,
    }[(deletes as JsonObject).content as "vector"];
    const index = new DeleteFileIndex([make(changes(deletes as JsonObject))], {
      specs: deleteSpecs,
      schema: deleteSchema,
    });
    expect(index.deletesFor(data(changes(file as JsonObject))).length).toBe(applies === true ? 1 : 0);
  },
);

/** An Avro container made without the library: plain blocks, the schema as it is given. */
function container(schema: Json, records: readonly Buffer[]): Uint8Array {
  const long = (value: number) => {
    const bytes: number[] = [];
    for (let rest = value * 2; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return Buffer.from([...bytes, rest]);
      bytes.push((rest % 128) + 128);
    }
  };
  const string = (value: string) => Buffer.concat([long(Buffer.byteLength(value)), Buffer.from(value)]);
  const sync = Buffer.alloc(16, 7);
  const body = Buffer.concat(records as Buffer[]);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x4f, 0x62, 0x6a, 1]),
      long(1),
      string("avro.schema"),
      string(stringifyJson(schema)),
      long(0),
      sync,
      long(records.length),
      long(body.length),
      body,
      sync,
    ]),
  );
}

const days = new Schema([{ id: 1, name: "ts", required: false, type: { kind: "timestamptz" } }]);
const byDay: PartitionSpec = {
  specId: 0,
  fields: [{ sourceId: 1, fieldId: 1000, name: "ts_day", transform: { kind: "day" } }],
};
const sync = new Uint8Array(16);
const idsOf = (json: Json) =>
  ((json as JsonObject).fields as readonly JsonObject[]).map((field) => [field["field-id"], field.name]);
const headerSchema = (bytes: Uint8Array) => {
  const at = Buffer.from(bytes).indexOf('{"type":"record"');
  let depth = 0;
  for (let end = at; ; end++) {
    const character = bytes[end];
    if (character === 0x7b) depth++;
    if (character === 0x7d && --depth === 0)
      return JSON.parse(Buffer.from(bytes.subarray(at, end + 1)).toString()) as JsonObject;
  }
};
const dataFile = {
  content: "data",
  filePath: "s3://b/f",
  fileFormat: "parquet",
  specId: 0,
  partition: [1],
  recordCount: 1,
  fileSizeInBytes: 1,
} as const;

suite(
  "manifests/manifests.json",
  (v) => `${text(v.kind)} ${text(v.formatVersion ?? v.note)}`,
  (vector) => {
    const { kind, avro, records, manifest: changes = {}, expected, error } = vector;
    const formatVersion = vector.formatVersion as FormatVersion;
    const manifest = {
      partitionSpecId: 0,
      content: "data",
      addedSnapshotId: 77n,
      sequenceNumber: 9,
      ...(changes as object),
    } as const;
    if (kind === "fields") {
      const { bytes } = writeManifest({
        formatVersion,
        schema: days,
        spec: byDay,
        content: "data",
        snapshotId: 5n,
        entries: [{ status: "added", dataFile }],
        sync,
      });
      const schema = headerSchema(bytes);
      expect(idsOf(schema)).toEqual(vector.entry);
      const file = (schema.fields as readonly JsonObject[]).find((field) => field["field-id"] === 2)!;
      return expect(idsOf(file.type!)).toEqual(vector.dataFile);
    }
    if (kind === "list-fields") {
      const { bytes } = writeManifestList({
        formatVersion,
        snapshotId: 5n,
        sequenceNumber: 1,
        firstRowId: 0n,
        manifests: [],
        sync,
      });
      return expect(idsOf(headerSchema(bytes))).toEqual(vector.list);
    }
    const type = avsc.Type.forSchema(avro as never);
    const encoded = (records as readonly JsonObject[]).map((record) =>
      type.toBuffer(type.clone(record, { wrapUnions: true, coerceBuffers: true })),
    );
    const read = () =>
      readManifest(container(avro!, encoded), {
        manifest: manifest as ManifestFile,
        fields: partitionFields(byDay, days),
        what: "m",
      });
    if (error !== undefined) return expect(codeOf(read)).toBe(error);
    const found = read().map(
      ({ status, snapshotId, sequenceNumber, fileSequenceNumber, dataFile: file }) => ({
        status,
        snapshotId: String(snapshotId),
        sequenceNumber,
        fileSequenceNumber,
        filePath: file.filePath,
        fileFormat: file.fileFormat,
        partition: [...file.partition],
        recordCount: file.recordCount,
        ...(file.valueCounts && { valueCounts: Object.fromEntries(file.valueCounts) }),
        ...(file.lowerBounds && {
          lowerBounds: Object.fromEntries([...file.lowerBounds].map(([id, bound]) => [id, toHex(bound)])),
        }),
      }),
    );
    expect(found).toEqual(expected);
  },
);

suite(
  "sequence-inheritance.json",
  (v) => `${text(v.entry)} of ${text(v.manifest)}`,
  ({ manifest, entry, expected, error }) => {
    const { addedSnapshotId, sequenceNumber } = manifest as JsonObject;
    const codes = { existing: 0, added: 1, deleted: 2 };
    const given = entry as JsonObject;
    const optional = (id: number, name: string) => ({ name, type: ["null", "long"], "field-id": id });
    const avro = {
      type: "record",
      name: "manifest_entry",
      fields: [
        { name: "status", type: "int", "field-id": 0 },
        optional(1, "snapshot_id"),
        optional(3, "sequence_number"),
        optional(4, "file_sequence_number"),
        {
          name: "data_file",
          "field-id": 2,
          type: {
            type: "record",
            name: "r2",
            fields: [
              { name: "file_path", type: "string", "field-id": 100 },
              { name: "file_format", type: "string", "field-id": 101 },
              { name: "partition", type: { type: "record", name: "r102", fields: [] }, "field-id": 102 },
              { name: "record_count", type: "long", "field-id": 103 },
              { name: "file_size_in_bytes", type: "long", "field-id": 104 },
            ],
          },
        },
      ],
    };
    const branch = (value: Json | undefined) => (value === undefined ? null : { long: Number(value) });
    const record = {
      status: codes[given.status as "added"],
      snapshot_id: branch(given.snapshotId),
      sequence_number: branch(given.sequenceNumber),
      file_sequence_number: branch(given.fileSequenceNumber),
      data_file: {
        file_path: "f",
        file_format: "parquet",
        partition: {},
        record_count: 1,
        file_size_in_bytes: 1,
      },
    };
    const bytes = container(avro as never, [
      avsc.Type.forSchema(avro as never, { wrapUnions: true }).toBuffer(record),
    ]);
    const read = () =>
      readManifest(bytes, {
        manifest: {
          partitionSpecId: 0,
          content: "data",
          addedSnapshotId: BigInt(addedSnapshotId as number),
          sequenceNumber: Number(sequenceNumber),
        },
        fields: [],
        what: "m",
      });
    if (error !== undefined) return expect(codeOf(read)).toBe(error);
    const [found] = read();
    expect({
      snapshotId: Number(found!.snapshotId),
      sequenceNumber: found!.sequenceNumber,
      fileSequenceNumber: found!.fileSequenceNumber,
    }).toEqual(expected);
  },
);

suite(
  "row-lineage.json",
  (v) => text(v.manifests ?? v.entries),
  (vector) => {
    const expected = (vector.firstRowIds as readonly Json[]).map((id) =>
      id === null ? undefined : BigInt(id as number),
    );
    if (vector.manifests !== undefined) {
      const manifests = (vector.manifests as readonly JsonObject[]).map(
        ({ content, added, existing, deleted = 0, firstRowId }, at): ManifestFile => ({
          manifestPath: `m${at}`,
          manifestLength: 1,
          partitionSpecId: 0,
          content: content as "data",
          sequenceNumber: 1,
          minSequenceNumber: 1,
          addedSnapshotId: 5n,
          addedFilesCount: 1,
          existingFilesCount: 1,
          deletedFilesCount: 0,
          addedRowsCount: Number(added),
          existingRowsCount: Number(existing),
          deletedRowsCount: Number(deleted),
          ...(firstRowId !== undefined && { firstRowId: BigInt(firstRowId as number) }),
        }),
      );
      const written = writeManifestList({
        formatVersion: 3,
        snapshotId: 5n,
        sequenceNumber: 1,
        firstRowId: BigInt(vector.nextRowId as number),
        manifests,
        sync,
      });
      expect(readManifestList(written.bytes, "l").map(({ firstRowId }) => firstRowId)).toEqual(expected);
      return expect(written.nextRowId).toBe(BigInt(vector.after as number));
    }
    const entries = (vector.entries as readonly JsonObject[]).map(
      ({ status, records, firstRowId }): ManifestEntry => ({
        status: status as "added",
        ...(status !== "added" && { snapshotId: 5n, sequenceNumber: 1, fileSequenceNumber: 1 }),
        dataFile: {
          ...dataFile,
          recordCount: Number(records),
          ...(firstRowId !== undefined && { firstRowId: BigInt(firstRowId as number) }),
        },
      }),
    );
    const { bytes, manifest } = writeManifest({
      formatVersion: 3,
      schema: days,
      spec: byDay,
      content: "data",
      snapshotId: 5n,
      entries,
      sync,
    });
    const first = vector.manifestFirstRowId;
    const { firstRowId: _, ...bare } = {
      ...manifest,
      manifestPath: "m",
      sequenceNumber: 1,
      minSequenceNumber: 1,
    } as ManifestFile;
    const found = readManifest(bytes, {
      manifest: first === null ? bare : { ...bare, firstRowId: BigInt(first as number) },
      fields: partitionFields(byDay, days),
      what: "m",
    });
    expect(found.map(({ dataFile: file }) => file.firstRowId)).toEqual(expected);
  },
);

suite(
  "puffin/puffin.json",
  (v) => `${text(v.kind)} ${text(v.fault ?? v.positions ?? v.blobs)}`,
  ({ kind, hex, positions, writes, footerSize, blobs, error }) => {
    const bytes = fromHex(String(hex));
    const read = () => (kind === "vector" ? decodeDeletionVector(bytes) : readPuffin(bytes));
    if (error !== undefined) return expect(codeOf(read)).toBe(error);
    if (kind === "vector") {
      const numbers = (positions as readonly string[]).map(Number);
      expect([...decodeDeletionVector(bytes)]).toEqual(numbers);
      const bitmap = PositionBitmap.of(numbers);
      if (writes === true) expect(toHex(encodeDeletionVector(bitmap))).toBe(hex);
      return;
    }
    expect(puffinFooterSize(bytes, bytes.length)).toBe(footerSize);
    expect(
      readPuffin(bytes).blobs.map(({ type, fields, offset, length }) => ({
        type,
        fields: [...fields],
        offset,
        length,
      })),
    ).toEqual(blobs);
  },
);
