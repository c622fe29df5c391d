/**
 * `npm run bench:plan`: planning a selective filter over tables of many files, beside other planners.
 *
 * Every reader plans the same tables in a process of its own, each time on a fresh table object and without a cache of
 * manifests. Options: `--layouts mixed,clustered,small`, `--entries 1000,10000,100000,1000000`, `--only TEXT` (readers
 * whose name holds it), `--processes N` (3), `--rounds N` (9 plans a process), `--icebird DIR` (a checkout with its
 * dependencies), `--interop DIR` (Python and jars; default `.interop`, left out when it is not there), `--dist DIR`,
 * `--json`. Exits with 1 when a reader fails or finds other files than the table was made with.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { median, scratch } from "./commit/measure.mjs";
import { FILTER, FILTER_PARTS, LAYOUTS, makeTable } from "./plan/make-table.mjs";

const here = (path) => new URL(path, import.meta.url).pathname;
const dist = resolve(option("--dist") ?? here("../dist"));
const interop = resolve(option("--interop") ?? here("../.interop"));
const layouts = option("--layouts")?.split(",") ?? Object.keys(LAYOUTS);
const sizes = (option("--entries") ?? "1000,10000,100000,1000000").split(",").map(Number);
const processes = Number(option("--processes") ?? 3);
const rounds = Number(option("--rounds") ?? 9);
const work = mkdtempSync(join(scratch(), "icewright-plan-"));
const python = join(interop, "python/bin/python");
const jars = join(interop, "java-jars/*");
const parts = JSON.stringify(FILTER_PARTS);

/**
 * `rounds`: plans a process makes; a third of them where a plan looks at a million files. `upTo`: entries of the largest
 * table it is given. `keeps`: how many files it must find, where not those that may match the filter.
 */
const readers = [
  {
    name: "icewright",
    rounds,
    command: (folder, count) => [process.execPath, here("plan/icewright.mjs"), dist, folder, count, FILTER],
  },
  {
    name: "icewright, no filter",
    rounds,
    keeps: ({ entries }) => entries,
    command: (folder, count) => [process.execPath, here("plan/icewright.mjs"), dist, folder, count, "true"],
  },
  {
    name: "Iceberg Java",
    // It takes Java's compilers more plans to get warm.
    rounds: 2 * rounds,
    isThere: () => existsSync(join(interop, "java-jars")),
    prepare: () =>
      execFileSync("javac", ["-nowarn", "-d", join(work, "java"), "-cp", jars, here("plan/Plan.java")]),
    command: (folder, count) => [
      "java",
      "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
      ...["-cp", `${join(work, "java")}:${jars}`, "Plan", folder, count],
      ...Object.values(FILTER_PARTS),
    ],
  },
  {
    name: "PyIceberg",
    rounds: Math.min(rounds, 3),
    upTo: 100_000,
    isThere: () => existsSync(python),
    command: (folder, count) => [python, here("plan/pyiceberg_plan.py"), folder, count, parts],
  },
  {
    name: "DuckDB",
    rounds: Math.min(rounds, 3),
    upTo: 100_000,
    isThere: () => existsSync(python) && existsSync(join(interop, "duckdb-extensions")),
    command: (folder, count) => [
      ...[python, here("plan/duckdb_plan.py"), folder, count, FILTER],
      join(interop, "duckdb-extensions"),
    ],
  },
  {
    name: "icebird",
    rounds: Math.min(rounds, 2),
    upTo: 100_000,
    isThere: () => option("--icebird") !== undefined,
    command: (folder, count) => [
      ...[process.execPath, "--max-old-space-size=8000", here("plan/icebird.mjs")],
      ...[resolve(option("--icebird")), folder, count, parts],
    ],
  },
].filter(({ name, isThere }) => name.includes(option("--only") ?? "") && (isThere?.() ?? true));

const report = [];
try {
  for (const reader of readers) reader.prepare?.();
  const core = await import(pathToFileURL(join(dist, "core.js")).href);
  for (const entries of sizes) for (const layout of layouts) compare(core, entries, layout);
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (flag("--json")) console.log(JSON.stringify({ processes, rounds, machine: machine(), report }, null, 2));
process.exitCode = report.some(({ error }) => error !== undefined) ? 1 : 0;

/** One table, all readers. Processes take turns, so that a busy minute of the machine meets all of them. */
function compare(core, entries, layout) {
  const folder = join(work, `${layout}-${entries}`);
  mkdirSync(folder);
  const table = { entries, layout, ...makeTable(core, folder, entries, layout) };
  const taking = readers.filter(({ upTo = Number.POSITIVE_INFINITY }) => entries <= upTo);
  const runs = new Map(taking.map(({ name }) => [name, []]));
  for (let i = 0; i < processes; i++) {
    for (const reader of taking) {
      const count = entries < 1_000_000 ? reader.rounds : Math.ceil(reader.rounds / 3);
      runs.get(reader.name).push(run(reader.command(folder, String(count))));
    }
  }
  rmSync(folder, { recursive: true });
  const lines = taking.map(({ name, keeps }) => ({
    ...{ entries, layout, reader: name },
    ...figures(runs.get(name), keeps?.(table) ?? table.kept),
  }));
  report.push(...lines);
  if (!flag("--json")) print(lines, table);
}

/** Medians over the processes: of their first plans, and of the later half of all their plans. */
function figures(children, kept) {
  const failed = children.find(({ error }) => error !== undefined);
  if (failed !== undefined) return failed;
  const plans = children.flatMap(({ runs }) => runs);
  const wrong = plans.find((plan) => plan.kept !== kept);
  if (wrong !== undefined) return { error: `it plans ${wrong.kept} files; ${kept} may match` };
  const first = children.map(({ runs }) => runs[0]);
  const warm = children.flatMap(({ runs }) => runs.slice(Math.floor(runs.length / 2)));
  const of = (some, key) => median(some.map((plan) => plan[key]));
  return {
    files: kept,
    firstCpuMs: of(first, "cpuMs"),
    firstWallMs: of(first, "wallMs"),
    warmCpuMs: of(warm, "cpuMs"),
    warmWallMs: of(warm, "wallMs"),
    peakMB: Math.max(...children.map(({ peakMB }) => peakMB)),
  };
}

function run([command, ...args]) {
  const child = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (child.status === 0) return JSON.parse(child.stdout.trim().split("\n").at(-1));
  return { error: (child.stderr || String(child.error)).trim().split("\n").slice(-4).join(" ") };
}

function print(lines, { layout: name, entries: total, manifests, manifestBytes }) {
  console.log(
    `\n${name}, ${total} entries in ${manifests} manifests, ${(manifestBytes / 1e6).toFixed(1)} MB; ${machine()}`,
  );
  const ours = lines.find(({ reader }) => reader === "icewright");
  console.table(
    lines.map(({ entries, layout, reader, error, files, ...found }) =>
      error === undefined
        ? {
            reader,
            files,
            ...Object.fromEntries(Object.entries(found).map(rounded)),
            ...(ours?.error === undefined && {
              firstTimesOurs: ratio(found.firstCpuMs, ours.firstCpuMs),
              warmTimesOurs: ratio(found.warmCpuMs, ours.warmCpuMs),
            }),
          }
        : { reader, error },
    ),
  );
}

function rounded([name, value]) {
  return [name, Number(value.toPrecision(3))];
}

function ratio(theirs, ours) {
  return Number((theirs / ours).toPrecision(3));
}

function machine() {
  return `node ${process.version}, ${cpus()[0]?.model.trim()}, load ${loadavg()[0].toFixed(1)}`;
}

function flag(name) {
  return process.argv.includes(name);
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
}
