/** A table in memory whose catalog counts commits and can be told to misbehave. @module */
import { MemoryCatalogClient } from "../../../src/catalog/index.ts";
import { writeFiles } from "../../../src/ingest/index.ts";
import { MemoryFileIO } from "../../../src/io/index.ts";
import { identity } from "../../../src/partitioning/index.ts";
import { defineSchema, required, t } from "../../../src/schema/index.ts";
import { Catalog } from "../../../src/table/index.ts";

export const schema = defineSchema({ id: required(t.int()), part: required(t.string()) });
type Commit = MemoryCatalogClient["commitTable"];

export class WatchedClient extends MemoryCatalogClient {
  commits = 0;
  /** Takes the place of the next commits. */
  instead: ((commit: Commit, ...args: Parameters<Commit>) => ReturnType<Commit>) | undefined;

  override async commitTable(...args: Parameters<Commit>): ReturnType<Commit> {
    this.commits++;
    const commit: Commit = (...all) => super.commitTable(...all);
    return this.instead === undefined ? await commit(...args) : await this.instead(commit, ...args);
  }
}

export async function setUp(properties: Readonly<Record<string, string>> = {}) {
  const io = new MemoryFileIO();
  const client = new WatchedClient({ io });
  const catalog = new Catalog(client);
  await catalog.createNamespace("ns");
  const table = await catalog.createTable("ns.t", schema, {
    partitionSpec: [identity("part")],
    properties: { "commit.retry.min-wait-ms": "1", "commit.status-check.min-wait-ms": "1", ...properties },
  });
  const write = (id: number, resultId = `r${id}`) =>
    writeFiles(table, [{ id, part: id % 2 === 0 ? "even" : "odd" }], { id: resultId });
  const load = async () => (await catalog.loadTable("ns.t")).as(schema);
  const ids = async () => {
    const rows = await (await load()).scan().toArray();
    return rows.map(({ id }) => id).sort((a, b) => a - b);
  };
  return { io, client, catalog, table, write, load, ids };
}

export const range = (length: number) => Array.from({ length }, (_, at) => at);
