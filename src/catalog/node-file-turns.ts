/**
 * Turns among the processes that commit to one table folder. Advisory: whoever ignores them, or finds that they do
 * not work, is held to nothing, for the link of a version decides. They only keep one writer from losing for ever.
 * @module
 */
import { mkdir, open, readdir, rm, rmdir } from "node:fs/promises";
import type { AbortOptions } from "../base/index.ts";
import type { Runtime } from "../io/index.ts";
import { errno } from "../io/node.ts";
import type { Turn } from "./client.ts";

/** A ticket at the head of the queue for that long is of a process that died, or too slow to wait for. */
const STALE_MS = 1_000;
/** Between two looks, per place in the queue. */
const LOOK_MS = 2;

/**
 * Queues behind the tickets in `queue`, a folder that exists only while somebody waits. A writer that has lost no
 * attempt takes no ticket unless others wait; nor does one that cannot write there.
 */
export async function takeFileTurn(
  queue: string,
  lost: boolean,
  runtime: Runtime,
): Promise<Turn | undefined> {
  if (!lost && (await ticketsIn(queue)).length === 0) return undefined;
  const ticket = `${runtime.timeUuid()}.tmp`;
  if (!(await draw(queue, ticket))) return undefined;
  return {
    wait: (waitMs, options = {}) => waitAtHead(queue, ticket, waitMs, runtime, options),
    async end() {
      await rm(`${queue}/${ticket}`, { force: true }).catch(ignore);
      await rmdir(queue).catch(ignore);
    },
  };
}

async function waitAtHead(
  queue: string,
  ticket: string,
  waitMs: number,
  runtime: Runtime,
  options: AbortOptions,
): Promise<boolean> {
  const passed = new Set<string>();
  let head: string | undefined;
  // Time slept, not the clock's: that may leap.
  let waited = 0;
  let since = 0;
  for (;;) {
    const ahead = (await ticketsIn(queue)).filter((name) => name < ticket && !passed.has(name)).sort();
    if (ahead.length === 0) return true;
    if (waited >= waitMs) return false;
    const first = ahead[0]!;
    if (first !== head) {
      head = first;
      since = waited;
    } else if (waited - since >= STALE_MS) {
      passed.add(first);
      await rm(`${queue}/${first}`, { force: true }).catch(ignore);
      continue;
    }
    const pause = Math.min(LOOK_MS * ahead.length, waitMs - waited);
    await runtime.sleep(pause, options);
    waited += pause;
  }
}

/** Puts a ticket into the queue; another writer may remove the folder just before. */
async function draw(queue: string, ticket: string): Promise<boolean> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await mkdir(queue).catch((error: unknown) => {
        if (errno(error) !== "EEXIST") throw error;
      });
      await (await open(`${queue}/${ticket}`, "wx")).close();
      return true;
    } catch (error) {
      if (errno(error) !== "ENOENT") return false;
    }
  }
  return false;
}

async function ticketsIn(queue: string): Promise<readonly string[]> {
  return await readdir(queue).catch(() => []);
}

/** What cannot be removed is a ticket that others pass over. */
function ignore(): void {}
