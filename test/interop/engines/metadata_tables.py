"""PyIceberg's metadata tables, whole: every column in its order, as canonical JSON."""

import os

import canonical
import pyarrow as pa
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.table import StaticTable

# Those that take no snapshot and those that do
TABLES = (
    "snapshots", "history", "refs", "metadata_log_entries", "manifests", "all_manifests", "files", "data_files",
    "delete_files", "all_files", "all_data_files", "all_delete_files", "entries", "partitions",
)  # fmt: skip


class MovedFileIO(PyArrowFileIO):
    """Files of a table that was moved: found by their name in the folder `moved.to`."""

    def new_input(self, location):
        return super().new_input(os.path.join(self.properties["moved.to"], location.rsplit("/", 1)[-1]))


def metadata_table(request):
    """The rows of the metadata table `name`; with `moved` the table's metadata folder is not where it was written."""
    properties = {}
    if request.get("moved"):
        properties = {"py-io-impl": "metadata_tables.MovedFileIO", "moved.to": request["moved"]}
    table = StaticTable.from_metadata(request["metadata"], properties)
    name = request["name"]
    if name not in TABLES:
        raise ValueError(f"no metadata table {name}")
    # An enum that canonical JSON knows nothing of may not stand for a number
    found = getattr(table.inspect, name)()
    return canonical.rows(found)
