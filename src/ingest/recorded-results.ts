/** Which write results a branch holds already: snapshots say so in their summaries. Spec: Snapshot summary. @module */
import { ancestorsOf, MAIN_BRANCH, type Snapshot, type TableMetadata } from "../metadata/index.ts";

/** Summary key: the ids of the write results a snapshot committed, in order, with commas between. */
export const RESULT_IDS_KEY = "icewright.result-ids";

/**
 * The ids that the kept history of a branch records. What was rolled back, or is on another branch only, is not in it:
 * whoever were told that such rows are committed would lose them. What is expired is forgotten, and so are its ids.
 * Versions share most of their history, so each snapshot is read once.
 */
export class RecordedResults {
  private readonly branch: string;
  private readonly snapshots = new Map<string, Snapshot>();
  private head: bigint | undefined;
  /** Snapshots read since the start of the history. */
  private read = 0;

  constructor(branch: string = MAIN_BRANCH) {
    this.branch = branch;
  }

  /** Reads what is new in a version, or all of it when its history is not a longer one. */
  update(metadata: TableMetadata): void {
    // A branch that is still to be made starts at the current snapshot.
    const head = metadata.refs.get(this.branch)?.snapshotId ?? metadata.currentSnapshotId;
    let added = historyOf(metadata, head, this.head);
    if (added === undefined || this.read + added.length > metadata.snapshots.length) {
      this.snapshots.clear();
      this.read = 0;
      added = historyOf(metadata, head) ?? [];
    }
    for (const snapshot of added) for (const id of idsOf(snapshot)) this.snapshots.set(id, snapshot);
    this.read += added.length;
    this.head = head;
  }

  /** The snapshot that committed a result, as the version read last says. */
  snapshotOf(id: string): Snapshot | undefined {
    return this.snapshots.get(id);
  }
}

/** The ancestors of a head, itself first, that come after `since`; `undefined` when that is none of them. */
function historyOf(
  metadata: TableMetadata,
  head: bigint | undefined,
  since?: bigint,
): readonly Snapshot[] | undefined {
  const found: Snapshot[] = [];
  if (head === undefined) return since === undefined ? found : undefined;
  for (const snapshot of ancestorsOf(metadata, head)) {
    if (snapshot.snapshotId === since) return found;
    found.push(snapshot);
  }
  return since === undefined ? found : undefined;
}

function idsOf(snapshot: Snapshot): readonly string[] {
  const text = snapshot.summary?.get(RESULT_IDS_KEY);
  return text === undefined || text === "" ? [] : text.split(",");
}
