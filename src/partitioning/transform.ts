/** Transforms as data; what they do to a value stands in `apply.ts`. Spec: Partition Transforms. @module */

export type Transform =
  | { readonly kind: "identity" | "year" | "month" | "day" | "hour" | "void" }
  | { readonly kind: "bucket"; readonly numBuckets: number }
  | { readonly kind: "truncate"; readonly width: number }
  /** A name this library does not know: kept to the letter, ignored for filtering, never written with (PRT-004). */
  | { readonly kind: "unknown"; readonly text: string };

export type TransformKind = Transform["kind"];
