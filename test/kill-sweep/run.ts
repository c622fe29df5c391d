/**
 * `npm run kill-sweep`: a commit is interrupted at each of its system calls, by SIGKILL, by ENOSPC and by EIO, with
 * strace. After each fault the table must load here, in PyIceberg and in Java with the same rows, acknowledged rows once,
 * nothing referenced may be missing, and the next commit must need no repair.
 *
 * `--operations append,overwrite,delete`, `--faults KILL,ENOSPC,EIO`, `--engines pyiceberg,java` (`none`). Exits with 1
 * when anything does not hold.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { readManifest } from "../../src/manifests/index.ts";
import { specById } from "../../src/metadata/index.ts";
import { fileCatalog } from "../../src/node.ts";
import { identity, partitionFields } from "../../src/partitioning/index.ts";
import { snapshotManifests } from "../../src/planning/index.ts";
import { type Engine, startEngine } from "../interop/harness/engine.ts";
import { ENGINES } from "../interop/harness/engines.ts";
import { BASE, type Events, NEXT, OPERATIONS, rowsOf, schema } from "./operations.ts";

const DRIVER = join(dirname(fileURLToPath(import.meta.url)), "driver.js");
/** Everything that changes a file or a folder, and what opens them. */
const CALLS = [
  ..."openat,write,pwrite64,fsync,fdatasync,link,linkat,rename,renameat,renameat2,unlink,unlinkat".split(","),
  ..."mkdir,mkdirat,rmdir,ftruncate".split(","),
];

/** A system call of a commit: the `nth` of its name on the thread that does the file work. */
interface Call {
  readonly name: string;
  readonly nth: number;
  readonly line: string;
}

const argument = (name: string, fallback: string): readonly string[] => {
  const at = process.argv.indexOf(name);
  const text = at < 0 ? fallback : (process.argv[at + 1] ?? "");
  return text === "none" ? [] : text.split(",");
};
const wanted = argument("--engines", "pyiceberg,java");
const engines = ENGINES.filter(({ name }) => wanted.includes(name)).map(startEngine);
const problems: string[] = [];
let faults = 0;

try {
  for (const operation of argument("--operations", "append,overwrite,delete")) {
    for (const fault of argument("--faults", "KILL,ENOSPC,EIO")) await sweep(operation, fault);
  }
} finally {
  await Promise.all(engines.map((engine) => engine.close()));
}
const names = engines.map(({ name }) => name).join(", ") || "no other engine";
console.log(`${faults} faults, looked at by icewright and ${names}: ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;

async function sweep(operation: string, fault: string): Promise<void> {
  const calls = await inWarehouse(async (warehouse) => {
    const { outcome, calls } = await traced(warehouse, operation);
    if (outcome !== "acknowledged") throw new Error(`${operation} without a fault: ${outcome}`);
    return calls;
  });
  const outcomes = new Map<string, number>();
  for (const call of calls) {
    const outcome = await inWarehouse((warehouse) => oneFault(warehouse, operation, fault, call)).catch(
      (error: unknown) => {
        problems.push(`${operation}, ${fault} at ${call.name} ${call.nth}: ${error}`);
        console.error(`${problems.at(-1)}\n  ${call.line}`);
        return "PROBLEM";
      },
    );
    faults++;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  const summary = [...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  console.log(`${operation}: ${fault} at each of ${calls.length} system calls: ${summary}`);
}

async function inWarehouse<T>(use: (warehouse: string) => Promise<T>): Promise<T> {
  const warehouse = await mkdtemp(join(tmpdir(), "icewright-sweep-"));
  try {
    const catalog = fileCatalog(warehouse);
    await catalog.createNamespace("ns");
    let table = await catalog.createTable("ns.events", schema, {
      partitionSpec: [identity("part")],
      // Room for orphan-free retries is not what is tested: unknown outcomes are looked up at once.
      properties: { "commit.status-check.min-wait-ms": "1", "commit.retry.min-wait-ms": "1" },
    });
    for (const ids of BASE) ({ table } = await table.append(rowsOf(ids)));
    return await use(warehouse);
  } finally {
    await rm(warehouse, { recursive: true, force: true });
  }
}

async function oneFault(warehouse: string, operation: string, fault: string, call: Call): Promise<string> {
  const inject = fault === "KILL" ? "signal=KILL" : `error=${fault}`;
  const { outcome } = await traced(warehouse, operation, [`inject=${call.name}:${inject}:when=${call.nth}`]);
  const before = BASE.flat();
  const { after } = OPERATIONS[operation]!;
  const load = async (): Promise<Events> => (await fileCatalog(warehouse).loadTable("ns.events")).as(schema);
  const table = await load();
  const seen = await idsOf(table);
  const isApplied = same(seen, after);
  if (!isApplied && !same(seen, before)) throw new Error(`${outcome}, and the rows are ${seen}`);
  if (outcome === "acknowledged" && !isApplied) throw new Error("acknowledged, and not there");
  if (outcome.startsWith("failed") && isApplied) throw new Error("said to have failed, and there");
  if (outcome.startsWith("untyped") || (outcome === "killed") !== (fault === "KILL")) {
    throw new Error(`the operation ended as ${outcome}`);
  }
  await expectWhole(table);
  await expectSameRows(table, seen);
  const { table: next } = await (await load()).append(rowsOf([NEXT]));
  const expected = [...seen, NEXT];
  if (!same(await idsOf(next), expected)) throw new Error("the next commit does not add its row");
  await expectWhole(next);
  await expectSameRows(next, expected);
  return outcome;
}

/** Runs the operation in a process of its own, with its file thread traced; answers its calls and its outcome. */
async function traced(warehouse: string, operation: string, more: readonly string[] = []) {
  const env = { ...process.env, UV_THREADPOOL_SIZE: "1", UV_USE_IO_URING: "0" };
  const child = spawn(process.execPath, [DRIVER, warehouse, operation], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const said: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => said.push(line));
  const ended = ending(child);
  await until(() => said.includes("ready"), child);
  const threads = (await readdir(`/proc/${child.pid}/task`)).map(Number).sort((a, b) => a - b);
  const log = join(warehouse, "strace.log");
  const trace = [`trace=${more.length > 0 ? /inject=(\w+)/.exec(more[0]!)![1] : CALLS.join(",")}`, ...more];
  const options = trace.flatMap((expression) => ["-e", expression]);
  // The thread of the pool is the last one that was started.
  const strace = spawn("strace", ["-y", "-p", String(threads.at(-1)), "-o", log, ...options], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const straceEnded = ending(strace);
  let told = "";
  strace.stderr.on("data", (text) => {
    told += text;
  });
  await until(() => told.includes("attached"), strace);
  child.stdin.write("go\n");
  const signal = await ended;
  await straceEnded;
  const calls = callsIn(await readFile(log, "utf8"), warehouse);
  await rm(log);
  const last = said.at(-1);
  const outcome =
    signal === "SIGKILL" ? "killed" : last === undefined || last === "ready" ? `ended ${signal}` : last;
  return { outcome, calls };
}

/** The calls about files of the warehouse. Failing others, such as a wake-up of the event loop, would test nothing. */
function callsIn(log: string, warehouse: string): readonly Call[] {
  const counts = new Map<string, number>();
  const calls: Call[] = [];
  for (const line of log.split("\n")) {
    const name = /^(\w+)\(/.exec(line)?.[1];
    if (name === undefined) continue;
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    if (line.includes(warehouse)) calls.push({ name, nth, line });
  }
  return calls;
}

async function until(holds: () => boolean, child: ChildProcess): Promise<void> {
  while (!holds()) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("a process ended too early");
    await new Promise((next) => setTimeout(next, 2));
  }
}

function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? String(code))));
}

async function idsOf(table: Events): Promise<readonly bigint[]> {
  return (await table.scan().toArray()).map(({ id }) => id);
}

function same(ids: readonly bigint[], expected: readonly bigint[]): boolean {
  const sorted = (list: readonly bigint[]) => [...list].sort((a, b) => Number(a - b)).join();
  return sorted(ids) === sorted(expected);
}

/** Whatever a snapshot refers to is there and as long as it should be. */
async function expectWhole({ metadata, io }: Events): Promise<void> {
  for (const snapshot of metadata.snapshots) {
    for (const manifest of await snapshotManifests(io, snapshot)) {
      const what = manifest.manifestPath;
      const bytes = await io.open(what).read();
      if (bytes.length !== manifest.manifestLength) throw new Error(`${what} has ${bytes.length} bytes`);
      const fields = partitionFields(specById(metadata, manifest.partitionSpecId)!, schema);
      for (const { status, dataFile } of readManifest(bytes, { manifest, fields, what })) {
        const { filePath, fileSizeInBytes } = dataFile;
        if (status !== "deleted" && (await io.open(filePath).size()) !== fileSizeInBytes) {
          throw new Error(`${filePath} has another size than its manifest says`);
        }
      }
    }
  }
}

/** Every other engine validates the table and sees the same rows. */
async function expectSameRows({ metadataLocation: metadata }: Events, ids: readonly bigint[]): Promise<void> {
  await Promise.all(
    engines.map(async (engine: Engine) => {
      await engine.call("validate", { metadata });
      const rows = await engine.scan({ metadata });
      const found = rows.map((text) => BigInt((JSON.parse(text) as { id: number }).id));
      if (!same(found, ids)) throw new Error(`${engine.name} sees ${found}, we see ${ids}`);
    }),
  );
}
