/** Updates of identity, version, schemas, specs, orders and properties. Spec: Table Metadata. @module */
import { IcebergError, ValidationError } from "../base/index.ts";
import { type PartitionSpec, samePartitionFields } from "../partitioning/index.ts";
import { childFields, type Field, MAX_FIELD_ID, type Schema, sameSchema } from "../schema/index.ts";
import { type SortOrder, sameSortFields } from "../sorting/index.ts";
import { type Draft, formatVersionFrom } from "./draft.ts";
import { stripTrailingSlash } from "./names.ts";
import { FORMAT_VERSION_PROPERTY, RESERVED_PROPERTIES } from "./reserved-properties.ts";
import { checkSchemaVersion } from "./schema-version.ts";
import type { TableMetadata } from "./table-metadata.ts";
import { LAST_ADDED } from "./updates.ts";

/** A UUID is given once and never changed (MET-059). */
export function assignUuid(draft: Draft, uuid: string): void {
  const has = draft.next.tableUuid;
  if (has?.toLowerCase() === uuid.toLowerCase()) return;
  if (has !== undefined) throw new ValidationError(`Cannot assign UUID ${uuid}: the table has UUID ${has}`);
  draft.next.tableUuid = uuid;
  draft.changed = true;
}

/** Upgrades only go up; the same version changes nothing (MET-068). */
export function upgradeFormatVersion(draft: Draft, version: number): void {
  const { next } = draft;
  const target = formatVersionFrom(version);
  if (target === next.formatVersion) return;
  if (target < next.formatVersion) {
    throw new ValidationError(
      `Cannot change a v${next.formatVersion} table to v${target}: a format version is never lowered`,
    );
  }
  if (next.tableUuid === undefined && draft.base !== undefined) {
    if (draft.newUuid === undefined) {
      throw new ValidationError(
        `Cannot upgrade to v${target}: the table has no UUID and newUuid is not given`,
      );
    }
    next.tableUuid = draft.newUuid();
  }
  next.formatVersion = target;
  if (target > 2) next.nextRowId ??= 0n;
  draft.changed = true;
}

/** Reuses an equal schema or adds it under the next id (SCH-031, RST-057). */
export function addSchema(draft: Draft, schema: Schema, lastColumnId = 0): void {
  const { next } = draft;
  const highest = Math.max(next.lastColumnId, schema.highestFieldId, lastColumnId);
  if (highest !== next.lastColumnId) {
    next.lastColumnId = highest;
    draft.changed = true;
  }
  const known = next.schemas.find((candidate) => sameSchema(candidate, schema));
  draft.lastAddedSchemaId = known?.schemaId ?? nextId(next.schemas.map((candidate) => candidate.schemaId));
  if (known !== undefined) return;
  checkSchemaVersion(schema, next.formatVersion);
  checkReservedIds(schema);
  schema.checkIdentifierFields();
  const id = draft.lastAddedSchemaId;
  next.schemas = [...next.schemas, id === schema.schemaId ? schema : schema.withId(id)];
  draft.changed = true;
  draft.structureChanged = true;
}

/** Ids above {@link MAX_FIELD_ID} are those of metadata columns, which no table schema holds (SCH-017, SCH-089). */
function checkReservedIds(schema: Schema): void {
  if (schema.highestFieldId <= MAX_FIELD_ID) return;
  throw new IcebergError(
    "invalid-schema",
    `Cannot add the schema: it has field id ${schema.highestFieldId}, and ids above ${MAX_FIELD_ID} are reserved`,
    { context: { fieldId: schema.highestFieldId } },
  );
}

/** Makes a schema current; -1 is the last one added. */
export function setCurrentSchema(draft: Draft, schemaId: number): void {
  const { next } = draft;
  const ids = next.schemas.map((schema) => schema.schemaId);
  const id = resolve(schemaId, draft.lastAddedSchemaId, ids, "schema", "current");
  if (id === next.currentSchemaId) return;
  checkRestored(draft, id);
  next.currentSchemaId = id;
  draft.changed = true;
  draft.structureChanged = true;
}

/** Reuses a spec with the same fields or adds it under the next id (PRT-029). */
export function addSpec(draft: Draft, spec: PartitionSpec): void {
  const { next } = draft;
  const known = next.partitionSpecs.find((candidate) => samePartitionFields(candidate, spec));
  draft.lastAddedSpecId = known?.specId ?? nextId(next.partitionSpecs.map((candidate) => candidate.specId));
  if (known !== undefined) return;
  if (next.formatVersion === 1) {
    const wrong = spec.fields.find((field, at) => field.fieldId !== 1000 + at);
    if (wrong !== undefined) {
      throw new ValidationError(
        `Cannot add a partition spec to a v1 table: field ${wrong.name} has id ${wrong.fieldId}, v1 needs 1000, 1001, …`,
      );
    }
  }
  for (const field of spec.fields) next.lastPartitionId = Math.max(next.lastPartitionId, field.fieldId);
  next.partitionSpecs = [...next.partitionSpecs, Object.freeze({ ...spec, specId: draft.lastAddedSpecId })];
  draft.changed = true;
  draft.structureChanged = true;
}

/** Makes a spec the default; -1 is the last one added. */
export function setDefaultSpec(draft: Draft, specId: number): void {
  const { next } = draft;
  const ids = next.partitionSpecs.map((spec) => spec.specId);
  const id = resolve(specId, draft.lastAddedSpecId, ids, "partition spec", "default");
  if (id === next.defaultSpecId) return;
  next.defaultSpecId = id;
  draft.changed = true;
  draft.structureChanged = true;
}

/** Reuses an equal order or adds it under the next id; unsorted is always 0 (PRT-053, PRT-054). */
export function addSortOrder(draft: Draft, order: SortOrder): void {
  const { next } = draft;
  const known = next.sortOrders.find((candidate) => sameSortFields(candidate, order));
  const fresh =
    order.fields.length === 0 ? 0 : nextId([0, ...next.sortOrders.map((candidate) => candidate.orderId)]);
  draft.lastAddedOrderId = known?.orderId ?? fresh;
  if (known !== undefined) return;
  next.sortOrders = [...next.sortOrders, Object.freeze({ ...order, orderId: fresh })];
  draft.changed = true;
  draft.structureChanged = true;
}

/** Makes a sort order the default; -1 is the last one added. */
export function setDefaultSortOrder(draft: Draft, orderId: number): void {
  const { next } = draft;
  const ids = next.sortOrders.map((order) => order.orderId);
  const id = resolve(orderId, draft.lastAddedOrderId, ids, "sort order", "default");
  if (id === next.defaultSortOrderId) return;
  next.defaultSortOrderId = id;
  draft.changed = true;
  draft.structureChanged = true;
}

/** Forgets schemas; ids that do not exist are ignored. Throws `validation-failed` for the current one. */
export function removeSchemas(draft: Draft, schemaIds: readonly number[]): void {
  const { next } = draft;
  if (schemaIds.includes(next.currentSchemaId)) {
    throw new ValidationError(`Cannot remove schema ${next.currentSchemaId}: it is the current schema`);
  }
  const kept = next.schemas.filter((schema) => !schemaIds.includes(schema.schemaId));
  if (kept.length === next.schemas.length) return;
  next.schemas = kept;
  draft.changed = true;
}

/** Forgets specs; ids that do not exist are ignored. Throws `validation-failed` for the default one. */
export function removeSpecs(draft: Draft, specIds: readonly number[]): void {
  const { next } = draft;
  if (specIds.includes(next.defaultSpecId)) {
    throw new ValidationError(`Cannot remove partition spec ${next.defaultSpecId}: it is the default spec`);
  }
  const kept = next.partitionSpecs.filter((spec) => !specIds.includes(spec.specId));
  if (kept.length === next.partitionSpecs.length) return;
  next.partitionSpecs = kept;
  draft.changed = true;
}

/** Moves the table; files already written keep their absolute paths. */
export function setLocation(draft: Draft, location: string): void {
  const stripped = stripTrailingSlash(location);
  if (stripped === draft.next.location) return;
  draft.next.location = stripped;
  draft.changed = true;
}

/** Sets properties. Reserved keys are not stored; `format-version` upgrades the table (MET-017). */
export function setProperties(draft: Draft, updates: ReadonlyMap<string, string>): void {
  const properties = new Map(draft.next.properties);
  let changed = false;
  for (const [key, value] of updates) {
    if (key === FORMAT_VERSION_PROPERTY) upgradeFormatVersion(draft, Number(value));
    if (RESERVED_PROPERTIES.has(key) || properties.get(key) === value) continue;
    properties.set(key, value);
    changed = true;
  }
  if (!changed) return;
  draft.next.properties = properties;
  draft.changed = true;
}

/** Removes properties; names that are not set are ignored. */
export function removeProperties(draft: Draft, removals: readonly string[]): void {
  if (!removals.some((key) => draft.next.properties.has(key))) return;
  const properties = new Map(draft.next.properties);
  for (const key of removals) properties.delete(key);
  draft.next.properties = properties;
  draft.changed = true;
}

/**
 * Checks that the default spec and order fit the current schema, so that nothing is written that other
 * implementations could not load.
 */
export function checkStructure(metadata: TableMetadata): void {
  const schema = metadata.schemas.find((candidate) => candidate.schemaId === metadata.currentSchemaId);
  if (schema === undefined) throw new ValidationError("Cannot commit: no update sets a current schema");
  const spec = metadata.partitionSpecs.find((candidate) => candidate.specId === metadata.defaultSpecId);
  for (const field of spec?.fields ?? []) {
    if (field.transform.kind === "void" || schema.findField(field.sourceId) !== undefined) continue;
    throw new ValidationError(
      `Cannot commit: partition field ${field.name} of default spec ${metadata.defaultSpecId} needs column id ${field.sourceId}, which schema ${schema.schemaId} does not have`,
    );
  }
  const order = metadata.sortOrders.find((candidate) => candidate.orderId === metadata.defaultSortOrderId);
  for (const field of order?.fields ?? []) {
    if (schema.findField(field.sourceId) !== undefined) continue;
    throw new ValidationError(
      `Cannot commit: default sort order ${metadata.defaultSortOrderId} needs column id ${field.sourceId}, which schema ${schema.schemaId} does not have`,
    );
  }
}

/**
 * An older schema may bring a dropped column back. Where it is required, no data may have been written without it
 * meanwhile: reading that data would fail (SCH-101).
 */
function checkRestored({ base, next }: Draft, id: number): void {
  const { schemas, currentSchemaId, snapshots } = next;
  const current = schemas.find((schema) => schema.schemaId === currentSchemaId);
  const target = schemas.find((schema) => schema.schemaId === id);
  if (current === undefined || target === undefined) return;
  const restored = restoredFields(target.fields, current).filter(
    (field) =>
      field.id <= (base?.lastColumnId ?? 0) && field.required && (field.initialDefault ?? null) === null,
  );
  for (const field of restored) {
    const latest = snapshots.findLast(({ schemaId }) => schemaId !== undefined);
    const written = schemas.find((schema) => schema.schemaId === latest?.schemaId);
    if (written === undefined || written.findField(field.id) !== undefined) continue;
    throw new ValidationError(
      `Cannot make schema ${id} current: it brings back required column ${target.pathOf(field.id)}, which data ` +
        `written since lacks (snapshot ${latest?.snapshotId})`,
      { context: { schemaId: id, column: target.pathOf(field.id) } },
    );
  }
}

/** The topmost fields that the current schema does not have. */
function restoredFields(fields: readonly Field[], current: Schema): readonly Field[] {
  return fields.flatMap((field) =>
    current.findField(field.id) === undefined ? [field] : restoredFields(childFields(field.type), current),
  );
}

function nextId(ids: readonly number[]): number {
  return ids.length === 0 ? 0 : Math.max(...ids) + 1;
}

/** An id that exists; -1 stands for the last one added in this commit (RST-057). */
function resolve(
  id: number,
  lastAdded: number | undefined,
  ids: readonly number[],
  noun: string,
  role: string,
): number {
  if (id === LAST_ADDED) {
    if (lastAdded !== undefined) return lastAdded;
    throw new ValidationError(`Cannot set the last added ${noun} as ${role}: this commit added none`);
  }
  if (ids.includes(id)) return id;
  throw new ValidationError(`Cannot set ${noun} ${id} as ${role}: the table has [${ids.join(", ")}]`);
}
