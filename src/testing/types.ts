/** Types as each version of the format allows them. Spec: Schemas and Data Types. @module */
import fc from "fast-check";
import {
  DEFAULT_CRS,
  decimalType,
  type Field,
  fixedType,
  type PrimitiveType,
  type SimpleKind,
  simpleType,
  type Type,
  type VariantType,
} from "../schema/index.ts";

/** What the types of a case may be. */
export interface TypeOptions {
  /** Which version of the format to stay within; default 3, which has every type (SCH-007). */
  readonly formatVersion?: 1 | 2 | 3;
}

const COMPARABLE_V1 = [
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "string",
  "uuid",
  "binary",
] as const satisfies readonly SimpleKind[];
const COMPARABLE_V3 = [...COMPARABLE_V1, "timestamp_ns", "timestamptz_ns"] as const;

/** Primitive types whose values have an order and a binary form: all but `unknown`, `geometry` and `geography`. */
export function arbitraryComparableType(options: TypeOptions = {}): fc.Arbitrary<PrimitiveType> {
  const kinds: readonly SimpleKind[] = isV3(options) ? COMPARABLE_V3 : COMPARABLE_V1;
  const simple = fc.constantFrom(...kinds).map((kind): PrimitiveType => simpleType(kind));
  const fixed = fc.integer({ min: 1, max: 20 }).map((length): PrimitiveType => fixedType(length));
  return fc.oneof(
    { weight: 5, arbitrary: simple },
    { weight: 1, arbitrary: arbitraryDecimalType() },
    { weight: 1, arbitrary: fixed },
  );
}

/** Decimals of any precision and scale. */
export function arbitraryDecimalType(): fc.Arbitrary<PrimitiveType> {
  return fc
    .integer({ min: 1, max: 38 })
    .chain((precision) =>
      fc.integer({ min: 0, max: precision }).map((scale): PrimitiveType => decimalType(precision, scale)),
    );
}

/** Every type without children that a version has, `unknown`, `variant` and geo types included from version 3. */
export function arbitraryLeafType(options: TypeOptions = {}): fc.Arbitrary<PrimitiveType | VariantType> {
  const comparable = arbitraryComparableType(options);
  if (!isV3(options)) return comparable;
  const crs = fc.constantFrom(DEFAULT_CRS, "EPSG:4326", "srid:1234", "projjson:my_crs");
  const algorithm = fc.constantFrom("spherical", "vincenty", "thomas", "andoyer", "karney");
  const late: fc.Arbitrary<PrimitiveType | VariantType> = fc.oneof(
    fc.constantFrom<PrimitiveType | VariantType>(simpleType("unknown"), { kind: "variant" }),
    crs.map((name): PrimitiveType => ({ kind: "geometry", crs: name })),
    fc
      .tuple(crs, algorithm)
      .map(([name, edges]): PrimitiveType => ({ kind: "geography", crs: name, algorithm: edges })),
  );
  return fc.oneof({ weight: 6, arbitrary: comparable }, { weight: 1, arbitrary: late });
}

/** How nested types are built. */
export interface NestedTypeOptions extends TypeOptions {
  /** What stands at the leaves; default {@link arbitraryLeafType}. */
  readonly leaves?: fc.Arbitrary<PrimitiveType | VariantType>;
  /** How deep types nest; default 3. */
  readonly maxDepth?: number;
}

/**
 * Any type, nested ones included. Ids in it are 0, as in what `defineSchema` takes; {@link arbitrarySchema} makes them
 * unique. `unknown` and `variant` stand in optional struct fields only, where every engine takes them (SCH-006).
 */
export function arbitraryType(options: NestedTypeOptions = {}): fc.Arbitrary<Type> {
  const leaves = options.leaves ?? arbitraryLeafType(options);
  return fc.letrec<{ type: Type }>((tie) => ({
    type: fc.oneof(
      { maxDepth: options.maxDepth ?? 3, withCrossShrink: true },
      leaves,
      fc
        .tuple(solid(tie("type")), fc.boolean())
        .map(
          ([element, elementRequired]): Type => ({ kind: "list", elementId: 0, elementRequired, element }),
        ),
      fc.tuple(solid(tie("type")), solid(tie("type")), fc.boolean()).map(
        ([key, value, valueRequired]): Type => ({
          kind: "map",
          keyId: 0,
          key,
          valueId: 0,
          valueRequired,
          value,
        }),
      ),
      arbitraryFields(tie("type")).map((fields): Type => ({ kind: "struct", fields })),
    ),
  })).type;
}

/** Fields of a struct with distinct names and ids of 0; names include members of `Object.prototype` (SCH-029). */
export function arbitraryFields(type: fc.Arbitrary<Type>, maxLength = 4): fc.Arbitrary<readonly Field[]> {
  const field = fc.record(
    {
      name: arbitraryColumnName(),
      required: fc.boolean(),
      type,
      doc: fc.string({ maxLength: 5 }),
    },
    { requiredKeys: ["name", "required", "type"] },
  );
  return fc.uniqueArray(field, { maxLength, selector: (item) => item.name }).map((fields) =>
    fields.map((item): Field => {
      const { kind } = item.type;
      return { id: 0, ...item, required: item.required && kind !== "unknown" && kind !== "variant" };
    }),
  );
}

/** Names of columns: plain ones, and those that need quotes, have dots or mean something to JavaScript. */
export function arbitraryColumnName(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/) },
    fc.constantFrom("__proto__", "constructor", "toString", "é", "a b", "💰", 'a "b".c', "1st", "a.b"),
  );
}

/** A type that may be an element, a key or a value: unknown and variant become strings. */
function solid(type: fc.Arbitrary<Type>): fc.Arbitrary<Type> {
  return type.map((each) =>
    each.kind === "unknown" || each.kind === "variant" ? simpleType("string") : each,
  );
}

function isV3(options: TypeOptions): boolean {
  return (options.formatVersion ?? 3) === 3;
}
