/** The shared vectors on metadata: accepted and refused documents, updates, requirements, summaries. @module */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, parseJson, stringifyJson } from "../../../src/base/index.ts";
import {
  applyUpdates,
  countFile,
  expiredSnapshots,
  metadataFromJson,
  metadataToJson,
  noCounts,
  requirementFromJson,
  requirementsFor,
  requirementToJson,
  snapshotOperation,
  snapshotSummary,
  type TableMetadata,
  type TableUpdate,
  updateFromJson,
  updateToJson,
} from "../../../src/metadata/index.ts";
import { dataFile, emptyTable } from "../../unit/metadata/samples.ts";

const vectors = new URL("../../../../shared/vectors/", import.meta.url);

function load<T>(name: string): T {
  return parseJson(readFileSync(new URL(name, vectors), "utf8"), name) as T;
}

/** The text and back: undefined members vanish and small bigints become numbers, as in a file. */
function plain(json: Json): Json {
  return parseJson(stringifyJson(json));
}

interface Case {
  readonly name: string;
  readonly valid: boolean;
  readonly metadata: Json;
}

describe("metadata-cases.json", () => {
  const { cases } = load<{ cases: readonly Case[] }>("metadata-cases.json");
  const named = (name: string) => metadataFromJson(cases.find((one) => one.name === name)!.metadata, name);
  /** Java refuses these; the requirements ask readers to be lenient (MET-004, MET-006). */
  const lenient = new Set(["parent-snapshot-id null", "v1 schemas without current-schema-id"]);
  /** Java reads this one, and refuses to build it; so may a reader (MET-043). */
  const strict = new Set(["main as tag"]);

  test("all 49 are there", () => expect(cases.length).toBe(49));

  test.each(cases.map((one) => [one.name, one] as const))("metadataFromJson() %s (MET-001)", (name, one) => {
    const read = () => metadataFromJson(one.metadata, name);
    if ((one.valid && !strict.has(name)) || lenient.has(name)) {
      const metadata = read();
      expect(metadataFromJson(metadataToJson(metadata))).toEqual(metadata);
    } else {
      const code = name.startsWith("unsupported") ? "unsupported" : "invalid-metadata";
      expect(read).toThrowError(expect.objectContaining({ code }));
    }
  });

  test("refs missing with current snapshot: main is made up (MET-010)", () => {
    const metadata = named("refs missing with current snapshot");
    expect([...metadata.refs]).toEqual([
      ["main", { snapshotId: metadata.currentSnapshotId, type: "branch" }],
    ]);
  });

  test("summary without operation reads as overwrite, no summary as unknown (MET-022)", () => {
    expect(snapshotOperation(named("summary without operation").snapshots[1]!)).toBe("overwrite");
    expect(snapshotOperation(named("snapshot without summary").snapshots[1]!)).toBeUndefined();
  });

  test("current-snapshot-id -1 and null mean none (MET-011)", () => {
    expect(named("current-snapshot-id -1").currentSnapshotId).toBeUndefined();
    expect(named("current-snapshot-id null").currentSnapshotId).toBeUndefined();
  });

  test("trailing slash of the location is stripped (MET-012)", () => {
    expect(named("trailing slash location").location).toBe("s3://bucket/test/location");
  });

  test("v1 sequence number is not read (MET-009)", () => {
    expect(named("v1 sequence number must be ignored/0").lastSequenceNumber).toBe(0);
  });

  test("unknown top-level field survives (MET-005)", () => {
    expect(metadataToJson(named("unknown top-level field"))["x-future-field"]).toEqual({ a: 1 });
  });
});

interface UpdateVectors {
  readonly updates: readonly JsonObject[];
  readonly requirements: readonly JsonObject[];
  readonly derivation: readonly {
    readonly updates: readonly string[];
    readonly requirements: readonly string[];
  }[];
  readonly invalid_updates: readonly Json[];
  readonly invalid_requirements: readonly Json[];
}

describe("metadata-updates.json", () => {
  const all = load<UpdateVectors>("metadata-updates.json");
  const ofViews = new Set(["add-view-version", "set-current-view-version", "assert-view-uuid"]);
  const label = (json: JsonObject) => [`${json.action ?? json.type}`, json] as const;

  test.each(all.updates.map(label))("updateToJson(updateFromJson()) %s (RST-055)", (name, json) => {
    if (ofViews.has(name)) {
      expect(() => updateFromJson(json)).toThrowError(expect.objectContaining({ code: "unsupported" }));
    } else {
      expect(plain(updateToJson(updateFromJson(json)))).toEqual(plain(json));
    }
  });

  test.each(all.requirements.map(label))(
    "requirementToJson(requirementFromJson()) %s (RST-056)",
    (name, json) => {
      if (ofViews.has(name)) {
        expect(() => requirementFromJson(json)).toThrowError(
          expect.objectContaining({ code: "unsupported" }),
        );
      } else {
        expect(plain(requirementToJson(requirementFromJson(json)))).toEqual(plain(json));
      }
    },
  );

  test.each(all.invalid_updates.map((json) => [JSON.stringify(json), json] as const))(
    "updateFromJson() refuses %s",
    (_, json) => {
      expect(() => updateFromJson(json)).toThrowError(expect.objectContaining({ code: "invalid-payload" }));
    },
  );

  test.each(all.invalid_requirements.map((json) => [JSON.stringify(json), json] as const))(
    "requirementFromJson() refuses %s",
    (_, json) => {
      expect(() => requirementFromJson(json)).toThrowError(
        expect.objectContaining({ code: "invalid-payload" }),
      );
    },
  );

  const wire = new Map(all.updates.map((json) => [String(json.action), json]));
  const update = (name: string): TableUpdate => updateFromJson(wire.get(name.replace("(main)", ""))!);

  test.each(all.derivation.map((row) => [row.updates.join(" + "), row] as const))(
    "requirementsFor() %s (CMT-055)",
    (name, row) => {
      const wanted = row.requirements.map((text) => text.split(/[( ]/)[0]!).sort();
      if (name === "(create table)") {
        expect(requirementsFor(undefined, [update("add-schema")])).toEqual([{ type: "assert-create" }]);
        return;
      }
      const base = tableWithBranches();
      if (name.startsWith("(replace table)")) {
        const found = requirementsFor(base, [...wire.keys()].filter((key) => !ofViews.has(key)).map(update), {
          replace: true,
        });
        expect(found.map((one) => one.type).sort()).toEqual(wanted);
        return;
      }
      const found = requirementsFor(base, row.updates.map(update)).map((one) =>
        one.type === "assert-ref-snapshot-id" ? `${one.type}` : one.type,
      );
      expect([...new Set(found)].sort()).toEqual(wanted);
      // Two branches beside main: one assertion for each.
      const refs = row.requirements.some((text) => text.includes("every non-main branch")) ? 2 : 1;
      const expectsRef = wanted.includes("assert-ref-snapshot-id");
      expect(found.filter((type) => type === "assert-ref-snapshot-id").length).toBe(expectsRef ? refs : 0);
    },
  );

  function tableWithBranches(): TableMetadata {
    const { cases } = load<{ cases: readonly Case[] }>("metadata-cases.json");
    const base = metadataFromJson(cases.find((one) => one.name === "v2 full valid")!.metadata);
    const ref = { snapshotId: base.currentSnapshotId!, type: "branch" } as const;
    return applyUpdates(
      base,
      [
        { action: "set-snapshot-ref", refName: "b1", ref },
        { action: "set-snapshot-ref", refName: "b2", ref },
        { action: "set-snapshot-ref", refName: "t", ref: { ...ref, type: "tag" } },
      ],
      { nowMs: base.lastUpdatedMs },
    );
  }
});

interface SummaryVectors {
  readonly keys: Readonly<Record<string, string>>;
  readonly totals: readonly (readonly [string, string, string])[];
  readonly examples: readonly {
    readonly case: string;
    readonly summary?: Readonly<Record<string, string>>;
  }[];
}

describe("snapshot-summary.json", () => {
  const { examples, keys, totals } = load<SummaryVectors>("snapshot-summary.json");
  const example = (start: string) => examples.find((one) => one.case.startsWith(start))!.summary!;

  test("snapshotSummary() first append equals Java's (MET-030)", () => {
    const counters = noCounts();
    countFile(counters, "added", dataFile({ recordCount: 3, fileSizeInBytes: 1000 }));
    const summary = snapshotSummary({
      operation: "append",
      counters,
      previous: undefined,
      partitions: new Map([["", counters]]),
    });
    expect(Object.fromEntries(summary)).toEqual(example("first append"));
  });

  test("snapshotSummary() second append continues the parent's totals and omits unknown ones (MET-030)", () => {
    const counters = noCounts();
    countFile(counters, "added", dataFile({ recordCount: 2, fileSizeInBytes: 500 }));
    const previous = new Map([
      ["total-records", "3"],
      ["total-files-size", "1000"],
      ["total-data-files", "1"],
    ]);
    const summary = snapshotSummary({ operation: "append", counters, previous });
    const found = [...summary].filter(([key]) => key.startsWith("total-"));
    expect(Object.fromEntries(found)).toEqual(example("second append"));
  });

  test("snapshotSummary() one deletion vector (MET-031)", () => {
    const counters = noCounts();
    countFile(counters, "added", dataFile(deletionVector));
    const summary = snapshotSummary({ operation: "delete", counters, previous: undefined });
    const found = [...summary].filter(([key]) => key.startsWith("added-"));
    expect(Object.fromEntries(found)).toEqual(example("row-delta adding one DV"));
  });

  test.each(totals)("snapshotSummary() %s moves by %s and %s (MET-030)", (total, added, removed) => {
    const counters = noCounts();
    const kinds = [
      dataFile({}),
      dataFile(deletionVector),
      dataFile({ content: "position-deletes" }),
      dataFile({ content: "equality-deletes" }),
    ];
    for (const file of [...kinds, ...kinds]) countFile(counters, "added", file);
    for (const file of kinds) countFile(counters, "removed", file);
    const summary = snapshotSummary({ operation: "overwrite", counters, previous: new Map([[total, "10"]]) });
    const value = (key: string) => Number(summary.get(key));
    expect(value(added)).toBeGreaterThan(value(removed));
    expect(value(total)).toBe(10 + value(added) - value(removed));
    for (const key of summary.keys()) expect(["operation", ...Object.values(keys)]).toContain(key);
  });

  const deletionVector = {
    content: "position-deletes",
    fileFormat: "puffin",
    recordCount: 2,
    fileSizeInBytes: 4711,
    contentSizeInBytes: 60,
  } as const;
});

interface RetentionCase {
  readonly name: string;
  readonly now_ms: number;
  readonly snapshots: readonly (readonly [number, number | null, number])[];
  readonly refs: JsonObject;
  readonly properties: JsonObject;
  readonly removed: readonly number[];
  readonly removed_refs?: readonly string[];
}

describe("snapshot-retention.json", () => {
  const { cases } = load<{ cases: readonly RetentionCase[] }>("snapshot-retention.json");
  const base = metadataToJson(emptyTable(2));

  test.each(cases.map((one) => [one.name, one] as const))("expiredSnapshots() %s (CMT-070)", (_, one) => {
    const main = (one.refs.main as JsonObject)["snapshot-id"]!;
    const metadata = metadataFromJson({
      ...base,
      "last-updated-ms": one.now_ms,
      "last-sequence-number": one.snapshots.length,
      "current-snapshot-id": main,
      refs: one.refs,
      properties: one.properties,
      snapshots: one.snapshots.map(([id, parent, timestampMs], at) => ({
        "snapshot-id": id,
        "parent-snapshot-id": parent,
        "sequence-number": at + 1,
        "timestamp-ms": timestampMs,
        "manifest-list": "m",
        summary: { operation: "append" },
      })),
    });
    const expiry = expiredSnapshots(metadata, { nowMs: one.now_ms });
    expect(expiry.snapshotIds).toEqual(one.removed.map(BigInt));
    expect(expiry.refNames).toEqual(one.removed_refs ?? []);
  });
});
