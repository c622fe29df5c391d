/** Sort orders as JSON. Spec: Appendix C, Sort Orders. @module */
import { IcebergError, isJsonObject, type Json, type JsonObject } from "../base/index.ts";
import { formatTransform, sourceToJson, transformSourceFromJson } from "../partitioning/index.ts";
import type { SortField, SortOrder } from "./order.ts";

/**
 * Reads a sort order object; direction and null order in any case, both mandatory (PRT-052).
 * @throws IcebergError `invalid-schema`, also for order 0 with fields or another without (PRT-053).
 */
export function sortOrderFromJson(json: Json): SortOrder {
  if (!isJsonObject(json)) fail("it is no JSON object");
  const orderId = json["order-id"];
  if (typeof orderId !== "number" || !Number.isInteger(orderId)) fail("order-id is missing or no integer");
  const items = json.fields;
  if (!Array.isArray(items)) fail("its fields are no array");
  if (orderId === 0 && items.length > 0) fail("order 0 means unsorted, but it has fields");
  if (orderId !== 0 && items.length === 0) fail(`order ${orderId} has no fields, which only order 0 may`);
  return Object.freeze({ orderId, fields: Object.freeze(items.map(fieldFromJson)) });
}

/** Writes a sort order object. */
export function sortOrderToJson(order: SortOrder): JsonObject {
  return {
    "order-id": order.orderId,
    fields: order.fields.map((field) => ({
      transform: formatTransform(field.transform),
      ...sourceToJson(field),
      direction: field.direction,
      "null-order": field.nullOrder,
    })),
  };
}

function fieldFromJson(json: Json): SortField {
  if (!isJsonObject(json)) fail("a field is no JSON object");
  const direction = lower(json.direction);
  if (direction !== "asc" && direction !== "desc") fail("direction of a field is neither asc nor desc");
  const nullOrder = lower(json["null-order"]);
  if (nullOrder !== "nulls-first" && nullOrder !== "nulls-last") {
    fail("null-order of a field is neither nulls-first nor nulls-last");
  }
  return Object.freeze({ ...transformSourceFromJson(json, "a sort field"), direction, nullOrder });
}

function lower(json: Json | undefined): string | undefined {
  return typeof json === "string" ? json.toLowerCase() : undefined;
}

function fail(why: string): never {
  throw new IcebergError("invalid-schema", `Cannot read sort order: ${why}`);
}
