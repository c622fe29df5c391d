/** Many producers, one commit per interval; each result once, whatever happens to the commit. */
import { describe, expect, it } from "vitest";
import { CommitFailedError, CommitStateUnknownError, isIcebergError } from "../../../src/base/index.ts";
import type { CommitOutcome } from "../../../src/catalog/index.ts";
import { parseExpression } from "../../../src/expressions/index.ts";
import { Committer, RESULT_IDS_KEY, writeFiles } from "../../../src/ingest/index.ts";
import { identity } from "../../../src/partitioning/index.ts";
import { t } from "../../../src/schema/index.ts";
import { Table } from "../../../src/table/index.ts";
import { range, schema, setUp } from "./ingest-setup.ts";

const unknown = (reconcilable: boolean): CommitOutcome => ({
  kind: "unknown",
  reconcilable,
  error: new CommitStateUnknownError("the reply was lost"),
});
const conflict: CommitOutcome = { kind: "conflict", error: new CommitFailedError("another won") };
const codes = (settled: readonly PromiseSettledResult<unknown>[]) =>
  settled.map((one) =>
    one.status === "fulfilled" ? "ok" : isIcebergError(one.reason) ? one.reason.code : String(one.reason),
  );

describe("Committer", () => {
  it("commits what many producers submit in one snapshot that names every result", async () => {
    const { client, table, write, load, ids } = await setUp();
    const seen: number[] = [];
    const committer = new Committer(table, { intervalMs: 20, onCommit: ({ results }) => seen.push(results) });
    const results = await Promise.all(range(8).map((id) => write(id)));
    const submitted = await Promise.all(results.map((result) => committer.submit(result)));
    const { metadata } = await load();
    expect(metadata.snapshots).toHaveLength(1);
    expect(client.commits).toBe(1);
    expect(seen).toEqual([8]);
    expect(await ids()).toEqual(range(8));
    const [snapshot] = metadata.snapshots;
    expect(snapshot?.summary?.get(RESULT_IDS_KEY)).toBe(results.map(({ id }) => id).join(","));
    for (const one of submitted) expect(one).toEqual({ snapshot, wasCommittedBefore: false });
    await committer.close();
  });

  it("starts a new group after each interval and keeps the table's other commits", async () => {
    const { table, write, load, ids } = await setUp();
    const committer = new Committer(table, { intervalMs: 1 });
    await committer.submit(await write(1));
    await (await load()).append([{ id: 2, part: "even" }]);
    await committer.submit(await write(3));
    await committer.close();
    expect(await ids()).toEqual([1, 2, 3]);
    expect((await load()).metadata.snapshots).toHaveLength(3);
  });

  it("does not wait out the interval when maxFiles are there, and makes no group much larger", async () => {
    const { table, write, load } = await setUp();
    const committer = new Committer(table, { intervalMs: 3_600_000, maxFiles: 2 });
    const results = await Promise.all(range(4).map((id) => write(id)));
    await Promise.all(results.map((result) => committer.submit(result)));
    expect((await load()).metadata.snapshots).toHaveLength(2);
  });

  it("submit holds producers back while maxPending results wait, first come, first served", async () => {
    const { table, write, ids } = await setUp();
    const committer = new Committer(table, { intervalMs: 3_600_000, maxPending: 2 });
    const results = await Promise.all(range(5).map((id) => write(id)));
    const all = results.map((result) => committer.submit(result));
    await new Promise((next) => setTimeout(next, 5));
    expect(committer.pendingResults).toBe(2);
    await committer.flush();
    await new Promise((next) => setTimeout(next, 5));
    expect(committer.pendingResults).toBe(2);
    expect(await ids()).toEqual([0, 1]);
    await committer.flush();
    await new Promise((next) => setTimeout(next, 5));
    await committer.close();
    await Promise.all(all);
    expect(await ids()).toEqual(range(5));
  });

  it("submit leaves the queue when its signal fires while it is held back", async () => {
    const { table, write, ids } = await setUp();
    const committer = new Committer(table, { intervalMs: 3_600_000, maxPending: 1 });
    const [first, second] = [await write(1), await write(2)];
    const held = committer.submit(first);
    const controller = new AbortController();
    const waiting = committer.submit(second, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await committer.close();
    await held;
    expect(await ids()).toEqual([1]);
  });

  it("commits a result once that is submitted twice: at the same time, later, and elsewhere", async () => {
    const { table, write, load, ids } = await setUp();
    const committer = new Committer(table, { intervalMs: 1 });
    const result = await write(1);
    const [one, two] = await Promise.all([committer.submit(result), committer.submit(result)]);
    expect(one).toEqual(two);
    const later = await committer.submit(result);
    expect(later).toEqual({ snapshot: one.snapshot, wasCommittedBefore: true });
    const elsewhere = await new Committer(table, { intervalMs: 1 }).submit(result);
    expect(elsewhere).toEqual({ snapshot: one.snapshot, wasCommittedBefore: true });
    expect(await ids()).toEqual([1]);
    expect((await load()).metadata.snapshots).toHaveLength(1);
  });

  it("drops the results that another committer commits while an attempt is under way, and commits the rest", async () => {
    const { client, table, write, load, ids } = await setUp();
    const [shared, own] = [await write(1), await write(2)];
    const rival = new Committer(await load(), { intervalMs: 0 });
    let raced = false;
    client.instead = async (commit, ...args) => {
      if (!raced) {
        raced = true;
        await rival.submit(shared);
      }
      return await commit(...args);
    };
    // Another client, or the rival would wait for its turn behind the commit it is to overtake.
    const other = new Table(table, { ...table.contextFor("test"), client: Object.create(client) });
    const committer = new Committer(other, { intervalMs: 1 });
    const [first, second] = await Promise.all([committer.submit(shared), committer.submit(own)]);
    expect(raced).toBe(true);
    expect(first.wasCommittedBefore).toBe(true);
    expect(second.wasCommittedBefore).toBe(false);
    expect(await ids()).toEqual([1, 2]);
    const summaries = (await load()).metadata.snapshots.map(({ summary }) => summary?.get(RESULT_IDS_KEY));
    expect(summaries).toEqual([shared.id, own.id]);
  });

  it("tells every submitter of an unknown outcome, deletes nothing, and finds out when asked again", async () => {
    const { io, client, table, write, ids } = await setUp();
    const committer = new Committer(table, { intervalMs: 1 });
    const results = await Promise.all([1, 2].map((id) => write(id)));
    let lost: "before" | "after" = "after";
    client.instead = async (commit, ...args) => {
      if (lost === "after") await commit(...args);
      return unknown(false);
    };
    const submit = () => Promise.allSettled(results.map((result) => committer.submit(result)));
    expect(codes(await submit())).toEqual(["commit-state-unknown", "commit-state-unknown"]);
    for (const { dataFiles } of results)
      for (const file of dataFiles) expect(io.files.has(file.filePath)).toBe(true);
    client.instead = undefined;
    const again = await submit();
    expect(again.map((one) => one.status === "fulfilled" && one.value.wasCommittedBefore)).toEqual([
      true,
      true,
    ]);
    expect(await ids()).toEqual([1, 2]);

    // The same when the commit has not happened.
    lost = "before";
    client.instead = async () => unknown(false);
    const third = await write(3);
    await expect(committer.submit(third)).rejects.toMatchObject({ code: "commit-state-unknown" });
    client.instead = undefined;
    expect((await committer.submit(third)).wasCommittedBefore).toBe(false);
    expect(await ids()).toEqual([1, 2, 3]);
  });

  it("commits again what was rolled back since, also through a committer that has seen it committed", async () => {
    const { table, write, load, ids } = await setUp();
    const { snapshot } = await table.append([{ id: 0, part: "even" }]);
    const committer = new Committer(table, { intervalMs: 1 });
    const result = await write(1);
    await committer.submit(result);
    await (await load()).manageSnapshots((s) => s.rollbackTo(snapshot.snapshotId));
    expect(await ids()).toEqual([0]);
    expect((await committer.submit(result)).wasCommittedBefore).toBe(false);
    expect(await ids()).toEqual([0, 1]);
    expect((await new Committer(table, { intervalMs: 1 }).submit(result)).wasCommittedBefore).toBe(true);
  });

  it("commits a result to each branch once: rows on another branch are not on this one", async () => {
    const { table, write, load, ids } = await setUp();
    const { table: based } = await table.append([{ id: 0, part: "even" }]);
    const result = await write(1);
    await new Committer(based, { intervalMs: 1, branch: "audit" }).submit(result);
    const onMain = new Committer(await load(), { intervalMs: 1 });
    expect((await onMain.submit(result)).wasCommittedBefore).toBe(false);
    expect(await ids()).toEqual([0, 1]);
    const onAudit = new Committer(await load(), { intervalMs: 1, branch: "audit" });
    expect((await onAudit.submit(result)).wasCommittedBefore).toBe(true);
    expect((await load()).metadata.snapshots).toHaveLength(3);
  });

  it("finds a result that was published from a staged snapshot by a pick", async () => {
    const { table, write, load, ids } = await setUp();
    const { table: based } = await table.append([{ id: 0, part: "even" }]);
    const result = await write(1);
    const { snapshot } = await new Committer(based, { intervalMs: 1, branch: "audit" }).submit(result);
    await (await load()).append([{ id: 2, part: "even" }]);
    await (await load()).manageSnapshots((s) => s.cherryPick(snapshot.snapshotId));
    expect((await new Committer(table, { intervalMs: 1 }).submit(result)).wasCommittedBefore).toBe(true);
    expect(await ids()).toEqual([0, 1, 2]);
  });

  it("forgets a result with its snapshot, and recognises those that are kept", async () => {
    const { client, table, write, load } = await setUp();
    const committer = new Committer(table, { intervalMs: 1 });
    const [first, second] = [await write(1), await write(2)];
    const { snapshot } = await committer.submit(first);
    await committer.submit(second);
    const now = await client.loadTable(table.identifier);
    const removed = { action: "remove-snapshots", snapshotIds: [snapshot.snapshotId] } as const;
    await client.commitTable(now, [], [removed]);
    expect((await committer.submit(second)).wasCommittedBefore).toBe(true);
    expect((await committer.submit(first)).wasCommittedBefore).toBe(false);
    expect((await load()).metadata.snapshots).toHaveLength(2);
  });

  it("refuses position deletes of other files without the snapshot they were found in", async () => {
    const { table, write } = await setUp();
    const { sortOrderId: _, ...data } = (await write(1)).dataFiles[0]!;
    const { dataFiles, ...result } = await write(2);
    const deletes = { ...data, content: "position-deletes", filePath: `${data.filePath}.deletes` } as const;
    const committer = new Committer(table, { intervalMs: 1 });
    const submit = (of: string, id: string) =>
      committer.submit({ ...result, id, dataFiles, deleteFiles: [{ ...deletes, referencedDataFile: of }] });
    await expect(submit(data.filePath, "others")).rejects.toMatchObject({ code: "invalid-argument" });
    expect((await submit(dataFiles[0]!.filePath, "own")).wasCommittedBefore).toBe(false);
  });

  it("takes a commit for its own when only the reply was lost", async () => {
    const { client, table, write, ids } = await setUp();
    client.instead = async (commit, ...args) => {
      await commit(...args);
      return unknown(true);
    };
    const submitted = await new Committer(table, { intervalMs: 1 }).submit(await write(1));
    expect(submitted.wasCommittedBefore).toBe(false);
    expect(await ids()).toEqual([1]);
  });

  it("reports lost attempts to every submitter, keeps the files, and works again later", async () => {
    const { client, table, write, ids } = await setUp({ "commit.retry.num-retries": "1" });
    const committer = new Committer(table, { intervalMs: 1 });
    const results = await Promise.all([1, 2].map((id) => write(id)));
    client.instead = async () => conflict;
    const submit = () => Promise.allSettled(results.map((result) => committer.submit(result)));
    expect(codes(await submit())).toEqual(["commit-failed", "commit-failed"]);
    client.instead = undefined;
    expect(codes(await submit())).toEqual(["ok", "ok"]);
    expect(await ids()).toEqual([1, 2]);
  });

  it("a result that the table refuses fails alone", async () => {
    const { table, write, ids } = await setUp();
    const committer = new Committer(table, { intervalMs: 5 });
    const good = [await write(1), await write(2)];
    const [file] = (await write(3)).dataFiles;
    const bad = { ...(await write(4)), dataFiles: [{ ...file!, specId: 77 }] };
    const settled = await Promise.allSettled([good[0]!, bad, good[1]!].map((one) => committer.submit(one)));
    expect(codes(settled)).toEqual(["ok", "validation-failed", "ok"]);
    expect(await ids()).toEqual([1, 2]);
  });

  it("refuses results of another table and ids that are no names, before they wait", async () => {
    const { table, write } = await setUp();
    const other = await setUp();
    const committer = new Committer(table);
    await expect(committer.submit(await other.write(1))).rejects.toMatchObject({ code: "invalid-argument" });
    const result = await write(1);
    for (const id of ["", "a,b", "../x", ".hidden", "x".repeat(65)]) {
      await expect(committer.submit({ ...result, id })).rejects.toMatchObject({ code: "invalid-argument" });
    }
    expect(committer.pendingResults).toBe(0);
  });

  it("commits results that were written under a schema before and after the version it knows", async () => {
    const { table, write, load, catalog } = await setUp();
    const old = await write(1);
    const { table: next } = await (await load()).updateSchema((u) =>
      u.updateColumn("id", { type: t.long() }).addColumn("note", t.string()),
    );
    const young = await writeFiles(next, [{ id: 2n, part: "even", note: "new" }], { id: "young" });
    const committer = new Committer(table, { intervalMs: 1 });
    await Promise.all([committer.submit(old), committer.submit(young)]);
    const rows = await (await catalog.loadTable("ns.t")).scan().toArray();
    expect(rows.map(({ id }) => id).sort()).toEqual([1n, 2n]);
  });

  it("commits files of a partition column that was promoted since", async () => {
    const { catalog } = await setUp();
    const created = await catalog.createTable("ns.p", schema, { partitionSpec: [identity("id")] });
    const old = await writeFiles(created, [{ id: 7, part: "a" }]);
    const { table: next } = await created.updateSchema((u) => u.updateColumn("id", { type: t.long() }));
    await new Committer(next, { intervalMs: 1 }).submit(old);
    const rows = await (await catalog.loadTable("ns.p"))
      .scan({ filter: parseExpression("id = 7") })
      .toArray();
    expect(rows).toEqual([{ id: 7n, part: "a" }]);
  });

  it("close commits what waits and takes no more", async () => {
    const { table, write, ids } = await setUp();
    const committer = new Committer(table, { intervalMs: 3_600_000 });
    const waiting = committer.submit(await write(1));
    const late = await write(2);
    await committer.close();
    await waiting;
    await expect(committer.submit(late)).rejects.toMatchObject({ code: "unavailable" });
    expect(await ids()).toEqual([1]);
  });

  it("abort rejects what waits, at once, and leaves the files to their owners", async () => {
    const { io, table, write, ids } = await setUp();
    const committer = new Committer(table, { intervalMs: 3_600_000, maxPending: 1 });
    const [first, second] = [await write(1), await write(2)];
    const settled = Promise.allSettled([committer.submit(first), committer.submit(second)]);
    await new Promise((next) => setTimeout(next, 5));
    const reason = new Error("shutting down");
    await committer.abort(reason);
    const [one, two] = await settled;
    expect(one).toEqual({ status: "rejected", reason });
    expect(codes([two!])).toEqual(["unavailable"]);
    expect(await ids()).toEqual([]);
    expect(io.files.has(first.dataFiles[0]!.filePath)).toBe(true);
  });

  it.each([{ intervalMs: -1 }, { intervalMs: Number.NaN }, { maxFiles: 0 }, { maxPending: 1.5 }])(
    "refuses %o",
    async (options) => {
      const { table } = await setUp();
      expect(() => new Committer(table, options)).toThrow(`${Object.keys(options)[0]} =`);
    },
  );
});
