/** Rows inferred from schemas, and what must not compile. Checked by `tsc`; nothing here runs. @module */

import { bucket, day, identity, type PartitionTerm } from "../../src/partitioning/index.ts";
import {
  type ColumnName,
  defineSchema,
  optional,
  type Row,
  type RowInput,
  required,
  Schema,
  t,
} from "../../src/schema/index.ts";
import { asc, desc, type SortTerm } from "../../src/sorting/index.ts";
import type { Catalog, Table } from "../../src/table/index.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<_Holds extends true>(): void {}

const events = defineSchema(
  {
    event_id: required(t.uuid()),
    ts: required(t.timestamptz(), { doc: "when it happened" }),
    kind: required(t.string()),
    user_id: optional(t.long()),
    price: optional(t.decimal(9, 2)),
    tags: required(t.list(t.string())),
    scores: optional(t.list(t.double(), { required: false })),
    counts: required(t.map(t.string(), t.long())),
    place: optional(t.struct({ lat: required(t.double()), name: optional(t.string()) })),
    body: optional(t.binary()),
  },
  { identifierFields: ["event_id"] },
);

type Event = Row<typeof events>;
is<
  Same<
    Event,
    {
      event_id: string;
      ts: bigint;
      kind: string;
      user_id: bigint | null;
      price: string | null;
      tags: string[];
      scores: (number | null)[] | null;
      counts: [string, bigint][];
      place: { lat: number; name: string | null } | null;
      body: Uint8Array | null;
    }
  >
>();

// Input: optional columns may be left out; long takes safe integers, times take Date and text, maps take objects.
const least: RowInput<typeof events> = {
  event_id: "f79c3e09-677c-4bbd-a479-3f349cb785e7",
  ts: new Date(0),
  kind: "click",
  tags: [],
  counts: { a: 1 },
};
const most: RowInput<typeof events> = {
  ...least,
  event_id: new Uint8Array(16),
  ts: 1n,
  user_id: 7,
  price: { unscaled: 1420n, scale: 2 },
  scores: [1, null],
  counts: new Map([["a", 1n]]),
  place: { lat: 1 },
  body: undefined,
};
// A row read is a row that can be written.
const back: RowInput<typeof events> = {} as Event;
void [most, back];

// @ts-expect-error a required column is missing
const missing: RowInput<typeof events> = { ts: 1n, kind: "a", tags: [], counts: [] };
// @ts-expect-error a required column is null
const nullKind: RowInput<typeof events> = { ...least, kind: null };
// @ts-expect-error a timestamp is no number: its unit would be a guess
const numberTs: RowInput<typeof events> = { ...least, ts: 1 };
// @ts-expect-error a decimal is no number: it would be rounded
const numberPrice: RowInput<typeof events> = { ...least, price: 14.2 };
// @ts-expect-error no such column
const unknownColumn: RowInput<typeof events> = { ...least, user: 1n };
// @ts-expect-error elements of `tags` are required
const nullTag: RowInput<typeof events> = { ...least, tags: [null] };
// @ts-expect-error an identifier field has to be a column
defineSchema({ a: required(t.int()) }, { identifierFields: ["b"] });
void [missing, nullKind, numberTs, numberPrice, unknownColumn, nullTag];

// Column names are checked where a schema is known, nested ones included.
type Names = ColumnName<typeof events>;
const names: Names[] = ["ts", "place", "place.lat"];
const partition: PartitionTerm<Names>[] = [day("ts"), bucket(16, "user_id"), identity("place.name")];
const sort: SortTerm<Names>[] = [asc("ts"), desc(day("ts"), "nulls-first")];
// @ts-expect-error no such column to partition by
const badPartition: PartitionTerm<Names>[] = [day("tz")];
// @ts-expect-error no such column to sort by
const badSort: SortTerm<Names>[] = [asc("place.lon")];
void [names, partition, sort, badPartition, badSort];

// A schema the compiler does not know has rows of unknown values and takes any column name.
const loaded: Schema = new Schema([]);
is<Same<Row<typeof loaded>, { [name: string]: unknown }>>();
const anyName: ColumnName<Schema> = "anything";
// @ts-expect-error a schema read from metadata is not a typed one until `as()` checked it
const typed: typeof events = loaded;
void [anyName, typed];

/** A table of a schema that only run time knows needs no type arguments. */
export async function untyped(catalog: Catalog, schema: Schema): Promise<Table> {
  const table = await catalog.createTable("a.b", schema, { partitionSpec: [identity("anything")] });
  const { table: next } = await table.append([{ anything: 1 }]);
  return next.as(schema);
}
