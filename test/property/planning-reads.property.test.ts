/** Which manifests a plan reads, and how many at once: bounded while it runs, none after it was stopped. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { alwaysTrue } from "../../src/expressions/index.ts";
import { defineSchema, MemoryFileIO, memoryCatalog, required, t } from "../../src/index.ts";
import { type FileScanTask, planFiles, ScanReporter, scanFilter } from "../../src/planning/index.ts";
import type { Table } from "../../src/table/index.ts";

const MANIFESTS = 12;
const schema = defineSchema({ n: required(t.long()) });
const io = new MemoryFileIO();
let table: Table<typeof schema>;

/** Snapshot number k has k manifests of one file of one row. */
beforeAll(async () => {
  const catalog = memoryCatalog({ io });
  await catalog.createNamespace("laws");
  table = await catalog.createTable("laws.reads", schema);
  for (let n = 0n; n < MANIFESTS; n++) ({ table } = await table.append([{ n }]));
});

interface Case {
  readonly manifests: number;
  readonly concurrency: number;
  /** Turns of the event loop that each read takes. */
  readonly turns: readonly number[];
  readonly wanted: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  manifests: fc.integer({ min: 1, max: MANIFESTS }),
  concurrency: fc.integer({ min: 1, max: 6 }),
  turns: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
  wanted: fc.integer({ min: 1, max: MANIFESTS }),
});

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A plan over reads that are counted and take their time. */
function plan({ manifests, concurrency, turns }: Case, limit?: number) {
  const reads = { started: [] as string[], running: 0, most: 0 };
  const counting = {
    open: (location: string) => {
      const file = io.open(location);
      return {
        location,
        size: () => file.size(),
        read: async () => {
          if (!/-m\d+\.avro$/.test(location)) return file.read();
          const wait = turns[reads.started.push(location) % turns.length]!;
          reads.most = Math.max(reads.most, ++reads.running);
          for (let i = 0; i < wait; i++) await turn();
          reads.running--;
          return file.read();
        },
      };
    },
    create: () => Promise.reject(new Error("a plan creates nothing")),
    delete: () => Promise.reject(new Error("a plan deletes nothing")),
  };
  const tasks = planFiles({
    metadata: table.metadata,
    io: counting,
    snapshot: table.metadata.snapshots[manifests - 1],
    limit,
    concurrency,
    schema: table.schema,
    filter: scanFilter(alwaysTrue, table.schema),
    reporter: new ScanReporter(),
    now: () => 0,
  });
  return { tasks, reads };
}

async function paths(tasks: AsyncIterable<FileScanTask>): Promise<string[]> {
  const found: string[] = [];
  for await (const { dataFile } of tasks) found.push(dataFile.filePath);
  return found;
}

describe("planFiles()", () => {
  it("reads every manifest once, as many at a time as it may", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const { tasks, reads } = plan(one);
        const found = await paths(tasks);
        expect(new Set(found).size).toBe(one.manifests);
        expect(reads.started).toHaveLength(one.manifests);
        expect(new Set(reads.started).size).toBe(one.manifests);
        expect(reads.most).toBe(Math.min(one.concurrency, one.manifests));
      }),
    );
  });

  it("reads no more than it may be ahead when its consumer stops, and nothing goes on behind its back", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const { tasks, reads } = plan(one);
        let taken = 0;
        for await (const _ of tasks) if (++taken === one.wanted) break;
        expect(taken).toBe(Math.min(one.wanted, one.manifests));
        await expectStopped(one, reads);
      }),
    );
  });

  it("stops by itself at a limit of rows, and reads no more than a consumer that stops there", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const { tasks, reads } = plan(one, one.wanted);
        expect(await paths(tasks)).toHaveLength(Math.min(one.wanted, one.manifests));
        await expectStopped(one, reads);
      }),
    );
  });
});

async function expectStopped(one: Case, reads: { started: readonly string[]; running: number }) {
  const { length } = reads.started;
  expect(length).toBeLessThanOrEqual(Math.min(one.manifests, one.wanted - 1 + one.concurrency));
  expect(reads.running).toBe(0);
  for (let i = 0; i < 6; i++) await turn();
  expect(reads.started).toHaveLength(length);
}
