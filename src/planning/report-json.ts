/** Scan reports in the form of Iceberg Java's ScanReportParser, which REST catalogs take. Spec: REST catalog, `reportMetrics`; SCN-081. @module */
import type { Json, JsonObject } from "../base/index.ts";
import { type BoundExpression, expressionToJson } from "../expressions/index.ts";
import type { Field, Type } from "../schema/index.ts";
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
  const projected = fields.flatMap(projectedIn);
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

interface Projected {
  readonly id: number;
  readonly name: string;
}

/** What Java counts as projected: fields of plain and struct types, and the elements, keys and values of plain ones. */
function projectedIn({ id, name, type }: Field): readonly Projected[] {
  if (isPlain(type)) return [{ id, name }];
  return type.kind === "struct" ? [{ id, name }, ...inside(type, name)] : inside(type, name);
}

/** A variant counts as plain. */
function isPlain({ kind }: Type): boolean {
  return kind !== "struct" && kind !== "list" && kind !== "map";
}

function inside(type: Type, path: string): readonly Projected[] {
  switch (type.kind) {
    case "struct":
      return type.fields.flatMap((field) => projectedIn({ ...field, name: `${path}.${field.name}` }));
    case "list": {
      const element = { id: type.elementId, name: `${path}.element` };
      return isPlain(type.element) ? [element] : inside(type.element, element.name);
    }
    case "map": {
      const key = { id: type.keyId, name: `${path}.key` };
      const value = { id: type.valueId, name: `${path}.value` };
      // A plain key counts with a plain value alone.
      const own = isPlain(type.value) ? [key, value] : [];
      return [...own, ...inside(type.key, key.name), ...inside(type.value, value.name)];
    }
    default:
      return [];
  }
}
