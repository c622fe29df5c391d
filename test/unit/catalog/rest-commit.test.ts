import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/base/index.ts";
import type { LoadedTable, RestCatalogOptions, TableIdentifier } from "../../../src/catalog/index.ts";
import type { Snapshot, TableRequirement, TableUpdate } from "../../../src/metadata/index.ts";
import { buildPartitionSpec, identity } from "../../../src/partitioning/index.ts";
import { defineSchema, optional, required, t } from "../../../src/schema/index.ts";
import { asc, buildSortOrder } from "../../../src/sorting/index.ts";
import { Catalog } from "../../../src/table/index.ts";
import { type Answer, type Asked, errorAnswer, sentJson } from "./rest-fixture.ts";
import { tableAnswer } from "./rest-service.ts";
import { first, type World, world } from "./rest-setup.ts";

const schema = defineSchema({ id: required(t.long()), name: optional(t.string()) });
const id: TableIdentifier = { namespace: ["ns"], name: "t" };
const TABLE = "/v1/namespaces/ns/tables/t";
const KEYED = { defaults: {}, overrides: {}, "idempotency-key-lifetime": "PT1H" };

async function setUp(config?: JsonObject, options: Partial<RestCatalogOptions> = {}) {
  const w = await world(config, options);
  await w.rest.createNamespace(["ns"]);
  const base = await w.rest.createTable(id, { schema });
  const catalog = new Catalog(w.rest, w.runtime);
  const append = async () => await (await catalog.loadTable("ns.t")).append([{ id: 1n }, { id: 2n }]);
  /** Past the client, whose own commits take turns. */
  const rival = async () =>
    await (await new Catalog(w.memory).loadTable("ns.t")).append([{ id: 8n }, { id: 9n }]);
  const commits = () => w.server.asked.filter(({ line }) => line === `POST ${TABLE}`);
  const files = () => [...w.io.files.keys()].filter((name) => !name.endsWith(".json"));
  const rows = async () => {
    let count = 0;
    for await (const _ of (await catalog.loadTable("ns.t")).scan().rows()) count++;
    return count;
  };
  return Object.assign(w, { base, append, rival, commits, files, rows });
}

const set = (key: string): TableUpdate[] => [{ action: "set-properties", updates: new Map([[key, "1"]]) }];
const commit = (w: World, base: LoadedTable, options = {}) => w.rest.commitTable(base, [], set("a"), options);

describe("createTable()", () => {
  it("sends ids as the server will assign them, and nothing that it chooses (RST-048)", async () => {
    const w = await world();
    await w.rest.createNamespace(["ns"]);
    await w.rest.createTable(id, {
      schema,
      spec: buildPartitionSpec(schema, [identity("name")]),
      sortOrder: buildSortOrder(schema, [asc("id")]),
      formatVersion: 3,
      properties: new Map([
        ["owner", "me"],
        ["uuid", "reserved"],
        ["__proto__", "odd"],
      ]),
    });
    expect(sentJson(w.server.asked.at(-1))).toEqual({
      name: "t",
      schema: {
        type: "struct",
        "schema-id": 0,
        fields: [
          { id: 1, name: "id", required: true, type: "long" },
          { id: 2, name: "name", required: false, type: "string" },
        ],
      },
      "partition-spec": {
        "spec-id": 0,
        fields: [{ name: "name", transform: "identity", "source-id": 2, "field-id": 1000 }],
      },
      "write-order": {
        "order-id": 1,
        fields: [{ transform: "identity", "source-id": 1, direction: "asc", "null-order": "nulls-first" }],
      },
      "stage-create": false,
      properties: { owner: "me", ["__proto__"]: "odd", "format-version": "3" },
    });
  });

  it("puts the catalog's table-default.* under and table-override.* over the caller's (RST-050)", async () => {
    const defaults = {
      "table-default.a": "default",
      "table-default.b": "default",
      "table-default.format-version": "3",
    };
    const w = await world({ defaults, overrides: { "table-override.c": "forced" } });
    await w.rest.createNamespace(["ns"]);
    const properties = new Map([
      ["b", "mine"],
      ["c", "mine"],
    ]);
    const { metadata } = await w.rest.createTable(id, { schema, properties });
    expect(Object.fromEntries(metadata.properties)).toEqual({ a: "default", b: "mine", c: "forced" });
    expect(metadata.formatVersion).toBe(3);
  });

  it("refuses what the format forbids before it asks (SCH-018)", async () => {
    const { rest, server } = await world();
    const nanos = defineSchema({ at: required(t.timestamptzNs()) });
    await expect(rest.createTable(id, { schema: nanos })).rejects.toMatchObject({ code: "invalid-schema" });
    expect(server.asked).toHaveLength(1);
  });

  it("lets the table's config choose its files, class names aside (RST-044, RST-094)", async () => {
    const seen: unknown[] = [];
    const config = { defaults: { a: "catalog", b: "catalog", "io-impl": "com.example.Evil" }, overrides: {} };
    const w = await world(config, {
      token: "secret",
      io: (location, properties) => {
        seen.push(
          location,
          properties.get("a"),
          properties.get("b"),
          [...properties.values()].includes("secret"),
        );
        return w.io;
      },
    });
    await w.rest.createNamespace(["ns"]);
    const base = await w.memory.createTable(id, { schema });
    w.fault = ({ line }) => (line === `GET ${TABLE}` ? tableAnswer(base, { b: "table" }) : undefined);
    expect((await w.rest.loadTable(id)).io).toBe(w.io);
    expect(seen).toEqual([base.metadata.location, "catalog", "table", false]);
  });

  it("without files a table can be looked at, and says what is missing when it is read", async () => {
    const w = await world(undefined, { io: undefined });
    await w.rest.createNamespace(["ns"]);
    const { io, metadata } = await w.rest.createTable(id, { schema });
    expect(metadata.lastColumnId).toBe(2);
    expect(() => io.open("memory://x")).toThrow(/give restCatalog an io/);
    await expect(io.create("memory://x", new Uint8Array())).rejects.toMatchObject({ code: "unavailable" });
  });

  it("an answer that was lost leaves it unknown, whether the table was made or not", async () => {
    for (const made of [true, false]) {
      const w = await world();
      await w.rest.createNamespace(["ns"]);
      w.fault = first(1, "POST", async (_, serving) => {
        if (made) await serving();
        return { fault: "reset" };
      });
      await expect(w.rest.createTable(id, { schema })).rejects.toMatchObject({
        code: "commit-state-unknown",
      });
      expect(await w.memory.listTables(["ns"])).toHaveLength(made ? 1 : 0);
      expect(w.runtime.waits).toEqual([]);
    }
  });
});

describe("commitTable()", () => {
  it("sends identifier, requirements and updates, ids exact, a missing ref as null (RST-054, RST-056, RST-026)", async () => {
    const w = await setUp();
    const snapshot: Snapshot = {
      snapshotId: 9_223_372_036_854_775_807n,
      sequenceNumber: 1,
      timestampMs: w.base.metadata.lastUpdatedMs,
      manifestList: "memory://m",
      summary: new Map([["operation", "append"]]),
      schemaId: 0,
    };
    const requirements: TableRequirement[] = [
      { type: "assert-table-uuid", uuid: w.base.metadata.tableUuid! },
      { type: "assert-ref-snapshot-id", ref: "main", snapshotId: null },
    ];
    const outcome = await w.rest.commitTable(w.base, requirements, [
      { action: "add-snapshot", snapshot },
      {
        action: "set-snapshot-ref",
        refName: "main",
        ref: { type: "branch", snapshotId: snapshot.snapshotId },
      },
    ]);
    if (outcome.kind !== "committed") throw outcome.error;
    expect(outcome.table.metadata.currentSnapshotId).toBe(9_223_372_036_854_775_807n);
    expect(outcome.table.metadataLocation).toBe((await w.memory.loadTable(id)).metadataLocation);
    const [sent] = w.commits();
    expect(sentJson(sent)).toMatchObject({
      identifier: { namespace: ["ns"], name: "t" },
      requirements: [
        { type: "assert-table-uuid" },
        { type: "assert-ref-snapshot-id", ref: "main", "snapshot-id": null },
      ],
      updates: [
        { action: "add-snapshot", snapshot: { "snapshot-id": 9_223_372_036_854_775_807n } },
        { action: "set-snapshot-ref", "ref-name": "main", type: "branch" },
      ],
    });
    expect(sent!.body).toContain('"snapshot-id":null');
    expect(sent!.headers["content-type"]).toBe("application/json");
    expect(sent!.headers["idempotency-key"]).toBeUndefined();
  });

  it.each([
    [500, {}],
    [502, { body: "<html>Bad Gateway</html>" }],
    [503, { headers: { "retry-after": "1" } }],
    [504, {}],
    [200, { body: '{"metadata-location": "memory:' }],
    [200, { body: "<html>logged out</html>" }],
    [200, { json: {} }],
    [204, {}],
    [200, { body: "{}", fault: "truncate" }],
    [200, { fault: "reset" }],
  ] as const)("is unknown and sent once after %s %j (RST-020)", async (status, answer) => {
    for (const applied of [true, false]) {
      const w = await setUp();
      w.fault = first(1, "POST", async (_, serving) => {
        if (applied) await serving();
        return { ...answer, status } as Answer;
      });
      const outcome = await commit(w, w.base);
      expect(outcome).toMatchObject({
        kind: "unknown",
        reconcilable: true,
        error: { code: "commit-state-unknown" },
      });
      expect([w.commits().length, w.runtime.waits]).toEqual([1, []]);
    }
  });

  it("is unknown after an answer that is too slow or too large", async () => {
    const w = await setUp(undefined, { timeoutMs: 300, maxResponseBytes: 5000 });
    w.fault = first(1, "POST", () => ({ fault: "hang" }));
    expect(await commit(w, w.base)).toMatchObject({
      kind: "unknown",
      error: { cause: { fault: "timeout" } },
    });
    w.fault = first(1, "POST", () => ({ body: "x".repeat(6000) }));
    expect(await commit(w, w.base)).toMatchObject({
      kind: "unknown",
      error: { cause: { fault: "too-large" } },
    });
  });

  it("an abort under way leaves it unknown; one before rejects with its reason (RST-096)", async () => {
    const w = await setUp();
    const reason = new Error("enough");
    await expect(commit(w, w.base, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    w.fault = async (_, serving) => {
      await serving();
      controller.abort(reason);
      return { fault: "hang" };
    };
    const outcome = await commit(w, w.base, { signal: controller.signal });
    expect(outcome).toMatchObject({ kind: "unknown", error: { cause: reason } });
    expect(w.commits()).toHaveLength(1);
  });

  it("nothing listening is a definite failure: it was never sent", async () => {
    const refused = new TypeError("fetch failed", {
      cause: Object.assign(new Error("no"), { code: "ECONNREFUSED" }),
    });
    let isUp = true;
    const w = await setUp(undefined, {
      fetch: (input, init) => (isUp ? fetch(input, init) : Promise.reject(refused)),
    });
    isUp = false;
    await expect(commit(w, w.base)).rejects.toMatchObject({ code: "io-failed", fault: "unsent" });
  });

  it("a redirect elsewhere is a definite failure", async () => {
    const w = await setUp();
    w.fault = () => ({ status: 307, headers: { location: "http://127.0.0.1:1/" } });
    await expect(commit(w, w.base)).rejects.toMatchObject({ code: "io-failed" });
  });

  it("429 is waited out: nothing was done", async () => {
    const w = await setUp();
    w.fault = first(2, "POST", () => ({ status: 429, headers: { "retry-after": "3" } }));
    expect((await commit(w, w.base)).kind).toBe("committed");
    expect(w.runtime.waits).toEqual([3000, 3000]);
    w.fault = () => ({ status: 429 });
    await expect(commit(w, w.base)).rejects.toMatchObject({ code: "io-failed", retryable: true });
  });

  it("an abort while it waits after 429 rejects with its reason: nothing is in doubt", async () => {
    const w = await setUp();
    const controller = new AbortController();
    w.runtime.onSleep = () => controller.abort(new Error("enough"));
    w.fault = () => ({ status: 429 });
    await expect(commit(w, w.base, { signal: controller.signal })).rejects.toThrow("enough");
  });
});

describe("idempotency keys (RST-028 … RST-030, decision 6)", () => {
  const keyOf = ({ headers }: Asked) => headers["idempotency-key"];

  it("go with changes alone, a new one for each", async () => {
    const w = await setUp(KEYED);
    await commit(w, w.base);
    await w.rest.listNamespaces();
    const keys = w.server.asked.map(keyOf);
    expect(keys.map((key) => key === undefined)).toEqual([true, false, false, false, true]);
    expect(new Set(keys.slice(1, 4)).size).toBe(3);
    expect(keys[3]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it("let a 503 with Retry-After be followed by the same request", async () => {
    const w = await setUp(KEYED);
    w.fault = first(2, "POST", () => ({ status: 503, headers: { "retry-after": "2" } }));
    expect((await commit(w, w.base)).kind).toBe("committed");
    expect(w.runtime.waits).toEqual([2000, 2000]);
    expect(new Set(w.commits().map(({ body, ...asked }) => body + keyOf({ ...asked, body }))).size).toBe(1);
  });

  it.each([
    ["503 without Retry-After", { status: 503 }],
    ["502", { status: 502, headers: { "retry-after": "2" } }],
    ["a lost answer", { fault: "reset" }],
  ] as const)("not after %s", async (_, answer) => {
    const w = await setUp(KEYED);
    w.fault = first(1, "POST", () => answer);
    expect((await commit(w, w.base)).kind).toBe("unknown");
    expect(w.commits()).toHaveLength(1);
  });

  it("not beyond their lifetime", async () => {
    const w = await setUp({ ...KEYED, "idempotency-key-lifetime": "PT3S" });
    w.fault = () => ({ status: 503, headers: { "retry-after": "2" } });
    expect((await commit(w, w.base)).kind).toBe("unknown");
    expect(w.commits()).toHaveLength(2);
  });

  it.each([409, 400, 404])(
    "a %s after a 503 does not prove that the first request did nothing",
    async (status) => {
      const w = await setUp(KEYED);
      let times = 0;
      w.fault = () =>
        times++ === 0 ? { status: 503, headers: { "retry-after": "2" } } : errorAnswer(status, "");
      expect((await commit(w, w.base)).kind).toBe("unknown");
    },
  );

  it("an abort while it waits after a 503 leaves it unknown", async () => {
    const w = await setUp(KEYED);
    const controller = new AbortController();
    w.runtime.onSleep = () => controller.abort(new Error("enough"));
    w.fault = () => ({ status: 503, headers: { "retry-after": "2" } });
    expect((await commit(w, w.base, { signal: controller.signal })).kind).toBe("unknown");
  });
});

describe("Table.append() over REST", () => {
  it("adds rows with the right requirements and reads them back", async () => {
    const w = await setUp();
    const { table, snapshot } = await w.append();
    await table.append([{ id: 3n }]);
    const uuid = w.base.metadata.tableUuid;
    expect(w.commits().map((asked) => (sentJson(asked) as JsonObject).requirements)).toEqual([
      [
        { type: "assert-table-uuid", uuid },
        { type: "assert-ref-snapshot-id", ref: "main", "snapshot-id": null },
      ],
      [
        { type: "assert-table-uuid", uuid },
        { type: "assert-ref-snapshot-id", ref: "main", "snapshot-id": snapshot.snapshotId },
      ],
    ]);
    expect(await w.rows()).toBe(3);
  });

  it("a 409 is followed by a reload and another try (RST-062)", async () => {
    const w = await setUp();
    w.fault = first(1, "POST", async () => {
      await w.rival();
      return undefined;
    });
    await w.append();
    expect(w.commits()).toHaveLength(2);
    expect(await w.rows()).toBe(4);
    expect(
      (await w.rest.loadTable(id)).metadata.snapshots.map(({ sequenceNumber }) => sequenceNumber),
    ).toEqual([1, 2]);
  });

  it.each([
    ["500", { status: 500 }],
    ["502 as a page", { status: 502, body: "<html/>" }],
    ["504", { status: 504 }],
    ["a reset", { fault: "reset" }],
    ["half an answer", { status: 200, body: '{"metadata-location":"x"}', fault: "truncate" }],
    ["200 that is no JSON", { status: 200, body: "ok" }],
  ] as const)("a commit that happened and was answered with %s is found (RST-021)", async (_, answer) => {
    const w = await setUp();
    w.fault = first(1, "POST", async (__, serving) => {
      await serving();
      return answer;
    });
    const { snapshot, table } = await w.append();
    expect(table.metadata.currentSnapshotId).toBe(snapshot.snapshotId);
    expect([w.commits().length, await w.rows()]).toEqual([1, 2]);
  });

  it("one that is found below later commits is a success too", async () => {
    const w = await setUp();
    w.fault = first(1, "POST", async (_, serving) => {
      await serving();
      await w.rival();
      return { status: 504 };
    });
    const { snapshot, table } = await w.append();
    expect(table.metadata.snapshots[0]!.snapshotId).toBe(snapshot.snapshotId);
    expect(await w.rows()).toBe(4);
  });

  it("one that did not happen stays unknown: its files are kept, it is not sent again (CMT-009)", async () => {
    const w = await setUp();
    w.fault = first(1, "POST", () => ({ status: 504 }));
    await expect(w.append()).rejects.toMatchObject({ code: "commit-state-unknown" });
    expect(w.files().map((name) => name.replace(/.*\./, ""))).toEqual(["parquet", "avro", "avro"]);
    expect([w.commits().length, await w.rows()]).toEqual([1, 0]);
  });

  it.each([400, 401, 403, 404, 422, 501])("after %s nothing of it is left (CMT-011)", async (status) => {
    const w = await setUp();
    w.fault = first(1, "POST", () => ({ status }));
    await expect(w.append()).rejects.toThrow(String(status));
    expect(w.files()).toEqual([]);
  });

  it("an abort during the commit deletes nothing", async () => {
    const w = await setUp();
    const controller = new AbortController();
    w.fault = first(1, "POST", async (_, serving) => {
      await serving();
      controller.abort(new Error("enough"));
      return { fault: "hang" };
    });
    const table = await new Catalog(w.rest, w.runtime).loadTable("ns.t");
    const appending = table.append([{ id: 1n }], { signal: controller.signal });
    await expect(appending).rejects.toMatchObject({ code: "commit-state-unknown" });
    expect([w.files().length, await w.rows()]).toEqual([3, 1]);
  });

  it("a request delivered twice adds its rows once", async () => {
    const w = await setUp();
    w.fault = first(1, "POST", async (_, serving) => {
      await serving();
      return await serving();
    });
    await w.append();
    expect([w.commits().length, await w.rows()]).toEqual([1, 2]);
  });
});
