/**
 * `npm run bench:pruning`: writes the same telemetry rows in several layouts and asks each the same named questions.
 * `--months 6 --organizations 12 --rows 240000 --commits 4` (a month), `--run-ids random|time`, `--layouts "month, org;month"`,
 * `--rounds 3`, `--select a,b`, `--python PYTHON` (PyIceberg and DuckDB beside us; `--duckdb-extensions DIR` where DuckDB's
 * are installed), `--svg FILE`, `--json`, `--dist DIR`.
 * Exits with 1 when a layout answers a question with other rows than the full scan's.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { scratch } from "./commit/measure.mjs";
import { layouts } from "./pruning/layouts.mjs";
import { monthRows, queries } from "./pruning/rows.mjs";

const argument = (name, fallback) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : process.argv[at + 1];
};
const number = (name, fallback) => Number(argument(name, fallback));
const dist = resolve(argument("--dist", new URL("../dist", import.meta.url).pathname));
const icewright = await import(join(dist, "index.js"));
const { fileCatalog } = await import(join(dist, "node.js"));
const { defineTraceEvents } = await import(join(dist, "telemetry/index.js"));
const { costJson, FULL_SCAN, measurePruning } = await import(join(dist, "cli/pruning.js"));
const { barChartSvg } = await import(join(dist, "cli/bar-chart.js"));

const months = number("--months", 6);
const organizations = number("--organizations", 12);
const rows = number("--rows", 240_000);
const commits = number("--commits", 4);
const rounds = number("--rounds", 3);
const timeOrdered = argument("--run-ids", "random") === "time";
const python = argument("--python");
const select = argument("--select")?.split(",");
const all = layouts(icewright);
const wanted = argument("--layouts")?.split(";") ?? [...all.keys()];
for (const name of wanted)
  if (!all.has(name)) throw new Error(`No layout ${name}: ${[...all.keys()].join("; ")}`);

const folder = await mkdtemp(join(scratch(), "icewright-pruning-"));
const report = [];
let wrong = 0;
try {
  const asked = questions();
  for (const name of wanted) {
    const table = await write(name, all.get(name));
    console.error(`${name}: ${table.currentSnapshot.summary.get?.("total-data-files") ?? ""} data files`);
    const found = asked.map(([title, where]) => ({
      name: title,
      where,
      filter: icewright.parseExpression(where),
    }));
    const costs = await measurePruning(table, found, { rounds, ...(select && { select }) });
    const others = python === undefined ? [] : await otherPlanners(table, costs);
    report.push(...costs.map((cost, at) => ({ layout: name, ...costJson(cost), ...others[at] })));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
check();
const svg = argument("--svg");
if (svg !== undefined) await writeFile(svg, picture());
if (process.argv.includes("--json"))
  console.log(JSON.stringify({ months, organizations, rows, commits, timeOrdered, report }, null, 2));
else print();
process.exitCode = wrong === 0 ? 0 : 1;

/** The questions are about a run in the middle of the month before last, of a tenant of middling size. */
function questions() {
  const monthsAgo = Math.min(1, months - 1);
  const tenant = `org_${String(Math.floor(organizations / 4)).padStart(2, "0")}`;
  const of = [...monthRows(shape(monthsAgo))].filter((row) => row.organization_id === tenant);
  const newest = [...monthRows(shape(0))].at(-1);
  return queries(of[of.length >> 1], newest);
}

function shape(monthsAgo) {
  return { seed: 7, monthsAgo, organizations, rows: Math.floor(rows / months), timeOrdered };
}

/** Appends month by month, `commits` times each, as a service would that commits what came in since the last commit. */
async function write(name, { spec, sort, bloom }) {
  const catalog = fileCatalog(join(folder, name.replaceAll(/\W+/g, "_")));
  await catalog.createNamespace("telemetry");
  const { schema, options } = defineTraceEvents({ bloomFilters: bloom });
  let table = await catalog.createTable("telemetry.trace_events", schema, {
    ...options,
    partitionSpec: spec,
    sortOrder: sort,
  });
  for (let monthsAgo = months - 1; monthsAgo >= 0; monthsAgo--) {
    const month = [...monthRows(shape(monthsAgo))];
    const size = Math.ceil(month.length / commits);
    for (let from = 0; from < month.length; from += size)
      ({ table } = await table.append(month.slice(from, from + size)));
  }
  return table;
}

/** What PyIceberg plans and how long DuckDB counts. */
async function otherPlanners(table, costs) {
  const script = new URL("pruning/planners.py", import.meta.url).pathname;
  const child = spawn(python, [script, String(rounds), argument("--duckdb-extensions", "")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => answers.push(JSON.parse(line)));
  for (const { where } of costs)
    child.stdin.write(`${JSON.stringify({ metadata: table.metadataLocation, where: where ?? null })}\n`);
  child.stdin.end();
  await once(child, "exit");
  if (answers.length !== costs.length) throw new Error("The other planners gave up; see above");
  return answers;
}

/** Every layout, and every engine, must find the same rows. */
function check() {
  for (const [query, found] of grouped()) {
    const counts = new Set(
      found.flatMap((line) => [line.matches, ...(line.duckdb ? [line.duckdb.matches] : [])]),
    );
    if (counts.size === 1) continue;
    wrong++;
    console.error(`${query}: layouts or engines differ, they find ${[...counts].join(", ")} rows`);
  }
}

function grouped() {
  const groups = new Map();
  for (const line of report) groups.set(line.query, [...(groups.get(line.query) ?? []), line]);
  return groups;
}

function print() {
  for (const [query, lines] of grouped()) {
    console.log(`\n${query}${lines[0].where === null ? "" : `: ${lines[0].where}`}`);
    console.table(
      Object.fromEntries(
        lines.map(
          ({
            layout,
            manifests,
            files,
            row_groups,
            bytes,
            rows: read,
            matches,
            planning_ms,
            reading_ms,
            pyiceberg,
            duckdb,
          }) => [
            layout,
            {
              manifests: `${manifests.kept}/${manifests.total}`,
              files: `${files.kept}/${files.total}`,
              "row groups": `${row_groups.kept}/${row_groups.total}`,
              "% of bytes": percent(bytes),
              "rows read": read.kept,
              matches,
              "plan ms": planning_ms.toFixed(1),
              "read ms": reading_ms.toFixed(1),
              ...(pyiceberg && {
                "PyIceberg files": pyiceberg.files,
                "PyIceberg plan ms": pyiceberg.plan_ms.toFixed(1),
              }),
              ...(duckdb && { "DuckDB count ms": duckdb.count_ms.toFixed(1) }),
            },
          ],
        ),
      ),
    );
  }
}

function percent({ kept, total }) {
  return ((100 * kept) / total).toFixed(2);
}

function picture() {
  return barChartSvg({
    title: "How much of trace_events a question reads, by layout",
    subtitle: `${rows} rows, ${months} months, ${organizations} organizations, ${commits} commits a month, run ids ${timeOrdered ? "in order of time" : "random"}: share of the bytes of all data files`,
    groups: [...grouped()]
      .filter(([query]) => query !== FULL_SCAN)
      .map(([query, lines]) => ({
        title: query,
        bars: lines.map(({ layout, bytes, files }) => ({
          series: layout,
          share: bytes.kept / bytes.total,
          label: `${percent(bytes)} % of bytes, ${files.kept} of ${files.total} files`,
        })),
      })),
  });
}
