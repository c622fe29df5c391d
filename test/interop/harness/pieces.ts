/** What the engines are made of, pinned (interop kit section 2). @module */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Piece } from "./install.ts";
import { inHome, SOURCES } from "./places.ts";
import { run } from "./run-command.ts";

const REQUIREMENTS = join(SOURCES, "engines", "requirements.txt");

/** The Python of a virtual environment under `.interop/`. */
export function pythonOf(name: string): string {
  return inHome(name, "bin", "python");
}

/** PyIceberg 0.12.0, DuckDB 1.5.5 and fastavro in one environment: every version pinned, transitive ones too. */
export const PYTHON: Piece = {
  name: "python",
  pins: [readFileSync(REQUIREMENTS, "utf8")],
  folders: ["python"],
  install: async () => {
    await run("python3", ["-m", "venv", inHome("python")]);
    await run(pythonOf("python"), ["-m", "pip", "install", "-q", "--no-deps", "-r", REQUIREMENTS]);
  },
};

/** Where DuckDB finds its extensions without a network. */
export const DUCKDB_EXTENSION_FOLDER = inHome("duckdb-extensions");

const COPY_EXTENSIONS = `
import sys, duckdb
from duckdb_extensions import import_extension
con = duckdb.connect(config={"extension_directory": sys.argv[1], "autoinstall_known_extensions": "false"})
for name in ("icu", "httpfs", "avro", "iceberg"):
    import_extension(name, con=con)
    con.sql(f"LOAD {name}")
`;

/** DuckDB's extensions, copied out of their wheels into an extension folder. */
export const DUCKDB_EXTENSIONS: Piece = {
  name: "duckdb-extensions",
  pins: [COPY_EXTENSIONS],
  folders: ["duckdb-extensions"],
  needs: [PYTHON],
  install: async () => {
    await run(pythonOf("python"), ["-c", COPY_EXTENSIONS, DUCKDB_EXTENSION_FOLDER]);
  },
};
