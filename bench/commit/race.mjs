/** Processes that append to one table at the same time: what became of every row, and how long commits took. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { percentile, scratch } from "./measure.mjs";

const WRITER = new URL("writer.mjs", import.meta.url).pathname;

/**
 * Runs `processes` x `appends` commits of `rows` rows at one table of a file catalog.
 * Answers what was acknowledged, what failed with which code, faults of the table (none, if all is well), latencies.
 */
export async function race({ dist, processes = 8, appends = 50, rows = 1, properties = {} }) {
  const { fileCatalog } = await import(`${dist}/node.js`);
  const { defineSchema, optional, required, t } = await import(`${dist}/index.js`);
  const warehouse = await mkdtemp(join(scratch(), "icewright-race-"));
  try {
    const catalog = fileCatalog(warehouse);
    await catalog.createNamespace("ns");
    const schema = defineSchema({ id: required(t.long()), name: optional(t.string()) });
    await catalog.createTable("ns.events", schema, { properties });
    const writers = Array.from({ length: processes }, (_, at) =>
      startWriter([dist, warehouse, at * appends * rows, appends, rows]),
    );
    await Promise.all(writers.map(({ ready }) => ready));
    const began = performance.now();
    for (const { child } of writers) child.stdin.write("go\n");
    const results = (await Promise.all(writers.map(({ ended }) => ended))).flat();
    const wallMs = performance.now() - began;
    const table = await fileCatalog(warehouse).loadTable("ns.events");
    return { ...(await judge(table, results, rows)), ...times(results), wallMs };
  } finally {
    await rm(warehouse, { recursive: true, force: true });
  }
}

function startWriter(args) {
  const child = spawn(process.execPath, [WRITER, ...args.map(String)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const results = [];
  let isReady;
  const ready = new Promise((resolve) => {
    isReady = resolve;
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "ready") isReady();
    else results.push(JSON.parse(line));
  });
  const ended = new Promise((resolve, reject) => {
    child.on("close", (code) =>
      code === 0 ? resolve(results) : reject(new Error(`a writer ended with ${code}`)),
    );
  });
  return { child, ready, ended };
}

/** Holds the table against what its writers were told. */
async function judge(table, results, rows) {
  const faults = [];
  const seen = new Map();
  for (const { id } of await table.scan({ select: ["id"] }).toArray())
    seen.set(Number(id), (seen.get(Number(id)) ?? 0) + 1);
  const acknowledged = results.filter(({ error }) => error === undefined);
  for (const { id, error } of results) {
    for (let row = id; row < id + rows; row++) {
      const times = seen.get(row) ?? 0;
      if (times > 1) faults.push(`row ${row} is there ${times} times`);
      if (error === undefined && times === 0) faults.push(`row ${row} was acknowledged and is lost`);
      const may = error === undefined || error === "commit-state-unknown";
      if (times > 0 && !may) faults.push(`row ${row} failed with ${error} and is there`);
    }
    if (error?.startsWith("untyped")) faults.push(`an error without a type: ${error}`);
  }
  const { snapshots } = table.metadata;
  snapshots.forEach((snapshot, at) => {
    if (snapshot.sequenceNumber !== at + 1) {
      faults.push(`snapshot ${at + 1} has sequence number ${snapshot.sequenceNumber}`);
    }
    if (snapshot.parentSnapshotId !== snapshots[at - 1]?.snapshotId) {
      faults.push(`snapshot ${at + 1} has another parent than snapshot ${at}`);
    }
  });
  if (snapshots.length !== acknowledged.length) {
    const unknown = results.filter(({ error }) => error === "commit-state-unknown").length;
    if (snapshots.length < acknowledged.length || snapshots.length > acknowledged.length + unknown) {
      faults.push(`${snapshots.length} snapshots for ${acknowledged.length} acknowledged commits`);
    }
  }
  const failures = {};
  for (const { error } of results) if (error !== undefined) failures[error] = (failures[error] ?? 0) + 1;
  return { commits: results.length, acknowledged: acknowledged.length, failures, faults };
}

function times(results) {
  const ms = results.filter(({ error }) => error === undefined).map((result) => result.ms);
  const medianMs = percentile(ms, 0.5);
  const slowestMs = percentile(ms, 1);
  return { medianMs, p99Ms: percentile(ms, 0.99), slowestMs, slowestToMedian: slowestMs / medianMs };
}
