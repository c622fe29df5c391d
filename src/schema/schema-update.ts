/** Changes to a schema, checked one by one. Spec: Schema Evolution; requirements SCH-016 to SCH-022, SCH-060 to SCH-073. @module */
import { ValidationError } from "../base/index.ts";
import { defaultFault } from "./defaults.ts";
import { typesEqual } from "./equality.ts";
import { freshType, idsFrom } from "./fresh-ids.ts";
import { canPromote, promoteValue } from "./promotion.ts";
import type { DefaultIn } from "./row-types.ts";
import { childFields, Schema } from "./schema.ts";
import {
  currentPath,
  fieldsOf,
  findCurrent,
  isAttached,
  isInMapKey,
  nodeOf,
  nodesOf,
  type SchemaNode,
  type SchemaTree,
  structFor,
  treeOf,
  typeOfNode,
} from "./schema-tree.ts";
import { typeToString } from "./type-text.ts";
import { type Field, isNested, type Type } from "./types.ts";
import { unionNodes } from "./union-by-name.ts";
import type { Value } from "./values.ts";

/**
 * A column: its full name (`user.name`, `points.x` for a field of a list's structs), or its parts for names that hold
 * dots. Names are those before the update; a name the update itself introduced works where no column had it before.
 */
export type ColumnPath = string | readonly string[];

export interface AddColumnOptions<T extends Type = Type> {
  readonly doc?: string;
  /** Default false. A required column needs a default (SCH-038). */
  readonly required?: boolean;
  /**
   * What the rows written before have in it, and what writers store when a row omits it; needs format version 3.
   * `{}` for a struct: its fields have their own defaults.
   */
  readonly default?: DefaultIn<T> | null;
}

export interface ColumnChanges {
  /** A wider type: see `promotionRules`. */
  readonly type?: Type;
  /** `null` removes it. */
  readonly doc?: string | null;
  /** What writers store from now on when a row omits the column; rows already written keep theirs (SCH-037). */
  readonly writeDefault?: unknown;
}

/** Something in the table that depends on a column: a partition field or the sort order. */
export interface ColumnUse {
  readonly fieldId: number;
  /** For messages: `partition field ts_day of spec 0`. */
  readonly user: string;
  /** Whether new data depends on it, so that the column cannot go (SCH-069). */
  readonly current: boolean;
  /** A name that no other column may take, because other engines could not load the table (PRT-033). */
  readonly partitionName?: string;
  /** Whether another type of the column would change what is derived from it (SCH-062). */
  readonly changesWith?: (from: Type, to: Type) => boolean;
}

/** What an update has to know of the table beside its schema. */
export interface SchemaUpdateContext {
  readonly formatVersion: number;
  /** New ids start above it, so that no dropped one comes back (SCH-016). Default: the schema's highest. */
  readonly lastColumnId?: number;
  readonly uses?: readonly ColumnUse[];
  /** Turns a default as callers write it into a held value. Default: it is one. */
  readonly coerceDefault?: (type: Type, input: unknown, path: string) => Value | null;
}

/**
 * Builds the next schema of a table. Every method checks its change at once and returns the update; `apply` checks
 * what depends on all of them together.
 * @throws IcebergError `validation-failed` naming the column and the rule, from every method.
 */
export class SchemaUpdate {
  private readonly base: Schema;
  private readonly context: SchemaUpdateContext;
  private readonly tree: SchemaTree;
  private readonly nextId: () => number;
  private highestId: number;
  private incompatible = false;
  private identifiers: readonly number[];

  constructor(base: Schema, context: SchemaUpdateContext) {
    this.base = base;
    this.context = context;
    this.tree = treeOf(base);
    this.identifiers = base.identifierFieldIds;
    this.highestId = Math.max(context.lastColumnId ?? 0, base.highestFieldId);
    const next = idsFrom(this.highestId + 1);
    this.nextId = () => {
      this.highestId = next();
      return this.highestId;
    };
  }

  /** The last id given out: `last-column-id` of the table after the update. */
  get lastColumnId(): number {
    return this.highestId;
  }

  /**
   * Lets what follows break old data: required columns without a default, and requiring optional columns. Reading old
   * files fails then where they have nulls or lack the column (SCH-065).
   */
  allowIncompatibleChanges(): this {
    this.incompatible = true;
    return this;
  }

  /**
   * Adds a column at the end of the schema or of a struct; in a list or map, of its elements' or values' struct
   * (SCH-073). Nested types get new ids whatever they carry.
   */
  addColumn<T extends Type>(path: ColumnPath, type: T, options?: AddColumnOptions<T>): this {
    const { parent, name, text } = this.placeFor(path);
    const refuse = refusal("add", text);
    // What the default may be is for callers' compilers to know.
    const { doc, required = false, default: value }: ColumnWishes = options ?? {};
    const id = this.nextId();
    const fresh = freshType(type, this.nextId);
    const held = this.heldDefault(fresh, value, text, refuse);
    const field: Field = {
      id,
      name,
      required,
      type: fresh,
      ...(doc !== undefined && { doc }),
      ...(held !== null && { initialDefault: held, writeDefault: held }),
    };
    this.attach(parent, field, refuse);
    return this;
  }

  /** Drops a column. Its id never comes back: a later column of the same name does not show its data (SCH-066). */
  deleteColumn(path: ColumnPath): this {
    const node = this.find(path, "delete");
    const refuse = refusal("delete", textOf(path));
    if (node.role !== "field") throw refuse(`it is the ${node.role} of a ${node.parent!.type.kind}`);
    if (isInMapKey(node)) throw refuse("it lies in the key of a map");
    if (node.touched) throw refuse("this update adds or changes it, or adds to it");
    this.refuseIfUsed(node, refuse);
    const siblings = this.siblingsOf(node);
    siblings.splice(siblings.indexOf(node), 1);
    return this;
  }

  /** Gives a column another name, in its place. `newName` is one name; a dot in it is just a character. */
  renameColumn(path: ColumnPath, newName: string): this {
    const node = this.find(path, "rename");
    const refuse = refusal("rename", textOf(path));
    if (node.role !== "field") throw refuse(`it is the ${node.role} of a ${node.parent!.type.kind}`);
    if (isInMapKey(node)) throw refuse("it lies in the key of a map");
    if (newName === "") throw refuse("the new name is empty");
    node.name = newName;
    node.touched = true;
    return this;
  }

  /** Widens the type, or changes the doc or the write default. Defaults keep their value in the new type (SCH-100). */
  updateColumn(path: ColumnPath, changes: ColumnChanges): this {
    const node = this.find(path, "change");
    const refuse = refusal("change", textOf(path));
    if (changes.type !== undefined) this.promote(node, changes.type, refuse);
    if (changes.doc !== undefined) node.doc = changes.doc ?? undefined;
    if (changes.writeDefault !== undefined) {
      if (node.role !== "field")
        throw refuse(`the ${node.role} of a ${node.parent!.type.kind} has no default`);
      const type = typeOfNode(node);
      node.writeDefault = this.heldDefault(type, changes.writeDefault, textOf(path), refuse) ?? undefined;
    }
    node.touched = true;
    return this;
  }

  /** Allows null in a required column. */
  makeColumnOptional(path: ColumnPath): this {
    const node = this.find(path, "make optional");
    if (node.role === "key") throw refusal("make optional", textOf(path))("keys of maps are always required");
    if (isInMapKey(node)) throw refusal("make optional", textOf(path))("it lies in the key of a map");
    if (node.required) node.touched = true;
    node.required = false;
    return this;
  }

  /** Forbids null: only of a column this update added with a default, or after `allowIncompatibleChanges`. */
  requireColumn(path: ColumnPath): this {
    const node = this.find(path, "require");
    if (node.required) return this;
    const refuse = refusal("require", textOf(path));
    const added = node.basePath === undefined && node.initialDefault !== undefined;
    if (!added && !this.incompatible) {
      throw refuse("old data may have nulls in it; allowIncompatibleChanges() first, if you know better");
    }
    if (isInMapKey(node)) throw refuse("it lies in the key of a map");
    if (node.type.kind === "unknown") throw refuse("type unknown holds only null");
    node.required = true;
    node.touched = true;
    return this;
  }

  /** Makes a column the first of its struct or of the schema. */
  moveFirst(path: ColumnPath): this {
    this.move(this.find(path, "move"), undefined, 0);
    return this;
  }

  /** Puts a column before another of the same struct. */
  moveBefore(path: ColumnPath, reference: ColumnPath): this {
    this.move(this.find(path, "move"), this.find(reference, "move next to"), 0);
    return this;
  }

  /** Puts a column after another of the same struct. */
  moveAfter(path: ColumnPath, reference: ColumnPath): this {
    this.move(this.find(path, "move"), this.find(reference, "move next to"), 1);
    return this;
  }

  /** Replaces the identifier fields; they are known by id, so renaming does not lose them (SCH-035). */
  setIdentifierFields(paths: readonly ColumnPath[]): this {
    this.identifiers = [...new Set(paths.map((path) => this.find(path, "identify rows by").id))];
    return this;
  }

  /**
   * Adds what another schema has and this one lacks, by name: missing columns as optional ones, wider types, null where
   * the other allows it, its docs and write defaults. Nothing is dropped or narrowed (SCH-072).
   */
  unionByName(other: Schema): this {
    unionNodes(this.tree.roots, other.fields, {
      add: (parent, field) => {
        const path = parent === undefined ? field.name : `${currentPath(parent)}.${field.name}`;
        const refuse = refusal("add", path);
        if (parent !== undefined && isInMapKey(parent)) throw refuse("it lies in the key of a map");
        const id = this.nextId();
        this.attach(
          parent,
          { ...field, id, required: false, type: freshType(field.type, this.nextId) },
          refuse,
        );
      },
      promote: (node, type) => this.promote(node, type, refusal("change", currentPath(node))),
      canPromote: (from, to) => canPromote(from, to, this.context.formatVersion),
    });
    return this;
  }

  /**
   * The schema with all changes. Its schema id is the base's: the catalog gives it one of its own.
   * @throws IcebergError also `invalid-schema` for an identifier field that cannot be one (SCH-032).
   */
  apply(): Schema {
    for (const id of this.identifiers) this.requireIdentifier(id);
    refuseSharedNames(this.tree.roots);
    const options = { schemaId: this.base.schemaId, identifierFieldIds: this.identifiers };
    const schema = new Schema(fieldsOf(this.tree.roots), options);
    schema.checkIdentifierFields();
    this.refusePartitionNames(schema);
    return schema;
  }

  private find(path: ColumnPath, verb: string): SchemaNode {
    const text = textOf(path);
    const known = this.tree.byBasePath.get(text);
    if (known !== undefined && isAttached(this.tree, known)) return known;
    const now = findCurrent(this.tree.roots, text);
    if (now !== undefined) return now;
    const { schemaId } = this.base;
    throw refusal(
      verb,
      text,
    )(known === undefined ? `schema ${schemaId} has no such column` : "this update deletes it");
  }

  /** Where a new column goes: the parts of its path but the last name the struct. */
  private placeFor(path: ColumnPath): { parent: SchemaNode | undefined; name: string; text: string } {
    const text = textOf(path);
    const refuse = refusal("add", text);
    const dot = text.lastIndexOf(".");
    const parts =
      typeof path === "string" ? (dot < 0 ? [path] : [path.slice(0, dot), path.slice(dot + 1)]) : path;
    const name = parts[parts.length - 1] ?? "";
    if (name === "") throw refuse("its name is empty");
    if (parts.length === 1) return { parent: undefined, name, text };
    const parentText = parts.slice(0, -1).join(".");
    const known = this.tree.byBasePath.get(parentText);
    const column =
      known !== undefined && isAttached(this.tree, known) ? known : findCurrent(this.tree.roots, parentText);
    if (column === undefined) {
      throw refuse(`there is no column ${parentText}; a name that holds a dot is written as ["${text}"]`);
    }
    const parent = structFor(column);
    if (parent === undefined) {
      throw refuse(`${parentText} is of type ${typeToString(typeOfNode(column))}, which takes no fields`);
    }
    if (isInMapKey(parent)) throw refuse("it lies in the key of a map");
    return { parent, name, text };
  }

  private attach(parent: SchemaNode | undefined, field: Field, refuse: Refusal): void {
    if (field.required && !this.incompatible) {
      if (field.type.kind !== "unknown" && field.initialDefault === undefined) {
        throw refuse(
          "it is required and has no default, so old rows would lack it; make it optional, give it a default " +
            "(format version 3) or allowIncompatibleChanges() first",
        );
      }
    }
    if (field.required && field.type.kind === "unknown") throw refuse("type unknown holds only null");
    const node = nodeOf(field, parent, "field", () => undefined);
    node.touched = true;
    for (let above = parent; above !== undefined; above = above.parent) above.touched = true;
    (parent?.children ?? this.tree.roots).push(node);
  }

  private promote(node: SchemaNode, type: Type, refuse: Refusal): void {
    const from = typeOfNode(node);
    if (typesEqual(from, type)) return;
    const { formatVersion } = this.context;
    const change = `from ${typeToString(from)} to ${typeToString(type)}`;
    if (!canPromote(from, type, formatVersion)) {
      const later = canPromote(from, type, 3);
      throw refuse(later ? `${change} needs format version 3` : `no promotion leads ${change}`);
    }
    if (isInMapKey(node) && isNested(type)) throw refuse("it lies in the key of a map");
    const use = this.context.uses?.find(
      ({ fieldId, changesWith }) => fieldId === node.id && changesWith?.(from, type),
    );
    if (use !== undefined) throw refuse(`${change} would change the values of ${use.user}`);
    node.type = freshType(type, this.nextId);
    node.children = nodesOf(childFields(node.type), node, () => undefined);
    node.touched = true;
    node.initialDefault = promotedDefault(from, type, node.initialDefault, refuse);
    node.writeDefault = promotedDefault(from, type, node.writeDefault, refuse);
  }

  private heldDefault(type: Type, input: unknown, path: string, refuse: Refusal): Value | null {
    if (input === undefined || input === null) return null;
    if (this.context.formatVersion < 3) {
      throw refuse(`default values need format version 3, the table has ${this.context.formatVersion}`);
    }
    const held = this.coerced(type, input, path, refuse);
    const fault = held === null ? undefined : defaultFault(type, held);
    if (fault !== undefined) throw refuse(fault);
    return held;
  }

  private coerced(type: Type, input: unknown, path: string, refuse: Refusal): Value | null {
    const { coerceDefault } = this.context;
    // A struct's default is empty, whatever its fields require of rows.
    if (coerceDefault === undefined || type.kind === "struct") return input as Value;
    try {
      return coerceDefault(type, input, path);
    } catch (cause) {
      throw refuse(`its default does not fit: ${(cause as Error).message}`);
    }
  }

  private move(node: SchemaNode, reference: SchemaNode | undefined, offset: 0 | 1): void {
    const path = currentPath(node);
    const refuse = refusal("move", path);
    if (node.role !== "field") throw refuse(`it is the ${node.role} of a ${node.parent!.type.kind}`);
    if (isInMapKey(node)) throw refuse("it lies in the key of a map");
    if (reference === node) throw refuse("it cannot stand next to itself");
    if (reference !== undefined && reference.parent !== node.parent) {
      throw refuse(`${currentPath(reference)} is not in the same struct`);
    }
    const siblings = this.siblingsOf(node);
    siblings.splice(siblings.indexOf(node), 1);
    siblings.splice(reference === undefined ? 0 : siblings.indexOf(reference) + offset, 0, node);
  }

  private siblingsOf(node: SchemaNode): SchemaNode[] {
    return node.parent?.children ?? this.tree.roots;
  }

  /** SCH-069: what new data is partitioned or sorted by has to stay. */
  private refuseIfUsed(node: SchemaNode, refuse: Refusal): void {
    const use = this.context.uses?.find(({ fieldId, current }) => current && fieldId === node.id);
    if (use !== undefined) throw refuse(`${use.user} is derived from it; change that first`);
    for (const child of node.children) this.refuseIfUsed(child, refuse);
  }

  /** SCH-034. */
  private requireIdentifier(id: number): void {
    const path = this.base.pathOf(id);
    const node = path === undefined ? undefined : this.tree.byBasePath.get(path);
    if (node === undefined || isAttached(this.tree, node)) return;
    throw refusal(
      "delete",
      path!,
    )("it is an identifier field; setIdentifierFields() without it in the same update");
  }

  /** As Java has it when it loads a table: the name is free once the field's own source is gone. */
  private refusePartitionNames(schema: Schema): void {
    for (const { field, path } of schema.places()) {
      if (this.base.pathOf(field.id) === path) continue;
      const use = this.context.uses?.find(
        ({ partitionName, fieldId }) =>
          partitionName === path && fieldId !== field.id && schema.findField(fieldId) !== undefined,
      );
      if (use === undefined) continue;
      throw refusal("name", path)(`${use.user} has that name, and other engines could not load the table`);
    }
  }
}

interface ColumnWishes {
  readonly doc?: string;
  readonly required?: boolean;
  readonly default?: unknown;
}

type Refusal = (why: string) => ValidationError;

function refusal(verb: string, path: string): Refusal {
  return (why) => new ValidationError(`Cannot ${verb} column ${path}: ${why}`, { context: { column: path } });
}

function textOf(path: ColumnPath): string {
  return typeof path === "string" ? path : path.join(".");
}

/** SCH-100: the same value in the new type. */
function promotedDefault(from: Type, to: Type, value: Value | undefined, refuse: Refusal): Value | undefined {
  if (value === undefined) return undefined;
  try {
    return promoteValue(from, to, value);
  } catch (cause) {
    throw refuse(`its default cannot follow: ${(cause as Error).message}`);
  }
}

/** Two fields of one struct cannot share a name; the error names the one the update added or renamed. */
function refuseSharedNames(nodes: readonly SchemaNode[]): void {
  const byName = new Map<string, SchemaNode>();
  for (const node of nodes) {
    const other = byName.get(node.name);
    byName.set(node.name, node);
    refuseSharedNames(node.children);
    if (other === undefined) continue;
    const culprit = [node, other].find((candidate) => candidate.basePath !== currentPath(candidate)) ?? node;
    const path = currentPath(culprit);
    const { basePath } = culprit;
    throw basePath === undefined
      ? refusal("add", path)("there is a column of that name")
      : refusal("rename", basePath)(`there is another column named ${path}`);
  }
}
