"""Spark with the Iceberg runtime: two Parquet readers (vectorized or not) behind one session."""

import json
import sys

import canonical
import protocol
import pyspark
from pyspark.sql import SparkSession

COMPARISONS = {"eq": "=", "not-eq": "!=", "lt": "<", "lt-eq": "<=", "gt": ">", "gt-eq": ">="}
SQL_TYPES = {
    "boolean": "BOOLEAN",
    "int": "INT",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP_NTZ",
    "timestamptz": "TIMESTAMP",
    "string": "STRING",
    "uuid": "STRING",
}
CATALOG = "org.apache.iceberg.spark.SparkCatalog"


def session(jars):
    return (
        SparkSession.builder.master("local[2]")
        .appName("interop")
        .config("spark.jars", jars)
        .config("spark.driver.memory", "2g")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.ansi.enabled", "false")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "4096")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )


spark = session(sys.argv[1])


def read(request, suffix=""):
    reader = spark.read.format("iceberg")
    if request.get("vectorized") is not None:
        reader = reader.option("vectorization-enabled", str(bool(request["vectorized"])).lower())
    if request.get("snapshot") is not None:
        reader = reader.option("versionAsOf", str(request["snapshot"]))
    try:
        return reader.load(request["metadata"] + suffix)
    except Exception as error:
        text = str(error)
        if "UnsupportedOperation" in text or "Cannot convert unsupported type" in text or "not supported" in text:
            raise protocol.Unsupported(text.split("\n")[0]) from error
        raise


def filtered(request):
    frame = read(request)
    if request.get("filter") is not None:
        frame = frame.where(predicate(request["filter"], schema_of(request)))
    return frame


def scan(request):
    frame = filtered(request)
    if request.get("columns"):
        frame = frame.select(*[quoted_name(column) for column in request["columns"]])
    return canonical.rows(frame.toArrow())


def count(request):
    return {"count": filtered(request).count()}


def open_folder(request):
    """Rows of the table found by its folder, as Hadoop tables are."""
    return {"count": len(spark.read.format("iceberg").load(request["folder"]).collect())}


def run_line(request):
    """Runs the Python of a printed shell line `python3 -c "…"` in this session, which has the jar it asks for."""
    import contextlib
    import io
    import shlex

    program, flag, code = shlex.split(request["line"])
    if (program, flag) != ("python3", "-c"):
        raise ValueError(f"not a python3 -c line: {request['line']}")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    return {"printed": printed.getvalue()}


def schema_of(request):
    with open(request["metadata"].removeprefix("file://"), encoding="utf-8") as file:
        metadata = json.load(file)
    schema_id = metadata.get("current-schema-id", 0)
    for snapshot in metadata.get("snapshots", []):
        if str(snapshot["snapshot-id"]) == str(request.get("snapshot")):
            schema_id = snapshot.get("schema-id", schema_id)
    for schema in metadata.get("schemas", []):
        if schema["schema-id"] == schema_id:
            return schema["fields"]
    return metadata["schema"]["fields"]


def predicate(node, fields):
    """Spark SQL for {op, column, literals} or {and|or: [...]} or {not: ...}."""
    if "and" in node:
        return "(" + " AND ".join(predicate(part, fields) for part in node["and"]) + ")"
    if "or" in node:
        return "(" + " OR ".join(predicate(part, fields) for part in node["or"]) + ")"
    if "not" in node:
        return f"(NOT {predicate(node['not'], fields)})"
    op, column = node["op"], quoted_name(node["column"])
    if op == "is-null":
        return f"({column} IS NULL)"
    if op == "not-null":
        return f"({column} IS NOT NULL)"
    if op in ("is-nan", "not-nan"):
        return f"({'NOT ' if op == 'not-nan' else ''}isnan({column}))"
    kind = type_of(node["column"], fields)
    values = [literal(value, kind) for value in node["literals"]]
    if op in ("in", "not-in"):
        return f"({column} {'NOT ' if op == 'not-in' else ''}IN ({', '.join(values)}))"
    if op in ("starts-with", "not-starts-with"):
        return f"({'NOT ' if op == 'not-starts-with' else ''}startswith({column}, {values[0]}))"
    return f"({column} {COMPARISONS[op]} {values[0]})"


def type_of(column, fields):
    head, _, rest = column.partition(".")
    for field in fields:
        if field["name"] == column:
            return field["type"]
        if rest and field["name"] == head:
            return type_of(rest, field["type"]["fields"])
    raise KeyError(f"no column {column}")


def literal(value, kind):
    if kind == "binary" or kind.startswith("fixed"):
        return f"X'{value}'"
    sql_type = kind.upper() if kind.startswith("decimal") else SQL_TYPES.get(kind)
    if sql_type is None:
        raise protocol.Unsupported(f"no Spark literal for Iceberg type {kind}")
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\u0000")
    return f"CAST('{escaped}' AS {sql_type})"


def quoted_name(column):
    return ".".join("`" + part.replace("`", "``") + "`" for part in column.split("."))


def view(name, *columns):
    def rows(request):
        return [row_text for row_text in read(request, f"#{name}").selectExpr(*columns).toJSON().collect()]

    return rows


snapshots = view(
    "snapshots", "snapshot_id", "parent_id", "unix_millis(committed_at) AS timestamp_ms", "manifest_list", "operation", "summary"
)
FILE_COLUMNS = (
    "content", "file_path", "upper(file_format) AS file_format", "spec_id", "record_count", "file_size_in_bytes",
    "column_sizes", "value_counts", "null_value_counts", "nan_value_counts", "lower_bounds", "upper_bounds",
    "split_offsets", "equality_ids", "sort_order_id",
)  # fmt: skip


def shown_of(frame, *columns):
    """The columns wanted, and those of the partition, which unpartitioned tables do not have."""
    further = [name for name in ("partition", "spec_id") if name in frame.columns and name not in columns]
    return canonical.rows(frame.selectExpr(*columns, *further).toArrow())


def files(request):
    return shown_of(read(request, "#files"), *FILE_COLUMNS)


def partitions(request):
    return shown_of(read(request, "#partitions"), "record_count", "file_count")


def validate(request):
    """Every metadata table answers, and every row of every column can be read."""
    counted = {}
    for name in ("history", "snapshots", "manifests", "files", "entries", "refs", "all_data_files", "position_deletes"):
        try:
            counted[name] = read(request, f"#{name}").count()
        except protocol.Unsupported:
            raise
    return {"counts": counted}


def sql(request):
    """Any SQL in this session; the catalogs named in `catalogs` (name -> properties) are configured first."""
    configure(request)
    return canonical.rows(spark.sql(request["sql"]).toArrow())


def statements(request):
    """Runs SQL statements in turn for what they do; `catalogs` as for `sql`. Names the one that failed."""
    configure(request)
    for text in request["statements"]:
        try:
            spark.sql(text).collect()
        except Exception as error:
            raise RuntimeError(f"{text[:200]}: {protocol.brief(error)}") from error
    return {"ran": len(request["statements"])}


def configure(request):
    for name, properties in (request.get("catalogs") or {}).items():
        spark.conf.set(f"spark.sql.catalog.{name}", CATALOG)
        for key, value in properties.items():
            spark.conf.set(f"spark.sql.catalog.{name}.{key}", value)


def hello(_):
    return {"engine": "spark", "version": f"{pyspark.__version__} + iceberg 1.11.0"}


protocol.serve(
    {
        "hello": hello,
        "scan": scan,
        "count": count,
        "open-folder": open_folder,
        "run-line": run_line,
        "snapshots": snapshots,
        "files": files,
        "partitions": partitions,
        "validate": validate,
        "sql": sql,
        "statements": statements,
    }
)
