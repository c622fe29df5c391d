/**
 * How each field a read asks for is obtained from a file that was written with another schema: by id, at every level.
 * Spec: Column Projection; requirements SCH-042, SCH-043, SCH-074 to SCH-078.
 * @module
 */
import { IcebergError } from "../base/index.ts";
import { initialValueOrMissing, MISSING } from "./defaults.ts";
import { typesEqual } from "./equality.ts";
import { canPromote, promoter } from "./promotion.ts";
import { childFields } from "./schema.ts";
import { typeToString } from "./type-text.ts";
import { type Field, isNested, type Type } from "./types.ts";
import type { ListValue, MapValue, StructValue, Value } from "./values.ts";

/** Where the values of one requested field come from. `path` is the full name, for messages. */
export type FieldPlan = { readonly field: Field; readonly path: string } & FieldSource;

export type FieldSource =
  /** A column of the file, its values turned into the requested type by `promote`. */
  | {
      readonly kind: "column";
      readonly source: Field;
      readonly promote: (value: Value) => Value;
    }
  /** A struct, list or map of the file; `parts` are the plans of its fields, its element, or its key and value. */
  | {
      readonly kind: "nested";
      readonly source: Field;
      readonly parts: readonly FieldPlan[];
    }
  /** One value for all rows: the file lacks the field. */
  | {
      readonly kind: "constant";
      readonly value: Value | null;
      readonly reason: "partition" | "default" | "null";
    }
  /** The file lacks the field, which is required and has no default: an error for every row that needs it (SCH-076). */
  | { readonly kind: "missing" };

export interface ProjectionOptions {
  /**
   * The value of an identity partition field by the id of its source: `null` when the tuple says null, `undefined` when
   * the file's spec has no such field. It stands for columns the file lacks (SCH-075).
   */
  readonly partitionValue?: (fieldId: number) => Value | null | undefined;
}

/**
 * The plans of requested fields over the fields of a file, in the order requested. Names do not count: a file without
 * ids gets them from a name mapping first.
 * @throws IcebergError `corrupt-file` when the file holds a field in a type that cannot become the requested one.
 */
export function projectFields(
  requested: readonly Field[],
  file: readonly Field[],
  options: ProjectionOptions = {},
): readonly FieldPlan[] {
  return projectLevel(requested, file, options, "");
}

/**
 * The function that applies a plan: from a held value of the file to one of the table. It is not called for fields
 * below a null.
 * @throws IcebergError `corrupt-file` from the function: a required field is null or missing.
 */
export function projector(plan: FieldPlan): (value: Value | null | undefined) => Value | null {
  switch (plan.kind) {
    case "constant": {
      const { value } = plan;
      return () => value;
    }
    case "missing":
      return () => absent(plan);
    case "column": {
      const { promote } = plan;
      return (value) => (value === null || value === undefined ? nullOf(plan) : promote(value));
    }
    case "nested": {
      const content = nestedProjector(plan.source.type, plan.parts);
      return (value) => (value === null || value === undefined ? nullOf(plan) : content(value));
    }
  }
}

function projectLevel(
  requested: readonly Field[],
  file: readonly Field[],
  options: ProjectionOptions,
  parent: string,
): readonly FieldPlan[] {
  const byId = new Map(file.map((field) => [field.id, field]));
  return requested.map((field) => {
    // Nothing in a file can be of type unknown (SCH-006).
    const source = field.type.kind === "unknown" ? undefined : byId.get(field.id);
    const path = parent === "" ? field.name : `${parent}.${field.name}`;
    const found =
      source === undefined || source.type.kind === "unknown"
        ? absentSource(field, options)
        : presentSource(field, source, options, path);
    return { field, path, ...found };
  });
}

function presentSource(field: Field, source: Field, options: ProjectionOptions, path: string): FieldSource {
  const { type } = field;
  if (type.kind === source.type.kind && isNested(type)) {
    // The parts of lists and maps belong together by position, like their ids.
    const parts = projectLevel(childFields(type), childFields(source.type), options, path);
    return { kind: "nested", source, parts };
  }
  if (!typesEqual(type, source.type) && !canPromote(source.type, type, 3)) {
    throw new IcebergError(
      "corrupt-file",
      `Cannot read column ${path} (id ${field.id}) as ${typeToString(type)}: the file holds ${typeToString(source.type)}`,
      { context: { column: path, id: field.id } },
    );
  }
  return { kind: "column", source, promote: promoter(source.type, type) };
}

function absentSource(field: Field, { partitionValue }: ProjectionOptions): FieldSource {
  const fromPartition = partitionValue?.(field.id);
  if (fromPartition !== undefined && !(fromPartition === null && field.required)) {
    return { kind: "constant", value: fromPartition, reason: "partition" };
  }
  const value = fromPartition === null ? MISSING : initialValueOrMissing(field);
  if (value === MISSING) return { kind: "missing" };
  return { kind: "constant", value, reason: value === null ? "null" : "default" };
}

function nestedProjector(type: Type, parts: readonly FieldPlan[]): (value: Value) => Value {
  const applied = parts.map(projector);
  switch (type.kind) {
    case "struct": {
      const members = parts.map((plan, at) => {
        const name = plan.kind === "column" || plan.kind === "nested" ? plan.source.name : undefined;
        return { to: plan.field.name, from: name, apply: applied[at]! };
      });
      return (value) =>
        // Object.fromEntries defines own members whatever their name, `__proto__` included (SCH-029).
        Object.fromEntries(
          members.map(({ to, from, apply }) => [
            to,
            apply(from === undefined ? undefined : ownMember(value as StructValue, from)),
          ]),
        );
    }
    case "list": {
      const [element] = applied;
      return (value) => (value as ListValue).map((item) => element!(item));
    }
    default: {
      const [key, item] = applied;
      return (value) =>
        (value as MapValue).map(([k, v]): readonly [Value, Value | null] => [key!(k) as Value, item!(v)]);
    }
  }
}

function ownMember(struct: StructValue, name: string): Value | null | undefined {
  return Object.hasOwn(struct, name) ? struct[name] : undefined;
}

function nullOf({ field, path }: FieldPlan): null {
  if (!field.required) return null;
  throw new IcebergError(
    "corrupt-file",
    `Cannot read column ${path} (id ${field.id}): the table requires a value and the file has null`,
    { context: { column: path, id: field.id } },
  );
}

function absent({ field, path }: FieldPlan): never {
  throw new IcebergError(
    "corrupt-file",
    `Cannot read column ${path} (id ${field.id}): the file lacks it, it is required and has no default`,
    { context: { column: path, id: field.id } },
  );
}
