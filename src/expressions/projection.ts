/**
 * Row predicates as predicates over partition values. Spec: Scan Planning; requirements SCN-009 to SCN-018.
 *
 * Inclusive: where a row matches, its partition matches. Strict: where a partition matches, all its rows match.
 * @module
 */
import { isIcebergError } from "../base/index.ts";
import {
  type PartitionField,
  type PartitionSpec,
  partitionFields,
  sameTransform,
  transformApplies,
} from "../partitioning/index.ts";
import { type Field, isPrimitive, type Schema, type Type } from "../schema/index.ts";
import {
  type BoundExpression,
  type BoundPredicate,
  type BoundTerm,
  boundAnd,
  boundOr,
  boundUnary,
  predicatesOf,
} from "./bound.ts";
import { alwaysFalse, alwaysTrue } from "./expression.ts";
import { projectTime } from "./project-time.ts";
import { projectBucket, projectTruncate } from "./project-width.ts";
import { isInRange } from "./term-values.ts";

export type ProjectionMode = "inclusive" | "strict";

/**
 * The weakest predicate over partition values that holds wherever a row of the partition may match; `true` where
 * the spec says nothing of a column. `schema` is the one the predicate is bound to.
 */
export function inclusiveProjection(
  bound: BoundExpression,
  spec: PartitionSpec,
  schema: Schema,
): BoundExpression {
  return project("inclusive", bound, spec, partitionFields(spec, schema));
}

/** A predicate over partition values under which every row of the partition matches; `false` where none is known. */
export function strictProjection(
  bound: BoundExpression,
  spec: PartitionSpec,
  schema: Schema,
): BoundExpression {
  return project("strict", bound, spec, partitionFields(spec, schema));
}

function project(
  mode: ProjectionMode,
  bound: BoundExpression,
  spec: PartitionSpec,
  types: readonly Field[],
): BoundExpression {
  switch (bound.op) {
    case "true":
    case "false":
      return bound;
    case "and":
      return boundAnd(bound.operands.map((operand) => project(mode, operand, spec, types)));
    case "or":
      return boundOr(bound.operands.map((operand) => project(mode, operand, spec, types)));
    default: {
      const projected: BoundExpression[] = [];
      for (const [position, field] of spec.fields.entries()) {
        if (field.sourceId !== bound.term.fieldId) continue;
        const one = projectPredicate(mode, bound, field, types[position]!.type, position);
        if (one !== undefined) projected.push(one);
      }
      if (projected.length === 0) return mode === "inclusive" ? alwaysTrue : alwaysFalse;
      // Several fields of one column each narrow what may match, and each alone suffices to prove (SCN-011).
      return mode === "inclusive" ? boundAnd(projected) : boundOr(projected);
    }
  }
}

/** The projection of one leaf through one partition field; `undefined` when there is none. */
function projectPredicate(
  mode: ProjectionMode,
  predicate: BoundPredicate,
  field: PartitionField,
  type: Type,
  position: number,
): BoundExpression | undefined {
  const { transform } = field;
  const { sourceType, transform: own } = predicate.term;
  if (transform.kind === "void" || transform.kind === "unknown") return undefined;
  if (!isPrimitive(sourceType) || !transformApplies(transform, sourceType)) return undefined;
  if (own !== undefined && !sameTransform(own, transform)) return undefined;
  const term: BoundTerm = Object.freeze({
    kind: "bound",
    fieldId: field.fieldId,
    name: field.name,
    names: Object.freeze([field.name]),
    sourceType,
    type,
    alwaysPresent: false,
    position,
  });
  if (predicate.op === "is-null" || predicate.op === "not-null") return boundUnary(predicate.op, term);
  if (transform.kind === "identity") return Object.freeze({ ...predicate, term });
  if (!("value" in predicate) && !("values" in predicate)) return undefined;
  const isWidth = transform.kind === "bucket" || transform.kind === "truncate";
  if (isWidth && own !== undefined) return Object.freeze({ ...predicate, term });
  try {
    if (transform.kind === "bucket") return projectBucket(mode, predicate, transform, term);
    if (transform.kind === "truncate") return projectTruncate(mode, predicate, transform, term);
    const projected = projectTime(mode, predicate, transform, term);
    return projected !== undefined && isStorable(projected) ? projected : undefined;
  } catch (error) {
    // A literal whose truncation leaves the type's range has no partition value to compare with (SCN-013).
    if (isIcebergError(error, "invalid-row")) return undefined;
    throw error;
  }
}

/** Hours of timestamps beyond the year 246,000 have no place in an int: nothing can be said of their partitions. */
function isStorable(projected: BoundExpression): boolean {
  return predicatesOf(projected).every((predicate) => {
    if ("value" in predicate) return isInRange(predicate.term.type, predicate.value);
    return (
      !("values" in predicate) || predicate.values.every((value) => isInRange(predicate.term.type, value))
    );
  });
}
