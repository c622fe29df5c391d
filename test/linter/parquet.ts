/** Parquet files through plain hyparquet: footer, columns by field id, values exact. @module */
import zlib from "node:zlib";
import { decompress as decompressZstd } from "fzstd";
import {
  type Compressors,
  type FileMetaData,
  parquetMetadata,
  parquetRead,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from "hyparquet";
import { floorDivide } from "./transforms.ts";
import type { PrimitiveType } from "./types.ts";
import { type LintValue, signed } from "./values.ts";

/** A node of the file's schema; annotations are as written. */
export interface ParquetNode {
  readonly element: SchemaElement;
  readonly path: readonly string[];
  readonly children: readonly ParquetNode[];
  /** At or below a repeated group. */
  readonly repeated: boolean;
}

/** A column chunk of a leaf. */
export interface ParquetChunk {
  readonly rowGroup: number;
  readonly compressedSize: bigint;
  readonly start: bigint;
  readonly nullCount: bigint | undefined;
  readonly min: unknown;
  readonly max: unknown;
}

export interface ParquetFile {
  readonly root: ParquetNode;
  readonly byId: ReadonlyMap<number, ParquetNode>;
  readonly rowCount: number;
  readonly rowGroupRows: readonly number[];
  /** Where each row group starts. */
  readonly rowGroupStarts: readonly bigint[];
  /** Chunks of a leaf, by its path joined with dots. */
  chunks(node: ParquetNode): readonly ParquetChunk[];
  /** One value a row of a leaf that is not repeated. */
  values(node: ParquetNode, type: PrimitiveType): Promise<readonly (LintValue | null)[]>;
}

/** Reads the footer. Throws hyparquet's error when there is none. */
export function openParquet(bytes: Uint8Array): ParquetFile {
  const metadata = parquetMetadata(bytes.slice(), { parsers: RAW, geoparquet: false });
  const root = node(parquetSchema(metadata), false);
  forgetDecimals(metadata);
  const byId = new Map<number, ParquetNode>();
  visit(root, (each) => {
    if (each.element.field_id !== undefined && !byId.has(each.element.field_id))
      byId.set(each.element.field_id, each);
  });
  const columns = new Map<string, Promise<readonly unknown[]>>();
  const column = (name: string) => {
    const held = columns.get(name) ?? readColumn(bytes, metadata, name);
    columns.set(name, held);
    return held;
  };
  return {
    root,
    byId,
    rowCount: Number(metadata.num_rows),
    rowGroupRows: metadata.row_groups.map((group) => Number(group.num_rows)),
    rowGroupStarts: metadata.row_groups.map((_, at) => chunkStarts(metadata, at)[0]!),
    chunks: (leaf) => chunksOf(metadata, leaf),
    values: async (leaf, type) => {
      const [top, ...inner] = leaf.path;
      const convert = converter(leaf.element, type);
      return (await column(top!)).map((value) => {
        let held = value;
        for (const name of inner) held = (held as Record<string, unknown> | null | undefined)?.[name];
        return held === null || held === undefined ? null : convert(held);
      });
    },
  };
}

/** Every node below and including one. */
export function visit(from: ParquetNode, see: (node: ParquetNode) => void): void {
  see(from);
  for (const child of from.children) visit(child, see);
}

/** What a footer's min or max is in the linter's form; `undefined` for what hyparquet gives only inexactly. */
export function statistic(
  element: SchemaElement,
  type: PrimitiveType,
  value: unknown,
): LintValue | undefined {
  if (value === undefined || value === null || type.name === "decimal") return undefined;
  return converter(element, type)(value);
}

const same = <T>(value: T): T => value;

/** Raw integers and bytes instead of dates and strings. */
const RAW = {
  timestampFromMilliseconds: same,
  timestampFromMicroseconds: same,
  timestampFromNanoseconds: same,
  dateFromDays: same,
  stringFromBytes: same,
  jsonFromBytes: same,
  geometryFromBytes: same,
  geographyFromBytes: same,
  uuidFromBytes: same,
};

const COMPRESSORS: Compressors = {
  GZIP: (input) => new Uint8Array(zlib.gunzipSync(input)),
  BROTLI: (input) => new Uint8Array(zlib.brotliDecompressSync(input)),
  ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)),
};

async function readColumn(
  bytes: Uint8Array,
  metadata: FileMetaData,
  name: string,
): Promise<readonly unknown[]> {
  let rows: unknown[][] = [];
  await parquetRead({
    file: { byteLength: bytes.length, slice: (start, end) => bytes.slice(start, end).buffer },
    metadata,
    columns: [name],
    parsers: RAW,
    geoparquet: false,
    utf8: false,
    compressors: COMPRESSORS,
    onComplete: (read) => {
      rows = read;
    },
  });
  return rows.map((row) => row[0]);
}

/** hyparquet makes decimals floats unless nothing says that they are decimals. */
function forgetDecimals(metadata: FileMetaData): void {
  for (const element of metadata.schema) {
    if (element.converted_type !== "DECIMAL" && element.logical_type?.type !== "DECIMAL") continue;
    delete element.converted_type;
    delete element.logical_type;
  }
}

function node(tree: SchemaTree, inRepeated: boolean): ParquetNode {
  const repeated = inRepeated || tree.element.repetition_type === "REPEATED";
  const children = tree.children.map((child) => node(child, repeated));
  return { element: { ...tree.element }, path: tree.path, children, repeated };
}

function chunkStarts(metadata: FileMetaData, rowGroup: number): bigint[] {
  return (metadata.row_groups[rowGroup]?.columns ?? []).map(({ meta_data: chunk }) => {
    const { data_page_offset: data, dictionary_page_offset: dictionary } = chunk!;
    return dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data;
  });
}

function chunksOf(metadata: FileMetaData, leaf: ParquetNode): ParquetChunk[] {
  const path = leaf.path.join("\u0000");
  return metadata.row_groups.flatMap(({ columns }, rowGroup) => {
    const at = columns.findIndex(({ meta_data: chunk }) => chunk?.path_in_schema.join("\u0000") === path);
    const chunk = columns[at]?.meta_data;
    if (chunk === undefined) return [];
    const { statistics } = chunk;
    return [
      {
        rowGroup,
        compressedSize: chunk.total_compressed_size,
        start: chunkStarts(metadata, rowGroup)[at]!,
        nullCount: statistics?.null_count,
        min: statistics?.min_value,
        max: statistics?.max_value,
      },
    ];
  });
}

const UNITS = { MILLIS: 1_000_000n, MICROS: 1000n, NANOS: 1n };

/** From hyparquet's raw value to the linter's form, in the unit of the Iceberg type. */
function converter(element: SchemaElement, type: PrimitiveType): (value: unknown) => LintValue {
  const isDate = element.converted_type === "DATE" || element.logical_type?.type === "DATE";
  // Days stay days, also where the column has become a timestamp.
  if (/^(timestamp|time)/.test(type.name) && !isDate) {
    const from = UNITS[unitOf(element)];
    const to = type.name.endsWith("_ns") ? 1n : 1000n;
    return (value) => floorDivide(BigInt(value as bigint | number) * from, to);
  }
  if (type.name === "decimal")
    return (value) => (value instanceof Uint8Array ? signed(value) : BigInt(value as bigint | number));
  if (isDate || ["int", "long", "date"].includes(type.name))
    return (value) => BigInt(value as bigint | number);
  return (value) => value as LintValue;
}

function unitOf(element: SchemaElement): keyof typeof UNITS {
  const logical = element.logical_type;
  if (logical?.type === "TIMESTAMP" || logical?.type === "TIME") return logical.unit;
  if (element.type === "INT96") return "NANOS";
  return /_MILLIS$/.test(element.converted_type ?? "") ? "MILLIS" : "MICROS";
}
