import { describe, expect, test } from "vitest";
import { openContainer } from "../../../src/avro/index.ts";
import { type Json, parseJson } from "../../../src/base/index.ts";
import {
  type DataFile,
  type FormatVersion,
  inlineManifest,
  type ManifestEntry,
  manifestEntries,
  manifestHeader,
  writeManifest,
} from "../../../src/manifests/index.ts";
import { specFieldsFromJson } from "../../../src/partitioning/index.ts";
import { schemaFromJson } from "../../../src/schema/index.ts";
import {
  added,
  dataFile,
  existing,
  fields,
  fullMetrics,
  listed,
  read,
  SNAPSHOT,
  schema,
  spec,
  sync,
  unpacked,
  write,
} from "./samples.ts";

const equalityDeletes: Partial<DataFile> = {
  content: "equality-deletes",
  equalityIds: [1, 2],
  sortOrderId: 1,
};
const vector: Partial<DataFile> = {
  content: "position-deletes",
  fileFormat: "puffin",
  referencedDataFile: "s3://bucket/a.parquet",
  contentOffset: 4,
  contentSizeInBytes: 50,
};

describe("writeManifest() then readManifest()", () => {
  test.each([1, 2, 3] as const)(
    "keep every member of a data file in version %i (MAN-014, MAN-053)",
    (version) => {
      const file = dataFile(fullMetrics);
      const written = write([{ status: "added", dataFile: file }], version);
      const manifest = version === 1 ? { sequenceNumber: 0 } : {};
      expect(read(written, manifest).map((entry) => unpacked(entry.dataFile))).toEqual([file]);
    },
  );

  test("keep absent members absent and empty maps empty", () => {
    const [bare, empty] = read(write([added(), added({ valueCounts: new Map(), splitOffsets: [] })]));
    expect(bare?.dataFile).toEqual(dataFile());
    expect(Object.keys(bare!.dataFile).sort()).toEqual(Object.keys(dataFile()).sort());
    expect(empty?.dataFile.valueCounts?.size).toBe(0);
    expect(empty?.dataFile.splitOffsets).toEqual([]);
  });

  test("keep delete files and deletion vectors (MAN-020, MAN-022)", () => {
    const entries = [added(equalityDeletes), added({ ...vector, recordCount: 2 })];
    const files = read(write(entries, 3, "deletes")).map((entry) => entry.dataFile);
    expect(files.map(unpacked)).toEqual(entries.map((entry) => entry.dataFile));
  });

  test("many entries over many blocks keep their order", () => {
    const entries = Array.from({ length: 1500 }, (_, i) =>
      added({ ...fullMetrics, filePath: `f${i}`, recordCount: i }),
    );
    const written = write(entries);
    expect(read(written).map((entry) => entry.dataFile.recordCount)).toEqual(entries.map((_, i) => i));
    const streamed = [...manifestEntries(written.bytes, { manifest: listed(written), fields, what: "m" })];
    const plain = (entries: readonly ManifestEntry[]) =>
      entries.map((entry) => ({ ...entry, dataFile: unpacked(entry.dataFile) }));
    expect(plain(streamed)).toEqual(plain(read(written)));
  });

  test("entries of one partition share their tuple", () => {
    const [a, b, c] = read(write([added(), added(), added({ partition: [1, 2n, 3n] })]));
    expect(b?.dataFile.partition).toBe(a?.dataFile.partition);
    expect(c?.dataFile.partition).toEqual([1, 2n, 3n]);
  });
});

describe("projection", () => {
  const entries = [
    added(fullMetrics),
    added({ ...fullMetrics, nullValueCounts: new Map([[1, 5]]) }),
    added(),
  ];
  const written = write(entries);
  const project = (metricsFor: ReadonlySet<number> | "all" | "none", columnSizes?: boolean) =>
    read(written, {}, { columns: { metricsFor, ...(columnSizes === undefined ? {} : { columnSizes }) } });

  test("none leaves every metric out and everything else in", () => {
    const file = project("none")[0]!.dataFile;
    const { keyMetadata, splitOffsets, sortOrderId } = fullMetrics;
    expect(unpacked(file)).toEqual(dataFile({ keyMetadata, splitOffsets, sortOrderId } as Partial<DataFile>));
    expect(unpacked(project("none", true)[0]!.dataFile).columnSizes).toEqual(fullMetrics.columnSizes);
  });

  test.each([[[1]], [[2, 70]], [[5, 2147483546]], [[1, 2, 5, 70, 2147483546]]])("ids %j alone", (ids) => {
    const wanted = new Set(ids);
    for (const [index, entry] of project(wanted, true).entries()) {
      const whole = entries[index]!.dataFile;
      for (const key of [
        "columnSizes",
        "valueCounts",
        "nullValueCounts",
        "nanValueCounts",
        "lowerBounds",
        "upperBounds",
      ] as const) {
        const kept = [...(whole[key] ?? [])].filter(([id]) => wanted.has(id));
        const map = entry.dataFile[key];
        expect(map === undefined ? [] : [...map], key).toEqual(kept);
        for (const [id, value] of kept) expect(map?.get(id), key).toEqual(value);
        expect(map?.get(3)).toBeUndefined();
        expect(map?.has(3) ?? false).toBe(false);
      }
    }
  });

  test("packed maps are read-only maps", () => {
    const bounds = project(new Set([1, 2]))[0]!.dataFile.lowerBounds!;
    expect(bounds.size).toBe(2);
    expect([...bounds.keys()]).toEqual([1, 2]);
    expect([...bounds.values()].map((bytes) => bytes.length)).toEqual([8, 200]);
    const seen: number[] = [];
    bounds.forEach((bytes, id) => {
      seen.push(id, bytes.length);
    });
    expect(seen).toEqual([1, 8, 2, 200]);
    const counts = project(new Set([1])).map((entry) => entry.dataFile.valueCounts);
    expect(counts[1]).toBe(counts[0]);
  });

  test("liveOnly leaves deleted entries out (MAN-011)", () => {
    const all = write([added(), { ...existing(), status: "deleted" }, existing()]);
    expect(read(all, {}, { liveOnly: true }).map((entry) => entry.status)).toEqual(["added", "existing"]);
    expect(read(all).map((entry) => entry.status)).toEqual(["added", "deleted", "existing"]);
  });
});

describe("what is stored", () => {
  const raw = (
    version: FormatVersion,
    entries = [added(), existing(), { ...existing(), status: "deleted" as const }],
  ) => {
    const written = write(entries, version);
    return read(written, { sequenceNumber: 9, addedSnapshotId: 1n });
  };

  test("added entries inherit both sequence numbers, existing keep theirs, deleted get the deleting snapshot (MAN-008, 009, 010)", () => {
    const [a, e, d] = raw(2);
    expect(a).toMatchObject({ snapshotId: SNAPSHOT, sequenceNumber: 9, fileSequenceNumber: 9 });
    expect(e).toMatchObject({ snapshotId: 5n, sequenceNumber: 2, fileSequenceNumber: 3 });
    expect(d).toMatchObject({ snapshotId: SNAPSHOT, sequenceNumber: 2, fileSequenceNumber: 3 });
  });

  test("an added entry may have a data sequence number of its own (MAN-010)", () => {
    const written = write([{ ...added(), sequenceNumber: 4 }]);
    expect(written.manifest.minSequenceNumber).toBe(4);
    expect(read(written)[0]).toMatchObject({ sequenceNumber: 4, fileSequenceNumber: 9 });
  });

  test("an unnumbered manifest gives unnumbered added entries", () => {
    const written = write([added()]);
    const { sequenceNumber, minSequenceNumber, ...manifest } = listed(written);
    const [entry] = [...manifestEntries(written.bytes, { manifest, fields, what: "m" })];
    expect(entry).not.toHaveProperty("sequenceNumber");
    expect(entry).not.toHaveProperty("fileSequenceNumber");
    expect([sequenceNumber, minSequenceNumber]).toEqual([9, 9]);
  });

  test("counts, minimum and summaries (MAN-031, MAN-042, MAN-043)", () => {
    const { manifest } = write([
      added({ recordCount: 1 }),
      { ...existing({ recordCount: 20, partition: [-1, null, null] }), sequenceNumber: 2 },
      { ...existing({ recordCount: 300, partition: [7, 5n, null] }), status: "deleted", sequenceNumber: 1 },
    ]);
    expect(manifest).toMatchObject({
      partitionSpecId: 3,
      content: "data",
      minSequenceNumber: 2,
      addedSnapshotId: SNAPSHOT,
      addedFilesCount: 1,
      existingFilesCount: 1,
      deletedFilesCount: 1,
      addedRowsCount: 1,
      existingRowsCount: 20,
      deletedRowsCount: 300,
    });
    expect(manifest).not.toHaveProperty("sequenceNumber");
    expect(manifest.partitions?.map((summary) => summary.containsNull)).toEqual([false, true, true]);
    expect(manifest.partitions?.[0]?.lowerBound).toEqual(new Uint8Array([255, 255, 255, 255]));
    expect(manifest.partitions?.[1]?.lowerBound).toEqual(new Uint8Array([5]));
    expect(manifest.partitions?.[2]).not.toHaveProperty("lowerBound");
  });

  test("no explicit sequence number of a live entry leaves the minimum to the list (MAN-031)", () => {
    const { manifest } = write([added(), { ...existing(), status: "deleted" }]);
    expect(manifest).not.toHaveProperty("minSequenceNumber");
  });

  test("the file format is upper-case (MAN-017)", () => {
    const bytes = writeManifest({
      formatVersion: 2,
      schema,
      spec,
      content: "data",
      snapshotId: SNAPSHOT,
      entries: [added()],
      sync,
      compression: { codec: "null" },
    }).bytes;
    expect(Buffer.from(bytes).includes("PARQUET")).toBe(true);
  });

  test.each([1, 2, 3] as const)("header keys of version %i (MAN-001, MAN-054)", (version) => {
    const { bytes } = write([added()], version);
    const container = openContainer(bytes, "m");
    expect([...container.metadata.keys()].filter((key) => !key.startsWith("avro."))).toEqual([
      "schema",
      "schema-id",
      "partition-spec",
      "partition-spec-id",
      "format-version",
      ...(version === 1 ? [] : ["content"]),
    ]);
    const header = manifestHeader(bytes);
    expect(header).toMatchObject({ formatVersion: version, specId: 3, schemaId: 4, content: "data" });
    expect(schemaFromJson(header.schema!).fields).toEqual(schema.fields);
    expect(specFieldsFromJson(header.partitionSpec!)).toEqual(spec.fields);
  });

  test("Avro names: one definition per named type, sanitised partition names (MAN-006, 057, 058)", () => {
    const text = openContainer(write([added()], 3).bytes, "m").text("avro.schema")!;
    expect(text.match(/"name":"decimal_9_2"/g)).toHaveLength(1);
    expect(text).toContain('"name":"cost","type":["null","decimal_9_2"],"default":null,"field-id":1002');
    expect(text).toContain('"name":"ts_x2Devent_day"');
    expect(text).toContain('"iceberg-field-name":"ts-event_day","field-id":1000');
    const names = [...text.matchAll(/"type":"record","name":"(\w+)"/g)].map((match) => match[1]);
    expect(names).toEqual([
      "manifest_entry",
      "r2",
      "r102",
      "k117_v118",
      "k119_v120",
      "k121_v122",
      "k138_v139",
      "k126_v127",
      "k129_v130",
    ]);
  });

  test.each([
    [1, [0, 1, 2], [100, 101, 102, 103, 104, 105, 108, 109, 110, 137, 125, 128, 131, 132, 140]],
    [
      2,
      [0, 1, 3, 4, 2],
      [134, 100, 101, 102, 103, 104, 108, 109, 110, 137, 125, 128, 131, 132, 135, 140, 143],
    ],
    [
      3,
      [0, 1, 3, 4, 2],
      [134, 100, 101, 102, 103, 104, 108, 109, 110, 137, 125, 128, 131, 132, 135, 140, 142, 143, 144, 145],
    ],
  ] as const)("field order of version %i is Java's (MAN-006, MAN-014)", (version, outer, inner) => {
    const json = parseJson(openContainer(write([added()], version).bytes, "m").text("avro.schema")!);
    const ids = (record: Json) =>
      (record as { fields: { "field-id": number }[] }).fields.map((field) => field["field-id"]);
    expect(ids(json)).toEqual(outer);
    const file = (json as unknown as { fields: { name: string; type: Json }[] }).fields.find(
      (field) => field.name === "data_file",
    )!;
    expect(ids(file.type)).toEqual(inner);
  });
});

test("what a manifest already has is copied as it stands (MAN-024, MAN-026)", () => {
  const odd = existing({ recordCount: -1, equalityIds: [] });
  expect(unpacked(read(write([odd]))[0]!.dataFile)).toEqual(odd.dataFile);
});

test("inlineManifest() takes the spec id from the header and leaves counts unknown (MAN-050)", () => {
  const { bytes } = write([added()], 1);
  expect(inlineManifest(bytes, { manifestPath: "m.avro", snapshotId: 4n })).toEqual({
    manifestPath: "m.avro",
    manifestLength: bytes.length,
    partitionSpecId: 3,
    content: "data",
    sequenceNumber: 0,
    minSequenceNumber: 0,
    addedSnapshotId: 4n,
  });
});

describe("writeManifest() refuses", () => {
  const cases: [string, () => unknown, RegExp][] = [
    ["no entries (MAN-090)", () => write([]), /without entries/],
    [
      "deletes in version 1 (MAN-051)",
      () => write([added(equalityDeletes)], 1, "deletes"),
      /format version 1/,
    ],
    [
      "a delete file among data (MAN-019)",
      () => write([added(equalityDeletes)]),
      /equality-deletes file cannot stand in a data/,
    ],
    [
      "a data file among deletes",
      () => write([added()], 2, "deletes"),
      /data file cannot stand in a deletes/,
    ],
    [
      "another spec's file (MAN-004)",
      () => write([added({ specId: 1 })]),
      /partition spec 1, the manifest to 3/,
    ],
    ["a short tuple", () => write([added({ partition: [1] })]), /1 partition values, the spec has 3/],
    ["a negative record count (MAN-026)", () => write([added({ recordCount: -1 })]), /record count -1/],
    [
      "another snapshot's added file",
      () => write([{ ...added(), snapshotId: 1n }]),
      /added by snapshot 1, not by/,
    ],
    [
      "a file sequence number on an added file (MAN-010)",
      () => write([{ ...added(), fileSequenceNumber: 1 }]),
      /inherits its file sequence/,
    ],
    [
      "a row id on an added file (MAN-038)",
      () => write([added({ firstRowId: 1n })], 3),
      /inherits its first row id/,
    ],
    [
      "an existing file without snapshot",
      () => write([{ ...added(), status: "existing" }]),
      /needs the id of the snapshot/,
    ],
    [
      "an existing file without number (MAN-009)",
      () => write([{ ...added(), status: "existing", snapshotId: 1n }]),
      /needs its data sequence/,
    ],
    [
      "data sequence above file sequence (MAN-034)",
      () => write([{ ...existing(), sequenceNumber: 4 }]),
      /4 is above its file's 3/,
    ],
    [
      "equality deletes without ids (MAN-020)",
      () => write([added({ content: "equality-deletes" })], 2, "deletes"),
      /needs equality ids/,
    ],
    ["equality ids on data", () => write([added({ equalityIds: [1] })]), /no equality ids/],
    [
      "a sort order on position deletes (MAN-027)",
      () => write([added({ content: "position-deletes", sortOrderId: 1 })], 2, "deletes"),
      /no sort order id/,
    ],
    ["a vector in version 2", () => write([added(vector)], 2, "deletes"), /need format version 3/],
    [
      "a vector without its data file (MAN-021)",
      () => write([added({ ...dropped("referencedDataFile") })], 3, "deletes"),
      /must name its data file/,
    ],
    [
      "half a vector (MAN-023)",
      () => write([added({ ...dropped("contentSizeInBytes") })], 3, "deletes"),
      /both be there/,
    ],
    [
      "puffin without offsets",
      () => write([added({ content: "position-deletes", fileFormat: "puffin" })], 3, "deletes"),
      /deletion vector is a puffin file/,
    ],
    [
      "a row id on deletes",
      () => write([added({ ...vector, firstRowId: 1n })], 3, "deletes"),
      /no first row id/,
    ],
    [
      "a marker of another length",
      () =>
        writeManifest({
          formatVersion: 2,
          schema,
          spec,
          content: "data",
          snapshotId: 1n,
          entries: [added()],
          sync: new Uint8Array(3),
        }),
      /sync marker/,
    ],
  ];
  test.each(cases)("%s", (_, act, message) => {
    expect(act).toThrow(message);
    expect(act).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });

  test("a value whose type is lost with its column, rather than make it null", () => {
    const narrow = {
      formatVersion: 2,
      spec,
      content: "data",
      snapshotId: SNAPSHOT,
      entries: [added()],
      sync,
    } as const;
    const without = schemaFromJson({ type: "struct", fields: [] });
    expect(() => writeManifest({ ...narrow, schema: without })).toThrow(
      /type is unknown because its source column/,
    );
  });
});

function dropped(key: "referencedDataFile" | "contentSizeInBytes"): Partial<DataFile> {
  const { [key]: _, ...rest } = vector;
  return rest;
}
