/**
 * `Table.append` on a file catalog over a file system that fails at its 1st, 2nd, 3rd … system call: the faults of
 * `append.fault.test.ts` one level lower, inside the creation of each file and the publishing of each version.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FileCatalogClient } from "../../src/catalog/node.ts";
import { LocalFileIO } from "../../src/io/node.ts";
import { type Fault, filesBelow, runAppend, SCRATCH, type Warehouse } from "./schedule.ts";

const disk = vi.hoisted(() => {
  let plan: { readonly fault: Fault; readonly at: number } | undefined;
  let calls = 0;
  const isStruck = () => plan?.fault === "short" && calls + 1 === plan.at;
  const failure = (syscall: string, code: string) =>
    Object.assign(new Error(`${code}: ${syscall} number ${calls}`), { code, syscall });
  return {
    arm(fault: Fault, at: number): void {
      plan = { fault, at };
      calls = 0;
    },
    disarm(): boolean {
      const reached = plan !== undefined && calls >= plan.at;
      plan = undefined;
      return reached;
    },
    /** How much of `length` bytes is to be done: half of it, and that is no error, in the call that is short. */
    part: (length: number) => (isStruck() ? Math.ceil(length / 2) : length),
    async call<T>(syscall: string, act: () => Promise<T>): Promise<T> {
      if (plan === undefined) return await act();
      const { fault, at } = plan;
      const number = ++calls;
      if (fault === "short") return await act();
      const fails = number === at || (fault === "dead" && number > at);
      // A close always takes the descriptor away, whatever it answers.
      if (!fails || fault === "lost" || syscall === "close") {
        const result = await act();
        if (!fails) return result;
      }
      // What NFS answers to the second copy of a request whose first answer was lost.
      throw failure(syscall, fault === "lost" && syscall === "link" ? "EEXIST" : "EIO");
    },
  };
});

vi.mock("node:fs/promises", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs/promises")>();
  type Call = (...args: unknown[]) => Promise<unknown>;
  const faulty = (object: object, name: string) => {
    const act = (Reflect.get(object, name) as Call).bind(object);
    return (...args: unknown[]) => disk.call(name, () => act(...args));
  };
  const names = ["link", "mkdir", "readdir", "readFile", "realpath", "rename", "rm", "stat"];
  const handleNames = ["read", "write", "sync", "stat", "close"];
  const open: Call = async (...args) => {
    let opened: { close(): Promise<void> } | undefined;
    const handle = await disk
      .call("open", async () => {
        opened = await (real.open as (...args: unknown[]) => Promise<{ close(): Promise<void> }>)(...args);
        return opened;
      })
      .catch(async (error: unknown) => {
        await opened?.close();
        throw error;
      });
    const calls = Object.fromEntries(handleNames.map((name) => [name, faulty(handle, name)]));
    const short = (act: Call) => (bytes: unknown, offset: unknown, length: unknown, position?: unknown) =>
      act(bytes, offset, disk.part(length as number), position);
    return { ...calls, read: short(calls.read!), write: short(calls.write!) };
  };
  return { ...real, ...Object.fromEntries(names.map((name) => [name, faulty(real, name)])), open };
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(SCRATCH, "icewright-disk-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let warehouses = 0;
function warehouse(): Warehouse {
  const root = join(folder, String(warehouses++));
  return {
    client: new FileCatalogClient(root),
    other: new FileCatalogClient(root),
    otherIO: new LocalFileIO(),
    arm(fault, at) {
      disk.arm(fault, at);
      return new AbortController().signal;
    },
    disarm: () => disk.disarm(),
    files: () => filesBelow(root),
  };
}

describe("Table.append on a file catalog", () => {
  it.each(["refused", "lost", "dead"] as const)(
    "survives a system call that is %s, whichever it is (CMT-004, CMT-009, CMT-011)",
    async (fault) => {
      const outcomes = new Map<string, number>();
      for (let at = 1; ; at++) {
        const { outcome, met } = await runAppend(warehouse(), false, fault, at);
        if (!met) {
          expect(outcome, "without a fault").toBe("acknowledged");
          break;
        }
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
      expect(outcomes.get("failed"), "calls before the version shows").toBeGreaterThan(10);
      expect(outcomes.get("unknown"), "calls between the link and the synced folder").toBeGreaterThan(0);
      expect(outcomes.get("acknowledged"), "calls for the hint and the temporary names").toBeGreaterThan(3);
    },
    180_000,
  );

  it("goes on after a write or read that does half of what it is told, whichever it is (CMT-004)", async () => {
    for (let at = 1; ; at++) {
      const { outcome, met } = await runAppend(warehouse(), false, "short", at);
      expect(outcome, `call ${at}`).toBe("acknowledged");
      if (!met) break;
    }
  }, 180_000);
});
