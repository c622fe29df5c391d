/** Setting and removing table properties in one commit. Spec: Table Metadata, properties (MET-017, RST-055). @module */
import { type AbortOptions, IcebergError } from "../base/index.ts";
import { identifierText, type LoadedTable } from "../catalog/index.ts";
import {
  FORMAT_VERSION_PROPERTY,
  RESERVED_PROPERTIES,
  type TableMetadata,
  type TableUpdate,
} from "../metadata/index.ts";
import { mergePolicy } from "./merge-manifests.ts";
import { metadataStep } from "./metadata-steps.ts";
import { type CommitContext, checkCommitProperties } from "./retry.ts";
import { partitionSummaryLimit } from "./snapshot-step.ts";
import { commitSteps, type TableStep } from "./steps.ts";

/** What becomes of a table's properties; all others stay. */
export interface PropertyChanges {
  /** New values by key; `format-version` upgrades the table (MET-068). */
  readonly set?: Readonly<Record<string, string>>;
  /** Keys to remove; one the table does not have is no error. */
  readonly unset?: readonly string[];
}

/**
 * Commits the changes, on whatever version of the table is current then: other writers' properties stay.
 * @throws IcebergError `validation-failed` or `invalid-schema` for a value that would end all commits;
 * `invalid-argument` when nothing is to change, a key is both set and removed, or is one that
 * tables cannot store.
 * @throws CommitFailedError, CommitStateUnknownError as {@link commitWithRetry}.
 */
export async function updateProperties(
  context: CommitContext,
  base: LoadedTable,
  changes: PropertyChanges,
  options: AbortOptions = {},
): Promise<LoadedTable> {
  const step = propertiesStep(identifierText(base.identifier), changes);
  return (await commitSteps(context, base, [step], options)).table;
}

/** {@link updateProperties} as a step of a transaction; `table` names the table in errors. */
export function propertiesStep(table: string, changes: PropertyChanges): TableStep {
  const set = new Map(Object.entries(changes.set ?? {}));
  const unset = [...new Set(changes.unset ?? [])];
  check(table, set, unset);
  const updates: TableUpdate[] = [];
  const version = set.get(FORMAT_VERSION_PROPERTY);
  const stored = new Map(set);
  stored.delete(FORMAT_VERSION_PROPERTY);
  if (version !== undefined)
    updates.push({ action: "upgrade-format-version", formatVersion: Number(version) });
  if (stored.size > 0) updates.push({ action: "set-properties", updates: stored });
  if (unset.length > 0) updates.push({ action: "remove-properties", removals: unset });
  const isIn = ({ properties, formatVersion }: TableMetadata) =>
    [...stored].every(([key, value]) => properties.get(key) === value) &&
    unset.every((key) => !properties.has(key)) &&
    (version === undefined || formatVersion >= Number(version));
  return metadataStep(undefined, () => ({ updates, isIn }));
}

/**
 * Refuses values that would make later commits fail, when they are set (PRP-005).
 * Throws `validation-failed` for `commit.*` and `write.summary.*`, `invalid-schema` for the metadata codec.
 */
export function checkTableProperties(properties: ReadonlyMap<string, string>): void {
  checkCommitProperties(properties);
  mergePolicy(properties);
  partitionSummaryLimit(properties);
}

function check(table: string, set: ReadonlyMap<string, string>, unset: readonly string[]): void {
  const refuse = (key: string | undefined, why: string) =>
    new IcebergError(
      "invalid-argument",
      `Cannot change ${key === undefined ? "properties" : `property ${JSON.stringify(key)}`} of ${table}: ${why}`,
      { context: { table, ...(key !== undefined && { property: key }) } },
    );
  if (set.size === 0 && unset.length === 0) throw refuse(undefined, "there is nothing to set or remove");
  for (const key of [...set.keys(), ...unset]) if (key === "") throw refuse(key, "a key is not empty");
  for (const key of unset) {
    if (set.has(key)) throw refuse(key, "it is both set and removed");
    if (RESERVED_PROPERTIES.has(key)) throw refuse(key, "it describes the table and cannot be removed");
  }
  for (const [key, value] of set) {
    // Anything else would be stored as it is, and no engine could load the table again.
    if (typeof value !== "string") throw refuse(key, `its value ${String(value)} is no text`);
    if (key === FORMAT_VERSION_PROPERTY) {
      if (!/^[1-3]$/.test(value)) throw refuse(key, `${JSON.stringify(value)} is none of 1, 2 and 3`);
    } else if (RESERVED_PROPERTIES.has(key)) {
      throw refuse(key, "tables derive it from their state and never store it");
    }
  }
  checkTableProperties(set);
}
