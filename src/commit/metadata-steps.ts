/** Steps that change metadata alone: properties, location, statistics, format version. Spec: Table Metadata. @module */
import { ValidationError } from "../base/index.ts";
import {
  type PartitionStatisticsFile,
  type StatisticsFile,
  snapshotById,
  type TableMetadata,
  type TableUpdate,
} from "../metadata/index.ts";
import type { StepGuard, TableStep } from "./steps.ts";

/** What a change comes to on one version of the table. */
export interface MetadataChange {
  /** Empty: the table is as wanted already. */
  readonly updates: readonly TableUpdate[];
  /** What else the change was checked against. */
  readonly guards?: readonly StepGuard[];
  readonly isIn: (now: TableMetadata) => boolean;
}

/** A step that neither reads nor writes files. `subject` names what changes, for errors on a newer base. */
export function metadataStep(
  subject: string | undefined,
  changeOn: (metadata: TableMetadata) => MetadataChange,
): TableStep {
  let latest: MetadataChange | undefined;
  return {
    isPure: true,
    ...(subject !== undefined && { subject }),
    prepare({ metadata }) {
      latest = changeOn(metadata);
      return latest;
    },
    isApplied: (metadata) => latest?.isIn(metadata) ?? false,
  };
}

/** Moves where new files go; files that are written stay. */
export function locationStep(location: string): TableStep {
  return metadataStep(undefined, (metadata) => ({
    updates: metadata.location === location ? [] : [{ action: "set-location", location }],
    isIn: (now) => now.location === location,
  }));
}

/** Raises the format version, never lowers it (MET-068). */
export function upgradeStep(formatVersion: 1 | 2 | 3): TableStep {
  return metadataStep(undefined, (metadata) => {
    if (metadata.formatVersion > formatVersion) {
      throw new ValidationError(
        `Cannot make format version ${metadata.formatVersion} a ${formatVersion}: tables are only upgraded`,
        { context: { from: metadata.formatVersion, to: formatVersion } },
      );
    }
    return {
      updates:
        metadata.formatVersion === formatVersion ? [] : [{ action: "upgrade-format-version", formatVersion }],
      isIn: (now) => now.formatVersion >= formatVersion,
    };
  });
}

/** Sets the statistics of a snapshot in place of those it had (MET-049). */
export function statisticsStep(statistics: StatisticsFile): TableStep {
  return metadataStep("statistics", (metadata) => {
    requireSnapshot(metadata, statistics.snapshotId, "set statistics of");
    return {
      updates: [{ action: "set-statistics", statistics }],
      isIn: (now) =>
        now.statistics.some(({ statisticsPath }) => statisticsPath === statistics.statisticsPath),
    };
  });
}

/** Removes the statistics of a snapshot, if it has any. */
export function removeStatisticsStep(snapshotId: bigint): TableStep {
  return metadataStep(undefined, (metadata) => {
    const isIn = (now: TableMetadata) => now.statistics.every((file) => file.snapshotId !== snapshotId);
    return { updates: isIn(metadata) ? [] : [{ action: "remove-statistics", snapshotId }], isIn };
  });
}

/** Sets the partition statistics of a snapshot in place of those it had (MET-054). */
export function partitionStatisticsStep(partitionStatistics: PartitionStatisticsFile): TableStep {
  const { snapshotId, statisticsPath } = partitionStatistics;
  return metadataStep("partition statistics", (metadata) => {
    requireSnapshot(metadata, snapshotId, "set partition statistics of");
    return {
      updates: [{ action: "set-partition-statistics", partitionStatistics }],
      isIn: (now) => now.partitionStatistics.some((file) => file.statisticsPath === statisticsPath),
    };
  });
}

/** Removes the partition statistics of a snapshot, if it has any. */
export function removePartitionStatisticsStep(snapshotId: bigint): TableStep {
  return metadataStep(undefined, (metadata) => {
    const isIn = (now: TableMetadata) =>
      now.partitionStatistics.every((file) => file.snapshotId !== snapshotId);
    return { updates: isIn(metadata) ? [] : [{ action: "remove-partition-statistics", snapshotId }], isIn };
  });
}

/** Throws `validation-failed` when the table has no such snapshot. */
export function requireSnapshot(metadata: TableMetadata, snapshotId: bigint, action: string) {
  const snapshot = snapshotById(metadata, snapshotId);
  if (snapshot !== undefined) return snapshot;
  throw new ValidationError(
    `Cannot ${action} snapshot ${snapshotId}: the table has no such snapshot, it was expired or never existed`,
    { context: { snapshotId } },
  );
}
