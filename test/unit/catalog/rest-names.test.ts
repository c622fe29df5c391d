import { describe, expect, it } from "vitest";
import { openRestCatalog } from "../../../src/catalog/index.ts";
import { restPaths } from "../../../src/catalog/rest-paths.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { sentJson } from "./rest-fixture.ts";
import { start, world } from "./rest-setup.ts";

const schema = defineSchema({ id: required(t.long()) });

describe("restPaths()", () => {
  it("encodes each level once and joins them with the separator as it came (RST-010, RST-013)", () => {
    const paths = restPaths(new Map());
    expect(paths.namespace(["a.b", "c/d"])).toBe("v1/namespaces/a.b%1Fc%2Fd");
    expect(paths.table({ namespace: ["x"], name: "a/b c%ü" })).toBe(
      "v1/namespaces/x/tables/a%2Fb%20c%25%C3%BC",
    );
    const dotted = restPaths(new Map([["namespace-separator", "%2E"]]));
    expect(dotted.tables(["a.b", "c"])).toBe("v1/namespaces/a.b%2Ec/tables");
  });

  it("joins a parent with the decoded separator, to be encoded as a query once (RST-011)", () => {
    expect(restPaths(new Map()).parent(["accounting", "tax"])).toBe("accounting\u001ftax");
    expect(restPaths(new Map([["namespace-separator", "%2E"]])).parent(["a", "b"])).toBe("a.b");
  });

  it.each([".", ".."])("refuses the name %s, which URL parsers take for a step", (name) => {
    const paths = restPaths(new Map());
    expect(() => paths.namespace([name])).toThrow(/no such name/);
    expect(() => paths.table({ namespace: ["a"], name })).toThrow(/no such name/);
    expect(paths.namespace([name, name])).toContain("%1F");
  });

  it("refuses lone surrogates and a separator that is no encoded text", () => {
    expect(() => restPaths(new Map()).namespace(["\ud800"])).toThrow(/surrogate/);
    expect(() => restPaths(new Map([["namespace-separator", "%"]]))).toThrow(/separator/);
  });
});

describe("RestCatalogClient and names", () => {
  it("brings odd names to the server and back as they are (RST-010 to RST-014)", async () => {
    const { rest, server } = await world();
    const namespace = ["a.b c", "d/e%20+", "ü\u{1f600}"];
    const id = { namespace, name: "t/1 %41?#" };
    await rest.createNamespace(namespace);
    await rest.createTable(id, { schema });
    expect((await rest.loadTable(id)).identifier).toEqual(id);
    expect(await rest.listTables(namespace)).toEqual([id]);
    expect(await rest.listNamespaces(namespace.slice(0, 2))).toEqual([namespace]);
    expect(sentJson(server.asked[1])).toMatchObject({ namespace });
    expect(server.asked.at(-1)!.query.get("parent")).toBe("a.b c\u001fd/e%20+");
  });
});

describe("RestCatalogClient and pages", () => {
  it("follows page tokens to the end, with the size asked for (RST-015)", async () => {
    const { rest, server } = await world(undefined, { properties: { "rest-page-size": "2" } });
    const names = ["a", "b", "c", "d", "e"].map((name) => [name]);
    for (const name of names) await rest.createNamespace(name);
    const before = server.asked.length;
    expect(await rest.listNamespaces()).toEqual(names);
    expect(
      server.asked.slice(before).map(({ query }) => [query.get("pageToken"), query.get("pageSize")]),
    ).toEqual([
      ["", "2"],
      ["&=+/2", "2"],
      ["&=+/4", "2"],
    ]);
  });

  it("opts in to pages without a size, and takes an empty token for the end (RST-015, RST-016)", async () => {
    const server = await start(({ path }) =>
      path === "/v1/config" ? { json: {} } : { json: { namespaces: [["a"]], "next-page-token": "" } },
    );
    const rest = await openRestCatalog({ uri: server.uri });
    expect(await rest.listNamespaces()).toEqual([["a"]]);
    expect([...server.asked[1]!.query]).toEqual([["pageToken", ""]]);
  });

  it("stops when tokens go round in a circle", async () => {
    const server = await start(({ path, query }) => {
      if (path === "/v1/config") return { json: {} };
      const next = query.get("pageToken") === "1" ? "2" : "1";
      return { json: { identifiers: [], "next-page-token": next } };
    });
    const rest = await openRestCatalog({ uri: server.uri });
    await expect(rest.listTables(["a"])).rejects.toThrow(/page token "1" again/);
    expect(server.asked).toHaveLength(4);
  });

  it.each([
    ["no list", {}],
    ["a name that is none", { identifiers: [{ namespace: ["a"], name: 5 }] }],
    ["a namespace that is no list", { identifiers: [{ namespace: "a", name: "t" }] }],
  ])("refuses a page with %s", async (_, json) => {
    const server = await start(({ path }) => (path === "/v1/config" ? { json: {} } : { json }));
    const rest = await openRestCatalog({ uri: server.uri });
    await expect(rest.listTables(["a"])).rejects.toMatchObject({ code: "invalid-payload" });
  });
});
