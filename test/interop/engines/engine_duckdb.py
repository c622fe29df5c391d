"""DuckDB's iceberg extension as an independent reader: its own planner, Avro and Parquet readers."""

import json
import sys

import canonical
import duckdb
import protocol

EXTENSIONS = ("icu", "httpfs", "avro", "iceberg")  # LOAD order matters without a network
COMPARISONS = {"eq": "=", "not-eq": "!=", "lt": "<", "lt-eq": "<=", "gt": ">", "gt-eq": ">="}
SQL_TYPES = {
    "boolean": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
    "timestamp_ns": "TIMESTAMP_NS",
    "string": "VARCHAR",
    "uuid": "UUID",
    "binary": "BLOB",
}

con = duckdb.connect(config={"extension_directory": sys.argv[1], "autoinstall_known_extensions": "false"})
for extension in EXTENSIONS:
    con.sql(f"LOAD {extension}")
con.sql("SET TimeZone='UTC'")
con.sql("SET memory_limit='2GB'")
con.sql("SET threads=2")


def quoted(text):
    """A string literal; the parser ends at a NUL, so that one is spliced in."""
    return "'" + str(text).replace("'", "''").replace("\0", "' || chr(0) || '") + "'"


def name(column):
    return ".".join('"' + part.replace('"', '""') + '"' for part in column.split("."))


def metadata_of(request):
    path = request["metadata"].removeprefix("file://")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def schema_of(request):
    """The fields a scan returns: the snapshot's schema when one is asked for, else the current one."""
    metadata = metadata_of(request)
    schema_id = metadata.get("current-schema-id", 0)
    for snapshot in metadata.get("snapshots", []):
        if str(snapshot["snapshot-id"]) == str(request.get("snapshot")):
            schema_id = snapshot.get("schema-id", schema_id)
    for schema in metadata.get("schemas", []):
        if schema["schema-id"] == schema_id:
            return schema["fields"]
    return metadata["schema"]["fields"]


def source(request, function="iceberg_scan"):
    arguments = [quoted(request["metadata"])]
    if request.get("snapshot") is not None and function != "iceberg_snapshots":
        arguments.append(f"snapshot_from_id={int(request['snapshot'])}")
    if request.get("moved"):
        arguments.append("allow_moved_paths=true")
    return f"{function}({', '.join(arguments)})"


def query(request):
    sql = f" FROM {source(request)}"
    if request.get("filter") is not None:
        sql += " WHERE " + predicate(request["filter"], schema_of(request))
    return sql


def predicate(node, fields):
    """SQL for {op, column, literals} or {and|or: [...]} or {not: ...}, each literal cast to the column's type."""
    if "and" in node:
        return "(" + " AND ".join(predicate(part, fields) for part in node["and"]) + ")"
    if "or" in node:
        return "(" + " OR ".join(predicate(part, fields) for part in node["or"]) + ")"
    if "not" in node:
        return f"(NOT {predicate(node['not'], fields)})"
    op, column = node["op"], name(node["column"])
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
        return f"({'NOT ' if op == 'not-starts-with' else ''}starts_with({column}, {values[0]}))"
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
        return f"unhex({quoted(value)})"
    if kind == "timestamptz":
        return f"make_timestamptz({canonical.timestamp_units(value)})"
    if kind == "timestamp":
        return f"make_timestamp({canonical.timestamp_units(value)})"
    sql_type = kind if kind.startswith("decimal") else SQL_TYPES.get(kind)
    if sql_type is None:
        raise protocol.Unsupported(f"no DuckDB literal for Iceberg type {kind}")
    return f"CAST({quoted(value)} AS {sql_type})"


def scan(request):
    if current_snapshot(request) is None:
        return []
    chosen = ", ".join(name(column) for column in request["columns"]) if request.get("columns") else "*"
    table = con.sql("SELECT " + chosen + query(request)).to_arrow_table()
    return canonical.rows(table)


def sql(request):
    """The rows of a query that somebody else wrote."""
    return canonical.rows(con.sql(request["sql"]).to_arrow_table())


def count(request):
    if current_snapshot(request) is None:
        return {"count": 0}
    return {"count": con.sql("SELECT count(*)" + query(request)).fetchone()[0]}


def open_folder(request):
    """Rows of the table found by its folder: DuckDB reads version-hint.text."""
    folder = request["folder"].removeprefix("file://")
    return {"count": len(con.sql(f"SELECT * FROM iceberg_scan({quoted(folder)})").fetchall())}


def run_line(request):
    """Runs the SQL of a printed shell line `duckdb -c "…"`, all but INSTALL, which has happened; replies its rows."""
    import shlex

    program, flag, sql = shlex.split(request["line"])
    if (program, flag) != ("duckdb", "-c"):
        raise ValueError(f"not a duckdb -c line: {request['line']}")
    statements = [part.strip() for part in sql.split(";")]
    for statement in statements[:-1]:
        if not statement.upper().startswith("INSTALL "):
            con.sql(statement)
    return {"printed": str(con.sql(statements[-1]).fetchall())}


def current_snapshot(request):
    """DuckDB answers "Could not find snapshot" for a table that has none: that is an empty table."""
    held = metadata_of(request).get("current-snapshot-id")
    return None if held in (None, -1) else held


def explain(request):
    """DuckDB's own plan text: shows how many files it scanned after pruning."""
    return {"plan": con.sql("EXPLAIN ANALYZE SELECT *" + query(request)).fetchall()[0][1]}


def records(relation):
    columns = relation.columns
    for row in relation.fetchall():
        yield json.dumps(dict(zip(columns, row)), default=str)


def snapshots(request):
    sql = f"SELECT snapshot_id, sequence_number, epoch_ms(timestamp_ms) AS timestamp_ms, manifest_list FROM {source(request, 'iceberg_snapshots')}"
    return records(con.sql(sql))


def files(request):
    if current_snapshot(request) is None:
        return []
    sql = (
        "SELECT CASE content WHEN 'EXISTING' THEN 0 WHEN 'DATA' THEN 0 WHEN 'POSITION_DELETES' THEN 1"
        " WHEN 'EQUALITY_DELETES' THEN 2 ELSE -1 END AS content, file_path, upper(file_format) AS file_format, record_count"
        f" FROM {source(request, 'iceberg_metadata')} WHERE status != 'DELETED'"
    )
    return records(con.sql(sql))


def columns(request):
    """Counts and bounds of every primitive column of every live file; bounds, which come as text, by their type."""
    if current_snapshot(request) is None:
        return []
    con.sql(
        f"CREATE OR REPLACE TEMP TABLE stats AS SELECT * FROM {source(request, 'iceberg_column_stats')}"
        " WHERE status != 'DELETED' AND NOT regexp_matches(column_type, '^(STRUCT|MAP)|\\]$')"
    )
    out = []
    for (kind,) in con.sql("SELECT DISTINCT column_type FROM stats").fetchall():
        bounds = [f"CAST(nullif({side}, 'NULL') AS {kind}) AS {side}" for side in ("lower_bound", "upper_bound")]
        found = con.sql(
            "SELECT file_path, column_name AS column, column_size, value_count, null_value_count, nan_value_count,"
            f" {', '.join(bounds)} FROM stats WHERE column_type = {quoted(kind)}"
        )
        out.extend(canonical.rows(found.to_arrow_table()))
    return out


def validate(request):
    if current_snapshot(request) is None:
        return {"opened": 0}
    found = con.sql(f"SELECT count(*), sum(record_count) FROM {source(request, 'iceberg_metadata')}").fetchone()
    return {"opened": found[0]}


def statements(request):
    """Runs statements on `{s}`, the table `schema`.`table` of the REST catalog `uri`; replies where its metadata is."""
    import urllib.request

    con.sql(f"ATTACH '' AS written (TYPE ICEBERG, ENDPOINT {quoted(request['uri'])}, AUTHORIZATION_TYPE 'none')")
    try:
        con.sql(f"CREATE SCHEMA written.{name(request['schema'])}")
        place = f"written.{name(request['schema'])}.{name(request['table'])}"
        for sql in request["statements"]:
            con.execute(sql.replace("{s}", place))
    finally:
        con.sql("DETACH written")
    address = f"{request['uri']}/v1/namespaces/{request['schema']}/tables/{request['table']}"
    with urllib.request.urlopen(address) as reply:
        return {"metadata": json.load(reply)["metadata-location"]}


protocol.serve(
    {
        "hello": lambda _: {"engine": "duckdb", "version": duckdb.__version__},
        "scan": scan,
        "sql": sql,
        "count": count,
        "open-folder": open_folder,
        "run-line": run_line,
        "explain": explain,
        "snapshots": snapshots,
        "files": files,
        "columns": columns,
        "validate": validate,
        "statements": statements,
    }
)
