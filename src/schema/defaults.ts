/** Default values of columns: which are allowed, and what they stand for. Spec: Default Values; SCH-037 to SCH-043. @module */
import { IcebergError } from "../base/index.ts";
import { typeToString } from "./type-text.ts";
import type { Field, Type, TypeKind } from "./types.ts";
import type { Value } from "./values.ts";

/** Types that default to null only (SCH-040). */
export const NULL_DEFAULT_ONLY: ReadonlySet<TypeKind> = new Set([
  "unknown",
  "variant",
  "geometry",
  "geography",
] satisfies TypeKind[]);

/**
 * Why a non-null default cannot stand for a column of a type; `undefined` when it can. A struct's default is the empty
 * object, its fields have defaults of their own (SCH-041).
 */
export function defaultFault(type: Type, value: Value): string | undefined {
  if (NULL_DEFAULT_ONLY.has(type.kind)) return `type ${type.kind} defaults to null only`;
  if (type.kind !== "struct") return undefined;
  if (typeof value !== "object" || Object.keys(value).length > 0)
    return "the default of a struct is {}: its fields have defaults of their own";
  const bare = type.fields.find((field) => field.required && initialValueOrMissing(field) === MISSING);
  return bare === undefined ? undefined : `its required field ${bare.name} has no default`;
}

/**
 * What rows of files without a column have in it: its initial default, with the defaults of its fields where it is a
 * struct (SCH-043); null when there is none.
 * @throws IcebergError `corrupt-file` naming the column when it is required and has no default (SCH-076).
 */
export function initialValue(field: Field): Value | null {
  const value = initialValueOrMissing(field);
  if (value !== MISSING) return value;
  throw new IcebergError(
    "corrupt-file",
    `Cannot read column ${field.name} (id ${field.id}) of type ${typeToString(field.type)}: ` +
      "the file lacks it, it is required and has no default",
    { context: { column: field.name, id: field.id } },
  );
}

/** In place of a value: the field is required and nothing gives it one. */
export const MISSING: unique symbol = Symbol("missing");

/** {@link initialValue} that answers {@link MISSING} instead of throwing. */
export function initialValueOrMissing(field: Field): Value | null | typeof MISSING {
  const { type, initialDefault, required } = field;
  if (initialDefault === undefined || initialDefault === null) return required ? MISSING : null;
  if (type.kind !== "struct") return initialDefault;
  const members: [string, Value | null][] = [];
  for (const child of type.fields) {
    const value = initialValueOrMissing(child);
    if (value === MISSING) return MISSING;
    members.push([child.name, value]);
  }
  return Object.fromEntries(members);
}
