/**
 * Reading Puffin files: the footer from the file's tail, then blobs by their ranges. Nothing here reads a file: callers
 * bring the bytes. Spec: Puffin; requirements PUF-001 to PUF-011.
 * @module
 */
import { IcebergError, parseJson, utf8Decode } from "../base/index.ts";
import { decompressPuffin } from "./puffin-codecs.ts";
import { footerFromJson } from "./puffin-json.ts";

/** One blob as the footer describes it. */
export interface PuffinBlob {
  /** Kept whatever it is: types nobody here knows are listed like others (PUF-008). */
  readonly type: string;
  /** Field ids in their order, which matters for sketches of several columns (PUF-011). */
  readonly fields: readonly number[];
  /** -1 for deletion vectors, whose snapshot is not known when they are written. */
  readonly snapshotId: bigint;
  /** -1 for deletion vectors. */
  readonly sequenceNumber: number;
  /** From the start of the file (PUF-032). */
  readonly offset: number;
  /** Bytes in the file, after compression (PUF-007). */
  readonly length: number;
  /** Absent: not compressed. */
  readonly compressionCodec?: string;
  readonly properties: ReadonlyMap<string, string>;
}

/** What the end of a Puffin file says. */
export interface PuffinFooter {
  readonly blobs: readonly PuffinBlob[];
  /** Of the file; `created-by` names the writer (PUF-009). */
  readonly properties: ReadonlyMap<string, string>;
  /** Bytes from the footer's first magic to the end: `file-footer-size-in-bytes` of statistics (PUF-002). */
  readonly footerSize: number;
}

/** `PFA1`: at the start of the file, the start of the footer and the end of the file (PUF-001). */
export const PUFFIN_MAGIC: readonly number[] = Object.freeze([0x50, 0x46, 0x41, 0x31]);
/** Bytes worth reading first: they hold the footer of most files, so that one read does (PUF-004). */
export const PUFFIN_TAIL_SIZE = 8192;
/** Payload size, flags and magic: the least tail that tells the footer's size. */
export const PUFFIN_END_SIZE = 12;

const MAGIC_SIZE = 4;
/** Bit 0: the payload is an LZ4 frame. All other bits are refused (PUF-003). */
const FLAG_COMPRESSED = 1;

/**
 * How many bytes from the end of the file its footer takes, told by any tail of at least 12 bytes: read so many when
 * the tail is shorter, then call {@link puffinFooterFrom}.
 * @throws IcebergError `corrupt-file` when the file does not end as Puffin files do; `invalid-argument` when the tail
 * is too short.
 */
export function puffinFooterSize(tail: Uint8Array, fileSize: number, what = "a Puffin file"): number {
  if (fileSize < 2 * MAGIC_SIZE + PUFFIN_END_SIZE) {
    throw corrupt(what, `${fileSize} bytes are too few for a Puffin file`);
  }
  if (tail.length < PUFFIN_END_SIZE) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot read ${what}: its last ${PUFFIN_END_SIZE} bytes are needed`,
    );
  }
  checkMagic(tail, tail.length - MAGIC_SIZE, what, "end");
  const payload = viewOf(tail).getInt32(tail.length - PUFFIN_END_SIZE, true);
  if (payload < 0 || payload > fileSize - 2 * MAGIC_SIZE - PUFFIN_END_SIZE) {
    throw corrupt(what, `a footer payload of ${payload} bytes does not fit in ${fileSize}`);
  }
  return MAGIC_SIZE + payload + PUFFIN_END_SIZE;
}

/**
 * The footer, from a tail of at least {@link puffinFooterSize} bytes. A tail that is the whole file is checked at its
 * start too; with less, pass the first four bytes to {@link checkPuffinHead} (PUF-001).
 * @throws IcebergError `corrupt-file` naming what is wrong; `invalid-argument` when the tail is too short.
 */
export function puffinFooterFrom(tail: Uint8Array, fileSize: number, what = "a Puffin file"): PuffinFooter {
  const footerSize = puffinFooterSize(tail, fileSize, what);
  if (tail.length < footerSize) {
    throw new IcebergError(
      "invalid-argument",
      `Cannot read ${what}: its last ${footerSize} bytes are needed`,
      {
        context: { what, needed: footerSize },
      },
    );
  }
  if (tail.length === fileSize) checkPuffinHead(tail, what);
  const start = tail.length - footerSize;
  checkMagic(tail, start, what, "footer");
  const flags = viewOf(tail).getUint32(tail.length - 2 * MAGIC_SIZE, true);
  if ((flags & ~FLAG_COMPRESSED) !== 0) {
    throw corrupt(what, `its footer has flags this library does not know (${flags.toString(16)})`);
  }
  const stored = tail.subarray(start + MAGIC_SIZE, tail.length - PUFFIN_END_SIZE);
  const payload =
    flags === FLAG_COMPRESSED ? decompressPuffin("lz4", stored, `the footer of ${what}`) : stored;
  const json = parseJson(decodeText(payload, what), `the footer of ${what}`);
  return { ...footerFromJson(json, fileSize - footerSize, what), footerSize };
}

/** Checks the first bytes of a file. Throws `corrupt-file` unless they are the magic (PUF-001). */
export function checkPuffinHead(head: Uint8Array, what = "a Puffin file"): void {
  checkMagic(head, 0, what, "start");
}

/** The footer of a whole file in memory, checked at both ends. Throws as {@link puffinFooterFrom} does. */
export function readPuffin(bytes: Uint8Array, what = "a Puffin file"): PuffinFooter {
  return puffinFooterFrom(bytes, bytes.length, what);
}

/**
 * The content of a blob from its stored bytes, those from `offset` on, `length` many.
 * @throws IcebergError `corrupt-file` when the length differs or the bytes do not decompress, `unsupported` for an
 * unknown codec (PUF-006), `unavailable` for zstd where there is none.
 */
export function puffinBlobContent(stored: Uint8Array, blob: PuffinBlob, what = "a Puffin file"): Uint8Array {
  if (stored.length !== blob.length) {
    throw corrupt(what, `a blob has ${stored.length} bytes where its footer says ${blob.length}`);
  }
  const codec = blob.compressionCodec;
  return codec === undefined ? stored : decompressPuffin(codec, stored, `the ${blob.type} blob of ${what}`);
}

/** The magic as bytes. */
export function puffinMagic(): Uint8Array {
  return Uint8Array.from(PUFFIN_MAGIC);
}

function checkMagic(bytes: Uint8Array, at: number, what: string, where: "start" | "footer" | "end"): void {
  if (PUFFIN_MAGIC.every((byte, i) => bytes[at + i] === byte)) return;
  const place = { start: "it does not start", footer: "its footer does not start", end: "it does not end" }[
    where
  ];
  throw corrupt(what, `${place} with PFA1`);
}

function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return utf8Decode(bytes);
  } catch (cause) {
    throw new IcebergError("corrupt-file", `Cannot read the footer of ${what}: it is not UTF-8`, {
      context: { what },
      cause,
    });
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function corrupt(what: string, why: string): IcebergError {
  return new IcebergError("corrupt-file", `Cannot read ${what}: ${why}`, { context: { what } });
}
