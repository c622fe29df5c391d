import { describe, expect, test } from "vitest";
import { writeContainer } from "../../../src/avro/index.ts";
import { entryFields } from "../../../src/manifests/entry-fields.ts";
import type { ManifestEntry, ManifestFile } from "../../../src/manifests/index.ts";
import { readManifest } from "../../../src/manifests/index.ts";
import { recordEncoder, recordJson } from "../../../src/manifests/record-fields.ts";
import { added, dataFile, existing, fields, read, sync, write } from "./samples.ts";

const manifest = { partitionSpecId: 3, content: "data", addedSnapshotId: 77n, sequenceNumber: 9 } as const;

/** A manifest with exactly the entries given, checked by nobody, as other writers might make it. */
function unchecked(entries: readonly ManifestEntry[], version: 1 | 2 | 3 = 2): Uint8Array {
  const records = entryFields(version, fields);
  return writeContainer(entries, recordEncoder(records), {
    schema: recordJson("manifest_entry", records),
    metadata: {},
    compression: { codec: "null" },
    sync,
  });
}

function readAs(bytes: Uint8Array, changes: Partial<ManifestFile> = {}): ManifestEntry[] {
  return readManifest(bytes, { manifest: { ...manifest, ...changes }, fields, what: "m0.avro" });
}

describe("sequence number inheritance", () => {
  test("nulls of an added entry come from the manifest (MAN-029)", () => {
    expect(readAs(unchecked([added()]))[0]).toMatchObject({
      snapshotId: 77n,
      sequenceNumber: 9,
      fileSequenceNumber: 9,
    });
  });

  test("an existing entry never inherits: a null data sequence number is corrupt (MAN-029)", () => {
    const { sequenceNumber: _, ...entry } = existing();
    expect(() => readAs(unchecked([entry]))).toThrow(
      /an existing file without its data sequence number at offset/,
    );
  });

  test("a deleted entry never inherits: its numbers stay unknown (MAN-029)", () => {
    const [entry] = readAs(unchecked([{ status: "deleted", dataFile: dataFile() }]));
    expect(entry).toMatchObject({ status: "deleted", snapshotId: 77n });
    expect(entry).not.toHaveProperty("sequenceNumber");
  });

  test("an existing entry of an early version 2 writer may lack its file sequence number", () => {
    const { fileSequenceNumber: _, ...entry } = existing();
    expect(readAs(unchecked([entry]))[0]).not.toHaveProperty("fileSequenceNumber");
  });

  test.each([1, 2] as const)("version %i with manifest sequence number 0: all are 0 (MAN-030)", (version) => {
    const entries: ManifestEntry[] = (["added", "existing", "deleted"] as const).map((status) => ({
      status,
      snapshotId: 5n,
      dataFile: dataFile(),
    }));
    for (const entry of readAs(unchecked(entries, version), { sequenceNumber: 0 })) {
      expect(entry).toMatchObject({ snapshotId: 5n, sequenceNumber: 0, fileSequenceNumber: 0 });
    }
  });
});

describe("first row id inheritance", () => {
  const ids = (entries: readonly ManifestEntry[], changes: Partial<ManifestFile>) =>
    readAs(unchecked(entries, 3), changes).map((entry) => entry.dataFile.firstRowId);
  const spread = [
    existing({ firstRowId: 800n, recordCount: 25 }),
    added({ recordCount: 50 }),
    { ...existing({ recordCount: 1000 }), status: "deleted" as const },
    added({ recordCount: 50 }),
  ];

  test("nulls of live entries count on from the manifest's (MAN-036)", () => {
    expect(ids(spread, { firstRowId: 1000n })).toEqual([800n, 1000n, undefined, 1050n]);
  });

  test("a manifest without one nulls them all once it is committed (MAN-037)", () => {
    expect(ids(spread, {})).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("a manifest without one and without number keeps what entries say", () => {
    const { sequenceNumber: _, ...open } = manifest;
    const bytes = unchecked(spread, 3);
    const entries = readManifest(bytes, { manifest: open, fields, what: "m" });
    expect(entries.map((entry) => entry.dataFile.firstRowId)).toEqual([
      800n,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("delete files never have one (MAN-038)", () => {
    const bytes = unchecked(
      [added({ content: "position-deletes", firstRowId: 4n }), added({ content: "position-deletes" })],
      3,
    );
    const [own, none] = readAs(bytes, { content: "deletes", firstRowId: 1000n });
    expect(own?.dataFile).not.toHaveProperty("firstRowId");
    expect(none?.dataFile).not.toHaveProperty("firstRowId");
  });

  test("projection and liveOnly give the same ids (MAN-039)", () => {
    const bytes = unchecked(spread, 3);
    const options = { manifest: { ...manifest, firstRowId: 1000n }, fields, what: "m", liveOnly: true };
    const lean = readManifest(bytes, { ...options, columns: { metricsFor: "none" } });
    expect(lean.map((entry) => entry.dataFile.firstRowId)).toEqual([800n, 1000n, 1050n]);
  });
});

describe("readManifest() refuses", () => {
  const patch = (entry: unknown): ManifestEntry => entry as ManifestEntry;
  test.each<[string, ManifestEntry, RegExp]>([
    [
      "content of the other kind (MAN-019)",
      added({ content: "equality-deletes", equalityIds: [1] }),
      /content 2 in a data manifest/,
    ],
    [
      "an unknown format",
      patch({ ...added(), dataFile: { ...dataFile(), fileFormat: "csv" } }),
      /without a known file format/,
    ],
  ])("%s", (_, entry, message) => {
    expect(() => readAs(unchecked([entry]))).toThrow(message);
  });

  test("status 3 as bytes (MAN-007)", () => {
    const bytes = unchecked([added()]);
    const text = Buffer.from(bytes);
    // The block: one entry, its size, then the status (1 is stored as 2).
    const body = text.lastIndexOf(Buffer.from(sync), bytes.length - 17) + 16;
    let at = body + 1;
    while (bytes[at]! >= 0x80) at++;
    expect(bytes[at + 1]).toBe(2);
    bytes[at + 1] = 6;
    expect(() => readAs(bytes)).toThrow(/status 3 of an entry at offset/);
  });

  test("Parquet manifests and format version 4 (MAN-005, MAN-092)", () => {
    expect(() => readAs(new TextEncoder().encode("PAR1....PAR1"))).toThrow(
      /Parquet manifests belong to format version 4/,
    );
    const records = entryFields(3, fields);
    const bytes = writeContainer([added()], recordEncoder(records), {
      schema: recordJson("manifest_entry", records),
      metadata: { "format-version": "4" },
      compression: { codec: "null" },
      sync,
    });
    expect(() => readAs(bytes)).toThrow(expect.objectContaining({ code: "unsupported" }));
  });
});

test("sort order ids of position deletes are ignored (MAN-027, PRT-063)", () => {
  const bytes = unchecked([added({ content: "position-deletes", sortOrderId: 7 })]);
  const [entry] = readManifest(bytes, { manifest: { ...manifest, content: "deletes" }, fields, what: "m" });
  expect(entry?.dataFile).not.toHaveProperty("sortOrderId");
});

test("formats are read in any case (MAN-017)", () => {
  const odd = { ...dataFile(), fileFormat: "PaRqUeT" } as unknown as ReturnType<typeof dataFile>;
  expect(readAs(unchecked([{ status: "added", dataFile: odd }]))[0]?.dataFile.fileFormat).toBe("parquet");
  expect(read(write([added({ fileFormat: "orc" })]))[0]?.dataFile.fileFormat).toBe("orc");
});
