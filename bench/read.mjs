/**
 * `node bench/read.mjs`: reading a table of a million spans, whole and by three columns, as rows, columns and Arrow,
 * and finding one trace in it, beside other readers.
 *
 * Every reader runs in its own process over the same files. Options: `--rows N` (1000000), `--files N` (60), `--rounds N`
 * (3), `--table DIR` (kept and used again; default a temporary one), `--only TEXT` (readers whose name holds it),
 * `--dist DIR`, `--peers DIR` (an ignored folder where parquet-wasm is installed; default `.interop/bench`),
 * `--python PYTHON` (with PyIceberg and DuckDB; default that of `npm run interop`, if it is there), `--icebird DIR`, `--json`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { columns, spans, THREE, traceIdOf } from "./read/data.mjs";
import { OURS, PEERS } from "./read/readers.mjs";

const PARQUET_WASM = "0.8.0";
/** Readers of `read/peers.py`. */
const PYTHON_READERS = ["DuckDB rows", "DuckDB Arrow", "PyIceberg rows", "PyIceberg Arrow"];
/** The memory of ours is measured once more over this share of the files. */
const PART = 5;
const rowCount = Number(option("--rows") ?? 1_000_000);
const fileCount = Number(option("--files") ?? 60);
const rounds = Number(option("--rounds") ?? 3);
const dist = resolve(option("--dist") ?? new URL("../dist", import.meta.url).pathname);
const peers = resolve(option("--peers") ?? new URL("../.interop/bench", import.meta.url).pathname);
const interopPython = new URL("../.interop/python/bin/python", import.meta.url).pathname;
const python = option("--python") ?? (existsSync(interopPython) ? interopPython : undefined);
const partOf = Math.max(1, Math.floor(fileCount / PART));
const load = (entry) => import(pathToFileURL(join(dist, entry)).href);

const only = option("--reader");
if (only !== undefined) await measure(only);
else await compare();

/** The child's part: rounds of one reader, one line of JSON. */
async function measure(name) {
  const { files, folder } = tableIn(option("--table"));
  if (name === "lookup") return lookup(folder);
  const select = option("--columns")?.split(",");
  const fileLimit = option("--first") === undefined ? undefined : Number(option("--first"));
  const wanted = fileLimit === undefined ? rowCount : rowsBefore(fileLimit);
  const input = { load, folder, files, select, fileLimit, peers, icebird: option("--icebird") };
  const walls = [];
  const used = [];
  // One round to warm up, unless the caller wants a single one.
  for (let round = rounds > 1 ? -1 : 0; round < rounds; round++) {
    const start = performance.now();
    const before = process.cpuUsage();
    const count = await { ...OURS, ...PEERS }[name](input);
    // Files differ by a row, and plans are in no order.
    if (Math.abs(count - wanted) > (fileLimit ?? 0))
      throw new Error(`${name} read ${count} rows instead of ${wanted}`);
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
    const { files } = tableIn(folder);
    const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
    const wanted = option("--only");
    const names = [...Object.keys({ ...OURS, ...PEERS }), ...PYTHON_READERS].filter(
      (name) => (wanted === undefined || name.includes(wanted)) && isThere(name),
    );
    const machine = `node ${process.version}, ${cpus()[0]?.model.trim()}, load ${loadavg()[0].toFixed(1)}`;
    const figures = {};
    for (const [part, select] of [
      ["all 24 columns", undefined],
      ["3 columns", THREE],
    ]) {
      figures[part] = names.map((name) => ({
        name,
        ...runReader(name, folder, select),
        ...(name in OURS && {
          partPeakMB: runReader(name, folder, select, ["--first", String(partOf)]).peakMB,
        }),
      }));
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
  for (let i = 0; i < fileCount; i++)
    ({ table } = await table.append(spans(rowsBefore(i), rowsBefore(i + 1))));
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

/** Rows in the first files of the table. */
function rowsBefore(file) {
  return Math.floor((file * rowCount) / fileCount);
}

/** Paths of the data files, the folder of the table and its metadata file. */
function tableIn(kept) {
  const json = (name) => JSON.parse(readFileSync(join(kept, name), "utf8"));
  const { location, metadata } = json("location.json");
  return { files: json("files.json"), folder: location.replace(/^file:\/\//, ""), metadata };
}

function isThere(name) {
  if (PYTHON_READERS.includes(name)) return python !== undefined;
  return !name.startsWith("icebird") || option("--icebird") !== undefined;
}

function runReader(name, kept, select, more = []) {
  if (PYTHON_READERS.includes(name)) {
    const { files, metadata } = tableIn(kept);
    const script = new URL("read/peers.py", import.meta.url).pathname;
    return run(python, [script, name, JSON.stringify({ files, metadata, select, rounds, rowCount })]);
  }
  const own = process.argv
    .slice(2)
    .filter((text, at, all) => text !== "--table" && all[at - 1] !== "--table");
  const args = ["--max-old-space-size=16000", process.argv[1], ...own, "--reader", name, "--table", kept];
  if (select !== undefined) args.push("--columns", select.join(","));
  return run(process.execPath, [...args, ...more]);
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
    results.map(({ name, wallMs, cpuMs, peakMB, partPeakMB, error }) =>
      error === undefined
        ? {
            reader: name,
            wallMs: Math.round(wallMs),
            cpuMs: Math.round(cpuMs),
            rowsPerCpuSecond: Math.round((rowCount / cpuMs) * 1000),
            peakMB: Math.round(peakMB),
            [`peakMB of ${rowsBefore(partOf)}`]: partPeakMB ? Math.round(partPeakMB) : "",
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
