/** Updates to and from their REST form. Spec: REST catalog, TableUpdate (RST-055). @module */
import { IcebergError, type Json, type JsonObject } from "../base/index.ts";
import { specFromJson, specToJson } from "../partitioning/index.ts";
import { schemaFromJson, schemaToJson } from "../schema/index.ts";
import { sortOrderFromJson, sortOrderToJson } from "../sorting/index.ts";
import {
  describe,
  integersOf,
  invalid,
  longsOf,
  objectOf,
  optionalInteger,
  optionalList,
  optionalStringMap,
  readPayload,
  requiredInteger,
  requiredList,
  requiredLong,
  requiredObject,
  requiredString,
  stringMapToJson,
  stringsOf,
} from "./json-fields.ts";
import { refFromJson, refToJson, snapshotFromJson, snapshotToJson } from "./snapshot-json.ts";
import {
  encryptedKeyFromJson,
  encryptedKeyToJson,
  partitionStatisticsFromJson,
  partitionStatisticsToJson,
  statisticsFromJson,
  statisticsToJson,
} from "./statistics-json.ts";
import type { TableUpdate } from "./updates.ts";

/** Prints one update. */
export function updateToJson(update: TableUpdate): JsonObject {
  const { action } = update;
  switch (action) {
    case "assign-uuid":
      return { action, uuid: update.uuid };
    case "upgrade-format-version":
      return { action, "format-version": update.formatVersion };
    case "add-schema":
      return { action, schema: schemaToJson(update.schema), "last-column-id": update.lastColumnId };
    case "set-current-schema":
      return { action, "schema-id": update.schemaId };
    case "add-spec":
      return { action, spec: specToJson(update.spec) };
    case "set-default-spec":
      return { action, "spec-id": update.specId };
    case "add-sort-order":
      return { action, "sort-order": sortOrderToJson(update.sortOrder) };
    case "set-default-sort-order":
      return { action, "sort-order-id": update.sortOrderId };
    case "add-snapshot":
      return { action, snapshot: snapshotToJson(update.snapshot) };
    case "set-snapshot-ref": {
      // Whatever unknown members a reference has, they are not the update's own.
      const own = { action, "ref-name": update.refName };
      return { ...own, ...refToJson(update.ref), ...own };
    }
    case "remove-snapshots":
      return { action, "snapshot-ids": update.snapshotIds };
    case "remove-snapshot-ref":
      return { action, "ref-name": update.refName };
    case "set-location":
      return { action, location: update.location };
    case "set-properties":
      return { action, updates: stringMapToJson(update.updates) };
    case "remove-properties":
      return { action, removals: update.removals };
    case "set-statistics":
      // The id beside the file is deprecated, but older catalogs ask for it.
      return {
        action,
        "snapshot-id": update.statistics.snapshotId,
        statistics: statisticsToJson(update.statistics),
      };
    case "remove-statistics":
    case "remove-partition-statistics":
      return { action, "snapshot-id": update.snapshotId };
    case "set-partition-statistics":
      return { action, "partition-statistics": partitionStatisticsToJson(update.partitionStatistics) };
    case "remove-partition-specs":
      return { action, "spec-ids": update.specIds };
    case "remove-schemas":
      return { action, "schema-ids": update.schemaIds };
    case "add-encryption-key":
      return { action, "encryption-key": encryptedKeyToJson(update.encryptionKey) };
    case "remove-encryption-key":
      return { action, "key-id": update.keyId };
  }
}

/**
 * Reads one update; unknown members are ignored, Java's legacy member names are understood.
 * @throws IcebergError `invalid-payload` when it is malformed, `unsupported` for an action that is not a table's.
 */
export function updateFromJson(json: Json): TableUpdate {
  return readPayload(() => {
    const object = objectOf(json, "table update");
    const action = requiredString(object, "action", "table update");
    return read(object, action, `table update ${action}`);
  });
}

function read(json: JsonObject, action: string, what: string): TableUpdate {
  switch (action) {
    case "assign-uuid":
      return { action, uuid: requiredString(json, "uuid", what) };
    case "upgrade-format-version":
      return { action, formatVersion: requiredInteger(json, "format-version", what) };
    case "add-schema": {
      const lastColumnId = optionalInteger(json, "last-column-id", what);
      const schema = schemaFromJson(requiredObject(json, "schema", what));
      return { action, schema, ...(lastColumnId !== undefined && { lastColumnId }) };
    }
    case "set-current-schema":
      return { action, schemaId: requiredInteger(json, "schema-id", what) };
    case "add-spec":
      return { action, spec: specFromJson(requiredObject(json, "spec", what)) };
    case "set-default-spec":
      return { action, specId: requiredInteger(json, "spec-id", what) };
    case "add-sort-order":
      return { action, sortOrder: sortOrderFromJson(requiredObject(json, "sort-order", what)) };
    case "set-default-sort-order":
      return { action, sortOrderId: requiredInteger(json, "sort-order-id", what) };
    case "add-snapshot":
      return { action, snapshot: snapshotFromJson(json.snapshot, `${what} snapshot`) };
    case "set-snapshot-ref": {
      const { action: _, "ref-name": __, ...ref } = json;
      return { action, refName: requiredString(json, "ref-name", what), ref: refFromJson(ref, what) };
    }
    case "remove-snapshots":
      return { action, snapshotIds: longsOf(requiredList(json, "snapshot-ids", what), "snapshot-ids", what) };
    case "remove-snapshot-ref":
      return { action, refName: requiredString(json, "ref-name", what) };
    case "set-location":
      return { action, location: requiredString(json, "location", what) };
    case "set-properties": {
      const updates = optionalStringMap(json, "updates", what) ?? optionalStringMap(json, "updated", what);
      return { action, updates: updates ?? invalid(what, "updates is missing") };
    }
    case "remove-properties": {
      const removals = optionalList(json, "removals", what) ?? optionalList(json, "removed", what);
      return {
        action,
        removals: stringsOf(removals ?? invalid(what, "removals is missing"), "removals", what),
      };
    }
    case "set-statistics":
      return { action, statistics: statisticsFromJson(json.statistics, `${what} statistics`) };
    case "remove-statistics":
    case "remove-partition-statistics":
      return { action, snapshotId: requiredLong(json, "snapshot-id", what) };
    case "set-partition-statistics":
      return {
        action,
        partitionStatistics: partitionStatisticsFromJson(json["partition-statistics"], `${what} statistics`),
      };
    case "remove-partition-specs":
      return { action, specIds: integersOf(requiredList(json, "spec-ids", what), "spec-ids", what) };
    case "remove-schemas":
      return { action, schemaIds: integersOf(requiredList(json, "schema-ids", what), "schema-ids", what) };
    case "add-encryption-key":
      return {
        action,
        encryptionKey: encryptedKeyFromJson(json["encryption-key"], `${what} encryption-key`),
      };
    case "remove-encryption-key":
      return { action, keyId: requiredString(json, "key-id", what) };
    default:
      throw new IcebergError(
        "unsupported",
        `Cannot apply update ${describe(action)}: no such action for a table`,
        {
          context: { action },
        },
      );
  }
}
