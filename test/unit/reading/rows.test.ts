/** Row objects and the stream of them. */
import { describe, expect, it } from "vitest";
import type { RowBatch } from "../../../src/reading/read-task.ts";
import { appendRows, rowMaker, rowStream } from "../../../src/reading/rows.ts";
import { type Field, simpleType } from "../../../src/schema/index.ts";

const ID: Field = { id: 1, name: "id", required: true, type: simpleType("int") };

function batchOf(from: number, rowCount: number): RowBatch {
  return { rowCount, columns: [Int32Array.from({ length: rowCount }, (_, at) => from + at)] };
}

/** Batches of 300, 0 and 600 rows; notes what became of the generator. */
function source(seen: string[], failAfter = Number.POSITIVE_INFINITY) {
  return (async function* () {
    seen.push("started");
    try {
      let from = 0;
      for (const rowCount of [300, 0, 600]) {
        if (from >= failAfter) throw new Error("cut off");
        yield batchOf(from, rowCount);
        from += rowCount;
      }
    } finally {
      seen.push("closed");
    }
  })();
}

const stream = (seen: string[] = [], failAfter?: number) =>
  rowStream<{ readonly id: number }>(source(seen, failAfter), rowMaker([ID]));

describe("rowStream", () => {
  it("hands out every row of every batch in order, empty batches among them", async () => {
    const ids: number[] = [];
    for await (const { id } of stream()) ids.push(id);
    expect(ids).toEqual(Array.from({ length: 900 }, (_, at) => at));
  });

  it("starts no reading before the first row is asked for", async () => {
    const seen: string[] = [];
    const rows = stream(seen);
    expect(seen).toEqual([]);
    await rows.return();
    expect(seen).toEqual([]);
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  it("stops between two rows of a batch when it is aborted, and closes what it reads", async () => {
    const seen: string[] = [];
    const stop = new AbortController();
    const rows = rowStream<{ readonly id: number }>(source(seen), rowMaker([ID]), stop.signal);
    const ids: number[] = [];
    const reading = async () => {
      for await (const { id } of rows) if (ids.push(id) === 10) stop.abort(new Error("enough"));
    };
    await expect(reading()).rejects.toThrow("enough");
    expect([ids.length, seen]).toEqual([10, ["started", "closed"]]);
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  it("answers requests in their order, those made at the same time, too", async () => {
    const rows = stream();
    const answers = await Promise.all(Array.from({ length: 902 }, () => rows.next()));
    expect(answers.slice(0, 900).map(({ value }) => value?.id)).toEqual(
      Array.from({ length: 900 }, (_, at) => at),
    );
    expect(answers.slice(900)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  it.each(["break", "return"])("ends the reading at %s, whatever rows are at hand", async (way) => {
    const seen: string[] = [];
    const rows = stream(seen);
    if (way === "break") for await (const _ of rows) break;
    else {
      const [first, ended] = await Promise.all([rows.next(), rows.return()]);
      expect(first.value).toEqual({ id: 0 });
      expect(ended).toEqual({ done: true, value: undefined });
    }
    expect(seen).toEqual(["started", "closed"]);
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  it("throws what it is given after it closed the reading", async () => {
    const seen: string[] = [];
    const rows = stream(seen);
    await rows.next();
    await expect(rows.throw(new Error("no more"))).rejects.toThrow("no more");
    expect(seen).toEqual(["started", "closed"]);
    expect(await rows.next()).toEqual({ done: true, value: undefined });
  });

  it("hands out the rows before an error, then the error once, then nothing", async () => {
    const seen: string[] = [];
    const rows = stream(seen, 300);
    for (let id = 0; id < 300; id++) expect(await rows.next()).toEqual({ done: false, value: { id } });
    await expect(rows.next()).rejects.toThrow("cut off");
    expect(await rows.next()).toEqual({ done: true, value: undefined });
    expect(seen).toEqual(["started", "closed"]);
  });

  it("tells the error it ended with, not that of closing, as a generator does", async () => {
    const unclosable = () =>
      (async function* () {
        try {
          yield batchOf(0, 3);
        } finally {
          await Promise.reject(new Error("cannot close"));
        }
      })();
    const rows = rowStream(unclosable(), rowMaker([ID]));
    await rows.next();
    await expect(rows.throw(new Error("no more"))).rejects.toThrow("no more");
    const broken = rowStream(unclosable(), () => {
      throw new Error("no such value");
    });
    await expect(broken.next()).rejects.toThrow("no such value");
    const left = rowStream(unclosable(), rowMaker([ID]));
    await left.next();
    await expect(left.return()).rejects.toThrow("cannot close");
  });

  it("closes the reading when a row cannot be made", async () => {
    const seen: string[] = [];
    const rows = rowStream(source(seen), () => {
      throw new Error("no such value");
    });
    await expect(rows.next()).rejects.toThrow("no such value");
    expect(await rows.next()).toEqual({ done: true, value: undefined });
    expect(seen).toEqual(["started", "closed"]);
  });
});

describe("rowMaker", () => {
  it.each([1, 24, 128, 129, 400])("gives rows of %d columns all members of their own, in order", (count) => {
    const fields = Array.from({ length: count }, (_, at): Field => ({ ...ID, id: at + 1, name: `c${at}` }));
    const columns = fields.map(({ id }) => [id, null, -id]);
    const rows: Record<string, unknown>[] = [];
    appendRows(rows, { rowCount: 3, columns }, rowMaker(fields));
    expect(rows).toHaveLength(3);
    for (const [at, row] of rows.entries()) {
      expect(Object.entries(row)).toEqual(fields.map(({ name }, c) => [name, columns[c]![at]]));
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    }
  });

  it.each([3, 200])("makes __proto__ a member like any other among %d columns (SCH-029)", (count) => {
    const names = ["__proto__", "constructor", ...Array.from({ length: count - 2 }, (_, at) => `"c"\n${at}`)];
    const fields = names.map((name, at): Field => ({ ...ID, id: at + 1, name }));
    const rows: Record<string, unknown>[] = [];
    appendRows(rows, { rowCount: 2, columns: fields.map(({ id }) => [id, null]) }, rowMaker(fields));
    for (const row of rows) {
      expect(Object.keys(row).sort()).toEqual([...names].sort());
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    }
    expect(Object.getOwnPropertyDescriptor(rows[0], "__proto__")?.value).toBe(1);
    expect(Object.getOwnPropertyDescriptor(rows[1], "__proto__")?.value).toBeNull();
  });

  it("shares nothing among rows", () => {
    const rows: Record<string, unknown>[] = [];
    appendRows(rows, batchOf(0, 600), rowMaker([ID]));
    Object.assign(rows[0]!, { id: 7 });
    expect(rows.map(({ id }) => id).slice(1)).toEqual(Array.from({ length: 599 }, (_, at) => at + 1));
  });
});
