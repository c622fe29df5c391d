import { describe, expect, it } from "vitest";
import { CommitStateUnknownError, IcebergError } from "../../../src/base/index.ts";
import { type CatalogClient, type LoadedTable, MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { replaceSortOrder, updateSchema, updateSpec } from "../../../src/commit/index.ts";
import { systemRuntime } from "../../../src/io/index.ts";
import { currentSchema, defaultSortOrder, defaultSpec } from "../../../src/metadata/index.ts";
import {
  bucket,
  buildPartitionSpec,
  day,
  hour,
  identity,
  type PartitionTerm,
} from "../../../src/partitioning/index.ts";
import {
  defineSchema,
  formatNameMapping,
  nameMappingOf,
  optional,
  required,
  t,
} from "../../../src/schema/index.ts";
import { asc, buildSortOrder, desc } from "../../../src/sorting/index.ts";

const schema = defineSchema({
  id: required(t.int()),
  ts: required(t.timestamptz()),
  day: optional(t.date()),
  kind: optional(t.string()),
});
const id = { namespace: ["ns"], name: "t" };
const runtime = { ...systemRuntime, sleep: async () => undefined };

interface SetUp {
  readonly formatVersion?: 1 | 2 | 3;
  readonly terms?: readonly PartitionTerm[];
  readonly properties?: Record<string, string>;
}
async function setUp({ formatVersion = 2, terms = [day("ts")], properties = {} }: SetUp = {}) {
  const client = new MemoryCatalogClient({ runtime });
  await client.createNamespace(["ns"]);
  const table = await client.createTable(id, {
    schema,
    spec: buildPartitionSpec(schema, terms),
    sortOrder: buildSortOrder(schema, [asc("kind")]),
    formatVersion,
    properties: new Map(Object.entries(properties)),
  });
  return { client, table, context: { client, runtime } };
}

/** A client on which `rival` commits just before the first commit that comes through it. */
function raced(client: CatalogClient, rival: (table: LoadedTable) => Promise<unknown>): CatalogClient {
  let done = false;
  const commitTable: CatalogClient["commitTable"] = async (...args) => {
    if (!done) {
      done = true;
      await rival(await client.loadTable(id));
    }
    return await client.commitTable(...args);
  };
  return Object.assign(Object.create(client) as CatalogClient, { commitTable });
}

const names = (table: LoadedTable) => currentSchema(table.metadata).fields.map(({ name }) => name);

describe("updateSchema()", () => {
  it("adds a schema, makes it current, keeps the others; last-column-id only grows (SCH-067)", async () => {
    const { context, table } = await setUp();
    const next = await updateSchema(context, table, (u) => u.addColumn("region", t.string()));
    expect(names(next)).toEqual(["id", "ts", "day", "kind", "region"]);
    expect(next.metadata).toMatchObject({ currentSchemaId: 1, lastColumnId: 5 });
    const back = await updateSchema(context, next, (u) => u.deleteColumn("region"));
    // SCH-031: the equal schema of before is current again.
    expect(back.metadata).toMatchObject({ currentSchemaId: 0, lastColumnId: 5 });
    expect(back.metadata.schemas).toHaveLength(2);
    const again = await updateSchema(context, back, (u) => u.addColumn("region", t.string()));
    expect(currentSchema(again.metadata).idOf("region")).toBe(6);
    expect(again.metadata.currentSchemaId).toBe(2);
  });

  it("commits nothing when nothing changes", async () => {
    const { context, table, client } = await setUp();
    expect(await updateSchema(context, table, (u) => u.makeColumnOptional("kind"))).toBe(table);
    expect((await client.loadTable(id)).metadataLocation).toBe(table.metadataLocation);
  });

  it("is made again on the schema another commit left (SCH-068)", async () => {
    const { client, context, table } = await setUp();
    const rival = raced(client, (now) => updateSchema(context, now, (u) => u.addColumn("theirs", t.int())));
    let runs = 0;
    const next = await updateSchema({ client: rival, runtime }, table, (u) => {
      runs++;
      u.addColumn("ours", t.int()).moveFirst("ours");
    });
    expect(names(next)).toEqual(["ours", "id", "ts", "day", "kind", "theirs"]);
    const { fields } = currentSchema(next.metadata);
    expect(fields.map((field) => field.id)).toEqual([6, 1, 2, 3, 4, 5]);
    expect(runs).toBeGreaterThan(1);
  });

  it.each([
    [
      "added the same column in another type",
      "kind2",
      /Cannot add column kind2: there is a column of that name/,
    ],
    ["dropped the column", "drop", /Cannot rename column kind: schema \d+ has no such column/],
  ])("fails for good when another commit %s (SCH-068)", async (_what, mode, message) => {
    const { client, context, table } = await setUp();
    const unsorted = await replaceSortOrder(context, table, []);
    const rival = raced(client, (now) =>
      updateSchema(context, now, (u) =>
        mode === "drop" ? u.deleteColumn("kind") : u.addColumn("kind2", t.int()),
      ),
    );
    const update = updateSchema({ client: rival, runtime }, unsorted, (u) =>
      mode === "drop" ? u.renameColumn("kind", "sort") : u.addColumn("kind2", t.string()),
    );
    await expect(update).rejects.toThrow(message);
    await expect(update).rejects.toThrow(
      /Cannot change the schema of ns\.t: another commit changed the table meanwhile/,
    );
    await expect(update).rejects.toMatchObject({ code: "validation-failed", retryable: false });
  });

  it("notices a partition field that another commit put on a column whose type it changes (SCH-062)", async () => {
    const { client, context, table } = await setUp({ formatVersion: 3 });
    const rival = raced(client, (now) => updateSpec(context, now, (u) => u.addField(bucket(4, "day"))));
    const update = updateSchema({ client: rival, runtime }, table, (u) =>
      u.updateColumn("day", { type: t.timestamp() }),
    );
    await expect(update).rejects.toThrow(/would change the values of partition field day_bucket_4 of spec 1/);
  });

  it("hands on what the caller's function throws", async () => {
    const { context, table } = await setUp();
    const mine = new Error("mine");
    const fail = () => {
      throw mine;
    };
    await expect(updateSchema(context, table, fail)).rejects.toBe(mine);
  });

  it.each([
    [(u) => u.deleteColumn("ts"), /partition field ts_day of spec 0 is derived from it/],
    [(u) => u.deleteColumn("kind"), /identity in sort order 1 is derived from it/],
    [(u) => u.addColumn("ts_day", t.int()), /partition field ts_day of spec 0 has that name/],
    [
      (u) => u.addColumn("n", t.timestampNs()),
      /Cannot use column n in a v2 table: type timestamp_ns needs format version 3/,
    ],
  ] satisfies [Parameters<typeof updateSchema>[2], RegExp][])(
    "refuses %s (SCH-007, SCH-069)",
    async (change, message) => {
      const { context, table } = await setUp();
      await expect(updateSchema(context, table, change)).rejects.toThrow(message);
      await expect(updateSchema(context, table, change)).rejects.toBeInstanceOf(IcebergError);
    },
  );

  it("drops what only old specs are derived from (SCH-069)", async () => {
    const { context, table } = await setUp();
    const unpartitioned = await updateSpec(context, table, (u) => u.removeField("ts_day"));
    expect(names(await updateSchema(context, unpartitioned, (u) => u.deleteColumn("ts")))).toEqual([
      "id",
      "day",
      "kind",
    ]);
  });

  it("looks at every spec before a promotion (SCH-062)", async () => {
    const { context, table } = await setUp({ formatVersion: 3, terms: [identity("day")] });
    const change = () => updateSchema(context, table, (u) => u.updateColumn("day", { type: t.timestamp() }));
    await expect(change()).rejects.toThrow(/values of partition field day of spec 0/);
    const moved = await updateSpec(context, table, (u) => u.removeField("day"));
    await expect(
      updateSchema(context, moved, (u) => u.updateColumn("day", { type: t.timestamp() })),
    ).rejects.toThrow(/spec 0/);
  });

  it("moves column properties and the name mapping in the same commit (SCH-070, SCH-071)", async () => {
    const properties = {
      "write.metadata.metrics.column.kind": "full",
      "schema.name-mapping.default": formatNameMapping(nameMappingOf(schema)),
    };
    const { context, table } = await setUp({ properties });
    const next = await updateSchema(context, table, (u) =>
      u.renameColumn("kind", "sort").addColumn("x", t.int()),
    );
    const { properties: after } = next.metadata;
    expect(after.get("write.metadata.metrics.column.sort")).toBe("full");
    expect(after.has("write.metadata.metrics.column.kind")).toBe(false);
    const mapping = after.get("schema.name-mapping.default");
    expect(mapping).toContain('{"field-id":4,"names":["kind","sort"]},{"field-id":5,"names":["x"]}');
  });

  it.each([true, false])("settles an unknown outcome by looking (made: %s)", async (made) => {
    const { client, table } = await setUp();
    const commitTable: CatalogClient["commitTable"] = async (...args) => {
      if (made) await client.commitTable(...args);
      return { kind: "unknown", reconcilable: true, error: new CommitStateUnknownError("no answer") };
    };
    const lost = Object.assign(Object.create(client) as CatalogClient, { commitTable });
    const update = updateSchema({ client: lost, runtime }, table, (u) => u.addColumn("x", t.int()));
    if (made) expect(names(await update)).toContain("x");
    else await expect(update).rejects.toMatchObject({ code: "commit-state-unknown" });
  });

  it("stops for an aborted signal", async () => {
    const { context, table } = await setUp();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(updateSchema(context, table, (u) => u.addColumn("x", t.int()), { signal })).rejects.toThrow(
      "enough",
    );
  });
});

describe("set-current-schema", () => {
  const restore = (client: CatalogClient, table: LoadedTable, schemaId: number) =>
    client.commitTable(table, [], [{ action: "set-current-schema", schemaId }]);

  it("brings a required column back only when nothing was written without it (SCH-101)", async () => {
    const { client, context, table } = await setUp();
    const dropped = await updateSchema(context, table, (u) => u.deleteColumn("id"));
    expect(await restore(client, dropped, 0)).toMatchObject({ kind: "committed" });
    const again = await updateSchema(context, await client.loadTable(id), (u) => u.deleteColumn("id"));
    const snapshot = {
      snapshotId: 1n,
      sequenceNumber: 1,
      timestampMs: Date.now(),
      manifestList: "memory://list",
      summary: new Map([["operation", "append"]]),
      operation: "append",
      schemaId: again.metadata.currentSchemaId,
    } as const;
    const committed = await client.commitTable(again, [], [{ action: "add-snapshot", snapshot } as never]);
    expect(committed.kind).toBe("committed");
    await expect(restore(client, await client.loadTable(id), 0)).rejects.toThrow(
      /Cannot make schema 0 current: it brings back required column id, which data written since lacks \(snapshot 1\)/,
    );
    const optionalDropped = await updateSchema(context, await client.loadTable(id), (u) =>
      u.deleteColumn("day"),
    );
    expect(await restore(client, optionalDropped, again.metadata.currentSchemaId)).toMatchObject({
      kind: "committed",
    });
  });
});

describe("updateSpec()", () => {
  const shown = (table: LoadedTable) =>
    defaultSpec(table.metadata).fields.map(({ fieldId, name }) => `${fieldId} ${name}`);

  it("adds a spec and makes it the default; equal specs come back (PRT-029, PRT-030, PRT-039)", async () => {
    const { context, table } = await setUp();
    const next = await updateSpec(context, table, (u) => u.removeField("ts_day").addField(hour("ts")));
    expect(next.metadata).toMatchObject({ defaultSpecId: 1, lastPartitionId: 1001 });
    expect(shown(next)).toEqual(["1001 ts_hour"]);
    const back = await updateSpec(context, next, (u) => u.removeField("ts_hour").addField(day("ts")));
    expect(back.metadata).toMatchObject({ defaultSpecId: 0, lastPartitionId: 1001 });
    expect(back.metadata.partitionSpecs).toHaveLength(2);
    expect(await updateSpec(context, back, (u) => u)).toBe(back);
  });

  it("leaves the default as it is when asked to (PRT-039)", async () => {
    const { context, table } = await setUp();
    const next = await updateSpec(context, table, (u) => u.addField("kind").addNonDefaultSpec());
    expect(next.metadata.partitionSpecs).toHaveLength(2);
    expect(next.metadata.defaultSpecId).toBe(0);
  });

  it("keeps v1 specs sequential through removals (PRT-026, PRT-040)", async () => {
    const { context, table } = await setUp({ formatVersion: 1, terms: [day("ts"), identity("kind")] });
    const one = await updateSpec(context, table, (u) => u.removeField("ts_day"));
    const two = await updateSpec(context, one, (u) => u.addField(bucket(4, "id")));
    expect(shown(two)).toEqual(["1000 ts_day", "1001 kind", "1002 id_bucket_4"]);
    expect(defaultSpec(two.metadata).fields[0]?.transform.kind).toBe("void");
  });

  it("is made again with another id when another commit took it (PRT-027, PRT-044)", async () => {
    const { client, context, table } = await setUp();
    const rival = raced(client, (now) => updateSpec(context, now, (u) => u.addField(bucket(4, "id"))));
    const next = await updateSpec({ client: rival, runtime }, table, (u) => u.addField("kind"));
    expect(shown(next)).toEqual(["1000 ts_day", "1001 id_bucket_4", "1002 kind"]);
  });

  it.each([
    ["made the same field", /kind is identity of kind already/, "spec"],
    ["renamed the column", /schema 1 has no such column/, "schema"],
  ])("fails for good when another commit %s (PRT-044)", async (_what, message, mode) => {
    const { client, context, table } = await setUp();
    const rival = raced(client, (now) =>
      mode === "spec"
        ? updateSpec(context, now, (u) => u.addField("kind").addField("id"))
        : updateSchema(context, now, (u) => u.renameColumn("kind", "sort")),
    );
    const update = updateSpec({ client: rival, runtime }, table, (u) => u.addField("kind"));
    await expect(update).rejects.toThrow(message);
    await expect(update).rejects.toMatchObject({ code: "validation-failed" });
  });
});

describe("replaceSortOrder()", () => {
  it("adds or reuses an order; without terms the table is unsorted (PRT-053, PRT-054)", async () => {
    const { context, table } = await setUp();
    const next = await replaceSortOrder(context, table, [desc("ts"), asc(bucket(4, "id"), "nulls-last")]);
    expect(defaultSortOrder(next.metadata)).toMatchObject({
      orderId: 2,
      fields: [{ sourceId: 2 }, { sourceId: 1 }],
    });
    const none = await replaceSortOrder(context, next, []);
    expect(defaultSortOrder(none.metadata)).toEqual({ orderId: 0, fields: [] });
    const first = await replaceSortOrder(context, none, [asc("kind")]);
    expect(first.metadata).toMatchObject({ defaultSortOrderId: 1 });
    expect(first.metadata.sortOrders.map(({ orderId }) => orderId).sort()).toEqual([0, 1, 2]);
    expect(await replaceSortOrder(context, first, [asc("kind")])).toBe(first);
  });

  it("refuses columns that are not there (PRT-056)", async () => {
    const { client, context, table } = await setUp();
    await expect(replaceSortOrder(context, table, [asc("nope")])).rejects.toMatchObject({
      code: "validation-failed",
      message: expect.stringContaining("schema 0 has no such column") as string,
    });
    const rival = raced(client, (now) => updateSchema(context, now, (u) => u.deleteColumn("day")));
    await expect(replaceSortOrder({ client: rival, runtime }, table, [asc("day")])).rejects.toThrow(
      /another commit changed the table meanwhile, and now: Cannot sort by identity of day/,
    );
  });
});
