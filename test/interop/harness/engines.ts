/** The engines the harness knows, by name. @module */
import { join } from "node:path";
import type { EngineKind } from "./engine.ts";
import {
  CHDB,
  DUCKDB_EXTENSION_FOLDER,
  DUCKDB_EXTENSIONS,
  JAVA_CLASS_PATH,
  JAVA_CLASSES,
  PYTHON,
  pythonOf,
  SPARK,
  sparkJars,
} from "./pieces.ts";
import { inHome, SOURCES } from "./places.ts";
import type { IcebergType } from "./table-metadata.ts";

const script = (name: string) => join(SOURCES, "engines", name);

/** What Iceberg's own libraries show of a file. */
const METRICS = [
  "column_sizes",
  "value_counts",
  "null_value_counts",
  "nan_value_counts",
  "lower_bounds",
].concat("upper_bounds", "split_offsets", "sort_order_id");
const FULL = { files: ["spec_id", "file_size_in_bytes", ...METRICS] } as const;

/** Ourselves, compiled beside the harness: judged on the tables of others. */
const ICEWRIGHT: EngineKind = {
  name: "icewright",
  stage: "fast",
  pieces: [],
  command: () => ({
    program: process.execPath,
    args: [inHome("build", "test", "interop", "engines", "engine-icewright.js")],
  }),
  views: ["snapshots", "files", "columns", "partitions"],
  dialect: { nulls: "two-valued" },
  compares: /^(uuid|binary|fixed.*|timestamp(tz)?_ns|struct)$/,
  filterLimit: 120,
  boundLimit: 60,
};

const PYICEBERG: EngineKind = {
  name: "pyiceberg",
  stage: "fast",
  pieces: [PYTHON],
  command: () => ({ program: pythonOf("python"), args: [script("engine_pyiceberg.py")] }),
  views: ["snapshots", "files", "partitions", "entries"],
  shows: FULL,
  dialect: { nulls: "open", nanTestUnspecified: true },
  compares: /^(binary|fixed.*|struct)$/,
  filterLimit: 60,
  boundLimit: 40,
  refuses: (_table, features) =>
    features.has("equality-deletes")
      ? { why: "does not read equality deletes", pattern: /equality deletes/i }
      : undefined,
};

const DUCKDB: EngineKind = {
  name: "duckdb",
  stage: "fast",
  pieces: [PYTHON, DUCKDB_EXTENSIONS],
  command: () => ({
    program: pythonOf("python"),
    args: [script("engine_duckdb.py"), DUCKDB_EXTENSION_FOLDER],
  }),
  views: ["snapshots", "files", "columns"],
  shows: { columns: ["lower_bound", "upper_bound"] },
  dialect: {},
  compares: /^(binary|fixed.*|timestamp_ns|struct)$/,
  filterLimit: 120,
  boundLimit: 60,
  refuses: (table) =>
    typesOf(table.schema).includes("timestamptz_ns")
      ? { why: "has no type timestamptz_ns", pattern: /Unrecognized primitive type/ }
      : undefined,
};

const JAVA: EngineKind = {
  name: "java",
  stage: "medium",
  pieces: [JAVA_CLASSES],
  command: () => ({
    program: "java",
    args: ["-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", JAVA_CLASS_PATH, "interop.Oracle"],
    env: { TZ: "UTC" },
  }),
  views: ["snapshots", "files", "partitions", "entries"],
  shows: FULL,
  dialect: { nulls: "open" },
  compares: /^(binary|fixed.*|timestamp(tz)?_ns|struct)$/,
  filterLimit: 120,
  boundLimit: 60,
};

const SPARK_ENGINE: EngineKind = {
  name: "spark",
  stage: "medium",
  pieces: [SPARK],
  command: () => ({
    program: pythonOf("spark"),
    args: [script("engine_spark.py"), sparkJars()],
    env: { TZ: "UTC", PYSPARK_PYTHON: pythonOf("spark") },
  }),
  views: ["snapshots", "files", "partitions"],
  shows: FULL,
  dialect: {},
  compares: /^(binary|fixed.*|struct)$/,
  filterLimit: 24,
  boundLimit: 12,
  refuses: (table) => {
    const type = typesOf(table.schema).find((name) =>
      /^(time|timestamp(tz)?_ns|geometry.*|geography.*|variant|unknown)$/.test(name),
    );
    return type === undefined
      ? undefined
      : { why: `has no type ${type}`, pattern: /unsupported|not supported/i };
  },
  scanOptions: [{ vectorized: false }],
};

const CLICKHOUSE: EngineKind = {
  name: "clickhouse",
  stage: "medium",
  pieces: [CHDB],
  command: () => ({ program: process.execPath, args: [script("engine-clickhouse.mjs"), inHome("chdb")] }),
  views: [],
  dialect: {},
  compares: /^(binary|fixed.*)$/,
  filterLimit: 40,
  boundLimit: 24,
  refuses: (_table, features) => {
    if (features.has("early-dates"))
      return { why: "dates end at 1900 and 2299", pattern: /range of data type|out of allowed/i };
    if (features.has("deletion-vectors"))
      return { why: "does not read deletion vectors", pattern: /only for parquet/i };
    return undefined;
  },
};

/** Every engine, cheapest first. */
export const ENGINES: readonly EngineKind[] = [ICEWRIGHT, PYICEBERG, DUCKDB, JAVA, CLICKHOUSE, SPARK_ENGINE];

function typesOf(type: IcebergType): string[] {
  if (typeof type === "string") return [type];
  if (type.type === "list") return typesOf(type.element);
  if (type.type === "map") return [...typesOf(type.key), ...typesOf(type.value)];
  return type.fields.flatMap((field) => typesOf(field.type));
}
