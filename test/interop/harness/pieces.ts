/** What the engines are made of, pinned (interop kit section 2). @module */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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

const JAVA_SOURCES = join(SOURCES, "java", "src");
const POM = join(SOURCES, "java", "pom.xml");

/** Every jar of the Java oracle and of the reference REST catalog. */
export const JAVA_JARS: Piece = {
  name: "java-jars",
  pins: [readFileSync(POM, "utf8")],
  folders: ["java-jars"],
  install: async () => {
    await run("mvn", [
      "-q",
      "-B",
      "-f",
      POM,
      "dependency:copy-dependencies",
      `-DoutputDirectory=${inHome("java-jars")}`,
    ]);
  },
};

/** The oracle, compiled. */
export const JAVA_CLASSES: Piece = {
  name: "java-classes",
  pins: javaFiles().map((file) => readFileSync(file, "utf8")),
  folders: ["java-classes"],
  needs: [JAVA_JARS],
  install: async () => {
    mkdirSync(inHome("java-classes"), { recursive: true });
    const classPath = join(inHome("java-jars"), "*");
    await run("javac", [
      "-nowarn",
      "--release",
      "17",
      "-d",
      inHome("java-classes"),
      "-cp",
      classPath,
      ...javaFiles(),
    ]);
  },
};

/** Class path of the oracle and the REST server. */
export const JAVA_CLASS_PATH = [inHome("java-classes"), join(inHome("java-jars"), "*")].join(":");

const PYSPARK = "4.1.4";
const SPARK_RUNTIME = "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0";

/** Spark with its own Python environment; the Iceberg runtime jar comes by Maven, for Ivy ignores Maven's settings. */
export const SPARK: Piece = {
  name: "spark",
  pins: [PYSPARK, SPARK_RUNTIME],
  folders: ["spark", "spark-jars"],
  install: async () => {
    await run("python3", ["-m", "venv", inHome("spark")]);
    await run(pythonOf("spark"), [
      "-m",
      "pip",
      "install",
      "-q",
      `pyspark==${PYSPARK}`,
      "pyarrow==26.0.1",
      "pandas==2.3.3",
    ]);
    const output = `-DoutputDirectory=${inHome("spark-jars")}`;
    await run("mvn", ["-q", "-B", "dependency:copy", `-Dartifact=${SPARK_RUNTIME}`, output]);
  },
};

/** The Iceberg runtime jar for Spark. */
export function sparkJars(): string {
  return readdirSync(inHome("spark-jars"))
    .map((name) => join(inHome("spark-jars"), name))
    .join(",");
}

const CHDB_VERSION = "3.4.0";

/** ClickHouse as a library; half a gigabyte, hence not a dependency of the package. */
export const CHDB: Piece = {
  name: "chdb",
  pins: [CHDB_VERSION],
  folders: ["chdb"],
  install: async () => {
    mkdirSync(inHome("chdb"), { recursive: true });
    writeFileSync(inHome("chdb", "package.json"), '{ "private": true }\n');
    await run("npm", ["install", "--no-audit", "--no-fund", `chdb@${CHDB_VERSION}`], { cwd: inHome("chdb") });
  },
};

function javaFiles(): string[] {
  return readdirSync(JAVA_SOURCES, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".java"))
    .sort()
    .map((name) => join(JAVA_SOURCES, name));
}
