/**
 * Negative controls: stores and catalogs with classic faults, interleaved by hand. The checks that the races and the
 * schedules of faults rely on must report each of them, and pass what is sound in the same interleaving.
 */
import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CreateOptions, CreateOutcome, FileBytes } from "../../src/base/index.ts";
import type { CatalogClient } from "../../src/catalog/index.ts";
import { FileCatalogClient } from "../../src/catalog/node.ts";
import { LocalFileIO } from "../../src/io/node.ts";
import { defineSchema, required, t } from "../../src/schema/index.ts";
import { Catalog } from "../../src/table/index.ts";
import { raceFaults } from "./race-faults.ts";
import { runAppend, SCRATCH } from "./schedule.ts";
import { fileWarehouse } from "./warehouses.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(SCRATCH, "icewright-broken-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A store in which something can happen between the last look before a publication and the publication itself. */
class PausingIO extends LocalFileIO {
  /** Runs once, in that moment. */
  meanwhile: (() => Promise<void>) | undefined;

  override async create(location: string, content: FileBytes, options: CreateOptions = {}) {
    const { guard, ...plain } = options;
    if (guard === undefined) return await super.create(location, content, options);
    return await this.publish(location, content, {
      ...plain,
      guard: async () => {
        await guard();
        const { meanwhile } = this;
        this.meanwhile = undefined;
        await meanwhile?.();
      },
    });
  }

  protected publish(location: string, content: FileBytes, options: CreateOptions): Promise<CreateOutcome> {
    return super.create(location, content, options);
  }
}

/** Publishes as those do who trust a rename: it replaces what has appeared under the name meanwhile. */
class RenamingIO extends PausingIO {
  private moved = 0;

  protected override async publish(
    location: string,
    content: FileBytes,
    { guard, ...plain }: CreateOptions,
  ): Promise<CreateOutcome> {
    const temporary = `${location}.${this.moved++}.moving`;
    await super.publish(temporary, content, plain);
    await guard?.();
    await rename(temporary.replace("file://", ""), location.replace("file://", ""));
    return "created";
  }
}

describe("two writers of one version", () => {
  async function race(io: PausingIO) {
    const root = await mkdtemp(join(folder, "race-"));
    const catalog = new Catalog(new FileCatalogClient(root, { io }));
    await catalog.createNamespace("ns");
    const schema = defineSchema({ id: required(t.long()) });
    const properties = { "commit.retry.min-wait-ms": "1" };
    let { table } = await (await catalog.createTable("ns.events", schema, { properties })).append([
      { id: 1n },
    ]);
    const acknowledged = [1n];
    const rivals = new FileCatalogClient(root, { io });
    // The rival is in the middle of the other's turn: to wait for the end of it would be for ever.
    const rival = await new Catalog(Object.assign(rivals, { takeTurn: undefined })).loadTable("ns.events");
    io.meanwhile = async () => {
      await rival.as(schema).append([{ id: 2n }]);
      acknowledged.push(2n);
    };
    ({ table } = await table.append([{ id: 3n }]));
    acknowledged.push(3n);
    ({ table } = await table.append([{ id: 4n }]));
    acknowledged.push(4n);
    expect(io.meanwhile, "the rival came in between").toBeUndefined();
    const reader = new Catalog(new FileCatalogClient(root));
    return await raceFaults(await reader.loadTable("ns.events"), acknowledged);
  }

  it("leave nothing to report when versions are published by link", async () => {
    expect(await race(new PausingIO())).toEqual([]);
  });

  it("lose a commit when versions are published by rename, and the check of the races reports it", async () => {
    expect(await race(new RenamingIO())).toEqual([
      "row 2 was acknowledged and is lost",
      "3 snapshots for 4 acknowledged commits",
    ]);
  });
});

describe("the schedule of faults reports", () => {
  /** Runs the schedule to its end; answers what it complained of, by number of the call that failed. */
  async function complaints(wrap: (client: CatalogClient) => CatalogClient) {
    const found = new Map<number, string>();
    for (let at = 1; ; at++) {
      try {
        const root = await mkdtemp(join(folder, "schedule-"));
        const sound = fileWarehouse(root);
        const { met } = await runAppend({ ...sound, client: wrap(sound.client) }, false, "lost", at);
        if (!met) return found;
      } catch (error) {
        found.set(at, String(error));
      }
    }
  }

  it("a catalog that takes a lost acknowledgement for a failure, so that its writer deletes what is published", async () => {
    const found = await complaints((client) => {
      const own: Partial<CatalogClient> = {
        async commitTable(...args) {
          const outcome = await client.commitTable(...args);
          if (outcome.kind === "unknown") throw outcome.error.cause;
          return outcome;
        },
      };
      return Object.assign(Object.create(client) as CatalogClient, own);
    });
    // There is one call whose answer matters: that which publishes the version.
    expect([...found.values()]).toEqual([expect.stringContaining("no such file")]);
  });

  it("nothing of the catalog that says it does not know", async () => {
    expect(await complaints((client) => client)).toEqual(new Map());
  });
});
