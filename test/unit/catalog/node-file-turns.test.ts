/** The queue of a table folder's writers: in order, over dead writers, and never in anybody's way. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeFileTurn } from "../../../src/catalog/node-file-turns.ts";
import { type Runtime, systemRuntime } from "../../../src/io/index.ts";

let folder: string;
let queue: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "icewright-turns-"));
  queue = join(folder, ".turns");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Sleeps at once, noting for how long. */
function sleeper(): Runtime & { slept: number } {
  const runtime = {
    ...systemRuntime,
    slept: 0,
    async sleep(ms: number, options?: { signal?: AbortSignal | undefined }) {
      options?.signal?.throwIfAborted();
      runtime.slept += ms;
      await new Promise((next) => setImmediate(next));
    },
  };
  return runtime;
}

const names = () => readdir(queue).catch(() => undefined);

describe("takeFileTurn", () => {
  it("lets a writer that lost nothing go ahead, without a trace, when nobody waits", async () => {
    expect(await takeFileTurn(queue, false, systemRuntime)).toBeUndefined();
    expect(await names()).toBeUndefined();
  });

  it("queues writers first come, first served, and those that lost nothing behind them", async () => {
    const first = await takeFileTurn(queue, true, systemRuntime);
    const second = await takeFileTurn(queue, true, systemRuntime);
    const third = await takeFileTurn(queue, false, systemRuntime);
    expect(await first?.wait(0)).toBe(true);
    expect(await second?.wait(0)).toBe(false);
    expect(await third?.wait(0)).toBe(false);
    await first?.end();
    expect(await third?.wait(0)).toBe(false);
    expect(await second?.wait(0)).toBe(true);
    await second?.end();
    expect(await third?.wait(0)).toBe(true);
    await third?.end();
    expect(await names(), "the folder goes with the last ticket").toBeUndefined();
  });

  it("waits until the writer ahead has ended", async () => {
    const ahead = await takeFileTurn(queue, true, systemRuntime);
    const behind = await takeFileTurn(queue, true, systemRuntime);
    let isOurs = false;
    const waiting = behind!.wait(60_000).then((ours) => {
      isOurs = ours;
    });
    await new Promise((next) => setTimeout(next, 20));
    expect(isOurs).toBe(false);
    await ahead!.end();
    await waiting;
    expect(isOurs).toBe(true);
  });

  it("waits no longer than it is told", async () => {
    const runtime = sleeper();
    await takeFileTurn(queue, true, runtime);
    const behind = await takeFileTurn(queue, true, runtime);
    expect(await behind?.wait(100)).toBe(false);
    expect(runtime.slept).toBe(100);
  });

  it("passes over the ticket of a writer that died, and takes it away", async () => {
    const runtime = sleeper();
    await mkdir(queue);
    await writeFile(join(queue, "00000000-dead.tmp"), "");
    const turn = await takeFileTurn(queue, false, runtime);
    expect(await turn?.wait(60_000)).toBe(true);
    expect(runtime.slept).toBeGreaterThanOrEqual(1000);
    expect(runtime.slept).toBeLessThan(2000);
    expect(await names()).toHaveLength(1);
  });

  it("ends the wait when the signal fires", async () => {
    await takeFileTurn(queue, true, systemRuntime);
    const turn = await takeFileTurn(queue, true, systemRuntime);
    const stopped = new Error("stopped");
    const controller = new AbortController();
    const waiting = turn!.wait(60_000, { signal: controller.signal });
    controller.abort(stopped);
    await expect(waiting).rejects.toBe(stopped);
  });

  it("lets everybody go ahead where no ticket can be written", async () => {
    expect(await takeFileTurn(join(folder, "missing", ".turns"), true, systemRuntime)).toBeUndefined();
    await writeFile(queue, "a file in the way");
    expect(await takeFileTurn(queue, true, systemRuntime)).toBeUndefined();
  });
});
