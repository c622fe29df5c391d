/** Reading the shared vectors. @module */
import { readFileSync } from "node:fs";
import {
  fromHex,
  isJsonObject,
  type Json,
  JsonFloat,
  type JsonObject,
  parseJson,
} from "../../../src/base/index.ts";
import type { FileMetrics } from "../../../src/expressions/index.ts";
import type { FieldSummary } from "../../../src/values/index.ts";

const SHARED = new URL("../../../../shared/", import.meta.url);

export function readVectors(name: string): JsonObject {
  return object(parseJson(readFileSync(new URL(`vectors/${name}`, SHARED), "utf8"), name));
}

export function object(json: Json | undefined): JsonObject {
  if (!isJsonObject(json)) throw new Error(`not an object: ${String(json)}`);
  return json;
}

export function list(json: Json | undefined): readonly Json[] {
  if (!Array.isArray(json)) throw new Error(`not a list: ${String(json)}`);
  return json;
}

export function text(json: Json | undefined): string {
  if (json instanceof JsonFloat) return String(json.value);
  return String(json);
}

/** Per-column metrics keyed by field id; null maps stay absent. */
export function fileMetrics(json: JsonObject): FileMetrics {
  const counts = (name: string) =>
    isJsonObject(json[name])
      ? new Map(Object.entries(object(json[name])).map(([id, count]) => [Number(id), Number(count)]))
      : undefined;
  const bounds = (name: string) =>
    isJsonObject(json[name])
      ? new Map(
          Object.entries(object(json[name])).map(([id, bound]) => [
            Number(id),
            fromHex(text(object(bound).hex)),
          ]),
        )
      : undefined;
  const valueCounts = counts("value_counts");
  const nullValueCounts = counts("null_value_counts");
  const nanValueCounts = counts("nan_value_counts");
  const lowerBounds = bounds("lower_bounds");
  const upperBounds = bounds("upper_bounds");
  return {
    recordCount: Number(json.record_count),
    ...(valueCounts && { valueCounts }),
    ...(nullValueCounts && { nullValueCounts }),
    ...(nanValueCounts && { nanValueCounts }),
    ...(lowerBounds && { lowerBounds }),
    ...(upperBounds && { upperBounds }),
  };
}

export function summaries(json: Json | undefined): readonly FieldSummary[] | undefined {
  if (json === null || json === undefined) return undefined;
  return list(json).map((item) => {
    const summary = object(item);
    const { contains_null, contains_nan, lower_bound, upper_bound } = summary;
    return {
      containsNull: contains_null === true,
      ...(typeof contains_nan === "boolean" && { containsNan: contains_nan }),
      ...(isJsonObject(lower_bound) && { lowerBound: fromHex(text(lower_bound.hex)) }),
      ...(isJsonObject(upper_bound) && { upperBound: fromHex(text(upper_bound.hex)) }),
    };
  });
}
