/** fast-check generators of types and of held values of a type, with the edges that break implementations. @module */
import fc from "fast-check";
import {
  type Field,
  type PrimitiveType,
  type PrimitiveValue,
  Schema,
  simpleType,
  type Type,
  uuidFromBytes,
  type Value,
} from "../../src/schema/index.ts";

export const anyLong = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -1000n, max: 1000n }),
  fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 0n, -1n),
);
export const anyInt = fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0, -1));
/** Well-formed text rich in astral characters, private use and U+FFFF, where UTF-16 order goes wrong. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.constantFrom("a", "b", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{1f9ca}", "\u{10ffff}"),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));
export const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 24 }),
  fc.array(fc.constantFrom(0, 1, 0x7f, 0xfe, 0xff), { maxLength: 24 }).map((bytes) => Uint8Array.from(bytes)),
);
export const anyDouble = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1),
);
export const anyUuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => uuidFromBytes(bytes));

const SIMPLE_KINDS = [
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "timestamp_ns",
  "timestamptz_ns",
  "string",
  "uuid",
  "binary",
] as const;

/** Every primitive type that has values and a single-value form. */
export const anyPrimitiveType: fc.Arbitrary<PrimitiveType> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...SIMPLE_KINDS).map((kind): PrimitiveType => simpleType(kind)) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 38 })
      .chain((precision) =>
        fc
          .integer({ min: 0, max: precision })
          .map((scale): PrimitiveType => ({ kind: "decimal", precision, scale })),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 20 }).map((length): PrimitiveType => ({ kind: "fixed", length })),
  },
);

/** Held values of a primitive type. */
export function valuesOf(type: PrimitiveType): fc.Arbitrary<PrimitiveValue> {
  switch (type.kind) {
    case "boolean":
      return fc.boolean();
    case "int":
    case "date":
      return anyInt;
    case "time":
      return fc.bigInt({ min: 0n, max: 86_399_999_999n });
    case "long":
    case "timestamp":
    case "timestamptz":
    case "timestamp_ns":
    case "timestamptz_ns":
      return anyLong;
    case "float":
      return anyDouble.map(Math.fround);
    case "double":
      return anyDouble;
    case "decimal": {
      const limit = 10n ** BigInt(type.precision) - 1n;
      return fc.oneof(fc.bigInt({ min: -limit, max: limit }), fc.constantFrom(-limit, limit, 0n, -1n));
    }
    case "uuid":
      return anyUuid;
    case "fixed":
      return fc.uint8Array({ minLength: type.length, maxLength: type.length });
    case "string":
      return anyText;
    default:
      return anyBytes;
  }
}

/** A primitive type with one of its values. */
export const typedValue: fc.Arbitrary<readonly [PrimitiveType, PrimitiveValue]> = anyPrimitiveType.chain(
  (type) => valuesOf(type).map((value) => [type, value] as const),
);
/** A primitive type with three of its values, for the laws of orders. */
export const typedTriple = anyPrimitiveType.chain((type) =>
  fc.tuple(valuesOf(type), valuesOf(type), valuesOf(type)).map((values) => [type, values] as const),
);

const fieldName = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_]{0,6}$/),
  fc.constantFrom("__proto__", "constructor", "toString", "é", "a b", "💰"),
);

/** Any type, nested ones included; ids are unique after {@link anySchema} numbered them. */
export const anyType: fc.Arbitrary<Type> = fc.letrec<{ type: Type }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    anyPrimitiveType,
    fc
      .tuple(tie("type"), fc.boolean())
      .map(([element, elementRequired]): Type => ({ kind: "list", elementId: 0, elementRequired, element })),
    fc.tuple(tie("type"), tie("type"), fc.boolean()).map(
      ([key, value, valueRequired]): Type => ({
        kind: "map",
        keyId: 0,
        key,
        valueId: 0,
        valueRequired,
        value,
      }),
    ),
    anyFields(tie("type")).map((fields): Type => ({ kind: "struct", fields })),
  ),
})).type;

function anyFields(type: fc.Arbitrary<Type>): fc.Arbitrary<readonly Field[]> {
  const field = fc.record(
    { name: fieldName, required: fc.boolean(), type, doc: fc.string({ maxLength: 5 }) },
    { requiredKeys: ["name", "required", "type"] },
  );
  return fc
    .uniqueArray(field, { maxLength: 4, selector: (item) => item.name })
    .map((fields) => fields.map((item): Field => ({ id: 0, ...item })));
}

/** Schemas of random columns, numbered depth first: valid, though not as this library numbers them. */
export const anySchema: fc.Arbitrary<Schema> = fc
  .tuple(anyFields(anyType), fc.nat({ max: 50 }))
  .map(([fields, id]) => {
    let next = 0;
    const number = (type: Type): Type => {
      if (type.kind === "struct") return { kind: "struct", fields: type.fields.map(numberField) };
      if (type.kind === "list") return { ...type, elementId: ++next, element: number(type.element) };
      if (type.kind !== "map") return type;
      return { ...type, keyId: ++next, key: number(type.key), valueId: ++next, value: number(type.value) };
    };
    const numberField = (field: Field): Field => ({ ...field, id: ++next, type: number(field.type) });
    return new Schema(fields.map(numberField), { schemaId: id });
  });

/** Held values of any type: structs fill every field, optional ones may be null. */
export function valuesOfAny(type: Type): fc.Arbitrary<Value> {
  switch (type.kind) {
    case "struct":
      return fc
        .tuple(...type.fields.map((field) => nullable(field.type, field.required)))
        .map((values) =>
          Object.fromEntries(type.fields.map((field, index) => [field.name, values[index] as Value])),
        );
    case "list":
      return fc.array(nullable(type.element, type.elementRequired), { maxLength: 3 }) as fc.Arbitrary<Value>;
    case "map":
      return fc.array(fc.tuple(valuesOfAny(type.key), nullable(type.value, type.valueRequired)), {
        maxLength: 3,
      }) as fc.Arbitrary<Value>;
    default:
      return valuesOf(type as PrimitiveType);
  }
}

function nullable(type: Type, required: boolean): fc.Arbitrary<Value | null> {
  return required ? valuesOfAny(type) : fc.option(valuesOfAny(type), { nil: null, freq: 4 });
}
