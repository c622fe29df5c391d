/** Results dropped into a folder are committed once, by however many committers serve it. */
import { describe, expect, it } from "vitest";
import { CommitStateUnknownError, type FileIO, utf8Encode } from "../../../src/base/index.ts";
import { Committer, FolderChannel, serveChannel } from "../../../src/ingest/index.ts";
import { MemoryFileIO } from "../../../src/io/index.ts";
import { Table } from "../../../src/table/index.ts";
import { range, setUp } from "./ingest-setup.ts";

const LOCATION = "memory://channel/ns.t";
type World = Awaited<ReturnType<typeof setUp>>;

/** Serves until the channel is empty. */
async function serve(world: World, channel: FolderChannel, committers: readonly Committer[]) {
  const stop = new AbortController();
  const errors: [string, string | undefined][] = [];
  const serving = committers.map((committer) =>
    serveChannel(committer, channel, world.load, {
      pollMs: 1,
      signal: stop.signal,
      onError: (error, id) => errors.push([(error as { code: string }).code, id]),
    }),
  );
  const deadline = Date.now() + 20_000;
  while ((await channel.list()).length > 0 && Date.now() < deadline) {
    await new Promise((next) => setTimeout(next, 2));
  }
  stop.abort();
  await Promise.all(serving);
  return errors;
}

/** The same table through a client of its own, as another process has it. */
const elsewhere = ({ table, client }: World) =>
  new Table(table, { ...table.contextFor("test"), client: Object.create(client) });

describe("serveChannel", () => {
  it("commits what producers left, and takes it out of the folder", async () => {
    const world = await setUp();
    const channel = new FolderChannel(world.io, LOCATION);
    for (const id of range(5)) await channel.send(await world.write(id), world.table);
    expect(await channel.list()).toEqual(range(5).map((id) => `r${id}`));
    const errors = await serve(world, channel, [new Committer(world.table, { intervalMs: 2 })]);
    expect(errors).toEqual([]);
    expect(await world.ids()).toEqual(range(5));
    expect([...world.io.files.keys()].filter((name) => name.startsWith(LOCATION))).toEqual([]);
  });

  it("two committers on one folder commit every result once", async () => {
    const world = await setUp({ "commit.retry.num-retries": "1000" });
    const channel = new FolderChannel(world.io, LOCATION);
    for (const id of range(20)) await channel.send(await world.write(id), world.table);
    const committers = [
      new Committer(world.table, { intervalMs: 1, maxFiles: 3 }),
      new Committer(elsewhere(world), { intervalMs: 1, maxFiles: 4 }),
    ];
    expect(await serve(world, channel, committers)).toEqual([]);
    expect(await world.ids()).toEqual(range(20));
  });

  it("a committer that dies after its commit leaves the result to the next, which sees that it is done", async () => {
    const world = await setUp();
    const channel = new FolderChannel(world.io, LOCATION);
    const result = await world.write(1);
    await channel.send(result, world.table);
    await new Committer(world.table, { intervalMs: 1 }).submit(result);
    await serve(world, channel, [new Committer(world.table, { intervalMs: 1 })]);
    expect(await world.ids()).toEqual([1]);
    expect((await world.load()).metadata.snapshots).toHaveLength(1);
  });

  it("tries a result of unknown outcome again", async () => {
    const world = await setUp();
    const channel = new FolderChannel(world.io, LOCATION);
    await channel.send(await world.write(1), world.table);
    let failures = 2;
    world.client.instead = async (commit, ...args) => {
      const outcome = await commit(...args);
      if (failures-- <= 0) return outcome;
      return { kind: "unknown", reconcilable: false, error: new CommitStateUnknownError("lost") };
    };
    const errors = await serve(world, channel, [new Committer(world.table, { intervalMs: 1 })]);
    expect(errors).toEqual([["commit-state-unknown", "r1"]]);
    expect(await world.ids()).toEqual([1]);
  });

  it("rejects, with the reason, what no table can take, and goes on", async () => {
    const world = await setUp();
    const other = await setUp();
    const channel = new FolderChannel(world.io, LOCATION);
    await channel.send(await other.write(1, "foreign"), other.table);
    await world.io.create(`${LOCATION}/torn.result.json`, utf8Encode('{"id":"to'));
    const bad = await world.write(2, "bad");
    await channel.send(bad, world.table);
    await channel.send(await world.write(3, "good"), world.table);
    const errors = await serve(world, channel, [new Committer(world.table, { intervalMs: 1 })]);
    expect(errors.map(([, id]) => id).sort()).toEqual(["foreign", "torn"]);
    expect(await channel.rejection("foreign")).toContain("was written for the table");
    expect(await channel.rejection("torn")).toContain("Cannot parse");
    expect(await channel.rejection("good")).toBeUndefined();
    expect(await world.ids()).toEqual([2, 3]);
  });

  it("goes on when its observer throws", async () => {
    const world = await setUp();
    const channel = new FolderChannel(world.io, LOCATION);
    await world.io.create(`${LOCATION}/bad.result.json`, utf8Encode("no JSON"));
    await channel.send(await world.write(1), world.table);
    const stop = new AbortController();
    const onError = () => {
      throw new Error("the observer's own");
    };
    const options = { pollMs: 1, signal: stop.signal, onError };
    const serving = serveChannel(new Committer(world.table, { intervalMs: 1 }), channel, world.load, options);
    while ((await channel.list()).length > 0) await new Promise((next) => setTimeout(next, 2));
    stop.abort();
    await serving;
    expect(await world.ids()).toEqual([1]);
    expect(await channel.rejection("bad")).toBeDefined();
  });

  it("takes results that were written under a schema newer than the committer's table", async () => {
    const world = await setUp();
    const { table: next } = await world.table.updateSchema((u) => u.renameColumn("part", "kind"));
    const channel = new FolderChannel(world.io, LOCATION);
    const { writeFiles } = await import("../../../src/ingest/index.ts");
    await channel.send(await writeFiles(next, [{ id: 1, kind: "odd" }]), next);
    const load = async () => await world.catalog.loadTable("ns.t");
    await serve({ ...world, load } as never, channel, [new Committer(world.table, { intervalMs: 1 })]);
    expect(await (await load()).scan().toArray()).toEqual([{ id: 1, kind: "odd" }]);
  });
});

describe("FolderChannel", () => {
  it("sees only results: no temporary names, no folders below", async () => {
    const io = new MemoryFileIO();
    const channel = new FolderChannel(io, `${LOCATION}/`);
    for (const name of ["a.result.json", ".b.result.json", "c.rejected.json", "d/e.result.json", "f.json"]) {
      await io.create(`${LOCATION}/${name}`, new Uint8Array());
    }
    expect(await channel.list()).toEqual(["a"]);
    expect(await channel.read("gone")).toBeUndefined();
  });

  it("needs a store that can list", () => {
    const { open, create, delete: remove } = new MemoryFileIO();
    const io: FileIO = { open, create, delete: remove };
    expect(() => new FolderChannel(io, LOCATION)).toThrow("its store cannot list files");
  });
});
