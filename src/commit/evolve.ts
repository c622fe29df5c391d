/**
 * Changes of schema, partitioning and sort order: metadata alone, made again on whatever version of the table is
 * current when they are committed. Spec: Schema Evolution, Partition Evolution, Sorting; SCH-067, SCH-068, PRT-044.
 * @module
 */
import { type AbortOptions, IcebergError, ValidationError } from "../base/index.ts";
import type { LoadedTable } from "../catalog/index.ts";
import {
  checkSchemaVersion,
  currentSchema,
  defaultSortOrder,
  defaultSpec,
  LAST_ADDED,
  type TableMetadata,
  type TableUpdate,
} from "../metadata/index.ts";
import {
  formatTransform,
  promotionChangesResult,
  SpecUpdate,
  samePartitionFields,
  sourcesOf,
} from "../partitioning/index.ts";
import { type ColumnUse, columnProperties, type Schema, SchemaUpdate, sameSchema } from "../schema/index.ts";
import { buildSortOrder, type SortOrder, type SortTerm, sameSortFields } from "../sorting/index.ts";
import { coerceInput } from "../values/index.ts";
import { metadataStep } from "./metadata-steps.ts";
import type { CommitContext } from "./retry.ts";
import { commitSteps, type TableStep } from "./steps.ts";

/**
 * Commits a schema change. `change` runs once for every attempt, each time on the newest schema.
 * @throws ValidationError when a change breaks a rule, also on a schema that another commit made meanwhile.
 * @throws IcebergError `invalid-schema`, `commit-failed`, `commit-state-unknown`.
 */
export async function updateSchema(
  context: CommitContext,
  base: LoadedTable,
  change: (update: SchemaUpdate) => unknown,
  options: AbortOptions = {},
): Promise<LoadedTable> {
  return (await commitSteps(context, base, [schemaStep(change)], options)).table;
}

/**
 * Commits a change of the default partition spec; nothing that is written is touched (PRT-039).
 * @throws ValidationError when a change breaks a rule, also on a spec or schema another commit made meanwhile.
 * @throws IcebergError `invalid-schema`, `commit-failed`, `commit-state-unknown`.
 */
export async function updateSpec(
  context: CommitContext,
  base: LoadedTable,
  change: (update: SpecUpdate) => unknown,
  options: AbortOptions = {},
): Promise<LoadedTable> {
  return (await commitSteps(context, base, [specStep(change)], options)).table;
}

/**
 * Makes another order the default; without terms the table is unsorted (PRT-053, PRT-054).
 * @throws IcebergError `validation-failed` for a column that is not there or cannot be sorted by, `commit-failed`,
 * `commit-state-unknown`.
 */
export async function replaceSortOrder(
  context: CommitContext,
  base: LoadedTable,
  terms: readonly SortTerm[],
  options: AbortOptions = {},
): Promise<LoadedTable> {
  return (await commitSteps(context, base, [sortOrderStep(terms)], options)).table;
}

/** {@link updateSchema} as a step of a transaction. */
export function schemaStep(change: (update: SchemaUpdate) => unknown): TableStep {
  return metadataStep("schema", (metadata) => {
    const before = currentSchema(metadata);
    const update = new SchemaUpdate(before, {
      formatVersion: metadata.formatVersion,
      lastColumnId: metadata.lastColumnId,
      uses: columnUses(metadata),
      coerceDefault: coerceInput,
    });
    change(update);
    const after = update.apply();
    checkSchemaVersion(after, metadata.formatVersion);
    return {
      updates: sameSchema(before, after) ? [] : schemaUpdates(before, after, update.lastColumnId, metadata),
      // What the old specs derive from a column was looked at when its type was changed.
      guards: ["default-spec"],
      isIn: (now) => sameSchema(currentSchema(now), after),
    };
  });
}

/** {@link updateSpec} as a step of a transaction. */
export function specStep(change: (update: SpecUpdate) => unknown): TableStep {
  return metadataStep("partitioning", (metadata) => {
    const before = defaultSpec(metadata);
    const update = new SpecUpdate(before, {
      schema: currentSchema(metadata),
      formatVersion: metadata.formatVersion,
      specs: metadata.partitionSpecs,
      lastPartitionId: metadata.lastPartitionId,
    });
    change(update);
    const after = update.apply();
    const updates: TableUpdate[] = [{ action: "add-spec", spec: after }];
    if (update.becomesDefault) updates.push({ action: "set-default-spec", specId: LAST_ADDED });
    const isIn = (now: TableMetadata) => {
      const candidates = update.becomesDefault ? [defaultSpec(now)] : now.partitionSpecs;
      return candidates.some((spec) => samePartitionFields(spec, after));
    };
    // Partition and sort fields are bound to the schema they were made against.
    return { updates: isIn(metadata) ? [] : updates, guards: ["current-schema"], isIn };
  });
}

/** {@link replaceSortOrder} as a step of a transaction. */
export function sortOrderStep(terms: readonly SortTerm[]): TableStep {
  return metadataStep("sort order", (metadata) => {
    const order = sortOrderOf(currentSchema(metadata), terms);
    const isIn = (now: TableMetadata) => sameSortFields(defaultSortOrder(now), order);
    const updates: TableUpdate[] = [
      { action: "add-sort-order", sortOrder: order },
      { action: "set-default-sort-order", sortOrderId: LAST_ADDED },
    ];
    return { updates: isIn(metadata) ? [] : updates, guards: ["current-schema"], isIn };
  });
}

function schemaUpdates(
  before: Schema,
  after: Schema,
  lastColumnId: number,
  { properties }: TableMetadata,
): TableUpdate[] {
  const { set, unset } = columnProperties(before, after, properties);
  return [
    { action: "add-schema", schema: after, lastColumnId },
    { action: "set-current-schema", schemaId: LAST_ADDED },
    ...(set.size > 0 ? [{ action: "set-properties", updates: set } as const] : []),
    ...(unset.length > 0 ? [{ action: "remove-properties", removals: unset } as const] : []),
  ];
}

/** What partition specs and the default sort order make of columns (SCH-062, SCH-069). */
function columnUses(metadata: TableMetadata): ColumnUse[] {
  const uses = metadata.partitionSpecs.flatMap((spec) =>
    spec.fields.flatMap((field) =>
      sourcesOf(field).map(
        (fieldId): ColumnUse => ({
          fieldId,
          user: `partition field ${field.name} of spec ${spec.specId}`,
          current: spec.specId === metadata.defaultSpecId && field.transform.kind !== "void",
          partitionName: field.name,
          changesWith: (from, to) => promotionChangesResult(field.transform, from, to),
        }),
      ),
    ),
  );
  const order = defaultSortOrder(metadata);
  for (const field of order.fields) {
    const user = `${formatTransform(field.transform)} in sort order ${order.orderId}`;
    for (const fieldId of sourcesOf(field)) uses.push({ fieldId, user, current: true });
  }
  return uses;
}

function sortOrderOf(schema: Schema, terms: readonly SortTerm[]): SortOrder {
  try {
    return buildSortOrder(schema, terms);
  } catch (cause) {
    if (!(cause instanceof IcebergError)) throw cause;
    throw new ValidationError(cause.message, { cause, context: cause.context });
  }
}
