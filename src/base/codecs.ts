/**
 * The codec registry: synchronous, injectable compressors by name (decision 9). Spec: none; shared by Avro,
 * Parquet, Puffin and compressed metadata files.
 *
 * `gzip` and `deflate` always work (the platform's zlib, else fflate), and so does `snappy` (our own). `zstd` and `brotli` are there when the
 * platform's zlib has them: Node >= 22.15, Bun, Deno and workerd for zstd. Anything else can be registered.
 * @module
 */
import { deflateSync, gunzipSync, gzipSync, inflateSync } from "fflate";
import { IcebergError } from "./errors.ts";
import { snappyCompress, snappyDecompress } from "./snappy.ts";

/** Compresses bytes at a codec-specific level. */
export type Compress = (bytes: Uint8Array, level?: number) => Uint8Array;
/**
 * Decompresses bytes. `size`, when known, is the exact length of the result; more must be refused. The result may lie in
 * `scratch`, or in memory of its own, but never where a later call writes: values are decoded from it as they are read.
 */
export type Decompress = (bytes: Uint8Array, size?: number, scratch?: Uint8Array) => Uint8Array;

/** One codec; either direction may be missing. */
export interface Codec {
  readonly compress?: Compress | undefined;
  readonly decompress?: Decompress | undefined;
}

/** Results larger than this are refused when the caller does not know the size: 1 GiB. */
const MAX_UNKNOWN_SIZE = 2 ** 30;

const registry = new Map<string, Codec>();

/**
 * Registers or replaces a codec by lower-case name: `gzip`, `deflate` (raw), `zstd`, `snappy`, `brotli`,
 * `lz4_raw` … A direction left out keeps what was registered before.
 *
 * @example registerCodec("zstd", { decompress: (bytes) => fzstd.decompress(bytes) });
 */
export function registerCodec(name: string, codec: Codec): void {
  const before = findCodec(name);
  registry.set(name, {
    compress: codec.compress ?? before?.compress,
    decompress: codec.decompress ?? before?.decompress,
  });
}

/** The codec of a name; `undefined` when neither registered nor supplied by the platform. */
export function findCodec(name: string): Codec | undefined {
  const known = registry.get(name);
  if (known !== undefined) return known;
  const codec = builtIn(name);
  if (codec !== undefined) registry.set(name, codec);
  return codec;
}

/** Compresses, or throws `unavailable` naming the codec and what to do. */
export function compressWith(name: string, bytes: Uint8Array, level?: number): Uint8Array {
  const compress = findCodec(name)?.compress;
  if (compress === undefined) throw missing(name, "compress");
  return compress(bytes, level);
}

/** Decompresses. Throws `unavailable` without a codec and `corrupt-file` when the bytes do not decode to `size`. */
export function decompressWith(
  name: string,
  bytes: Uint8Array,
  size?: number,
  scratch?: Uint8Array,
): Uint8Array {
  const decompress = findCodec(name)?.decompress;
  if (decompress === undefined) throw missing(name, "decompress");
  let result: Uint8Array;
  try {
    result = decompress(bytes, size, scratch);
  } catch (cause) {
    if (cause instanceof IcebergError) throw cause;
    throw new IcebergError("corrupt-file", `Cannot decompress ${bytes.length} bytes of ${name}`, { cause });
  }
  if (size !== undefined && result.length !== size) {
    throw new IcebergError(
      "corrupt-file",
      `Cannot decompress ${name}: got ${result.length} bytes where ${size} were announced`,
    );
  }
  return result;
}

function missing(name: string, verb: string): IcebergError {
  return new IcebergError(
    "unavailable",
    `Cannot ${verb} ${name}: this platform has no such codec; register one with registerCodec("${name}", …)`,
    { context: { codec: name } },
  );
}

interface ZlibOptions {
  readonly level?: number;
  readonly maxOutputLength?: number;
  readonly chunkSize?: number;
  readonly params?: Readonly<Record<number, number>>;
}
type ZlibCall = (bytes: Uint8Array, options?: ZlibOptions) => Uint8Array;

/** The part of the platform's zlib module that is used here. */
interface PlatformZlib {
  readonly gzipSync: ZlibCall;
  readonly gunzipSync: ZlibCall;
  readonly deflateRawSync: ZlibCall;
  readonly inflateRawSync: ZlibCall;
  readonly brotliCompressSync?: ZlibCall;
  readonly brotliDecompressSync?: ZlibCall;
  readonly zstdCompressSync?: ZlibCall;
  readonly zstdDecompressSync?: ZlibCall;
  readonly constants: Readonly<Record<string, number>>;
}

/**
 * zlib without an import, so that bundles for browsers stay free of it: Node >= 20.16, Bun, Deno and workerd
 * answer `process.getBuiltinModule`; elsewhere there is none.
 */
function platformZlib(): PlatformZlib | undefined {
  const host = globalThis as {
    process?: { getBuiltinModule?: (id: string) => unknown };
  };
  try {
    return host.process?.getBuiltinModule?.("zlib") as PlatformZlib | undefined;
  } catch {
    return undefined;
  }
}

function builtIn(name: string): Codec | undefined {
  const zlib = platformZlib();
  switch (name) {
    case "snappy":
      return { compress: snappyCompress, decompress: snappyDecompress };
    case "gzip":
      return zlib ? pair(zlib.gzipSync, zlib.gunzipSync) : fflateCodec(gzipSync, gunzipSync);
    case "deflate":
      return zlib ? pair(zlib.deflateRawSync, zlib.inflateRawSync) : fflateCodec(deflateSync, inflateSync);
    case "zstd": {
      const { zstdCompressSync, zstdDecompressSync, constants } = zlib ?? {};
      if (!zstdCompressSync || !zstdDecompressSync || !constants) return undefined;
      const key = constants.ZSTD_c_compressionLevel!;
      return {
        compress: (bytes, level = 3) => view(zstdCompressSync(bytes, { params: { [key]: level } })),
        decompress: (bytes, size) => view(zstdDecompressSync(bytes, limit(size))),
      };
    }
    case "brotli": {
      const { brotliCompressSync, brotliDecompressSync, constants } = zlib ?? {};
      if (!brotliCompressSync || !brotliDecompressSync || !constants) return undefined;
      const key = constants.BROTLI_PARAM_QUALITY!;
      return {
        compress: (bytes, level = 5) => view(brotliCompressSync(bytes, { params: { [key]: level } })),
        decompress: (bytes, size) => view(brotliDecompressSync(bytes, limit(size))),
      };
    }
    default:
      return undefined;
  }
}

function pair(compress: ZlibCall, decompress: ZlibCall): Codec {
  return {
    compress: (bytes, level = 6) => view(compress(bytes, { level })),
    decompress: (bytes, size) => view(decompress(bytes, limit(size, 4 * bytes.length))),
  };
}

type FflateLevel = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

function fflateCodec(
  compress: (bytes: Uint8Array, options: { level: FflateLevel; mtime?: number }) => Uint8Array,
  decompress: (bytes: Uint8Array, options?: { out?: Uint8Array }) => Uint8Array,
): Codec {
  return {
    compress: (bytes, level = 6) => compress(bytes, { level: level as FflateLevel, mtime: 0 }),
    decompress: (bytes, size) =>
      size === undefined ? decompress(bytes) : decompress(bytes, { out: new Uint8Array(size) }),
  };
}

/** zlib gathers output in pieces of this size and joins them: pages mostly fit one. */
const CHUNK_SIZE = 128 * 1024;
const LEAST_CHUNK = 16 * 1024;
const LARGEST_CHUNK = 1024 * 1024;

/**
 * zlib treats a limit of 0 as invalid, hence at least 1. `guess`, where the size is not known, is what the result
 * probably fits into: one piece needs no joining, and one that is no larger than need be spares garbage collections.
 */
function limit(size: number | undefined, guess = CHUNK_SIZE): ZlibOptions {
  return {
    maxOutputLength: Math.max(1, size ?? MAX_UNKNOWN_SIZE),
    chunkSize: size === undefined ? Math.min(Math.max(guess, LEAST_CHUNK), LARGEST_CHUNK) : CHUNK_SIZE,
  };
}

/** A plain Uint8Array over a Buffer's bytes: Buffers differ in `slice` and in how tests print them. */
function view(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
