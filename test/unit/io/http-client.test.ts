import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { type HttpOptions, httpClient, retryAfterMs, retryWait } from "../../../src/io/index.ts";
import { type Answering, serve, type TestServer } from "../catalog/rest-fixture.ts";

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(answering: Answering): Promise<TestServer> {
  const server = await serve(answering);
  servers.push(server);
  return server;
}

const get = (uri: string, options: HttpOptions = {}, signal?: AbortSignal) =>
  httpClient(options)({ method: "GET", url: `${uri}/x`, headers: { "x-key": "k" } }, { signal });

describe("httpClient()", () => {
  it("takes every status as an answer and unpacks bodies", async () => {
    const body = gzipSync("packed");
    const { uri } = await start(() => ({ status: 502, body, headers: { "content-encoding": "gzip" } }));
    const response = await get(uri);
    expect([response.status, new TextDecoder().decode(response.body)]).toEqual([502, "packed"]);
    expect(response.header("Content-Encoding")).toBe("gzip");
  });

  it("gives up on an answer that takes too long (RST-096)", async () => {
    const { uri } = await start(() => ({ fault: "hang" }));
    await expect(get(uri, { timeoutMs: 30 })).rejects.toMatchObject({
      code: "io-failed",
      fault: "timeout",
      message: `GET ${uri}/x got no whole answer in 30 ms`,
    });
  });

  it("rejects with the signal's reason, before and during (RST-096)", async () => {
    const server = await start(() => ({ fault: "hang" }));
    await expect(get(server.uri, {}, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
    expect(server.asked).toHaveLength(0);
    const controller = new AbortController();
    void server.arrival("GET /x").then(() => controller.abort(new Error("during")));
    await expect(get(server.uri, {}, controller.signal)).rejects.toThrow("during");
  });

  it("stops reading at the limit, whatever length is announced (RST-097)", async () => {
    const body = gzipSync(new Uint8Array(100_000));
    const { uri } = await start(() => ({ body, headers: { "content-encoding": "gzip" } }));
    const failure = get(uri, { maxResponseBytes: 99_999 });
    await expect(failure).rejects.toMatchObject({ fault: "too-large", retryable: false });
    expect((await get(uri, { maxResponseBytes: 100_000 })).body).toHaveLength(100_000);
  });

  it.each(["reset", "truncate"] as const)(
    "tells a lost answer (%s) from one never asked for",
    async (fault) => {
      const server = await start(() => ({ body: "some text", fault }));
      await expect(get(server.uri)).rejects.toMatchObject({ fault: "lost", retryable: true });
      await server.close();
      await expect(get(server.uri)).rejects.toMatchObject({
        fault: "unsent",
        context: { code: "ECONNREFUSED" },
      });
    },
  );

  it.each([
    ["ENOTFOUND", "unsent"],
    ["EAI_AGAIN", "unsent"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "unsent"],
    ["CERT_HAS_EXPIRED", "unsent"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "unsent"],
    ["UND_ERR_CONNECT_TIMEOUT", "unsent"],
    ["ECONNRESET", "lost"],
    ["UND_ERR_SOCKET", "lost"],
    ["ETIMEDOUT", "failed"],
    ["", "failed"],
  ])("takes %s for %s: what is not known to be unsent may have arrived", async (code, fault) => {
    const cause = Object.assign(new Error("deep"), code === "" ? {} : { code });
    const fetch = () => Promise.reject(new TypeError("fetch failed", { cause }));
    await expect(get("http://h", { fetch })).rejects.toMatchObject({
      fault,
      message: expect.stringContaining("deep"),
    });
  });

  it("follows redirects within the origin only (RST-025)", async () => {
    const elsewhere = await start(() => ({ body: "stolen" }));
    const server = await start(({ path }) => {
      if (path === "/x") return { status: 302, headers: { location: "/y" } };
      return { status: 307, headers: { location: `${elsewhere.uri}/z` } };
    });
    await expect(get(server.uri)).rejects.toMatchObject({
      fault: "unsent",
      message: expect.stringContaining(`${elsewhere.uri}/z of another origin`),
    });
    expect(server.asked.map(({ line }) => line)).toEqual(["GET /x", "GET /y"]);
    expect(elsewhere.asked).toEqual([]);
  });

  it("follows neither circles nor what would turn a POST into a GET", async () => {
    const server = await start(({ method }) => ({
      status: method === "GET" ? 301 : 303,
      headers: { location: "/x" },
    }));
    await expect(get(server.uri)).rejects.toThrow(/after 5 others/);
    const post = httpClient()({ method: "POST", url: `${server.uri}/x`, headers: {}, body: "b" });
    await expect(post).rejects.toThrow(/with status 303/);
  });

  it("repeats method, headers and body at the new place", async () => {
    const server = await start(({ path }) =>
      path === "/x" ? { status: 308, headers: { location: "y?a=b" } } : { body: "ok" },
    );
    await httpClient()({ method: "POST", url: `${server.uri}/x`, headers: { "x-key": "k" }, body: "b" });
    expect(server.asked[1]).toMatchObject({ line: "POST /y", body: "b", headers: { "x-key": "k" } });
  });

  it("does not show a header it cannot send (RST-042)", async () => {
    const send = httpClient()({ method: "GET", url: "http://h/", headers: { authorization: "se\ncret" } });
    await expect(send).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(send).rejects.not.toThrow(/cret/);
  });
});

describe("retryAfterMs()", () => {
  const now = Date.UTC(2025, 0, 1, 12, 0, 0);
  it.each([
    ["7", 7000],
    ["Wed, 01 Jan 2025 12:01:00 GMT", 60_000],
    ["Wed, 01 Jan 2025 11:59:00 GMT", undefined],
    ["0", undefined],
    ["-3", undefined],
    ["soon", undefined],
    ["1.5", undefined],
    ["2026", 2_026_000],
    [undefined, undefined],
  ])("reads %s as %s", (value, expected) => {
    expect(retryAfterMs(value, now)).toBe(expected);
  });
});

describe("retryWait()", () => {
  const wait = (status: number, repeatable: "always" | "when-asked" | "never", after?: string, attempt = 0) =>
    retryWait({ status, header: () => after, body: new Uint8Array() }, repeatable, attempt, {
      nowMs: 0,
      random: 1,
    });

  it("doubles from 1 s to 64 s, plus up to a tenth (RST-023)", () => {
    expect([0, 1, 5, 6, 9].map((attempt) => wait(503, "always", undefined, attempt))).toEqual([
      1100, 2200, 35_200, 70_400, 70_400,
    ]);
  });

  it.each([
    [408, true, false, false],
    [429, true, true, true],
    [500, true, false, false],
    [501, false, false, false],
    [502, true, false, false],
    [503, true, false, false],
    [504, true, false, false],
    [404, false, false, false],
    [409, false, false, false],
  ])("after %s: always %s, when asked %s, never %s", (status, always, whenAsked, never) => {
    const found = (["always", "when-asked", "never"] as const).map(
      (kind) => wait(status, kind) !== undefined,
    );
    expect(found).toEqual([always, whenAsked, never]);
  });

  it("Retry-After asks for a change again only where the server knows the second one (decision 6)", () => {
    expect([wait(503, "when-asked", "3"), wait(503, "never", "3"), wait(502, "when-asked", "3")]).toEqual([
      3000,
      undefined,
      undefined,
    ]);
  });

  it("does not wait for a server that asks for hours", () => {
    expect(wait(429, "always", "7200")).toBeUndefined();
  });
});
