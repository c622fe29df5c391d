package org.apache.iceberg.data;

import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;

/** Rows of one task, which Iceberg's generic reader keeps to its package. */
public final class InteropReader {
  private InteropReader() {}

  public static CloseableIterable<Record> open(Table table, FileScanTask task) {
    return new GenericReader(table.newScan(), false).open(task);
  }
}
