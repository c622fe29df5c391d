import { describe, expect, it } from "vitest";
import { MemoryCatalogClient, type TableIdentifier } from "../../../src/catalog/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { type Answer, errorAnswer } from "./rest-fixture.ts";
import { first, type World, world } from "./rest-setup.ts";

const schema = defineSchema({ id: required(t.long()) });
const id: TableIdentifier = { namespace: ["ns"], name: "t" };

const ROUTES = {
  listNamespaces: ({ rest }: World) => rest.listNamespaces(["ns"]),
  createNamespace: ({ rest }: World) => rest.createNamespace(["ns"]),
  listTables: ({ rest }: World) => rest.listTables(["ns"]),
  createTable: ({ rest }: World) => rest.createTable(id, { schema }),
  loadTable: ({ rest }: World) => rest.loadTable(id),
  async commitTable({ rest }: World) {
    const memory = new MemoryCatalogClient();
    await memory.createNamespace(["ns"]);
    const outcome = await rest.commitTable(await memory.createTable(id, { schema }), [], []);
    if (outcome.kind !== "committed") throw outcome.error;
  },
} as const;
type Route = keyof typeof ROUTES;
const changes: readonly Route[] = ["createNamespace", "createTable", "commitTable"];
const reads: readonly Route[] = ["listNamespaces", "listTables", "loadTable"];

/** The error of one route when the server answers everything like this. */
async function failureOf(route: Route, answer: Answer) {
  const w = await world(undefined, { properties: { "rest.client.max-retries": "0" } });
  w.fault = () => answer;
  const error: unknown = await ROUTES[route](w).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error as { code: string; message: string; retryable: boolean; context: object } | undefined;
}

describe("errors by route and status (RST-019, RST-020)", () => {
  it.each([
    ["NoSuchTableException", "no-such-table"],
    ["NoSuchNamespaceException", "no-such-namespace"],
  ])("a 404 of type %s is %s on every route", async (type, code) => {
    for (const route of Object.keys(ROUTES) as Route[]) {
      expect([route, (await failureOf(route, errorAnswer(404, type)))?.code]).toEqual([route, code]);
    }
  });

  it.each([
    ["listNamespaces", "no-such-namespace"],
    ["createNamespace", "no-such-namespace"],
    ["listTables", "no-such-namespace"],
    ["createTable", "no-such-namespace"],
    ["loadTable", "no-such-table"],
    ["commitTable", "no-such-table"],
  ] as const)("a 404 of %s without a type is %s", async (route, code) => {
    expect((await failureOf(route, { status: 404 }))?.code).toBe(code);
    expect((await failureOf(route, { status: 404, body: "<html>not here</html>" }))?.message).toMatch(
      /404: not here/,
    );
  });

  it("a table whose metadata file is gone is no missing table", async () => {
    const error = await failureOf("loadTable", errorAnswer(404, "NotFoundException", "file:/x is gone"));
    expect(error).toMatchObject({
      code: "no-such-file",
      message: expect.stringContaining("file:/x is gone"),
    });
  });

  it.each([
    [401, "not-authorized"],
    [403, "forbidden"],
    [405, "unsupported"],
    [406, "unsupported"],
    [419, "not-authorized"],
    [422, "validation-failed"],
    [429, "io-failed"],
    [501, "unsupported"],
    [418, "io-failed"],
  ])("%s is %s on every route: nothing was changed", async (status, code) => {
    for (const route of Object.keys(ROUTES) as Route[]) {
      expect([route, (await failureOf(route, { status }))?.code]).toEqual([route, code]);
    }
  });

  it.each([
    ["createNamespace", 409, "already-exists"],
    ["createTable", 409, "already-exists"],
    ["commitTable", 409, "commit-failed"],
    ["commitTable", 400, "validation-failed"],
    ["createTable", 400, "invalid-argument"],
    ["loadTable", 400, "invalid-argument"],
  ] as const)("%s with %s is %s", async (route, status, code) => {
    expect((await failureOf(route, { status }))?.code).toBe(code);
  });

  it("the old 400 for a namespace with tables in it is told apart by its type", async () => {
    const error = await failureOf("createNamespace", errorAnswer(400, "NamespaceNotEmptyException"));
    expect(error?.code).toBe("namespace-not-empty");
  });

  it.each([408, 500, 502, 503, 504, 507, 599])(
    "%s leaves a change unknown and a read failed",
    async (status) => {
      for (const route of changes) {
        expect([route, (await failureOf(route, { status }))?.code]).toEqual([route, "commit-state-unknown"]);
      }
      for (const route of reads) {
        expect([route, await failureOf(route, { status })]).toMatchObject([
          route,
          { code: "io-failed", retryable: true },
        ]);
      }
    },
  );

  it("the status stands where the body says otherwise (RST-018)", async () => {
    const body = { error: { message: "m", type: "NoSuchTableException", code: 404 } };
    expect((await failureOf("commitTable", { status: 409, json: body }))?.code).toBe("commit-failed");
  });

  it.each([
    ["nothing", {}, /answered 403$/],
    [
      "a page",
      { body: "<html><body><h1>Forbidden</h1>\n<p>go  away</p></body></html>" },
      /403: Forbidden go away$/,
    ],
    ["JSON of another shape", { json: { detail: "nope" } }, /403: \{"detail":"nope"\}$/],
    ["bytes that are no text", { body: new Uint8Array([0xff, 0xfe]) }, /403: /],
    ["a message that is none", { json: { error: { message: 5, type: ["x"] } } }, /answered 403$/],
    ["a very long one", { body: "x".repeat(100_000) }, /403: x{500}…$/],
    [
      "type and message",
      errorAnswer(403, "ForbiddenException", "not you"),
      /403 ForbiddenException: not you$/,
    ],
  ])("names what an error body holds: %s", async (_, answer, message) => {
    expect((await failureOf("loadTable", { ...answer, status: 403 }))?.message).toMatch(message);
  });
});

describe("repetition of reads (RST-023)", () => {
  it.each([408, 429, 500, 502, 503, 504])("asks again after %s, with growing waits", async (status) => {
    const w = await world();
    w.fault = first(3, "GET", () => ({ status }));
    expect(await w.rest.listNamespaces()).toEqual([]);
    expect(w.runtime.waits).toEqual([1000, 2000, 4000]);
  });

  it("waits as long as the server asks, gives up after five times more", async () => {
    const w = await world();
    w.fault = () => ({ status: 503, headers: { "retry-after": "7" } });
    await expect(w.rest.loadTable(id)).rejects.toMatchObject({ code: "io-failed", context: { status: 503 } });
    expect(w.runtime.waits).toEqual([7000, 7000, 7000, 7000, 7000]);
  });

  it.each(["reset", "truncate"] as const)("asks again when the answer is lost (%s)", async (fault) => {
    const w = await world();
    w.fault = first(2, "GET", () => ({ body: '{"namespaces": []}', fault }));
    expect(await w.rest.listNamespaces()).toEqual([]);
    expect(w.server.asked).toHaveLength(4);
  });

  it("not when nobody listens, when it takes too long, or when the answer makes no sense", async () => {
    const w = await world(undefined, { timeoutMs: 40 });
    w.fault = () => ({ fault: "hang" });
    await expect(w.rest.listNamespaces()).rejects.toThrow(/40 ms/);
    w.fault = () => ({ body: '{"namespaces": [' });
    await expect(w.rest.listNamespaces()).rejects.toMatchObject({ code: "invalid-payload" });
    await w.server.close();
    await expect(w.rest.listNamespaces()).rejects.toMatchObject({ fault: "unsent" });
    expect(w.runtime.waits).toEqual([]);
  });

  it("an abort ends the wait", async () => {
    const w = await world();
    const controller = new AbortController();
    w.runtime.onSleep = () => controller.abort(new Error("enough"));
    w.fault = () => ({ status: 503 });
    await expect(w.rest.listNamespaces([], { signal: controller.signal })).rejects.toThrow("enough");
    expect(w.server.asked).toHaveLength(2);
  });
});
