import { describe, expect, it } from "vitest";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { errorAnswer, sentJson } from "./rest-fixture.ts";
import { first, world } from "./rest-setup.ts";

const schema = defineSchema({ id: required(t.long()) });
const id = { namespace: ["ns", "in ner"], name: "t/1" };
const PATH = "/v1/namespaces/ns%1Fin%20ner/tables/t%2F1";

async function withTable(config?: Parameters<typeof world>[0]) {
  const it = await world(config);
  await it.memory.createNamespace(id.namespace);
  await it.memory.createTable(id, { schema });
  return it;
}

describe("RestCatalogClient.dropTable()", () => {
  it.each([
    [undefined, "false"],
    [{ purge: true }, "true"],
  ])("asks the server, which deletes the files itself: %j (RST-052)", async (options, asked) => {
    const { rest, server, io } = await withTable();
    const before = io.files.size;
    await rest.dropTable(id, options);
    const call = server.asked.at(-1)!;
    expect([call.line, call.query.get("purgeRequested")]).toEqual([`DELETE ${PATH}`, asked]);
    expect(io.files.size).toBe(options === undefined ? before : 0);
  });

  it("a lost reply is asked again; that the table is gone then is what was wanted", async () => {
    const it = await withTable();
    it.fault = first(1, "DELETE", async (_, serving) => {
      await serving();
      return { fault: "reset" };
    });
    await it.rest.dropTable(id);
    expect(it.server.asked.filter(({ method }) => method === "DELETE")).toHaveLength(2);
    expect(await it.memory.listTables(id.namespace)).toEqual([]);
  });

  it("a table that never was is no-such-table, also when the server was busy first", async () => {
    const it = await withTable();
    const missing = { ...id, name: "missing" };
    await expect(it.rest.dropTable(missing)).rejects.toMatchObject({ code: "no-such-table" });
    it.fault = first(1, "DELETE", () => errorAnswer(429, "TooManyRequests"));
    await expect(it.rest.dropTable(missing)).rejects.toMatchObject({ code: "no-such-table" });
  });

  it("is unknown when no answer ever comes", async () => {
    const it = await withTable();
    it.fault = (asked) => (asked.method === "DELETE" ? { fault: "reset" } : undefined);
    await expect(it.rest.dropTable(id)).rejects.toMatchObject({ code: "commit-state-unknown" });
  });

  it("refuses what the server does not offer (RST-003)", async () => {
    const { rest } = await withTable({
      defaults: {},
      overrides: {},
      endpoints: ["GET /v1/{prefix}/namespaces"],
    });
    await expect(rest.dropTable(id)).rejects.toMatchObject({ code: "unsupported" });
    await expect(rest.dropNamespace(["ns"])).rejects.toMatchObject({ code: "unsupported" });
    await expect(rest.renameTable(id, id)).rejects.toMatchObject({ code: "unsupported" });
  });
});

describe("RestCatalogClient.dropNamespace()", () => {
  it.each([
    [409, "NamespaceNotEmptyException"],
    [400, "NamespaceNotEmptyException"],
    [409, ""],
  ])("%d %s: it is not empty (RST-065)", async (status, type) => {
    const it = await withTable();
    it.fault = first(1, "DELETE", () => errorAnswer(status, type));
    await expect(it.rest.dropNamespace(["ns"])).rejects.toMatchObject({ code: "namespace-not-empty" });
  });
});

describe("RestCatalogClient.renameTable()", () => {
  it("posts both names below the prefix, where no namespace stands (RST-001)", async () => {
    const { rest, server } = await withTable();
    const to = { namespace: ["ns"], name: "moved" };
    await rest.renameTable(id, to);
    expect(server.asked.at(-1)!.line).toBe("POST /v1/tables/rename");
    expect(sentJson(server.asked.at(-1))).toEqual({ source: id, destination: to });
  });

  it("a lost reply leaves it unknown: a second rename could fail where the first did not", async () => {
    const it = await withTable();
    it.fault = first(1, "POST", async (_, serving) => {
      await serving();
      return { fault: "reset" };
    });
    const renaming = it.rest.renameTable(id, { namespace: ["ns"], name: "moved" });
    await expect(renaming).rejects.toMatchObject({ code: "commit-state-unknown" });
  });

  it("404 without a type is the table; with one it is what it says (RST-019)", async () => {
    const it = await withTable();
    const rename = () => it.rest.renameTable(id, { namespace: ["ns"], name: "moved" });
    it.fault = first(1, "POST", () => ({ status: 404 }));
    await expect(rename()).rejects.toMatchObject({ code: "no-such-table" });
    it.fault = first(1, "POST", () => errorAnswer(404, "NoSuchNamespaceException"));
    await expect(rename()).rejects.toMatchObject({ code: "no-such-namespace" });
  });
});
