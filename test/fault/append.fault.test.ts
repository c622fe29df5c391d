/**
 * `Table.append` over a store that fails at its 1st, 2nd, 3rd … call, in every way a store can fail, until a run sees
 * no failure. Whatever happens: the table loads, acknowledged rows are there exactly once, nothing referenced is
 * missing, a definite failure leaves nothing behind, and the next append needs no repair.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAULTS, runAppend, SCRATCH } from "./schedule.ts";
import { fileWarehouse, memoryWarehouse } from "./warehouses.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(SCRATCH, "icewright-fault-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let warehouses = 0;
const inFolder = () => fileWarehouse(join(folder, String(warehouses++)));

describe.each([
  { store: "memory catalog", open: memoryWarehouse },
  { store: "file catalog", open: inFolder },
])("Table.append on a $store", ({ open }) => {
  describe.each([
    { base: "current base", contested: false },
    { base: "stale base", contested: true },
  ])("from a $base", ({ contested }) => {
    it.each(FAULTS)(
      "survives a store that is %s at its nth call, for every n (CMT-009, CMT-011)",
      async (fault) => {
        const outcomes: string[] = [];
        for (let at = 1; ; at++) {
          const { outcome, met } = await runAppend(open(), contested, fault, at);
          if (!met) {
            expect(outcome, "without a fault").toBe("acknowledged");
            break;
          }
          outcomes.push(outcome);
        }
        // Two data files, a manifest, reading the parent's list, a list of its own, the metadata file.
        expect(outcomes.length).toBeGreaterThanOrEqual(6);
        if (fault !== "aborted-after") expect(outcomes).toContain("failed");
      },
      180_000,
    );
  });
});
