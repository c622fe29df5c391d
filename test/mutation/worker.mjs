/**
 * Runs mutants of one bundle in a warm process. A mutant is switched on by its id, the tests that reach it run, the
 * quickest first, until one fails. Mutants of code that runs while modules load get a fresh evaluation of the bundle.
 * @module
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Script } from "node:vm";

const [bundlePath] = process.argv.slice(2);
const require = createRequire(bundlePath);
const load = new Script(`(function (exports, require, module) {${readFileSync(bundlePath, "utf8")}\n})`, {
  filename: bundlePath,
}).runInThisContext();
/** Stryker's instrumented code reads and writes this. */
globalThis.__stryker__ = { activeMutant: undefined, mutantCoverage: { static: {}, perTest: {} } };
const stryker = globalThis.__stryker__;
/** A mutant may be reached this much more often than it is without mutation before it counts as endless. */
const HITS = { factor: 100, least: 20_000 };

let lastBeat = 0;
let tests = evaluate();
const coverage = await dryRun();
/** Of the bundle as it is after evaluations for static mutants, too: their order never changes. */
const order = await independent();
process.on("message", async (id) => {
  process.send(await outcome(id));
});
process.send({
  ready: true,
  tests: tests.map(({ title }, index) => ({ title, ms: coverage.times[index] })),
});

function evaluate() {
  const module = { exports: {} };
  load(module.exports, require, module);
  return module.exports.tests;
}

async function dryRun() {
  const times = [];
  for (const [index, { title, body }] of tests.entries()) {
    stryker.currentTestId = String(index);
    const start = performance.now();
    try {
      await body();
    } catch (error) {
      throw new Error(`Without a mutant, "${title}" fails: ${error.stack}`);
    }
    times.push(performance.now() - start);
  }
  stryker.currentTestId = undefined;
  const { static: loading, perTest } = stryker.mutantCoverage;
  const collecting = perTest.collecting ?? {};
  // From here on nobody reads it.
  stryker.mutantCoverage = { static: {}, perTest: {} };
  return { times, loading, collecting, perTest };
}

/** The tests that pass whatever ran before them, the quickest first. Others cannot judge one mutant. */
async function independent() {
  tests = evaluate();
  const indexes = tests.map((_, index) => index).sort((a, b) => coverage.times[a] - coverage.times[b]);
  const passing = [];
  for (const index of indexes) {
    if (await passes(index)) passing.push(index);
    else console.log(`left out, for it passes only after other tests: ${tests[index].title}`);
  }
  return passing;
}

async function outcome(id) {
  const hit = order.filter((index) => coverage.perTest[index]?.[id] !== undefined);
  // What tests compute while they are declared counts only for code that no test reaches while it runs.
  const loads =
    coverage.loading[id] !== undefined || (hit.length === 0 && coverage.collecting[id] !== undefined);
  if (hit.length === 0 && !loads) return { id, status: "no coverage" };
  const most = hit.reduce(
    (sum, index) => Math.max(sum, coverage.perTest[index][id]),
    coverage.loading[id] ?? 0,
  );
  const limit = Math.max(HITS.least, HITS.factor * most);
  const direct = await firstFailure(id, hit, limit);
  if (direct !== undefined) return { id, ...direct };
  if (!loads) return { id, status: "survived", ran: hit.length };
  return { id, ...(await fromTheStart(id, limit)) };
}

/** With the mutant on from before the modules load: what they compute once is mutated too. */
async function fromTheStart(id, limit) {
  const clean = tests;
  switchOn(id, limit);
  try {
    tests = evaluate();
  } catch (error) {
    return { status: statusOf(error), by: "loading" };
  } finally {
    switchOff();
  }
  const failure = await firstFailure(id, order, limit, false);
  tests = clean;
  return failure ?? { status: "survived", ran: order.length };
}

/** The first of these tests that fails with the mutant and, unless told otherwise, passes without. */
async function firstFailure(id, indexes, limit, confirm = true) {
  for (const index of indexes) {
    beat();
    switchOn(id, limit);
    let failure;
    try {
      await tests[index].body();
    } catch (error) {
      failure = error ?? new Error("threw nothing");
    } finally {
      switchOff();
    }
    if (failure === undefined) continue;
    if (confirm && !(await passes(index))) {
      // Something that an earlier mutant left in a cache: judged anew from a clean start.
      tests = evaluate();
      return firstFailure(id, indexes, limit, true);
    }
    return { status: statusOf(failure), by: tests[index].title };
  }
  return undefined;
}

/** Tells the parent now and then that tests still come to their ends. */
function beat() {
  const now = performance.now();
  if (now - lastBeat < 1000) return;
  lastBeat = now;
  process.send({ alive: true });
}

async function passes(index) {
  try {
    await tests[index].body();
    return true;
  } catch {
    return false;
  }
}

function switchOn(id, limit) {
  stryker.activeMutant = id;
  stryker.hitCount = 0;
  stryker.hitLimit = limit;
}

function switchOff() {
  stryker.activeMutant = undefined;
  stryker.hitCount = undefined;
}

function statusOf(error) {
  return String(error?.message).includes("Hit count limit reached") ? "timeout" : "killed";
}
