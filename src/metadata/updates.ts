/** Changes to a table as data: the same objects a REST catalog receives. Spec: REST catalog, Commit (RST-055). @module */
import type { PartitionSpec } from "../partitioning/index.ts";
import type { Schema } from "../schema/index.ts";
import type { SortOrder } from "../sorting/index.ts";
import type { Snapshot, SnapshotRef } from "./snapshot.ts";
import type { EncryptedKey, PartitionStatisticsFile, StatisticsFile } from "./table-metadata.ts";

/** In place of an id: the last schema, spec or order added in the same list of updates (RST-057). */
export const LAST_ADDED = -1;

/** One change to a table. `action` is the REST name. */
export type TableUpdate =
  | { readonly action: "assign-uuid"; readonly uuid: string }
  /** Never lowers the version (MET-068). */
  | { readonly action: "upgrade-format-version"; readonly formatVersion: number }
  /** An equal schema is reused, otherwise it gets the next id. */
  | { readonly action: "add-schema"; readonly schema: Schema; readonly lastColumnId?: number }
  | { readonly action: "set-current-schema"; readonly schemaId: number }
  /** A compatible spec is reused, otherwise it gets the next id. */
  | { readonly action: "add-spec"; readonly spec: PartitionSpec }
  | { readonly action: "set-default-spec"; readonly specId: number }
  | { readonly action: "add-sort-order"; readonly sortOrder: SortOrder }
  | { readonly action: "set-default-sort-order"; readonly sortOrderId: number }
  | { readonly action: "add-snapshot"; readonly snapshot: Snapshot }
  | { readonly action: "set-snapshot-ref"; readonly refName: string; readonly ref: SnapshotRef }
  /** Refs, statistics and log entries of the snapshots go with them (MET-046, MET-036). */
  | { readonly action: "remove-snapshots"; readonly snapshotIds: readonly bigint[] }
  | { readonly action: "remove-snapshot-ref"; readonly refName: string }
  | { readonly action: "set-location"; readonly location: string }
  | { readonly action: "set-properties"; readonly updates: ReadonlyMap<string, string> }
  | { readonly action: "remove-properties"; readonly removals: readonly string[] }
  /** Replaces the entry of the same snapshot (MET-049). */
  | { readonly action: "set-statistics"; readonly statistics: StatisticsFile }
  | { readonly action: "remove-statistics"; readonly snapshotId: bigint }
  | { readonly action: "set-partition-statistics"; readonly partitionStatistics: PartitionStatisticsFile }
  | { readonly action: "remove-partition-statistics"; readonly snapshotId: bigint }
  | { readonly action: "remove-partition-specs"; readonly specIds: readonly number[] }
  | { readonly action: "remove-schemas"; readonly schemaIds: readonly number[] }
  | { readonly action: "add-encryption-key"; readonly encryptionKey: EncryptedKey }
  | { readonly action: "remove-encryption-key"; readonly keyId: string };

export type TableUpdateAction = TableUpdate["action"];
