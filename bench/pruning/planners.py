"""Plans the queries of bench/pruning.mjs with PyIceberg and counts with DuckDB; JSON lines in and out, medians in ms."""

import json
import statistics
import sys
import time

import duckdb
from pyiceberg.table import StaticTable

rounds = int(sys.argv[1])
con = duckdb.connect(config={"extension_directory": sys.argv[2]} if sys.argv[2] else {})
for extension in ("icu", "avro", "iceberg"):
    try:
        con.sql(f"LOAD {extension}")
    except duckdb.Error:
        con.sql(f"INSTALL {extension}")
        con.sql(f"LOAD {extension}")
con.sql("SET TimeZone='UTC'")


def timed(work):
    times, answer = [], None
    for _ in range(rounds):
        started = time.perf_counter()
        answer = work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), answer


for line in sys.stdin:
    request = json.loads(line)
    where = request["where"]
    metadata = request["metadata"]
    table = StaticTable.from_metadata(metadata)
    # PyIceberg takes no Z for the zone
    scan = {"row_filter": where.replace("Z'", "+00:00'")} if where else {}
    plan_ms, files = timed(lambda: len(list(table.scan(**scan).plan_files())))
    clause = f" WHERE {where}" if where else ""
    sql = f"SELECT count(*) FROM iceberg_scan('{metadata.removeprefix('file://')}'){clause}"
    count_ms, matches = timed(lambda: con.sql(sql).fetchone()[0])
    print(json.dumps({"pyiceberg": {"plan_ms": plan_ms, "files": files}, "duckdb": {"count_ms": count_ms, "matches": matches}}))
    sys.stdout.flush()
