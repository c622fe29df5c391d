import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { MemoryCatalogClient, openRestCatalog } from "../../src/catalog/index.ts";
import { FileCatalogClient } from "../../src/catalog/node.ts";
import { MemoryFileIO } from "../../src/io/index.ts";
import { serve, type TestServer } from "../unit/catalog/rest-fixture.ts";
import { restService } from "../unit/catalog/rest-service.ts";
import { catalogBehaviors } from "./catalog.behaviors.ts";

const folders: string[] = [];
const servers: TestServer[] = [];
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

describe("MemoryCatalogClient", () => {
  catalogBehaviors(async () => new MemoryCatalogClient());
});

describe("FileCatalogClient", () => {
  catalogBehaviors(async () => {
    const folder = await mkdtemp(join(tmpdir(), "icewright-catalog-"));
    folders.push(folder);
    return new FileCatalogClient(join(folder, "warehouse"));
  });
});

describe("RestCatalogClient", () => {
  catalogBehaviors(async () => {
    const io = new MemoryFileIO();
    const server = await serve(restService(new MemoryCatalogClient({ io })));
    servers.push(server);
    return await openRestCatalog({ uri: server.uri, io });
  });
});
