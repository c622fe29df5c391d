/** Rows checked whole: every fault with its path, where writing stops at the first. Spec: decision 2. @module */
import { isIcebergError } from "../base/index.ts";
import type { Field, Schema, StructType, Type, Value } from "../schema/index.ts";
import { coerceInput, rowValueOf } from "../values/index.ts";
import type { StandardIssue, StandardResult } from "./standard.ts";

/** Checks one row of a schema: the row as scans would hand it out, or all that is wrong with it. */
export function validateRow(schema: Schema, input: unknown): StandardResult<Record<string, unknown>> {
  const issues: StandardIssue[] = [];
  const struct = schema.asStruct();
  const held = heldStruct(struct, input, [], issues);
  if (issues.length > 0) return { issues };
  return { value: rowValueOf(struct)(held as Value) as unknown as Record<string, unknown> };
}

type Path = readonly PropertyKey[];

/** The held value of an input, null where it has faults, which are added to `issues`. */
function heldValue(type: Type, input: unknown, path: Path, issues: StandardIssue[]): Value | null {
  if (input === null || input === undefined) return null;
  switch (type.kind) {
    case "struct":
      return heldStruct(type, input, path, issues);
    case "list":
      if (!Array.isArray(input)) return leaf(type, input, path, issues);
      return input.map((item: unknown, at) =>
        member(type.element, type.elementRequired, item, [...path, at], issues),
      );
    case "map": {
      const pairs = pairsOf(type.key.kind === "string", input);
      if (pairs === undefined) return leaf(type, input, path, issues);
      return pairs.map(([key, value], at): [Value, Value | null] => {
        const place = typeof key === "string" || typeof key === "number" ? key : at;
        const heldKey = member(type.key, true, key, [...path, place], issues);
        return [heldKey as Value, member(type.value, type.valueRequired, value, [...path, place], issues)];
      });
    }
    default:
      return leaf(type, input, path, issues);
  }
}

function heldStruct(type: StructType, input: unknown, path: Path, issues: StandardIssue[]): Value | null {
  const isObject =
    typeof input === "object" && input !== null && !Array.isArray(input) && !(input instanceof Uint8Array);
  if (!isObject) {
    issues.push({ message: "Expected an object with a member for each column", path });
    return null;
  }
  const row = input as Readonly<Record<string, unknown>>;
  const names = new Set(type.fields.map(({ name }) => name));
  for (const key of Object.keys(row)) {
    if (!names.has(key)) {
      const message = `There is no such column; the columns are ${[...names].join(", ")}`;
      issues.push({ message, path: [...path, key] });
    }
  }
  return Object.fromEntries(
    type.fields.map((field) => {
      const given = Object.hasOwn(row, field.name) ? row[field.name] : undefined;
      return [field.name, heldField(field, given, [...path, field.name], issues)];
    }),
  );
}

function heldField(field: Field, given: unknown, path: Path, issues: StandardIssue[]): Value | null {
  if (given !== undefined || field.writeDefault === undefined) {
    return member(field.type, field.required, given, path, issues);
  }
  // The default of a struct is empty: its fields have defaults of their own (SCH-041).
  return field.type.kind === "struct" ? heldStruct(field.type, {}, path, issues) : field.writeDefault;
}

function member(
  type: Type,
  required: boolean,
  input: unknown,
  path: Path,
  issues: StandardIssue[],
): Value | null {
  if (required && (input === null || input === undefined)) {
    issues.push({ message: `Required, but ${input === null ? "null" : "missing"}`, path });
    return null;
  }
  return heldValue(type, input, path, issues);
}

/** The coercion of writing, whose refusals become issues. */
function leaf(type: Type, input: unknown, path: Path, issues: StandardIssue[]): Value | null {
  try {
    return coerceInput(type, input, path.map(String).join("."));
  } catch (error) {
    if (!isIcebergError(error, "invalid-row")) throw error;
    issues.push({ message: error.message, path });
    return null;
  }
}

/** The entries of what may stand for a map; `undefined` for anything else. */
function pairsOf(textKeys: boolean, input: unknown): readonly (readonly [unknown, unknown])[] | undefined {
  if (input instanceof Map) return [...input];
  if (Array.isArray(input)) {
    const pairs: unknown[] = input;
    const all = pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
    return all ? (pairs as (readonly [unknown, unknown])[]) : undefined;
  }
  const plain = typeof input === "object" && !(input instanceof Uint8Array) && !(input instanceof Date);
  return textKeys && plain ? Object.entries(input as object) : undefined;
}
