/** Which write results a table holds already: snapshots say so in their summaries. Spec: Snapshot summary. @module */
import type { Snapshot, TableMetadata } from "../metadata/index.ts";

/** Summary key: the ids of the write results a snapshot committed, in order, with commas between. */
export const RESULT_IDS_KEY = "icewright.result-ids";

/**
 * The ids that the kept history of a table records, on any branch. Versions share most snapshots, so each is read once;
 * what is expired is forgotten, and so are its ids.
 */
export class RecordedResults {
  private readonly snapshots = new Map<string, Snapshot>();
  private readonly read = new Set<bigint>();

  /** Reads what is new in a version. */
  update({ snapshots }: TableMetadata): void {
    for (const snapshot of snapshots) {
      if (this.read.has(snapshot.snapshotId)) continue;
      this.read.add(snapshot.snapshotId);
      for (const id of idsOf(snapshot)) this.snapshots.set(id, snapshot);
    }
    if (this.read.size > snapshots.length) this.forget(snapshots);
  }

  /** The snapshot that committed a result, as far as the versions read so far say. */
  snapshotOf(id: string): Snapshot | undefined {
    return this.snapshots.get(id);
  }

  private forget(kept: readonly Snapshot[]): void {
    const ids = new Set(kept.map((snapshot) => snapshot.snapshotId));
    for (const id of this.read) if (!ids.has(id)) this.read.delete(id);
    for (const [id, snapshot] of this.snapshots) {
      if (!ids.has(snapshot.snapshotId)) this.snapshots.delete(id);
    }
  }
}

function idsOf(snapshot: Snapshot): readonly string[] {
  const text = snapshot.summary?.get(RESULT_IDS_KEY);
  return text === undefined || text === "" ? [] : text.split(",");
}
