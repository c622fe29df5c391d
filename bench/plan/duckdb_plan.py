"""DuckDB's part of plan.mjs. Its plan is not to be had alone, so the files that may match get one matching row each
and are counted: what is timed is a new connection, the plan, and opening those few files. A file that it failed to
skip would be missing. `python duckdb_plan.py FOLDER ROUNDS FILTER EXTENSIONS`; one line of JSON."""

import json
import os
import re
import resource
import shutil
import sys
import time

import duckdb

folder, rounds, row_filter, extensions = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
row_filter = re.sub(r"'(\d{4}-\d\d-\d\dT[^']*)'", r"TIMESTAMPTZ '\1'", row_filter)
row = (
    "SELECT 's' AS span_id, '7a000000-0000-4000-8000-000000000000' AS workload_run_id, "
    "TIMESTAMPTZ '2026-02-02 00:00:00+00' AS event_timestamp, 'org_03_acme' AS organization_id"
)
ids = "{span_id: 1, workload_run_id: 4, event_timestamp: 5, organization_id: 7}"


def connect():
    connection = duckdb.connect(config={"extension_directory": extensions})
    connection.execute("LOAD avro; LOAD iceberg; LOAD icu")
    return connection


with open(f"{folder}/kept.json") as kept_file:
    paths = json.load(kept_file)
os.makedirs(f"{folder}/data", exist_ok=True)
connect().execute(f"COPY ({row}) TO '{folder}/one-row.parquet' (FORMAT parquet, FIELD_IDS {ids})")
for path in paths:
    shutil.copy(f"{folder}/one-row.parquet", path)
table = f"iceberg_scan('{folder}/metadata/v1.metadata.json')"
runs = []
for _ in range(rounds):
    cpu, wall = time.process_time(), time.perf_counter()
    connection = connect()
    (kept,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {row_filter}").fetchone()
    runs.append(
        {
            "wallMs": (time.perf_counter() - wall) * 1000,
            "cpuMs": (time.process_time() - cpu) * 1000,
            "kept": kept,
        }
    )
    connection.close()
print(json.dumps({"runs": runs, "peakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
