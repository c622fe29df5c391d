/**
 * Which files an operation removes: by identity, by partition, or by a filter that must match all rows of a file or
 * none (CMT-032, CMT-033, CMT-036). Spec: Commit Conflict Resolution; Manifests, entries with status deleted.
 * @module
 */
import { ValidationError } from "../base/index.ts";
import { fileScope, isDeletionVector, summaryTests } from "../deletes/index.ts";
import {
  type BoundExpression,
  bind,
  type Expression,
  inclusiveMetricsEvaluator,
  inclusiveProjection,
  manifestEvaluator,
  residualEvaluator,
  strictMetricsEvaluator,
  toText,
} from "../expressions/index.ts";
import type { DataFile, ManifestEntry, ManifestFile } from "../manifests/index.ts";
import { currentSchema, type TableMetadata } from "../metadata/index.ts";
import {
  type PartitionSpec,
  type PartitionTuple,
  partitionFields,
  partitionKey,
} from "../partitioning/index.ts";
import { requireSpec, schemaForSpec } from "./manifest-access.ts";

/** What is to go, of data files or of delete files. */
export interface Removal {
  /** By {@link fileKey}; with the file itself, where it is known, manifests can be passed over unread. */
  readonly files: ReadonlyMap<string, DataFile | undefined>;
  /** Rows; data files that match only partly are an error. */
  readonly filter?: Expression;
  /** Whole partitions, by spec id and {@link partitionKey}. */
  readonly partitions?: PartitionSet;
  /** Delete files only: data files that go, and their deletion vectors and path-bound position deletes with them. */
  readonly dangling?: ReadonlyMap<string, DataFile | undefined>;
  /** Delete files only: those below this data sequence number apply to nothing any more. */
  readonly olderThan?: number;
  /** Delete files only: data files that get a new deletion vector, so an older one must not stay (CMT-044). */
  readonly newVectors?: ReadonlyMap<string, DataFile | undefined>;
}

/** Partitions by spec id and key; with a tuple of each, for the summaries. */
export type PartitionSet = ReadonlyMap<number, ReadonlyMap<string, PartitionTuple>>;

/** How one removal looks at the manifests of one spec. */
export interface Judge {
  /** Whether a manifest may hold a file that goes. */
  mayHold(manifest: ManifestFile): boolean;
  /** Whether a live file goes. Throws `validation-failed` for a data file that the filter matches partly. */
  removes(entry: ManifestEntry): boolean;
}

/** Identity of a file: the path; of a deletion vector its place in the Puffin file as well. */
export function fileKey(file: DataFile): string {
  return isDeletionVector(file) ? `${file.filePath}#${file.contentOffset}` : file.filePath;
}

/** The partitions that files are in. */
export function partitionsOf(metadata: TableMetadata, files: Iterable<DataFile>): PartitionSet {
  const bySpec = new Map<number, Map<string, PartitionTuple>>();
  const fieldsOf = new Map<number, ReturnType<typeof partitionFields>>();
  for (const { specId, partition, filePath } of files) {
    let fields = fieldsOf.get(specId);
    if (fields === undefined) {
      const spec = requireSpec(metadata, specId, filePath);
      fields = partitionFields(spec, schemaForSpec(metadata, spec));
      fieldsOf.set(specId, fields);
    }
    const tuples = bySpec.get(specId) ?? new Map<string, PartitionTuple>();
    bySpec.set(specId, tuples.set(partitionKey(fields, partition), partition));
  }
  return bySpec;
}

/** Whether a removal can have any effect. */
export function isEmptyRemoval({ files, filter, partitions, dangling, newVectors }: Removal): boolean {
  return (
    files.size === 0 &&
    (filter === undefined || filter.op === "false") &&
    (partitions?.size ?? 0) === 0 &&
    (dangling?.size ?? 0) === 0 &&
    (newVectors?.size ?? 0) === 0
  );
}

/** The judge of data manifests. Throws `invalid-expression` for a filter that does not fit the schema. */
export function dataJudge(metadata: TableMetadata, removal: Removal): (spec: PartitionSpec) => Judge {
  const known = partitionsOf(metadata, definedOf(removal.files));
  const isBlind = hasUnknown(removal.files);
  return (spec) => {
    const fields = partitionFields(spec, schemaForSpec(metadata, spec));
    const filter = filterJudge(metadata, removal.filter, spec);
    const dropped = removal.partitions?.get(spec.specId);
    const holds = [known.get(spec.specId), dropped];
    return {
      mayHold: (manifest) =>
        isBlind ||
        filter.mayHold(manifest) ||
        holds.some((tuples) => tuples !== undefined && mayHoldTuples(fields, manifest, tuples)),
      removes: ({ dataFile }) =>
        removal.files.has(dataFile.filePath) ||
        dropped?.has(partitionKey(fields, dataFile.partition)) === true ||
        filter.removesData(dataFile),
    };
  };
}

/** The judge of delete manifests. Throws as {@link dataJudge}. */
export function deleteJudge(metadata: TableMetadata, removal: Removal): (spec: PartitionSpec) => Judge {
  const dangling = removal.dangling ?? new Map<string, DataFile>();
  const newVectors = removal.newVectors ?? new Map<string, DataFile>();
  const olderThan = removal.olderThan ?? 0;
  const named = [...definedOf(removal.files), ...definedOf(dangling), ...definedOf(newVectors)];
  const known = partitionsOf(metadata, named);
  const isBlind = [removal.files, dangling, newVectors].some(hasUnknown);
  return (spec) => {
    const fields = partitionFields(spec, schemaForSpec(metadata, spec));
    const filter = filterJudge(metadata, removal.filter, spec);
    const dropped = removal.partitions?.get(spec.specId);
    const holds = [known.get(spec.specId), dropped];
    return {
      mayHold: (manifest) =>
        isBlind ||
        filter.mayHold(manifest) ||
        (dangling.size > 0 && (manifest.minSequenceNumber ?? olderThan) < olderThan) ||
        holds.some((tuples) => tuples !== undefined && mayHoldTuples(fields, manifest, tuples)),
      removes: ({ dataFile, sequenceNumber }) => {
        const scope = fileScope(dataFile);
        const goes =
          removal.files.has(fileKey(dataFile)) ||
          dropped?.has(partitionKey(fields, dataFile.partition)) === true ||
          (sequenceNumber ?? olderThan) < olderThan ||
          (scope !== undefined && dangling.has(scope)) ||
          filter.coversPartition(dataFile.partition);
        if (!goes && scope !== undefined && isDeletionVector(dataFile) && newVectors.has(scope)) {
          throw new ValidationError(
            `Cannot add a deletion vector for ${scope}: it has one, in ${dataFile.filePath}; merge it into the new one and remove it in the same commit (CMT-044)`,
            { context: { dataFile: scope, vector: dataFile.filePath } },
          );
        }
        return goes;
      },
    };
  };
}

interface FilterJudge {
  mayHold(manifest: ManifestFile): boolean;
  removesData(file: DataFile): boolean;
  coversPartition(tuple: PartitionTuple): boolean;
}

const NOTHING: FilterJudge = { mayHold: () => false, removesData: () => false, coversPartition: () => false };

function filterJudge(
  metadata: TableMetadata,
  filter: Expression | undefined,
  spec: PartitionSpec,
): FilterJudge {
  if (filter === undefined || filter.op === "false") return NOTHING;
  const schema = currentSchema(metadata);
  const bound = bind(filter, schema);
  const residualOf = residualEvaluator(bound, spec, schema);
  const tests = new Map<
    BoundExpression,
    readonly [may: (f: DataFile) => boolean, must: (f: DataFile) => boolean]
  >();
  const testsOf = (residual: BoundExpression) => {
    const known = tests.get(residual);
    if (known !== undefined) return known;
    const made = [inclusiveMetricsEvaluator(residual), strictMetricsEvaluator(residual)] as const;
    tests.set(residual, made);
    return made;
  };
  return {
    mayHold: (
      (test) => (manifest: ManifestFile) =>
        test(manifest.partitions)
    )(manifestEvaluator(inclusiveProjection(bound, spec, schema), spec.fields)),
    removesData: (file) => {
      const residual = residualOf(file.partition);
      if (residual.op === "true") return true;
      const [mayMatch, mustMatch] = testsOf(residual);
      if (!mayMatch(file)) return false;
      if (mustMatch(file)) return true;
      throw new ValidationError(
        `Cannot delete ${file.filePath}: some, but perhaps not all, of its rows match ${toText(filter)}; whole files are deleted only, so narrow the filter to partitions or delete rows (CMT-032)`,
        { context: { file: file.filePath, filter: toText(filter) } },
      );
    },
    // Metrics of delete files say nothing of the rows they delete in columns that they do not compare.
    coversPartition: (tuple) => residualOf(tuple).op === "true",
  };
}

function mayHoldTuples(
  fields: ReturnType<typeof partitionFields>,
  manifest: ManifestFile,
  tuples: ReadonlyMap<string, PartitionTuple>,
): boolean {
  const tests = summaryTests(fields, manifest.partitions);
  for (const tuple of tuples.values()) if (tests.every((test, i) => test(tuple[i] ?? null))) return true;
  return false;
}

function* definedOf(files: ReadonlyMap<string, DataFile | undefined>): Generator<DataFile> {
  for (const file of files.values()) if (file !== undefined) yield file;
}

function hasUnknown(files: ReadonlyMap<string, DataFile | undefined>): boolean {
  for (const file of files.values()) if (file === undefined) return true;
  return false;
}
