/** Snapshots, the references that name them, and the two logs. Spec: Snapshots; Snapshot References. @module */
import type { JsonObject } from "../base/index.ts";

/** The branch every reader uses when none is named. */
export const MAIN_BRANCH = "main";

/** What a snapshot did to the table (MET-022). A file may carry a name outside this list; it is kept. */
export type SnapshotOperation = "append" | "replace" | "overwrite" | "delete";

/** String counters and facts of one snapshot, `operation` among them; informative only (MET-033). */
export type SnapshotSummary = ReadonlyMap<string, string>;

/** The state of a table at one time. */
export interface Snapshot {
  readonly snapshotId: bigint;
  /** Absent for a root snapshot (MET-021). */
  readonly parentSnapshotId?: bigint;
  /** 0 for snapshots written by v1. */
  readonly sequenceNumber: number;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  /** Location of the manifest list. Absent only for v1 snapshots with inline `manifests` (MET-087). */
  readonly manifestList?: string;
  readonly manifests?: readonly string[];
  /** Includes `operation`; absent when the writer left none (v1). */
  readonly summary?: SnapshotSummary;
  /** Current schema when the snapshot was made. */
  readonly schemaId?: number;
  /** v3: first row id assigned to rows of this snapshot (MET-027). */
  readonly firstRowId?: bigint;
  /** v3: rows that got ids by this snapshot; not the summary's `added-records`. */
  readonly addedRows?: bigint;
  /** v3: id of the key that encrypts the manifest list's key metadata. */
  readonly keyId?: string;
  /** Members of the file this library does not know, written back as they were (MET-005). */
  readonly unknownFields?: JsonObject;
}

/** A branch or tag with its retention settings (MET-042). */
export interface SnapshotRef {
  readonly snapshotId: bigint;
  readonly type: "branch" | "tag";
  /** Branches only (MET-043). */
  readonly minSnapshotsToKeep?: number;
  /** Branches only. */
  readonly maxSnapshotAgeMs?: number;
  readonly maxRefAgeMs?: number;
  /** Members of the file this library does not know, written back as they were (MET-005). */
  readonly unknownFields?: JsonObject;
}

/** One change of the current snapshot. */
export interface SnapshotLogEntry {
  readonly timestampMs: number;
  readonly snapshotId: bigint;
}

/** One earlier metadata file; `timestampMs` is its `last-updated-ms`. */
export interface MetadataLogEntry {
  readonly timestampMs: number;
  readonly metadataFile: string;
}

/**
 * The operation of a snapshot: the summary's word, or `undefined` when the snapshot has no summary, which
 * validations must read as "could be anything" (CMT-021).
 */
export function snapshotOperation(snapshot: Snapshot): string | undefined {
  return snapshot.summary?.get("operation");
}

/** Whether two references are equal in every field. */
export function sameRef(a: SnapshotRef | undefined, b: SnapshotRef | undefined): boolean {
  return (
    a === b ||
    (a !== undefined &&
      b !== undefined &&
      a.snapshotId === b.snapshotId &&
      a.type === b.type &&
      a.minSnapshotsToKeep === b.minSnapshotsToKeep &&
      a.maxSnapshotAgeMs === b.maxSnapshotAgeMs &&
      a.maxRefAgeMs === b.maxRefAgeMs)
  );
}
