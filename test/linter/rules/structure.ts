/** Rules of schemas, partition specs and sort orders. Spec: Schemas and Data Types; Partitioning; Sorting. @module */
import { show } from "../findings.ts";
import { array, int, object, sameText, text } from "../json.ts";
import type { LintTable, OrderField, SpecField } from "../table.ts";
import { applies, isKnown } from "../transforms.ts";
import { type LintSchema, type PlacedField, PRIMITIVES, typeText } from "../types.ts";

/** The ids above this are metadata columns (SCH-017). */
const MAX_COLUMN_ID = 2_147_483_447;

export function checkStructure(table: LintTable): void {
  for (const schema of table.schemas) {
    checkSchemaIds(table, schema);
    checkSchemaTypes(table, schema);
  }
  checkLegacy(table);
  checkSpecIds(table);
  checkSpecFields(table);
  checkOrders(table);
}

function checkSchemaIds({ report, metadataFile: file, metadata }: LintTable, schema: LintSchema): void {
  const twice = schema.ids.filter((id, at) => schema.ids.indexOf(id) !== at);
  if (twice.length > 0)
    report.add("schema-ids", file, `schema ${schema.schemaId} has field ids twice: ${twice}`);
  const last = int(metadata["last-column-id"]) ?? 0;
  const highest = Math.max(0, ...schema.ids);
  if (highest > last)
    report.add("schema-ids", file, `last-column-id is ${last}, schema ${schema.schemaId} has ${highest}`);
  if (schema.ids.some((id) => id < 0 || id > MAX_COLUMN_ID))
    report.add("schema-ids", file, `schema ${schema.schemaId} has an id that is missing or reserved`);
}

function checkSchemaTypes({ report, metadataFile: file, version }: LintTable, schema: LintSchema): void {
  const fault = (why: string) => report.add("schema-types", file, `schema ${schema.schemaId}: ${why}`);
  for (const { field, path } of schema.byId.values()) {
    const { type } = field;
    if (type.kind !== "primitive") continue;
    const since = PRIMITIVES[type.name];
    if (since === undefined) fault(`${path.join(".")} has the unknown type ${show(type.name)}`);
    else if (since > version)
      fault(`${path.join(".")} is ${type.name}, which version ${version} does not have`);
    if (type.name === "decimal" && (type.precision! < 1 || type.precision! > 38))
      fault(`${path.join(".")} has precision ${type.precision}`);
  }
  for (const id of array(schema.json["identifier-field-ids"]) ?? []) {
    const placed = schema.byId.get(int(id) ?? -1);
    const isKey =
      placed?.field.required === true && placed.field.type.kind === "primitive" && !placed.repeated;
    if (!isKey) fault(`identifier field ${show(id)} is no required primitive column`);
  }
}

/** Version 1 has its current schema and spec a second time, for older readers (MET-006). */
function checkLegacy({
  report,
  metadataFile: file,
  metadata,
  version,
  currentSchema,
  specs,
}: LintTable): void {
  if (version !== 1) return;
  const legacy = object(metadata.schema);
  if (
    legacy !== undefined &&
    currentSchema !== undefined &&
    sameText(legacy.fields) !== sameText(currentSchema.json.fields)
  )
    report.add("metadata-fields", file, "schema is not the current one of schemas");
  const spec = specs.find(({ specId }) => specId === (int(metadata["default-spec-id"]) ?? 0));
  const fields = spec?.fields.map(({ json }) => json) ?? [];
  if (metadata["partition-spec"] !== undefined && sameText(metadata["partition-spec"]) !== sameText(fields))
    report.add("metadata-fields", file, "partition-spec is not the default one of partition-specs");
}

function checkSpecIds({ report, metadataFile: file, metadata, version, specs }: LintTable): void {
  const meanings = new Map<number, string>();
  for (const { specId, fields } of specs) {
    for (const [at, { id, sourceId, transform }] of fields.entries()) {
      const meaning = `${transform}(${sourceId})`;
      const before = meanings.get(id) ?? meaning;
      // In version 1 a dropped field stays as void under its id (PRT-040).
      const isSame = before === meaning || transform === "void" || before.startsWith("void");
      if (!isSame) report.add("spec-ids", file, `partition field ${id} is both ${before} and ${meaning}`);
      if (!transform.startsWith("void")) meanings.set(id, meaning);
      if (version === 1 && id !== 1000 + at)
        report.add(
          "spec-ids",
          file,
          `spec ${specId} has field ${id} in place ${at}; version 1 counts from 1000`,
        );
    }
  }
  const last = int(metadata["last-partition-id"]);
  const highest = Math.max(999, ...specs.flatMap(({ fields }) => fields.map(({ id }) => id)));
  if (last !== undefined && last < highest)
    report.add(
      "spec-ids",
      file,
      `last-partition-id is ${last}, the highest partition field id is ${highest}`,
    );
}

function checkSpecFields(table: LintTable): void {
  const { report, metadataFile: file, metadata, currentSchema } = table;
  const current = int(metadata["default-spec-id"]) ?? 0;
  for (const { specId, fields } of table.specs) {
    const fault = (field: SpecField, why: string) =>
      report.add("spec-fields", file, `spec ${specId}, field ${show(field.name)}: ${why}`);
    const names = new Set<string>();
    for (const field of fields) {
      if (field.name === "" || names.has(field.name)) fault(field, "its name is empty or taken");
      names.add(field.name);
      if (field.json["source-id"] !== undefined && field.json["source-ids"] !== undefined)
        fault(field, "it has both source-id and source-ids");
      const why = sourceFault(field, field.sourceId === undefined ? undefined : table.field(field.sourceId));
      if (why !== undefined) fault(field, why);
      if (specId !== current) continue;
      const column = currentSchema?.fields.find(({ name }) => name === field.name);
      const isOwn = column?.id === field.sourceId && /^(identity|void)$/.test(field.transform);
      // A void of version 1 outlives its source, and the names of columns are free again when those are dropped.
      const isLeftOver =
        field.transform === "void" && currentSchema?.byId.get(field.sourceId ?? -1) === undefined;
      if (column !== undefined && !isOwn && !isLeftOver) fault(field, "a column has the same name");
    }
  }
}

/** What is wrong with the source of a partition or sort field. */
function sourceFault(field: SpecField | OrderField, source: PlacedField | undefined): string | undefined {
  if (field.transform === "") return "it has no transform";
  if (source === undefined) return `no schema has its source ${field.sourceId}`;
  if (source.repeated) return `its source ${field.sourceId} is inside a list or map`;
  const { type } = source.field;
  if (type.kind !== "primitive") return `its source ${field.sourceId} is a ${type.kind}`;
  if (isKnown(field.transform) && !applies(field.transform, type))
    return `${field.transform} does not take ${typeText(type)}`;
  return undefined;
}

function checkOrders(table: LintTable): void {
  const { report, metadataFile: file } = table;
  for (const { orderId, fields } of table.orders) {
    const fault = (why: string) => report.add("sort-orders", file, `order ${orderId}: ${why}`);
    if ((orderId === 0) !== (fields.length === 0)) fault(`it has ${fields.length} fields`);
    for (const field of fields) {
      if (!["asc", "desc"].includes(text(field.json.direction) ?? ""))
        fault(`direction ${show(field.json.direction)}`);
      if (!["nulls-first", "nulls-last"].includes(text(field.json["null-order"]) ?? ""))
        fault(`null-order ${show(field.json["null-order"])}`);
      const why = sourceFault(field, field.sourceId === undefined ? undefined : table.field(field.sourceId));
      if (why !== undefined) fault(why);
    }
  }
}
