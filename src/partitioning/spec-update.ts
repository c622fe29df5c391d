/** Changes to a partition spec. Spec: Partition Evolution; requirements PRT-027, PRT-028, PRT-033, PRT-034, PRT-039 to PRT-045. @module */
import { ValidationError } from "../base/index.ts";
import type { Schema, Type } from "../schema/index.ts";
import { bindSource, checkName } from "./build.ts";
import { PARTITION_ID_START, type PartitionField, type PartitionSpec, sameSources } from "./spec.ts";
import { identity, type PartitionTerm } from "./term.ts";
import {
  formatTransform,
  plainTransform,
  sameTransform,
  TIME_TRANSFORMS,
  type Transform,
} from "./transform.ts";

/** What an update has to know of the table beside its default spec. */
export interface SpecUpdateContext {
  readonly schema: Schema;
  readonly formatVersion: number;
  /** Every spec of the table: fields they had keep their ids when they come back (PRT-028). */
  readonly specs: readonly PartitionSpec[];
  readonly lastPartitionId: number;
}

/**
 * Builds the next default spec of a table; data already written keeps its own (PRT-039). Names are those of the spec
 * before the update. In v1 tables removed fields stay as `void` in their places (PRT-040).
 * @throws ValidationError naming the field and the rule, from every method.
 */
export class SpecUpdate {
  private readonly base: PartitionSpec;
  private readonly context: SpecUpdateContext;
  private readonly removed = new Set<PartitionField>();
  private readonly names = new Map<PartitionField, string>();
  /** `void` fields whose own transform came back under their id. */
  private readonly revived = new Map<PartitionField, PartitionField>();
  private readonly added: PartitionField[] = [];
  private lastId: number;
  private keepsDefault = false;

  constructor(base: PartitionSpec, context: SpecUpdateContext) {
    this.base = base;
    this.context = context;
    this.lastId = context.lastPartitionId;
    const unknown = base.fields.find(({ transform }) => transform.kind === "unknown");
    if (unknown !== undefined) {
      throw new ValidationError(
        `Cannot change partition spec ${base.specId}: this library does not know transform ` +
          `${formatTransform(unknown.transform)} of field ${unknown.name}`,
        { context: { specId: base.specId, field: unknown.name } },
      );
    }
  }

  /** Whether new data is to be written with the spec; see {@link SpecUpdate.addNonDefaultSpec}. */
  get becomesDefault(): boolean {
    return !this.keepsDefault;
  }

  /** Adds the spec to the table, but goes on writing with the present one. */
  addNonDefaultSpec(): this {
    this.keepsDefault = true;
    return this;
  }

  /**
   * Adds a field at the end: `day("ts")`, `bucket(16, "id", "shard")`, or a column itself. A field the table had
   * before, in any spec, comes back with its id and, unless another is given, its name (PRT-028).
   */
  addField(term: PartitionTerm | string): this {
    const { column, transform, name } = typeof term === "string" ? identity(term) : term;
    const refuse = refusal("add", name ?? evolvedName(column, transform));
    const sourceId = this.sourceOf(column, transform);
    const wanted = { sourceId, transform };
    const present = this.base.fields.find((field) => sameDerivation(field, wanted));
    if (present !== undefined && this.removed.has(present)) {
      // Removed and added again in one update: it simply stays.
      this.removed.delete(present);
      if (name !== undefined && name !== present.name) this.names.set(present, name);
      return this;
    }
    const twin = present ?? this.added.find((field) => sameDerivation(field, wanted));
    if (twin !== undefined)
      throw refuse(`${twin.name} is ${formatTransform(transform)} of ${column} already`);
    const timed = this.added.find((field) => field.sourceId === sourceId && isTimed(field.transform));
    if (timed !== undefined && isTimed(transform)) {
      throw refuse(`this update adds ${timed.name}, another unit of time of ${column}`);
    }
    this.place(this.recycled(wanted, name), wanted, name ?? evolvedName(column, transform));
    return this;
  }

  /** Removes a field, by its name or by the term it was made from. */
  removeField(field: string | PartitionTerm): this {
    const found = this.find(field, "remove");
    const refuse = refusal("remove", found.name);
    if (this.names.has(found)) throw refuse("this update renames it");
    this.removed.add(found);
    return this;
  }

  /** Gives a field another name; its id and transform stay (PRT-043). */
  renameField(name: string, newName: string): this {
    if (
      this.added.some((field) => field.name === name) &&
      !this.base.fields.some((field) => field.name === name)
    ) {
      throw refusal("rename", name)("this update adds it: give it the name there");
    }
    const found = this.find(name, "rename");
    if (this.removed.has(found)) throw refusal("rename", name)("this update removes it");
    if (newName === "") throw refusal("rename", name)("the new name is empty");
    this.names.set(found, newName);
    return this;
  }

  /** The spec with all changes. Its id is the base's: the catalog gives it one of its own (PRT-029, PRT-030). */
  apply(): PartitionSpec {
    const fields: PartitionField[] = [];
    for (const field of this.base.fields) {
      const revived = this.revived.get(field);
      if (revived !== undefined) {
        fields.push(revived);
      } else if (!this.removed.has(field)) {
        const name = this.names.get(field);
        fields.push(name === undefined ? field : Object.freeze({ ...field, name }));
      } else if (this.context.formatVersion === 1) {
        fields.push(Object.freeze({ ...field, transform: plainTransform("void") }));
      }
    }
    fields.push(...this.added);
    const named = withVoidsOutOfTheWay(fields);
    named.forEach((field, at) => {
      // Fields that stay as they were may have names that would not be given today.
      if (this.base.fields.includes(field)) return;
      validated(field.name, () => checkName(this.context.schema, field, named.slice(0, at)));
    });
    refuseSharedNames(named);
    return Object.freeze({ specId: this.base.specId, fields: Object.freeze(named) });
  }

  private sourceOf(column: string, transform: Transform): number {
    const { schema } = this.context;
    return validated(column, () => bindSource(schema, column, transform, "partition").field.id);
  }

  /** PRT-028: the field with this derivation that any spec of the table had. In v1 ids follow positions instead. */
  private recycled(wanted: Derivation, name: string | undefined): PartitionField | undefined {
    if (this.context.formatVersion === 1) return undefined;
    return this.context.specs
      .flatMap(({ fields }) => fields)
      .find((field) => sameDerivation(field, wanted) && (name === undefined || field.name === name));
  }

  private place(recycled: PartitionField | undefined, wanted: Derivation, name: string): void {
    if (recycled === undefined) {
      this.added.push(Object.freeze({ ...wanted, fieldId: this.freshId(), name }));
      return;
    }
    // Tables that were v1 keep the removed field as `void` under this very id.
    const placeholder = this.base.fields.find(({ fieldId }) => fieldId === recycled.fieldId);
    if (placeholder === undefined || this.removed.has(placeholder)) this.added.push(recycled);
    else if (placeholder.transform.kind === "void") this.revived.set(placeholder, recycled);
    else this.added.push(Object.freeze({ ...recycled, fieldId: this.freshId() }));
  }

  private freshId(): number {
    if (this.context.formatVersion > 1) return ++this.lastId;
    // PRT-026: position i has id 1000 + i.
    return PARTITION_ID_START + 1 + this.base.fields.length + this.added.length;
  }

  private find(field: string | PartitionTerm, verb: string): PartitionField {
    if (typeof field === "string") {
      const found = this.base.fields.find(({ name }) => name === field);
      if (found !== undefined) return found;
      const added = this.added.some(({ name }) => name === field);
      const names = this.base.fields.map(({ name }) => name).join(", ");
      throw refusal(
        verb,
        field,
      )(
        added
          ? "this update adds it"
          : `spec ${this.base.specId} has ${names === "" ? "no fields" : `only ${names}`}`,
      );
    }
    const { column, transform } = field;
    const sourceId = this.context.schema.idOf(column);
    const found = this.base.fields.find(
      (candidate) => candidate.sourceId === sourceId && sameTransform(candidate.transform, transform),
    );
    if (found !== undefined) return found;
    const text = `${formatTransform(transform)}(${column})`;
    throw refusal(verb, text)(`spec ${this.base.specId} does not partition by it`);
  }
}

/**
 * Whether the results of a transform change when its source is promoted (SCH-062): a date and the timestamp at its
 * midnight have the same year, month and day, but differ themselves and hash differently.
 */
export function promotionChangesResult(transform: Transform, from: Type, to: Type): boolean {
  switch (transform.kind) {
    case "unknown":
      return true;
    case "identity":
    case "bucket":
      return from.kind === "date" && to.kind !== "date";
    default:
      return false;
  }
}

/** The name of a field added to a table: as at creation, with the parameter (PRT-035). */
export function evolvedName(column: string, transform: Transform): string {
  switch (transform.kind) {
    case "identity":
    case "unknown":
      return column;
    case "bucket":
      return `${column}_bucket_${transform.numBuckets}`;
    case "truncate":
      return `${column}_trunc_${transform.width}`;
    case "void":
      return `${column}_null`;
    default:
      return `${column}_${transform.kind}`;
  }
}

type Derivation = Pick<PartitionField, "sourceId" | "sourceIds" | "transform">;

function sameDerivation(a: Derivation, b: Derivation): boolean {
  return sameSources(a, b) && sameTransform(a.transform, b.transform);
}

function isTimed(transform: Transform): boolean {
  return TIME_TRANSFORMS.includes(transform.kind);
}

/** PRT-041: a `void` field whose name another field takes becomes `<name>_<field-id>`. */
function withVoidsOutOfTheWay(fields: readonly PartitionField[]): readonly PartitionField[] {
  return fields.map((field) => {
    const clash = fields.some((other) => other !== field && other.name === field.name);
    if (field.transform.kind !== "void" || !clash) return field;
    return Object.freeze({ ...field, name: `${field.name}_${field.fieldId}` });
  });
}

function refuseSharedNames(fields: readonly PartitionField[]): void {
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name)) throw refusal("name", name)("another partition field has that name");
    names.add(name);
  }
}

/** What a spec may not be at creation is no valid change either. */
function validated<T>(field: string, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    throw new ValidationError((cause as Error).message, { cause, context: { field } });
  }
}

function refusal(verb: string, field: string): (why: string) => ValidationError {
  return (why) =>
    new ValidationError(`Cannot ${verb} partition field ${field}: ${why}`, { context: { field } });
}
