/** The engines the harness knows, by name. @module */
import { join } from "node:path";
import type { EngineKind } from "./engine.ts";
import { DUCKDB_EXTENSION_FOLDER, DUCKDB_EXTENSIONS, PYTHON, pythonOf } from "./pieces.ts";
import { SOURCES } from "./places.ts";

const script = (name: string) => join(SOURCES, "engines", name);

const PYICEBERG: EngineKind = {
  name: "pyiceberg",
  stage: "fast",
  pieces: [PYTHON],
  command: () => ({ program: pythonOf("python"), args: [script("engine_pyiceberg.py")] }),
  views: ["snapshots", "files", "partitions", "entries"],
  dialect: { nullsUnspecified: true, nanTestUnspecified: true },
  filterLimit: 150,
};

const DUCKDB: EngineKind = {
  name: "duckdb",
  stage: "fast",
  pieces: [PYTHON, DUCKDB_EXTENSIONS],
  command: () => ({
    program: pythonOf("python"),
    args: [script("engine_duckdb.py"), DUCKDB_EXTENSION_FOLDER],
  }),
  views: ["snapshots", "files"],
  dialect: {},
  filterLimit: 300,
};

/** Every engine, cheapest first. */
export const ENGINES: readonly EngineKind[] = [PYICEBERG, DUCKDB];
