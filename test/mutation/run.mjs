/**
 * `npm run mutation -- [FOLDER...] [--fresh] [--only TEXT] [--shard I/N]`: how many small faults in src/values,
 * src/partitioning and src/expressions the tests notice. Faults are Stryker's (its instrumenter, all mutators);
 * switching them on within one warm process is ours, which makes a mutant cost milliseconds.
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const ROOT = new URL("../..", import.meta.url).pathname;
const WORK = join(ROOT, ".interop/mutation");
const INSTRUMENTER = "@stryker-mutator/instrumenter@10.1.1";
/** At least this share of the mutants must be noticed, per folder, in per cent. */
const THRESHOLD = 85;
/** A mutant under which one test takes longer than this is ended from outside. */
const HANG_MS = 20_000;

/** The tests that judge a folder: those of the folder, and laws and vectors over it. */
const FOLDERS = {
  values: [
    "test/unit/values/*",
    "test/property/values.property.test.ts",
    "test/shared/vectors/single-values.test.ts",
    "test/shared/vectors/transforms.test.ts",
  ],
  partitioning: [
    "test/unit/partitioning/*",
    "test/property/partitioning.property.test.ts",
    "test/shared/vectors/transforms.test.ts",
    "test/shared/vectors/paths.test.ts",
    "test/shared/vectors/evolution.test.ts",
  ],
  expressions: [
    "test/unit/expressions/*",
    "test/property/expressions.property.test.ts",
    "test/shared/expressions/*",
  ],
};

const options = process.argv.slice(2);
const only = option("--only");
const fresh = options.includes("--fresh");
const named = options.filter((text, i) => !text.startsWith("--") && !/^--(only)$/.test(options[i - 1] ?? ""));
const { Instrumenter } = await instrumenter();
const ignored = JSON.parse(readFileSync(new URL("ignored.json", import.meta.url), "utf8"));
const scores = [];
for (const folder of named.length > 0 ? named : Object.keys(FOLDERS)) scores.push(await judge(folder));
console.table(Object.fromEntries(scores.map(({ folder, ...score }) => [folder, score])));
if (scores.some(({ score }) => score < THRESHOLD)) process.exitCode = 1;

/** The score of one folder; what survived is printed. */
async function judge(folder) {
  const sources = filesOf(`src/${folder}/*`).filter((file) => basename(file) !== "index.ts");
  const texts = new Map(sources.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]));
  const { files, mutants } = await new Instrumenter(silent()).instrument(
    sources.map((file) => ({ name: join(ROOT, file), mutate: true, content: texts.get(file) })),
    { plugins: null, ignorers: [], excludedMutations: [] },
  );
  // Babel prints `(a as B) < c` without its parentheses, which then reads as a generic type.
  const printed = files.map(({ name, content }) => [
    name,
    content.replaceAll(/(\w+) as (\w+) </g, "($1 as $2) <"),
  ]);
  const bundle = await bundled(folder, new Map(printed));
  const described = mutants.map((mutant) => describeMutant(mutant, texts));
  const chosen = only === undefined ? described : described.filter(({ file }) => file.includes(only));
  const results = await run(folder, bundle, chosen);
  return report(folder, chosen, results);
}

function describeMutant({ id, fileName, mutatorName, replacement, location }, texts) {
  const file = relative(ROOT, fileName);
  const lines = texts.get(file).split("\n");
  const { start, end } = location;
  const from =
    start.line === end.line
      ? lines[start.line].slice(start.column, end.column)
      : [lines[start.line].slice(start.column), ...lines.slice(start.line + 1, end.line)].join("\n");
  const line = lines[start.line].trim();
  const hash = createHash("sha256").update(texts.get(file)).digest("hex").slice(0, 12);
  const key = [file, hash, start.line, start.column, end.line, end.column, mutatorName, replacement].join(
    "|",
  );
  const entry = ignored.find(
    (each) =>
      file === `src/${each.file}` &&
      line === each.line &&
      (each.from === undefined || each.from === from) &&
      (each.to === undefined || [each.to].flat().includes(replacement)),
  );
  return { id, file, mutatorName, replacement, from, line, number: start.line + 1, key, entry };
}

/** What each mutant came to, by its key: from the last run where that still holds, else from running it. */
async function run(folder, bundle, mutants) {
  const path = join(WORK, `${folder}.json`);
  const known = !fresh && existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
  const results = {};
  const queue = [];
  for (const mutant of mutants) {
    const before = known[mutant.key];
    if (before?.status === "killed" || before?.status === "timeout") results[mutant.key] = before;
    else queue.push(mutant);
  }
  console.log(`${folder}: ${mutants.length} mutants, ${queue.length} to run`);
  const started = performance.now();
  const save = () => writeFileSync(path, JSON.stringify({ ...known, ...results }, null, 1));
  let next = 0;
  while (next < queue.length) next = await runWorker(bundle, queue, next, results, save);
  save();
  console.log(`${folder}: ${Math.round((performance.now() - started) / 1000)} s`);
  return results;
}

/** Runs the queue from `next` on in one process; resolves with where to go on when a mutant hangs or ends it. */
function runWorker(bundle, queue, next, results, save) {
  return new Promise((resolve, reject) => {
    const worker = spawn(
      process.execPath,
      ["--max-old-space-size=3000", new URL("worker.mjs", import.meta.url).pathname, bundle],
      { stdio: ["ignore", "inherit", "inherit", "ipc"], cwd: ROOT },
    );
    let ready = false;
    let watchdog;
    const ended = () => {
      clearTimeout(watchdog);
      if (!ready) return reject(new Error("The tests do not pass without a mutant"));
      if (next < queue.length) results[queue[next].key] = { status: "timeout", by: "the watchdog" };
      resolve(next + 1);
    };
    const watch = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => worker.kill("SIGKILL"), HANG_MS);
    };
    const send = () => {
      clearTimeout(watchdog);
      if (next >= queue.length) {
        worker.off("exit", ended);
        worker.kill();
        return resolve(next);
      }
      watch();
      worker.send(queue[next].id);
    };
    worker.on("exit", ended);
    worker.on("message", (message) => {
      if (message.alive) return watch();
      if (message.ready) {
        ready = true;
        const total = message.tests.reduce((sum, { ms }) => sum + ms, 0);
        console.log(`${message.tests.length} tests, ${Math.round(total)} ms`);
      } else {
        const { id: _id, ...result } = message;
        results[queue[next].key] = result;
        next++;
        if (next % 100 === 0) {
          save();
          console.log(`${next} of ${queue.length}`);
        }
      }
      send();
    });
  });
}

function report(folder, mutants, results) {
  const counts = { killed: 0, timeout: 0, survived: 0, "no coverage": 0, ignored: 0 };
  const used = new Set();
  for (const mutant of mutants) {
    const { status, by } = results[mutant.key];
    const noticed = status === "killed" || status === "timeout";
    if (mutant.entry !== undefined) {
      used.add(mutant.entry);
      if (noticed && mutant.entry.to !== undefined)
        console.log(`listed as equivalent, but ${status} by ${by}: ${shown(mutant)}`);
      if (!noticed) {
        counts.ignored++;
        continue;
      }
    }
    counts[status]++;
    if (!noticed) console.log(`${status}: ${shown(mutant)}`);
  }
  for (const entry of ignored) {
    const here = entry.file.startsWith(`${folder}/`) && (only === undefined || entry.file.includes(only));
    if (here && !used.has(entry)) console.log(`no such mutant any more: ${entry.file}: ${entry.line}`);
  }
  const found = counts.killed + counts.timeout;
  const all = mutants.length - counts.ignored;
  return { folder, mutants: mutants.length, ...counts, score: Number(((100 * found) / all).toFixed(1)) };
}

function shown({ file, number, mutatorName, from, replacement, line }) {
  const short = (text) => (text.length > 90 ? `${text.slice(0, 90).replaceAll(/\s+/g, " ")}…` : text);
  const context = from.includes("\n") || from === line ? "" : `\n      in ${short(line)}`;
  return `${file}:${number} ${mutatorName}\n      ${short(from)}\n   -> ${short(replacement)}${context}`;
}

/** One file with the tests of a folder and everything they import, the folder's modules mutated. */
async function bundled(folder, mutated) {
  const tests = FOLDERS[folder].flatMap(filesOf).filter((file) => file.endsWith(".test.ts"));
  const outfile = join(WORK, `${folder}.cjs`);
  const shim = new URL("vitest.mjs", import.meta.url).pathname;
  const laws = new URL("fast-check.mjs", import.meta.url).pathname;
  await build({
    stdin: {
      contents: [
        `import { collect } from ${JSON.stringify(shim)};`,
        `require(${JSON.stringify(join(ROOT, "src", folder, "index.ts"))});`,
        "export const tests = collect();",
        ...tests.map((file) => `require(${JSON.stringify(join(ROOT, file))});`),
      ].join("\n"),
      resolveDir: ROOT,
      loader: "js",
    },
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    packages: "external",
    logLevel: "error",
    plugins: [
      {
        name: "mutants",
        setup({ onLoad, onResolve }) {
          onResolve({ filter: /^vitest$/ }, () => ({ path: shim }));
          onResolve({ filter: /^fast-check$/ }, ({ importer }) =>
            importer === laws ? undefined : { path: laws },
          );
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const text = mutated.get(path) ?? readFileSync(path, "utf8");
            const url = JSON.stringify(pathToFileURL(path).href);
            return { contents: text.replaceAll("import.meta.url", url), loader: "ts" };
          });
        },
      },
    ],
  });
  return outfile;
}

/** Files of the project that match `folder/*` or are named in full, sorted. */
function filesOf(pattern) {
  if (!pattern.endsWith("/*")) return [pattern];
  const folder = pattern.slice(0, -2);
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => `${folder}/${name}`);
}

/** Stryker's instrumenter, installed beside the other tools that are no dependencies of the package. */
async function instrumenter() {
  const installed = join(WORK, "node_modules/@stryker-mutator/instrumenter/package.json");
  if (!existsSync(installed) || JSON.parse(readFileSync(installed, "utf8")).version !== "10.1.1") {
    mkdirSync(WORK, { recursive: true });
    writeFileSync(join(WORK, "package.json"), '{ "private": true }\n');
    const args = ["install", "--no-audit", "--no-fund", "--loglevel=error", INSTRUMENTER];
    const { status } = spawnSync("npm", args, { cwd: WORK, stdio: "inherit" });
    if (status !== 0) throw new Error(`Cannot install ${INSTRUMENTER}`);
  }
  return import(pathToFileURL(join(installed, "../dist/src/index.js")).href);
}

function silent() {
  return new Proxy({}, { get: (_, name) => (String(name).startsWith("is") ? () => false : () => {}) });
}

function option(name) {
  const at = options.indexOf(name);
  return at < 0 ? undefined : options[at + 1];
}
