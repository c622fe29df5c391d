/** Transforms, partition specs and sort orders over a schema. Spec: Partitioning; Sorting. @module */
import fc from "fast-check";
import {
  buildPartitionSpec,
  type PartitionSpec,
  parseTransform,
  partitionTerm,
  plainTransform,
  type Transform,
  transformApplies,
} from "../partitioning/index.ts";
import { isPrimitive, type Schema, type Type } from "../schema/index.ts";
import { asc, buildSortOrder, desc, type SortOrder } from "../sorting/index.ts";

/** Transforms that apply to a type, or any when none is given; numbers of buckets and widths are mostly small. */
export function arbitraryTransform(type?: Type): fc.Arbitrary<Transform> {
  const parameter = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 20 }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 1000 }) },
    { weight: 1, arbitrary: fc.constantFrom(2 ** 31 - 1, 2 ** 20) },
  );
  const kinds = (["identity", "year", "month", "day", "hour", "void"] as const).map(plainTransform);
  const fits = (transform: Transform) => type === undefined || transformApplies(transform, type);
  const choices = kinds.filter(fits).map((each): fc.Arbitrary<Transform> => fc.constant(each));
  for (const name of ["bucket", "truncate"]) {
    if (fits(parseTransform(`${name}[1]`)))
      choices.push(parameter.map((n) => parseTransform(`${name}[${n}]`)));
  }
  return fc.oneof(...choices);
}

export interface PartitionSpecOptions {
  readonly specId?: number;
  /** Default 3. */
  readonly maxFields?: number;
}

/** Valid specs: sources reachable through structs, no derivation twice, distinct names, ids from 1000. */
export function arbitraryPartitionSpec(
  schema: Schema,
  options: PartitionSpecOptions = {},
): fc.Arbitrary<PartitionSpec> {
  const specId = options.specId ?? 0;
  return arbitraryTerms(schema, options.maxFields ?? 3).map((terms) => {
    const used = new Set<string>();
    const named = terms.map(({ column, transform }, at) => {
      // Identity of a column may have the column's name; all others get one that no column has.
      const name = `p${at}_${transform.kind}`;
      return { column, transform, name: freeName(schema, name, used) };
    });
    return buildPartitionSpec(
      schema,
      named.map(({ column, transform, name }) => partitionTerm(transform, column, name)),
      { specId },
    );
  });
}

/** Valid sort orders over the primitive columns of a schema; without fields it is the unsorted order 0. */
export function arbitrarySortOrder(schema: Schema): fc.Arbitrary<SortOrder> {
  const direction = fc.record({
    descending: fc.boolean(),
    nulls: fc.constantFrom("nulls-first" as const, "nulls-last" as const),
  });
  return fc
    .tuple(arbitraryTerms(schema, 3), fc.array(direction, { minLength: 3, maxLength: 3 }))
    .map(([terms, directions]) => {
      const wanted = terms.filter(({ transform }) => transform.kind !== "void");
      const fields = wanted.map(({ column, transform }, at) => {
        const { descending, nulls } = directions[at]!;
        return (descending ? desc : asc)(partitionTerm(transform, column), nulls);
      });
      return buildSortOrder(schema, fields, fields.length === 0 ? 0 : 1);
    });
}

interface ColumnTransform {
  readonly column: string;
  readonly transform: Transform;
}

function arbitraryTerms(schema: Schema, maxLength: number): fc.Arbitrary<readonly ColumnTransform[]> {
  const sources = [...schema.places()].filter(
    ({ field, throughStructs }) =>
      throughStructs && isPrimitive(field.type) && transformApplies(plainTransform("identity"), field.type),
  );
  if (sources.length === 0) return fc.constant([]);
  const term = fc
    .constantFrom(...sources)
    .chain(({ field, path }) =>
      arbitraryTransform(field.type).map((transform) => ({ column: path, transform })),
    );
  // One term per column and kind: two units of time of one column, or two bucketings, are redundant or refused.
  return fc.uniqueArray(term, {
    maxLength,
    selector: ({ column, transform }) =>
      JSON.stringify([column, /^(year|month|day|hour)$/.test(transform.kind) ? "time" : transform.kind]),
  });
}

function freeName(schema: Schema, wanted: string, used: Set<string>): string {
  let name = wanted;
  while (schema.idOf(name) !== undefined || used.has(name)) name += "_";
  used.add(name);
  return name;
}
