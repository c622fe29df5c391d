/** The TypeScript types of rows, derived from the types of columns. Spec: decision 2. @module */
import type { Schema } from "./schema.ts";
import type { ListType, MapType, StructType, Type } from "./types.ts";
import type { Value } from "./values.ts";

/** What a column may carry beside its type. Defaults are held values (see `values.ts`) and need format version 3. */
export interface ColumnOptions {
  readonly doc?: string;
  /** Value of rows in files that lack the column. */
  readonly initialDefault?: Value;
  /** Value stored when an input row omits the column. */
  readonly writeDefault?: Value;
}

/** One column of `defineSchema` or field of `t.struct`. */
export interface Column<T extends Type = Type, R extends boolean = boolean> extends ColumnOptions {
  readonly type: T;
  readonly required: R;
}
export interface Columns {
  readonly [name: string]: Column;
}

declare const columnsOf: unique symbol;

/** A schema whose columns the compiler knows. The mark exists in types only. */
export type TypedSchema<C extends Columns> = Schema & { readonly [columnsOf]: C };
/** A struct type whose fields the compiler knows. */
export interface TypedStruct<C extends Columns> extends StructType {
  readonly [columnsOf]: C;
}
export interface TypedList<E extends Type, R extends boolean> extends ListType {
  readonly element: E;
  readonly elementRequired: R;
}
export interface TypedMap<K extends Type, V extends Type, R extends boolean> extends MapType {
  readonly key: K;
  readonly value: V;
  readonly valueRequired: R;
}

/** A row as scans hand it out; of a schema the compiler does not know, values are `unknown`. */
export type Row<S extends Schema> = S extends TypedSchema<infer C> ? RowOf<C> : { [name: string]: unknown };

/** A row as `append` takes it: optional columns may be null, undefined or missing. */
export type RowInput<S extends Schema> =
  S extends TypedSchema<infer C> ? RowInputOf<C> : { readonly [name: string]: unknown };

/** Full names of a schema's columns and of fields in their structs; any string when the schema is not known. */
export type ColumnName<S extends Schema> = S extends TypedSchema<infer C> ? ColumnNameOf<C> : string;

/** Full names of columns, those inside structs as `a.b`. */
export type ColumnNameOf<C extends Columns> = string extends keyof C
  ? string // columns the compiler does not know: there is no end to descend to
  : {
      [K in Extract<keyof C, string>]: C[K]["type"] extends TypedStruct<infer D>
        ? K | `${K}.${ColumnNameOf<D>}`
        : K;
    }[Extract<keyof C, string>];

/** The row type of columns. */
export type RowOf<C extends Columns> = string extends keyof C
  ? { [name: string]: unknown }
  : { -readonly [K in keyof C]: Nullable<ValueOut<C[K]["type"]>, C[K]["required"]> };

/** The input type of columns. */
export type RowInputOf<C extends Columns> = string extends keyof C
  ? { readonly [name: string]: unknown }
  : Flatten<
      { readonly [K in RequiredNames<C>]: ValueIn<C[K]["type"]> } & {
        readonly [K in Exclude<keyof C, RequiredNames<C>>]?: ValueIn<C[K]["type"]> | null | undefined;
      }
    >;

/** How a value of a type appears in rows handed out: 64-bit integers as `bigint`, decimals and uuids as text. */
export type ValueOut<T extends Type> =
  T extends TypedStruct<infer C>
    ? RowOf<C>
    : T extends ListType
      ? Nullable<ValueOut<T["element"]>, T["elementRequired"]>[]
      : T extends MapType
        ? [ValueOut<T["key"]>, Nullable<ValueOut<T["value"]>, T["valueRequired"]>][]
        : OutByKind[T["kind"]];

/** What a caller may hand in for a value of a type. */
export type ValueIn<T extends Type> =
  T extends TypedStruct<infer C>
    ? RowInputOf<C>
    : T extends ListType
      ? readonly Nullable<ValueIn<T["element"]>, T["elementRequired"]>[]
      : T extends MapType
        ? MapIn<ValueIn<T["key"]>, Nullable<ValueIn<T["value"]>, T["valueRequired"]>>
        : InByKind[T["kind"]];

/** What a caller may hand in for the default of a column; a struct's is `{}`. */
export type DefaultIn<T extends Type> = T["kind"] extends "struct"
  ? { readonly [name: string]: never }
  : InByKind[T["kind"]];

/** A decimal as its unscaled integer: `{ unscaled: 1420n, scale: 2 }` is 14.20. */
export interface DecimalInput {
  readonly unscaled: bigint;
  readonly scale: number;
}

type MapIn<K, V> =
  | ReadonlyMap<K, V>
  | readonly (readonly [K, V])[]
  | (K extends string ? { readonly [key: string]: V } : never);

type TimestampIn = bigint | Date | string;

interface OutByKind {
  unknown: null;
  boolean: boolean;
  int: number;
  long: bigint;
  float: number;
  double: number;
  date: number;
  time: bigint;
  timestamp: bigint;
  timestamptz: bigint;
  timestamp_ns: bigint;
  timestamptz_ns: bigint;
  string: string;
  uuid: string;
  binary: Uint8Array;
  fixed: Uint8Array;
  decimal: string;
  geometry: Uint8Array;
  geography: Uint8Array;
  variant: unknown;
  struct: { [name: string]: unknown };
  list: unknown[];
  map: [unknown, unknown][];
}

interface InByKind {
  unknown: null;
  boolean: boolean;
  int: number;
  long: bigint | number;
  float: number;
  double: number;
  date: number | Date | string;
  time: bigint | string;
  timestamp: TimestampIn;
  timestamptz: TimestampIn;
  timestamp_ns: TimestampIn;
  timestamptz_ns: TimestampIn;
  string: string;
  uuid: string | Uint8Array;
  binary: Uint8Array;
  fixed: Uint8Array;
  decimal: string | DecimalInput;
  geometry: Uint8Array;
  geography: Uint8Array;
  variant: unknown;
  struct: { readonly [name: string]: unknown };
  list: readonly unknown[];
  map: ReadonlyMap<unknown, unknown> | readonly (readonly [unknown, unknown])[];
}

type Nullable<T, R extends boolean> = R extends true ? T : T | null;
type RequiredNames<C extends Columns> = {
  [K in keyof C]: C[K]["required"] extends true ? K : never;
}[keyof C];
type Flatten<T> = { [K in keyof T]: T[K] };
