/**
 * Nested values taken apart into leaf columns with levels. Spec: Parquet format, Nested Encoding (PAR-012, PAR-018).
 * @module
 */
import { IcebergError } from "../base/index.ts";
import type { Field, MapValue, Type, Value } from "../schema/index.ts";
import type { Levels } from "./column-writer.ts";
import { repeatedKey } from "./map-keys.ts";
import type { ParquetNode } from "./tree.ts";

/** The entries of one leaf; an entry below the highest definition level is null in `values`. */
export class ShreddedLeaf implements Levels {
  readonly values: (Value | null)[] = [];
  definition = new Uint8Array(1024);
  repetition = new Uint8Array(1024);

  push(value: Value | null, definition: number, repetition: number): void {
    const at = this.values.length;
    if (at === this.definition.length) {
      const [definitions, repetitions] = [this.definition, this.repetition];
      this.definition = new Uint8Array(2 * at);
      this.repetition = new Uint8Array(2 * at);
      this.definition.set(definitions);
      this.repetition.set(repetitions);
    }
    this.values.push(value);
    this.definition[at] = definition;
    this.repetition[at] = repetition;
  }

  clear(): void {
    this.values.length = 0;
  }
}

/** Takes one column's values apart. */
export interface Shredder {
  /** The leaves below the column, by their index among the file's leaves. */
  readonly leaves: ReadonlyMap<number, ShreddedLeaf>;
  /** Adds the value of a row. Throws `invalid-row` naming column and row. */
  add(value: unknown, row: number): void;
}

/** Handles the value of one field whose ancestors are present up to `definition`. */
type Step = (value: unknown, definition: number, repetition: number) => void;

interface Part {
  readonly step: Step;
  /** The leaves below, which get a null when an ancestor is absent. */
  readonly leaves: readonly ShreddedLeaf[];
}

/** The shredder of a nested column. */
export function shredderOf(field: Field, node: ParquetNode): Shredder {
  const place = { row: 0 };
  const leaves = new Map<number, ShreddedLeaf>();
  const part = partOf(field, node, leaves, place);
  return {
    leaves,
    add(value, row) {
      place.row = row;
      part.step(value, 0, 0);
    },
  };
}

interface Place {
  row: number;
}

function partOf(field: Field, node: ParquetNode, all: Map<number, ShreddedLeaf>, place: Place): Part {
  const content = contentOf(field.type, node, all, place);
  const { leaves } = content;
  const column = node.path.join(".");
  const step: Step = (value, definition, repetition) => {
    if (value !== null && value !== undefined) {
      content.step(value, node.maxDefinition, repetition);
    } else if (field.required) {
      throw new IcebergError(
        "invalid-row",
        `Cannot write row ${place.row}: required field ${column} is null`,
        { context: { column, row: place.row } },
      );
    } else {
      absent(leaves, definition, repetition);
    }
  };
  return { step, leaves };
}

/** Handles values that are present; `definition` counts the field itself. */
function contentOf(type: Type, node: ParquetNode, all: Map<number, ShreddedLeaf>, place: Place): Part {
  switch (type.kind) {
    case "struct":
      return structPart(type.fields, node, all, place);
    case "variant":
      return structPart(VARIANT_FIELDS, node, all, place);
    case "list": {
      const middle = node.children[0]!;
      const field = {
        id: type.elementId,
        name: "element",
        required: type.elementRequired,
        type: type.element,
      };
      const element = partOf(field, middle.children[0]!, all, place);
      return repeatedPart(node, element.leaves, place, (item, repetition) => {
        element.step(item, middle.maxDefinition, repetition);
      });
    }
    case "map": {
      const middle = node.children[0]!;
      const [keyNode, valueNode] = middle.children as [ParquetNode, ParquetNode];
      const keyField = { id: type.keyId, name: "key", required: true, type: type.key };
      const valueField = { id: type.valueId, name: "value", required: type.valueRequired, type: type.value };
      const key = partOf(keyField, keyNode, all, place);
      const value = partOf(valueField, valueNode, all, place);
      const entries = repeatedPart(node, [...key.leaves, ...value.leaves], place, (item, repetition) => {
        if (!Array.isArray(item)) throw misshapen(node, place, "a map holds [key, value] pairs");
        key.step(item[0], middle.maxDefinition, repetition);
        value.step(item[1], middle.maxDefinition, repetition);
      });
      return {
        leaves: entries.leaves,
        step(map, definition, repetition) {
          entries.step(map, definition, repetition);
          if (repeatedKey(map as MapValue) >= 0) throw misshapen(node, place, "a map holds each key once");
        },
      };
    }
    default: {
      const leaf = new ShreddedLeaf();
      all.set(node.leafIndex, leaf);
      const step: Step = (value, definition, repetition) => leaf.push(value as Value, definition, repetition);
      return { step, leaves: [leaf] };
    }
  }
}

/** A variant is held as its two encoded parts. */
const VARIANT_FIELDS: readonly Field[] = ["metadata", "value"].map((name, id) => ({
  id,
  name,
  required: true,
  type: { kind: "binary" },
}));

function structPart(
  fields: readonly Field[],
  node: ParquetNode,
  all: Map<number, ShreddedLeaf>,
  place: Place,
): Part {
  const stored = fields.filter((field) => field.type.kind !== "unknown");
  const parts = stored.map((field, i) => partOf(field, node.children[i]!, all, place));
  const names = stored.map((field) => field.name);
  const step: Step = (value, definition, repetition) => {
    if (typeof value !== "object") throw misshapen(node, place, "a struct is an object keyed by field name");
    const struct = value as Readonly<Record<string, unknown>>;
    for (let i = 0; i < parts.length; i++) parts[i]!.step(struct[names[i]!], definition, repetition);
  };
  return { step, leaves: parts.flatMap((part) => part.leaves) };
}

function repeatedPart(
  node: ParquetNode,
  leaves: readonly ShreddedLeaf[],
  place: Place,
  item: (item: unknown, repetition: number) => void,
): Part {
  const within = node.maxRepetition + 1;
  const step: Step = (value, definition, repetition) => {
    if (!Array.isArray(value)) throw misshapen(node, place, "a list or map is an array");
    if (value.length === 0) absent(leaves, definition, repetition);
    for (let i = 0; i < value.length; i++) item(value[i], i === 0 ? repetition : within);
  };
  return { step, leaves };
}

function absent(leaves: readonly ShreddedLeaf[], definition: number, repetition: number): void {
  for (const leaf of leaves) leaf.push(null, definition, repetition);
}

function misshapen(node: ParquetNode, place: Place, what: string): IcebergError {
  const column = node.path.join(".");
  return new IcebergError("invalid-row", `Cannot write row ${place.row}: column ${column}: ${what}`, {
    context: { column, row: place.row },
  });
}
