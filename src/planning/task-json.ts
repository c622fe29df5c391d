/**
 * Plans as JSON: single tasks in the form of Iceberg Java's ScanTaskParser, whole plans in that of the REST protocol's
 * completed planning result. Both are read back. Spec: REST catalog, `planTableScan`; Appendix C; SCN-079.
 *
 * One member is ours, beside theirs: `data-sequence-number`, which row lineage needs and other readers pass over.
 * Documents hold 64-bit numbers: print them with `stringifyJson` and read them with `parseJson`, which keep these.
 * @module
 */
import { IcebergError, isJsonObject, type Json, type JsonObject, toSafeNumber } from "../base/index.ts";
import {
  alwaysTrue,
  type BoundExpression,
  bind,
  type Expression,
  expressionFromJson,
  expressionToJson,
} from "../expressions/index.ts";
import { contentFileFromJson, contentFileToJson, type DataFile } from "../manifests/index.ts";
import { type PartitionSpec, partitionFields, specFromJson, specToJson } from "../partitioning/index.ts";
import { type Field, type Schema, schemaFromJson, schemaToJson } from "../schema/index.ts";
import type { FileScanTask, TaskDelete } from "./plan-files.ts";
import { type ScanTaskGroup, taskGroup } from "./task-groups.ts";

const TASK_TYPE = "file-scan-task";
const SEQUENCE_NUMBER = "data-sequence-number";

/** What a plan in REST form leaves to the table. */
export interface PlanTableScanContext {
  /** The schema of the scan, to which residuals are bound: `scan.chosen.schema`. */
  readonly schema: Schema;
  /** All partition specs of the table: `table.metadata.partitionSpecs`. */
  readonly specs: Iterable<PartitionSpec>;
}

/**
 * A task in the form of Java's `ScanTaskParser`, self-contained: it carries schema and spec. Deletes of another spec than
 * the file's cannot be said in it (global equality deletes after a change of spec).
 * @throws IcebergError `unsupported` for such a delete; `invalid-argument` for a residual with an infinite number.
 * @example
 * const { tasks } = await scan.plan();
 * const lines = tasks.map((task) => stringifyJson(fileScanTaskToJson(task, scan.chosen.schema)));
 */
export function fileScanTaskToJson(task: FileScanTask, schema: Schema): JsonObject {
  const { dataFile, spec, residual, deletes, start, length } = task;
  const fields = partitionFields(spec, schema);
  const foreign = deletes.find(({ dataFile: file }) => file.specId !== spec.specId);
  if (foreign !== undefined) {
    throw new IcebergError(
      "unsupported",
      `Cannot write the task of ${dataFile.filePath} in Java's form: its delete file ${foreign.dataFile.filePath} is of spec ${foreign.dataFile.specId}, the task of ${spec.specId}; write the plan in REST form`,
      { context: { file: dataFile.filePath } },
    );
  }
  return {
    "task-type": TASK_TYPE,
    schema: schemaToJson(schema),
    spec: specToJson(spec),
    "data-file": contentFileToJson(dataFile, fields),
    start: start ?? 0,
    length: length ?? dataFile.fileSizeInBytes,
    "delete-files": deletes.map(({ dataFile: file, sequenceNumber }) => ({
      ...contentFileToJson(file, fields),
      [SEQUENCE_NUMBER]: sequenceNumber,
    })),
    "residual-filter": expressionToJson(residual),
    [SEQUENCE_NUMBER]: task.sequenceNumber,
  };
}

/**
 * A task of Java's form. Where the data sequence number is missing (Java does not send it) it is unknown, never
 * 0: a scan of `_last_updated_sequence_number` refuses such a task.
 * @throws IcebergError `invalid-payload` naming the member that does not fit.
 * @example
 * const tasks = lines.map((line) => fileScanTaskFromJson(parseJson(line)));
 * for await (const row of table.scan().rows({ tasks })) console.log(row);
 */
export function fileScanTaskFromJson(json: Json): FileScanTask {
  const members = objectOf(json, "a scan task");
  const type = members["task-type"];
  if (type !== undefined && type !== TASK_TYPE)
    throw misfit(`task-type ${JSON.stringify(type)}`, `"${TASK_TYPE}"`);
  const schema = schemaFromJson(members.schema ?? null);
  const spec = specFromJson(members.spec ?? null);
  const fields = partitionFields(spec, schema);
  // Java parses every file of a task with the task's spec.
  const fileOf = (file: Json | undefined) => contentFileFromJson(file, () => fields);
  const dataFile = fileOf(members["data-file"]);
  const start = integer(members.start ?? 0, "start");
  const length = integer(members.length ?? dataFile.fileSizeInBytes, "length");
  const isWhole = start === 0 && length >= dataFile.fileSizeInBytes;
  return {
    dataFile,
    spec,
    sequenceNumber: sequenceOf(members),
    residual: residualOf(members["residual-filter"], schema),
    deletes: arrayOf(members["delete-files"], "delete-files").map((file) => deleteOf(file, fileOf)),
    ...(isWhole ? {} : { start, length }),
  };
}

/**
 * A group of tasks, such as `scan.planTasks()` makes for each worker. Java has no form for groups; this one is an object
 * whose `file-scan-tasks` are in Java's form ({@link fileScanTaskToJson}).
 * @throws IcebergError as {@link fileScanTaskToJson}.
 * @example
 * for await (const group of scan.planTasks())
 *   queue.push(stringifyJson(scanTaskGroupToJson(group, scan.chosen.schema)));
 */
export function scanTaskGroupToJson({ tasks }: ScanTaskGroup, schema: Schema): JsonObject {
  return { "file-scan-tasks": tasks.map((task) => fileScanTaskToJson(task, schema)) };
}

/**
 * The group of {@link scanTaskGroupToJson}; sizes and counts are computed from its tasks.
 * @throws IcebergError `invalid-payload` naming the member that does not fit.
 * @example
 * const { tasks } = scanTaskGroupFromJson(parseJson(message));
 * for await (const row of table.scan().rows({ tasks })) console.log(row);
 */
export function scanTaskGroupFromJson(json: Json): ScanTaskGroup {
  const members = objectOf(json, "a group of scan tasks");
  return taskGroup(arrayOf(members["file-scan-tasks"], "file-scan-tasks").map(fileScanTaskFromJson));
}

/**
 * A whole plan as a REST server answers `planTableScan` (with `planId`) and `fetchPlanningResult` (without): status
 * `completed`, each delete file once, tasks that refer to them by place. The form knows whole files only.
 * @throws IcebergError `invalid-argument` for a piece of a file, for a file of a spec that is not among `specs`, and for
 * a residual with an infinite number.
 * @example
 * const { tasks } = await scan.plan();
 * const specs = table.metadata.partitionSpecs;
 * const body = stringifyJson(planTableScanResultToJson(tasks, { schema: scan.chosen.schema, specs, planId: "1" }));
 */
export function planTableScanResultToJson(
  tasks: Iterable<FileScanTask>,
  { schema, specs, planId }: PlanTableScanContext & { readonly planId?: string },
): JsonObject {
  const fieldsOf = partitionStructs(specs, schema);
  const places = new Map<string, number>();
  const deleteFiles: JsonObject[] = [];
  const placeOf = ({ dataFile, sequenceNumber }: TaskDelete): number => {
    // Several deletion vectors share a file.
    const key = `${dataFile.contentOffset ?? ""} ${dataFile.filePath}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    const place = deleteFiles.length;
    places.set(key, place);
    deleteFiles.push({ ...fileJson(dataFile, fieldsOf), [SEQUENCE_NUMBER]: sequenceNumber });
    return place;
  };
  const scanTasks = Array.from(tasks, (task): JsonObject => {
    if (task.start !== undefined && (task.start > 0 || (task.length ?? 0) < task.dataFile.fileSizeInBytes)) {
      throw new IcebergError(
        "invalid-argument",
        `Cannot write a piece of ${task.dataFile.filePath} in REST form: plan whole files`,
        { context: { file: task.dataFile.filePath, start: task.start } },
      );
    }
    return {
      "data-file": fileJson(task.dataFile, fieldsOf),
      ...(task.deletes.length > 0 && { "delete-file-references": task.deletes.map(placeOf) }),
      "residual-filter": expressionToJson(task.residual),
      [SEQUENCE_NUMBER]: task.sequenceNumber,
    };
  });
  return {
    status: "completed",
    ...(planId !== undefined && { "plan-id": planId }),
    "delete-files": deleteFiles,
    "file-scan-tasks": scanTasks,
  };
}

/**
 * The tasks of a plan in REST form: an answer to `planTableScan`, `fetchPlanningResult` or `fetchScanTasks`. A task
 * without residual gets `filter`, as the protocol says, which is the filter that was planned with.
 * @throws IcebergError `invalid-payload` naming the member that does not fit; `invalid-expression` for a filter that
 * does not fit the schema; `unsupported` for a plan that is not complete.
 * @example
 * const tasks = planTableScanResultFromJson(parseJson(body), { schema, specs: table.metadata.partitionSpecs });
 * for await (const row of table.scan().rows({ tasks })) console.log(row);
 */
export function planTableScanResultFromJson(
  json: Json,
  { schema, specs, filter = alwaysTrue }: PlanTableScanContext & { readonly filter?: Expression },
): readonly FileScanTask[] {
  const members = objectOf(json, "a plan");
  const original = bind(filter, schema);
  // An answer to `fetchScanTasks` has no status.
  const status = members.status ?? "completed";
  const more = arrayOf(members["plan-tasks"], "plan-tasks");
  if (status !== "completed" || more.length > 0) {
    throw new IcebergError(
      "unsupported",
      `Cannot read a plan with status ${JSON.stringify(status)} and ${more.length} further plan tasks: fetch them first`,
    );
  }
  const bySpec = new Map(Array.from(specs, (spec) => [spec.specId, spec]));
  const fieldsOf = partitionStructs(bySpec.values(), schema);
  const fileOf = (file: Json | undefined) => contentFileFromJson(file, fieldsOf);
  const deletes = arrayOf(members["delete-files"], "delete-files").map((file) => deleteOf(file, fileOf));
  return arrayOf(members["file-scan-tasks"], "file-scan-tasks").map((each): FileScanTask => {
    const task = objectOf(each, "a scan task");
    const dataFile = fileOf(task["data-file"]);
    const residual = task["residual-filter"];
    return {
      dataFile,
      spec: bySpec.get(dataFile.specId)!,
      sequenceNumber: sequenceOf(task),
      residual: residual === undefined ? original : residualOf(residual, schema),
      deletes: arrayOf(task["delete-file-references"], "delete-file-references").map((place) => {
        const found = deletes[integer(place, "delete-file-references")];
        if (found === undefined)
          throw misfit(
            `delete-file-references ${String(place)}`,
            `a place among ${deletes.length} delete files`,
          );
        return found;
      }),
    };
  });
}

type FieldsOf = (specId: number) => readonly Field[] | undefined;

function partitionStructs(specs: Iterable<PartitionSpec>, schema: Schema): FieldsOf {
  const structs = new Map(Array.from(specs, (spec) => [spec.specId, partitionFields(spec, schema)]));
  return (specId) => structs.get(specId);
}

function fileJson(file: DataFile, fieldsOf: FieldsOf): JsonObject {
  const fields = fieldsOf(file.specId);
  if (fields !== undefined) return contentFileToJson(file, fields);
  throw new IcebergError(
    "invalid-argument",
    `Cannot write ${file.filePath} as JSON: there is no partition spec ${file.specId}`,
  );
}

function deleteOf(json: Json, fileOf: (json: Json) => DataFile): TaskDelete {
  const sequenceNumber = sequenceOf(objectOf(json, "a delete file"));
  return { dataFile: fileOf(json), ...(sequenceNumber !== undefined && { sequenceNumber }) };
}

function residualOf(json: Json | undefined, schema: Schema): BoundExpression {
  return json === undefined ? alwaysTrue : bind(expressionFromJson(json, { schema }), schema);
}

function sequenceOf(members: JsonObject): number | undefined {
  const value = members[SEQUENCE_NUMBER];
  return value === undefined || value === null ? undefined : integer(value, SEQUENCE_NUMBER);
}

function objectOf(json: Json | undefined, what: string): JsonObject {
  if (isJsonObject(json)) return json;
  throw misfit(what, "an object");
}

function arrayOf(json: Json | undefined, what: string): readonly Json[] {
  if (json === undefined || json === null) return [];
  if (Array.isArray(json)) return json;
  throw misfit(what, "an array");
}

function integer(json: Json, what: string): number {
  if (typeof json === "bigint") return toSafeNumber(json, what);
  if (typeof json === "number" && Number.isSafeInteger(json) && json >= 0) return json;
  throw misfit(`${what} ${JSON.stringify(json)}`, "a whole number");
}

function misfit(what: string, wanted: string): IcebergError {
  return new IcebergError("invalid-payload", `Cannot read a plan: ${what} is not ${wanted}`);
}
