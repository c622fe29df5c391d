/** Changes to schemas and specs as data, and what they are to `SchemaUpdate` and `SpecUpdate`. Spec: Schema Evolution. @module */
import fc from "fast-check";
import { type PartitionSpec, partitionTerm, type SpecUpdate, type Transform } from "../partitioning/index.ts";
import {
  decimalType,
  isPrimitive,
  type Schema,
  type SchemaUpdate,
  simpleType,
  type Type,
} from "../schema/index.ts";
import { arbitraryTransform } from "./partitioning.ts";
import { arbitraryColumnName, arbitraryComparableType, arbitraryType } from "./types.ts";

/** A number in [0, 1) that picks among what there is when it is used: lists stay meaningful while they shrink. */
export type Pick = number;

/** A change that is not yet about any schema in particular. */
export interface SchemaCommand {
  readonly kind:
    | "add"
    | "add-nested"
    | "delete"
    | "rename"
    | "move-first"
    | "move-after"
    | "make-optional"
    | "promote"
    | "doc";
  readonly column: Pick;
  readonly other: Pick;
  readonly name: string;
  readonly type: Type;
}

/** A change to the columns of one schema; columns are named by the parts of their paths. */
export type SchemaChange =
  | { readonly kind: "add"; readonly path: readonly string[]; readonly type: Type }
  | { readonly kind: "delete"; readonly path: readonly string[] }
  | { readonly kind: "rename"; readonly path: readonly string[]; readonly newName: string }
  | { readonly kind: "move-first"; readonly path: readonly string[] }
  | { readonly kind: "move-after"; readonly path: readonly string[]; readonly reference: readonly string[] }
  | { readonly kind: "make-optional"; readonly path: readonly string[] }
  | { readonly kind: "promote"; readonly path: readonly string[]; readonly type: Type }
  | { readonly kind: "doc"; readonly path: readonly string[]; readonly doc: string };

/** A change to a partition spec. */
export type SpecChange =
  | { readonly kind: "add"; readonly column: string; readonly transform: Transform }
  | { readonly kind: "remove"; readonly field: string }
  | { readonly kind: "rename"; readonly field: string; readonly newName: string };

/** Updates of a table, each a list of commands that take effect together. */
export function arbitrarySchemaCommands(
  options: { readonly formatVersion?: 1 | 2 | 3; readonly maxUpdates?: number } = {},
): fc.Arbitrary<readonly (readonly SchemaCommand[])[]> {
  const command = fc.record<SchemaCommand>({
    kind: fc.constantFrom(
      "add",
      "add-nested",
      "delete",
      "rename",
      "move-first",
      "move-after",
      "make-optional",
      "promote",
      "doc",
    ),
    column: arbitraryPick(),
    other: arbitraryPick(),
    name: fc.oneof(fc.constantFrom("a", "b", "c", "x.y", "__proto__"), arbitraryColumnName()),
    type: fc.oneof(arbitraryComparableType(options), arbitraryType({ ...options, maxDepth: 1 })),
  });
  return fc.array(fc.array(command, { maxLength: 4 }), { maxLength: options.maxUpdates ?? 6 });
}

/** What a command is to a schema; `undefined` where there is nothing it could be about. */
export function schemaChangeOf(schema: Schema, command: SchemaCommand): SchemaChange | undefined {
  const places = [...schema.places()];
  const place = picked(places, command.column);
  const path = place?.names;
  if (command.kind === "add") return { kind: "add", path: [command.name], type: command.type };
  if (place === undefined || path === undefined) return undefined;
  switch (command.kind) {
    case "add-nested":
      return { kind: "add", path: [...path, command.name], type: command.type };
    case "rename":
      return { kind: "rename", path, newName: command.name };
    case "move-after":
      return { kind: "move-after", path, reference: picked(places, command.other)!.names };
    case "promote":
      return { kind: "promote", path, type: widerType(place.field.type) };
    case "doc":
      return { kind: "doc", path, doc: command.name };
    default:
      return { kind: command.kind, path };
  }
}

/** Hands a change to `SchemaUpdate`, which throws `validation-failed` for what the format forbids. */
export function applySchemaChange(update: SchemaUpdate, change: SchemaChange): SchemaUpdate {
  switch (change.kind) {
    case "add":
      return update.addColumn(change.path, change.type);
    case "delete":
      return update.deleteColumn(change.path);
    case "rename":
      return update.renameColumn(change.path, change.newName);
    case "move-first":
      return update.moveFirst(change.path);
    case "move-after":
      return update.moveAfter(change.path, change.reference);
    case "make-optional":
      return update.makeColumnOptional(change.path);
    case "promote":
      return update.updateColumn(change.path, { type: change.type });
    case "doc":
      return update.updateColumn(change.path, { doc: change.doc });
  }
}

/** A change to a spec that is not yet about any spec in particular. */
export interface SpecCommand {
  readonly kind: "add" | "remove" | "rename";
  readonly pick: Pick;
  readonly name: string;
  readonly transform: Transform;
}

/** Updates of a table's spec, each a list of commands that take effect together. */
export function arbitrarySpecCommands(): fc.Arbitrary<readonly (readonly SpecCommand[])[]> {
  const command = fc.record<SpecCommand>({
    kind: fc.constantFrom("add", "add", "remove", "rename"),
    pick: arbitraryPick(),
    name: fc.constantFrom("p", "q", "r"),
    transform: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom<Transform>({ kind: "identity" }, { kind: "bucket", numBuckets: 4 }),
      },
      { weight: 1, arbitrary: arbitraryTransform() },
    ),
  });
  return fc.array(fc.array(command, { minLength: 1, maxLength: 3 }), { maxLength: 6 });
}

/** What a command is to a spec; `undefined` where there is nothing it could be about. */
export function specChangeOf(
  schema: Schema,
  spec: PartitionSpec,
  command: SpecCommand,
): SpecChange | undefined {
  const columns = [...schema.places()].filter(
    ({ field, throughStructs }) => throughStructs && isPrimitive(field.type),
  );
  if (command.kind === "add") {
    const place = picked(columns, command.pick);
    return place && { kind: "add", column: place.path, transform: command.transform };
  }
  const field = picked(spec.fields, command.pick)?.name;
  if (field === undefined) return undefined;
  return command.kind === "remove"
    ? { kind: "remove", field }
    : { kind: "rename", field, newName: command.name };
}

/** Hands a change to `SpecUpdate`, which throws `validation-failed` for what the format forbids. */
export function applySpecChange(update: SpecUpdate, change: SpecChange): SpecUpdate {
  switch (change.kind) {
    case "add":
      return update.addField(partitionTerm(change.transform, change.column));
    case "remove":
      return update.removeField(change.field);
    case "rename":
      return update.renameField(change.field, change.newName);
  }
}

/** A type that a column of this type may be promoted to; the type itself where there is none. */
export function widerType(type: Type): Type {
  switch (type.kind) {
    case "int":
      return simpleType("long");
    case "float":
      return simpleType("double");
    case "date":
      return simpleType("timestamp");
    case "decimal":
      return decimalType(38, type.scale);
    default:
      return type;
  }
}

function arbitraryPick(): fc.Arbitrary<Pick> {
  return fc.integer({ min: 0, max: 999 }).map((n) => n / 1000);
}

function picked<T>(items: readonly T[], at: Pick): T | undefined {
  return items[Math.floor(at * items.length)];
}
