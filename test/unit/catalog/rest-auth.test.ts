import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/base/index.ts";
import { openRestCatalog, type RestCatalogOptions } from "../../../src/catalog/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { type Answer, type Asked, fakeRuntime } from "./rest-fixture.ts";
import { tableAnswer } from "./rest-service.ts";
import { start, world } from "./rest-setup.ts";

const schema = defineSchema({ id: required(t.long()) });
const TOKENS = "/v1/oauth/tokens";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

interface Rules {
  readonly token?: (form: URLSearchParams, asked: Asked, nth: number) => Answer;
  readonly refuse?: (token: string) => boolean;
  readonly config?: JsonObject;
}

/** A server that hands out token1, token2 … and the namespaces to everyone it does not refuse. */
async function guarded(options: Partial<RestCatalogOptions>, rules: Rules = {}) {
  const runtime = fakeRuntime();
  let tokens = 0;
  const server = await start((asked) => {
    if (asked.path.endsWith("tokens")) {
      const own = rules.token?.(new URLSearchParams(asked.body), asked, ++tokens);
      if (own !== undefined) return own;
      return { json: { access_token: `token1`, token_type: "Bearer", expires_in: 3600 } };
    }
    const token = asked.headers.authorization ?? "";
    if (rules.refuse?.(token) === true)
      return {
        status: 401,
        json: { error: { message: "expired", type: "NotAuthorizedException", code: 401 } },
      };
    return { json: asked.path === "/v1/config" ? (rules.config ?? {}) : { namespaces: [] } };
  });
  const open = () => openRestCatalog({ uri: server.uri, runtime, ...options });
  const forms = () =>
    server.asked
      .filter(({ path }) => path.endsWith("tokens"))
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  const proofs = () =>
    server.asked.filter(({ path }) => !path.endsWith("tokens")).map(({ headers }) => headers.authorization);
  return { server, runtime, open, forms, proofs };
}

const nth = (_: URLSearchParams, __: Asked, count: number): Answer => ({
  json: { access_token: `token${count}`, token_type: "bearer", expires_in: 3600 },
});

function jwt(exp: number): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ exp, sub: "ü?>" })}.sig`;
}

describe("authentication", () => {
  it.each([
    ["nothing", {}, undefined],
    ["a token", { token: "abc" }, "Bearer abc"],
    ["type none beside a token", { token: "abc", properties: { "rest.auth.type": "none" } }, undefined],
    [
      "basic (RST-033)",
      {
        properties: {
          "rest.auth.type": "basic",
          "rest.auth.basic.username": "me",
          "rest.auth.basic.password": "pä:ss",
        },
      },
      `Basic ${Buffer.from("me:pä:ss").toString("base64")}`,
    ],
  ])("with %s (RST-032)", async (_, options, expected) => {
    const { open, proofs } = await guarded(options);
    await (await open()).listNamespaces();
    expect(proofs()).toEqual([expected, expected]);
  });

  it.each([
    [{ "rest.auth.type": "sigv4" }, "unsupported", /sigv4/],
    [{ "rest.sigv4-enabled": "true" }, "unsupported", /sigv4/],
    [{ "rest.auth.type": "oauth2" }, "invalid-argument", /token or a credential/],
    [{ "rest.auth.type": "basic" }, "invalid-argument", /username/],
    [{ token: "t", "token-refresh-enabled": "maybe" }, "invalid-argument", /token-refresh-enabled=maybe/],
  ])("refuses %j", async (properties, code, message) => {
    const opening = openRestCatalog({ uri: "http://127.0.0.1:1", properties });
    await expect(opening).rejects.toMatchObject({ code });
    await expect(opening).rejects.toThrow(message);
  });

  it("follows the server to another token and keeps one that stays the same (RST-006)", async () => {
    const told = await guarded({ token: "mine" }, { config: { overrides: { token: "yours" } } });
    await (await told.open()).listNamespaces();
    expect(told.proofs()).toEqual(["Bearer mine", "Bearer yours"]);
    const kept = await guarded({ credential: "s" }, { config: { defaults: { warehouse: "w" } } });
    await (await kept.open()).listNamespaces();
    expect(kept.forms()).toHaveLength(1);
  });

  it("shows no secret to whoever prints the client (RST-042)", async () => {
    const { open } = await guarded({ credential: "id:s3cret", properties: { "header.x-key": "s3cret" } });
    const client = await open();
    expect(inspect(client, { depth: 20, showHidden: true })).not.toMatch(/s3cret|token1/);
    expect(JSON.stringify(client)).not.toMatch(/s3cret|token1/);
  });
});

describe("OAuth2 client credentials", () => {
  it("sends id, secret with its colons, scope, audience and resource (RST-034)", async () => {
    const { open, forms, proofs } = await guarded({
      credential: "id:se:cr&et",
      scope: "PRINCIPAL_ROLE:ALL",
      properties: { audience: "aud", resource: "res" },
    });
    await (await open()).listNamespaces();
    expect(forms()).toEqual([
      {
        grant_type: "client_credentials",
        client_id: "id",
        client_secret: "se:cr&et",
        scope: "PRINCIPAL_ROLE:ALL",
        audience: "aud",
        resource: "res",
      },
    ]);
    expect(proofs()).toEqual(["Bearer token1", "Bearer token1"]);
  });

  it("knows a secret without an id, the default scope, and another token endpoint", async () => {
    const { open, forms, server } = await guarded({ credential: "secret", oauth2ServerUri: "auth/tokens" });
    await open();
    expect(forms()).toEqual([
      { grant_type: "client_credentials", client_secret: "secret", scope: "catalog" },
    ]);
    expect(server.asked[0]!.line).toBe("POST /auth/tokens");
    const other = await start(() => ({ json: { access_token: "far", token_type: "bearer" } }));
    const far = await guarded({ credential: "s", oauth2ServerUri: `${other.uri}/far/away` });
    await far.open();
    expect([other.asked[0]!.line, far.proofs()]).toEqual(["POST /far/away", ["Bearer far"]]);
  });

  it.each([
    [
      { status: 401, json: { error: "invalid_client", error_description: "who?" } },
      "not-authorized",
      /invalid_client: who\?/,
    ],
    [{ status: 400, json: { error: "invalid_client" } }, "not-authorized", /invalid_client/],
    [{ status: 400, json: { error: "invalid_scope" } }, "invalid-argument", /invalid_scope/],
    [{ status: 401, body: "<html>no</html>" }, "not-authorized", /401 no/],
    [{ status: 403 }, "forbidden", /403/],
    [{ status: 404 }, "unavailable", /oauth2-server-uri/],
    [{ status: 500, body: "oops" }, "io-failed", /oops/],
    [{ json: { access_token: "a", token_type: "mac" } }, "invalid-payload", /mac/],
    [{ json: { token_type: "bearer" } }, "invalid-payload", /access_token/],
    [{ body: "{" }, "invalid-payload", /no JSON object/],
  ])("takes %j for %s and shows no secret (RST-035)", async (answer, code, message) => {
    const { open } = await guarded({ credential: "id:s3cret" }, { token: () => answer as Answer });
    await expect(open()).rejects.toMatchObject({ code });
    await expect(open()).rejects.toThrow(message);
    await expect(open()).rejects.not.toThrow(/s3cret/);
  });

  it("waits for a busy token endpoint", async () => {
    const busy = (form: URLSearchParams, asked: Asked, count: number) =>
      count === 1
        ? { status: 429 }
        : count === 2
          ? { status: 503, headers: { "retry-after": "9" } }
          : nth(form, asked, count);
    const { open, runtime } = await guarded({ credential: "s" }, { token: busy });
    await open();
    expect(runtime.waits).toEqual([1000, 9000]);
  });

  it("shares one request among all who wait, whoever of them gives up", async () => {
    const { open, forms, proofs, runtime } = await guarded(
      { credential: "s", properties: { "token-exchange-enabled": "false" } },
      { token: nth },
    );
    const client = await open();
    runtime.pass(3_600_000);
    const controller = new AbortController();
    const calls = Array.from({ length: 5 }, () => client.listNamespaces());
    const aborted = client.listNamespaces([], { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await Promise.all(calls);
    expect(forms()).toHaveLength(2);
    expect(proofs().slice(1)).toEqual(Array.from({ length: 5 }, () => "Bearer token2"));
  });
});

describe("OAuth2 renewal", () => {
  it("leaves a valid token alone and exchanges it shortly before it expires (RST-036, RST-037)", async () => {
    const { open, forms, server, runtime } = await guarded({ credential: "id:s" }, { token: nth });
    const client = await open();
    runtime.pass(3_299_999);
    await client.listNamespaces();
    expect(forms()).toHaveLength(1);
    runtime.pass(1);
    await client.listNamespaces();
    expect(forms()[1]).toEqual({
      grant_type: EXCHANGE,
      scope: "catalog",
      subject_token: "token1",
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    });
    const exchange = server.asked.filter(({ path }) => path === TOKENS)[1]!;
    expect(exchange.headers.authorization).toBe("Bearer token1");
    expect(server.asked.at(-1)!.headers.authorization).toBe("Bearer token2");
  });

  it("lets the credential vouch for a token that has expired", async () => {
    const { open, server, runtime } = await guarded({ credential: "id:s" }, { token: nth });
    const client = await open();
    runtime.pass(3_600_000);
    await client.listNamespaces();
    const exchange = server.asked.filter(({ path }) => path === TOKENS)[1]!;
    expect(exchange.headers.authorization).toBe(`Basic ${Buffer.from("id:s").toString("base64")}`);
  });

  it("falls back to the credential when the exchange is refused", async () => {
    const rules: Rules = {
      token: (form, asked, count) =>
        form.get("grant_type") === EXCHANGE
          ? { status: 400, json: { error: "unsupported_grant_type" } }
          : nth(form, asked, count),
    };
    const { open, proofs, runtime } = await guarded({ credential: "id:s" }, rules);
    const client = await open();
    runtime.pass(3_400_000);
    await client.listNamespaces();
    expect(proofs().at(-1)).toBe("Bearer token3");
  });

  it("goes on with a token that is still valid when its renewal fails, and does not insist", async () => {
    const rules: Rules = {
      token: (form, asked, count) => (count > 1 ? { status: 500 } : nth(form, asked, count)),
    };
    const { open, proofs, forms, runtime } = await guarded({ credential: "id:s" }, rules);
    const client = await open();
    runtime.pass(3_400_000);
    await client.listNamespaces();
    await client.listNamespaces();
    expect(proofs().slice(1)).toEqual(["Bearer token1", "Bearer token1"]);
    expect(forms().map((form) => form.grant_type)).toEqual([
      "client_credentials",
      EXCHANGE,
      "client_credentials",
    ]);
    runtime.pass(200_000);
    await expect(client.listNamespaces()).rejects.toMatchObject({ code: "io-failed" });
  });

  it("does nothing when told not to, nor for a token that does not say when it ends", async () => {
    const off = await guarded(
      { credential: "s", properties: { "token-refresh-enabled": "false" } },
      { token: nth },
    );
    const client = await off.open();
    off.runtime.pass(9e9);
    await client.listNamespaces();
    const opaque = await guarded({ token: "opaque" });
    const other = await opaque.open();
    opaque.runtime.pass(9e9);
    await other.listNamespaces();
    expect([off.forms().length, opaque.forms().length]).toEqual([1, 0]);
  });

  it("reads the end of a JSON web token; token-expires-in-ms stands in for it", async () => {
    const exp = Date.UTC(2025, 0, 1) / 1000 + 1000;
    for (const options of [
      { token: jwt(exp) },
      { token: "opaque", properties: { "token-expires-in-ms": "1000000" } },
    ]) {
      const { open, forms, runtime } = await guarded(options, { token: nth });
      const client = await open();
      runtime.pass(899_000);
      await client.listNamespaces();
      expect(forms()).toHaveLength(0);
      runtime.pass(1000);
      await client.listNamespaces();
      expect(forms()).toMatchObject([{ grant_type: EXCHANGE, subject_token: options.token }]);
    }
  });

  it.each([401, 419])(
    "after %s a change is sent again, once, with a new token and the same body (RST-038)",
    async (status) => {
      const w = await world(undefined, { token: "old", credential: "id:s" });
      w.fault = ({ path, headers }) => {
        if (path === TOKENS) return { json: { access_token: "new", token_type: "bearer" } };
        return headers.authorization === "Bearer old" ? { status } : undefined;
      };
      await w.rest.createNamespace(["a"]);
      const posts = w.server.asked.filter(({ path }) => path === "/v1/namespaces");
      expect(posts.map(({ headers, body }) => [headers.authorization, body])).toEqual([
        ["Bearer old", posts[0]!.body],
        ["Bearer new", posts[0]!.body],
      ]);
      expect(await w.memory.namespaceExists(["a"])).toBe(true);
    },
  );

  it("a change that was refused and cannot get a new token is no unknown one", async () => {
    const w = await world(undefined, { token: "old", credential: "id:s" });
    w.fault = ({ path }) => (path === TOKENS ? { fault: "reset" } : { status: 401 });
    await expect(w.rest.createNamespace(["a"])).rejects.toMatchObject({ code: "io-failed", fault: "lost" });
  });

  it("uses a given token until it is refused, then the credential; never twice for one call", async () => {
    const { open, forms, proofs } = await guarded(
      { token: "old", credential: "id:s" },
      { token: nth, refuse: (token) => token === "Bearer old" },
    );
    const client = await open();
    await client.listNamespaces();
    expect(proofs()).toEqual(["Bearer old", "Bearer token1", "Bearer token1"]);
    expect(forms().map((form) => form.grant_type)).toEqual(["client_credentials"]);
    const hopeless = await guarded({ credential: "id:s" }, { token: nth, refuse: () => true });
    await expect(hopeless.open()).rejects.toMatchObject({ code: "not-authorized" });
    expect(hopeless.proofs()).toEqual(["Bearer token1", "Bearer token2"]);
  });

  it("a token without a credential that is refused is an error at once", async () => {
    const { open, proofs } = await guarded({ token: "old" }, { refuse: () => true });
    await expect(open()).rejects.toThrow(/401 NotAuthorizedException: expired; check the token/);
    expect(proofs()).toEqual(["Bearer old"]);
  });
});

describe("tokens of a table", () => {
  async function tables(configs: Readonly<Record<string, JsonObject>>, options: Partial<RestCatalogOptions>) {
    const w = await world(undefined, options);
    await w.memory.createNamespace(["ns"]);
    for (const name of Object.keys(configs))
      await w.memory.createTable({ namespace: ["ns"], name }, { schema });
    w.fault = async ({ method, path }) => {
      if (path.endsWith("tokens")) return { json: { access_token: "exchanged", token_type: "N_A" } };
      const name = path.split("/").at(-1)!;
      if (method !== "GET" || configs[name] === undefined) return undefined;
      return tableAnswer(await w.memory.loadTable({ namespace: ["ns"], name }), configs[name]);
    };
    const commit = async (name: string) => {
      const base = await w.rest.loadTable({ namespace: ["ns"], name });
      const outcome = await w.rest.commitTable(
        base,
        [],
        [{ action: "set-properties", updates: new Map([["a", "b"]]) }],
      );
      if (outcome.kind !== "committed") throw outcome.error;
      await w.rest.commitTable(outcome.table, [], [{ action: "remove-properties", removals: ["a"] }]);
      return w.server.asked
        .filter(({ method, path }) => method === "POST" && path.endsWith(`/${name}`))
        .map(({ headers }) => headers.authorization);
    };
    return { ...w, commit };
  }

  it("serve that table's commits alone, and the commits after them (RST-039)", async () => {
    const { commit } = await tables(
      { a: { token: "for-a" }, b: { token: "for-b" }, c: {} },
      { token: "catalog" },
    );
    expect(await commit("a")).toEqual(["Bearer for-a", "Bearer for-a"]);
    expect(await commit("b")).toEqual(["Bearer for-b", "Bearer for-b"]);
    expect(await commit("c")).toEqual(["Bearer catalog", "Bearer catalog"]);
  });

  it("of another type are exchanged, the most wanted type first, with the catalog's as actor", async () => {
    const type = "urn:ietf:params:oauth:token-type:";
    const { commit, server } = await tables(
      { a: { [`${type}saml1`]: "x", [`${type}id_token`]: "the-id" } },
      { token: "catalog" },
    );
    expect(await commit("a")).toEqual(["Bearer exchanged", "Bearer exchanged"]);
    const exchanges = server.asked.filter(({ path }) => path === TOKENS);
    expect(exchanges.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))).toEqual([
      {
        grant_type: EXCHANGE,
        scope: "catalog",
        subject_token: "the-id",
        subject_token_type: `${type}id_token`,
        actor_token: "catalog",
        actor_token_type: `${type}access_token`,
      },
    ]);
  });

  it("cannot send anything to an endpoint the table names (RST-095)", async () => {
    const thief = await start(() => ({ json: { access_token: "x", token_type: "bearer" } }));
    const { commit } = await tables(
      {
        a: {
          "oauth2-server-uri": thief.uri,
          uri: thief.uri,
          credential: "x:y",
          "urn:ietf:params:oauth:token-type:jwt": "j",
        },
      },
      { token: "catalog" },
    );
    expect(await commit("a")).toEqual(["Bearer exchanged", "Bearer exchanged"]);
    expect(thief.asked).toEqual([]);
  });

  it("are renewed where the catalog's are (RST-095)", async () => {
    const thief = await start(() => ({ json: { access_token: "x", token_type: "bearer" } }));
    const token = jwt(Date.UTC(2025, 0, 1) / 1000 + 1000);
    const config = { token, "oauth2-server-uri": thief.uri };
    const { rest, runtime, server } = await tables({ a: config }, { token: "catalog" });
    const base = await rest.loadTable({ namespace: ["ns"], name: "a" });
    runtime.pass(950_000);
    await rest.commitTable(base, [], [{ action: "remove-properties", removals: ["a"] }]);
    expect([thief.asked, server.asked.at(-1)!.headers.authorization]).toEqual([[], "Bearer exchanged"]);
  });
});
