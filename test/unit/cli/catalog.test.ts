/** `--catalog`: the same verbs against a REST server, here one that keeps its tables in a folder. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isJsonObject, type JsonObject, parseJson } from "../../../src/base/index.ts";
import { FileCatalogClient } from "../../../src/node.ts";
import { serve, type TestServer } from "../catalog/rest-fixture.ts";
import { restService } from "../catalog/rest-service.ts";
import { icewright, makeFolder, type Outcome, removeFolder, SAMPLE } from "./harness.ts";

const TOKEN = "s3cret-token";

let cwd = "";
let server: TestServer;
beforeAll(async () => {
  cwd = await makeFolder();
  const service = restService(new FileCatalogClient(join(cwd, "lake")));
  server = await serve((asked) =>
    asked.headers.authorization === `Bearer ${TOKEN}`
      ? service(asked)
      : { status: 401, json: { error: { message: "who?", type: "NotAuthorizedException", code: 401 } } },
  );
});
afterAll(async () => {
  await server.close();
  await removeFolder(cwd);
});

async function rest(argv: readonly string[], environment: Record<string, string> = {}): Promise<Outcome> {
  return await icewright([...argv, "--catalog", server.uri], {
    cwd,
    environment: { ICEWRIGHT_TOKEN: TOKEN, ...environment },
  });
}

function document(text: string): JsonObject {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error("not an object");
  return json;
}

describe("--catalog URI", () => {
  test("ingests into a REST catalog, and every reading verb finds the table there", async () => {
    const ingested = await rest(["ingest", SAMPLE, "--json"]);
    expect([ingested.status, ingested.stderr]).toStrictEqual([0, expect.stringContaining(server.uri)]);
    const { rows } = document(ingested.stdout);
    const scanned = await rest(["scan", "telemetry.trace_events", "--count"]);
    expect(scanned.stdout).toBe(`${rows}\n`);
    for (const verb of [
      "describe",
      "snapshots",
      "files",
      "manifests",
      "partitions",
      "refs",
      "history",
      "plan",
    ]) {
      const { status, stdout } = await rest([verb, "telemetry.trace_events", "--json"]);
      expect([verb, status, stdout === ""]).toStrictEqual([verb, 0, false]);
    }
    const changed = await rest(["properties", "telemetry.trace_events", "--set", "owner=a=b", "--json"]);
    expect(document(changed.stdout)).toMatchObject({ properties: { owner: "a=b" } });
  });

  test("a missing table is a failure that names what the catalog has", async () => {
    const { status, stderr } = await rest(["scan", "telemetry.nothing"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/\[no-such-table\]\nhint: the catalog http:.* has telemetry\.trace_events/);
  });

  test("the token of a flag wins over the environment's; a wrong one fails and is not printed", async () => {
    const wrong = await rest(["refs", "telemetry.trace_events", "--verbose"], {
      ICEWRIGHT_TOKEN: "wrong-token",
    });
    expect([wrong.status, wrong.stderr]).toStrictEqual([1, expect.stringContaining("[not-authorized]")]);
    expect(wrong.stderr).not.toContain("wrong-token");
    const right = await rest(["refs", "telemetry.trace_events", "--token", TOKEN], {
      ICEWRIGHT_TOKEN: "wrong",
    });
    expect(right.status).toBe(0);
  });

  test("the environment names catalog and warehouse; properties become headers", async () => {
    const environment = {
      ICEWRIGHT_TOKEN: TOKEN,
      ICEWRIGHT_CATALOG: server.uri,
      ICEWRIGHT_WAREHOUSE: "main",
    };
    server.asked.length = 0;
    const argv = ["refs", "telemetry.trace_events", "--catalog-property", "header.X-Tenant=a=b"];
    expect((await icewright(argv, { cwd, environment })).status).toBe(0);
    expect(server.asked[0]!.query.get("warehouse")).toBe("main");
    expect(server.asked[0]!.headers["x-tenant"]).toBe("a=b");
    const overruled = await icewright(["refs", "ns.t", "--catalog", "", "--warehouse", "w"], {
      cwd,
      environment,
    });
    expect(overruled.stderr).toContain(`the warehouse ${join(cwd, "w")} has no tables`);
  });

  test("paths are opened as paths whatever the catalog", async () => {
    const { status } = await rest(["describe", "lake/telemetry/trace_events"]);
    expect(status).toBe(0);
  });

  test.each([
    [["refs", "a.b", "--catalog", "localhost:8181"], "--catalog takes an http"],
    [["refs", "a.b", "--token", "x"], "--token is for --catalog URI"],
    [["refs", "a.b", "--catalog-property", "k=v"], "--catalog-property is for --catalog URI"],
    [["refs", "a.b", "--catalog", "http://localhost", "--catalog-property", "secret"], "takes key=value"],
    [["demo", "--catalog", "http://localhost"], "demo works in a folder"],
  ])("%j is wrong usage", async (argv, message) => {
    const { status, stderr } = await icewright(argv, { cwd });
    expect([status, stderr]).toStrictEqual([2, expect.stringContaining(message)]);
    expect(stderr).not.toContain("secret");
  });

  test("a server that is not there is a failure", async () => {
    const { status, stderr } = await icewright(["refs", "a.b", "--catalog", "http://127.0.0.1:1"], { cwd });
    expect([status, stderr]).toStrictEqual([1, expect.stringContaining("[io-failed]")]);
  });
});

describe("--warehouse", () => {
  test("takes a file: location, and refuses one of an object store instead of making a folder of its name", async () => {
    const folder = pathToFileURL(join(cwd, "lake")).href;
    const found = await icewright(["describe", "telemetry.trace_events", "--json", "--warehouse", folder], {
      cwd,
    });
    expect([found.status, found.stderr]).toStrictEqual([0, ""]);
    const { status, stderr } = await icewright(["ingest", SAMPLE, "--warehouse", "s3://lake/x"], { cwd });
    expect(status).toBe(2);
    expect(stderr).toContain('--warehouse takes a folder, not "s3://lake/x"');
    expect(await readdir(cwd)).not.toContain("s3:");
  });
});
