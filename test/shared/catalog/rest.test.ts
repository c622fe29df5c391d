/** The shared vectors on the REST protocol: bodies that Java's parsers take or refuse, statuses and their errors. @module */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Json, parseJson, stringifyJson } from "../../../src/base/index.ts";
import { MemoryCatalogClient, openRestCatalog, type RestCatalogClient } from "../../../src/catalog/index.ts";
import { configFromJson } from "../../../src/catalog/rest-config.ts";
import { leavesDoubt } from "../../../src/catalog/rest-errors.ts";
import { namespacesFromJson, tableFromJson, tablesFromJson } from "../../../src/catalog/rest-payloads.ts";
import { HTTP_MAX_RETRIES, retryWait } from "../../../src/io/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { type Answer, errorAnswer, fakeRuntime } from "../../unit/catalog/rest-fixture.ts";
import { start } from "../../unit/catalog/rest-setup.ts";

const vectors = new URL("../../../../shared/vectors/", import.meta.url);

function load<T>(name: string): T {
  return parseJson(readFileSync(new URL(name, vectors), "utf8"), name) as T;
}

interface Sample {
  readonly test: string;
  readonly valid: boolean;
  readonly json: Json;
}
const { samples } = load<{ samples: Readonly<Record<string, readonly Sample[]>> }>("rest-json-samples.json");

describe("bodies that Java takes or refuses (rest-json-samples.json)", () => {
  const readers: Readonly<Record<string, (json: Json) => unknown>> = {
    ConfigResponse: configFromJson,
    ConfigResponseParser: configFromJson,
    ListNamespacesResponse: namespacesFromJson,
    ListTablesResponse: tablesFromJson,
    LoadTableResponseParser: (json) => tableFromJson(json, "table"),
    TableIdentifierParser: (json) => tablesFromJson({ identifiers: [json] }),
  };
  const cases = Object.keys(readers).flatMap((parser) =>
    samples[parser]!.map(
      (sample) => [parser, sample.test, stringifyJson(sample.json), sample.valid] as const,
    ),
  );

  test.each(cases)("%s %s: %s is valid: %s", (parser, _, text, valid) => {
    const read = () => readers[parser]!(parseJson(text));
    if (valid) expect(read).not.toThrow();
    else expect(read).toThrow(/^Cannot read/);
  });

  test.each(
    samples.OAuthTokenResponse!.map(
      (sample) => [sample.test, stringifyJson(sample.json), sample.valid] as const,
    ),
  )("OAuthTokenResponse %s: %s is valid: %s", async (_, text, valid) => {
    const server = await start(({ path }) => (path.endsWith("tokens") ? { body: text } : { json: {} }));
    const opening = openRestCatalog({ uri: server.uri, credential: "id:secret" });
    if (valid) await opening;
    else await expect(opening).rejects.toMatchObject({ code: "invalid-payload" });
  });
});

type Family = Readonly<Record<string, string>>;
const errors = load<Readonly<Record<string, Family>>>("rest-errors.json");
const schema = defineSchema({ id: required(t.long()) });
const id = { namespace: ["ns"], name: "t" };

/** Our code for the classes of the vectors. Java's plain RESTException is whatever the status says. */
const CODES: Readonly<Record<string, RegExp>> = {
  BadRequest: /^(invalid-argument|validation-failed)$/,
  NotAuthorized: /^not-authorized$/,
  Forbidden: /^forbidden$/,
  NoSuchTable: /^no-such-table$/,
  NoSuchNamespace: /^no-such-namespace$/,
  NoSuchWarehouse: /^no-such-warehouse$/,
  NamespaceNotEmpty: /^(namespace-not-empty|invalid-argument)$/,
  AlreadyExists: /^already-exists$/,
  CommitFailed: /^commit-failed$/,
  CommitStateUnknown: /^commit-state-unknown$/,
  Unsupported: /^unsupported$/,
  ServiceFailure: /^(io-failed|commit-state-unknown)$/,
  ServiceUnavailable: /^(io-failed|commit-state-unknown)$/,
  RESTException: /^(io-failed|unsupported|validation-failed)$/,
  retry: /^io-failed$/,
};

const CALLS: readonly (readonly [
  family: string,
  name: string,
  call: (rest: RestCatalogClient) => Promise<unknown>,
])[] = [
  ["namespace", "listNamespaces", (rest) => rest.listNamespaces()],
  ["namespace", "createNamespace", (rest) => rest.createNamespace(["ns"])],
  ["namespace", "listTables", (rest) => rest.listTables(["ns"])],
  ["load_table", "loadTable", (rest) => rest.loadTable(id)],
  ["commit_table", "commitTable", commitEmpty],
];

async function commitEmpty(rest: RestCatalogClient): Promise<void> {
  const memory = new MemoryCatalogClient();
  await memory.createNamespace(["ns"]);
  const outcome = await rest.commitTable(await memory.createTable(id, { schema }), [], []);
  if (outcome.kind !== "committed") throw outcome.error;
}

async function codeOf(answer: Answer, call: (rest: RestCatalogClient) => Promise<unknown>): Promise<string> {
  const server = await start(({ path }) => (path === "/v1/config" ? { json: {} } : answer));
  const rest = await openRestCatalog({ uri: server.uri, runtime: fakeRuntime() });
  return await call(rest).then(
    () => "no error",
    (error: { code: string }) => error.code,
  );
}

describe("errors as Java maps them (rest-errors.json)", () => {
  const cases = CALLS.flatMap(([family, name, call]) =>
    Object.entries({ ...errors.default, ...errors[family] })
      .filter(([status]) => /^\d+$/.test(status))
      .map(([status, meaning]) => [name, Number(status), meaning, call] as const),
  );

  test.each(cases)("%s with %s: %s", async (_, status, meaning, call) => {
    const expected = CODES[/^\w+/.exec(meaning)![0]];
    expect(expected, `no code for ${meaning}`).toBeDefined();
    expect(await codeOf({ status }, call)).toMatch(expected!);
  });

  test("a typed 404 of the configuration is an unknown warehouse", async () => {
    const server = await start(() => errorAnswer(404, "NoSuchWarehouseException"));
    await expect(openRestCatalog({ uri: server.uri })).rejects.toMatchObject({ code: "no-such-warehouse" });
  });

  test.each(Object.entries(errors.oauth!))("OAuth %s: %s", async (error, meaning) => {
    const server = await start(() => ({ status: 400, json: { error } }));
    const opening = openRestCatalog({ uri: server.uri, credential: "s" });
    await expect(opening).rejects.toMatchObject({ code: expect.stringMatching(CODES[meaning]!) });
  });

  test("the statuses that leave a commit unknown are Java's, and every other 5xx but 501 (RST-020)", () => {
    const unknown = Object.entries(errors.commit_table!).filter(
      ([, meaning]) => meaning === "CommitStateUnknown",
    );
    expect(unknown.map(([status]) => leavesDoubt(Number(status)))).toEqual(unknown.map(() => true));
    expect([400, 401, 403, 404, 409, 419, 422, 429, 501].filter(leavesDoubt)).toEqual([]);
  });

  test("transport retries are Java's for reads, and no more than Java's for changes", () => {
    const rules = errors.transport_retry as unknown as {
      readonly max_retries: number;
      readonly always: readonly number[];
      readonly idempotent_methods_only: readonly number[];
    };
    const retried = (repeatable: "always" | "never") =>
      Array.from({ length: 200 }, (_, at) => 400 + at).filter(
        (status) =>
          retryWait({ status, header: () => undefined, body: new Uint8Array() }, repeatable, 0, {
            nowMs: 0,
            random: 0,
          }) !== undefined,
      );
    expect(retried("always")).toEqual(rules.idempotent_methods_only);
    expect(retried("never")).toEqual(rules.always);
    expect(HTTP_MAX_RETRIES).toBe(rules.max_retries);
  });
});
