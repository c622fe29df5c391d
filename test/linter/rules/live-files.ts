/** Rules over a snapshot's files as a whole: what is live, what changed, what the summary says. Spec: Snapshots. @module */
import { show } from "../findings.ts";
import { long } from "../json.ts";
import { ADDED, DELETED, type LintEntry } from "../manifests.ts";
import type { LintSnapshot, LintTable } from "../table.ts";

/** A snapshot's entries, all of its manifests read. */
export interface SnapshotFiles {
  readonly snapshot: LintSnapshot;
  readonly file: string;
  readonly entries: readonly LintEntry[];
  readonly live: readonly LintEntry[];
  readonly added: readonly LintEntry[];
  readonly deleted: readonly LintEntry[];
}

export function snapshotFiles(
  snapshot: LintSnapshot,
  file: string,
  entries: readonly LintEntry[],
): SnapshotFiles {
  const own = entries.filter(
    (entry) => entry.manifest.addedSnapshotId === snapshot.id && entry.snapshotId === snapshot.id,
  );
  return {
    snapshot,
    file,
    entries,
    live: entries.filter(({ status }) => status !== DELETED),
    added: own.filter(({ status }) => status === ADDED),
    deleted: own.filter(({ status }) => status === DELETED),
  };
}

export function checkLiveFiles(
  table: LintTable,
  files: SnapshotFiles,
  parent: SnapshotFiles | undefined,
): void {
  checkUnique(table, files);
  checkChange(table, files, parent);
  if (parent !== undefined) checkCarried(table, files, parent);
  checkRowIds(table, files);
  checkCounters(table, files);
  checkTotals(table, files, parent);
}

function checkUnique({ report }: LintTable, { live, file }: SnapshotFiles): void {
  const seen = new Set<string>();
  for (const { key } of live) {
    if (seen.has(key)) report.add("live-path-unique", file, `${key} is live twice`);
    seen.add(key);
  }
}

function checkChange({ report }: LintTable, files: SnapshotFiles, parent: SnapshotFiles | undefined): void {
  const { snapshot, file, live, added, deleted } = files;
  const isAppend = snapshot.operation === "append";
  if (isAppend && (deleted.length > 0 || added.some(({ content }) => content !== 0)))
    report.add("snapshot-operation", file, `snapshot ${snapshot.id} is an append and deletes`);
  if (parent === undefined && snapshot.parentId !== undefined) return;
  const wanted = new Set((parent?.live ?? []).map(({ key }) => key));
  for (const { key } of deleted) wanted.delete(key);
  for (const { key } of added) wanted.add(key);
  const found = new Set(live.map(({ key }) => key));
  for (const key of wanted)
    if (!found.has(key)) report.add("snapshot-files", file, `${key} is no longer live and was not deleted`);
  for (const key of found)
    if (!wanted.has(key)) report.add("snapshot-files", file, `${key} is live and was not added`);
}

/** Fields of a data file that no rewrite of a manifest changes; row ids alone may be assigned later. */
const KEPT = [100, 101, 102, 103, 104, 108, 109, 110, 137, 125, 128, 131, 132, 135, 140, 143, 144, 145];

function checkCarried({ report }: LintTable, { file, live }: SnapshotFiles, parent: SnapshotFiles): void {
  const before = new Map(parent.live.map((entry) => [entry.key, entry]));
  for (const entry of live) {
    const old = before.get(entry.key);
    if (old === undefined || old.manifest.path === entry.manifest.path) {
      if (old?.firstRowId === undefined || old.firstRowId === entry.firstRowId) continue;
    }
    const fault = (what: string, from: unknown, to: unknown) =>
      report.add("entry-carried", file, `${entry.key} had ${what} ${show(from)}, now ${show(to)}`);
    for (const name of ["snapshotId", "sequence", "fileSequence", "firstRowId"] as const) {
      const isNew = name === "firstRowId" && old[name] === undefined;
      if (old[name] !== entry[name] && !isNew) fault(name, old[name], entry[name]);
    }
    for (const id of KEPT) {
      const [from, to] = [old.file.get(id) ?? null, entry.file.get(id) ?? null];
      if (show(from) !== show(to)) fault(`field ${id}`, from, to);
    }
  }
}

function checkRowIds({ report, metadata }: LintTable, { snapshot, file, live }: SnapshotFiles): void {
  if (snapshot.firstRowId === undefined) return;
  const next = long(metadata["next-row-id"]) ?? 0n;
  const ranges = live.flatMap(({ content, firstRowId, recordCount, path }) =>
    content === 0 && firstRowId !== undefined && recordCount > 0n
      ? [{ start: firstRowId, end: firstRowId + recordCount, path }]
      : [],
  );
  ranges.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  for (const [at, { start, end, path }] of ranges.entries()) {
    const before = ranges[at - 1];
    if (before !== undefined && start < before.end)
      report.add("entry-row-ids", file, `${path} shares row ids from ${start} with ${before.path}`);
    if (end > next)
      report.add("entry-row-ids", file, `${path} has row ids up to ${end}, next-row-id is ${next}`);
  }
}

/** Counters of a summary from the entries that were added or deleted. Equality deletes, vectors and so on apart. */
function changes(entries: readonly LintEntry[], verb: "added" | "removed"): Record<string, bigint> {
  const of = (kind: (entry: LintEntry) => boolean) => entries.filter(kind);
  const count = (kind: (entry: LintEntry) => boolean) => BigInt(of(kind).length);
  const rows = (kind: (entry: LintEntry) => boolean) =>
    of(kind).reduce((sum, entry) => sum + entry.recordCount, 0n);
  const data = ({ content }: LintEntry) => content === 0;
  const vector = ({ content, contentOffset }: LintEntry) => content === 1 && contentOffset !== undefined;
  const position = (entry: LintEntry) => entry.content === 1 && !vector(entry);
  const equality = ({ content }: LintEntry) => content === 2;
  const gone = verb === "removed" ? "deleted" : verb;
  return {
    [`${gone}-data-files`]: count(data),
    [`${gone}-records`]: rows(data),
    [`${verb}-files-size`]: entries.reduce((sum, entry) => sum + sizeOf(entry), 0n),
    [`${verb}-delete-files`]: count((entry) => !data(entry)),
    [`${verb}-position-delete-files`]: count(position),
    [`${verb}-dvs`]: count(vector),
    [`${verb}-equality-delete-files`]: count(equality),
    [`${verb}-position-deletes`]: rows(({ content }) => content === 1),
    [`${verb}-equality-deletes`]: rows(equality),
  };
}

/** A deletion vector counts as its blob, not as the Puffin file that it shares (MET-031). */
function sizeOf(entry: LintEntry): bigint {
  return entry.contentSizeInBytes ?? entry.sizeInBytes;
}

function checkCounters(
  { report, metadataFile }: LintTable,
  { snapshot, added, deleted }: SnapshotFiles,
): void {
  const { id, summary } = snapshot;
  if (summary.size === 0) return;
  for (const [key, real] of Object.entries({ ...changes(added, "added"), ...changes(deleted, "removed") })) {
    const told = summary.get(key) ?? "0";
    if (told !== String(real))
      report.add(
        "summary-changes",
        metadataFile,
        `snapshot ${id} has ${key} ${show(told)}, its manifests ${real}`,
      );
  }
  const told = summary.get("changed-partition-count");
  const partitions = (withSpec: boolean) =>
    new Set(
      [...added, ...deleted].map(({ manifest, partition }) =>
        show([withSpec ? manifest.specId : 0, partition]),
      ),
    ).size;
  if (told !== undefined && told !== String(partitions(true)) && told !== String(partitions(false)))
    report.add(
      "summary-partitions",
      metadataFile,
      `snapshot ${id} has changed-partition-count ${told}, not ${partitions(true)}`,
    );
}

function checkTotals(
  { report, metadataFile }: LintTable,
  files: SnapshotFiles,
  parent: SnapshotFiles | undefined,
): void {
  const { id, parentId, summary } = files.snapshot;
  if (summary.size === 0) return;
  const live = changes(files.live, "added");
  for (const key of [
    "data-files",
    "delete-files",
    "records",
    "files-size",
    "position-deletes",
    "equality-deletes",
  ]) {
    const told = summary.get(`total-${key}`);
    const real = live[`added-${key}`];
    if (told !== undefined && told !== String(real))
      report.add(
        "summary-totals",
        metadataFile,
        `snapshot ${id} has total-${key} ${show(told)}, its manifests ${real}`,
      );
    const isKnown = parentId === undefined || parent?.snapshot.summary.has(`total-${key}`) === true;
    if (told === undefined && isKnown)
      report.add("summary-totals", metadataFile, `snapshot ${id} has no total-${key}`);
  }
}
