/** Scan reports in the form of Iceberg Java's ScanReportParser, which REST catalogs take. Spec: REST catalog, `reportMetrics`; SCN-081. @module */
import type { Json, JsonObject } from "../base/index.ts";
import { type BoundExpression, expressionToJson } from "../expressions/index.ts";
import { type Field, isPrimitive, type Type } from "../schema/index.ts";
import type { ScanMetrics, ScanReport, SkipCount } from "./scan-report.ts";

/** Metrics that Java has, each under its name there. */
const METRICS: readonly (readonly [name: string, metric: keyof ScanMetrics, unit: "count" | "bytes"])[] = [
  ["result-data-files", "resultDataFiles", "count"],
  ["result-delete-files", "resultDeleteFiles", "count"],
  ["total-data-manifests", "totalDataManifests", "count"],
  ["total-delete-manifests", "totalDeleteManifests", "count"],
  ["scanned-data-manifests", "scannedDataManifests", "count"],
  ["skipped-data-manifests", "skippedDataManifests", "count"],
  ["total-file-size-in-bytes", "totalFileSizeInBytes", "bytes"],
  ["total-delete-file-size-in-bytes", "totalDeleteFileSizeInBytes", "bytes"],
  ["skipped-data-files", "skippedDataFiles", "count"],
  ["skipped-delete-files", "skippedDeleteFiles", "count"],
  ["scanned-delete-manifests", "scannedDeleteManifests", "count"],
  ["skipped-delete-manifests", "skippedDeleteManifests", "count"],
  ["indexed-delete-files", "indexedDeleteFiles", "count"],
  ["equality-delete-files", "equalityDeleteFiles", "count"],
  ["positional-delete-files", "positionalDeleteFiles", "count"],
  ["dvs", "dvs", "count"],
];

/** A report as Java prints it, but for the filter, whose values Java hides: here they are as they were given. */
export function scanReportToJson(
  report: ScanReport,
  { filter, fields }: { readonly filter: BoundExpression; readonly fields: readonly Field[] },
): JsonObject {
  const projected = fields.flatMap(({ id, name, type }) => leaves(id, name, type));
  return {
    "table-name": report.tableName,
    // Java sends -1 for a table without snapshots.
    "snapshot-id": report.snapshotId ?? -1n,
    filter: expressionToJson(filter),
    "schema-id": report.schemaId,
    "projected-field-ids": projected.map(({ id }) => id),
    "projected-field-names": projected.map(({ name }) => name),
    metrics: scanMetricsToJson(report),
    metadata: {},
  };
}

/**
 * The metrics alone. They count as Java counts: files in skipped manifests, which Java does not open, are not among the
 * skipped files, though ours are ({@link ScanMetrics}).
 */
export function scanMetricsToJson({ metrics, skipped }: Pick<ScanReport, "metrics" | "skipped">): JsonObject {
  const timer: Json = {
    count: 1,
    "time-unit": "nanoseconds",
    "total-duration": Math.round(metrics.totalPlanningDurationMs * 1e6),
  };
  const oneByOne = (level: SkipCount["level"]) =>
    skipped.reduce((sum, skip) => sum + (skip.level === level ? skip.count : 0), 0);
  const counted: ScanMetrics = {
    ...metrics,
    skippedDataFiles: oneByOne("file"),
    skippedDeleteFiles: oneByOne("delete-file"),
  };
  const counters = METRICS.map(([name, metric, unit]): [string, Json] => [
    name,
    { unit, value: counted[metric] },
  ]);
  return { "total-planning-duration": timer, ...Object.fromEntries(counters) };
}

/** What Java counts as projected of a column: it or the values inside it, without the structs around them. */
function leaves(
  id: number,
  name: string,
  type: Type,
): readonly { readonly id: number; readonly name: string }[] {
  switch (type.kind) {
    case "struct":
      return type.fields.flatMap((field) => leaves(field.id, `${name}.${field.name}`, field.type));
    case "list":
      return leaves(type.elementId, `${name}.element`, type.element);
    case "map": {
      const key = leaves(type.keyId, `${name}.key`, type.key);
      const value = leaves(type.valueId, `${name}.value`, type.value);
      // Of a map with nested values Java leaves out a plain key.
      return isPrimitive(type.value) ? [...key, ...value] : [...(isPrimitive(type.key) ? [] : key), ...value];
    }
    default:
      return [{ id, name }];
  }
}
