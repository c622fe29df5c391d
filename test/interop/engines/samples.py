"""Small tables that PyIceberg itself writes, so that adapters can be judged before our own writer exists."""

import datetime as dt
import os
import uuid
from decimal import Decimal

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform
from pyiceberg import types as t

UTC = dt.timezone.utc


def write(folder):
    os.makedirs(folder, exist_ok=True)
    catalog = SqlCatalog("samples", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
    catalog.create_namespace_if_not_exists("ns")
    return {build.__name__: build(catalog) for build in (common_types, all_types, partitioned, evolved, empty, deleted)}


def all_types(catalog):
    """Every primitive type with extremes and nulls, lists, maps and structs."""
    schema = Schema(
        t.NestedField(1, "id", t.LongType(), required=True),
        t.NestedField(2, "flag", t.BooleanType()),
        t.NestedField(3, "small", t.IntegerType()),
        t.NestedField(4, "single", t.FloatType()),
        t.NestedField(5, "dbl", t.DoubleType()),
        t.NestedField(6, "dec", t.DecimalType(20, 4)),
        t.NestedField(7, "day", t.DateType()),
        t.NestedField(8, "clock", t.TimeType()),
        t.NestedField(9, "ts", t.TimestampType()),
        t.NestedField(10, "tstz", t.TimestamptzType()),
        t.NestedField(11, "text", t.StringType()),
        t.NestedField(12, "uid", t.UUIDType()),
        t.NestedField(13, "bin", t.BinaryType()),
        t.NestedField(14, "fix", t.FixedType(4)),
        t.NestedField(15, "tags", t.ListType(16, t.StringType(), element_required=False)),
        t.NestedField(17, "attrs", t.MapType(18, t.StringType(), 19, t.LongType(), value_required=False)),
        t.NestedField(
            20,
            "meta",
            t.StructType(t.NestedField(21, "host", t.StringType()), t.NestedField(22, "port", t.IntegerType())),
        ),
    )
    table = catalog.create_table("ns.all_types", schema)
    rows = [
        row(1, True, 2**31 - 1, 0.1, 0.1, "1.0000", dt.date(2024, 2, 29), dt.time(23, 59, 59, 999999),
            dt.datetime(2024, 2, 29, 23, 59, 59, 999999), "plain", uuid.UUID(int=1), b"\x00\xff", b"\x01\x02\x03\x04",
            ["a", None, ""], [("k", 1), ("a", None)], {"host": "h", "port": 80}),
        row(2**63 - 1, False, -(2**31), float("inf"), float("-inf"), "-9999999999999999.9999", dt.date(1, 1, 1),
            dt.time(0), dt.datetime(1969, 12, 31, 23, 59, 59, 999999), "üñí 🧊 \"q\" \\ \n", uuid.UUID(int=2**128 - 1), b"",
            b"\xff\xff\xff\xff", [], [], {"host": None, "port": None}),
        row(-(2**63), None, 0, 1e20, 1.2345678901234568e18, "0.0001", dt.date(9999, 12, 31), dt.time(12, 0, 0, 1),
            dt.datetime(1970, 1, 1), "", uuid.UUID(int=0xABCDEF << 96), b"ab", b"\x00\x00\x00\x00", None, None, None),
        row(4, None, None, float("nan"), float("nan"), None, None, None, None, None, None, None, None,
            None, None, None),
        row(5, True, 5, -0.0, -0.0, "2.5000", dt.date(1969, 12, 31), dt.time(1), dt.datetime(2000, 1, 1, 0, 0, 0, 500),
            "x" * 40, uuid.UUID(int=5), b"\x80" * 20, b"abcd", ["z"], [("dup", 2**53 + 1)], {"host": "b", "port": None}),
    ]
    arrow = table.schema().as_arrow()  # create_table numbers the fields anew
    for half in (rows[:3], rows[3:]):
        table.append(pa.Table.from_pylist(half, schema=arrow))
    return catalog.load_table("ns.all_types").metadata_location


def common_types(catalog):
    """What every engine can hold: no time, no dates outside 1900..2299, no null list, map or struct."""
    schema = Schema(
        t.NestedField(1, "id", t.LongType(), required=True),
        t.NestedField(2, "flag", t.BooleanType()),
        t.NestedField(3, "small", t.IntegerType()),
        t.NestedField(4, "single", t.FloatType()),
        t.NestedField(5, "dbl", t.DoubleType()),
        t.NestedField(6, "dec", t.DecimalType(20, 4)),
        t.NestedField(7, "day", t.DateType()),
        t.NestedField(8, "ts", t.TimestampType()),
        t.NestedField(9, "tstz", t.TimestamptzType()),
        t.NestedField(10, "text", t.StringType()),
        t.NestedField(11, "bin", t.BinaryType()),
        t.NestedField(12, "tags", t.ListType(13, t.StringType(), element_required=False), required=True),
        t.NestedField(14, "attrs", t.MapType(15, t.StringType(), 16, t.LongType(), value_required=False), required=True),
    )
    table = catalog.create_table("ns.common_types", schema)
    names = [field.name for field in schema.fields]
    day, at = dt.date(2024, 2, 29), dt.datetime(2024, 2, 29, 23, 59, 59, 999999)
    old = dt.datetime(1969, 12, 31, 23, 59, 59, 999999)
    values = [
        (1, True, 2**31 - 1, 0.1, 0.1, "1.0000", day, at, at, "plain", b"\x00\xff", ["a", None, ""], [("k", 1), ("a", None)]),
        (2**63 - 1, False, -(2**31), float("inf"), float("-inf"), "-9999999999999999.9999", dt.date(1900, 1, 1), old, old,
         "üñí 🧊 \"q\" \\ \n\t\u2028", b"", [], []),
        (-(2**63), None, 0, 1e20, 1.2345678901234568e18, "0.0001", dt.date(2299, 12, 31), at, at, "", b"ab", ["x"], []),
        (4, None, None, float("nan"), float("nan"), None, None, None, None, None, None, [], [("n", 2**53 + 1)]),
        (5, True, 5, -0.0, -0.0, "2.5000", dt.date(1969, 12, 31), old, old, "x" * 40, b"\x80" * 20, ["z"], []),
    ]
    rows = []
    for value in values:
        held = dict(zip(names, value))
        held["dec"] = Decimal(held["dec"]) if held["dec"] else None
        held["tstz"] = held["tstz"].replace(tzinfo=UTC) if held["tstz"] else None
        rows.append(held)
    arrow = table.schema().as_arrow()
    for part in (rows[:3], rows[3:]):
        table.append(pa.Table.from_pylist(part, schema=arrow))
    return catalog.load_table("ns.common_types").metadata_location


def row(id, flag, small, single, dbl, dec, day, clock, ts, text, uid, bin, fix, tags, attrs, meta):
    return {
        "id": id, "flag": flag, "small": small, "single": single, "dbl": dbl,
        "dec": Decimal(dec) if dec is not None else None, "day": day, "clock": clock, "ts": ts,
        "tstz": ts.replace(tzinfo=UTC) if ts else None, "text": text, "uid": uid.bytes if uid else None, "bin": bin,
        "fix": fix, "tags": tags, "attrs": attrs, "meta": meta,
    }  # fmt: skip


def partitioned(catalog):
    """day(ts) and bucket(4, id) and a string, over three appends: enough files for pruning to show."""
    schema = Schema(
        t.NestedField(1, "id", t.LongType(), required=True),
        t.NestedField(2, "ts", t.TimestamptzType(), required=True),
        t.NestedField(3, "org", t.StringType()),
        t.NestedField(4, "amount", t.DoubleType()),
    )
    spec = PartitionSpec(
        PartitionField(2, 1000, DayTransform(), "ts_day"),
        PartitionField(1, 1001, BucketTransform(4), "id_bucket"),
        PartitionField(3, 1002, IdentityTransform(), "org"),
    )
    table = catalog.create_table("ns.partitioned", schema, partition_spec=spec)
    start = dt.datetime(2024, 3, 1, tzinfo=UTC)
    orgs = ["acme", "a/b=c%", "", None, "ü"]
    for batch in range(3):
        numbers = range(batch * 40, batch * 40 + 40)
        rows = [
            {"id": n, "ts": start + dt.timedelta(hours=n), "org": orgs[n % 5], "amount": None if n % 7 == 0 else n / 8}
            for n in numbers
        ]
        table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    return catalog.load_table("ns.partitioned").metadata_location


def evolved(catalog):
    """Old files read under a widened, renamed and extended schema; a column dropped and added again."""
    schema = Schema(t.NestedField(1, "a", t.IntegerType()), t.NestedField(2, "b", t.FloatType()), t.NestedField(3, "c", t.StringType()))
    table = catalog.create_table("ns.evolved", schema)
    table.append(pa.Table.from_pylist([{"a": 1, "b": 0.5, "c": "old"}, {"a": None, "b": None, "c": None}], schema=table.schema().as_arrow()))
    with table.update_schema() as update:
        update.update_column("a", t.LongType())
        update.update_column("b", t.DoubleType())
        update.rename_column("a", "renamed")
        update.delete_column("c")
    with table.update_schema() as update:
        update.add_column("c", t.StringType())
        update.add_column("d", t.DateType())
    rows = [{"renamed": 2**40, "b": 1e300, "c": "new", "d": dt.date(2024, 1, 1)}]
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    return catalog.load_table("ns.evolved").metadata_location


def empty(catalog):
    """A table that never had a snapshot."""
    return catalog.create_table("ns.empty", Schema(t.NestedField(1, "id", t.LongType()))).metadata_location


def deleted(catalog):
    """Copy-on-write delete: one file rewritten, one dropped whole."""
    schema = Schema(t.NestedField(1, "n", t.LongType()), t.NestedField(2, "s", t.StringType()))
    table = catalog.create_table("ns.deleted", schema)
    for low in (0, 10, 20):
        rows = [{"n": n, "s": f"s{n:03d}"} for n in range(low, low + 10)]
        table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    table.delete("n < 10 or n = 15")
    return catalog.load_table("ns.deleted").metadata_location
