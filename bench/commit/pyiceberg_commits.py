"""Commits of 100 rows by PyIceberg to one table of a SQL catalog: `python pyiceberg_commits.py FOLDER MARK...`; JSON lines."""

import json
import os
import statistics
import sys
import time

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog

folder, *marks = sys.argv[1:]
marks = [int(mark) for mark in marks]
catalog = SqlCatalog("bench", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
catalog.create_namespace("ns")
schema = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("name", pa.string()),
        pa.field("ts", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("value", pa.float64()),
    ]
)


def rows(at):
    numbers = range(100)
    return pa.table(
        [
            pa.array([at * 100 + row for row in numbers], pa.int64()),
            pa.array([f"name {row % 17}" for row in numbers]),
            pa.array([1_700_000_000_000_000 + at * 1_000_000 + row for row in numbers], pa.timestamp("us", tz="UTC")),
            pa.array([row / 7 for row in numbers]),
        ],
        schema=schema,
    )


warm = catalog.create_table("ns.warm", schema)
for at in range(10):
    warm.append(rows(at))
table = catalog.create_table("ns.events", schema)
cpu, wall = [], []
for at in range(1, max(marks) + 1):
    data = rows(at)
    before, began = os.times(), time.perf_counter()
    table.append(data)
    after = os.times()
    cpu.append((after.user + after.system - before.user - before.system) * 1000)
    wall.append((time.perf_counter() - began) * 1000)
    if at in marks:
        # os.times counts in ticks of 10 ms: a mean says more than a median here.
        print(json.dumps({"commit": at, "cpuMs": statistics.fmean(cpu[-20:]), "wallMs": statistics.median(wall[-20:])}), flush=True)
