"""Rounds of one Python reader over the table of bench/read.mjs; one line of JSON out. Arguments: reader, settings as JSON."""

import json
import resource
import statistics
import sys
import time

BATCH_ROWS = 8192

reader = sys.argv[1]
settings = json.loads(sys.argv[2])
select = settings.get("select")


def duckdb_rows():
    result = duckdb_query()
    count = 0
    while batch := result.fetchmany(BATCH_ROWS):
        count += len(batch)
    return count


def duckdb_arrow():
    return sum(batch.num_rows for batch in duckdb_query().to_arrow_reader(BATCH_ROWS))


def duckdb_query():
    """The query that Scan.duckdbQuery gives: over the files, without the iceberg extension."""
    import duckdb

    con = duckdb.connect()
    columns = ", ".join(f'"{name}"' for name in select) if select else "*"
    files = ", ".join("'" + path.replace("'", "''") + "'" for path in settings["files"])
    return con.execute(f"SELECT {columns} FROM read_parquet([{files}])")


def pyiceberg_rows():
    return sum(len(batch.to_pylist()) for batch in pyiceberg_batches())


def pyiceberg_arrow():
    return sum(batch.num_rows for batch in pyiceberg_batches())


def pyiceberg_batches():
    from pyiceberg.table import StaticTable

    table = StaticTable.from_metadata(settings["metadata"])
    return table.scan(selected_fields=tuple(select or ["*"])).to_arrow_batch_reader()


READERS = {
    "DuckDB rows": duckdb_rows,
    "DuckDB Arrow": duckdb_arrow,
    "PyIceberg rows": pyiceberg_rows,
    "PyIceberg Arrow": pyiceberg_arrow,
}


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    walls, used = [], []
    rounds = settings["rounds"]
    for at in range(-1 if rounds > 1 else 0, rounds):
        wall, cpu = time.perf_counter(), cpu_seconds()
        count = READERS[reader]()
        if count != settings["rowCount"]:
            raise SystemExit(f"{reader} read {count} rows instead of {settings['rowCount']}")
        if at >= 0:
            walls.append((time.perf_counter() - wall) * 1000)
            used.append((cpu_seconds() - cpu) * 1000)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wallMs": statistics.median(walls), "cpuMs": statistics.median(used), "peakMB": peak_mb}))


main()
