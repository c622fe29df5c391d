/**
 * `node bench/read.mjs`: reading a table of a million spans, whole and by three columns, as rows, columns and Arrow,
 * and finding one trace in it, beside other readers.
 *
 * Every reader runs in its own process over the same files. Options: `--rows N` (1000000), `--files N` (60), `--rounds N`
 * (3), `--table DIR` (kept and used again; default a temporary one), `--only TEXT` (readers whose name holds it),
 * `--dist DIR`, `--peers DIR` (an ignored folder where parquet-wasm is installed; default `.interop/bench`),
 * `--icebird DIR`, `--json`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { columns, spans, THREE, traceIdOf } from "./read-data.mjs";

const PARQUET_WASM = "0.8.0";
const rowCount = Number(option("--rows") ?? 1_000_000);
const fileCount = Number(option("--files") ?? 60);
const rounds = Number(option("--rounds") ?? 3);
const dist = resolve(option("--dist") ?? new URL("../dist", import.meta.url).pathname);
const peers = resolve(option("--peers") ?? new URL("../.interop/bench", import.meta.url).pathname);
const load = (entry) => import(pathToFileURL(join(dist, entry)).href);

/** Each takes the table's folder, its data files and the columns (`undefined` for all), and returns how many rows it read. */
const readers = {
  "icewright rows": async ({ folder, select }) => {
    let count = 0;
    for await (const row of (await scanOf(folder, select)).rows()) if (row !== null) count++;
    return count;
  },
  "icewright columns": async ({ folder, select }) => {
    let count = 0;
    for await (const batch of (await scanOf(folder, select)).batches()) count += batch.rowCount;
    return count;
  },
  "icewright Arrow": async ({ folder, select }) => {
    const { toArrowBatches } = await load("arrow/index.js");
    let count = 0;
    for await (const batch of toArrowBatches(await scanOf(folder, select))) count += batch.numRows;
    return count;
  },
  "hyparquet rows": async ({ files, select }) => {
    const { parquetReadObjects, asyncBufferFromFile } = await import("hyparquet");
    let count = 0;
    for (const path of files) {
      const file = await asyncBufferFromFile(path);
      count += (await parquetReadObjects({ file, columns: select, parsers: RAW_TIMES })).length;
    }
    return count;
  },
  "hyparquet columns": async ({ files, select }) => {
    const { parquetRead, asyncBufferFromFile } = await import("hyparquet");
    let values = 0;
    for (const path of files) {
      const file = await asyncBufferFromFile(path);
      const onChunk = ({ columnData }) => {
        values += columnData.length;
      };
      await parquetRead({ file, columns: select, parsers: RAW_TIMES, onChunk });
    }
    return values / (select ?? Object.keys(columns(await load("core.js")))).length;
  },
  "parquet-wasm Arrow": async ({ files, select }) => {
    const { readParquet } = await import(
      pathToFileURL(join(peers, "node_modules/parquet-wasm/node/parquet_wasm.js")).href
    );
    const { tableFromIPC } = await import("apache-arrow");
    let count = 0;
    for (const path of files) {
      const table = readParquet(new Uint8Array(readFileSync(path)), select && { columns: select });
      count += tableFromIPC(table.intoIPCStream()).numRows;
    }
    return count;
  },
  "icebird rows": async ({ folder, select }) => {
    const { icebergRead, resolver, lister } = await icebird();
    const rows = await icebergRead({
      tableUrl: folder,
      resolver,
      lister,
      ...(select && { columns: select }),
    });
    return rows.length;
  },
};

/** As they are stored: hyparquet's dates would cost it time and digits. */
const RAW_TIMES = {
  timestampFromMilliseconds: (value) => value,
  timestampFromMicroseconds: (value) => value,
  timestampFromNanoseconds: (value) => value,
};

const only = option("--reader");
if (only !== undefined) await measure(only);
else await compare();

async function scanOf(folder, select, filter) {
  const { openTable } = await load("node.js");
  const table = await openTable(folder);
  return table.scan({ ...(select && { select }), ...(filter && { filter }) });
}

async function icebird() {
  const root = resolve(option("--icebird"));
  const lib = await import(pathToFileURL(join(root, "src/index.js")).href);
  const local = (url) => url.replace(/^file:\/\//, "");
  const resolver = {
    async reader(url) {
      const bytes = readFileSync(local(url));
      const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      return { byteLength: whole.byteLength, slice: (start, end) => whole.slice(start, end) };
    },
  };
  const { readdirSync } = await import("node:fs");
  const lister = async (url) => readdirSync(local(url));
  return { ...lib, resolver, lister };
}

/** The child's part: rounds of one reader, one line of JSON. */
async function measure(name) {
  const kept = option("--table");
  const files = JSON.parse(readFileSync(join(kept, "files.json"), "utf8"));
  const folder = JSON.parse(readFileSync(join(kept, "location.json"), "utf8")).location.replace(
    /^file:\/\//,
    "",
  );
  if (name === "lookup") return lookup(folder);
  const select = option("--columns")?.split(",");
  const walls = [];
  const used = [];
  // One round to warm up, unless the caller wants a single one.
  for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
    const start = performance.now();
    const before = process.cpuUsage();
    const count = await readers[name]({ folder, files, select });
    if (count !== rowCount) throw new Error(`${name} read ${count} rows instead of ${rowCount}`);
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    walls.push(performance.now() - start);
    used.push((user + system) / 1000);
  }
  const peakMB = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ wallMs: median(walls), cpuMs: median(used), peakMB }));
}

/** One trace among all: bytes asked for, of all bytes of the data files. */
async function lookup(folder) {
  const { LocalFileIO, openTable } = await load("node.js");
  const { eq } = await load("index.js");
  const io = new LocalFileIO();
  const reads = { bytes: 0, requests: 0, metadata: 0 };
  const counting = {
    open(location, size) {
      const file = io.open(location, size);
      return {
        ...file,
        location,
        size: (options) => file.size(options),
        async read(range, options) {
          const bytes = await file.read(range, options);
          if (location.endsWith(".parquet")) {
            reads.bytes += bytes.length;
            reads.requests++;
          } else reads.metadata += bytes.length;
          return bytes;
        },
      };
    },
    create: (...all) => io.create(...all),
    delete: (...all) => io.delete(...all),
  };
  const { Scan } = await load("reading/index.js");
  const table = await openTable(folder);
  const { identifier, metadata, metadataLocation } = table;
  const traces = [3, 0.31, 0.77].map((at) => traceIdOf(at > 1 ? at : Math.floor(at * rowCount)));
  const found = [];
  for (const trace of traces) {
    reads.bytes = reads.requests = reads.metadata = 0;
    const start = performance.now();
    const scan = new Scan(
      { identifier, metadata, metadataLocation, io: counting },
      { filter: eq("trace_id", trace) },
    );
    const rows = await scan.toArray();
    found.push({
      trace,
      rows: rows.length,
      ms: performance.now() - start,
      ...reads,
      skipped: scan.report.skipped,
    });
  }
  console.log(JSON.stringify({ found }));
}

/** The parent's part: writes the table, runs every reader, prints the figures. */
async function compare() {
  const kept = option("--table");
  const folder = resolve(kept ?? mkdtempSync(join(tmpdir(), "icewright-read-")));
  try {
    if (!existsSync(join(folder, "files.json"))) await writeTable(folder);
    installPeers();
    const files = JSON.parse(readFileSync(join(folder, "files.json"), "utf8"));
    const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
    const wanted = option("--only");
    const names = Object.keys(readers).filter(
      (name) => (wanted === undefined || name.includes(wanted)) && isThere(name),
    );
    const machine = `node ${process.version}, ${cpus()[0]?.model.trim()}, load ${loadavg()[0].toFixed(1)}`;
    const figures = {};
    for (const [part, select] of [
      ["all 24 columns", undefined],
      ["3 columns", THREE],
    ]) {
      figures[part] = names.map((name) => ({ name, ...runReader(name, folder, select) }));
      if (!process.argv.includes("--json")) print(part, figures[part], bytes, machine);
    }
    const lookups = runReader("lookup", folder);
    if (process.argv.includes("--json")) {
      console.log(JSON.stringify({ rowCount, fileCount, bytes, machine, figures, lookups }));
    } else printLookups(lookups, bytes);
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function writeTable(folder) {
  mkdirSync(folder, { recursive: true });
  const { fileCatalog } = await load("node.js");
  const api = await load("index.js");
  const catalog = fileCatalog(join(folder, "warehouse"));
  await catalog.ensureNamespace("bench");
  let table = await catalog.createTable("bench.spans", api.defineSchema(columns(api)), {
    properties: { "write.parquet.bloom-filter-enabled.column.trace_id": "true" },
  });
  for (let i = 0; i < fileCount; i++) {
    const rows = spans(Math.floor((i * rowCount) / fileCount), Math.floor(((i + 1) * rowCount) / fileCount));
    ({ table } = await table.append(rows));
  }
  const files = [];
  for await (const { dataFile } of table.scan().planFiles())
    files.push(dataFile.filePath.replace(/^file:\/\//, ""));
  writeFileSync(
    join(folder, "location.json"),
    JSON.stringify({ location: table.location, metadata: table.metadataLocation }),
  );
  writeFileSync(join(folder, "files.json"), JSON.stringify(files));
}

/** parquet-wasm is no dependency: it is installed where git does not look. */
function installPeers() {
  if (existsSync(join(peers, "node_modules/parquet-wasm"))) return;
  mkdirSync(peers, { recursive: true });
  writeFileSync(join(peers, "package.json"), JSON.stringify({ private: true }));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", `parquet-wasm@${PARQUET_WASM}`], {
    cwd: peers,
    stdio: "ignore",
  });
}

function isThere(name) {
  return !name.startsWith("icebird") || option("--icebird") !== undefined;
}

function runReader(name, folder, select) {
  const own = process.argv
    .slice(2)
    .filter((text, at, all) => !["--table"].includes(text) && all[at - 1] !== "--table");
  const args = ["--max-old-space-size=6000", process.argv[1], ...own, "--reader", name, "--table", folder];
  if (select !== undefined) args.push("--columns", select.join(","));
  return run(process.execPath, args);
}

function run(command, args) {
  const child = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (child.status === 0) return JSON.parse(child.stdout.trim().split("\n").at(-1));
  return { error: (child.stderr || String(child.error)).trim().split("\n").slice(-4).join(" ") };
}

function print(part, results, bytes, machine) {
  const base = results.find(({ name }) => name === "hyparquet columns")?.cpuMs;
  console.log(
    `\n${part} of ${rowCount} rows in ${fileCount} files, ${(bytes / 1e6).toFixed(1)} MB; ${machine}`,
  );
  console.table(
    results.map(({ name, wallMs, cpuMs, peakMB, error }) =>
      error === undefined
        ? {
            reader: name,
            wallMs: Math.round(wallMs),
            cpuMs: Math.round(cpuMs),
            rowsPerCpuSecond: Math.round((rowCount / cpuMs) * 1000),
            peakMB: Math.round(peakMB),
            timesHyparquetColumns: base && Number((base / cpuMs).toFixed(2)),
          }
        : { reader: name, error },
    ),
  );
}

function printLookups({ found, error }, bytes) {
  if (error !== undefined) return console.log(`lookup: ${error}`);
  console.log("\none trace by its id");
  console.table(
    found.map(({ rows, ms, bytes: read, requests, metadata }) => ({
      rows,
      ms: Math.round(ms),
      requests,
      readKB: Math.round(read / 1000),
      shareOfDataFiles: `${((100 * read) / bytes).toFixed(2)} %`,
      metadataKB: Math.round(metadata / 1000),
    })),
  );
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
}
