import { describe, expect, test } from "vitest";
import {
  compressWith,
  type JsonObject,
  parseJson,
  stringifyJson,
  utf8Decode,
  utf8Encode,
} from "../../../src/base/index.ts";
import {
  applyUpdates,
  encodeMetadataJson,
  metadataFromJson,
  metadataToJson,
  parseMetadata,
  printMetadata,
  type TableMetadata,
  type TableUpdate,
  updateFromJson,
  updateToJson,
} from "../../../src/metadata/index.ts";
import { appendUpdates, emptyTable, nextSnapshot, tableWith } from "./samples.ts";

const versions = [1, 2, 3] as const;
const json = (metadata: TableMetadata) => parseJson(printMetadata(metadata)) as JsonObject;
const without = (object: JsonObject, key: string) => {
  const { [key]: _, ...rest } = object;
  return rest;
};

/** Members each version requires of our own files (MET-001). `schemas` and their like are required here in v1 too:
 * without them the ids beside them dangle or the single forms stand in. */
const required = {
  1: ["format-version", "location", "last-updated-ms", "last-column-id"],
  2: [
    ...[
      "format-version",
      "table-uuid",
      "location",
      "last-sequence-number",
      "last-updated-ms",
      "last-column-id",
    ],
    ...["schemas", "current-schema-id", "partition-specs", "default-spec-id", "last-partition-id"],
    ...["sort-orders", "default-sort-order-id"],
  ],
} as const;
const optional = {
  1: ["table-uuid", "schema", "partition-spec", "last-partition-id", "refs", "properties", "snapshot-log"],
  2: ["properties", "refs", "statistics", "partition-statistics", "snapshot-log", "metadata-log"],
} as const;

describe("metadataFromJson() members", () => {
  for (const version of versions) {
    const document = json(tableWith([1n], version));
    const wanted = version === 1 ? required[1] : [...required[2], ...(version === 3 ? ["next-row-id"] : [])];
    test.each(wanted)(`v${version} needs %s (MET-001)`, (key) => {
      expect(() => metadataFromJson(without(document, key))).toThrowError(
        expect.objectContaining({ code: "invalid-metadata" }),
      );
    });
    test.each(optional[version === 1 ? 1 : 2])(
      `v${version} does without %s, also as null (MET-001, MET-004)`,
      (key) => {
        expect(() => metadataFromJson(without(document, key))).not.toThrow();
        expect(() => metadataFromJson({ ...document, [key]: null })).not.toThrow();
      },
    );
  }

  test("v1 single forms stand in for the lists (MET-006, MET-008)", () => {
    let document = json(emptyTable(1));
    for (const key of [
      "schemas",
      "current-schema-id",
      "partition-specs",
      "default-spec-id",
      "last-partition-id",
    ]) {
      document = without(document, key);
    }
    for (const key of ["sort-orders", "default-sort-order-id"]) document = without(document, key);
    expect(metadataFromJson(document)).toEqual(emptyTable(1));
    expect(() => metadataFromJson(without(document, "schema"))).toThrowError(/schema is missing/);
    expect(() => metadataFromJson(without(document, "partition-spec"))).toThrowError(
      /partition-spec is missing/,
    );
  });

  test.each([0, 4, 5, -1])("format-version %i is unsupported before anything else (MET-002)", (version) => {
    expect(() => metadataFromJson({ "format-version": version })).toThrowError(
      expect.objectContaining({ code: "unsupported" }),
    );
  });

  test("v3 without next-row-id: 0 on a table never committed to, refused on any other", () => {
    expect(metadataFromJson(without(json(emptyTable(3)), "next-row-id")).nextRowId).toBe(0n);
    expect(() => metadataFromJson(without(json(tableWith([1n], 3)), "next-row-id"))).toThrowError(
      /next-row-id/,
    );
  });
});

describe("metadataFromJson() invariants (MET-007, MET-009)", () => {
  const document = json(tableWith([1n, 2n]));
  const snapshots = document.snapshots as JsonObject[];
  const main = { "snapshot-id": 2, type: "branch" };
  test.each([
    ["dangling current-schema-id", { "current-schema-id": 5 }],
    ["dangling default-spec-id", { "default-spec-id": 5 }],
    ["dangling default-sort-order-id", { "default-sort-order-id": 5 }],
    ["no schemas", { schemas: [] }],
    [
      "two schemas of one id",
      { schemas: [...(document.schemas as JsonObject[]), ...(document.schemas as JsonObject[])] },
    ],
    ["sequence number above the table's", { "last-sequence-number": 1 }],
    ["dangling current-snapshot-id", { "current-snapshot-id": 7, refs: {} }],
    ["dangling ref", { refs: { main, b: { "snapshot-id": 7, type: "branch" } } }],
    ["main beside current-snapshot-id", { refs: { main: { "snapshot-id": 1, type: "branch" } } }],
    ["main without current snapshot", { "current-snapshot-id": null }],
    ["snapshot twice", { snapshots: [...snapshots, snapshots[0]!] }],
    ["ref of unknown type", { refs: { main, x: { "snapshot-id": 1, type: "twig" } } }],
    [
      "tag with min-snapshots-to-keep",
      { refs: { main, x: { "snapshot-id": 1, type: "tag", "min-snapshots-to-keep": 1 } } },
    ],
    ["quoted snapshot id", { refs: { main, x: { "snapshot-id": "1", type: "tag" } } }],
    ["property of another kind", { properties: { a: 1 } }],
    [
      "snapshot log out of order by more than a minute",
      {
        "snapshot-log": [
          { "snapshot-id": 1, "timestamp-ms": 100_000 },
          { "snapshot-id": 2, "timestamp-ms": 39_999 },
        ],
      },
    ],
  ])("%s", (_, change) => {
    expect(() => metadataFromJson({ ...document, ...change } as JsonObject)).toThrowError(
      expect.objectContaining({ code: "invalid-metadata" }),
    );
  });

  test("snapshots no ref names may be missing, as with snapshots=refs (MET-009)", () => {
    const partial = metadataFromJson({ ...document, snapshots: snapshots.slice(1) });
    expect(partial.snapshotLog.length).toBe(2);
  });

  test("logs may be missing, empty or a minute out of order (MET-041)", () => {
    for (const log of [
      undefined,
      [],
      [
        { "snapshot-id": 1, "timestamp-ms": 100_000 },
        { "snapshot-id": 2, "timestamp-ms": 40_000 },
      ],
    ]) {
      expect(() => metadataFromJson({ ...document, "snapshot-log": log } as JsonObject)).not.toThrow();
    }
  });

  test("a ref's type is read in any case (MET-042)", () => {
    const read = metadataFromJson({ ...document, refs: { main, x: { "snapshot-id": 1, type: "TAG" } } });
    expect(read.refs.get("x")?.type).toBe("tag");
  });

  test("main is made up beside other refs (MET-010)", () => {
    const read = metadataFromJson({ ...document, refs: { x: { "snapshot-id": 1, type: "tag" } } });
    expect(read.refs.get("main")).toEqual({ snapshotId: 2n, type: "branch" });
  });

  test("v1 snapshot with both forms reads its list (MET-087)", () => {
    const v1 = json(tableWith([1n], 1));
    const both = { ...(v1.snapshots as JsonObject[])[0], manifests: ["m0.avro"] };
    const [snapshot] = metadataFromJson({ ...v1, snapshots: [both] }).snapshots;
    expect(snapshot?.manifestList).toBe("s3://b/t/metadata/snap-1.avro");
    expect(snapshot?.manifests).toBeUndefined();
  });
});

describe("metadataToJson()", () => {
  test("v1 repeats schema and partition-spec, v2 does not (MET-006, MET-069)", () => {
    const v1 = metadataToJson(emptyTable(1));
    expect(v1.schema).toEqual((v1.schemas as JsonObject[])[0]);
    expect(v1["partition-spec"]).toEqual([]);
    expect("last-sequence-number" in v1).toBe(false);
    const upgraded = applyUpdates(emptyTable(1), [{ action: "upgrade-format-version", formatVersion: 2 }], {
      nowMs: 0,
    });
    const v2 = metadataToJson(upgraded);
    expect("schema" in v2 || "partition-spec" in v2).toBe(false);
    expect(v2["last-sequence-number"]).toBe(0);
  });

  test("snapshot members by version (MET-020)", () => {
    const keys = (version: number) => {
      const [snapshot] = json(tableWith([1n], version)).snapshots as JsonObject[];
      return Object.keys(snapshot!).sort();
    };
    const v1 = ["manifest-list", "schema-id", "snapshot-id", "summary", "timestamp-ms"];
    expect(keys(1)).toEqual(v1);
    expect(keys(2)).toEqual([...v1, "sequence-number"].sort());
    expect(keys(3)).toEqual([...v1, "sequence-number", "added-rows", "first-row-id"].sort());
  });

  test("v1 sequence numbers are 0 whatever the file says; a v3 snapshot's key id is kept (MET-020, MET-056)", () => {
    const v1 = json(tableWith([1n], 1));
    const numbered = { ...(v1.snapshots as JsonObject[])[0], "sequence-number": 7 };
    expect(metadataFromJson({ ...v1, snapshots: [numbered] }).snapshots[0]?.sequenceNumber).toBe(0);
    const v3 = json(tableWith([1n], 3));
    const keyed = { ...(v3.snapshots as JsonObject[])[0], "key-id": "k" };
    const again = json(metadataFromJson({ ...v3, snapshots: [keyed] }));
    expect((again.snapshots as JsonObject[])[0]!["key-id"]).toBe("k");
  });

  test("a snapshot printed for one version is printed anew for another", () => {
    const v2 = tableWith([1n], 2);
    expect(printMetadata(v2)).not.toContain("first-row-id");
    const v3 = { ...tableWith([1n], 3), formatVersion: 3 as const };
    expect(printMetadata(v3)).toContain('"first-row-id":0');
    expect(printMetadata({ ...v3, formatVersion: 2 })).not.toContain("first-row-id");
  });

  test("no current snapshot is -1 in v1 and v2, absent in v3 (MET-011)", () => {
    expect(json(emptyTable(1))["current-snapshot-id"]).toBe(-1);
    expect(json(emptyTable(2))["current-snapshot-id"]).toBe(-1);
    expect("current-snapshot-id" in json(emptyTable(3))).toBe(false);
  });

  test("keys that are names of Object are data (MET-014)", () => {
    const keys = ["__proto__", "constructor", "toString"];
    const text = `{${keys.map((key) => `"${key}":"v"`).join(",")}}`;
    const document = printMetadata(tableWith([1n]))
      .replace('"properties":{}', `"properties":${text}`)
      .replace('"summary":{', `"summary":{${text.slice(1, -1)},`);
    const metadata = parseMetadata(document);
    expect([...metadata.properties.keys()]).toEqual(keys);
    expect([...metadata.snapshots[0]!.summary!.keys()]).toEqual([...keys, "operation"]);
    expect(printMetadata(metadata)).toBe(document);
  });
});

describe("parseMetadata()", () => {
  const metadata = tableWith([9223372036854775807n]);
  const text = printMetadata(metadata);

  test("reads text, bytes, a byte order mark and gzip by its magic (MET-062, MET-067)", () => {
    expect(parseMetadata(text)).toEqual(metadata);
    expect(parseMetadata(utf8Encode(text))).toEqual(metadata);
    expect(parseMetadata(utf8Encode(`\ufeff${text}`))).toEqual(metadata);
    expect(parseMetadata(compressWith("gzip", utf8Encode(text)))).toEqual(metadata);
  });

  test("prints the largest id as bare digits (MET-003)", () => {
    expect(text).toContain('"current-snapshot-id":9223372036854775807');
    expect(text).not.toContain("null");
  });

  test("names the file in every error", () => {
    for (const bytes of [
      utf8Encode("[]"),
      utf8Encode("{"),
      new Uint8Array([0x1f, 0x8b, 1]),
      new Uint8Array([0xff]),
    ]) {
      expect(() => parseMetadata(bytes, "s3://b/t/v1.metadata.json")).toThrowError(
        /s3:\/\/b\/t\/v1\.metadata\.json/,
      );
    }
  });

  test("is frozen, so that nobody changes it in place (MET-015)", () => {
    expect(Object.isFrozen(parseMetadata(text))).toBe(true);
  });

  test("members nobody knows survive in snapshots and references, a branch that moves on too (MET-005)", () => {
    const extra = '"x-owner":{"id":9223372036854775807,"__proto__":[1]},"x \\"y\\"":null';
    const base = tableWith([1n, 2n]);
    const marked = printMetadata(base)
      .replace('"snapshot-id":2,"parent', `"snapshot-id":2,${extra},"parent`)
      .replace('"main":{', `"main":{${extra},"action":"none",`);
    const read = parseMetadata(marked);
    const check = (metadata: TableMetadata) => {
      const printed = printMetadata(metadata);
      expect(printed.split(extra)).toHaveLength(3);
      expect(printed).toContain('"action":"none"');
      // The printer of whole files and the one of JSON values agree.
      expect(printed).toBe(stringifyJson(metadataToJson(metadata)));
    };
    check(read);
    const snapshot = nextSnapshot(read, 3n);
    const ref = { ...read.refs.get("main")!, snapshotId: 3n };
    const moved: TableUpdate[] = [
      { action: "add-snapshot", snapshot },
      { action: "set-snapshot-ref", refName: "main", ref },
    ];
    check(applyUpdates(read, moved, { nowMs: read.lastUpdatedMs }));
    const wired = moved.map((update) => updateFromJson(parseJson(stringifyJson(updateToJson(update)))));
    expect(wired[1]).toMatchObject({ action: "set-snapshot-ref", refName: "main", ref: { snapshotId: 3n } });
    expect(Object.keys(parseJson(stringifyJson(updateToJson(moved[1]!))) as JsonObject)).toContain("x-owner");
  });

  test("encodeMetadataJson() gives the bytes of the text, through growth, expiry, upgrades and siblings", () => {
    const bytesOf = (metadata: TableMetadata) => {
      expect(utf8Decode(encodeMetadataJson(metadata))).toBe(printMetadata(metadata));
    };
    const nowMs = 1_800_000_000_000;
    let table = emptyTable(2);
    bytesOf(table);
    for (let id = 1n; id <= 600n; id++) {
      table = applyUpdates(table, appendUpdates(nextSnapshot(table, id)), { nowMs });
      if (id % 100n === 0n || (id > 254n && id < 259n)) bytesOf(table);
    }
    const sibling = (id: bigint) => applyUpdates(table, appendUpdates(nextSnapshot(table, id)), { nowMs });
    for (const id of [700n, 701n]) bytesOf(sibling(id));
    const remove = (...snapshotIds: bigint[]) =>
      applyUpdates(table, [{ action: "remove-snapshots", snapshotIds }], { nowMs });
    bytesOf(remove(1n));
    bytesOf(remove(300n));
    bytesOf(remove(...Array.from({ length: 500 }, (_, at) => BigInt(at + 1))));
    bytesOf(applyUpdates(table, [{ action: "upgrade-format-version", formatVersion: 3 }], { nowMs }));
    bytesOf(table);
  });
});
