/**
 * Every operation of a transaction over a store that fails at its 1st, 2nd, 3rd … call, in every way a store can fail,
 * until a run sees no failure: what `append.fault.test.ts` asks of appends, of all that changes a table.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATIONS, runOperation } from "./operations.ts";
import { type Fault, SCRATCH, type Warehouse } from "./schedule.ts";
import { fileWarehouse, memoryWarehouse } from "./warehouses.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(SCRATCH, "icewright-operations-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let warehouses = 0;
const inFolder = () => fileWarehouse(join(folder, String(warehouses++)));

// Appends have all faults on all stores and bases. Here each fault is where it tells most: a signal that fires after a
// call also strikes the clean-up, and in a folder alone the answer to a publication can be lost.
const CASES: readonly {
  readonly store: string;
  readonly base: "current" | "stale";
  readonly faults: readonly Fault[];
  readonly open: () => Warehouse;
}[] = [
  {
    store: "memory catalog",
    base: "stale",
    faults: ["refused", "aborted-after", "dead"],
    open: memoryWarehouse,
  },
  { store: "file catalog", base: "current", faults: ["lost", "dead"], open: inFolder },
];

describe.each(OPERATIONS)("$name", (operation) => {
  it.each(CASES)(
    "on a $base base of a $store survives a store that fails at its nth call, for every n (CMT-009, CMT-011)",
    async ({ base, faults, open }) => {
      for (const fault of faults) {
        const outcomes: string[] = [];
        for (let at = 1; ; at++) {
          const { outcome, met } = await runOperation(open(), operation, base === "stale", fault, at);
          if (!met) {
            expect(outcome, `${fault}, without a fault`).toBe("acknowledged");
            break;
          }
          outcomes.push(outcome);
        }
        // A manifest, a list of its own, the metadata file at least.
        expect(outcomes.length, fault).toBeGreaterThanOrEqual(3);
        if (fault !== "aborted-after") expect(outcomes, fault).toContain("failed");
        if (fault === "lost" && open === inFolder) expect(outcomes, fault).toContain("unknown");
      }
    },
    180_000,
  );
});
