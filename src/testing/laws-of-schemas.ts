/** Laws of schemas and specs: JSON loses nothing, evolution never confuses columns. Spec: Schema Evolution; Partition Evolution. @module */
import fc from "fast-check";
import { type Json, parseJson, stringifyJson } from "../base/index.ts";
import { type PartitionSpec, samePartitionFields } from "../partitioning/index.ts";
import { isNested, type Schema, sameSchema, typesEqual } from "../schema/index.ts";
import {
  arbitrarySchemaCommands,
  arbitrarySpecCommands,
  type SchemaChange,
  type SpecChange,
  schemaChangeOf,
  specChangeOf,
} from "./evolution.ts";
import { demand, type LawOptions, tryLaw } from "./law.ts";
import { arbitraryPartitionSpec } from "./partitioning.ts";
import { arbitrarySchema } from "./schemas.ts";
import { arbitraryComparableType } from "./types.ts";

/** Schemas survive JSON text, with ids, docs, defaults and identifier fields (SCH-023; P1). */
export function checkSchemaJson(
  codec: { readonly encode: (schema: Schema) => Json; readonly decode: (json: Json) => Schema },
  options?: LawOptions,
): number {
  return tryLaw(
    fc.property(arbitrarySchema(), (schema) => {
      const back = codec.decode(parseJson(stringifyJson(codec.encode(schema))));
      demand(back.schemaId === schema.schemaId, () => `the schema id comes back as ${back.schemaId}`);
      demand(sameSchema(back, schema), () => `comes back as ${stringifyJson(codec.encode(back))}`);
    }),
    options,
  );
}

/** What an implementation of schema evolution makes of one update. */
export interface EvolvedSchema {
  readonly schema: Schema;
  /** `last-column-id` of the table after the update. */
  readonly lastColumnId: number;
}

/**
 * Whatever the changes, field ids stay unique, count up from `last-column-id`, never come back once dropped, and the
 * columns that no change names stay what they were (SCH-015, SCH-016, SCH-020; P6).
 *
 * `evolve` applies the changes that it allows, one by one, and answers `undefined` when it refuses the update as a
 * whole.
 * @example checkSchemaEvolution({ evolve: (schema, lastColumnId, changes) => … });
 */
export function checkSchemaEvolution(
  evolution: {
    readonly evolve: (
      schema: Schema,
      lastColumnId: number,
      changes: readonly SchemaChange[],
    ) => EvolvedSchema | undefined;
  },
  options?: LawOptions,
): number {
  return tryLaw(
    fc.property(arbitrarySchema({ maxDepth: 2 }), arbitrarySchemaCommands(), (start, updates) => {
      let schema = start;
      let lastColumnId = start.highestFieldId;
      const dropped = new Set<number>();
      for (const commands of updates) {
        const changes = commands
          .map((command) => schemaChangeOf(schema, command))
          .filter((change) => change !== undefined);
        const next = evolution.evolve(schema, lastColumnId, changes);
        if (next === undefined) continue;
        checkEvolved(schema, lastColumnId, changes, next, dropped);
        schema = next.schema;
        lastColumnId = next.lastColumnId;
      }
    }),
    options,
  );
}

function checkEvolved(
  before: Schema,
  lastColumnId: number,
  changes: readonly SchemaChange[],
  { schema: after, lastColumnId: lastNow }: EvolvedSchema,
  dropped: Set<number>,
): void {
  const ids = [...after.places()].map(({ field }) => field.id);
  demand(new Set(ids).size === ids.length, "two fields share an id");
  demand(lastNow >= lastColumnId, "last-column-id went down");
  for (const id of ids) {
    demand(!dropped.has(id), () => `the id ${id} of a dropped column came back`);
    demand(
      before.findField(id) !== undefined || id > lastColumnId,
      () => `the new id ${id} is not above the last`,
    );
    demand(id <= lastNow, () => `the id ${id} is above last-column-id ${lastNow}`);
  }
  const touched = new Set(
    changes
      .filter(({ kind }) => /^(rename|make-optional|promote|doc)$/.test(kind))
      .map(({ path }) => before.idOf(path.join("."))),
  );
  // A struct in a list or map is found without `element` or `value` too, so such a change may touch more.
  const loose = changes.some(({ path }) => before.idOf(path.join(".")) === undefined);
  for (const { field, path } of before.places()) {
    const now = after.findField(field.id);
    if (now === undefined) dropped.add(field.id);
    else if (!loose && !touched.has(field.id) && !isNested(field.type)) {
      const same =
        now.name === field.name &&
        now.required === field.required &&
        now.doc === field.doc &&
        typesEqual(now.type, field.type);
      demand(same, () => `column ${path} changed, though no change names it`);
    }
  }
}

/** What an implementation of partition evolution makes of one update. */
export interface EvolvedSpec {
  readonly spec: PartitionSpec;
  /** `last-partition-id` of the table after the update. */
  readonly lastPartitionId: number;
}

/**
 * Whatever the changes: partition field ids are unique over all specs, one id always means one source and transform,
 * from version 2 on a derivation that comes back has its old id, in version 1 fields keep their places, as `void`
 * once removed
 * (PRT-027, PRT-028, PRT-039, PRT-040; P15).
 */
export function checkSpecEvolution(
  evolution: {
    readonly evolve: (
      table: {
        readonly schema: Schema;
        readonly formatVersion: 1 | 2 | 3;
        /** Every spec so far, the present one last. */
        readonly specs: readonly PartitionSpec[];
        readonly lastPartitionId: number;
      },
      changes: readonly SpecChange[],
    ) => EvolvedSpec | undefined;
  },
  options?: LawOptions,
): number {
  const start = arbitrarySchema({ leaves: arbitraryComparableType({ formatVersion: 1 }), maxDepth: 1 }).chain(
    (schema) => fc.tuple(fc.constant(schema), arbitraryPartitionSpec(schema, { maxFields: 2 })),
  );
  const version = fc.constantFrom(1 as const, 2 as const, 3 as const);
  return tryLaw(
    fc.property(start, version, arbitrarySpecCommands(), ([schema, first], formatVersion, updates) => {
      const specs = [first];
      let lastPartitionId = Math.max(999, ...first.fields.map(({ fieldId }) => fieldId));
      for (const commands of updates) {
        const present = specs.at(-1)!;
        const changes = commands
          .map((command) => specChangeOf(schema, present, command))
          .filter((change) => change !== undefined);
        if (changes.length === 0) continue;
        const next = evolution.evolve({ schema, formatVersion, specs, lastPartitionId }, changes);
        if (next === undefined) continue;
        demand(next.lastPartitionId >= lastPartitionId, "last-partition-id went down");
        checkSpec(specs, next.spec, lastPartitionId, formatVersion);
        lastPartitionId = next.lastPartitionId;
        if (!specs.some((spec) => samePartitionFields(spec, next.spec))) {
          specs.push({ ...next.spec, specId: specs.length });
        } else specs.push(next.spec);
      }
    }),
    options,
  );
}

function checkSpec(
  specs: readonly PartitionSpec[],
  next: PartitionSpec,
  lastPartitionId: number,
  formatVersion: number,
): void {
  const ids = next.fields.map(({ fieldId }) => fieldId);
  demand(new Set(ids).size === ids.length, "two partition fields share an id");
  const names = next.fields.map(({ name }) => name);
  demand(new Set(names).size === names.length, "two partition fields share a name");
  const meaning = ({ sourceId, transform }: PartitionSpec["fields"][number]) =>
    JSON.stringify([sourceId, transform]);
  const known = specs.flatMap(({ fields }) => fields);
  for (const field of next.fields) {
    const sameId = known.filter(({ fieldId }) => fieldId === field.fieldId);
    demand(
      field.transform.kind === "void" ||
        sameId.every((other) => other.transform.kind === "void" || meaning(other) === meaning(field)),
      () => `the id ${field.fieldId} meant another derivation before`,
    );
    if (sameId.length > 0 || field.transform.kind === "void") continue;
    demand(field.fieldId > lastPartitionId, () => `the new id ${field.fieldId} is not above the last`);
    // Version 1 has no ids to tell fields of several specs apart: there a field that comes back is a new one.
    demand(
      formatVersion === 1 || !known.some((other) => meaning(other) === meaning(field)),
      () => `${field.name} was a field before, yet it got a new id`,
    );
  }
  if (formatVersion > 1) return;
  const before = specs.at(-1)!.fields.map(({ fieldId }) => fieldId);
  demand(
    before.every((id, at) => ids[at] === id),
    "a field of a version 1 spec lost its place",
  );
}
