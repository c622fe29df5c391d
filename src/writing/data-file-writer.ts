/** Writes the sorted rows of one partition as data files of the target size. Spec: Writing data files. @module */
import { type AbortOptions, type FileIO, stringifyJson } from "../base/index.ts";
import { NewFiles, type Runtime } from "../io/index.ts";
import type { DataFile } from "../manifests/index.ts";
import { currentSchema, defaultSortOrder, type TableMetadata } from "../metadata/index.ts";
import { createParquetEncoder, type ParquetEncoder } from "../parquet/index.ts";
import type { PartitionSpec, PartitionTuple } from "../partitioning/index.ts";
import { type Schema, schemaToJson } from "../schema/index.ts";
import { rowComparator, type SortOrder } from "../sorting/index.ts";
import type { HeldRow } from "../values/index.ts";
import { type LocationProvider, locationProvider } from "./locations.ts";
import { type WriteSettings, writeSettings } from "./write-settings.ts";

/** The table and the outside world a writer works with. */
export interface WriteTarget {
  readonly metadata: TableMetadata;
  readonly io: FileIO;
  readonly runtime: Runtime;
}

/** Rows handed to the encoder at a time; a file can only end between two such slices. */
const SLICE_ROWS = 4096;

/** Writes data files for one table version. */
export class DataFileWriter {
  /** A caller that gives up discards them. */
  readonly created: NewFiles;
  private readonly schema: Schema;
  private readonly order: SortOrder;
  private readonly compare: ReturnType<typeof rowComparator> | undefined;
  private readonly settings: WriteSettings;
  private readonly locationOf: LocationProvider;
  private readonly schemaText: string;
  private readonly writeUuid: string;

  constructor(target: WriteTarget) {
    const { metadata } = target;
    this.created = new NewFiles(target.io);
    this.schema = currentSchema(metadata);
    const order = defaultSortOrder(metadata);
    const sortable = order.fields.every((field) => field.transform.kind !== "unknown");
    this.order = sortable ? order : { orderId: 0, fields: [] };
    this.compare = this.order.fields.length === 0 ? undefined : rowComparator(this.order, this.schema);
    this.settings = writeSettings(metadata, this.order);
    this.locationOf = locationProvider(metadata);
    this.schemaText = stringifyJson(schemaToJson(this.schema));
    this.writeUuid = target.runtime.timeUuid();
  }

  /** Sorts `rows` in place by the table's order and writes them. All rows must share `partition`. */
  async write(
    rows: HeldRow[],
    spec: PartitionSpec,
    partition: PartitionTuple,
    options: AbortOptions = {},
  ): Promise<readonly DataFile[]> {
    if (this.compare !== undefined) rows.sort(this.compare);
    const files: DataFile[] = [];
    let encoder = this.encoder();
    for (let at = 0; at < rows.length; at += SLICE_ROWS) {
      options.signal?.throwIfAborted();
      encoder.appendRows(rows.slice(at, at + SLICE_ROWS));
      if (
        encoder.estimatedSizeInBytes >= this.settings.targetFileSizeBytes &&
        at + SLICE_ROWS < rows.length
      ) {
        files.push(await this.close(encoder, spec, partition, options));
        encoder = this.encoder();
      }
    }
    files.push(await this.close(encoder, spec, partition, options));
    return files;
  }

  private encoder(): ParquetEncoder {
    const { schema, settings, order } = this;
    const sorting = order.fields.filter((field) => field.transform.kind === "identity");
    return createParquetEncoder(schema, {
      ...settings,
      sortingColumns: sorting.map(({ sourceId, direction, nullOrder }) => ({
        fieldId: sourceId,
        descending: direction === "desc",
        nullsFirst: nullOrder === "nulls-first",
      })),
      keyValueMetadata: { "iceberg.schema": this.schemaText },
    });
  }

  private async close(
    encoder: ParquetEncoder,
    spec: PartitionSpec,
    partition: PartitionTuple,
    options: AbortOptions,
  ): Promise<DataFile> {
    const summary = encoder.finish();
    const name = `${String(this.created.count).padStart(5, "0")}-${this.writeUuid}.parquet`;
    const filePath = this.locationOf(spec, partition, name);
    await this.created.create(filePath, summary.chunks, options);
    return {
      content: "data",
      filePath,
      fileFormat: "parquet",
      specId: spec.specId,
      partition,
      recordCount: summary.recordCount,
      fileSizeInBytes: summary.fileSizeInBytes,
      ...summary.metrics,
      splitOffsets: summary.splitOffsets,
      sortOrderId: this.order.orderId,
    };
  }
}
