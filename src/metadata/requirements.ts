/** Conditions a commit places on the table it changes. Spec: REST catalog, Commit; CMT-055..057. @module */
import { CommitFailedError, IcebergError } from "../base/index.ts";
import { MAIN_BRANCH } from "./snapshot.ts";
import type { TableMetadata } from "./table-metadata.ts";
import type { TableUpdate } from "./updates.ts";

/** One condition. `type` is the REST name. */
export type TableRequirement =
  | { readonly type: "assert-create" }
  | { readonly type: "assert-table-uuid"; readonly uuid: string }
  /** `null`: the reference must not exist (RST-056). */
  | { readonly type: "assert-ref-snapshot-id"; readonly ref: string; readonly snapshotId: bigint | null }
  | { readonly type: "assert-last-assigned-field-id"; readonly lastAssignedFieldId: number }
  | { readonly type: "assert-current-schema-id"; readonly currentSchemaId: number }
  | { readonly type: "assert-last-assigned-partition-id"; readonly lastAssignedPartitionId: number }
  | { readonly type: "assert-default-spec-id"; readonly defaultSpecId: number }
  | { readonly type: "assert-default-sort-order-id"; readonly defaultSortOrderId: number };

/** How {@link requirementsFor} looks at a list of updates. */
export interface RequirementOptions {
  /** The updates replace the table (create-or-replace): only uuid and last-assigned ids are asserted. */
  readonly replace?: boolean;
}

/**
 * Checks every condition against the table as it is now, before any update is applied (CMT-056).
 * @throws IcebergError `already-exists` when the table should not exist yet (CMT-015).
 * @throws CommitFailedError when any other condition does not hold; reload and rebuild the updates (CMT-057).
 */
export function checkRequirements(
  base: TableMetadata | undefined,
  requirements: readonly TableRequirement[],
): void {
  for (const requirement of requirements) {
    if (requirement.type === "assert-create") {
      if (base !== undefined) {
        throw new IcebergError(
          "already-exists",
          `Requirement failed: assert-create: the table exists already`,
          {
            context: { requirement },
          },
        );
      }
    } else if (base === undefined) {
      fail(requirement, "the table does not exist");
    } else {
      checkOne(base, requirement);
    }
  }
}

/**
 * The conditions under which updates made against `base` are still right, each kind and reference once, with
 * values of `base` (CMT-055). Without a base the updates create the table.
 */
export function requirementsFor(
  base: TableMetadata | undefined,
  updates: readonly TableUpdate[],
  options: RequirementOptions = {},
): TableRequirement[] {
  if (base === undefined) return [{ type: "assert-create" }];
  const replace = options.replace ?? false;
  const found = new Map<string, TableRequirement>();
  const need = (requirement: TableRequirement, key: string = requirement.type): void => {
    if (!found.has(key)) found.set(key, requirement);
  };
  const needRef = (ref: string): void =>
    need(
      { type: "assert-ref-snapshot-id", ref, snapshotId: base.refs.get(ref)?.snapshotId ?? null },
      `assert-ref-snapshot-id ${ref}`,
    );
  const needOtherBranches = (): void => {
    for (const [name, ref] of base.refs) if (ref.type === "branch" && name !== MAIN_BRANCH) needRef(name);
  };
  if (base.tableUuid !== undefined) need({ type: "assert-table-uuid", uuid: base.tableUuid });
  for (const update of updates) {
    switch (update.action) {
      case "add-schema":
        need({ type: "assert-last-assigned-field-id", lastAssignedFieldId: base.lastColumnId });
        break;
      case "add-spec":
        need({ type: "assert-last-assigned-partition-id", lastAssignedPartitionId: base.lastPartitionId });
        break;
      case "set-current-schema":
        if (!replace) need({ type: "assert-current-schema-id", currentSchemaId: base.currentSchemaId });
        break;
      case "set-default-spec":
        if (!replace) need({ type: "assert-default-spec-id", defaultSpecId: base.defaultSpecId });
        break;
      case "set-default-sort-order":
        if (!replace)
          need({ type: "assert-default-sort-order-id", defaultSortOrderId: base.defaultSortOrderId });
        break;
      case "set-snapshot-ref":
        if (!replace) needRef(update.refName);
        break;
      case "remove-schemas":
        if (replace) break;
        need({ type: "assert-current-schema-id", currentSchemaId: base.currentSchemaId });
        needOtherBranches();
        break;
      case "remove-partition-specs":
        if (replace) break;
        need({ type: "assert-default-spec-id", defaultSpecId: base.defaultSpecId });
        needOtherBranches();
        break;
      default:
        break;
    }
  }
  return [...found.values()];
}

function checkOne(
  base: TableMetadata,
  requirement: Exclude<TableRequirement, { readonly type: "assert-create" }>,
): void {
  switch (requirement.type) {
    case "assert-table-uuid":
      if (requirement.uuid.toLowerCase() !== base.tableUuid?.toLowerCase()) {
        differs(requirement, "table uuid", requirement.uuid, base.tableUuid);
      }
      break;
    case "assert-ref-snapshot-id":
      checkRef(base, requirement.ref, requirement.snapshotId, requirement);
      break;
    case "assert-last-assigned-field-id":
      same(requirement, "last assigned field id", requirement.lastAssignedFieldId, base.lastColumnId);
      break;
    case "assert-current-schema-id":
      same(requirement, "current schema id", requirement.currentSchemaId, base.currentSchemaId);
      break;
    case "assert-last-assigned-partition-id":
      same(
        requirement,
        "last assigned partition id",
        requirement.lastAssignedPartitionId,
        base.lastPartitionId,
      );
      break;
    case "assert-default-spec-id":
      same(requirement, "default spec id", requirement.defaultSpecId, base.defaultSpecId);
      break;
    case "assert-default-sort-order-id":
      same(requirement, "default sort order id", requirement.defaultSortOrderId, base.defaultSortOrderId);
      break;
  }
}

function checkRef(
  base: TableMetadata,
  name: string,
  expected: bigint | null,
  requirement: TableRequirement,
): void {
  const ref = base.refs.get(name);
  if (ref === undefined) {
    if (expected !== null)
      fail(requirement, `branch or tag ${name} is missing, expected snapshot ${expected}`);
  } else if (expected === null) {
    fail(requirement, `${ref.type} ${name} was created concurrently at snapshot ${ref.snapshotId}`);
  } else if (ref.snapshotId !== expected) {
    differs(requirement, `snapshot of ${ref.type} ${name}`, expected, ref.snapshotId);
  }
}

function same(requirement: TableRequirement, what: string, expected: number, actual: number): void {
  if (expected !== actual) differs(requirement, what, expected, actual);
}

function differs(requirement: TableRequirement, what: string, expected: unknown, actual: unknown): never {
  return fail(requirement, `${what} changed: expected ${expected}, found ${actual ?? "none"}`);
}

function fail(requirement: TableRequirement, why: string): never {
  throw new CommitFailedError(`Requirement failed: ${requirement.type}: ${why}`, {
    context: { requirement },
  });
}
