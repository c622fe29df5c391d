/** OTLP export requests in files: the ending says how they are encoded. Spec: OTLP file exporter; OTLP/HTTP. @module */
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip, gunzip } from "node:zlib";
import { IcebergError } from "../base/index.ts";
import { fileError } from "../io/node.ts";
import { decodeTraces, type TracesData } from "../otlp-wire/index.ts";

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

/**
 * The trace requests of a file, one after the other.
 * @throws IcebergError `no-such-file`, `io-failed`, `corrupt-file` (gzip), `invalid-payload`: all name the file.
 */
export async function* readTraceRequests(
  file: OtlpFile,
  options: { readonly signal: AbortSignal },
): AsyncGenerator<TracesData> {
  const { contentType } = file.kind;
  if (!file.kind.lines) {
    const bytes = await wholeFile(file, options);
    yield named(file, "", () => decodeTraces(bytes, { contentType }));
    return;
  }
  let number = 0;
  for await (const line of linesOf(file, options)) {
    number++;
    if (isBlank(line)) continue;
    yield named(file, ` line ${number}`, () => decodeTraces(line, { contentType }));
  }
}

async function wholeFile(file: OtlpFile, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file.path, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw readFault(file, error);
  }
  if (!file.kind.gzip) return bytes;
  return await new Promise((done, fail) => {
    gunzip(bytes, { maxOutputLength: MAX_BYTES }, (error, result) => {
      if (error === null) done(result);
      else fail(readFault(file, error));
    });
  });
}

/** Lines as bytes, without their ends: the decoder wants bytes, and checks their UTF-8. */
async function* linesOf(file: OtlpFile, { signal }: { signal: AbortSignal }): AsyncGenerator<Uint8Array> {
  const plain = createReadStream(file.path, { signal });
  // The pipeline hands the errors of either stream to the one that is read.
  const source = file.kind.gzip ? pipeline(plain, createGunzip(), () => undefined) : plain;
  let parts: Uint8Array[] = [];
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      let from = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
        parts.push(chunk.subarray(from, end));
        yield Buffer.concat(parts);
        parts = [];
        from = end + 1;
      }
      parts.push(chunk.subarray(from));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw readFault(file, error);
  }
  yield Buffer.concat(parts);
}

const NEWLINE = 0x0a;

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

function named<T>(file: OtlpFile, where: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error;
    throw new IcebergError(error.code, `Cannot ingest ${file.name}${where}: ${error.message}`, {
      context: {
        ...error.context,
        file: file.path,
        hint: "nothing was written; check that the file is whole and is an OTLP trace export",
      },
      cause: error,
    });
  }
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
