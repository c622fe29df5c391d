/** Per-column metrics of a file and per-field summaries of a manifest. Spec: Manifests, Manifest Lists. @module */

/** Per-column metrics, keyed by field id. A missing map or id means unknown, never zero (MAN-065). */
export interface ColumnMetrics {
  /** Compressed bytes on disk (108). */
  readonly columnSizes?: ReadonlyMap<number, number>;
  /** All values, nulls and NaNs included (109). */
  readonly valueCounts?: ReadonlyMap<number, number>;
  readonly nullValueCounts?: ReadonlyMap<number, number>;
  /** Floating-point columns only (137). */
  readonly nanValueCounts?: ReadonlyMap<number, number>;
  /** Single-value bytes, see Appendix D; at or below every non-null, non-NaN value (125). */
  readonly lowerBounds?: ReadonlyMap<number, Uint8Array>;
  /** At or above every such value (128). */
  readonly upperBounds?: ReadonlyMap<number, Uint8Array>;
}

/** Bounds of one partition field over all entries of a manifest (507). */
export interface FieldSummary {
  readonly containsNull: boolean;
  /** Absent: unknown (MAN-045). */
  readonly containsNan?: boolean;
  readonly lowerBound?: Uint8Array;
  readonly upperBound?: Uint8Array;
}

/** How much a writer records of a column: `write.metadata.metrics.*` (MAN-071). */
export type MetricsMode =
  | { readonly kind: "none" | "counts" | "full" }
  /** Bounds of strings (code points) and binary (bytes) cut to `length`. */
  | { readonly kind: "truncate"; readonly length: number };

/** `truncate(16)`, the mode of a column nobody configured. */
export const DEFAULT_METRICS_MODE: MetricsMode = Object.freeze({ kind: "truncate", length: 16 });
