"""PyIceberg's part of decode.mjs: the entries of one manifest, several rounds, one line of JSON."""

import json
import resource
import statistics
import sys
import time

from pyiceberg.io.fsspec import FsspecFileIO
from pyiceberg.manifest import ManifestContent, ManifestFile

path, expected, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
io = FsspecFileIO({})
manifest = ManifestFile.from_args(
    manifest_path=f"file://{path}",
    manifest_length=len(io.new_input(f"file://{path}")),
    partition_spec_id=0,
    content=ManifestContent.DATA,
    sequence_number=7,
    min_sequence_number=7,
    added_snapshot_id=3051729675574,
)
times = []
for number in range(rounds + 1):
    start = time.perf_counter()
    count = len(manifest.fetch_manifest_entry(io, discard_deleted=True))
    if count != expected:
        raise SystemExit(f"PyIceberg read {count} entries instead of {expected}")
    if number > 0:
        times.append((time.perf_counter() - start) * 1000)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"medianMs": statistics.median(times), "minMs": min(times), "peakMB": peak}))
