"""PyIceberg as an independent reader (StaticTable over a metadata.json) and as a writer of test tables."""

import datetime
import json
import uuid as uuid_module
from decimal import Decimal

import canonical
import metadata_tables
import protocol
import pyarrow as pa
import pyiceberg
from pyiceberg import expressions as e
from pyiceberg.table import StaticTable
from pyiceberg import types as t

COMPARISONS = {
    "eq": e.EqualTo,
    "not-eq": e.NotEqualTo,
    "lt": e.LessThan,
    "lt-eq": e.LessThanOrEqual,
    "gt": e.GreaterThan,
    "gt-eq": e.GreaterThanOrEqual,
    "starts-with": e.StartsWith,
    "not-starts-with": e.NotStartsWith,
}
UNARY = {"is-null": e.IsNull, "not-null": e.NotNull, "is-nan": e.IsNaN, "not-nan": e.NotNaN}
SETS = {"in": e.In, "not-in": e.NotIn}


def open_table(request):
    return StaticTable.from_metadata(request["metadata"])


def scan_of(request):
    table = open_table(request)
    snapshot = request.get("snapshot")
    schema = table.schema()
    if snapshot is not None:
        held = table.snapshot_by_id(int(snapshot))
        if held is not None and held.schema_id is not None:
            schema = table.schemas()[held.schema_id]
    wanted = request.get("filter")
    arguments = {"selected_fields": tuple(request.get("columns") or ("*",))}
    if wanted is not None:
        arguments["row_filter"] = expression(wanted, schema)
    if snapshot is not None:
        arguments["snapshot_id"] = int(snapshot)
    return table, table.scan(**arguments)


def expression(node, schema):
    """The engine's own predicate from {op, column, literals} or {and|or: [...]} or {not: ...}."""
    if "and" in node:
        return fold(e.And, [expression(part, schema) for part in node["and"]])
    if "or" in node:
        return fold(e.Or, [expression(part, schema) for part in node["or"]])
    if "not" in node:
        return e.Not(expression(node["not"], schema))
    op, column = node["op"], node["column"]
    if op in UNARY:
        return UNARY[op](column)
    kind = schema.find_field(column).field_type
    values = [value(literal, kind) for literal in node["literals"]]
    if op in SETS:
        return SETS[op](column, values)
    return COMPARISONS[op](column, values[0])


def fold(join, parts):
    folded = parts[0]
    for part in parts[1:]:
        folded = join(folded, part)
    return folded


def value(literal, kind):
    """A Python value of an Iceberg type from its canonical JSON form."""
    if isinstance(kind, t.DecimalType):
        return Decimal(literal)
    if isinstance(kind, t.DateType):
        return datetime.date(1970, 1, 1) + datetime.timedelta(days=canonical.days_of(literal))
    if isinstance(kind, (t.TimestampType, t.TimestamptzType)):
        zone = datetime.timezone.utc if isinstance(kind, t.TimestamptzType) else None
        micros = canonical.timestamp_units(literal)
        return datetime.datetime(1970, 1, 1, tzinfo=zone) + datetime.timedelta(microseconds=micros)
    if isinstance(kind, t.TimeType):
        return datetime.time.fromisoformat(literal)
    if isinstance(kind, t.UUIDType):
        return uuid_module.UUID(literal)
    if isinstance(kind, (t.BinaryType, t.FixedType)):
        return bytes.fromhex(literal)
    if isinstance(kind, (t.FloatType, t.DoubleType)):
        return float(literal)
    if isinstance(kind, (t.IntegerType, t.LongType)):
        return int(literal)
    return literal


def scan(request):
    _, planned = scan_of(request)
    return canonical.rows(planned.to_arrow())


def count(request):
    _, planned = scan_of(request)
    return {"count": planned.count()}


def open_folder(request):
    """Rows of the table found by its folder: PyIceberg reads version-hint.text."""
    return {"count": StaticTable.from_metadata(request["folder"]).scan().to_arrow().num_rows}


def planned_files(request):
    """Which data files a filtered scan would open: proof that bounds prune, beside the rows."""
    _, planned = scan_of(request)
    return {"files": sorted(task.file.file_path for task in planned.plan_files())}


def snapshots(request):
    table = open_table(request)
    return [
        json.dumps(
            {
                "snapshot_id": s.snapshot_id,
                "parent_id": s.parent_snapshot_id,
                "sequence_number": s.sequence_number,
                "timestamp_ms": s.timestamp_ms,
                "manifest_list": s.manifest_list,
                "operation": s.summary.operation.value if s.summary else None,
                "summary": dict(s.summary.additional_properties) if s.summary else {},
            }
        )
        for s in table.snapshots()
    ]


def live_entries(table, snapshot_id=None):
    """Entries of a snapshot that are not deleted, decoded from the manifests (inspect.files() cannot hold uuid)."""
    snapshot = table.snapshot_by_id(snapshot_id) if snapshot_id is not None else table.current_snapshot()
    for manifest in snapshot.manifests(table.io) if snapshot else []:
        yield from manifest.fetch_manifest_entry(table.io, discard_deleted=True)


def content_of(file):
    """0 data, 1 position deletes, 2 equality deletes: an enum, but a plain number where a v1 manifest has no such field."""
    return int(getattr(file.content, "value", file.content))


FILE_COLUMNS = (
    "content", "file_path", "file_format", "spec_id", "partition", "record_count", "file_size_in_bytes", "column_sizes",
    "value_counts", "null_value_counts", "nan_value_counts", "lower_bounds", "upper_bounds", "split_offsets",
    "equality_ids", "sort_order_id",
)  # fmt: skip


def files(request):
    """PyIceberg's inspect.files(); of tables with a uuid column, which that cannot hold, the decoded manifests."""
    snapshot = int(request["snapshot"]) if request.get("snapshot") is not None else None
    table = open_table(request)
    if not any(isinstance(field.field_type, t.UUIDType) for field in table.schema().fields):
        if table.current_snapshot() is None:
            return []
        return list(canonical.rows(table.inspect.files(snapshot_id=snapshot).select(FILE_COLUMNS)))
    return [json.dumps(file_row(table, entry.data_file)) for entry in live_entries(table, snapshot)]


def file_row(table, file):
    return {
        "content": content_of(file),
        "file_path": file.file_path,
        "file_format": file.file_format.value.upper(),
        "spec_id": file.spec_id,
        "partition": partition_of(table, file),
        "record_count": file.record_count,
        "file_size_in_bytes": file.file_size_in_bytes,
        "column_sizes": pairs(file.column_sizes),
        "value_counts": pairs(file.value_counts),
        "null_value_counts": pairs(file.null_value_counts),
        "nan_value_counts": pairs(file.nan_value_counts),
        "lower_bounds": pairs(file.lower_bounds),
        "upper_bounds": pairs(file.upper_bounds),
        "split_offsets": file.split_offsets,
        "equality_ids": file.equality_ids,
        "sort_order_id": file.sort_order_id,
    }


def partition_of(table, file):
    """Partition values by name, in canonical form."""
    from pyiceberg.io.pyarrow import schema_to_pyarrow

    shown = {}
    for at, field in enumerate(table.specs()[file.spec_id].partition_type(table.schema()).fields):
        held = file.partition[at]
        if isinstance(held, uuid_module.UUID):
            shown[field.name] = str(held)
        else:
            shown[field.name] = json.loads(canonical.texts(pa.array([held], schema_to_pyarrow(field.field_type)))[0])
    return shown


def partitions(request):
    table = open_table(request)
    if table.current_snapshot() is None:
        return []
    found = table.inspect.partitions()
    kept = [n for n in found.column_names if n in ("partition", "spec_id", "record_count", "file_count")]
    return list(canonical.rows(found.select(kept)))


def entries(request):
    """Manifest entries with bounds and counts, as PyIceberg decodes them."""
    table = open_table(request)
    snapshot = table.current_snapshot()
    out = []
    for manifest in snapshot.manifests(table.io) if snapshot else []:
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False):
            file = entry.data_file
            out.append(
                json.dumps(
                    {
                        "status": int(entry.status.value),
                        "snapshot_id": entry.snapshot_id,
                        "sequence_number": entry.sequence_number,
                        "file_path": file.file_path,
                        "content": content_of(file),
                        "record_count": file.record_count,
                        "value_counts": pairs(file.value_counts),
                        "null_value_counts": pairs(file.null_value_counts),
                        "lower_bounds": pairs(file.lower_bounds),
                        "upper_bounds": pairs(file.upper_bounds),
                    }
                )
            )
    return out


def pairs(found):
    shown = lambda v: v.hex() if isinstance(v, (bytes, bytearray)) else v
    return sorted([k, shown(v)] for k, v in found.items()) if found else []


def validate(request):
    """Parses the metadata strictly and opens every manifest, data and delete file of the current snapshot."""
    table = open_table(request)
    snapshot = table.current_snapshot()
    opened = 0
    for manifest in snapshot.manifests(table.io) if snapshot else []:
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            held = table.io.new_input(entry.data_file.file_path)
            if len(held) != entry.data_file.file_size_in_bytes:
                raise ValueError(f"{entry.data_file.file_path}: {len(held)} bytes, manifest says otherwise")
            opened += 1
    return {"format_version": table.format_version, "opened": opened, "uuid": str(table.metadata.table_uuid)}


def run_line(request):
    """Runs the Python that a printed shell line `python3 -c "…"` holds; replies what it printed."""
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


def write(request):
    """Writes the sample tables (`samples.py`) with a SqlCatalog under `dir`; replies name -> metadata location."""
    import samples

    return {"tables": samples.write(request["dir"])}


held = {}


def catalog_table(request):
    """The table `table` of a catalog (`catalog`: its properties); with `held` the one loaded by an earlier request."""
    from pyiceberg.catalog import load_catalog

    key = (request["catalog"]["uri"], request["table"])
    if not request.get("held"):
        held[key] = load_catalog("interop", **request["catalog"]).load_table(request["table"])
    return held[key]


def catalog_load(request):
    table = catalog_table(request)
    return {"metadata": table.metadata_location, "snapshots": len(table.snapshots())}


def catalog_scan(request):
    return canonical.rows(catalog_table(request).scan().to_arrow())


def catalog_append(request):
    """Appends `rows`, given as canonical JSON objects, in one commit."""
    table = catalog_table(request)
    kinds = {field.name: field.field_type for field in table.schema().fields}
    parsed = [
        {n: None if row.get(n) is None else value(row[n], kind) for n, kind in kinds.items()}
        for row in request["rows"]
    ]
    table.append(pa.Table.from_pylist(parsed, schema=table.schema().as_arrow()))
    return {"metadata": table.metadata_location}


def provision(request):
    """Writes the scenario `name` of provision_pyiceberg.py under `dir`; replies its metadata location."""
    import provision_pyiceberg

    return {"metadata": provision_pyiceberg.write(request["name"], request["dir"])}


protocol.serve(
    {
        "hello": lambda _: {"engine": "pyiceberg", "version": pyiceberg.__version__, "pyarrow": pa.__version__},
        "scan": scan,
        "count": count,
        "open-folder": open_folder,
        "plan": planned_files,
        "snapshots": snapshots,
        "files": files,
        "partitions": partitions,
        "entries": entries,
        "metadata-table": metadata_tables.metadata_table,
        "validate": validate,
        "run-line": run_line,
        "write": write,
        "catalog-load": catalog_load,
        "catalog-scan": catalog_scan,
        "catalog-append": catalog_append,
        "provision": provision,
    }
)
