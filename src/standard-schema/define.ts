/** Schemas written in TypeScript that validate rows by themselves, as Standard Schemas do. Spec: Schemas; standardschema.dev. @module */
import {
  type ColumnNameOf,
  type Columns,
  type DefineSchemaOptions,
  defineSchema as defineColumns,
  type Row,
  type RowInput,
  type RowInputOf,
  type RowOf,
  type Schema,
  type TypedSchema,
} from "../schema/index.ts";
import type { StandardResult, StandardSchema, StandardSchemaProps } from "./standard.ts";
import { validateRow } from "./validate.ts";

/** A schema whose columns the compiler knows and that other libraries can validate rows with. */
export type DefinedSchema<C extends Columns> = TypedSchema<C> & RowValidator<RowInputOf<C>, RowOf<C>>;

/** A Standard Schema of rows. It answers at once, never with a promise. */
export interface RowValidator<Input, Output> extends StandardSchema<Input, Output> {
  readonly "~standard": Omit<StandardSchemaProps<Input, Output>, "validate"> & {
    readonly validate: (value: unknown) => StandardResult<Output>;
  };
}

/**
 * A schema from columns in the order written, with ids from 1 (SCH-018). It is a Standard Schema: form libraries,
 * routers and RPC layers that take one can check rows with it; what passes can be appended.
 * @example
 * const events = defineSchema({ id: required(t.uuid()), at: required(t.timestamptz()), n: optional(t.long()) });
 * const { value, issues } = events["~standard"].validate(await request.json());
 * @throws IcebergError `invalid-schema` on an identifier field that is optional, nested, floating or unknown.
 */
export function defineSchema<const C extends Columns>(
  columns: C,
  options: DefineSchemaOptions<ColumnNameOf<C>> = {},
): DefinedSchema<C> {
  const schema = defineColumns(columns, options);
  const { "~standard": standard } = rowValidator(schema);
  return Object.defineProperty(schema, "~standard", { value: standard }) as DefinedSchema<C>;
}

/** The Standard Schema of any schema's rows, of one read from a table too: `rowValidator(table.schema)`. */
export function rowValidator<S extends Schema>(schema: S): RowValidator<RowInput<S>, Row<S>> {
  const validate = (value: unknown) => validateRow(schema, value) as StandardResult<Row<S>>;
  return Object.freeze({ "~standard": Object.freeze({ version: 1, vendor: "icewright", validate }) });
}
