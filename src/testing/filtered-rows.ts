/** A few rows, a spec that partitions them and a filter that is about them. Spec: Scan Planning. @module */
import fc from "fast-check";
import { isIcebergError } from "../base/index.ts";
import { type Expression, toText, transformed } from "../expressions/index.ts";
import {
  applyTransform,
  formatTransform,
  type PartitionSpec,
  type PartitionTuple,
  partitionTupleOf,
  transformResultType,
} from "../partitioning/index.ts";
import {
  type PrimitiveType,
  type PrimitiveValue,
  Schema,
  type StructValue,
  typeToString,
} from "../schema/index.ts";
import { printed } from "./law.ts";
import { arbitraryPartitionSpec } from "./partitioning.ts";
import { arbitraryLeafPredicate, arbitraryLiterals, arbitraryTree } from "./predicates.ts";
import { arbitraryColumnName, arbitraryComparableType } from "./types.ts";
import { arbitraryPrimitiveValue } from "./values.ts";

/** What the laws of pruning are about. */
export interface FilteredRows {
  /** One or two primitive columns with ids from 1. */
  readonly schema: Schema;
  /** None to two fields over them. */
  readonly spec: PartitionSpec;
  /** Held rows; each can be partitioned by the spec. */
  readonly rows: readonly StructValue[];
  /** On columns, and on the spec's transforms of them (SCN-017). */
  readonly filter: Expression;
}

export interface FilteredRowsOptions {
  /** Default {@link arbitraryComparableType}. */
  readonly columnTypes?: fc.Arbitrary<PrimitiveType>;
  /** Default 5. */
  readonly maxRows?: number;
}

/** Rows whose values repeat, and filters whose literals are those values or their neighbours. */
export function arbitraryFilteredRows(options: FilteredRowsOptions = {}): fc.Arbitrary<FilteredRows> {
  const count = fc.integer({ min: 1, max: options.maxRows ?? 5 });
  const names = fc.uniqueArray(arbitraryColumnName(), { minLength: 1, maxLength: 2 });
  return fc.tuple(count, names).chain(([rowCount, columnNames]) =>
    fc
      .tuple(
        ...columnNames.map(() => arbitraryColumn(options.columnTypes ?? arbitraryComparableType(), rowCount)),
      )
      .chain((columns) => {
        const schema = new Schema(
          columns.map(({ type, required }, at) => ({ id: at + 1, name: columnNames[at]!, required, type })),
        );
        const rows = Array.from({ length: rowCount }, (_, at) =>
          Object.fromEntries(columns.map(({ cells }, column) => [columnNames[column]!, cells[at]!])),
        );
        return arbitraryPartitionSpec(schema, { maxFields: 2 }).chain((spec) => {
          const partition = partitionOf(spec, schema);
          const kept = rows.filter((row) => partition(row) !== undefined);
          return arbitraryFilter(schema, spec, columns).map((filter) =>
            printed({ schema, spec, rows: kept, filter }, () => caseText(schema, spec, kept, filter)),
          );
        });
      }),
  );
}

/** The partition of a row; `undefined` where a transform's result leaves its type, so that no table can hold the row. */
export function partitionOf(
  spec: PartitionSpec,
  schema: Schema,
): (row: StructValue) => PartitionTuple | undefined {
  const tuple = partitionTupleOf(spec, schema);
  return (row) => {
    try {
      return tuple(row);
    } catch (error) {
      if (isIcebergError(error, "invalid-row")) return undefined;
      throw error;
    }
  };
}

function caseText(
  schema: Schema,
  spec: PartitionSpec,
  rows: readonly StructValue[],
  filter: Expression,
): string {
  const terms = spec.fields.map(
    ({ sourceId, transform }) => `${formatTransform(transform)} of ${schema.pathOf(sourceId)}`,
  );
  return `${typeToString(schema.asStruct())} by [${terms.join(", ")}] where ${toText(filter)}: ${fc.stringify(rows)}`;
}

interface Column {
  readonly type: PrimitiveType;
  readonly required: boolean;
  readonly cells: readonly (PrimitiveValue | null)[];
  readonly literals: readonly PrimitiveValue[];
}

function arbitraryColumn(types: fc.Arbitrary<PrimitiveType>, rowCount: number): fc.Arbitrary<Column> {
  return types.chain((type) =>
    fc.array(arbitraryPrimitiveValue(type), { minLength: 1, maxLength: 4 }).chain((pool) =>
      fc.boolean().chain((required) => {
        const value = fc.constantFrom(...pool);
        const cell = required ? value : fc.option(value, { nil: null, freq: 5 });
        return fc.record({
          type: fc.constant(type),
          required: fc.constant(required),
          cells: fc.array(cell, { minLength: rowCount, maxLength: rowCount }),
          literals: arbitraryLiterals(type, pool),
        });
      }),
    ),
  );
}

function arbitraryFilter(
  schema: Schema,
  spec: PartitionSpec,
  columns: readonly Column[],
): fc.Arbitrary<Expression> {
  const leaves = columns.map(({ type, literals }, at) =>
    arbitraryLeafPredicate(schema.fields[at]!.name, type, literals),
  );
  for (const { sourceId, transform } of spec.fields) {
    if (transform.kind === "identity" || transform.kind === "void") continue;
    const { type, literals } = columns[sourceId - 1]!;
    const results = literals
      .map((value) => inRange(() => applyTransform(transform, type)(value)))
      .filter((value) => value !== null && value !== undefined);
    const term = transformed(transform, schema.fields[sourceId - 1]!.name);
    if (results.length > 0)
      leaves.push(arbitraryLeafPredicate(term, transformResultType(transform, type), results));
  }
  return arbitraryTree(fc.oneof(...leaves));
}

function inRange<T extends PrimitiveValue | null>(action: () => T): T | undefined {
  try {
    const value = action();
    return typeof value === "number" && Math.abs(value) >= 2 ** 31 ? undefined : value;
  } catch (error) {
    if (isIcebergError(error, "invalid-row")) return undefined;
    throw error;
  }
}
