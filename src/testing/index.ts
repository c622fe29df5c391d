/**
 * The entry `icewright/testing`: fast-check generators of everything in the Iceberg table format, and laws that hold of
 * any correct implementation of it. Use it to test your own writer, planner, codec or catalog against the spec.
 *
 * Generators are functions that return a `fc.Arbitrary`: `arbitrarySchema()`, `arbitraryRow(schema)`,
 * `arbitraryPredicate(schema, rows)`. Laws are functions that take what is to be tested, try it on some hundred cases
 * and return how many held; they throw the smallest counterexample, with the seed that repeats it. They need no test
 * framework.
 *
 * ```ts
 * import { checkInclusiveProjection } from "icewright/testing";
 * import { bind, inclusiveProjection, partitionEvaluator } from "icewright/core";
 *
 * checkInclusiveProjection({
 *   project: (filter, spec, schema) => partitionEvaluator(inclusiveProjection(bind(filter, schema), spec, schema)),
 * }, { numRuns: 1000 });
 * ```
 *
 * Needs `fast-check` 4, which is an optional peer of the package.
 * @module
 */
export * from "./column-metrics.ts";
export * from "./commits.ts";
export * from "./evolution.ts";
export * from "./filtered-rows.ts";
export * from "./geometries.ts";
export { demand, type LawOptions, tryLaw, tryLawAsync } from "./law.ts";
export * from "./laws-of-catalogs.ts";
export * from "./laws-of-files.ts";
export * from "./laws-of-pruning.ts";
export * from "./laws-of-schemas.ts";
export * from "./laws-of-tables.ts";
export * from "./laws-of-values.ts";
export * from "./manifests.ts";
export { predicateHolds } from "./oracle.ts";
export * from "./partitioning.ts";
export * from "./planned-tables.ts";
export * from "./predicates.ts";
export * from "./scalars.ts";
export * from "./schemas.ts";
export * from "./types.ts";
export * from "./values.ts";
