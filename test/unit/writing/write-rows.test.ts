import { describe, expect, it } from "vitest";
import { IcebergError } from "../../../src/base/index.ts";
import { MemoryFileIO, systemRuntime } from "../../../src/io/index.ts";
import { newTableMetadata } from "../../../src/metadata/index.ts";
import { buildPartitionSpec, identity, month, truncate } from "../../../src/partitioning/index.ts";
import { defineSchema, optional, required, t } from "../../../src/schema/index.ts";
import { asc, buildSortOrder } from "../../../src/sorting/index.ts";
import { decodeValue } from "../../../src/values/index.ts";
import { locationProvider, writeRows } from "../../../src/writing/index.ts";

const schema = defineSchema({
  ts: required(t.timestamptz()),
  org: required(t.string()),
  run: optional(t.string()),
  amount: optional(t.decimal(9, 2)),
});

function target(properties: Record<string, string> = {}) {
  const io = new MemoryFileIO();
  const metadata = newTableMetadata({
    schema,
    spec: buildPartitionSpec(schema, [month("ts"), identity("org")]),
    sortOrder: buildSortOrder(schema, [asc("run")]),
    location: "memory://w/t",
    properties: new Map(Object.entries(properties)),
    uuid: "6a1f5c2e-0f3c-4b3c-9d39-3f8a5c0f8b11",
    nowMs: 1_700_000_000_000,
  });
  return { io, metadata, runtime: systemRuntime };
}

const row = (ts: string, org: string, run: string | null = null) => ({ ts, org, run });

describe("writeRows()", () => {
  it("routes every row to its own partition and names the folders (PRT-069, PRT-047, CMT-083)", async () => {
    const files = await writeRows(target(), [
      row("2025-09-30T23:59:59.999999Z", "a"),
      row("2025-10-01T00:00:00Z", "a"),
      row("2025-10-31T00:00:00Z", "b/c"),
      row("2025-10-05T00:00:00Z", "a"),
    ]);
    const found = files.map(({ filePath, partition, recordCount }) => [
      filePath.replace(/[^/]*$/, ""),
      partition,
      recordCount,
    ]);
    expect(found).toEqual([
      ["memory://w/t/data/ts_month=2025-09/org=a/", [668, "a"], 1],
      ["memory://w/t/data/ts_month=2025-10/org=a/", [669, "a"], 2],
      ["memory://w/t/data/ts_month=2025-10/org=b%2Fc/", [669, "b/c"], 1],
    ]);
  });

  it("sorts each file, claims the order id and keeps exact bounds (PRT-057)", async () => {
    const [file] = await writeRows(target(), [
      row("2025-10-01T00:00:00Z", "a", "r2"),
      row("2025-10-02T00:00:00Z", "a", null),
      row("2025-10-03T00:00:00Z", "a", "r1"),
    ]);
    expect(file!.sortOrderId).toBe(1);
    const text = (bytes: Uint8Array | undefined) => decodeValue({ kind: "string" }, bytes!);
    expect(text(file!.lowerBounds?.get(3))).toBe("r1");
    expect(text(file!.upperBounds?.get(3))).toBe("r2");
    expect(file!.nullValueCounts?.get(3)).toBe(1);
    expect(file!.valueCounts?.get(3)).toBe(3);
    expect(file!.splitOffsets).toEqual([4]);
  });

  it("takes batches from an async source and writes the largest partition when too many rows wait", async () => {
    async function* source() {
      for (let batch = 0; batch < 10; batch++) {
        yield Array.from({ length: 10 }, (_, at) => row("2025-10-01T00:00:00Z", at < 7 ? "big" : "small"));
      }
    }
    const progress: number[] = [];
    const files = await writeRows(target(), source(), {
      maxBufferedRows: 30,
      onProgress: ({ rows }) => progress.push(rows),
    });
    expect(files.length).toBeGreaterThan(2);
    expect(files.reduce((sum, file) => sum + file.recordCount, 0)).toBe(100);
    expect(progress.at(-1)).toBe(100);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it("rolls to a new file at the target size, in sort order across the files", async () => {
    const rows = Array.from({ length: 20_000 }, (_, at) =>
      row(
        "2025-10-01T00:00:00Z",
        "a",
        `run-${String((at * 7919) % 20_000).padStart(6, "0")}-${at.toString(36)}`,
      ),
    );
    const files = await writeRows(
      target({ "write.target-file-size-bytes": "60000", "write.parquet.compression-codec": "uncompressed" }),
      rows,
    );
    expect(files.length).toBeGreaterThan(2);
    const text = (bytes: Uint8Array | undefined) => String(decodeValue({ kind: "string" }, bytes!));
    for (let at = 1; at < files.length; at++) {
      expect(text(files[at]!.lowerBounds?.get(3)) > text(files[at - 1]!.lowerBounds?.get(3))).toBe(true);
    }
  });

  it.each([
    [{ org: "a" }, /"ts".*\(row 1\)/],
    [{ ts: "2025-10-01T00:00:00Z", org: "a", wrong: 1 }, /"wrong".*\(row 1\)/],
    [{ ts: "2025-10-01T00:00:00Z", org: 7 }, /"org".*\(row 1\)/],
    [{ ts: "yesterday", org: "a" }, /yesterday.*\(row 1\)/],
    [{ ts: "2025-10-01T00:00:00Z", org: "a", amount: "1.234" }, /1\.234.*"amount".*\(row 1\)/],
    [null, /null.*object \(row 1\)/],
    [["a"], /object \(row 1\)/],
  ])("names row, column and value of a bad row: %j", async (bad, message) => {
    const { io, ...rest } = target();
    const writing = writeRows({ io, ...rest }, [row("2025-10-01T00:00:00Z", "a"), bad as object], {
      maxBufferedRows: 0,
    });
    await expect(writing).rejects.toThrow(message);
    await expect(writing).rejects.toMatchObject({ code: "invalid-row", context: { row: 1 } });
    expect([...io.files.keys()], "nothing is left behind").toEqual([]);
  });

  it("names the row whose partition value cannot be represented (PRT-018)", async () => {
    const wide = defineSchema({ n: required(t.long()) });
    const metadata = newTableMetadata({
      schema: wide,
      spec: buildPartitionSpec(wide, [truncate(100, "n")]),
      location: "memory://w/t",
      uuid: "6a1f5c2e-0f3c-4b3c-9d39-3f8a5c0f8b11",
      nowMs: 0,
    });
    const writing = writeRows({ io: new MemoryFileIO(), metadata, runtime: systemRuntime }, [
      { n: 1 },
      { n: -(2n ** 63n) },
    ]);
    await expect(writing).rejects.toMatchObject({ code: "invalid-row", context: { row: 1 } });
  });

  it.each([-1, Number.NaN])(
    "refuses maxBufferedRows %d, with which it could not end",
    async (maxBufferedRows) => {
      const writing = writeRows(target(), [row("2025-10-01T00:00:00Z", "a")], { maxBufferedRows });
      await expect(writing).rejects.toMatchObject({
        code: "invalid-argument",
        message: expect.stringContaining(String(maxBufferedRows)),
      });
    },
  );

  it("names what is no source of rows", async () => {
    const one = row("2025-10-01T00:00:00Z", "a") as unknown as object[];
    await expect(writeRows(target(), one)).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringMatching(/array/),
    });
  });

  it("keeps nothing of partitions that are written: many small ones flow through", async () => {
    const seen: number[] = [];
    const files = await writeRows(
      target(),
      Array.from({ length: 60 }, (_, at) => row("2025-10-01T00:00:00Z", `org-${at >> 1}`)),
      { maxBufferedRows: 10, onProgress: ({ rows }) => seen.push(rows) },
    );
    expect(files).toHaveLength(30);
    expect(seen.at(-1)).toBe(60);
  });

  it("does not wait for a source that has nothing to say once it is aborted, and lets the source finish", async () => {
    const { io, ...rest } = target();
    const controller = new AbortController();
    let finished = false;
    async function* source() {
      try {
        yield row("2025-10-01T00:00:00Z", "a");
        controller.abort(new Error("enough"));
        yield row("2025-10-01T00:00:00Z", "a");
      } finally {
        finished = true;
      }
    }
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const options = { maxBufferedRows: 0, signal: controller.signal };
    const waiting = writeRows({ io, ...rest }, silent, options);
    await expect(writeRows({ io, ...rest }, source(), options)).rejects.toThrow("enough");
    await expect(waiting).rejects.toThrow("enough");
    expect(finished).toBe(true);
    expect([...io.files.keys()]).toEqual([]);
  });

  it("passes on what an async source throws, signal or not", async () => {
    async function* source() {
      yield row("2025-10-01T00:00:00Z", "a");
      throw new Error("the queue is gone");
    }
    for (const options of [{}, { signal: new AbortController().signal }]) {
      await expect(writeRows(target(), source(), options)).rejects.toThrow("the queue is gone");
    }
  });

  it("stops between files when aborted and removes what it wrote", async () => {
    const { io, ...rest } = target();
    const controller = new AbortController();
    function* source() {
      yield row("2025-10-01T00:00:00Z", "a");
      yield row("2025-10-01T00:00:00Z", "a");
      controller.abort(new Error("enough"));
      yield row("2025-10-01T00:00:00Z", "a");
    }
    const writing = writeRows({ io, ...rest }, source(), { maxBufferedRows: 0, signal: controller.signal });
    await expect(writing).rejects.toThrow("enough");
    expect([...io.files.keys()]).toEqual([]);
  });

  it.each([
    ["encryption.key-id", "k", /encrypt/],
    ["write.format.default", "orc", /parquet/],
    ["write.location-provider.impl", "com.example.Mine", /com\.example\.Mine/],
    ["write.parquet.compression-codec", "lzma", /lzma/],
    ["write.target-file-size-bytes", "0", /at least 1/],
    ["write.parquet.compression-level", "fast", /compression-level=fast.*whole number/],
    ["write.folder-storage.path", "memory://w/elsewhere", /write\.data\.path/],
    ["write.object-storage.path", "memory://w/elsewhere", /write\.data\.path/],
    ["write.parquet.compression-level", "1.5", /compression-level=1\.5.*whole number/],
  ])("refuses to write with %s=%s", async (key, value, message) => {
    await expect(writeRows(target({ [key]: value }), [row("2025-10-01T00:00:00Z", "a")])).rejects.toThrow(
      message,
    );
  });
});

describe("write.parquet.compression-level", () => {
  const write = async (codec: string, level: string) => {
    const asked = { "write.parquet.compression-codec": codec, "write.parquet.compression-level": level };
    return await writeRows(target(asked), [row("2025-10-01T00:00:00Z", "a")]);
  };

  it.each([
    ["gzip", "10", /level=10: it must be a whole number from 0 to 9 for gzip/],
    ["gzip", "-1", /level=-1: .* from 0 to 9/],
    ["brotli", "12", /level=12: .* from 0 to 11 for brotli/],
  ])("that %s does not have is a typed error: %s", async (codec, level, message) => {
    await expect(write(codec, level)).rejects.toThrow(message);
    await expect(write(codec, level)).rejects.toBeInstanceOf(IcebergError);
  });

  it.each([
    ["gzip", "0"],
    ["gzip", "9"],
    ["brotli", "11"],
    ["snappy", "77"],
  ])("is taken for %s at %s", async (codec, level) => {
    expect(await write(codec, level)).toHaveLength(1);
  });
});

describe("locationProvider()", () => {
  const place = (properties: Record<string, string>) => {
    const { metadata } = target(properties);
    return locationProvider(metadata)(metadata.partitionSpecs[0]!, [669, "a"], "test.parquet");
  };

  it("joins a relative write.data.path to the table location and takes an absolute one as it is (PRT-049, PRP-036)", () => {
    expect(place({ "write.data.path": "elsewhere/" })).toBe(
      "memory://w/t/elsewhere/ts_month=2025-10/org=a/test.parquet",
    );
    expect(place({ "write.data.path": "s3://b/x" })).toBe("s3://b/x/ts_month=2025-10/org=a/test.parquet");
  });

  it("hashes names into folders of 4, 4, 4 and 8 bits for object stores (PRT-050)", () => {
    expect(
      place({ "write.object-storage.enabled": "true", "write.object-storage.partitioned-paths": "false" }),
    ).toBe("memory://w/t/data/0110/1010/0011/11101000-test.parquet");
  });
});
