import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { MemoryCatalogClient } from "../../src/catalog/index.ts";
import { FileCatalogClient } from "../../src/catalog/node.ts";
import { catalogBehaviors } from "./catalog.behaviors.ts";

const folders: string[] = [];
afterAll(async () => {
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
