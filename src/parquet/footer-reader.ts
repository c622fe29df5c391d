/** Reading a file's footer: its schema and where its column chunks are. Spec: Parquet format, Metadata. @module */
import { IcebergError, type InputFile, isIcebergError } from "../base/index.ts";
import type { ByteWindow } from "./byte-windows.ts";
import { readThrift, type ThriftFields } from "./hyparquet.ts";
import type { ParquetNode } from "./tree.ts";
import { buildTree, leavesOf } from "./tree-reader.ts";
import type {
  ByteSpan,
  ParquetChunk,
  ParquetFooter,
  ParquetRowGroup,
  RawStatistics,
  ReadFooterOptions,
} from "./types.ts";

/** Share of a file that is fetched from its end at first, within limits: the footer of most files. */
const TAIL_SHARE = 128;
const MIN_TAIL_BYTES = 8 * 1024;
const MAX_TAIL_BYTES = 128 * 1024;
/** Magic at both ends, and the footer's length. */
const MIN_FILE_BYTES = 12;

/** What was fetched along with each footer: small files whole, the page indexes of most others. */
const tails = new WeakMap<ParquetFooter, ByteWindow>();

/** The end of the file as it was read for its footer. */
export function fetchedTail(footer: ParquetFooter): ByteWindow | undefined {
  return tails.get(footer);
}

/**
 * Reads and checks a footer.
 * @throws IcebergError `corrupt-file` naming the file for a wrong magic, a truncated file, an impossible footer
 * length or a schema that does not hold together; `unsupported` for an encrypted footer (PAR-030).
 */
export async function readParquetFooter(
  file: InputFile,
  options: ReadFooterOptions = {},
): Promise<ParquetFooter> {
  const { signal, fileSizeInBytes } = options;
  if (fileSizeInBytes === undefined) return footerAt(file, await file.size({ signal }), options);
  try {
    return await footerAt(file, fileSizeInBytes, options);
  } catch (error) {
    if (!isIcebergError(error, "corrupt-file")) throw error;
    // Some writers record another size than the file has: then the file's own end tells.
    const actual = await file.size({ signal });
    if (actual === fileSizeInBytes) throw error;
    return await footerAt(file, actual, options);
  }
}

async function footerAt(
  file: InputFile,
  fileSizeInBytes: number,
  options: ReadFooterOptions,
): Promise<ParquetFooter> {
  const { signal } = options;
  signal?.throwIfAborted();
  if (fileSizeInBytes < MIN_FILE_BYTES) {
    throw corrupt(file, `it has ${fileSizeInBytes} bytes, which is too short for Parquet`);
  }
  const share = Math.ceil(fileSizeInBytes / TAIL_SHARE);
  const start = Math.max(0, fileSizeInBytes - Math.min(MAX_TAIL_BYTES, Math.max(MIN_TAIL_BYTES, share)));
  let tail = await file.read({ start, end: fileSizeInBytes }, { signal });
  signal?.throwIfAborted();
  if (tail.length !== fileSizeInBytes - start) {
    throw corrupt(file, `it ends before byte ${fileSizeInBytes}`);
  }
  const end = tail.length - 8;
  checkMagic(file, tail);
  const length = new DataView(tail.buffer, tail.byteOffset + end, 4).getUint32(0, true);
  if (length > fileSizeInBytes - MIN_FILE_BYTES) {
    throw corrupt(file, `its footer claims ${length} bytes of a file of ${fileSizeInBytes}`);
  }
  const fetched = { start, bytes: tail };
  let from = end - length;
  if (from < 0) {
    const footerStart = fileSizeInBytes - 8 - length;
    tail = await file.read({ start: footerStart, end: fileSizeInBytes }, { signal });
    signal?.throwIfAborted();
    if (tail.length !== length + 8) throw corrupt(file, `it ends before byte ${fileSizeInBytes}`);
    from = 0;
  }
  try {
    const { fields } = readThrift(tail.subarray(from, from + length), 0);
    const footer = footerOf(fields, file.location, fileSizeInBytes, options);
    tails.set(footer, fetched);
    return footer;
  } catch (cause) {
    // What is invalid then is the name mapping, not the file.
    if (isIcebergError(cause, "invalid-schema")) throw cause;
    if (isIcebergError(cause, "unsupported")) {
      throw new IcebergError("unsupported", `Cannot read ${file.location}: ${cause.message}`, {
        context: { ...cause.context, file: file.location },
        cause,
      });
    }
    throw corrupt(file, `its footer is damaged: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

function checkMagic(file: InputFile, tail: Uint8Array): void {
  const magic = String.fromCharCode(...tail.subarray(tail.length - 4));
  if (magic === "PAR1") return;
  if (magic === "PARE") {
    throw new IcebergError("unsupported", `Cannot read ${file.location}: its footer is encrypted`, {
      context: { file: file.location },
    });
  }
  throw corrupt(file, "it does not end with the magic PAR1: it is no Parquet file or cut off");
}

function footerOf(
  fields: ThriftFields,
  location: string,
  fileSizeInBytes: number,
  { fieldIdOf, ignoreFieldIds }: ReadFooterOptions,
): ParquetFooter {
  const { root, hasFieldIds } = buildTree(fields.structs(2), fieldIdOf, ignoreFieldIds);
  const leaves = leavesOf(root);
  const orders = fields.structs(7).map((order) => order.has(1));
  const rowGroups: ParquetRowGroup[] = [];
  let rowStart = 0;
  for (const group of fields.structs(4)) {
    const index = rowGroups.length;
    const rowCount = nonNegative(group.required(3, `row count of row group ${index}`), "row count");
    const chunks = group.structs(1).map((chunk, i) => chunkOf(chunk, leafOf(chunk, i, leaves), orders));
    if (chunks.length !== leaves.length) {
      throw damaged(`row group ${index} has ${chunks.length} columns where the schema has ${leaves.length}`);
    }
    for (const { leaf, start, compressedSize } of chunks) {
      if (start < 4 || start + compressedSize > fileSizeInBytes) {
        throw damaged(`column ${leaf.path.join(".")} of row group ${index} lies outside the file`);
      }
    }
    chunks.sort((a, b) => a.leaf.leafIndex - b.leaf.leafIndex);
    const start = chunks.reduce((first, chunk) => Math.min(first, chunk.start), Number.POSITIVE_INFINITY);
    rowGroups.push({ index, rowStart, rowCount, start: Number.isFinite(start) ? start : 4, chunks });
    rowStart += rowCount;
  }
  const createdBy = fields.text(6);
  return {
    location,
    fileSizeInBytes,
    rowCount: rowStart,
    root,
    leaves,
    hasFieldIds,
    rowGroups,
    keyValueMetadata: new Map(
      fields.structs(5).map((entry) => [entry.text(1) ?? "", entry.text(2) ?? ""] as const),
    ),
    ...(createdBy !== undefined && { createdBy }),
  };
}

/** The leaf of a chunk: the one in its place when the path agrees, else the one of that path. */
function leafOf(chunk: ThriftFields, index: number, leaves: readonly ParquetNode[]): ParquetNode {
  const meta = chunk.struct(3);
  if (meta === undefined) {
    if (!chunk.has(8) && !chunk.has(9)) throw damaged(`column ${index} has no metadata`);
    throw new IcebergError("unsupported", `Cannot read column ${index} of a Parquet file: it is encrypted`);
  }
  const path = meta.texts(3);
  const same = (leaf: ParquetNode) =>
    leaf.path.length === path.length && leaf.path.every((name, i) => name === path[i]);
  const inPlace = leaves[index];
  const leaf = inPlace !== undefined && same(inPlace) ? inPlace : leaves.find(same);
  if (leaf === undefined) throw damaged(`column ${path.join(".")} is not in its schema`);
  return leaf;
}

const CODECS = ["uncompressed", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw"] as const;

function chunkOf(chunk: ThriftFields, leaf: ParquetNode, orders: readonly boolean[]): ParquetChunk {
  const meta = chunk.struct(3)!;
  const column = leaf.path.join(".");
  const filePath = chunk.text(1);
  if (filePath !== undefined && filePath !== "") {
    throw new IcebergError("unsupported", `Cannot read column ${column}: it is stored in another file`);
  }
  const codec = CODECS[meta.required(4, `codec of column ${column}`)];
  if (codec === undefined) throw damaged(`column ${column} has an unknown codec`);
  const data = meta.required(9, `data page offset of column ${column}`);
  const dictionary = meta.number(11) ?? 0;
  const statistics = statisticsOf(meta.struct(12), leaf, orders[leaf.leafIndex] ?? false);
  const columnIndex = spanOf(chunk.number(6), chunk.number(7));
  const offsetIndex = spanOf(chunk.number(4), chunk.number(5));
  const bloomFilter = spanOf(meta.number(14), meta.number(15));
  return {
    leaf,
    codec,
    valueCount: nonNegative(meta.required(5, `value count of column ${column}`), "value count"),
    // Some writers put 0 for a dictionary that is not there.
    start: dictionary > 0 && dictionary < data ? dictionary : data,
    compressedSize: nonNegative(meta.required(7, `size of column ${column}`), "size"),
    uncompressedSize: nonNegative(meta.number(6) ?? 0, "size"),
    ...(statistics !== undefined && { statistics }),
    ...(columnIndex !== undefined && { columnIndex }),
    ...(offsetIndex !== undefined && { offsetIndex }),
    ...(bloomFilter !== undefined && { bloomFilter }),
  };
}

/**
 * `min_value`/`max_value` count only where the file says how they are ordered; the deprecated pair is signed, so it
 * serves signed numbers alone (PAR-033).
 */
function statisticsOf(
  fields: ThriftFields | undefined,
  leaf: ParquetNode,
  ordered: boolean,
): RawStatistics | undefined {
  if (fields === undefined) return undefined;
  const nullCount = fields.number(3);
  const current = fields.has(5) || fields.has(6);
  const max = current ? (ordered ? fields.bytes(5) : undefined) : signedOnly(leaf, fields.bytes(1));
  const min = current ? (ordered ? fields.bytes(6) : undefined) : signedOnly(leaf, fields.bytes(2));
  const maxExact = fields.boolean(7);
  const minExact = fields.boolean(8);
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(nullCount !== undefined && { nullCount }),
    ...(minExact !== undefined && { minExact }),
    ...(maxExact !== undefined && { maxExact }),
  };
}

function signedOnly(leaf: ParquetNode, bytes: Uint8Array | undefined): Uint8Array | undefined {
  const { physical, annotation } = leaf;
  const unsigned = annotation?.kind === "integer" && !annotation.signed;
  const numeric =
    physical === "INT32" || physical === "INT64" || physical === "FLOAT" || physical === "DOUBLE";
  return numeric && !unsigned ? bytes : undefined;
}

function spanOf(offset: number | undefined, length: number | undefined): ByteSpan | undefined {
  if (offset === undefined || offset <= 0) return undefined;
  return length === undefined ? { offset } : { offset, length };
}

function nonNegative(value: number, what: string): number {
  if (value < 0) throw damaged(`a ${what} is negative`);
  return value;
}

function damaged(why: string): IcebergError {
  return new IcebergError("corrupt-file", why);
}

function corrupt(file: InputFile, why: string, cause?: unknown): IcebergError {
  return new IcebergError("corrupt-file", `Cannot read ${file.location}: ${why}`, {
    context: { file: file.location },
    ...(cause !== undefined && { cause }),
  });
}
