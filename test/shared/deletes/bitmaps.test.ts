/** Roaring bitmaps and deletion vectors of Java, Go, Delta and DuckDB: contents and golden bytes. @module */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  decodeDeletionVector,
  deserializeBitmap,
  encodeDeletionVector,
  PositionBitmap,
  serializeBitmap,
} from "../../../src/deletes/index.ts";
import { errorOf } from "../../unit/deletes/bytes.ts";

const shared = new URL("../../../../shared/", import.meta.url);
const bytesOf = (path: string) => new Uint8Array(readFileSync(new URL(`fixtures/${path}`, shared)));

interface BitmapFacts {
  readonly file: string;
  readonly bytes: number;
  readonly kind: string;
  readonly must_reject?: boolean;
  readonly bitmaps?: number;
  readonly cardinality?: number;
  readonly min?: string | null;
  readonly max?: string | null;
  readonly values?: readonly string[];
  readonly ranges_count?: number;
  readonly first_ranges?: readonly (readonly [string, string])[];
  readonly last_ranges?: readonly (readonly [string, string])[];
  readonly sum?: string;
  readonly crc32?: number;
  readonly length_prefix?: number;
}
const vectors = JSON.parse(readFileSync(new URL("vectors/roaring-and-dv.json", shared), "utf8")) as {
  readonly files: readonly BitmapFacts[];
};
const isBlob = ({ kind }: BitmapFacts) => kind.startsWith("deletion-vector-v1");
const good = vectors.files.filter((facts) => facts.must_reject !== true);

/** First and last position of each run of neighbours. */
function rangesOf(bitmap: PositionBitmap): [string, string][] {
  const ranges: [number, number][] = [];
  for (const position of bitmap) {
    const open = ranges.at(-1);
    if (open !== undefined && open[1] + 1 === position) open[1] = position;
    else ranges.push([position, position]);
  }
  return ranges.map(([first, last]) => [String(first), String(last)]);
}

describe("Java's bitmaps", () => {
  test.each(good)("$file decodes to its facts (PUF-012, PUF-013, PUF-015, PUF-016)", (facts) => {
    const bytes = bytesOf(`java/deletes/${facts.file}`);
    expect(bytes.length).toBe(facts.bytes);
    const view = new DataView(bytes.buffer);
    expect(view.getUint8(isBlob(facts) ? 8 : 0)).toBe(facts.bitmaps);
    const bitmap = isBlob(facts)
      ? decodeDeletionVector(bytes, facts.file, { cardinality: facts.cardinality! })
      : deserializeBitmap(bytes, facts.file);
    const positions = [...bitmap];
    expect(bitmap.size).toBe(facts.cardinality);
    expect(positions.length).toBe(facts.cardinality);
    expect(positions[0]).toBe(facts.min == null ? undefined : Number(facts.min));
    expect(bitmap.last).toBe(facts.max == null ? undefined : Number(facts.max));
    if (facts.values !== undefined) expect(positions.map(String)).toEqual(facts.values);
    const ranges = rangesOf(bitmap);
    if (facts.ranges_count !== undefined) {
      expect(ranges.length).toBe(facts.ranges_count);
      expect(ranges.slice(0, facts.first_ranges!.length)).toEqual(facts.first_ranges);
      expect(ranges.slice(-facts.last_ranges!.length)).toEqual(facts.last_ranges);
      expect(String(positions.reduce((sum, position) => sum + BigInt(position), 0n))).toBe(facts.sum);
    }
    if (isBlob(facts)) {
      expect(view.getInt32(0)).toBe(facts.length_prefix);
      expect(view.getUint32(bytes.length - 4)).toBe(facts.crc32);
    }
  });

  test.each(good)(
    "$file is reproduced byte for byte, however its set was made (PUF-012, PUF-017)",
    (facts) => {
      const bytes = bytesOf(`java/deletes/${facts.file}`);
      const encode = (bitmap: PositionBitmap) =>
        // The plain bitmaps were not run-optimised.
        isBlob(facts) ? encodeDeletionVector(bitmap) : serializeBitmap(bitmap, { runs: false });
      const read = isBlob(facts) ? decodeDeletionVector(bytes) : deserializeBitmap(bytes);
      expect(encode(read)).toEqual(bytes);
      expect(encode(PositionBitmap.of(read))).toEqual(bytes);
      expect(encode(PositionBitmap.of([...read].reverse()))).toEqual(bytes);
      const ranges = new PositionBitmap();
      for (const [first, last] of rangesOf(read)) ranges.addRange(Number(first), Number(last) + 1);
      expect(encode(ranges)).toEqual(bytes);
    },
  );

  test.each(vectors.files.filter((facts) => facts.must_reject === true))(
    "$file is refused (PUF-013)",
    ({ file }) => {
      const error = errorOf(() => deserializeBitmap(bytesOf(`java/deletes/${file}`), file));
      expect(error.code).toBe("corrupt-file");
      expect(error.message).toMatch(/^Cannot read 64maphighvals.bin: key \d+ is above 2147483646, at byte 8/);
    },
  );
});
