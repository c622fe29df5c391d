/** Requirements to and from their REST form. Spec: REST catalog, TableRequirement (RST-054, RST-056). @module */
import { IcebergError, type Json, type JsonObject } from "../base/index.ts";
import {
  describe,
  invalid,
  objectOf,
  optionalLong,
  readPayload,
  requiredInteger,
  requiredString,
} from "./json-fields.ts";
import type { TableRequirement } from "./requirements.ts";

/** Prints one requirement; a reference that must not exist has an explicit `null` (RST-056). */
export function requirementToJson(requirement: TableRequirement): JsonObject {
  const { type } = requirement;
  switch (type) {
    case "assert-create":
      return { type };
    case "assert-table-uuid":
      return { type, uuid: requirement.uuid };
    case "assert-ref-snapshot-id":
      return { type, ref: requirement.ref, "snapshot-id": requirement.snapshotId };
    case "assert-last-assigned-field-id":
      return { type, "last-assigned-field-id": requirement.lastAssignedFieldId };
    case "assert-current-schema-id":
      return { type, "current-schema-id": requirement.currentSchemaId };
    case "assert-last-assigned-partition-id":
      return { type, "last-assigned-partition-id": requirement.lastAssignedPartitionId };
    case "assert-default-spec-id":
      return { type, "default-spec-id": requirement.defaultSpecId };
    case "assert-default-sort-order-id":
      return { type, "default-sort-order-id": requirement.defaultSortOrderId };
  }
}

/**
 * Reads one requirement; unknown members are ignored.
 * @throws IcebergError `invalid-payload` when it is malformed, `unsupported` for a type that is not a table's: a
 *   condition that is not understood cannot be taken as met.
 */
export function requirementFromJson(json: Json): TableRequirement {
  return readPayload(() => {
    const object = objectOf(json, "table requirement");
    const type = requiredString(object, "type", "table requirement");
    return read(object, type, `table requirement ${type}`);
  });
}

function read(json: JsonObject, type: string, what: string): TableRequirement {
  switch (type) {
    case "assert-create":
      return { type };
    case "assert-table-uuid":
      return { type, uuid: requiredString(json, "uuid", what) };
    case "assert-ref-snapshot-id": {
      if (json["snapshot-id"] === undefined)
        invalid(what, "snapshot-id is missing: null says that no ref exists");
      return {
        type,
        ref: requiredString(json, "ref", what),
        snapshotId: optionalLong(json, "snapshot-id", what) ?? null,
      };
    }
    case "assert-last-assigned-field-id":
      return { type, lastAssignedFieldId: requiredInteger(json, "last-assigned-field-id", what) };
    case "assert-current-schema-id":
      return { type, currentSchemaId: requiredInteger(json, "current-schema-id", what) };
    case "assert-last-assigned-partition-id":
      return { type, lastAssignedPartitionId: requiredInteger(json, "last-assigned-partition-id", what) };
    case "assert-default-spec-id":
      return { type, defaultSpecId: requiredInteger(json, "default-spec-id", what) };
    case "assert-default-sort-order-id":
      return { type, defaultSortOrderId: requiredInteger(json, "default-sort-order-id", what) };
    default:
      throw new IcebergError(
        "unsupported",
        `Cannot check requirement ${describe(type)}: no such type for a table`,
        {
          context: { type },
        },
      );
  }
}
