/** Laws of catalogs (P39), and of the payloads, addresses, settings, pages and errors of the REST protocol (P45 to P49). @module */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { isIcebergError, type Json, parseJson, stringifyJson } from "../../src/base/index.ts";
import { MemoryCatalogClient, openRestCatalog } from "../../src/catalog/index.ts";
import { FileCatalogClient } from "../../src/catalog/node.ts";
import { configFromJson, mergeProperties } from "../../src/catalog/rest-config.ts";
import { type RestRoute, restError } from "../../src/catalog/rest-errors.ts";
import { address, restPaths } from "../../src/catalog/rest-paths.ts";
import {
  commitBody,
  namespacesFromJson,
  tableFromJson,
  tablesFromJson,
} from "../../src/catalog/rest-payloads.ts";
import { metadataToJson } from "../../src/metadata/index.ts";
import {
  arbitraryKey,
  arbitraryNamespace,
  arbitraryTableMetadata,
  arbitraryText,
  checkCatalog,
} from "../../src/testing/index.ts";
import { world } from "../unit/catalog/rest-setup.ts";
import { runs } from "./runs.ts";

const folder = mkdtempSync(join(tmpdir(), "icewright-laws-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("commits happen one after another, or not at all (P39, CMT-001, CMT-016)", () => {
  test("in a catalog in memory", async () => {
    const { numRuns } = runs(60);
    const client = new MemoryCatalogClient();
    expect(await checkCatalog({ open: () => client }, { numRuns })).toBe(numRuns);
  });

  test("in a catalog that is a folder", async () => {
    const { numRuns } = runs(6);
    const client = new FileCatalogClient(folder);
    expect(await checkCatalog({ open: () => client }, { numRuns })).toBe(numRuns);
  });

  test("in a catalog behind REST", async () => {
    const { numRuns } = runs(6);
    const { rest } = await world();
    expect(await checkCatalog({ open: () => rest }, { numRuns })).toBe(numRuns);
  });
});

test("answers of the protocol read back, whatever else is in them; a commit says a missing ref as JSON null (P45, RST-054)", () => {
  const stray = { "x-unknown": { a: [1, null] } };
  const wire = (json: Json) => parseJson(stringifyJson(json));
  const identifiers = fc.array(
    fc
      .tuple(
        arbitraryNamespace(),
        arbitraryText().filter((text) => text !== ""),
      )
      .map(([namespace, name]) => ({ namespace, name })),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(arbitraryTableMetadata(), identifiers, fc.boolean(), (metadata, tables, last) => {
      const answer = {
        "metadata-location": "m",
        metadata: metadataToJson(metadata),
        config: { a: "b", c: null },
        ...stray,
      };
      const read = tableFromJson(wire(answer), "t");
      expect(read).toEqual({ metadata, metadataLocation: "m", config: new Map([["a", "b"]]) });
      const token = last ? {} : { "next-page-token": "next" };
      const page = { items: tables, nextToken: last ? undefined : "next" };
      const listed = tables.map((id) => ({ ...id, ...stray }));
      expect(tablesFromJson(wire({ identifiers: listed, ...token, ...stray }))).toEqual(page);
      const namespaces = tables.map(({ namespace }) => namespace);
      expect(namespacesFromJson(wire({ namespaces, ...token })).items).toEqual(namespaces);
    }),
    runs(60),
  );
  const body = commitBody(
    { namespace: ["a"], name: "b" },
    [{ type: "assert-ref-snapshot-id", ref: "main", snapshotId: null }],
    [],
  );
  expect(stringifyJson(body)).toContain('"snapshot-id":null');
});

test("namespaces come back from their address, in a path and as a parameter (P46, RST-010 to RST-013)", () => {
  const level = /^(\.|%2e){1,2}$/i;
  const namespaces = arbitraryNamespace().filter(
    (levels) => !levels.some((text) => text.includes("\u001f") || level.test(text)),
  );
  fc.assert(
    fc.property(namespaces, fc.constantFrom(undefined, "%1F", "%2E%2E%2E%2E%2E"), (levels, separator) => {
      const properties = new Map(separator === undefined ? [] : [["namespace-separator", separator]]);
      const paths = restPaths(properties);
      const url = new URL(address("http://h", paths.namespace(levels)));
      const segment = url.pathname.split("/").at(-1)!;
      const plain = decodeURIComponent(separator ?? "%1F");
      fc.pre(!levels.some((text) => text.includes(".")) || separator !== "%2E%2E%2E%2E%2E");
      expect(segment.split(separator ?? "%1F").map(decodeURIComponent)).toEqual(levels);
      const query = new URL(address("http://h", "v1/namespaces", { parent: paths.parent(levels) }))
        .searchParams;
      expect(query.get("parent")?.split(plain)).toEqual(levels);
      expect(url.search).toBe("");
      expect(url.hash).toBe("");
    }),
    runs(200),
  );
});

test("a listing is the union of its pages, whatever their size (P47, RST-015)", async () => {
  const { server, memory, io, runtime } = await world();
  const names = Array.from({ length: 7 }, (_, at) => `n${at}`);
  for (const name of names) await memory.createNamespace([name]);
  await fc.assert(
    fc.asyncProperty(fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }), async (pageSize) => {
      const options = {
        uri: server.uri,
        io,
        runtime,
        ...(pageSize !== undefined && { properties: { "rest-page-size": String(pageSize) } }),
      };
      const rest = await openRestCatalog(options);
      const listed = (await rest.listNamespaces()).map(([name]) => name);
      expect(listed.toSorted()).toEqual(names);
    }),
    runs(12),
  );
});

test("overrides go before the client's properties, those before defaults; null takes away (P48, RST-004)", () => {
  const entries = fc.array(fc.tuple(arbitraryKey(), fc.option(fc.constantFrom("a", "b"))), { maxLength: 5 });
  const client = fc.array(fc.tuple(arbitraryKey(), fc.constantFrom("c", "d")), { maxLength: 5 });
  fc.assert(
    fc.property(entries, client, entries, (defaults, own, overrides) => {
      const json = { defaults: Object.fromEntries(defaults), overrides: Object.fromEntries(overrides) };
      const properties = new Map(own);
      const merged = mergeProperties(configFromJson(json), properties);
      const keys = [...Object.keys(json.defaults), ...properties.keys(), ...Object.keys(json.overrides)];
      for (const key of keys) {
        const value = Object.hasOwn(json.overrides, key)
          ? json.overrides[key]
          : (properties.get(key) ?? (Object.hasOwn(json.defaults, key) ? json.defaults[key] : undefined));
        expect(merged.get(key)).toBe(value ?? undefined);
      }
      expect([...merged.keys()].every((key) => keys.includes(key))).toBe(true);
    }),
    runs(200),
  );
});

test("every route, status and error type has an error, and only what may pass later is retryable (P49, RST-018)", () => {
  const routes: readonly RestRoute[] = ["config", "namespace", "create-table", "table", "rename", "commit"];
  const type = fc.constantFrom(
    "",
    "NoSuchTableException",
    "NoSuchNamespaceException",
    "BadRequestException",
    "odd",
  );
  const status = fc.oneof(
    fc.integer({ min: 400, max: 599 }),
    fc.constantFrom(400, 401, 403, 404, 405, 406, 408, 409, 419, 422, 429, 500, 501, 502, 503, 504),
  );
  const cases = fc.tuple(fc.constantFrom(...routes), status, type);
  fc.assert(
    fc.property(cases, ([route, status, name]) => {
      const body = new TextEncoder().encode(
        JSON.stringify({ error: { type: name, message: "m", code: status } }),
      );
      const error = restError({ route, action: "do it" }, { status, header: () => undefined, body });
      expect(isIcebergError(error)).toBe(true);
      expect(error.message).toContain(`Cannot do it: the catalog answered ${status}`);
      if (status === 401 || status === 419) expect(error.code).toBe("not-authorized");
      if (status === 403) expect(error.code).toBe("forbidden");
      if (status === 409) expect(error.code).toBe(route === "commit" ? "commit-failed" : "already-exists");
      const later = status === 408 || status === 429 || (status >= 500 && status !== 501);
      if (status !== 409) expect(error.retryable).toBe(later);
    }),
    runs(300),
  );
});
