/** A table schema: columns with ids, and the look-ups everything else is built on. Spec: Schemas. @module */
import { IcebergError } from "../base/index.ts";
import { type Field, isNested, isPrimitive, type StructType, type Type } from "./types.ts";

/** Ids above this belong to metadata columns (SCH-017). */
export const MAX_FIELD_ID = 2147483447;

export interface SchemaOptions {
  /** Id among the table's schemas. Default 0. */
  readonly schemaId?: number;
  /** Ids of the fields that identify a row (SCH-032). Default none. */
  readonly identifierFieldIds?: readonly number[];
}

/** What a schema knows of one field wherever it is nested. */
export interface FieldPlace {
  readonly field: Field;
  /** Full name: path parts joined by `.`; list elements are `element`, map parts `key` and `value` (SCH-021). */
  readonly path: string;
  /** Whether every step from the root is a struct, as partition and sort sources demand (PRT-024). */
  readonly throughStructs: boolean;
  /** Whether the field and all its ancestors are required. */
  readonly alwaysPresent: boolean;
  /** Field names from the root, when `throughStructs`. */
  readonly names: readonly string[];
}

/**
 * An immutable schema.
 * @throws IcebergError `invalid-schema` when two fields share an id or a full name.
 */
export class Schema {
  readonly schemaId: number;
  readonly fields: readonly Field[];
  readonly identifierFieldIds: readonly number[];
  private readonly byId = new Map<number, FieldPlace>();
  private readonly idByPath = new Map<string, number>();

  constructor(fields: readonly Field[], options: SchemaOptions = {}) {
    this.schemaId = options.schemaId ?? 0;
    this.fields = Object.freeze([...fields]);
    this.identifierFieldIds = Object.freeze([...(options.identifierFieldIds ?? [])]);
    this.index(fields, [], true, true, true);
  }

  /** The columns as one struct type. */
  asStruct(): StructType {
    return { kind: "struct", fields: this.fields };
  }

  /** The field of an id, nested ones included; `undefined` when there is none. */
  findField(id: number): Field | undefined {
    return this.byId.get(id)?.field;
  }

  /** Where the field of an id stands. */
  place(id: number): FieldPlace | undefined {
    return this.byId.get(id);
  }

  /** The id of a full name, case-sensitively; `undefined` when there is none. */
  idOf(path: string): number | undefined {
    return this.idByPath.get(path);
  }

  /** The full name of an id. */
  pathOf(id: number): string | undefined {
    return this.byId.get(id)?.path;
  }

  /** Every field with an id, parents before children. */
  places(): IterableIterator<FieldPlace> {
    return this.byId.values();
  }

  /** The largest field id, 0 for an empty schema. */
  get highestFieldId(): number {
    let highest = 0;
    for (const id of this.byId.keys()) if (id > highest) highest = id;
    return highest;
  }

  /**
   * Checks the identifier fields: existing, primitive, required, not floating, under required structs only (SCH-032).
   * @throws IcebergError `invalid-schema` naming the field and the rule.
   */
  checkIdentifierFields(): void {
    for (const id of this.identifierFieldIds) {
      const place = this.byId.get(id);
      const refuse = (why: string) =>
        new IcebergError(
          "invalid-schema",
          `Cannot identify rows by ${place?.path ?? `field ${id}`}: it ${why}`,
          { context: { id } },
        );
      if (place === undefined) throw refuse("does not exist");
      const { kind } = place.field.type;
      if (!isPrimitive(place.field.type)) throw refuse(`is of type ${kind}, not primitive`);
      if (kind === "float" || kind === "double") throw refuse(`is of floating type ${kind}`);
      if (!place.throughStructs) throw refuse("lies inside a list or map");
      if (!place.alwaysPresent)
        throw refuse(place.field.required ? "lies in an optional struct" : "is optional");
    }
  }

  /** The same columns under another schema id. */
  withId(schemaId: number): Schema {
    return new Schema(this.fields, { schemaId, identifierFieldIds: this.identifierFieldIds });
  }

  private index(
    fields: readonly Field[],
    parents: readonly string[],
    throughStructs: boolean,
    present: boolean,
    named: boolean,
  ): void {
    for (const field of fields) {
      const names = [...parents, field.name];
      const path = names.join(".");
      if (this.byId.has(field.id)) {
        throw new IcebergError(
          "invalid-schema",
          `Schema has id ${field.id} twice: ${this.byId.get(field.id)!.path} and ${path}`,
          { context: { id: field.id } },
        );
      }
      if (this.idByPath.has(path)) {
        throw new IcebergError("invalid-schema", `Schema has two fields named ${path}`, {
          context: { path },
        });
      }
      const alwaysPresent = present && field.required;
      this.byId.set(field.id, { field, path, throughStructs: throughStructs && named, alwaysPresent, names });
      this.idByPath.set(path, field.id);
      this.indexChildren(field.type, names, throughStructs, alwaysPresent);
    }
  }

  private indexChildren(type: Type, names: readonly string[], throughStructs: boolean, present: boolean) {
    if (!isNested(type)) return;
    if (type.kind === "struct") return this.index(type.fields, names, throughStructs, present, true);
    return this.index(childFields(type), names, false, false, false);
  }
}

/** The children of a nested type as fields: a struct's own, a list's `element`, a map's `key` and `value`. */
export function childFields(type: Type): readonly Field[] {
  switch (type.kind) {
    case "struct":
      return type.fields;
    case "list":
      return [{ id: type.elementId, name: "element", required: type.elementRequired, type: type.element }];
    case "map":
      return [
        { id: type.keyId, name: "key", required: true, type: type.key },
        { id: type.valueId, name: "value", required: type.valueRequired, type: type.value },
      ];
    default:
      return [];
  }
}
