/** Definitions are Standard Schemas to the compiler, too. Checked by `tsc`; nothing here runs. @module */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import {
  defineSchema,
  fromStandardSchema,
  optional,
  type Row,
  type RowInput,
  required,
  rowValidator,
  Schema,
  type StandardJsonSchema,
  t,
} from "../../src/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<_Holds extends true>(): void {}

const events = defineSchema({ id: required(t.long()), kind: optional(t.string()) });

// The published interface takes it, with the types of rows.
const standard: StandardSchemaV1<RowInput<typeof events>, Row<typeof events>> = events;
is<Same<StandardSchemaV1.InferInput<typeof events>, RowInput<typeof events>>>();
is<Same<StandardSchemaV1.InferOutput<typeof events>, Row<typeof events>>>();
is<Same<Row<typeof events>, { id: bigint; kind: string | null }>>();

// It answers at once.
const result = events["~standard"].validate({});
if (result.issues === undefined) result.value.id satisfies bigint;
else result.issues[0]?.path satisfies readonly PropertyKey[] | undefined;

// @ts-expect-error the value is there only once issues are ruled out
void result.value.id;
// @ts-expect-error rows have no such column
if (result.issues === undefined) void result.value.ids;
// @ts-expect-error an identifier field has to be a column
defineSchema({ a: required(t.int()) }, { identifierFields: ["b"] });
// @ts-expect-error a schema read from metadata is no Standard Schema by itself; rowValidator() makes one
const loaded: StandardSchemaV1 = new Schema([]);
const validator: StandardSchemaV1 = rowValidator(new Schema([]));

// What is published as a Standard JSON Schema can be turned into a schema, and nothing else can.
declare const published: StandardJSONSchemaV1<{ a: string }>;
const taken: StandardJsonSchema = published;
const made: Schema = fromStandardSchema(published, { direction: "input" });
// @ts-expect-error no Standard Schema
fromStandardSchema({ type: "object" });
// @ts-expect-error no such direction
fromStandardSchema(published, { direction: "both" });
void [standard, loaded, validator, taken, made];
