/** Values of types and rows of schemas. Spec: Appendix D; the forms are those of the table in `schema/values.ts`. @module */
import fc from "fast-check";
import { IcebergError } from "../base/index.ts";
import type {
  Field,
  PrimitiveType,
  PrimitiveValue,
  Row,
  Schema,
  StructValue,
  Type,
  Value,
} from "../schema/index.ts";
import { toRowValue } from "../values/index.ts";
import { arbitraryGeometry } from "./geometries.ts";
import {
  arbitraryBytes,
  arbitraryDays,
  arbitraryDouble,
  arbitraryFloat,
  arbitraryInt,
  arbitraryLong,
  arbitraryMicros,
  arbitraryNanos,
  arbitraryText,
  arbitraryUnscaled,
  arbitraryUuid,
} from "./scalars.ts";
import { arbitraryComparableType } from "./types.ts";

/** A primitive type with one of its values. */
export type TypedValue = readonly [PrimitiveType, PrimitiveValue];

/** Held values of a primitive type, never null. Throws `invalid-argument` for `unknown`, which has none. */
export function arbitraryPrimitiveValue(type: PrimitiveType): fc.Arbitrary<PrimitiveValue> {
  switch (type.kind) {
    case "boolean":
      return fc.boolean();
    case "int":
      return arbitraryInt();
    case "date":
      return arbitraryDays();
    case "time":
      return fc.oneof(
        fc.bigInt({ min: 0n, max: 86_399_999_999n }),
        fc.constantFrom(0n, 999_999n, 1_000_000n, 86_399_999_999n),
      );
    case "long":
      return arbitraryLong();
    case "timestamp":
    case "timestamptz":
      return arbitraryMicros();
    case "timestamp_ns":
    case "timestamptz_ns":
      return arbitraryNanos();
    case "float":
      return arbitraryFloat();
    case "double":
      return arbitraryDouble();
    case "decimal":
      return arbitraryUnscaled(type.precision);
    case "uuid":
      return arbitraryUuid();
    case "fixed":
      return fc.uint8Array({ minLength: type.length, maxLength: type.length });
    case "string":
      return arbitraryText();
    case "binary":
      return arbitraryBytes();
    case "geometry":
    case "geography":
      return arbitraryGeometry();
    case "unknown":
      throw new IcebergError("invalid-argument", "Cannot make values of type unknown: it has only null");
  }
}

/** Held values of any type, never null: structs fill every field, optional ones may be null. */
export function arbitraryValue(type: Type): fc.Arbitrary<Value> {
  switch (type.kind) {
    case "struct":
      return fc
        .tuple(...type.fields.map((field) => nullable(field.type, field.required)))
        .map((values) =>
          Object.fromEntries(type.fields.map((field, index) => [field.name, values[index] as Value])),
        );
    case "list":
      return fc.array(nullable(type.element, type.elementRequired), { maxLength: 3 });
    case "map":
      return fc.array(fc.tuple(arbitraryValue(type.key), nullable(type.value, type.valueRequired)), {
        maxLength: 3,
      });
    case "variant":
      return fc.jsonValue({ maxDepth: 2 }).filter((each) => each !== null) as fc.Arbitrary<Value>;
    default:
      return arbitraryPrimitiveValue(type);
  }
}

/** Rows as evaluators and codecs hold them: see the table of held forms; decimals are unscaled integers. */
export function arbitraryHeldRow(schema: Schema): fc.Arbitrary<StructValue> {
  return arbitraryValue(schema.asStruct()) as fc.Arbitrary<StructValue>;
}

/** Rows as `scan` hands them out and `append` takes them: decimals are text. */
export function arbitraryRow<S extends Schema>(schema: S): fc.Arbitrary<Row<S>> {
  return arbitraryHeldRow(schema).map((row) => toRowValue(schema.asStruct(), row) as Row<S>);
}

/** A table's rows; in the form of {@link arbitraryRow}. `maxRows` is 20 unless given. */
export function arbitraryTable<S extends Schema>(
  schema: S,
  options: { readonly minRows?: number; readonly maxRows?: number } = {},
): fc.Arbitrary<Row<S>[]> {
  return fc.array(arbitraryRow(schema), {
    minLength: options.minRows ?? 0,
    maxLength: options.maxRows ?? 20,
  });
}

/** Tuples of values of some types, with nulls: partition tuples, sort keys. */
export function arbitraryTuple(types: readonly PrimitiveType[]): fc.Arbitrary<(PrimitiveValue | null)[]> {
  return fc.tuple(...types.map((type) => fc.option(arbitraryPrimitiveValue(type), { nil: null, freq: 4 })));
}

/** A comparable type with one of its values. */
export function arbitraryTypedValue(types = arbitraryComparableType()): fc.Arbitrary<TypedValue> {
  return types.chain((type) => arbitraryPrimitiveValue(type).map((value) => [type, value] as const));
}

/** A comparable type with three of its values, for the laws of orders. */
export function arbitraryTypedTriple(
  types = arbitraryComparableType(),
): fc.Arbitrary<readonly [PrimitiveType, readonly [PrimitiveValue, PrimitiveValue, PrimitiveValue]]> {
  return types.chain((type) => {
    const value = arbitraryPrimitiveValue(type);
    return fc.tuple(value, value, value).map((values) => [type, values] as const);
  });
}

function nullable(type: Field["type"], required: boolean): fc.Arbitrary<Value | null> {
  if (type.kind === "unknown") return fc.constant(null);
  return required ? arbitraryValue(type) : fc.option(arbitraryValue(type), { nil: null, freq: 4 });
}
