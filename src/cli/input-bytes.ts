/** Input files as a stream of bytes, unpacked where need be, and as lines. Spec: none. @module */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { IcebergError } from "../base/index.ts";
import { fileError } from "../io/node.ts";

/** A file to be read from its beginning to its end. */
export interface InputPath {
  /** As the command line spells it. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly gzip: boolean;
}

/** Some bytes, in order. */
export interface InputChunk {
  readonly bytes: Uint8Array;
  /** Bytes of the file read so far, compressed ones if it is. */
  readonly bytesRead: number;
}

/** Whole lines, in order. */
export interface LineBatch {
  /** Without their ends. */
  readonly lines: readonly Uint8Array[];
  readonly bytesRead: number;
}

/** Longest line held: 256 MiB. */
const MAX_LINE_BYTES = 2 ** 28;

/**
 * The bytes of a file.
 * @throws IcebergError `no-such-file`, `io-failed`, `corrupt-file` (gzip), which name the file and the `action`.
 */
export async function* inputChunks(
  file: InputPath,
  action: string,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<InputChunk> {
  const plain = createReadStream(file.path, { signal, highWaterMark: 1 << 18 });
  // The pipeline hands the errors of either stream to the one that is read.
  const source = file.gzip ? pipeline(plain, createGunzip(), () => undefined) : plain;
  try {
    for await (const bytes of source as AsyncIterable<Uint8Array>)
      yield { bytes, bytesRead: plain.bytesRead };
  } catch (error) {
    signal.throwIfAborted();
    throw readFault(file, action, error);
  }
}

/** The lines of a file; text after the last line end is a line, nothing after it is none. Throws as {@link inputChunks}. */
export async function* inputLines(
  file: InputPath,
  action: string,
  options: { readonly signal: AbortSignal },
): AsyncGenerator<LineBatch> {
  let parts: Uint8Array[] = [];
  let held = 0;
  let bytesRead = 0;
  for await (const { bytes, bytesRead: read } of inputChunks(file, action, options)) {
    bytesRead = read;
    const lines: Uint8Array[] = [];
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      parts.push(bytes.subarray(from, end));
      lines.push(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
      parts = [];
      held = 0;
      from = end + 1;
    }
    if (from < bytes.length) {
      parts.push(bytes.subarray(from));
      held += bytes.length - from;
    }
    if (held > MAX_LINE_BYTES) throw tooLong(file, action);
    if (lines.length > 0) yield { lines, bytesRead };
  }
  if (parts.length > 0) yield { lines: [Buffer.concat(parts)], bytesRead };
}

const NEWLINE = 0x0a;

/** Whether a line has nothing but white space. */
export function isBlankLine(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

/** An error of reading, with the file's name. */
export function readFault(file: InputPath, action: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("Z_")) {
    return new IcebergError(
      "corrupt-file",
      `Cannot ${action} ${file.name}: its gzip data does not decompress: ${(error as Error).message}; nothing was written`,
      { context: { file: file.path }, cause: error },
    );
  }
  return error instanceof IcebergError ? error : fileError("read", file.name, error);
}

function tooLong(file: InputPath, action: string): IcebergError {
  return new IcebergError(
    "corrupt-file",
    `Cannot ${action} ${file.name}: a line has more than ${MAX_LINE_BYTES} bytes; nothing was written`,
    { context: { file: file.path } },
  );
}
