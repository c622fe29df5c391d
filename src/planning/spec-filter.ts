/** The filter of a scan as seen through one partition spec. Spec: Scan Planning; SCN-002. @module */
import { IcebergError } from "../base/index.ts";
import {
  alwaysTrue,
  type BoundExpression,
  boundAnd,
  inclusiveMetricsEvaluator,
  inclusiveProjection,
  manifestEvaluator,
  partitionEvaluator,
  residualEvaluator,
  strictMetricsEvaluator,
} from "../expressions/index.ts";
import { specById, type TableMetadata } from "../metadata/index.ts";
import { type PartitionSpec, type PartitionTuple, partitionFields } from "../partitioning/index.ts";
import { type Field, NAME_MAPPING_PROPERTY, type Schema } from "../schema/index.ts";
import type { ColumnMetrics, FieldSummary } from "../values/index.ts";
import type { ScanConjunct, ScanFilter } from "./scan-filter.ts";

/** One conjunct of the filter, ready for every level at which it can exclude something. */
export interface SpecConjunct {
  readonly conjunct: ScanConjunct;
  readonly mayMatchManifest: (summaries: readonly FieldSummary[] | undefined) => boolean;
  readonly mayMatchPartition: (tuple: PartitionTuple) => boolean;
  readonly mayMatchFile: (file: ColumnMetrics & { readonly recordCount: number }) => boolean;
}

/** What residuals depend on. */
export interface ResidualFile extends ColumnMetrics {
  readonly partition: PartitionTuple;
  readonly recordCount: number;
}

/** What judges the manifests and files of one spec. */
export interface SpecFilter {
  readonly spec: PartitionSpec;
  /** The partition struct of the spec. */
  readonly fields: readonly Field[];
  readonly conjuncts: readonly SpecConjunct[];
  /**
   * What remains to be checked of the filter in one file: without what its partition settles (SCN-049) and without
   * conjuncts that its counts and bounds prove for every row (SCN-045; not under a name mapping). The filter itself where nothing is settled.
   */
  readonly residual: (file: ResidualFile) => BoundExpression;
}

/**
 * The filters of a table's specs by spec id, each made when the first manifest of its spec turns up.
 * @throws IcebergError `invalid-metadata` (the function does) naming the manifest, for a spec that the table does not have.
 */
export function specFilters(
  metadata: TableMetadata,
  filter: ScanFilter,
  schema: Schema,
): (specId: number, manifestPath?: string) => SpecFilter {
  const made = new Map<number, SpecFilter>();
  // A name mapping may give a column of a file without ids to another field than its metrics were counted for.
  const trusted = !metadata.properties.has(NAME_MAPPING_PROPERTY);
  return (specId, manifestPath = "a manifest") => {
    const known = made.get(specId);
    if (known !== undefined) return known;
    const spec = specById(metadata, specId);
    if (spec === undefined) {
      throw new IcebergError(
        "invalid-metadata",
        `Cannot plan: ${manifestPath} uses partition spec ${specId}, which the table does not have`,
        { context: { specId, manifestPath } },
      );
    }
    const one = specFilter(filter, spec, schema, trusted);
    made.set(specId, one);
    return one;
  };
}

function specFilter(filter: ScanFilter, spec: PartitionSpec, schema: Schema, trusted: boolean): SpecFilter {
  const fields = partitionFields(spec, schema);
  return {
    spec,
    fields,
    conjuncts: filter.conjuncts.map((conjunct) => {
      const projected = inclusiveProjection(conjunct.bound, spec, schema);
      return {
        conjunct,
        mayMatchManifest: manifestEvaluator(projected, fields),
        mayMatchPartition: partitionEvaluator(projected),
        mayMatchFile: inclusiveMetricsEvaluator(conjunct.bound),
      };
    }),
    residual: residualOf(filter, spec, schema, trusted),
  };
}

/** `trusted`: whether metrics may settle what rows match; otherwise they only exclude files. */
function residualOf(
  filter: ScanFilter,
  spec: PartitionSpec,
  schema: Schema,
  trusted: boolean,
): SpecFilter["residual"] {
  if (filter.conjuncts.length === 0) return () => filter.bound;
  const conjuncts = filter.conjuncts.map(({ bound }) => ({
    bound,
    inPartition: residualEvaluator(bound, spec, schema),
    isCertain: trusted ? strictMetricsEvaluator(bound) : () => false,
  }));
  return (file) => {
    let isWhole = true;
    const residuals = conjuncts.map(({ bound, inPartition, isCertain }) => {
      const residual = isCertain(file) ? alwaysTrue : inPartition(file.partition);
      if (residual !== bound) isWhole = false;
      return residual;
    });
    return isWhole ? filter.bound : boundAnd(residuals);
  };
}
