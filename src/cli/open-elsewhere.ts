/** Shell lines that open a table in other engines, to copy and paste. Spec: none. @module */
import { localPath } from "../io/index.ts";

/** One line for each engine. */
export interface OpenLines {
  readonly duckdb: string;
  readonly pyiceberg: string;
  readonly spark: string;
}

/** The runtime that fits Spark 4.1 and reads tables of format versions 1 to 3. */
const SPARK_RUNTIME = "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0";

/** Lines that read the table as of one metadata file. */
export function openLines(metadataLocation: string): OpenLines {
  const path = localPath(metadataLocation) ?? metadataLocation;
  const sql = `INSTALL iceberg; LOAD iceberg; SELECT * FROM iceberg_scan(${sqlText(path)})`;
  const pyiceberg =
    "from pyiceberg.table import StaticTable; " +
    `print(StaticTable.from_metadata(${pythonText(path)}).scan().to_arrow())`;
  const spark =
    "from pyspark.sql import SparkSession; " +
    `SparkSession.builder.config('spark.jars.packages', '${SPARK_RUNTIME}').getOrCreate()` +
    `.read.format('iceberg').load(${pythonText(`file://${path}`)}).show()`;
  return {
    duckdb: `duckdb -c ${shellWord(sql)}`,
    pyiceberg: `python3 -c ${shellWord(pyiceberg)}`,
    spark: `python3 -c ${shellWord(spark)}`,
  };
}

function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function pythonText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** One word of a POSIX shell: in double quotes where nothing in it would be expanded, else in single quotes. */
function shellWord(text: string): string {
  return /["$`\\!]/.test(text) ? `'${text.replaceAll("'", `'\\''`)}'` : `"${text}"`;
}
