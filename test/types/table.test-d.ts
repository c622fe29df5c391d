/** Calls of tables and catalogs that must not compile. Checked by `tsc`; nothing here runs. @module */
import {
  defineSchema,
  eq,
  identity,
  memoryCatalog,
  optional,
  required,
  type Table,
  t,
} from "../../src/index.ts";

const schema = defineSchema({ id: required(t.long()), name: optional(t.string()) });

export async function wrong(table: Table<typeof schema>): Promise<void> {
  table.scan({ at: { snapshotId: 1n } });
  // @ts-expect-error exactly one way to say when
  table.scan({ at: { snapshotId: 1n, ref: "main" } });
  // @ts-expect-error exactly one way to say when
  table.scan({ at: { asOf: new Date(), snapshotId: 1n } });
  // @ts-expect-error snapshot ids are bigint
  table.scan({ at: { snapshotId: 1 } });
  // @ts-expect-error no such column
  table.scan({ select: ["ident"] });
  // @ts-expect-error a filter is an expression, text goes through parseExpression
  table.scan({ filter: "id = 1" });
  // @ts-expect-error null equals nothing: isNull
  eq("name", null);
  // @ts-expect-error rows come in an array
  await table.append({ id: 1n });
  // @ts-expect-error no such column
  await table.append([{ id: 1n, nam: "a" }]);
  // @ts-expect-error summary entries are text
  await table.append([{ id: 1n }], { snapshotProperties: { batch: 5 } });
  for await (const row of table.scan({ select: ["id"] }).rows()) {
    const id: bigint = row.id;
    // @ts-expect-error not selected
    void [id, row.name];
  }
  const catalog = memoryCatalog();
  // @ts-expect-error no such column
  await catalog.createTable("a.b", schema, { partitionSpec: [identity("nam")] });
  // @ts-expect-error format version 4 is not written
  await catalog.createTable("a.b", schema, { formatVersion: 4 });
  // @ts-expect-error properties are text
  await catalog.createTable("a.b", schema, { properties: { "commit.retry.num-retries": 100 } });
  // @ts-expect-error a table of some schema is not one of ours until `as` checked it
  const loaded: Table<typeof schema> = await catalog.loadTable("a.b");
  // @ts-expect-error metadata is read-only
  loaded.metadata.location = "elsewhere";
}
