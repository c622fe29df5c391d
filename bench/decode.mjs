/**
 * `node bench/decode.mjs`: reading the entries of one manifest, whole and for a plan, against other readers.
 *
 * Every reader runs in its own process over the same file and prints the median of its rounds and the process's
 * peak memory, so that the ratios are those of one machine in one state. Options: `--entries N` (100000),
 * `--rounds N` (5), `--codec deflate|null`, `--dist DIR`, `--icebird DIR`, `--pyiceberg PYTHON`, `--json`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const COLUMNS = 24;
/** Fits a double, so that avsc's default longs can take part; real ones need the BigInt variant. */
const SNAPSHOT_ID = 3_051_729_675_574n;

const entries = Number(option("--entries") ?? 100_000);
const rounds = Number(option("--rounds") ?? 5);
const dist = resolve(option("--dist") ?? new URL("../dist", import.meta.url).pathname);
const core = await import(pathToFileURL(join(dist, "core.js")).href);
const schema = core.defineSchema({
  ts: core.required(core.t.timestamptz()),
  org: core.required(core.t.string()),
  ...Object.fromEntries(
    Array.from({ length: COLUMNS - 2 }, (_, i) => [
      `c${i}`,
      core.optional(i % 3 === 0 ? core.t.long() : core.t.string()),
    ]),
  ),
});
const spec = core.buildPartitionSpec(schema, [core.month("ts"), core.identity("org")]);
const reading = {
  manifest: {
    partitionSpecId: spec.specId,
    content: "data",
    addedSnapshotId: SNAPSHOT_ID,
    sequenceNumber: 7,
  },
  fields: core.partitionFields(spec, schema),
  what: "the manifest",
};

/** Each takes the file's path and returns how many entries it read. */
const readers = {
  "icewright, whole": (path) => core.readManifest(readFileSync(path), reading).length,
  "icewright, for a plan": (path) => {
    const wishes = { ...reading, liveOnly: true, columns: { metricsFor: new Set([1, 2]) } };
    let count = 0;
    for (const _entry of core.manifestEntries(readFileSync(path), wishes)) count++;
    return count;
  },
  "avsc, longs as numbers": (path) => readWithAvsc(path, false),
  "avsc, longs as BigInt": (path) => readWithAvsc(path, true),
  icebird: readWithIcebird,
};

const only = option("--reader");
if (only !== undefined) await measure(only, option("--file"));
else await compare();

/** The child's part: rounds of one reader, one line of JSON. */
async function measure(name, path) {
  const times = [];
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    const count = await readers[name](path);
    if (count !== entries) throw new Error(`${name} read ${count} entries instead of ${entries}`);
    if (round > 0) times.push(performance.now() - start); // the first round warms up
  }
  report(times, process.resourceUsage().maxRSS / 1024);
}

function report(times, peakMB) {
  console.log(JSON.stringify({ medianMs: median(times), minMs: Math.min(...times), peakMB }));
}

/** The parent's part: writes the file, runs every reader, prints the table. */
async function compare() {
  const folder = mkdtempSync(join(tmpdir(), "icewright-decode-"));
  const file = join(folder, "manifest.avro");
  try {
    writeFileSync(file, manifest());
    const results = [];
    for (const name of Object.keys(readers)) {
      if (name === "icebird" && option("--icebird") === undefined) continue;
      const args = [...process.argv.slice(1), "--reader", name, "--file", file];
      results.push([name, run(process.execPath, ["--max-old-space-size=8000", ...args])]);
    }
    const python = option("--pyiceberg");
    const script = new URL("decode_pyiceberg.py", import.meta.url).pathname;
    if (python !== undefined)
      results.push(["PyIceberg", run(python, [script, file, String(entries), String(rounds)])]);
    print(results, statSync(file).size);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command, args) {
  const child = spawnSync(command, args, { encoding: "utf8" });
  if (child.status === 0) return JSON.parse(child.stdout);
  return { error: (child.stderr || String(child.error)).trim().split("\n").slice(-3).join(" ") };
}

function print(results, size) {
  const base = results.find(([name]) => name === "avsc, longs as BigInt")[1].medianMs;
  const rows = results.map(([name, { medianMs, minMs, peakMB, error }]) =>
    error === undefined
      ? {
          reader: name,
          entriesPerSecond: Math.round((entries / medianMs) * 1000),
          medianMs: Math.round(medianMs),
          minMs: Math.round(minMs),
          peakMB: Math.round(peakMB),
          timesAvsc: Number((base / medianMs).toFixed(2)),
        }
      : { reader: name, error },
  );
  const machine = `node ${process.version}, ${cpus()[0]?.model.trim()}, load ${loadavg()[0].toFixed(1)}`;
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify({ entries, columns: COLUMNS, rounds, bytes: size, machine, rows }));
  } else {
    console.log(`${entries} entries, ${COLUMNS} metric columns, ${(size / 1e6).toFixed(1)} MB; ${machine}`);
    console.table(rows);
  }
}

/** A manifest as a sorted append leaves it: full metrics of all columns, partitions that change now and then. */
function manifest() {
  const bytes = (length, seed) => Uint8Array.from({ length }, (_, i) => 97 + ((seed * 31 + i * 7) % 26));
  const ids = Array.from({ length: COLUMNS }, (_, i) => i + 1);
  const counts = (of) => new Map(ids.map((id) => [id, of(id)]));
  const bounds = (seed) =>
    new Map(ids.map((id) => [id, bytes(id % 3 === 0 || id === 1 ? 8 : 16, seed + id)]));
  function* all() {
    for (let i = 0; i < entries; i++) {
      yield {
        status: "added",
        snapshotId: SNAPSHOT_ID,
        dataFile: {
          content: "data",
          filePath: `s3://bucket/warehouse/telemetry/trace_events/data/${String(i).padStart(8, "0")}-0-7f3c.parquet`,
          fileFormat: "parquet",
          specId: spec.specId,
          partition: [660 + ((i >> 6) % 3), `org_${(i >> 4) % 20}`],
          recordCount: 10_000 + (i % 977),
          fileSizeInBytes: 4_000_000 + i * 13,
          columnSizes: counts((id) => 1000 * id + (i % 4096)),
          valueCounts: counts(() => 10_000 + (i % 977)),
          nullValueCounts: counts((id) => (id * i) % 64),
          nanValueCounts: new Map(),
          lowerBounds: bounds(i),
          upperBounds: bounds(i + 1),
          splitOffsets: [4],
          sortOrderId: 1,
        },
      };
    }
  }
  const compression = { codec: option("--codec") ?? "deflate" };
  return core.writeManifest({
    formatVersion: 2,
    schema,
    spec,
    content: "data",
    snapshotId: SNAPSHOT_ID,
    entries: all(),
    compression,
    sync: new Uint8Array(16).fill(9),
  }).bytes;
}

async function readWithAvsc(path, bigints) {
  const { default: avro } = await import("avsc");
  const longs = avro.types.LongType.__with({
    fromBuffer: (buffer) => buffer.readBigInt64LE(),
    toBuffer: () => Buffer.alloc(8),
    fromJSON: BigInt,
    toJSON: Number,
    isValid: (value) => typeof value === "bigint",
    compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  });
  const parseHook = (json) => avro.Type.forSchema(json, bigints ? { registry: { long: longs } } : {});
  const held = [];
  await new Promise((done, failed) => {
    const decoder = new avro.streams.BlockDecoder({ parseHook });
    decoder.on("data", (entry) => held.push(entry));
    decoder.on("error", failed);
    decoder.on("end", done);
    decoder.end(readFileSync(path));
  });
  return held.length;
}

async function readWithIcebird(path) {
  const { avroMetadata, avroRead } = await icebirdAvro();
  const bytes = new Uint8Array(readFileSync(path));
  const reader = { view: new DataView(bytes.buffer), offset: 0 };
  const { metadata, syncMarker } = await avroMetadata(reader);
  return (await avroRead({ reader, metadata, syncMarker })).length;
}

async function icebirdAvro() {
  const from = (file) => import(pathToFileURL(join(resolve(option("--icebird")), "src/avro", file)).href);
  return { ...(await from("avro.metadata.js")), ...(await from("avro.read.js")) };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}
