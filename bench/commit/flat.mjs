/**
 * Commits of 100 rows, one after the other, to one table: `node flat.mjs DIST COMMITS RETAIN MARK...`. After a warm-up on
 * another table it prints one JSON line a mark: median CPU and wall milliseconds and bytes written per commit, over the
 * window of 20 commits that ends there. With RETAIN above 0 every tenth commit is followed by an expiry to so many
 * snapshots, which is timed apart.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { median, rowsOf, scratch } from "./measure.mjs";

const [, , dist, commits, retain, ...marks] = process.argv;
const { FileCatalogClient, LocalFileIO } = await import(`${dist}/node.js`);
const { Catalog, defineSchema, optional, required, t } = await import(`${dist}/index.js`);
const { expireSnapshots } = await import(`${dist}/maintenance/index.js`);

let bytesWritten = 0;
class CountingIO extends LocalFileIO {
  async create(location, content, options) {
    bytesWritten +=
      content instanceof Uint8Array ? content.length : content.reduce((sum, part) => sum + part.length, 0);
    return await super.create(location, content, options);
  }
}

const warehouse = await mkdtemp(join(scratch(), "icewright-commits-"));
try {
  const catalog = new Catalog(new FileCatalogClient(warehouse, { io: new CountingIO() }));
  await catalog.createNamespace("ns");
  const schema = defineSchema({
    id: required(t.long()),
    name: optional(t.string()),
    ts: required(t.timestamptz()),
    value: optional(t.double()),
  });
  let warm = await catalog.createTable("ns.warm", schema);
  for (let at = 0; at < 60; at++) warm = (await warm.append(rowsOf(at))).table;

  let table = await catalog.createTable("ns.events", schema);
  const cpu = [];
  const wall = [];
  const bytes = [];
  const expiry = [];
  for (let at = 1; at <= Number(commits); at++) {
    const rows = rowsOf(at);
    const before = process.cpuUsage();
    const began = performance.now();
    bytesWritten = 0;
    ({ table } = await table.append(rows));
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
    wall.push(performance.now() - began);
    bytes.push(bytesWritten);
    if (Number(retain) > 0 && at % 10 === 0 && table.metadata.snapshots.length > Number(retain)) {
      const start = process.cpuUsage();
      ({ table } = await expireSnapshots(table, {
        retainLast: Number(retain),
        olderThan: Date.now() + 1000,
      }));
      const spent = process.cpuUsage(start);
      expiry.push((spent.user + spent.system) / 1000);
    }
    if (!marks.includes(String(at))) continue;
    const last = (list) => median(list.slice(-20));
    const mark = { commit: at, cpuMs: last(cpu), wallMs: last(wall), bytes: last(bytes) };
    console.log(JSON.stringify({ ...mark, ...(expiry.length > 0 && { expiryCpuMs: last(expiry) }) }));
  }
} finally {
  await rm(warehouse, { recursive: true, force: true });
}
