/** Rules of data files: each is opened and every row of it read. Spec: Writing data files; Partitioning; Sorting. @module */
import { show } from "../findings.ts";
import { counts, type LintEntry, longOf, longs } from "../manifests.ts";
import { openParquet, type ParquetFile, type ParquetNode } from "../parquet.ts";
import type { LintOrder, LintTable, SpecField } from "../table.ts";
import { type Apply, transformOf } from "../transforms.ts";
import type { LintSchema } from "../types.ts";
import { compare, equal, type LintValue } from "../values.ts";
import { checkMetrics, checkStatistics, type FileColumn } from "./metrics.ts";
import { checkParquetSchema, isUnwritten, isWithoutIds } from "./parquet-schema.ts";

const TENANT = "organization_id";

/** A content file that was opened, for the rules that need its rows. */
export interface OpenedFile {
  readonly parquet: ParquetFile;
  readonly columns: readonly FileColumn[];
}

/** Checks one data or equality delete file against its entry; answers its columns where it is Parquet. */
export async function checkDataFile(table: LintTable, entry: LintEntry): Promise<OpenedFile | undefined> {
  const { report } = table;
  const bytes = await table.files.bytes(
    entry.path,
    entry.content === 0 ? "the data file" : "the delete file",
  );
  if (bytes === undefined) return undefined;
  if (entry.sizeInBytes !== BigInt(bytes.length))
    report.add("file-size", entry.path, `it has ${bytes.length} bytes, told ${entry.sizeInBytes}`);
  if (entry.format.toLowerCase() !== "parquet") return undefined;
  const opened = await open(table, entry, bytes);
  if (opened === undefined) return undefined;
  const { parquet, columns } = opened;
  if (entry.recordCount !== BigInt(parquet.rowCount))
    report.add("record-count", entry.path, `it has ${parquet.rowCount} rows, told ${entry.recordCount}`);
  if (parquet.rowGroupRows.reduce((sum, rows) => sum + rows, 0) !== parquet.rowCount)
    report.add(
      "record-count",
      entry.path,
      `row groups of ${show(parquet.rowGroupRows)} rows, ${parquet.rowCount} in the footer`,
    );
  checkLayout(table, entry, parquet);
  checkMetrics(table, entry, columns);
  for (const column of columns) {
    checkStatistics(table, entry.path, parquet, column);
    if (column.values.length !== parquet.rowCount)
      report.add(
        "record-count",
        entry.path,
        `${column.placed.path.join(".")} has ${column.values.length} values`,
      );
  }
  if (entry.content !== 0) return opened;
  if (!isWithoutIds(parquet) || !table.properties.has("schema.name-mapping.default"))
    checkParquetSchema(table, entry.path, parquet, writerSchema(table, entry, parquet));
  checkPartition(table, entry, columns);
  checkOrder(table, entry, columns);
  checkTenant(table, entry, columns);
  return opened;
}

/** Field ids from here on are reserved for columns that no schema has. */
const FIRST_RESERVED = 2147483447;

/**
 * The schema a file was written with: that of the snapshot that added it or, of a file that a worker wrote before the
 * schema was changed, an earlier one that has the very columns of the file.
 */
function writerSchema(table: LintTable, entry: LintEntry, parquet: ParquetFile): LintSchema | undefined {
  const latest = table.schemas.find(
    ({ schemaId }) => schemaId === table.snapshot(entry.snapshotId)?.schemaId,
  );
  const written = [...parquet.byId.keys()].filter((id) => id < FIRST_RESERVED);
  const fits = ({ byId }: LintSchema) =>
    written.every((id) => byId.has(id)) &&
    [...byId].every(([id, { field }]) => parquet.byId.has(id) || isUnwritten(field.type));
  if (latest === undefined || fits(latest)) return latest;
  return table.schemas.find((schema) => schema.schemaId < latest.schemaId && fits(schema)) ?? latest;
}

async function open(table: LintTable, entry: LintEntry, bytes: Uint8Array): Promise<OpenedFile | undefined> {
  try {
    const parquet = openParquet(bytes);
    const columns: FileColumn[] = [];
    for (const [id, node] of parquet.byId) {
      const placed = table.field(id);
      const isLeaf = node.children.length === 0 || placed?.field.type.kind === "primitive";
      if (placed === undefined || placed.field.type.kind !== "primitive" || node.repeated || !isLeaf)
        continue;
      const type = placed.field.type;
      columns.push({ placed, type, node, values: await parquet.values(node, type) });
    }
    return { parquet, columns };
  } catch (error) {
    table.report.add("parquet-readable", entry.path, (error as Error).message);
    return undefined;
  }
}

function checkLayout({ report }: LintTable, entry: LintEntry, parquet: ParquetFile): void {
  const offsets = longs(entry.file.get(132));
  if (offsets !== undefined && show(offsets) !== show(parquet.rowGroupStarts))
    report.add(
      "split-offsets",
      entry.path,
      `told ${show(offsets)}, row groups start at ${show(parquet.rowGroupStarts)}`,
    );
  if (isWithoutIds(parquet)) return;
  for (const [id, size] of counts(entry, 108) ?? []) {
    const node = parquet.byId.get(id);
    const real = node === undefined ? undefined : sizeOf(parquet, node);
    if (real !== size)
      report.add("column-sizes", entry.path, `field ${id} has ${show(real)} bytes, told ${size}`);
  }
}

function sizeOf(parquet: ParquetFile, node: ParquetNode): bigint {
  const own = parquet.chunks(node).reduce((sum, chunk) => sum + chunk.compressedSize, 0n);
  return node.children.reduce((sum, child) => sum + sizeOf(parquet, child), own);
}

function checkPartition(table: LintTable, entry: LintEntry, columns: readonly FileColumn[]): void {
  const spec = table.specs.find(({ specId }) => specId === entry.manifest.specId);
  for (const field of spec?.fields ?? []) {
    const key = transformed(field, columns);
    if (key === undefined) continue;
    const told = entry.partition.get(field.id) ?? null;
    const row = key.values.findIndex((value) => !equal(key.apply(value), told));
    if (row >= 0)
      table.report.add(
        "partition-values",
        entry.path,
        `${field.name} is ${show(told)}, row ${row} gives ${show(key.apply(key.values[row]!))}`,
      );
  }
}

/** The rows of the source of a partition or sort field, and its transform; `undefined` where the file lacks it. */
function transformed(
  { sourceId, transform }: Pick<SpecField, "sourceId" | "transform">,
  columns: readonly FileColumn[],
): { values: readonly (LintValue | null)[]; apply: Apply } | undefined {
  const column = columns.find(({ placed }) => placed.field.id === sourceId);
  const apply = column && transformOf(transform, column.type);
  return apply && { values: column.values, apply };
}

function checkOrder(table: LintTable, entry: LintEntry, columns: readonly FileColumn[]): void {
  const claimed = longOf(entry.file.get(140));
  const order = table.orders.find(({ orderId }) => BigInt(orderId) === claimed);
  if (order === undefined || order.fields.length === 0) return;
  const row = firstOutOfOrder(order, columns);
  if (row !== undefined)
    table.report.add("sort-order", entry.path, `row ${row} is before the one it follows in order ${claimed}`);
}

function firstOutOfOrder(order: LintOrder, columns: readonly FileColumn[]): number | undefined {
  const keys: { values: (LintValue | null)[]; descending: boolean; nullsFirst: boolean }[] = [];
  for (const field of order.fields) {
    const key = transformed(field, columns);
    if (key === undefined) return undefined;
    keys.push({ ...field, values: key.values.map((value) => key.apply(value)) });
  }
  const rowCount = keys[0]?.values.length ?? 0;
  for (let row = 1; row < rowCount; row++) {
    for (const { values, descending, nullsFirst } of keys) {
      const [a, b] = [values[row - 1]!, values[row]!];
      const difference =
        a === null || b === null
          ? (Number(a === null) - Number(b === null)) * (nullsFirst ? -1 : 1)
          : compare(a, b) * (descending ? -1 : 1);
      if (difference > 0) return row;
      if (difference < 0) break;
    }
  }
  return undefined;
}

/** One tenant a file: no scan of one tenant ever opens another's rows. */
function checkTenant({ report }: LintTable, entry: LintEntry, columns: readonly FileColumn[]): void {
  const column = columns.find(({ placed }) => placed.path.length === 1 && placed.field.name === TENANT);
  const tenants = new Set(
    column?.values.map((value) =>
      value === null ? "(none)" : Buffer.from(value as Uint8Array).toString("utf8"),
    ),
  );
  if (tenants.size > 1)
    report.add("one-tenant", entry.path, `it has rows of ${[...tenants].slice(0, 4).join(", ")}`);
}
