/**
 * The reference REST catalog of Iceberg Java (`RESTCatalogServer`), started for a suite and stopped after it: a JDBC
 * catalog over SQLite with one connection, tables under a folder. Any token is accepted. It listens on every interface,
 * which its main class does not let us change, at a port that was free a moment before.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensure } from "./install.ts";
import { JAVA_CLASS_PATH, JAVA_CLASSES } from "./pieces.ts";
import { inHome } from "./places.ts";

export interface RestServerOptions {
  /** Folder of the tables and of the catalog's database; kept between starts, so a restart finds its tables. */
  readonly folder: string;
  /** Default: a free port. */
  readonly port?: number;
  /** Further catalog properties, such as `{ "idempotency-key-lifetime": "PT1H" }`. */
  readonly properties?: Readonly<Record<string, string>>;
}

export interface RestServer {
  /** `http://127.0.0.1:PORT`, what a client calls `uri`. */
  readonly uri: string;
  readonly port: number;
  /** Stops the server and waits until it has gone. */
  close(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/** Starts the server and waits for its `/v1/config`. @throws Error with the end of its log when it does not come up. */
export async function startRestServer(options: RestServerOptions): Promise<RestServer> {
  await ensure([JAVA_CLASSES]);
  mkdirSync(join(options.folder, "warehouse"), { recursive: true });
  mkdirSync(inHome("logs"), { recursive: true });
  const port = options.port ?? (await freePort());
  const logPath = inHome("logs", `rest-server-${port}.log`);
  const log = openSync(logPath, "w");
  const child = spawn(
    "java",
    ["-Xmx512m", "-XX:+UseSerialGC", "-cp", JAVA_CLASS_PATH, "org.apache.iceberg.rest.RESTCatalogServer"],
    { stdio: ["ignore", log, log], env: { ...process.env, ...environment(options, port) } },
  );
  closeSync(log);
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  const uri = `http://127.0.0.1:${port}`;
  const server: RestServer = {
    uri,
    port,
    close: async () => {
      process.off("exit", kill);
      await ended(child);
    },
  };
  try {
    await answering(uri, child);
  } catch (error) {
    await server.close();
    const tail = readFileSync(logPath, "utf8").trim().split("\n").slice(-15).join("\n");
    throw new Error(`${(error as Error).message}\n${tail}`);
  }
  return server;
}

/** Its rule: the name without `CATALOG_`, `__` for a hyphen, `_` for a dot, in lower case, is the property. */
function environment({ folder, properties }: RestServerOptions, port: number): Record<string, string> {
  const all: Readonly<Record<string, string>> = {
    "rest.port": String(port),
    "catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog",
    uri: `jdbc:sqlite:${join(folder, "catalog.db")}`,
    // One connection: SQLite answers "busy" to a second writer, which a client must take for an unknown outcome
    clients: "1",
    "jdbc.strict-mode": "true",
    "jdbc.schema-version": "V1",
    warehouse: `file://${join(folder, "warehouse")}`,
    "io-impl": "org.apache.iceberg.hadoop.HadoopFileIO",
    ...properties,
  };
  const named = Object.entries(all).map(([key, value]) => {
    const name = key.replaceAll("-", "__").replaceAll(".", "_").toUpperCase();
    return [`CATALOG_${name}`, value] as const;
  });
  return Object.fromEntries(named);
}

async function answering(uri: string, child: ChildProcess): Promise<void> {
  const until = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`The REST server ended with ${child.exitCode}`);
    const reply = await fetch(`${uri}/v1/config`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    if (reply?.ok) return;
    await sleep(100);
  }
  throw new Error(`The REST server did not answer within ${START_TIMEOUT_MS / 1000} s`);
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("No free port"));
      });
    });
  });
}
