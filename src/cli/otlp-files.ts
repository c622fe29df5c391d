/** OTLP export requests in files: the ending says how they are encoded. Spec: OTLP file exporter; OTLP/HTTP. @module */
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip, gunzip } from "node:zlib";
import { IcebergError } from "../base/index.ts";
import { fileError } from "../io/node.ts";

/** How a file holds requests. */
export interface OtlpFileKind {
  readonly contentType: "application/x-protobuf" | "application/json";
  /** One request a line rather than one in all. */
  readonly lines: boolean;
  readonly gzip: boolean;
}

/** An input file, checked by name only. */
export interface OtlpFile {
  /** As the command line spells it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly kind: OtlpFileKind;
}

/** Largest file after decompression, where it must be held whole: 1 GiB. */
const MAX_BYTES = 2 ** 30;

/** The encoding a file name announces; `undefined` for an ending this command does not know. */
export function otlpFileKind(name: string): OtlpFileKind | undefined {
  const match = /\.(pb|bin|binpb|json|jsonl|ndjson)(\.gz)?$/i.exec(name);
  if (match === null) return undefined;
  const ending = match[1]!.toLowerCase();
  const lines = ending === "jsonl" || ending === "ndjson";
  const protobuf = !lines && ending !== "json";
  return {
    contentType: protobuf ? "application/x-protobuf" : "application/json",
    lines,
    gzip: match[2] !== undefined,
  };
}

/** Checks names before anything is read. Throws `invalid-argument` naming the file and the endings there are. */
export function otlpFiles(names: readonly string[], cwd: string): readonly OtlpFile[] {
  return names.map((name) => {
    const kind = otlpFileKind(basename(name));
    if (kind !== undefined) return { name, path: resolve(cwd, name), kind };
    throw new IcebergError(
      "invalid-argument",
      `Cannot ingest ${name}: its ending does not say what it holds; ` +
        "use .pb (protobuf), .json (OTLP/JSON) or .jsonl (one request a line), each also with .gz",
      { context: { file: name } },
    );
  });
}

/** One request body, not decoded yet. */
export interface RequestBody {
  readonly bytes: Uint8Array;
  /** Line of a file that holds one request a line, from 1. */
  readonly line?: number;
  /** Bytes of the file read so far, compressed ones if it is. */
  readonly bytesRead: number;
}

/**
 * The request bodies of a file, one after the other.
 * @throws IcebergError `no-such-file`, `io-failed`, `corrupt-file` (gzip): all name the file.
 */
export async function* readRequests(
  file: OtlpFile,
  options: { readonly signal: AbortSignal },
): AsyncGenerator<RequestBody> {
  if (!file.kind.lines) {
    const { bytes, size } = await wholeFile(file, options);
    yield { bytes, bytesRead: size };
    return;
  }
  let line = 0;
  for await (const { bytes, bytesRead } of linesOf(file, options)) {
    line++;
    if (!isBlank(bytes)) yield { bytes, line, bytesRead };
  }
}

/** Runs `decode`; its errors then name the file, the line, and that nothing was written. */
export function inRequest<T>(file: OtlpFile, { line }: RequestBody, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error;
    const where = line === undefined ? "" : ` line ${line}`;
    throw new IcebergError(error.code, `Cannot ingest ${file.name}${where}: ${error.message}`, {
      context: {
        hint: "nothing was written; check that the file is whole and is an OTLP export",
        ...error.context,
        file: file.path,
      },
      cause: error,
    });
  }
}

async function wholeFile(
  file: OtlpFile,
  { signal }: { signal: AbortSignal },
): Promise<{ readonly bytes: Uint8Array; readonly size: number }> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file.path, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw readFault(file, error);
  }
  const size = bytes.length;
  if (!file.kind.gzip) return { bytes, size };
  return await new Promise((done, fail) => {
    gunzip(bytes, { maxOutputLength: MAX_BYTES }, (error, result) => {
      if (error === null) done({ bytes: result, size });
      else fail(readFault(file, error));
    });
  });
}

/** Lines as bytes, without their ends: the decoder wants bytes, and checks their UTF-8. */
async function* linesOf(
  file: OtlpFile,
  { signal }: { signal: AbortSignal },
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly bytesRead: number }> {
  const plain = createReadStream(file.path, { signal });
  // The pipeline hands the errors of either stream to the one that is read.
  const source = file.kind.gzip ? pipeline(plain, createGunzip(), () => undefined) : plain;
  let parts: Uint8Array[] = [];
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
        parts.push(chunk.subarray(from, end));
        yield { bytes: Buffer.concat(parts), bytesRead: plain.bytesRead };
        parts = [];
        from = end + 1;
      }
      parts.push(chunk.subarray(from));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw readFault(file, error);
  }
  yield { bytes: Buffer.concat(parts), bytesRead: plain.bytesRead };
}

const NEWLINE = 0x0a;

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

function readFault(file: OtlpFile, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("Z_") || code === "ERR_BUFFER_TOO_LARGE") {
    const why =
      code === "ERR_BUFFER_TOO_LARGE" ? `it holds more than ${MAX_BYTES} bytes` : (error as Error).message;
    return new IcebergError(
      "corrupt-file",
      `Cannot ingest ${file.name}: its gzip data does not decompress: ${why}; nothing was written`,
      { context: { file: file.path }, cause: error },
    );
  }
  return fileError("read", file.name, error);
}
