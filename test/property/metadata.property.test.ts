/** Laws of `metadata/`: JSON round trips, names, logs, and updates that mean the same on both sides of the wire. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isJsonObject, type Json, type JsonObject, parseJson, stringifyJson } from "../../src/base/index.ts";
import {
  applyUpdates,
  catalogMetadataName,
  checkMetadata,
  checkRequirements,
  hadoopMetadataName,
  metadataToJson,
  newTableMetadata,
  parseMetadata,
  parseMetadataFileName,
  printMetadata,
  requirementFromJson,
  requirementsFor,
  requirementToJson,
  type SnapshotRef,
  type TableMetadata,
  type TableUpdate,
  updateFromJson,
  updateToJson,
} from "../../src/metadata/index.ts";
import { Schema } from "../../src/schema/index.ts";

const runs = { numRuns: 100 };
const gId = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });
const gKey = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 6 }),
  fc.constantFrom("__proto__", "constructor", "toString", "a.b", ""),
);
const gMap = fc
  .array(fc.tuple(gKey, fc.string({ maxLength: 8 })), { maxLength: 4 })
  .map((pairs) => new Map(pairs));
const gRetention = fc.record(
  { maxRefAgeMs: fc.integer({ min: 1 }), other: fc.integer({ min: 1 }) },
  { requiredKeys: [] },
);

/** One step of a history; numbers choose among what the table has at that time. */
type Step =
  | {
      readonly kind: "append";
      readonly branch: string;
      readonly id: bigint;
      readonly clock: number;
      readonly rows: bigint;
    }
  | { readonly kind: "rollback"; readonly pick: number }
  | {
      readonly kind: "tag";
      readonly name: string;
      readonly pick: number;
      readonly retention: { maxRefAgeMs?: number };
    }
  | { readonly kind: "expire"; readonly pick: number }
  | { readonly kind: "properties"; readonly updates: ReadonlyMap<string, string> }
  | {
      readonly kind: "statistics";
      readonly pick: number;
      readonly size: number;
      readonly blobs: ReadonlyMap<string, string>;
    }
  | { readonly kind: "column" }
  | { readonly kind: "upgrade" };

const pick = fc.nat({ max: 20 });
const gStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      branch: fc.constantFrom("main", "main", "audit", "__proto__"),
      id: gId,
      clock: fc.integer({ min: -120_000, max: 120_000 }),
      rows: fc.bigInt({ min: 0n, max: 2n ** 40n }),
    }),
  },
  fc.record({ kind: fc.constant("rollback" as const), pick }),
  fc.record({ kind: fc.constant("tag" as const), name: gKey, pick, retention: gRetention }),
  fc.record({ kind: fc.constant("expire" as const), pick }),
  fc.record({ kind: fc.constant("properties" as const), updates: gMap }),
  fc.record({ kind: fc.constant("statistics" as const), pick, size: fc.nat(), blobs: gMap }),
  fc.constant({ kind: "column" as const }),
  fc.constant({ kind: "upgrade" as const }),
);
const gHistory = fc.record({
  version: fc.constantFrom(1, 2, 3),
  keep: fc.integer({ min: 0, max: 5 }),
  steps: fc.array(gStep, { maxLength: 14 }),
});

const START = 1_700_000_000_000;

function create(version: number, keep: number): TableMetadata {
  return newTableMetadata({
    schema: new Schema([{ id: 1, name: "id", required: true, type: { kind: "long" } }]),
    location: "s3://b/t",
    properties: new Map([["write.metadata.previous-versions-max", String(keep)]]),
    formatVersion: version,
    uuid: "0b6f6a68-65aa-4e4e-b520-3f5d7b70c2a1",
    nowMs: START,
  });
}

/** The updates of a step on a table; none when the step does not apply to it. */
function updatesOf(table: TableMetadata, step: Step): TableUpdate[] {
  const { snapshots } = table;
  const chosen = "pick" in step && snapshots.length > 0 ? snapshots[step.pick % snapshots.length] : undefined;
  switch (step.kind) {
    case "append": {
      if (snapshots.some((snapshot) => snapshot.snapshotId === step.id)) return [];
      const parent = table.refs.get(step.branch)?.snapshotId ?? table.currentSnapshotId;
      const snapshot = {
        snapshotId: step.id,
        ...(parent !== undefined && { parentSnapshotId: parent }),
        sequenceNumber: table.formatVersion === 1 ? 0 : table.lastSequenceNumber + 1,
        timestampMs: table.lastUpdatedMs + step.clock,
        manifestList: `s3://b/t/metadata/snap-${step.id}.avro`,
        summary: new Map([
          ["operation", "append"],
          ["__proto__", "x"],
        ]),
        schemaId: table.currentSchemaId,
        ...(table.formatVersion === 3 && { firstRowId: table.nextRowId!, addedRows: step.rows }),
      };
      const ref: SnapshotRef = { snapshotId: step.id, type: "branch" };
      return [
        { action: "add-snapshot", snapshot },
        { action: "set-snapshot-ref", refName: step.branch, ref },
      ];
    }
    case "rollback":
      if (chosen === undefined) return [];
      return [
        {
          action: "set-snapshot-ref",
          refName: "main",
          ref: { snapshotId: chosen.snapshotId, type: "branch" },
        },
      ];
    case "tag": {
      if (chosen === undefined || step.name === "main") return [];
      const { maxRefAgeMs } = step.retention;
      const ref: SnapshotRef = {
        snapshotId: chosen.snapshotId,
        type: "tag",
        ...(maxRefAgeMs !== undefined && { maxRefAgeMs }),
      };
      return [{ action: "set-snapshot-ref", refName: step.name, ref }];
    }
    case "expire":
      // The head of main stays, as expiry leaves it.
      if (chosen === undefined || chosen.snapshotId === table.currentSnapshotId) return [];
      return [{ action: "remove-snapshots", snapshotIds: [chosen.snapshotId] }];
    case "properties":
      return [{ action: "set-properties", updates: step.updates }];
    case "statistics": {
      if (chosen === undefined) return [];
      const { snapshotId, sequenceNumber } = chosen;
      const file = { snapshotId, statisticsPath: "s3://b/t/s", fileSizeInBytes: step.size };
      const blob = { type: "ndv", snapshotId, sequenceNumber, fields: [1], properties: step.blobs };
      return [
        {
          action: "set-statistics",
          statistics: { ...file, fileFooterSizeInBytes: 30, blobMetadata: [blob] },
        },
        { action: "set-partition-statistics", partitionStatistics: file },
      ];
    }
    case "column": {
      const id = table.lastColumnId + 1;
      const current = table.schemas.find((schema) => schema.schemaId === table.currentSchemaId)!;
      const field = { id, name: `c${id}`, required: false, type: { kind: "string" } as const };
      return [
        { action: "add-schema", schema: new Schema([...current.fields, field]) },
        { action: "set-current-schema", schemaId: -1 },
      ];
    }
    case "upgrade":
      return [{ action: "upgrade-format-version", formatVersion: Math.min(3, table.formatVersion + 1) }];
  }
}

/** Every state of a history, oldest first, with the location each was written to. */
function play(history: { version: number; keep: number; steps: readonly Step[] }): TableMetadata[] {
  const states = [create(history.version, history.keep)];
  for (const step of history.steps) {
    const base = states.at(-1)!;
    const next = applyUpdates(base, updatesOf(base, step), {
      nowMs: base.lastUpdatedMs + 1000,
      previousMetadataLocation: `v${states.length - 1}`,
    });
    if (next !== base) states.push(next);
  }
  return states;
}

function nullsIn(json: Json, path = ""): string[] {
  if (json === null) return [path];
  if (Array.isArray(json)) return json.flatMap((item: Json) => nullsIn(item, `${path}[]`));
  if (!isJsonObject(json)) return [];
  return Object.keys(json).flatMap((key) => nullsIn(json[key]!, `${path}.${key}`));
}

describe("metadata JSON", () => {
  test("parseMetadata(printMetadata(m)) = m for each version, and prints the same bytes (P5, P35, MET-001, MET-003)", () => {
    fc.assert(
      fc.property(gHistory, (history) => {
        for (const state of play(history)) {
          const text = printMetadata(state);
          expect(text).toBe(stringifyJson(metadataToJson(state)));
          const again = parseMetadata(text);
          expect(again).toEqual(state);
          expect(printMetadata(again)).toBe(text);
          expect(nullsIn(parseJson(text))).toEqual([]);
        }
      }),
      runs,
    );
  });

  test("invariants hold after every commit (P35, MET-009)", () => {
    fc.assert(
      fc.property(gHistory, (history) => {
        for (const state of play(history)) checkMetadata(state, "history");
      }),
      runs,
    );
  });

  test("members nobody knows survive (MET-005)", () => {
    const known = new Set(Object.keys(parseJson(printMetadata(create(2, 1))) as JsonObject));
    fc.assert(
      fc.property(
        gKey.filter((key) => !known.has(key)),
        fc.jsonValue({ maxDepth: 2 }),
        (key, value) => {
          const text = printMetadata(create(2, 1)).replace(
            "{",
            () => `{${JSON.stringify(key)}:${JSON.stringify(value)},`,
          );
          const printed = parseJson(printMetadata(parseMetadata(text))) as JsonObject;
          expect(Object.hasOwn(printed, key)).toBe(true);
          expect(stringifyJson(printed[key]!)).toBe(stringifyJson(parseJson(JSON.stringify(value))));
        },
      ),
      runs,
    );
  });
});

describe("applyUpdates()", () => {
  test("never goes back: last-updated-ms, sequence number, next row id, column id (MET-013, MET-024, MET-027)", () => {
    fc.assert(
      fc.property(gHistory, (history) => {
        const states = play(history);
        for (const [at, next] of states.entries()) {
          const base = states[at - 1];
          if (base === undefined) continue;
          expect(next.lastUpdatedMs).toBeGreaterThanOrEqual(base.lastUpdatedMs);
          expect(next.lastSequenceNumber).toBeGreaterThanOrEqual(base.lastSequenceNumber);
          expect((next.nextRowId ?? 0n) >= (base.nextRowId ?? 0n)).toBe(true);
          expect(next.lastColumnId).toBeGreaterThanOrEqual(base.lastColumnId);
        }
      }),
      runs,
    );
  });

  test("the snapshot log is the model's history, cut behind the last removed snapshot (P36, MET-035, MET-036)", () => {
    fc.assert(
      fc.property(gHistory, (history) => {
        const states = play(history);
        let model: bigint[] = [];
        for (const [at, next] of states.entries()) {
          const before = states[at - 1]?.currentSnapshotId;
          const live = new Set(next.snapshots.map((snapshot) => snapshot.snapshotId));
          const gap = model.findLastIndex((id) => !live.has(id));
          model = model.slice(gap + 1);
          const current = next.currentSnapshotId;
          if (current !== undefined && (current !== before || model.at(-1) !== current)) model.push(current);
          expect(next.snapshotLog.map((entry) => entry.snapshotId)).toEqual(model);
          const times = next.snapshotLog.map((entry) => entry.timestampMs);
          expect(times).toEqual([...times].sort((a, b) => a - b));
        }
      }),
      runs,
    );
  });

  test("the metadata log is the previous files in order, at most as many as configured (P37, MET-039)", () => {
    fc.assert(
      fc.property(gHistory, (history) => {
        for (const [at, state] of play(history).entries()) {
          const keep = Math.max(1, Number(state.properties.get("write.metadata.previous-versions-max")));
          const names = Array.from({ length: at }, (_, version) => `v${version}`);
          expect(state.metadataLog.map((entry) => entry.metadataFile)).toEqual(names.slice(-keep));
        }
      }),
      runs,
    );
  });

  test("updates and requirements mean the same after the wire (P44, RST-055, CMT-055)", () => {
    fc.assert(
      fc.property(gHistory, gStep, (history, step) => {
        const base = play(history).at(-1)!;
        const updates = updatesOf(base, step);
        const requirements = requirementsFor(base, updates);
        const wire = <T>(json: JsonObject, read: (json: Json) => T) => read(parseJson(stringifyJson(json)));
        const received = updates.map((update) => wire(updateToJson(update), updateFromJson));
        const conditions = requirements.map((one) => wire(requirementToJson(one), requirementFromJson));
        expect(conditions).toEqual(requirements);
        checkRequirements(base, conditions);
        const options = { nowMs: base.lastUpdatedMs + 1, previousMetadataLocation: "p" };
        expect(applyUpdates(base, received, options)).toEqual(applyUpdates(base, updates, options));
      }),
      runs,
    );
  });
});

test("metadata file names: parse(print(name)) = name, gz by name only where packed (P60, MET-061, MET-064)", () => {
  const gCodec = fc.constantFrom("none" as const, "gzip" as const);
  fc.assert(
    fc.property(
      fc.nat({ max: 999_999_999 }),
      fc.uuid(),
      gCodec,
      fc.constantFrom("", "s3://b/t/metadata/"),
      (version, uuid, codec, folder) => {
        const catalog = catalogMetadataName(version, uuid, codec);
        expect(parseMetadataFileName(folder + catalog)).toEqual({ layout: "catalog", version, codec, uuid });
        const hadoop = hadoopMetadataName(version, codec);
        expect(parseMetadataFileName(folder + hadoop)).toEqual({ layout: "hadoop", version, codec });
        for (const name of [catalog, hadoop]) expect(name.includes(".gz.")).toBe(codec === "gzip");
      },
    ),
    runs,
  );
});
