/** What became of every file of a snapshot in a plan, and why. Spec: Scan Planning. @module */
import type { AbortOptions } from "../base/index.ts";
import {
  columnIdsOf,
  explainInclusive,
  explainManifest,
  inclusiveProjection,
  type PruneRule,
  partitionEvaluator,
  predicatesOf,
  type Ruling,
} from "../expressions/index.ts";
import { type ManifestEntry, type ManifestFile, manifestEntries } from "../manifests/index.ts";
import { humanString, type PartitionTuple } from "../partitioning/index.ts";
import { isPrimitive, type Schema, simpleType } from "../schema/index.ts";
import type { FieldSummary } from "../values/index.ts";
import { mapAhead } from "./concurrency.ts";
import { ManifestCache, manifestReader } from "./manifest-cache.ts";
import { type FileScanTask, manifestsOf, type PlanInput, planFiles } from "./plan-files.ts";
import { remappedColumns } from "./remapped-columns.ts";
import type { ScanReport, SkipRule } from "./scan-report.ts";
import { DEFAULT_MANIFEST_CONCURRENCY } from "./snapshot-manifests.ts";
import { type SpecFilter, specFilters } from "./spec-filter.ts";

/** Why something was skipped. */
export interface SkipReason {
  /** Whether its whole manifest was skipped, or the file itself. */
  readonly level: "manifest" | "file";
  readonly rule: SkipRule;
  /** The conjunct of the filter that decided; empty for `no-live-files`. */
  readonly predicate: string;
  /** The column, or partition field, that decided; empty where there is none. */
  readonly column: string;
  /** What about it decided, such as `lower-bound`. */
  readonly detail?: PruneRule;
}

/** One live data file of the snapshot. */
export interface ExplainedFile {
  readonly path: string;
  readonly manifest: string;
  readonly specId: number;
  readonly partition: PartitionTuple;
  /** The partition for people, such as `event_month=2026-01 org=a`; empty for unpartitioned files. */
  readonly partitionText: string;
  /** The same in parts: each partition field and its value as text. */
  readonly partitionParts: readonly (readonly [field: string, value: string])[];
  readonly rows: number;
  readonly bytes: number;
  /** Row groups: the file's split offsets, of which writers give one for each. Absent where the manifest has none. */
  readonly rowGroups?: number;
  /** Absent: it is part of the plan. */
  readonly skipped?: SkipReason;
  /** The task of a file that is part of the plan. */
  readonly task?: FileScanTask;
}

/** How much there is of something, and what became of it. */
export interface Share {
  readonly considered: number;
  readonly skipped: number;
  readonly kept: number;
}

/** Row groups of the files whose manifests tell of them. */
export interface RowGroupShare extends Share {
  /** Files whose manifests do not: their row groups are not counted. */
  readonly filesUntold: number;
}

/** What one predicate skipped by one rule and column. */
export interface ExplainedRule extends SkipReason {
  /** Manifests skipped whole. */
  readonly manifests: number;
  readonly files: number;
  readonly rowGroups: number;
  readonly rows: number;
  readonly bytes: number;
}

/** A plan and the whole story of it. */
export interface PlanExplanation {
  /** What the plan itself counted. */
  readonly report: ScanReport;
  readonly manifests: Share;
  readonly files: Share;
  /**
   * By the split offsets in manifests: row groups of skipped files and of files to read. What statistics, bloom filters
   * and page indexes skip inside the files to read shows only in the report of a scan that was read.
   */
  readonly rowGroups: RowGroupShare;
  readonly rows: Share;
  readonly bytes: Share;
  /** The heaviest first. */
  readonly rules: readonly ExplainedRule[];
  /** All live data files, by partition and place in the manifests. */
  readonly entries: readonly ExplainedFile[];
}

/**
 * Plans, then looks into every data manifest, those that the plan skipped too: what is in them tells what was saved. A
 * limit is left aside.
 * @throws IcebergError as {@link planFiles}.
 */
export async function explainPlan(
  input: PlanInput,
  report: () => ScanReport,
  options: AbortOptions = {},
): Promise<PlanExplanation> {
  const cache = input.cache ?? new ManifestCache(Number.MAX_SAFE_INTEGER);
  const tasks = new Map<string, FileScanTask>();
  for await (const task of planFiles({ ...input, cache, limit: undefined }, options))
    tasks.set(task.dataFile.filePath, task);
  const planned = report();
  const { manifests, appended } = await manifestsOf(input, options);
  const data = manifests.filter(({ content }) => content === "data");
  const tellOf = tellers(input);
  const entries: ExplainedFile[] = [];
  const rules = new Map<string, Counted>();
  const skippedManifests = new Map<ManifestFile, SkipReason>();
  for (const manifest of data) {
    const reason = tellOf(manifest.partitionSpecId).ofManifest(manifest);
    if (reason === undefined) continue;
    skippedManifests.set(manifest, reason);
    countIn(rules, reason).manifests++;
  }
  const remapped = remappedColumns(input.metadata);
  const metricsFor = new Set([...columnIdsOf(input.filter.bound)].filter((id) => !remapped.has(id)));
  const read = manifestReader(input.io, cache, options);
  for await (const { manifest, bytes } of mapAhead(
    data,
    input.concurrency ?? DEFAULT_MANIFEST_CONCURRENCY,
    read,
  )) {
    options.signal?.throwIfAborted();
    const teller = tellOf(manifest.partitionSpecId);
    const all = manifestEntries(bytes, {
      manifest,
      fields: teller.filter.fields,
      what: manifest.manifestPath,
      liveOnly: true,
      columns: { metricsFor },
    });
    for (const entry of all) {
      if (appended?.entry(entry) === false) continue;
      const task = tasks.get(entry.dataFile.filePath);
      const skipped =
        task === undefined ? (skippedManifests.get(manifest) ?? teller.ofFile(entry)) : undefined;
      const file = explainedFile(entry, manifest, teller, task, skipped);
      entries.push(file);
      if (skipped !== undefined) countFile(countIn(rules, skipped), file);
    }
  }
  entries.sort((a, b) =>
    a.partitionText < b.partitionText ? -1 : a.partitionText > b.partitionText ? 1 : 0,
  );
  const share = (of: (file: ExplainedFile) => number): Share => {
    const considered = entries.reduce((sum, file) => sum + of(file), 0);
    const kept = entries.reduce((sum, file) => sum + (file.task === undefined ? 0 : of(file)), 0);
    return { considered, skipped: considered - kept, kept };
  };
  return {
    report: planned,
    manifests: {
      considered: data.length,
      skipped: skippedManifests.size,
      kept: data.length - skippedManifests.size,
    },
    files: share(() => 1),
    rowGroups: {
      ...share((file) => file.rowGroups ?? 0),
      filesUntold: entries.filter((file) => file.rowGroups === undefined).length,
    },
    rows: share((file) => file.rows),
    bytes: share((file) => file.bytes),
    rules: [...rules.values()].sort((a, b) => b.files - a.files || b.manifests - a.manifests),
    entries,
  };
}

type Counted = { -readonly [K in keyof ExplainedRule]: ExplainedRule[K] };

function countIn(rules: Map<string, Counted>, reason: SkipReason): Counted {
  const key = JSON.stringify([reason.level, reason.rule, reason.predicate, reason.column, reason.detail]);
  const known = rules.get(key);
  if (known !== undefined) return known;
  const made = { ...reason, manifests: 0, files: 0, rowGroups: 0, rows: 0, bytes: 0 };
  rules.set(key, made);
  return made;
}

function countFile(rule: Counted, file: ExplainedFile): void {
  rule.files++;
  rule.rowGroups += file.rowGroups ?? 0;
  rule.rows += file.rows;
  rule.bytes += file.bytes;
}

function explainedFile(
  { dataFile }: ManifestEntry,
  manifest: ManifestFile,
  { filter, partitionParts }: Teller,
  task: FileScanTask | undefined,
  skipped: SkipReason | undefined,
): ExplainedFile {
  const parts = partitionParts(dataFile.partition);
  return {
    path: dataFile.filePath,
    manifest: manifest.manifestPath,
    specId: filter.spec.specId,
    partition: dataFile.partition,
    partitionText: parts.map(([name, value]) => `${name}=${value}`).join(" "),
    partitionParts: parts,
    rows: Math.max(0, dataFile.recordCount),
    bytes: dataFile.fileSizeInBytes,
    ...(dataFile.splitOffsets?.length && { rowGroups: dataFile.splitOffsets.length }),
    ...(skipped && { skipped }),
    ...(task && { task }),
  };
}

/** Tells why manifests and files of one spec are skipped. */
interface Teller {
  readonly filter: SpecFilter;
  readonly ofManifest: (manifest: ManifestFile) => SkipReason | undefined;
  readonly ofFile: (entry: ManifestEntry) => SkipReason | undefined;
  readonly partitionParts: (tuple: PartitionTuple) => ExplainedFile["partitionParts"];
}

function tellers(input: PlanInput): (specId: number) => Teller {
  const filterOf = specFilters(input.metadata, input.filter, input.schema);
  const made = new Map<number, Teller>();
  return (specId) => {
    const known = made.get(specId);
    if (known !== undefined) return known;
    const teller = tellerOf(filterOf(specId), input);
    made.set(specId, teller);
    return teller;
  };
}

function tellerOf(filter: SpecFilter, { schema }: PlanInput): Teller {
  const conjuncts = filter.conjuncts.map(({ conjunct }) => {
    const projected = inclusiveProjection(conjunct.bound, filter.spec, schema);
    return {
      predicate: conjunct.text,
      column: predicatesOf(conjunct.bound)[0]?.term.name ?? "",
      summaries: explainManifest(projected, filter.fields),
      mayMatchPartition: partitionEvaluator(projected),
      metrics: explainInclusive(conjunct.bound),
    };
  });
  const bySummaries = (summaries: readonly FieldSummary[] | undefined): SkipReason | undefined => {
    for (const { predicate, column, summaries: explain } of conjuncts) {
      const ruling = explain(summaries);
      if (ruling !== undefined) return reasonOf("manifest", "partition-summary", predicate, column, ruling);
    }
    return undefined;
  };
  return {
    filter,
    ofManifest: (manifest) =>
      manifest.addedFilesCount === 0 && manifest.existingFilesCount === 0
        ? { level: "manifest", rule: "no-live-files", predicate: "", column: "" }
        : bySummaries(manifest.partitions),
    ofFile: ({ dataFile }) => {
      for (const { predicate, column, mayMatchPartition } of conjuncts) {
        if (!mayMatchPartition(dataFile.partition))
          return { level: "file", rule: "partition-value", predicate, column };
      }
      for (const { predicate, column, metrics } of conjuncts) {
        const ruling = metrics(dataFile);
        if (ruling !== undefined) return reasonOf("file", "column-metrics", predicate, column, ruling);
      }
      return undefined;
    },
    partitionParts: tupleText(filter, schema),
  };
}

function tupleText({ spec }: SpecFilter, schema: Schema): Teller["partitionParts"] {
  const fields = spec.fields.map(({ name, transform, sourceId }) => {
    const source = schema.findField(sourceId)?.type;
    return {
      name,
      transform,
      type: source !== undefined && isPrimitive(source) ? source : simpleType("unknown"),
    };
  });
  return (tuple) =>
    fields.map(({ name, transform, type }, at) => [name, humanString(transform, type, tuple[at] ?? null)]);
}

function reasonOf(
  level: SkipReason["level"],
  rule: SkipRule,
  predicate: string,
  column: string,
  ruling: Ruling,
): SkipReason {
  return {
    level,
    rule,
    predicate,
    column: ruling.column === "" ? column : ruling.column,
    detail: ruling.rule,
  };
}
