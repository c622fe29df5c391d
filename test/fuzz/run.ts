/**
 * `npm run fuzz -- --runs 1000000 --seed N [--at NUMBER] [--target NAME]`: the long form. The inputs run in a worker
 * that a watchdog ends when one input hangs; the next worker goes on behind it.
 * @module
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { toHex } from "../../src/base/index.ts";
import { type Finding, type FuzzTarget, fuzzOne, inputOf } from "./engine.ts";
import { fuzzTargets } from "./targets.ts";

interface Job {
  readonly seed: number;
  readonly from: number;
  readonly runs: number;
  readonly target: string | undefined;
  /** The number being run, for the watchdog. */
  readonly current: SharedArrayBuffer;
}

/** An input that takes longer than this is ended from outside: a hang. */
const HANG_MS = 20_000;
/** Heap of the worker: an input that needs more ends it, which is a finding too. */
const HEAP_MB = 1024;
/** How many findings of one target and first stack lines are printed in full. */
const SHOWN = 2;

if (isMainThread) await supervise();
else await work(workerData as Job);

async function work({ seed, from, runs, target, current }: Job): Promise<void> {
  const targets = await fuzzTargets();
  const position = new Int32Array(current);
  for (let number = from; number < runs; number++) {
    if (target !== undefined && targets[number % targets.length]!.name !== target) continue;
    Atomics.store(position, 0, number);
    const finding = await fuzzOne(targets, seed, number);
    if (finding !== undefined) parentPort?.postMessage(finding);
  }
}

async function supervise(): Promise<void> {
  const at = option("--at");
  const runs = at === undefined ? Number(option("--runs") ?? 100_000) : Number(at) + 1;
  const seed = Number(option("--seed") ?? Date.now() % 2 ** 31);
  const target = option("--target");
  const targets = await fuzzTargets();
  const seen = new Map<string, number>();
  const start = performance.now();
  console.log(`seed ${seed}, ${runs} inputs over ${targets.length} targets`);
  let from = at === undefined ? 0 : Number(at);
  while (from < runs) {
    const current = new SharedArrayBuffer(4);
    const stopped = await runWorker({ seed, from, runs, target, current }, (finding) => note(finding, seen));
    if (stopped === undefined) break;
    const number = Atomics.load(new Int32Array(current), 0);
    note(stoppedFinding(targets, seed, number, stopped), seen);
    from = number + 1;
  }
  const found = [...seen.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${runs} inputs, seed ${seed}: ${found} findings of ${seen.size} kinds`);
  console.log(`${Math.round((performance.now() - start) / 1000)} s`);
  process.exitCode = found === 0 ? 0 : 1;
}

/** Resolves with why the worker stopped before the end, or `undefined` when it came to the end. */
function runWorker(job: Job, found: (finding: Finding) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    const position = new Int32Array(job.current);
    let last = -1;
    const watchdog = setInterval(() => {
      const now = Atomics.load(position, 0);
      if (now === last && now > 0) finish(`no end after ${HANG_MS} ms`);
      last = now;
    }, HANG_MS);
    const finish = (why: string | undefined) => {
      clearInterval(watchdog);
      void worker.terminate();
      resolve(why);
    };
    worker.on("message", found);
    worker.on("error", (error) => finish(String(error)));
    worker.on("exit", () => finish(undefined));
  });
}

function stoppedFinding(
  targets: readonly FuzzTarget[],
  seed: number,
  number: number,
  detail: string,
): Finding {
  const { target, input } = inputOf(targets, seed, number);
  return { target: target.name, number, kind: "error", detail, input };
}

/** Prints a finding unless its like was printed often enough. */
function note({ target, number, kind, detail, input }: Finding, seen: Map<string, number>): void {
  const place = detail.split("\n").find((line) => line.includes(" at ")) ?? detail.replace(/\d+/g, "N");
  const likeness = `${target} ${kind} ${place}`;
  const count = (seen.get(likeness) ?? 0) + 1;
  seen.set(likeness, count);
  if (count > SHOWN) return;
  const shown = toHex(input.subarray(0, 200)) + (input.length > 200 ? "…" : "");
  console.log(`\n${target}: ${kind}, --at ${number}\n${detail}\n${input.length} bytes: ${shown}`);
}

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}
