/** Histories of tables: commands, what they update, and the metadata they make. Spec: Table Metadata; Snapshots. @module */
import fc from "fast-check";
import {
  applyUpdates,
  currentSchema,
  newTableMetadata,
  type SnapshotRef,
  type TableMetadata,
  type TableUpdate,
} from "../metadata/index.ts";
import { Schema } from "../schema/index.ts";

/** One step of a table's history. Numbers choose among what the table has at that time, so any list makes sense. */
export type CommitCommand =
  | {
      readonly kind: "append";
      readonly branch: string;
      readonly snapshotId: bigint;
      /** Milliseconds after the table's last update; clocks may run back (MET-013). */
      readonly clock: number;
      readonly rows: bigint;
    }
  | { readonly kind: "rollback"; readonly pick: number }
  | { readonly kind: "tag"; readonly name: string; readonly pick: number; readonly maxRefAgeMs?: number }
  | { readonly kind: "expire"; readonly pick: number }
  | { readonly kind: "properties"; readonly updates: ReadonlyMap<string, string> }
  | {
      readonly kind: "statistics";
      readonly pick: number;
      readonly size: number;
      readonly blobs: ReadonlyMap<string, string>;
    }
  | { readonly kind: "add-column" }
  | { readonly kind: "upgrade" };

/** Keys of properties and names of refs, those that mean something to JavaScript included. */
export function arbitraryKey(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 6 }),
    fc.constantFrom("__proto__", "constructor", "toString", "a.b", ""),
  );
}

export function arbitraryCommitCommand(): fc.Arbitrary<CommitCommand> {
  const pick = fc.nat({ max: 20 });
  const map = fc
    .array(fc.tuple(arbitraryKey(), fc.string({ maxLength: 8 })), { maxLength: 4 })
    .map((pairs) => new Map(pairs));
  const retention = fc.record({ maxRefAgeMs: fc.integer({ min: 1 }) }, { requiredKeys: [] });
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("append" as const),
        branch: fc.constantFrom("main", "main", "audit", "__proto__"),
        snapshotId: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
        clock: fc.integer({ min: -120_000, max: 120_000 }),
        rows: fc.bigInt({ min: 0n, max: 2n ** 40n }),
      }),
    },
    fc.record({ kind: fc.constant("rollback" as const), pick }),
    fc
      .tuple(fc.record({ kind: fc.constant("tag" as const), name: arbitraryKey(), pick }), retention)
      .map(([tag, extra]): CommitCommand => ({ ...tag, ...extra })),
    fc.record({ kind: fc.constant("expire" as const), pick }),
    fc.record({ kind: fc.constant("properties" as const), updates: map }),
    fc.record({ kind: fc.constant("statistics" as const), pick, size: fc.nat(), blobs: map }),
    fc.constant({ kind: "add-column" as const }),
    fc.constant({ kind: "upgrade" as const }),
  );
}

/** A table and the commands that change it; see {@link playHistory}. */
export interface TableHistory {
  readonly formatVersion: 1 | 2 | 3;
  /** `write.metadata.previous-versions-max`. */
  readonly previousVersions: number;
  readonly commands: readonly CommitCommand[];
}

export function arbitraryHistory(
  options: { readonly maxCommands?: number } = {},
): fc.Arbitrary<TableHistory> {
  return fc.record({
    formatVersion: fc.constantFrom(1 as const, 2 as const, 3 as const),
    previousVersions: fc.integer({ min: 0, max: 5 }),
    commands: fc.array(arbitraryCommitCommand(), { maxLength: options.maxCommands ?? 14 }),
  });
}

/** Metadata that a history led to; with `formatVersion` of tables created in that version. */
export function arbitraryTableMetadata(
  options: { readonly formatVersion?: 1 | 2 | 3 } = {},
): fc.Arbitrary<TableMetadata> {
  return arbitraryHistory().map((history) => {
    const formatVersion = options.formatVersion ?? history.formatVersion;
    const commands = history.commands.filter(
      ({ kind }) => options.formatVersion === undefined || kind !== "upgrade",
    );
    return playHistory({ ...history, formatVersion, commands }).at(-1)!;
  });
}

/** The table a history starts from: one required long column, no snapshot. */
export function startOfHistory(history: Omit<TableHistory, "commands">): TableMetadata {
  return newTableMetadata({
    schema: new Schema([{ id: 1, name: "id", required: true, type: { kind: "long" } }]),
    location: "s3://b/t",
    properties: new Map([["write.metadata.previous-versions-max", String(history.previousVersions)]]),
    formatVersion: history.formatVersion,
    uuid: "0b6f6a68-65aa-4e4e-b520-3f5d7b70c2a1",
    nowMs: 1_700_000_000_000,
  });
}

/** Every state of a history, oldest first; state `n` was written to location `v<n>`. */
export function playHistory(history: TableHistory): TableMetadata[] {
  const states = [startOfHistory(history)];
  for (const command of history.commands) {
    const base = states.at(-1)!;
    const next = applyUpdates(base, updatesOfCommand(base, command), {
      nowMs: base.lastUpdatedMs + 1000,
      previousMetadataLocation: `v${states.length - 1}`,
    });
    if (next !== base) states.push(next);
  }
  return states;
}

/** The updates of a command on a table; none when it does not apply, as a rollback where there is no snapshot. */
export function updatesOfCommand(table: TableMetadata, command: CommitCommand): TableUpdate[] {
  const { snapshots } = table;
  const chosen =
    "pick" in command && snapshots.length > 0 ? snapshots[command.pick % snapshots.length] : undefined;
  switch (command.kind) {
    case "append":
      return updatesOfAppend(table, command);
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
      const present = table.refs.get(command.name);
      // A branch stays a branch (MET-046).
      if (chosen === undefined || command.name === "main" || present?.type === "branch") return [];
      const { maxRefAgeMs } = command;
      const ref: SnapshotRef = {
        snapshotId: chosen.snapshotId,
        type: "tag",
        ...(maxRefAgeMs !== undefined && { maxRefAgeMs }),
      };
      return [{ action: "set-snapshot-ref", refName: command.name, ref }];
    }
    case "expire":
      // The head of main stays, as expiry leaves it.
      if (chosen === undefined || chosen.snapshotId === table.currentSnapshotId) return [];
      return [{ action: "remove-snapshots", snapshotIds: [chosen.snapshotId] }];
    case "properties":
      return [{ action: "set-properties", updates: command.updates }];
    case "statistics": {
      if (chosen === undefined) return [];
      const { snapshotId, sequenceNumber } = chosen;
      const file = { snapshotId, statisticsPath: "s3://b/t/s", fileSizeInBytes: command.size };
      const blob = { type: "ndv", snapshotId, sequenceNumber, fields: [1], properties: command.blobs };
      return [
        {
          action: "set-statistics",
          statistics: { ...file, fileFooterSizeInBytes: 30, blobMetadata: [blob] },
        },
        { action: "set-partition-statistics", partitionStatistics: file },
      ];
    }
    case "add-column": {
      const id = table.lastColumnId + 1;
      const field = { id, name: `c${id}`, required: false, type: { kind: "string" } as const };
      return [
        { action: "add-schema", schema: new Schema([...currentSchema(table).fields, field]) },
        { action: "set-current-schema", schemaId: -1 },
      ];
    }
    case "upgrade":
      return [{ action: "upgrade-format-version", formatVersion: Math.min(3, table.formatVersion + 1) }];
  }
}

function updatesOfAppend(
  table: TableMetadata,
  { branch, snapshotId, clock, rows }: CommitCommand & { readonly kind: "append" },
): TableUpdate[] {
  if (table.snapshots.some((snapshot) => snapshot.snapshotId === snapshotId)) return [];
  const present = table.refs.get(branch);
  if (present?.type === "tag") return [];
  const parent = present?.snapshotId ?? table.currentSnapshotId;
  const snapshot = {
    snapshotId,
    ...(parent !== undefined && { parentSnapshotId: parent }),
    sequenceNumber: table.formatVersion === 1 ? 0 : table.lastSequenceNumber + 1,
    timestampMs: table.lastUpdatedMs + clock,
    manifestList: `${table.location}/metadata/snap-${snapshotId}.avro`,
    summary: new Map([
      ["operation", "append"],
      ["__proto__", "x"],
    ]),
    schemaId: table.currentSchemaId,
    ...(table.formatVersion === 3 && { firstRowId: table.nextRowId!, addedRows: rows }),
  };
  return [
    { action: "add-snapshot", snapshot },
    { action: "set-snapshot-ref", refName: branch, ref: { snapshotId, type: "branch" } },
  ];
}
