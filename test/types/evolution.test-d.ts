/** What schema updates accept, checked by the compiler. @module */
import {
  asc,
  day,
  defineSchema,
  optional,
  required,
  type SchemaUpdate,
  type Table,
  t,
} from "../../src/index.ts";

declare const update: SchemaUpdate;

update.addColumn("n", t.int(), { default: 1, required: true }).addColumn("l", t.long(), { default: 1n });
update
  .addColumn("d", t.decimal(9, 2), { default: "14.20" })
  .addColumn("ts", t.timestamptz(), { default: new Date() });
update.addColumn(["odd.name"], t.struct({ x: optional(t.int()) }), { default: {} });
// @ts-expect-error a default is of the column's type
update.addColumn("n", t.int(), { default: "1" });
// @ts-expect-error the default of a struct is empty
update.addColumn("s", t.struct({ x: optional(t.int()) }), { default: { x: 1 } });

const schema = defineSchema({ id: required(t.long()), ts: required(t.timestamptz()) });
declare const table: Table<typeof schema>;

// Partitioning and order leave the rows' type alone; a new schema is typed by as().
const { table: sorted } = await (await table.updateSpec((u) => u.addField(day("ts")))).table.replaceSortOrder(
  [asc("ts")],
);
await sorted.append([{ id: 1n, ts: 0n }]);
// @ts-expect-error id is required
await sorted.append([{ ts: 0n }]);
const { table: changed } = await table.updateSchema((u) => u.addColumn("region", t.string()));
const typed = changed.as(defineSchema({ id: required(t.long()), region: optional(t.string()) }));
const [row] = await typed.scan().toArray();
row!.region satisfies string | null;
