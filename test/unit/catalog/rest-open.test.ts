import { describe, expect, it } from "vitest";
import { openRestCatalog } from "../../../src/catalog/index.ts";
import { configFromJson, mergeProperties } from "../../../src/catalog/rest-config.ts";
import { errorAnswer } from "./rest-fixture.ts";
import { start, world } from "./rest-setup.ts";

const empty = { defaults: {}, overrides: {} };

describe("openRestCatalog()", () => {
  it("asks for the configuration first, with the warehouse, below any path and slashes (RST-004)", async () => {
    const server = await start(() => ({ json: empty }));
    await openRestCatalog({ uri: `${server.uri}/api/catalog//`, warehouse: "a b&c" });
    expect(server.asked.map(({ line }) => line)).toEqual(["GET /api/catalog/v1/config"]);
    expect([...server.asked[0]!.query]).toEqual([["warehouse", "a b&c"]]);
    expect(server.asked[0]!.headers.accept).toBe("application/json");
  });

  it("sends header.* with every request, also those the server adds (RST-009)", async () => {
    const config = { defaults: { "header.X-Added": "by server" }, overrides: {} };
    const { rest, server } = await world(config, { properties: { "header.X-Mine": "1" } });
    await rest.listNamespaces();
    expect(server.asked.map(({ headers }) => [headers["x-mine"], headers["x-added"]])).toEqual([
      ["1", undefined],
      ["1", "by server"],
    ]);
  });

  it("goes where the overrides say: uri, prefix with slashes (RST-006, RST-007)", async () => {
    const other = await start(() => ({ json: { namespaces: [] } }));
    const server = await start(() => ({
      json: { defaults: {}, overrides: { uri: `${other.uri}/v/`, prefix: "ws/warehouses/a" } },
    }));
    const rest = await openRestCatalog({ uri: server.uri });
    await rest.listNamespaces();
    expect(other.asked.map(({ line }) => line)).toEqual(["GET /v/v1/ws/warehouses/a/namespaces"]);
  });

  it("tells an unknown warehouse from a wrong address (RST-008)", async () => {
    const unknown = await start(() => errorAnswer(404, "NotFoundException", "no warehouse w"));
    await expect(openRestCatalog({ uri: unknown.uri })).rejects.toMatchObject({
      code: "no-such-warehouse",
      message: expect.stringContaining("no warehouse w; check the warehouse"),
    });
    const wrong = await start(() => ({ status: 404, body: "<h1>nginx</h1>" }));
    await expect(openRestCatalog({ uri: wrong.uri })).rejects.toThrow(/nginx; check the catalog's uri/);
  });

  it.each(["", "localhost:8181", "ftp://h", "s3://b", "http://user:pa55@host"])(
    "refuses %s as an address, without secrets",
    async (uri) => {
      const opening = openRestCatalog({ uri });
      await expect(opening).rejects.toMatchObject({ code: "invalid-argument" });
      await expect(opening).rejects.not.toThrow(/pa55/);
    },
  );

  it("refuses a configuration that is none", async () => {
    const html = await start(() => ({ body: "<html>login</html>" }));
    await expect(openRestCatalog({ uri: html.uri })).rejects.toMatchObject({ code: "invalid-payload" });
  });

  it("is cancelled by its signal", async () => {
    const server = await start(() => ({ fault: "hang" }));
    const controller = new AbortController();
    void server.arrival("GET /v1/config").then(() => controller.abort(new Error("enough")));
    await expect(openRestCatalog({ uri: server.uri, signal: controller.signal })).rejects.toThrow("enough");
  });

  it("takes limits from options and properties", async () => {
    const server = await start(({ path }) => (path === "/v1/config" ? { json: empty } : { fault: "hang" }));
    const properties = { "rest.client.socket-timeout-ms": "40" };
    const rest = await openRestCatalog({ uri: server.uri, properties });
    await expect(rest.listNamespaces()).rejects.toThrow(/in 40 ms/);
    const small = openRestCatalog({ uri: server.uri, maxResponseBytes: 10 });
    await expect(small).rejects.toThrow(/more than 10 bytes/);
    const wrong = { "rest-page-size": "0" };
    await expect(openRestCatalog({ uri: server.uri, properties: wrong })).rejects.toThrow(/at least 1/);
  });
});

describe("configuration", () => {
  it("merges defaults, client and overrides; null takes away (RST-004, RST-005)", () => {
    const response = configFromJson({
      defaults: { a: "default", b: "default", c: "default", d: null },
      overrides: { c: "override", e: null },
    });
    const client = new Map([
      ["b", "client"],
      ["c", "client"],
      ["e", "client"],
    ]);
    expect(Object.fromEntries(mergeProperties(response, client))).toEqual({
      a: "default",
      b: "client",
      c: "override",
    });
  });

  it("assumes the endpoints of old servers, without HEAD, when none or an empty list is told (RST-002)", () => {
    for (const json of [{}, { endpoints: [] }]) {
      const { endpoints } = configFromJson(json);
      expect(endpoints).toContain("POST /v1/{prefix}/namespaces/{namespace}/tables/{table}");
      expect(endpoints).not.toContain("HEAD /v1/{prefix}/namespaces/{namespace}");
    }
  });

  it.each([
    ["PT30M", 1_800_000],
    ["P1DT1H1M1.5S", 90_061_500],
    ["PT0S", 0],
  ])("reads the lifetime %s", (text, expected) => {
    expect(configFromJson({ "idempotency-key-lifetime": text }).idempotencyLifetimeMs).toBe(expected);
  });

  it.each(["", "P", "PT", "30M", "not-a-duration"])("refuses the lifetime %j", (text) => {
    expect(() => configFromJson({ "idempotency-key-lifetime": text })).toThrow(/lifetime/);
  });
});

describe("endpoints", () => {
  const only = (...endpoints: string[]) => world({ ...empty, endpoints });

  it("refuses what the server does not offer before it asks (RST-003)", async () => {
    const { rest, server } = await only("GET /v1/{prefix}/namespaces");
    await rest.listNamespaces();
    for (const call of [
      () => rest.createNamespace(["a"]),
      () => rest.listTables(["a"]),
      () => rest.namespaceExists(["a"]),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: "unsupported",
        message: expect.stringContaining("/v1/{prefix}/"),
      });
    }
    expect(server.asked).toHaveLength(2);
  });

  it.each([
    ["HEAD", ["HEAD /v1/{prefix}/namespaces/{namespace}"]],
    ["GET", ["GET /v1/{prefix}/namespaces/{namespace}"]],
  ])("looks for a namespace with %s where that is what there is (RST-024)", async (method, endpoints) => {
    const { rest, server, memory } = await only(...endpoints);
    await memory.createNamespace(["a"]);
    expect([await rest.namespaceExists(["a"]), await rest.namespaceExists(["b"])]).toEqual([true, false]);
    expect(server.asked.slice(1).map(({ line }) => line)).toEqual([
      `${method} /v1/namespaces/a`,
      `${method} /v1/namespaces/b`,
    ]);
  });
});
