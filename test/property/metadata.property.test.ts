/** Laws of `metadata/`: JSON round trips, names, logs, and updates that mean the same on both sides of the wire. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, parseJson, stringifyJson } from "../../src/base/index.ts";
import {
  applyUpdates,
  catalogMetadataName,
  checkMetadata,
  checkRequirements,
  hadoopMetadataName,
  parseMetadata,
  parseMetadataFileName,
  printMetadata,
  requirementFromJson,
  requirementsFor,
  requirementToJson,
  updateFromJson,
  updateToJson,
} from "../../src/metadata/index.ts";
import {
  arbitraryHistory,
  arbitraryKey,
  checkMetadataJson,
  checkUpdateCodec,
  playHistory,
  startOfHistory,
  updatesOfCommand,
} from "../../src/testing/index.ts";
import { runs } from "./runs.ts";

describe("metadata JSON", () => {
  test("parseMetadata(printMetadata(m)) = m for each version, and prints the same bytes (P5, P35, MET-001, MET-003, MET-004)", () => {
    const { numRuns } = runs(100);
    expect(checkMetadataJson({ print: printMetadata, parse: parseMetadata }, { numRuns })).toBe(numRuns);
  });

  test("invariants hold after every commit (P35, MET-009)", () => {
    fc.assert(
      fc.property(arbitraryHistory(), (history) => {
        for (const state of playHistory(history)) checkMetadata(state, "history");
      }),
      runs(100),
    );
  });

  test("members nobody knows survive (MET-005)", () => {
    const known = new Set(
      Object.keys(
        parseJson(printMetadata(startOfHistory({ formatVersion: 2, previousVersions: 1 }))) as JsonObject,
      ),
    );
    fc.assert(
      fc.property(
        arbitraryKey().filter((key) => !known.has(key)),
        fc.jsonValue({ maxDepth: 2 }),
        (key, value) => {
          const text = printMetadata(startOfHistory({ formatVersion: 2, previousVersions: 1 })).replace(
            "{",
            () => `{${JSON.stringify(key)}:${JSON.stringify(value)},`,
          );
          const printed = parseJson(printMetadata(parseMetadata(text))) as JsonObject;
          expect(Object.hasOwn(printed, key)).toBe(true);
          expect(stringifyJson(printed[key]!)).toBe(stringifyJson(parseJson(JSON.stringify(value))));
        },
      ),
      runs(100),
    );
  });
});

describe("applyUpdates()", () => {
  test("never goes back: last-updated-ms, sequence number, next row id, column id (MET-013, MET-024, MET-027, CMT-087)", () => {
    fc.assert(
      fc.property(arbitraryHistory(), (history) => {
        const states = playHistory(history);
        for (const [at, next] of states.entries()) {
          const base = states[at - 1];
          if (base === undefined) continue;
          expect(next.lastUpdatedMs).toBeGreaterThanOrEqual(base.lastUpdatedMs);
          expect(next.lastSequenceNumber).toBeGreaterThanOrEqual(base.lastSequenceNumber);
          expect((next.nextRowId ?? 0n) >= (base.nextRowId ?? 0n)).toBe(true);
          expect(next.lastColumnId).toBeGreaterThanOrEqual(base.lastColumnId);
        }
      }),
      runs(100),
    );
  });

  test("a commit on one branch moves no other ref, an expiry only takes away (P59, CMT-062)", () => {
    fc.assert(
      fc.property(arbitraryHistory(), (history) => {
        const base = playHistory(history).at(-1)!;
        for (const command of history.commands) {
          const updates = updatesOfCommand(base, command);
          const next = applyUpdates(base, updates, { nowMs: base.lastUpdatedMs + 1 });
          const named = updates.flatMap((update) => ("refName" in update ? [update.refName] : []));
          for (const [name, ref] of base.refs) {
            if (named.includes(name)) continue;
            const now = next.refs.get(name);
            if (command.kind !== "expire" || now !== undefined) expect(now).toEqual(ref);
          }
        }
      }),
      runs(100),
    );
  });

  test("upgrades keep everything, downgrades are refused (P43, MET-068)", () => {
    fc.assert(
      fc.property(arbitraryHistory(), (history) => {
        const base = playHistory(history).at(-1)!;
        for (const formatVersion of [1, 2, 3]) {
          const updates = [{ action: "upgrade-format-version", formatVersion } as const];
          const upgrade = () => applyUpdates(base, updates, { nowMs: base.lastUpdatedMs + 1 });
          if (formatVersion < base.formatVersion) {
            expect(upgrade).toThrow(/Cannot/);
            continue;
          }
          const { refs, snapshots, schemas, partitionSpecs, properties, currentSnapshotId } = upgrade();
          expect({ refs, schemas, partitionSpecs, properties, currentSnapshotId }).toEqual({
            refs: base.refs,
            schemas: base.schemas,
            partitionSpecs: base.partitionSpecs,
            properties: base.properties,
            currentSnapshotId: base.currentSnapshotId,
          });
          expect(snapshots.map(({ snapshotId, manifestList }) => [snapshotId, manifestList])).toEqual(
            base.snapshots.map(({ snapshotId, manifestList }) => [snapshotId, manifestList]),
          );
        }
      }),
      runs(100),
    );
  });

  test("the snapshot log is the model's history, cut behind the last removed snapshot (P36, MET-035, MET-036)", () => {
    fc.assert(
      fc.property(arbitraryHistory(), (history) => {
        const states = playHistory(history);
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
      runs(100),
    );
  });

  test("the metadata log is the previous files in order, at most as many as configured (P37, MET-039)", () => {
    fc.assert(
      fc.property(arbitraryHistory(), (history) => {
        for (const [at, state] of playHistory(history).entries()) {
          const keep = Math.max(1, Number(state.properties.get("write.metadata.previous-versions-max")));
          const names = Array.from({ length: at }, (_, version) => `v${version}`);
          expect(state.metadataLog.map((entry) => entry.metadataFile)).toEqual(names.slice(-keep));
        }
      }),
      runs(100),
    );
  });

  test("updates and requirements mean the same after the wire (P44, RST-055, CMT-055)", () => {
    const { numRuns } = runs(100);
    const wire = <T>(json: JsonObject, read: (json: Json) => T) => read(parseJson(stringifyJson(json)));
    const codec: Parameters<typeof checkUpdateCodec>[0] = {
      updates: (updates) => updates.map((update) => wire(updateToJson(update), updateFromJson)),
      requirements: (base, updates) => {
        const made = requirementsFor(base, updates);
        const received = made.map((one) => wire(requirementToJson(one), requirementFromJson));
        expect(received).toEqual(made);
        checkRequirements(base, received);
        return received;
      },
    };
    expect(checkUpdateCodec(codec, { numRuns })).toBe(numRuns);
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
    runs(100),
  );
});
