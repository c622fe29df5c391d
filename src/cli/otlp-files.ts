/** OTLP export requests in files: the ending says how they are encoded. Spec: OTLP file exporter; OTLP/HTTP. @module */
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { gunzip } from "node:zlib";
import { IcebergError } from "../base/index.ts";
import { inputLines, isBlankLine, readFault } from "./input-bytes.ts";

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
  const input = { ...file, gzip: file.kind.gzip };
  for await (const { lines, bytesRead } of inputLines(input, "ingest", options)) {
    for (const bytes of lines) {
      line++;
      if (!isBlankLine(bytes)) yield { bytes, line, bytesRead };
    }
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
    throw wholeFault(file, error);
  }
  const size = bytes.length;
  if (!file.kind.gzip) return { bytes, size };
  return await new Promise((done, fail) => {
    gunzip(bytes, { maxOutputLength: MAX_BYTES }, (error, result) => {
      if (error === null) done({ bytes: result, size });
      else fail(wholeFault(file, error));
    });
  });
}

function wholeFault(file: OtlpFile, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ERR_BUFFER_TOO_LARGE") {
    return new IcebergError(
      "corrupt-file",
      `Cannot ingest ${file.name}: its gzip data does not decompress: it holds more than ${MAX_BYTES} bytes; nothing was written`,
      { context: { file: file.path }, cause: error },
    );
  }
  return readFault({ ...file, gzip: file.kind.gzip }, "ingest", error);
}
