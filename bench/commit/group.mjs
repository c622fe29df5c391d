/**
 * 32 producers of 100 rows each, for some seconds, at one table of a file catalog: `node group.mjs DIST SECONDS MODE`.
 * `committer`: through one Committer with an interval of 200 ms. `independent`: each appends by itself, through a catalog
 * of its own, with the table's retries. Prints one JSON line.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { median, percentile, rowsOf, scratch } from "./measure.mjs";

const [, , dist, seconds, mode] = process.argv;
const PRODUCERS = 32;
const INTERVAL_MS = 200;
const { fileCatalog } = await import(`${dist}/node.js`);
const { Committer, defineSchema, optional, required, t, writeFiles } = await import(`${dist}/index.js`);

const warehouse = await mkdtemp(join(scratch(), "icewright-group-"));
try {
  const catalog = fileCatalog(warehouse);
  await catalog.createNamespace("ns");
  const schema = defineSchema({
    id: required(t.long()),
    name: optional(t.string()),
    ts: required(t.timestamptz()),
    value: optional(t.double()),
  });
  await catalog.createTable("ns.events", schema, { properties: { "commit.retry.num-retries": "100" } });
  const load = () => fileCatalog(warehouse).loadTable("ns.events");
  const table = await load();
  const commitMs = [];
  const committer = mode === "committer" ? new Committer(table, { intervalMs: INTERVAL_MS }) : undefined;
  const latencies = [];
  let failed = 0;

  async function produce(producer, until) {
    let own = committer === undefined ? await load() : table;
    for (let at = producer; performance.now() < until; at += PRODUCERS) {
      const rows = rowsOf(at);
      const result = committer && (await writeFiles(table, rows));
      const began = performance.now();
      try {
        if (committer) await committer.submit(result);
        else ({ table: own } = await own.append(rows));
        latencies.push(performance.now() - began);
      } catch {
        failed++;
      }
    }
  }
  // What one commit of such a group costs, nobody else being there.
  for (let at = 0; at < 10; at++) {
    const began = performance.now();
    await (await load()).append(rowsOf(1_000_000 + at));
    commitMs.push(performance.now() - began);
  }
  const began = performance.now();
  const until = began + Number(seconds) * 1000;
  await Promise.all(Array.from({ length: PRODUCERS }, (_, producer) => produce(producer, until)));
  await committer?.close();
  const spent = performance.now() - began;
  const end = await load();
  const rows = await end.scan({ select: ["id"] }).count();
  const report = {
    mode,
    resultsPerSecond: (latencies.length / spent) * 1000,
    commitsPerSecond: ((end.metadata.snapshots.length - 10) / spent) * 1000,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    slowestMs: percentile(latencies, 1),
    oneCommitMs: median(commitMs),
    failed,
    faults: rows === (latencies.length + 10) * 100 ? [] : [`${rows} rows for ${latencies.length} results`],
  };
  console.log(JSON.stringify(report));
} finally {
  await rm(warehouse, { recursive: true, force: true });
}
