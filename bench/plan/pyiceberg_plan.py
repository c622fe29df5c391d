"""PyIceberg's part of plan.mjs. `python pyiceberg_plan.py FOLDER ROUNDS FILTER_PARTS`; one line of JSON."""

import json
import resource
import sys
import time

from pyiceberg.expressions import And, EqualTo, GreaterThanOrEqual, LessThan
from pyiceberg.manifest import _manifest_cache
from pyiceberg.table import StaticTable

folder, rounds, parts = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
row_filter = And(
    EqualTo("organization_id", parts["organization"]),
    GreaterThanOrEqual("event_timestamp", parts["from"].replace("Z", "+00:00")),
    LessThan("event_timestamp", parts["to"].replace("Z", "+00:00")),
    EqualTo("workload_run_id", parts["run"]),
)
runs = []
for _ in range(rounds):
    _manifest_cache.clear()
    cpu, wall = time.process_time(), time.perf_counter()
    table = StaticTable.from_metadata(f"file://{folder}/metadata/v1.metadata.json")
    kept = len(list(table.scan(row_filter=row_filter).plan_files()))
    runs.append(
        {
            "wallMs": (time.perf_counter() - wall) * 1000,
            "cpuMs": (time.process_time() - cpu) * 1000,
            "kept": kept,
        }
    )
print(json.dumps({"runs": runs, "peakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
