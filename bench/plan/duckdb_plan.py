"""DuckDB's part of plan.mjs: binding and optimizing a filtered query, which prunes its list of files, on a new
connection each time. `python duckdb_plan.py FOLDER ROUNDS FILTER`; one line of JSON."""

import json
import re
import resource
import sys
import time

import duckdb

folder, rounds, row_filter = sys.argv[1], int(sys.argv[2]), sys.argv[3]
row_filter = re.sub(r"'(\d{4}-\d\d-\d\dT[^']*)'", r"TIMESTAMPTZ '\1'", row_filter)
try:
    import duckdb_extension_iceberg  # noqa: F401
except ImportError:
    pass
runs = []
for _ in range(rounds):
    cpu, wall = time.process_time(), time.perf_counter()
    connection = duckdb.connect()
    connection.execute("LOAD avro; LOAD iceberg; LOAD icu")
    plan = connection.execute(
        f"EXPLAIN SELECT span_id FROM iceberg_scan('{folder}/metadata/v1.metadata.json') WHERE {row_filter}"
    ).fetchall()
    runs.append(
        {
            "wallMs": (time.perf_counter() - wall) * 1000,
            "cpuMs": (time.process_time() - cpu) * 1000,
            "kept": 0,
        }
    )
    connection.close()
print(json.dumps({"runs": runs, "peakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "plan": plan[0][1]}))
