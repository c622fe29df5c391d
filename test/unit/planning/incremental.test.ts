/** Ranges of appends: their ends, rollbacks, other operations, expired starts (P58, SCN-074). */
import { beforeAll, describe, expect, it } from "vitest";
import { defineSchema, eq, memoryCatalog, required, type Table, t } from "../../../src/index.ts";
import type { TableMetadata } from "../../../src/metadata/index.ts";
import { appendsBetween } from "../../../src/planning/index.ts";

const schema = defineSchema({ n: required(t.long()) });
let table: Table<typeof schema>;
/** The snapshots: append 1, append 2, delete of 1, append 3. */
let ids: readonly bigint[];

async function three() {
  const catalog = memoryCatalog();
  await catalog.createNamespace("ns");
  let made = await catalog.createTable("ns.t", schema);
  ({ table: made } = await made.append([{ n: 1n }]));
  ({ table: made } = await made.append([{ n: 2n }]));
  ({ table: made } = await made.delete(eq("n", 1n)));
  ({ table: made } = await made.append([{ n: 3n }]));
  return made;
}

beforeAll(async () => {
  table = await three();
  ids = table.metadata.snapshots.map(({ snapshotId }) => snapshotId);
});

async function rows(appended: Parameters<typeof appendsBetween>[1], of = table) {
  return (await of.scan({ appended }).toArray()).map(({ n }) => n).sort();
}

describe("scan({ appended })", () => {
  it("`from` is part of the range, `after` is not, `to` is; by default all of history (P58)", async () => {
    expect(await rows({})).toEqual([1n, 2n, 3n]);
    expect(await rows({ from: ids[1]! })).toEqual([2n, 3n]);
    expect(await rows({ after: ids[1]! })).toEqual([3n]);
    expect(await rows({ from: ids[1]!, to: ids[1]! })).toEqual([2n]);
    expect(await rows({ after: ids[1]!, to: ids[1]! })).toEqual([]);
    expect(await rows({ to: ids[1]! })).toEqual([1n, 2n]);
  });

  it("passes over what is no append, and gives rows that a later one deleted (P58)", async () => {
    expect(await rows({ from: ids[2]!, to: ids[2]! })).toEqual([]);
    expect(await rows({ after: ids[2]! })).toEqual([3n]);
    expect(await rows({ from: ids[0]!, to: ids[0]! })).toEqual([1n]);
  });

  it("after a rollback only the history of the end counts (P58)", async () => {
    let rolled = await three();
    const [first, second] = rolled.metadata.snapshots.map(({ snapshotId }) => snapshotId);
    const abandoned = rolled.currentSnapshot!.snapshotId;
    ({ table: rolled } = await rolled.manageSnapshots((manager) => manager.rollbackTo(first!)));
    ({ table: rolled } = await rolled.append([{ n: 9n }]));
    expect(await rows({}, rolled)).toEqual([1n, 9n]);
    expect(() => rolled.scan({ appended: { after: second! } })).toThrow(
      new RegExp(`after snapshot ${second}.*no ancestor of`),
    );
    expect(await rows({ to: abandoned }, rolled)).toEqual([1n, 2n, 3n]);
  });

  it("a start that was expired is named, unless nothing behind it is missing (P58)", () => {
    const without: TableMetadata = {
      ...table.metadata,
      snapshots: table.metadata.snapshots.filter(({ snapshotId }) => snapshotId !== ids[0]),
    };
    const found = appendsBetween(without, { after: ids[0]! }).map(({ snapshotId }) => snapshotId);
    expect(found).toEqual([ids[3], ids[1]]);
    expect(() => appendsBetween(without, { from: ids[0]! })).toThrow(
      new RegExp(`from snapshot ${ids[0]}.*expired`),
    );
    expect(() => appendsBetween(without, { after: 5n })).toThrow(/after snapshot 5/);
    expect(() => appendsBetween(without, { to: ids[0]! })).toThrow(new RegExp(String(ids[0])));
  });

  it("refuses both starts, and a version beside a range", () => {
    expect(() => appendsBetween(table.metadata, { from: ids[0]!, after: ids[0]! })).toThrow(/not both/);
    expect(() => table.scan({ at: { ref: "main" }, appended: {} })).toThrow(/`at` and `appended`/);
  });
});
