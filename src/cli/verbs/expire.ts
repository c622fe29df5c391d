/** `icewright expire`: forgets old snapshots and deletes the files only they led to. Spec: Snapshot Retention Policy. @module */
import type { Json } from "../../base/index.ts";
import {
  type ExpireSnapshotsOptions,
  type ExpireSnapshotsResult,
  expireSnapshots,
  type FileLists,
} from "../../maintenance/index.ts";
import type { Row, RowInput, Schema } from "../../schema/index.ts";
import { wholeNumberFlag } from "../arguments.ts";
import { count, document, instant, labelled } from "../format.ts";
import { openForCommit } from "../open-table.ts";
import { snapshotIdOf, timeOf } from "../scan-time.ts";
import { harmless } from "../terminal.ts";
import { type CliContext, type Invocation, UsageError, type Verb } from "../verb.ts";

export const expire: Verb = {
  name: "expire",
  summary: "Forget old snapshots and delete the files only they led to",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: {
    "older-than": {
      kind: "text",
      placeholder: "TIME",
      help: "Snapshots made before this time: 2026-01-31T12:00:00Z, 2026-01-31, or an age such as 12h or 7d",
    },
    "retain-last": { kind: "text", placeholder: "N", help: "Snapshots each branch keeps whatever their age" },
    snapshot: { kind: "list", placeholder: "ID", help: "Forget this snapshot whatever its age" },
    "keep-files": { kind: "switch", help: "Delete no files, only forget" },
    "dry-run": { kind: "switch", help: "Say what would happen, and change nothing" },
  },
  notes: [
    "Without --older-than and --retain-last the table's history.expire.* properties decide: five days, one snapshot.\n" +
      "Branches and tags keep what their own settings say; main is never dropped. The metadata is committed first;\n" +
      "then only files go that no remaining snapshot leads to. Tables with gc.enabled=false are refused.",
    "--json prints one document: table, metadata_location, dry_run, snapshots, refs, files, problems.",
  ],
  examples: [
    {
      command: "expire telemetry.trace_events --dry-run",
      says: "what the table's own settings no longer keep",
    },
    {
      command: "expire telemetry.trace_events --older-than 7d --retain-last 10",
      says: "all but a week and ten snapshots",
    },
  ],
  run: runExpire,
};

type Result = ExpireSnapshotsResult<Schema, Row<Schema>, RowInput<Schema>>;

async function runExpire(invocation: Invocation, context: CliContext): Promise<void> {
  const options = optionsOf(invocation);
  const table = await openForCommit(invocation.operands[0]!, context);
  const result = await expireSnapshots(table, { ...options, signal: context.signal });
  for (const { location, error } of result.problems) {
    const why = error instanceof Error ? error.message : String(error);
    await context.note(`kept because of ${harmless(location)}: ${harmless(why)}`);
  }
  if (context.json) await context.out.write(document(jsonOf(result, options)));
  else await context.out.line(textOf(result, options));
}

function optionsOf(invocation: Invocation): ExpireSnapshotsOptions {
  const olderThan = invocation.text("older-than");
  const retainLast = wholeNumberFlag(invocation, "retain-last");
  if (retainLast === 0)
    throw new UsageError("--retain-last takes 1 or more: a branch keeps its newest snapshot");
  const snapshotIds = invocation.all("snapshot").map(snapshotIdOf);
  return {
    ...(olderThan !== undefined && { olderThan: olderThanOf(olderThan) }),
    ...(retainLast !== undefined && { retainLast }),
    ...(snapshotIds.length > 0 && { snapshotIds }),
    dryRun: invocation.has("dry-run"),
    cleanExpiredFiles: !invocation.has("keep-files"),
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function olderThanOf(text: string): Date | number {
  const [, number, unit] = /^(\d{1,9})([mhd])$/.exec(text) ?? [];
  return unit === undefined ? timeOf("older-than", text) : Date.now() - Number(number) * UNIT_MS[unit]!;
}

function textOf({ table, snapshots, refs, files }: Result, { dryRun }: ExpireSnapshotsOptions): string {
  if (snapshots.length + refs.length === 0) return `${table.name}: nothing to forget`;
  const done = dryRun === true ? "would go" : "gone";
  const ages = snapshots.map(({ timestampMs }) => timestampMs);
  const span = ages.length === 0 ? "" : ` (${instant(Math.min(...ages))} … ${instant(Math.max(...ages))})`;
  const counts = Object.entries(NOUNS).map(([key, noun]) =>
    count(files[key as keyof FileLists].length, noun),
  );
  return labelled([
    ["table", table.name],
    ["snapshots", `${count(snapshots.length, "snapshot")} ${done}${span}`],
    ...(refs.length === 0 ? [] : [["refs", `${refs.map(harmless).join(", ")} ${done}`] as const]),
    ["files", `${counts.join(", ")} ${done}`],
  ]);
}

const NOUNS: Readonly<Record<keyof FileLists, string>> = {
  dataFiles: "data file",
  deleteFiles: "delete file",
  manifests: "manifest",
  manifestLists: "manifest list",
  statisticsFiles: "statistics file",
};

function jsonOf(result: Result, { dryRun }: ExpireSnapshotsOptions): Json {
  const { table, snapshots, refs, files, problems } = result;
  return {
    table: table.name,
    metadata_location: table.metadataLocation,
    dry_run: dryRun === true,
    snapshots: snapshots.map(({ snapshotId, timestampMs }) => ({
      snapshot_id: snapshotId,
      committed_at: instant(timestampMs),
    })),
    refs: [...refs],
    files: {
      data_files: [...files.dataFiles],
      delete_files: [...files.deleteFiles],
      manifests: [...files.manifests],
      manifest_lists: [...files.manifestLists],
      statistics_files: [...files.statisticsFiles],
    },
    problems: problems.map(({ location, error }) => ({
      location,
      error: error instanceof Error ? error.message : String(error),
    })),
  };
}
