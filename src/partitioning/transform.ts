/** Transforms as data and as text; what they do to a value stands in `apply.ts`. Spec: Partition Transforms. @module */
import { IcebergError, INT32_MAX } from "../base/index.ts";
import type { PrimitiveType } from "../schema/index.ts";

export type Transform =
  | { readonly kind: "identity" | "year" | "month" | "day" | "hour" | "void" }
  | { readonly kind: "bucket"; readonly numBuckets: number }
  | { readonly kind: "truncate"; readonly width: number }
  /** A name this library does not know: kept to the letter, ignored for filtering, never written with (PRT-004). */
  | { readonly kind: "unknown"; readonly text: string };

export type TransformKind = Transform["kind"];

/** Transforms of a date or time, coarsest first. */
export const TIME_TRANSFORMS: readonly TransformKind[] = ["year", "month", "day", "hour"];

/**
 * Reads a transform's text in any case (PRT-003). A text of no known form becomes an `unknown` transform.
 * @throws IcebergError `invalid-schema` when N of `bucket[N]` or W of `truncate[W]` is no positive int32.
 */
export function parseTransform(text: string): Transform {
  const name = text.toLowerCase();
  const plain = PLAIN.get(name);
  if (plain !== undefined) return plain;
  const match = /^(bucket|truncate)\[(\d+)\]$/.exec(name);
  if (match === null) return { kind: "unknown", text };
  return match[1] === "bucket" ? bucketTransform(Number(match[2])) : truncateTransform(Number(match[2]));
}

/** The text of a transform as metadata spells it, in lower case; an unknown one to the letter. */
export function formatTransform(transform: Transform): string {
  switch (transform.kind) {
    case "bucket":
      return `bucket[${transform.numBuckets}]`;
    case "truncate":
      return `truncate[${transform.width}]`;
    case "unknown":
      return transform.text;
    default:
      return transform.kind;
  }
}

/** `bucket[N]`. Throws `invalid-schema` unless N is a positive int32. */
export function bucketTransform(numBuckets: number): Transform {
  return Object.freeze({ kind: "bucket", numBuckets: positiveInt(numBuckets, "a bucket count") });
}

/** `truncate[W]`. Throws `invalid-schema` unless W is a positive int32. */
export function truncateTransform(width: number): Transform {
  return Object.freeze({ kind: "truncate", width: positiveInt(width, "a truncate width") });
}

/** A transform without parameters. */
export function plainTransform(kind: "identity" | "year" | "month" | "day" | "hour" | "void"): Transform {
  return PLAIN.get(kind)!;
}

/** Whether two transforms are the same; unknown ones by their text (PRT-066). */
export function sameTransform(a: Transform, b: Transform): boolean {
  return a.kind === b.kind && formatTransform(a) === formatTransform(b);
}

/** Whether `a <= b` implies `transform(a) <= transform(b)`, nulls aside. */
export function preservesOrder(transform: Transform): boolean {
  return transform.kind !== "bucket" && transform.kind !== "void" && transform.kind !== "unknown";
}

/**
 * Whether rows sorted by `transform` of a column are also sorted by `other` of the same column (PRT-062). That a
 * longer truncation satisfies a shorter one holds for text and bytes only, so it takes the source type.
 */
export function satisfiesOrderOf(
  transform: Transform,
  other: Transform,
  sourceType?: PrimitiveType,
): boolean {
  if (sameTransform(transform, other)) return transform.kind !== "unknown";
  if (!preservesOrder(other)) return false;
  if (transform.kind === "identity") return true;
  if (transform.kind === "truncate" && other.kind === "truncate") {
    const cuts = sourceType?.kind === "string" || sourceType?.kind === "binary";
    return cuts && transform.width >= other.width;
  }
  const fineness = TIME_TRANSFORMS.indexOf(transform.kind);
  const wanted = TIME_TRANSFORMS.indexOf(other.kind);
  return wanted >= 0 && fineness >= wanted;
}

const PLAIN = new Map<string, Transform>(
  (["identity", "year", "month", "day", "hour", "void"] as const).map((kind) => [
    kind,
    Object.freeze({ kind }),
  ]),
);

function positiveInt(value: number, what: string): number {
  if (Number.isInteger(value) && value > 0 && value <= INT32_MAX) return value;
  throw new IcebergError(
    "invalid-schema",
    `Cannot use ${value} as ${what}: it lies between 1 and ${INT32_MAX}`,
    {
      context: { value },
    },
  );
}
