/**
 * `npm run bench:commit`: what commits cost as a table grows, alone, in a race of processes, and through a Committer,
 * beside PyIceberg (`--pyiceberg PYTHON`) and icebird (`--icebird DIR`). `--parts flat,expiry,race,group,peers`,
 * `--commits 5000`, `--seconds 10`, `--dist DIR`, `--json`. Exits with 1 when a table does not hold what it must;
 * figures never fail.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { scratch } from "./commit/measure.mjs";
import { race } from "./commit/race.mjs";

const argument = (name, fallback) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : process.argv[at + 1];
};
const dist = resolve(argument("--dist", new URL("../dist", import.meta.url).pathname));
const parts = new Set(argument("--parts", "flat,expiry,race,group,peers").split(","));
const commits = Number(argument("--commits", "5000"));
const seconds = argument("--seconds", "10");
const processes = Number(argument("--processes", "8"));
const appends = Number(argument("--appends", "50"));
const asJson = process.argv.includes("--json");
const script = (name) => new URL(`commit/${name}`, import.meta.url).pathname;
const report = {};

if (parts.has("flat")) await flat("flat", 0, commits);
if (parts.has("expiry")) await flat("expiry", 100, Math.min(commits, 1000));
if (parts.has("peers")) await peers();
if (parts.has("race")) await races();
if (parts.has("group")) await groups();
if (asJson) console.log(JSON.stringify(report, null, 2));

async function flat(name, retain, upTo) {
  const marks = [20, 100, 1000, 5000].filter((mark) => mark <= upTo);
  const title = retain > 0 ? `icewright, expired to ${retain} snapshots` : "icewright";
  const lines = await run(process.execPath, [script("flat.mjs"), dist, upTo, retain, ...marks]);
  show(name, title, lines);
}

async function peers() {
  const marks = [20, 100, 1000].filter((mark) => mark <= commits);
  const found = [
    ["PyIceberg, SQL catalog", argument("--pyiceberg"), (python) => [python, script("pyiceberg_commits.py")]],
    ["icebird, conditional", argument("--icebird"), (dir) => [process.execPath, script("icebird.mjs"), dir]],
  ];
  for (const [title, path, command] of found) {
    if (path === undefined) continue;
    const folder = await mkdtemp(join(scratch(), "icewright-peer-"));
    try {
      const [program, ...before] = command(path);
      show(title, title, await run(program, [...before, folder, ...marks]));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** 100 retries, then the default of 4: with and without faults is what counts, the latencies are told. */
async function races() {
  for (const retries of ["100", undefined]) {
    const properties = retries === undefined ? {} : { "commit.retry.num-retries": retries };
    const result = await race({ dist, processes, appends, properties });
    const name = `race of ${processes} x ${appends}, ${retries ?? "4"} retries`;
    report[name] = result;
    const { acknowledged, failures, faults, medianMs, p99Ms, slowestMs, slowestToMedian } = result;
    print(
      `${name}: ${acknowledged} acknowledged, failed ${JSON.stringify(failures)}, median ${ms(medianMs)}, ` +
        `p99 ${ms(p99Ms)}, slowest ${ms(slowestMs)} = ${slowestToMedian.toFixed(1)} x median`,
    );
    const complete = retries === undefined || acknowledged === processes * appends;
    complain(complete ? faults : [...faults, `${acknowledged} of ${processes * appends} acknowledged`]);
  }
}

async function groups() {
  for (const mode of ["committer", "independent"]) {
    const [result] = await run(process.execPath, [script("group.mjs"), dist, seconds, mode]);
    report[`group, ${mode}`] = result;
    const { resultsPerSecond, commitsPerSecond, p50Ms, p99Ms, slowestMs, oneCommitMs, failed, faults } =
      result;
    print(
      `32 producers, ${mode}: ${resultsPerSecond.toFixed(1)} results/s in ${commitsPerSecond.toFixed(1)} commits/s, ` +
        `median ${ms(p50Ms)}, p99 ${ms(p99Ms)}, slowest ${ms(slowestMs)}, ${failed} failed; one commit alone ${ms(oneCommitMs)}`,
    );
    complain(faults);
  }
}

function show(name, title, lines) {
  report[name] = lines;
  print(title);
  const [first] = lines;
  for (const { commit, cpuMs, wallMs, bytes, expiryCpuMs } of lines) {
    const more = [
      `${(cpuMs / first.cpuMs).toFixed(2)} x commit ${first.commit}`,
      `wall ${ms(wallMs)}`,
      ...(bytes === undefined ? [] : [`${(bytes / 1024).toFixed(0)} KiB written`]),
      ...(expiryCpuMs === undefined ? [] : [`expiry of 10 snapshots ${ms(expiryCpuMs)} CPU`]),
    ];
    print(`  commit ${String(commit).padStart(5)}  CPU ${ms(cpuMs).padStart(9)}  ${more.join(", ")}`);
  }
}

function complain(faults) {
  for (const fault of faults.slice(0, 10)) console.error(`  FAULT: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}

function print(line) {
  if (!asJson) console.log(line);
}

function ms(value) {
  return `${value.toFixed(1)} ms`;
}

/** Runs a program and answers the JSON lines it prints. */
async function run(program, args) {
  const child = spawn(program, args.map(String), { stdio: ["ignore", "pipe", "inherit"] });
  const lines = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
  const code = await new Promise((done) => child.on("close", done));
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}`);
  return lines;
}
