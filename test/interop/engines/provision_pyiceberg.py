"""Tables of the catalogue of reading tests that PyIceberg writes: one function each, with a SqlCatalog under its folder."""

import os

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg import expressions as e
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg import types as t

SCHEMA = Schema(t.NestedField(1, "id", t.LongType(), required=True), t.NestedField(2, "name", t.StringType()))
ARROW = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("name", pa.string())])


def write(name, folder):
    place = os.path.dirname(folder.removeprefix("file://"))
    catalog = SqlCatalog("provisioned", uri=f"sqlite:///{place}/catalog.db", warehouse=f"file://{place}")
    catalog.create_namespace_if_not_exists("ns")
    return SCENARIOS[name](catalog, place).metadata_location


def rows(*pairs):
    return pa.Table.from_pylist([{"id": i, "name": n} for i, n in pairs], schema=ARROW)


def append_overwrite(catalog, _):
    table = catalog.create_table("ns.t", SCHEMA)
    table.append(rows((1, "a"), (2, "b"), (3, None)))
    table.append(rows((4, "d")))
    table.overwrite(rows((20, "overwritten")), overwrite_filter=e.EqualTo("id", 2))
    return table


def delete_copy_on_write(catalog, _):
    table = catalog.create_table("ns.t", SCHEMA)
    table.append(rows((1, "a"), (2, "b"), (3, None), (4, "d")))
    table.delete(e.EqualTo("id", 3))
    return table


def dynamic_overwrite(catalog, _):
    spec = PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "name"))
    table = catalog.create_table("ns.t", SCHEMA, partition_spec=spec)
    table.append(rows((1, "a"), (2, "b"), (3, "b"), (4, None)))
    table.dynamic_partition_overwrite(rows((20, "b"), (21, "b")))
    return table


def upsert(catalog, _):
    table = catalog.create_table("ns.t", SCHEMA)
    table.append(rows((1, "a"), (2, "b"), (3, None)))
    table.upsert(rows((2, "upserted"), (4, "new")), join_cols=["id"])
    return table


def add_files(catalog, place):
    """Parquet without field ids: read through the table's name mapping."""
    table = catalog.create_table("ns.t", SCHEMA)
    path = f"{place}/plain.parquet"
    pq.write_table(rows((1, "a"), (2, None), (3, "c")), path)
    table.add_files([f"file://{path}"])
    return table


def evolved(catalog, _):
    table = catalog.create_table("ns.t", SCHEMA, properties={"format-version": "2"})
    table.append(rows((1, "a"), (2, "b")))
    with table.update_schema() as update:
        update.rename_column("name", "title")
    with table.update_schema() as update:
        update.add_column("name", t.StringType())
    schema = pa.schema([*ARROW.remove(1), pa.field("title", pa.string()), pa.field("name", pa.string())])
    table.append(pa.Table.from_pylist([{"id": 3, "title": "t", "name": "new"}, {"id": 4}], schema=schema))
    return table


SCENARIOS = {
    build.__name__: build for build in (append_overwrite, delete_copy_on_write, dynamic_overwrite, upsert, add_files, evolved)
}
