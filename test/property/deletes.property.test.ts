/** Laws of position bitmaps, deletion vectors, Puffin files and the delete index, held against plain models. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, findCodec, IcebergError, registerCodec } from "../../src/base/index.ts";
import {
  DeleteFileIndex,
  decodeDeletionVector,
  deserializeBitmap,
  encodeDeletionVector,
  PositionBitmap,
  type PuffinBlobInput,
  puffinBlobContent,
  puffinFooterFrom,
  puffinFooterSize,
  readPuffin,
  serializeBitmap,
  writePuffin,
} from "../../src/deletes/index.ts";
import type { DataFile, ManifestEntry } from "../../src/manifests/index.ts";
import { arbitraryBytes, arbitraryText, checkPositionsCodec } from "../../src/testing/index.ts";
import { lz4Stored, u16, u32 } from "../unit/deletes/bytes.ts";
import {
  data,
  equalityDeletes,
  pathsFrom,
  positionDeletes,
  schema,
  specs,
  vector,
} from "../unit/deletes/entries.ts";
import { columnsOf, type Row, rowMetrics } from "./delete-rows.ts";
import { runs } from "./runs.ts";

/** Where chunks and keys begin and end, and anywhere. */
const position = fc.oneof(
  fc.nat({ max: 300_000 }),
  fc.constantFrom(0, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 * 3 + 7, 2 ** 53 - 1),
  fc.maxSafeNat(),
);
/** Runs short and long, and scattered positions. */
const span = fc.tuple(
  position,
  fc.oneof(fc.nat({ max: 6 }), fc.nat({ max: 9000 }), fc.nat({ max: 140_000 })),
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: fc.array(position, { maxLength: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ range: span }) },
  {
    weight: 2,
    arbitrary: fc.record({
      from: position,
      every: fc.integer({ min: 2, max: 9 }),
      count: fc.nat({ max: 6000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ all: fc.array(span, { maxLength: 3 }) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const inLimits = (value: number) => value < 2 ** 53;

function run(steps: readonly Step[]): { bitmap: PositionBitmap; model: Set<number> } {
  const bitmap = new PositionBitmap();
  const model = new Set<number>();
  const addRange = (into: PositionBitmap, [from, length]: readonly [number, number]) => {
    const to = Math.min(from + length, 2 ** 53 - 1);
    into.addRange(from, to);
    for (let at = from; at < to; at++) model.add(at);
  };
  for (const each of steps) {
    if ("add" in each) {
      for (const at of each.add) {
        bitmap.add(at);
        model.add(at);
      }
    } else if ("range" in each) {
      addRange(bitmap, each.range);
    } else if ("every" in each) {
      for (let i = 0; i < each.count && inLimits(each.from + i * each.every); i++) {
        bitmap.add(each.from + i * each.every);
        model.add(each.from + i * each.every);
      }
    } else {
      const other = new PositionBitmap();
      for (const range of each.all) addRange(other, range);
      bitmap.addAll(other);
    }
  }
  return { bitmap, model };
}
const made = fc.array(step, { maxLength: 4 }).map(run);
const sorted = (model: ReadonlySet<number>) => Float64Array.from(model).sort();
const same = (bitmap: PositionBitmap, model: Float64Array) => {
  if (bitmap.size !== model.length) return false;
  let at = 0;
  for (const each of bitmap) if (each !== model[at++]) return false;
  return at === model.length;
};
const few = { numRuns: 20 };

/** Whether a call fails as malformed input should; any other error passes through. */
function refuses(call: () => unknown): boolean {
  try {
    call();
    return false;
  } catch (error) {
    if (error instanceof IcebergError && /^(corrupt-file|unsupported)$/.test(error.code)) return true;
    throw error;
  }
}

describe("PositionBitmap", () => {
  test("is the set a model holds, through every way of adding", () => {
    fc.assert(
      fc.property(made, fc.array(position, { maxLength: 20 }), ({ bitmap, model }, probes) => {
        const all = sorted(model);
        expect(same(bitmap, all)).toBe(true);
        expect(bitmap.last).toBe(all.at(-1));
        for (const probe of probes) expect(bitmap.has(probe)).toBe(model.has(probe));
        const visited: number[] = [];
        bitmap.forEach((each) => {
          visited.push(each);
        });
        expect(visited.length).toBe(all.length);
      }),
      few,
    );
  });

  test("slices hold what the model holds there", () => {
    fc.assert(
      fc.property(made, fc.array(span, { maxLength: 6 }), ({ bitmap, model }, slices) => {
        const all = [...sorted(model)];
        for (const [from, length] of slices) {
          const expected = all.filter((each) => each >= from && each < from + length);
          const seen: number[] = [];
          bitmap.forEachIn(from, from + length, (each) => {
            seen.push(each);
          });
          expect(seen).toEqual(expected);
          expect(bitmap.countIn(from, from + length)).toBe(expected.length);
        }
      }),
      few,
    );
  });

  test("a union has every position of both and no other, and leaves both alone (P33, PUF-024)", () => {
    fc.assert(
      fc.property(made, made, (a, b) => {
        const union = a.bitmap.union(b.bitmap);
        const expected = sorted(new Set([...a.model, ...b.model]));
        expect(same(union, expected)).toBe(true);
        expect(serializeBitmap(union)).toEqual(serializeBitmap(b.bitmap.union(a.bitmap)));
        union.addRange(0, 200_000);
        expect(same(a.bitmap, sorted(a.model))).toBe(true);
        expect(same(b.bitmap, sorted(b.model))).toBe(true);
      }),
      few,
    );
  });
});

/** Containers of a sorted set by key and chunk. */
function chunksOf(all: Float64Array): Map<number, Map<number, number[]>> {
  const keys = new Map<number, Map<number, number[]>>();
  for (const each of all) {
    const key = Math.floor(each / 2 ** 32);
    const low = each % 2 ** 32;
    const chunks = keys.get(key) ?? new Map<number, number[]>();
    keys.set(key, chunks);
    const chunk = Math.floor(low / 65_536);
    const lows = chunks.get(chunk) ?? [];
    chunks.set(chunk, lows);
    lows.push(low % 65_536);
  }
  return keys;
}

/** The same set as other writers may have it: all runs, none of them, the run cookie for nothing. */
function foreign(
  all: Float64Array,
  style: "runs" | "split runs" | "cookie only",
  fillers: boolean,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let count = 0;
  let next = 0;
  for (const [key, chunks] of chunksOf(all)) {
    for (; fillers && next < key && next < 40; next++, count++) parts.push(u32(next, 12_346, 0));
    next = key + 1;
    count++;
    const isRun = style !== "cookie only";
    const heads = [...chunks].map(([chunk, lows]) => u16(chunk, lows.length - 1));
    const bodies = [...chunks.values()].map((lows) => {
      if (!isRun) return lows.length <= 4096 ? u16(...lows) : bitsOf(lows);
      const runs: number[] = [];
      for (const [i, low] of lows.entries()) {
        const joins = i > 0 && lows[i - 1]! + 1 === low && !(style === "split runs" && low % 7 === 0);
        if (joins) runs[runs.length - 1]!++;
        else runs.push(low, 0);
      }
      return concatBytes([u16(runs.length / 2), u16(...runs)]);
    });
    const flags = new Uint8Array(Math.ceil(chunks.size / 8)).fill(isRun ? 255 : 0);
    const start = 4 + flags.length + 4 * chunks.size + (chunks.size >= 4 ? 4 * chunks.size : 0);
    let at = start;
    const offsets = bodies.map((body) => {
      at += body.length;
      return u32(at - body.length);
    });
    const header = [u32(key), u16(12_347, chunks.size - 1), flags, ...heads];
    parts.push(...header, ...(chunks.size >= 4 ? offsets : []), ...bodies);
  }
  return concatBytes([u32(count, 0), ...parts]);
}

function bitsOf(lows: readonly number[]): Uint8Array {
  const bits = new Uint8Array(8192);
  for (const low of lows) bits[low >> 3]! |= 1 << (low & 7);
  return bits;
}

describe("bitmaps and deletion vectors as bytes", () => {
  test("decode(encode(S)) = S, the same bytes however S was made, never larger than without runs (P32, PUF-012, PUF-013)", () => {
    fc.assert(
      fc.property(made, ({ bitmap, model }) => {
        const all = sorted(model);
        const bytes = encodeDeletionVector(bitmap);
        const decoded = decodeDeletionVector(bytes, "dv", { cardinality: all.length });
        expect(same(decoded, all)).toBe(true);
        expect(encodeDeletionVector(decoded)).toEqual(bytes);
        expect(encodeDeletionVector(PositionBitmap.of(all))).toEqual(bytes);
        const plain = serializeBitmap(bitmap, { runs: false });
        expect(bytes.length - 12).toBeLessThanOrEqual(plain.length);
        expect(same(deserializeBitmap(plain), all)).toBe(true);
        // Two bytes a position, and headers of 20 bytes per chunk at most.
        expect(plain.length).toBeLessThanOrEqual(8 + all.length * 2 + bitmap.chunks.length * 20);
      }),
      few,
    );
  });

  test("any set of positions survives a deletion vector, and no changed byte does (P32, PUF-012, PUF-013)", () => {
    const { numRuns } = runs(40);
    const codec = {
      encode: (positions: readonly number[]) => encodeDeletionVector(PositionBitmap.of(positions)),
      decode: (bytes: Uint8Array) => decodeDeletionVector(bytes),
      checked: true,
    };
    expect(checkPositionsCodec(codec, { numRuns })).toBe(numRuns);
  });

  test("encodings of other writers decode to the same set (P32, PUF-014, PUF-015, PUF-018)", () => {
    const style = fc.constantFrom("runs" as const, "split runs" as const, "cookie only" as const);
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 3 }).map(run),
        style,
        fc.boolean(),
        ({ model }, how, fillers) => {
          const all = sorted(model);
          expect(same(deserializeBitmap(foreign(all, how, fillers)), all)).toBe(true);
        },
      ),
      few,
    );
  });

  test("any changed byte of a deletion vector is noticed (P32, PUF-012)", () => {
    fc.assert(
      fc.property(made, fc.maxSafeNat(), fc.integer({ min: 1, max: 255 }), ({ bitmap }, at, flip) => {
        const bytes = encodeDeletionVector(bitmap);
        bytes[at % bytes.length]! ^= flip;
        expect(refuses(() => decodeDeletionVector(bytes))).toBe(true);
      }),
    );
  });

  test("a bitmap with changed bytes is refused or some set that survives its own round trip (P32)", () => {
    const changes = fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    const small = fc.array(fc.nat({ max: 90_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(small, span, changes, fc.nat({ max: 20 }), (positions, [, length], bytesChanged, cut) => {
        const bitmap = PositionBitmap.of(positions);
        bitmap.addRange(70_000, 70_000 + length);
        const whole = serializeBitmap(bitmap);
        const bytes = whole.slice(0, cut < 15 ? whole.length : whole.length - cut);
        for (const [at, value] of bytesChanged) if (at < bytes.length) bytes[at] = value;
        refuses(() => {
          const read = deserializeBitmap(bytes);
          expect(same(deserializeBitmap(serializeBitmap(read)), Float64Array.from(read))).toBe(true);
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe("Puffin files", () => {
  if (findCodec("lz4_frame")?.compress === undefined) {
    registerCodec("lz4_frame", { compress: (bytes) => lz4Stored(bytes) });
  }
  const codecs = [undefined, "lz4", ...(findCodec("zstd")?.compress ? ["zstd"] : [])] as const;
  const properties = fc
    .array(fc.tuple(arbitraryText(), arbitraryText()), { maxLength: 4 })
    .map((pairs) => new Map(pairs));
  const blob = fc
    .record({
      type: arbitraryText(),
      fields: fc.array(fc.integer(), { maxLength: 4 }),
      snapshotId: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      sequenceNumber: fc.integer({ min: -1, max: 2 ** 31 }),
      bytes: arbitraryBytes(),
      codec: fc.constantFrom(...codecs),
      properties,
    })
    .map(({ codec, ...rest }) => ({ ...rest, ...(codec !== undefined && { codec }) }) as PuffinBlobInput);
  const file = fc.record({
    blobs: fc.array(blob, { maxLength: 5 }),
    properties,
    compressFooter: fc.boolean(),
  });

  test("a written file reads back whole and by ranges, and adds up (P34, PUF-001, PUF-002, PUF-005, PUF-032)", () => {
    fc.assert(
      fc.property(file, (wanted) => {
        const { bytes, footerSize, blobs } = writePuffin(wanted);
        expect(readPuffin(bytes)).toEqual({ blobs, properties: wanted.properties, footerSize });
        expect(bytes.length).toBe(4 + blobs.reduce((sum, { length }) => sum + length, 0) + footerSize);
        const needed = puffinFooterSize(bytes.subarray(-12), bytes.length);
        expect(needed).toBe(footerSize);
        expect(puffinFooterFrom(bytes.subarray(-needed), bytes.length).blobs).toEqual(blobs);
        for (const [i, each] of blobs.entries()) {
          const { bytes: content, codec, properties: wantedProperties, ...members } = wanted.blobs[i]!;
          expect(each).toMatchObject(members);
          expect(each.properties).toEqual(wantedProperties);
          expect(each.compressionCodec).toBe(codec);
          const stored = bytes.subarray(each.offset, each.offset + each.length);
          expect(puffinBlobContent(stored, each)).toEqual(content);
        }
      }),
    );
  });

  test("damaged files are refused or read, never anything else (P34)", () => {
    fc.assert(
      fc.property(
        file,
        fc.maxSafeNat(),
        fc.nat({ max: 255 }),
        fc.nat({ max: 4 }),
        (wanted, at, value, cut) => {
          const { bytes } = writePuffin(wanted);
          const damaged = bytes.slice(0, bytes.length - cut);
          damaged[at % damaged.length] = value;
          refuses(() => {
            for (const each of readPuffin(damaged).blobs) {
              puffinBlobContent(damaged.subarray(each.offset, each.offset + each.length), each);
            }
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("DeleteFileIndex", () => {
  const tuple = fc.constantFrom([1], [2], [null], [Number.NaN], [0], [-0]);
  const home = fc.oneof(
    { weight: 4, arbitrary: fc.constant({ specId: 1, partition: [1] }) },
    { weight: 4, arbitrary: fc.record({ specId: fc.constantFrom(1, 2), partition: tuple }) },
    { weight: 1, arbitrary: fc.constantFrom({ specId: 0, partition: [] }, { specId: 3, partition: [null] }) },
  );
  const path = fc.constantFrom(
    "s3://b/t/data/1.parquet",
    "s3://b/t/data/2.parquet",
    "s3://b/t/data/3.parquet",
  );
  const sequence = fc.nat({ max: 4 });
  const dataFile = fc
    .tuple(home, path, sequence)
    .map(([place, filePath, number]) => data({ ...place, filePath, sequence: number }));
  const scope = fc.oneof(
    fc.constant({}),
    path.map((name) => ({ referencedDataFile: name })),
    path.map((name) => pathsFrom(name, name)),
    fc.tuple(path, path).map(([a, b]) => pathsFrom(a, b)),
  );
  const deleteFile = fc.oneof(
    fc.tuple(home, sequence).map(([place, number]) => equalityDeletes({ ...place, sequence: number })),
    fc
      .tuple(home, sequence, scope)
      .map(([place, number, s]) => positionDeletes({ ...place, ...s, sequence: number })),
    fc
      .tuple(home, sequence, path)
      .map(([place, number, name]) => vector({ ...place, sequence: number, referencedDataFile: name })),
  );

  /** The table of section 8 to the letter; what broken metadata would say is `undefined`. */
  function expectedFor(deletes: readonly ManifestEntry[], file: ManifestEntry): ManifestEntry[] | undefined {
    const number = (entry: ManifestEntry) => entry.sequenceNumber ?? 0;
    const inPartition = (entry: ManifestEntry) =>
      entry.dataFile.specId === file.dataFile.specId &&
      entry.dataFile.partition.every((value, i) => Object.is(value, file.dataFile.partition[i]));
    const decode = (bounds: DataFile["lowerBounds"]) => {
      const bytes = bounds?.get(2147483546);
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    };
    const namedBy = ({ dataFile }: ManifestEntry): string | undefined => {
      const [lower, upper] = [decode(dataFile.lowerBounds), decode(dataFile.upperBounds)];
      return dataFile.referencedDataFile ?? (lower === upper ? lower : undefined);
    };
    const vectors = deletes.filter(
      ({ dataFile }) =>
        dataFile.fileFormat === "puffin" && dataFile.referencedDataFile === file.dataFile.filePath,
    );
    if (vectors.some((entry) => number(entry) < number(file) || !inPartition(entry))) return undefined;
    const positions = deletes.filter(({ dataFile }) => {
      return dataFile.content === "position-deletes" && dataFile.fileFormat !== "puffin";
    });
    const named = positions.filter(
      (entry) => namedBy(entry) === file.dataFile.filePath && number(entry) >= number(file),
    );
    if (vectors.length === 0 && named.some((entry) => !inPartition(entry))) return undefined;
    const wide = positions.filter((entry) => {
      const [lower, upper] = [decode(entry.dataFile.lowerBounds), decode(entry.dataFile.upperBounds)];
      const within = lower === undefined || upper === undefined || lower > upper;
      return (
        namedBy(entry) === undefined &&
        number(entry) >= number(file) &&
        inPartition(entry) &&
        (within || (lower <= file.dataFile.filePath && file.dataFile.filePath <= upper))
      );
    });
    const equality = deletes.filter(
      (entry) =>
        entry.dataFile.content === "equality-deletes" &&
        number(entry) > number(file) &&
        (inPartition(entry) || entry.dataFile.specId === 0 || entry.dataFile.specId === 3),
    );
    return [...equality, ...(vectors.length > 0 ? vectors : [...wide, ...named])];
  }

  test("applies exactly the deletes of section 8, or says the metadata is broken (P30, SCN-053 to SCN-059)", () => {
    let broken = 0;
    let applied = 0;
    fc.assert(
      fc.property(
        fc.array(deleteFile, { maxLength: 12 }),
        fc.array(dataFile, { maxLength: 6 }),
        (all, files) => {
          const seen = new Set<string>();
          const deletes = all.filter(({ dataFile: { fileFormat, referencedDataFile } }) => {
            if (fileFormat !== "puffin") return true;
            const isFirst = !seen.has(referencedDataFile!);
            seen.add(referencedDataFile!);
            return isFirst;
          });
          const index = new DeleteFileIndex(deletes, { specs, schema });
          for (const file of files) {
            const expected = expectedFor(deletes, file);
            if (expected === undefined) {
              broken++;
              expect(() => index.deletesFor(file)).toThrow(/Cannot apply deletes/);
            } else {
              applied += expected.length;
              const found = index.deletesFor(file);
              expect(new Set(found)).toEqual(new Set(expected));
              expect(found.length).toBe(expected.length);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(broken).toBeGreaterThan(20);
    expect(applied).toBeGreaterThan(100);
  });

  test("metrics never leave out an equality delete that deletes a row (P31, SCN-063)", () => {
    let skipped = 0;
    const { fields, row, known } = columnsOf();
    const rows = fc.array(row, { minLength: 1, maxLength: 4 });
    const ids = fc.subarray([1, 2, 3, 4], { minLength: 1 });
    fc.assert(
      fc.property(
        rows,
        rows,
        ids,
        known,
        known,
        (deleted, held, equalityIds, knownOfDeletes, knownOfData) => {
          const deletes = equalityDeletes({
            specId: 0,
            partition: [],
            equalityIds,
            ...rowMetrics(fields, deleted, knownOfDeletes),
          });
          const file = data({ specId: 0, partition: [], ...rowMetrics(fields, held, knownOfData) });
          const names = fields.filter(({ id }) => equalityIds.includes(id)).map(({ name }) => name);
          const matches = (a: Row, b: Row) =>
            names.every((name) => Object.is(a[name], b[name]) || a[name] === b[name]);
          const isEffective = held.some((one) => deleted.some((other) => matches(one, other)));
          const found = new DeleteFileIndex([deletes], {
            specs: specs.slice(0, 1),
            schema: columnsOf().schema,
          }).deletesFor(file);
          if (isEffective) expect(found.length).toBe(1);
          else if (found.length === 0) skipped++;
        },
      ),
      { numRuns: 1500 },
    );
    expect(skipped).toBeGreaterThan(20);
  });
});
