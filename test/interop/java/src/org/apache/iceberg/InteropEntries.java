package org.apache.iceberg;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;

/** Manifest entries with status and sequence numbers; the readers for them are visible only in this package. */
public final class InteropEntries {
  /** One entry: 0 existing, 1 added, 2 deleted; sequence numbers as inherited. */
  public record Entry(ManifestFile manifest, int status, Long snapshotId, Long dataSequence, Long fileSequence, ContentFile<?> file) {}

  private InteropEntries() {}

  /** Every entry of a snapshot's manifests, deleted ones too. */
  public static List<Entry> read(Snapshot snapshot, FileIO io, java.util.Map<Integer, PartitionSpec> specs) throws IOException {
    List<Entry> out = new ArrayList<>();
    for (ManifestFile manifest : snapshot.allManifests(io)) {
      if (manifest.content() == ManifestContent.DATA) {
        try (ManifestReader<DataFile> reader = ManifestFiles.read(manifest, io, specs)) {
          add(manifest, reader.entries(), out);
        }
      } else {
        try (ManifestReader<DeleteFile> reader = ManifestFiles.readDeleteManifest(manifest, io, specs)) {
          add(manifest, reader.entries(), out);
        }
      }
    }
    return out;
  }

  private static <F extends ContentFile<F>> void add(ManifestFile manifest, CloseableIterable<ManifestEntry<F>> entries, List<Entry> out) throws IOException {
    try (entries) {
      for (ManifestEntry<F> e : entries) {
        out.add(new Entry(manifest, e.status().id(), e.snapshotId(), e.dataSequenceNumber(), e.fileSequenceNumber(), e.file().copy()));
      }
    }
  }
}
