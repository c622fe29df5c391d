/** How to step over a value of a writer's type, and how small it can be. Spec: App. A Avro. @module */
import type { AvroCursor } from "./cursor.ts";
import type { AvroType } from "./schema.ts";

/** Steps over one value without allocating. */
export type Skip = (cursor: AvroCursor) => void;

/** How many bytes a value takes. */
interface Width {
  readonly least: number;
  /** Whether every value takes exactly `least` bytes. */
  readonly constant: boolean;
}

const widths = new WeakMap<AvroType, Width>();
const skips = new WeakMap<AvroType, Skip>();

/** The least bytes one value of the type takes. */
export function leastBytes(type: AvroType): number {
  return widthOf(type).least;
}

/** A function that steps over one value. The same type always yields the same function. */
export function skipper(type: AvroType): Skip {
  let skip = skips.get(type);
  if (skip === undefined) {
    skip = buildSkip(type);
    skips.set(type, skip);
  }
  return skip;
}

function widthOf(type: AvroType): Width {
  let width = widths.get(type);
  if (width === undefined) {
    width = measure(type);
    widths.set(type, width);
  }
  return width;
}

function measure(type: AvroType): Width {
  switch (type.kind) {
    case "null":
      return { least: 0, constant: true };
    case "boolean":
      return { least: 1, constant: true };
    case "float":
      return { least: 4, constant: true };
    case "double":
      return { least: 8, constant: true };
    case "fixed":
      return { least: type.size, constant: true };
    case "record": {
      const parts = type.fields.map((field) => widthOf(field.type));
      return {
        // A schema of named types can nest exponentially; past this the exact size does not matter.
        least: Math.min(
          parts.reduce((sum, part) => sum + part.least, 0),
          2 ** 40,
        ),
        constant: parts.every((part) => part.constant),
      };
    }
    case "union":
      return { least: 1 + Math.min(...type.branches.map(leastBytes)), constant: false };
    default:
      return { least: 1, constant: false };
  }
}

function buildSkip(type: AvroType): Skip {
  const width = widthOf(type);
  if (width.constant) return width.least === 0 ? skipNothing : (cursor) => void cursor.take(width.least);
  switch (type.kind) {
    case "int":
    case "long":
    case "enum":
      return skipVarint;
    case "bytes":
    case "string":
      return skipBytes;
    case "record": {
      const steps = type.fields.map((field) => skipper(field.type));
      return (cursor) => {
        for (const step of steps) step(cursor);
      };
    }
    case "union":
      return skipUnion(type.branches.map((branch) => skipper(branch)));
    case "array":
      return skipArray(type.items);
    case "map":
      return skipBlocks([skipBytes, skipper(type.values)], 1 + leastBytes(type.values));
    default:
      throw new Error(`icewright internal error: no skipper for ${type.kind}`);
  }
}

function skipNothing(): void {}

function skipVarint(cursor: AvroCursor): void {
  cursor.skipVarint();
}

function skipBytes(cursor: AvroCursor): void {
  const length = cursor.readLength();
  cursor.at += length;
}

function skipUnion(steps: readonly Skip[]): Skip {
  const count = steps.length;
  if (count === 2) {
    const [first, second] = steps as [Skip, Skip];
    return (cursor) => {
      // One byte 0 or 2 in every union of null and something.
      const byte = cursor.bytes[cursor.at];
      if (byte === 0 && cursor.at < cursor.end) {
        cursor.at++;
        first(cursor);
      } else if (byte === 2 && cursor.at < cursor.end) {
        cursor.at++;
        second(cursor);
      } else {
        steps[cursor.readBranch(count)]!(cursor);
      }
    };
  }
  return (cursor) => steps[cursor.readBranch(count)]!(cursor);
}

/** The four metric map shapes are most of a manifest's bytes, so they have loops of their own. */
function skipArray(items: AvroType): Skip {
  const step = skipper(items);
  const least = leastBytes(items);
  if (items.kind === "record" && items.fields.length === 2) {
    const [key, value] = items.fields.map((field) => skipper(field.type));
    if (key === skipVarint && value === skipVarint) return skipVarintPairs;
    if (key === skipVarint && value === skipBytes) return skipVarintBytesPairs;
  }
  return skipBlocks([step], least, widthOf(items).constant);
}

function skipBlocks(steps: readonly Skip[], least: number, constant = false): Skip {
  return (cursor) => {
    for (;;) {
      const count = blockToSkip(cursor, least);
      if (count === 0) return;
      // Items of no bytes could keep a loop busy for ever: block after block announces many of them.
      if (least === 0 && constant) continue;
      for (let i = 0; i < count; i++) for (const step of steps) step(cursor);
    }
  };
}

/** The items of the next block that must be stepped over one by one: blocks that tell their size are jumped. */
function blockToSkip(cursor: AvroCursor, least: number): number {
  while (true) {
    const start = cursor.at;
    const byte = cursor.bytes[start]!;
    // The common small positive count, and the end of the array.
    if (
      byte < 0x80 &&
      (byte & 1) === 0 &&
      start < cursor.end &&
      (byte >>> 1) * least <= cursor.end - start - 1
    ) {
      cursor.at = start + 1;
      return byte >>> 1;
    }
    const count = cursor.readNumber();
    if (count >= 0) {
      cursor.at = start;
      return cursor.readBlockCount(least);
    }
    const size = cursor.readLength();
    cursor.at += size;
  }
}

function skipVarintPairs(cursor: AvroCursor): void {
  const bytes = cursor.bytes;
  for (;;) {
    let left = 2 * blockToSkip(cursor, 2);
    if (left === 0) return;
    let at = cursor.at;
    while (left > 0) if (bytes[at++]! < 0x80 || at > cursor.end) left--;
    cursor.at = at;
    cursor.check();
  }
}

function skipVarintBytesPairs(cursor: AvroCursor): void {
  const bytes = cursor.bytes;
  const end = cursor.end;
  for (;;) {
    const count = blockToSkip(cursor, 2);
    if (count === 0) return;
    let at = cursor.at;
    for (let i = 0; i < count; i++) {
      while (bytes[at++]! >= 0x80);
      const size = bytes[at]!;
      if (size < 0x80 && (size & 1) === 0) {
        at += 1 + (size >>> 1);
        if (at > end) cursor.fail(`the data ends early (${end} bytes)`, at);
      } else {
        cursor.at = at;
        const length = cursor.readLength();
        at = cursor.at + length;
      }
    }
    cursor.at = at;
    cursor.check();
  }
}
