import { describe, expect, test } from "vitest";
import { openContainer } from "../../../src/avro/index.ts";
import { type Json, parseJson } from "../../../src/base/index.ts";
import {
  type FormatVersion,
  type ManifestFile,
  readManifestList,
  type WriteManifestListOptions,
  writeManifestList,
} from "../../../src/manifests/index.ts";
import { SNAPSHOT, sync } from "./samples.ts";

function manifest(changes: Partial<ManifestFile> = {}): ManifestFile {
  return {
    manifestPath: "s3://bucket/m0.avro",
    manifestLength: 5000,
    partitionSpecId: 0,
    content: "data",
    sequenceNumber: 3,
    minSequenceNumber: 1,
    addedSnapshotId: 77n,
    addedFilesCount: 1,
    existingFilesCount: 2,
    deletedFilesCount: 3,
    addedRowsCount: 100,
    existingRowsCount: 25,
    deletedRowsCount: 2 ** 40,
    ...changes,
  };
}

function unnumbered(changes: Partial<ManifestFile> = {}): ManifestFile {
  const {
    sequenceNumber: _,
    minSequenceNumber: __,
    ...rest
  } = manifest({ addedSnapshotId: SNAPSHOT, ...changes });
  return rest;
}

function write(
  manifests: readonly ManifestFile[],
  formatVersion: FormatVersion = 2,
  changes: Partial<WriteManifestListOptions> = {},
) {
  return writeManifestList({
    formatVersion,
    snapshotId: SNAPSHOT,
    sequenceNumber: 9,
    manifests,
    sync,
    ...changes,
  });
}

describe("writeManifestList() then readManifestList()", () => {
  const full = manifest({
    partitions: [
      {
        containsNull: true,
        containsNan: false,
        lowerBound: new Uint8Array([1]),
        upperBound: new Uint8Array(),
      },
      { containsNull: false },
    ],
    keyMetadata: new Uint8Array([9]),
  });

  test("version 3 keeps everything", () => {
    const manifests = [{ ...full, firstRowId: 8n }, manifest({ content: "deletes", partitions: [] })];
    const { bytes } = write(manifests, 3, { firstRowId: 0n });
    expect(readManifestList(bytes, "list")).toEqual(manifests);
  });

  test("version 2 has no row ids", () => {
    expect(readManifestList(write([{ ...full, firstRowId: 8n }]).bytes, "list")).toEqual([full]);
  });

  test("version 1 has no content and no sequence numbers: they read as data and 0 (MAN-041)", () => {
    const [read] = readManifestList(write([full], 1).bytes, "list");
    expect(read).toEqual({ ...full, sequenceNumber: 0, minSequenceNumber: 0 });
  });

  test("unknown counts of version 1 stay unknown, not zero (MAN-041)", () => {
    const bare: ManifestFile = {
      manifestPath: "m",
      manifestLength: 1,
      partitionSpecId: 0,
      content: "data",
      addedSnapshotId: 1n,
    };
    const [read] = readManifestList(write([bare], 1).bytes, "list");
    expect(read).toEqual({ ...bare, sequenceNumber: 0, minSequenceNumber: 0 });
    expect(read).not.toHaveProperty("addedFilesCount");
  });

  test("an empty list", () => {
    expect(readManifestList(write([]).bytes, "list")).toEqual([]);
  });
});

describe("what the commit assigns", () => {
  test("its sequence number to its own manifests (MAN-031, MAN-032)", () => {
    const own = unnumbered();
    const { manifests } = write([own, { ...own, minSequenceNumber: 4 }, manifest()]);
    expect(manifests.map((each) => [each.sequenceNumber, each.minSequenceNumber])).toEqual([
      [9, 9],
      [9, 4],
      [3, 1],
    ]);
    const retry = write([own], 2, { sequenceNumber: 10 });
    expect(retry.manifests[0]).toMatchObject({ sequenceNumber: 10, addedSnapshotId: SNAPSHOT });
  });

  test("row ids to data manifests without one, by added and existing rows (MAN-035)", () => {
    const rows = (added: number, existing: number) => ({
      addedRowsCount: added,
      existingRowsCount: existing,
    });
    const { bytes, nextRowId } = write(
      [
        unnumbered(rows(100, 25)),
        manifest({ content: "deletes" }),
        manifest({ firstRowId: 5n }),
        unnumbered(rows(0, 100)),
        unnumbered(rows(150, 0)),
      ],
      3,
      { firstRowId: 1000n },
    );
    const ids = readManifestList(bytes, "list").map((each) => each.firstRowId);
    expect(ids).toEqual([1000n, undefined, 5n, 1125n, 1225n]);
    expect(nextRowId).toBe(1375n);
  });

  test("version 2 has no next row id", () => {
    expect(write([manifest()], 2, { firstRowId: 4n })).not.toHaveProperty("nextRowId");
  });
});

describe("writeManifestList() refuses", () => {
  const unknown = (() => {
    const { existingRowsCount: _, ...rest } = manifest();
    return rest;
  })();
  test.each<[string, () => unknown, RegExp]>([
    [
      "an unnumbered manifest of another snapshot (MAN-033)",
      () => write([unnumbered({ addedSnapshotId: 1n })]),
      /no sequence number but was added by snapshot 1/,
    ],
    [
      "delete manifests in version 1 (MAN-051)",
      () => write([manifest({ content: "deletes" })], 1),
      /no delete manifests/,
    ],
    ["unknown counts from version 2 on (MAN-094)", () => write([unknown]), /existingRowsCount is unknown/],
    ["version 3 without firstRowId", () => write([], 3), /needs firstRowId/],
    [
      "a row id on deletes",
      () => write([manifest({ content: "deletes", firstRowId: 1n })], 3, { firstRowId: 0n }),
      /no first row id/,
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(message);
    expect(act).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  });
});

describe("what is stored", () => {
  test.each([
    [1, ["snapshot-id", "parent-snapshot-id", "format-version"]],
    [2, ["snapshot-id", "parent-snapshot-id", "sequence-number", "format-version"]],
    [3, ["snapshot-id", "parent-snapshot-id", "sequence-number", "first-row-id", "format-version"]],
  ] as const)("header keys of version %i (MAN-049)", (version, keys) => {
    const container = openContainer(write([], version, { firstRowId: 4n }).bytes, "list");
    expect([...container.metadata.keys()].filter((key) => !key.startsWith("avro."))).toEqual(keys);
    expect(container.text("snapshot-id")).toBe(String(SNAPSHOT));
    expect(container.text("parent-snapshot-id")).toBe("null");
    expect(container.text("first-row-id")).toBe(version === 3 ? "4" : undefined);
    const child = openContainer(write([], version, { firstRowId: 4n, parentSnapshotId: 5n }).bytes, "list");
    expect(child.text("parent-snapshot-id")).toBe("5");
  });

  test.each([
    [1, [500, 501, 502, 503, 504, 505, 506, 507, 512, 513, 514, 519]],
    [2, [500, 501, 502, 517, 515, 516, 503, 504, 505, 506, 512, 513, 514, 507, 519]],
    [3, [500, 501, 502, 517, 515, 516, 503, 504, 505, 506, 512, 513, 514, 507, 519, 520]],
  ] as const)("field order of version %i is Java's (MAN-040)", (version, ids) => {
    const text = openContainer(write([], version, { firstRowId: 0n }).bytes, "list").text("avro.schema")!;
    const json = parseJson(text) as unknown as { name: string; fields: { "field-id": number; type: Json }[] };
    expect(json.name).toBe("manifest_file");
    expect(json.fields.map((field) => field["field-id"])).toEqual(ids);
    expect(text).toContain('"items":{"type":"record","name":"r508"');
    expect(text).toContain('"element-id":508');
  });
});
