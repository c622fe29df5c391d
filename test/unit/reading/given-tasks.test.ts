/** Rows of tasks that were planned elsewhere and travelled as JSON (SCN-051, SCN-079). */
import { beforeAll, describe, expect, it } from "vitest";
import {
  defineSchema,
  eq,
  fileScanTaskFromJson,
  fileScanTaskToJson,
  gte,
  identity,
  lt,
  memoryCatalog,
  optional,
  parseJson,
  planTableScanResultFromJson,
  planTableScanResultToJson,
  required,
  scanTaskGroupFromJson,
  scanTaskGroupToJson,
  stringifyJson,
  type Table,
  t,
} from "../../../src/index.ts";

const schema = defineSchema({
  n: required(t.long()),
  organization_id: optional(t.string()),
  text: optional(t.string()),
});
let table: Table<typeof schema>;

beforeAll(async () => {
  const catalog = memoryCatalog();
  await catalog.createNamespace("ns");
  table = await catalog.createTable("ns.t", schema, {
    partitionSpec: [identity("organization_id")],
    properties: { "write.parquet.row-group-size-bytes": "16384" },
  });
  for (let part = 0; part < 3; part++)
    ({ table } = await table.append(
      Array.from({ length: 4000 }, (_, at) => ({
        n: BigInt(part * 4000 + at),
        organization_id: at % 2 === 0 ? "a" : "b",
        text: `text ${(at * 2654435761) % 1000003} of ${part}`,
      })),
    ));
});

const numbers = (rows: readonly { readonly n: bigint }[]) =>
  rows.map(({ n }) => Number(n)).sort((a, b) => a - b);

describe("scan.rows({ tasks })", () => {
  it("groups that travelled as JSON give every row of the plan once, as the docstrings have it (P57)", async () => {
    const scan = table.scan({ filter: gte("n", 6000n) });
    const queue: string[] = [];
    for await (const group of scan.planTasks({ splitSize: 20_000, openFileCost: 0 }))
      queue.push(stringifyJson(scanTaskGroupToJson(group, scan.chosen.schema)));
    expect(queue.length).toBeGreaterThan(2);
    const rows: { readonly n: bigint }[] = [];
    for (const message of queue) {
      const { tasks, sizeBytes } = scanTaskGroupFromJson(parseJson(message));
      expect(sizeBytes).toBeGreaterThan(0);
      rows.push(...(await table.scan().toArray({ tasks })));
    }
    expect(numbers(rows)).toEqual(Array.from({ length: 6000 }, (_, at) => 6000 + at));
  });

  it("refuses the last change of rows whose task does not tell their sequence number, where rows have ids", async () => {
    const select = ["_row_id", "_last_updated_sequence_number"] as never[];
    const without = async (from: Table<typeof schema>) =>
      (await from.scan({ filter: lt("n", 1n) }).plan()).tasks.map((task) => ({
        ...task,
        sequenceNumber: undefined,
      }));
    const old = await table.scan({ select }).toArray({ tasks: await without(table) });
    expect(old).toEqual([{ _row_id: null, _last_updated_sequence_number: null }]);
    const catalog = memoryCatalog();
    await catalog.createNamespace("ns");
    const created = await catalog.createTable("ns.v3", schema, { formatVersion: 3 });
    const { table: next } = await created.append([{ n: 0n }]);
    const tasks = await without(next);
    const [{ dataFile }] = tasks as [(typeof tasks)[number]];
    await expect(next.scan({ select }).toArray({ tasks })).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining(dataFile.filePath),
    });
    expect(await next.scan({ select: ["_row_id"] as never[] }).toArray({ tasks })).toEqual([{ _row_id: 0n }]);
  });

  it("single tasks and whole plans as well", async () => {
    const scan = table.scan({ filter: lt("n", 5n) });
    const { tasks } = await scan.plan();
    const lines = tasks.map((task) => stringifyJson(fileScanTaskToJson(task, scan.chosen.schema)));
    const single = lines.map((line) => fileScanTaskFromJson(parseJson(line)));
    expect(numbers(await table.scan().toArray({ tasks: single }))).toEqual([0, 1, 2, 3, 4]);

    const specs = table.metadata.partitionSpecs;
    const context = { schema: scan.chosen.schema, specs };
    const body = stringifyJson(planTableScanResultToJson(tasks, { ...context, planId: "1" }));
    expect(parseJson(body)).toMatchObject({ status: "completed", "plan-id": "1" });
    const whole = planTableScanResultFromJson(parseJson(body), context);
    expect(numbers(await table.scan().toArray({ tasks: whole }))).toEqual([0, 1, 2, 3, 4]);
  });

  it("the scan's own filter, tenant and limit hold for rows of any tasks (decision 21)", async () => {
    const { tasks } = await table.scan({ filter: lt("n", 6n) }).plan();
    expect(numbers(await table.scan({ filter: gte("n", 3n) }).toArray({ tasks }))).toEqual([3, 4, 5]);
    expect(numbers(await table.scan({ tenant: "a" }).toArray({ tasks }))).toEqual([0, 2, 4]);
    expect(await table.scan({ limit: 2 }).toArray({ tasks })).toHaveLength(2);
  });

  it("prunes by the residuals of the tasks and reports what was read", async () => {
    const { tasks } = await table.scan({ filter: eq("n", 1n), tenant: "b" }).plan();
    const scan = table.scan();
    expect(numbers(await scan.toArray({ tasks }))).toEqual([1]);
    const { metrics } = scan.report;
    expect(metrics.resultDataFiles).toBe(1);
    expect(metrics.skippedRowGroups).toBeGreaterThan(0);
  });

  it("refuses a residual about a column that has another name by now", async () => {
    const { table: renamed } = await table.updateSchema((u) => u.renameColumn("text", "words"));
    const all = await table.scan({ filter: gte("text", "text 1") }).plan();
    await expect(renamed.scan().toArray({ tasks: all.tasks })).rejects.toThrow(
      /residual asks for text \(field 3\).*plan anew/,
    );
  });
});
