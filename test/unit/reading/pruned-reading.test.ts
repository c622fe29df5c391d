/** What reading skips inside a file, and that no row is lost by it: row groups, pages, columns and splits. @module */
import { beforeAll, describe, expect, it } from "vitest";
import { type ByteRange, concatBytes, type FileIO } from "../../../src/base/index.ts";
import type { LoadedTable } from "../../../src/catalog/index.ts";
import {
  DELETE_PATH_ID,
  DELETE_POSITION_ID,
  deletionVectorBlob,
  deletionVectorFile,
  PositionBitmap,
  writePuffin,
} from "../../../src/deletes/index.ts";
import {
  alwaysTrue,
  and,
  Catalog,
  defineSchema,
  type Expression,
  eq,
  gt,
  isIn,
  lt,
  MemoryCatalogClient,
  optional,
  or,
  required,
  type Table,
  t,
} from "../../../src/index.ts";
import type { DataFile } from "../../../src/manifests/index.ts";
import {
  createParquetEncoder,
  type HeldRow,
  type ParquetEncoderOptions,
  type ParquetFooter,
  readParquetFooter,
} from "../../../src/parquet/index.ts";
import { ScanReporter, scanFilter } from "../../../src/planning/index.ts";
import { DeleteLoader, readTask, Scan } from "../../../src/reading/index.ts";
import { type Field, Schema, simpleType } from "../../../src/schema/index.ts";

const GROUP = 100;
const PAGE = 10;
const ROWS = 5 * GROUP;
const NUMBER = 1;
const TRACE = 2;
const WIDE = 3;
const POSITION_FIELDS: readonly Field[] = [
  { id: DELETE_PATH_ID, name: "file_path", required: true, type: simpleType("string") },
  { id: DELETE_POSITION_ID, name: "pos", required: true, type: simpleType("long") },
];
const schema = defineSchema({
  number: required(t.long()),
  trace: required(t.string()),
  wide: optional(t.string()),
});

/** Scattered over all groups, so that bounds tell nothing: a group has the traces of its own remainder. */
const traceOf = (row: number) =>
  `t${String((row * 7919) % 1000).padStart(4, "0")}-${Math.floor(row / GROUP)}`;
const held = (width = 200): HeldRow[] =>
  Array.from({ length: ROWS }, (_, row) => ({
    number: BigInt(row),
    trace: traceOf(row),
    wide: `${row}:${"w".repeat(width)}`,
  }));

interface Setup {
  readonly table: LoadedTable;
  readonly file: DataFile;
  readonly footer: ParquetFooter;
  /** Byte ranges read of data files since the last `splice`. */
  readonly reads: { location: string; range: ByteRange | undefined }[];
}

async function write(
  table: Table,
  name: string,
  of: Schema,
  rows: readonly HeldRow[],
  facts: Partial<DataFile> = {},
  options: ParquetEncoderOptions = {},
): Promise<DataFile> {
  const encoder = createParquetEncoder(of, {
    rowGroupRows: GROUP,
    pageRows: PAGE,
    codec: "uncompressed",
    dictionarySizeBytes: 1,
    ...options,
  });
  encoder.appendRows(rows);
  const early = encoder.flush();
  const { chunks, metrics, recordCount, fileSizeInBytes, splitOffsets } = encoder.finish();
  const filePath = `${table.location}/data/${name}`;
  await table.io.create(filePath, concatBytes([...early, ...chunks]));
  const base = { content: "data", fileFormat: "parquet", specId: 0, partition: [] } as const;
  return { ...base, filePath, recordCount, fileSizeInBytes, splitOffsets, ...metrics, ...facts };
}

/** A table with one file of five row groups of ten pages, whose reads are recorded. */
async function setUp(
  options: ParquetEncoderOptions = {},
  deletesOf?: (table: Table, file: DataFile) => Promise<readonly DataFile[]>,
  formatVersion: 2 | 3 = 2,
  width = 200,
): Promise<Setup> {
  const client = new MemoryCatalogClient();
  const catalog = new Catalog(client);
  await catalog.ensureNamespace("ns");
  let table = (await catalog.createTable("ns.t", schema, { formatVersion })) as unknown as Table;
  const file = await write(table, "d.parquet", new Schema(table.schema.fields), held(width), {}, options);
  ({ table } = await table
    .newTransaction()
    .rowDelta({ addedData: [file] })
    .commit());
  const addedDeletes = await deletesOf?.(table, file);
  if (addedDeletes !== undefined) {
    ({ table } = await table
      .newTransaction()
      .rowDelta({ addedDeletes: [...addedDeletes] })
      .commit());
  }
  const footer = await readParquetFooter(table.io.open(file.filePath));
  const loaded = await client.loadTable(table.identifier);
  const reads: Setup["reads"] = [];
  return { table: { ...loaded, io: recording(loaded.io, reads) }, file, footer, reads };
}

function recording(io: FileIO, reads: Setup["reads"]): FileIO {
  return {
    open(location, size) {
      const input = io.open(location, size);
      return {
        location,
        size: (options) => input.size(options),
        read(range, options) {
          if (location.includes("/data/")) reads.push({ location, range });
          return input.read(range, options);
        },
      };
    },
    create: (...args) => io.create(...args),
    delete: (...args) => io.delete(...args),
  };
}

async function find({ table }: Setup, filter: Expression, select?: readonly string[]) {
  const scan = new Scan(table, { filter, ...(select && { select }) });
  const rows = (await scan.toArray()) as { number: bigint; _pos?: bigint }[];
  const skippedBy = (rule: string) =>
    scan.report.skipped
      .filter((skip) => skip.rule === rule)
      .map(({ rows, predicate }) => ({ rows, predicate }));
  return { rows, numbers: rows.map(({ number }) => Number(number)), metrics: scan.report.metrics, skippedBy };
}

describe("bloom filters", () => {
  const bloomFilters = new Map([[TRACE, { fpp: 0.0001 }]]);
  let setup: Setup;
  beforeAll(async () => {
    setup = await setUp({ bloomFilters });
  });

  it("leave out the row groups without the value, and only those (PAR-042)", async () => {
    for (const row of [3, 99, 100, 250, 498]) {
      const { numbers, skippedBy, metrics } = await find(setup, eq("trace", traceOf(row)));
      expect(numbers).toEqual([row]);
      const byBloom = skippedBy("bloom-filter").reduce((sum, { rows }) => sum + rows, 0);
      const byBounds = skippedBy("row-group-statistics").reduce((sum, { rows }) => sum + rows, 0);
      expect(byBloom).toBeGreaterThan(0);
      expect(byBloom + byBounds).toBe(ROWS - GROUP);
      expect(metrics.skippedRowGroups).toBe(4);
    }
  });

  it("of any of several values keep a group; one conjunct without a match drops it", async () => {
    const either = [traceOf(3), traceOf(203)];
    expect((await find(setup, isIn("trace", either))).numbers).toEqual([3, 203]);
    const [first, second] = either as [string, string];
    expect((await find(setup, or(eq("trace", first), eq("trace", second)))).numbers).toEqual([3, 203]);
    const neither = await find(setup, and(eq("trace", first), eq("trace", `${second}x`)));
    expect(neither.numbers).toEqual([]);
    expect(neither.metrics.readRecords).toBe(0);
    // An alternative that filters know nothing of keeps every group.
    const open = await find(setup, or(eq("trace", first), gt("number", 497n)));
    expect(open.numbers).toEqual([3, 498, 499]);
  });

  it("without them all groups within whose bounds the value lies are read", async () => {
    const { numbers, skippedBy, metrics } = await find(await setUp(), eq("trace", traceOf(250)));
    expect(numbers).toEqual([250]);
    expect(skippedBy("bloom-filter")).toEqual([]);
    expect(metrics.skippedRowGroups).toBeLessThan(4);
  });
});

describe("page indexes", () => {
  it("leave out the pages without the values, and tell how many rows (PAR-041)", async () => {
    const { numbers, metrics, skippedBy } = await find(await setUp(), isIn("number", [238n, 239n, 240n]));
    expect(numbers).toEqual([238, 239, 240]);
    expect(metrics.skippedRowGroups).toBe(4);
    expect(skippedBy("page-index").reduce((sum, { rows }) => sum + rows, 0)).toBe(GROUP - 2 * PAGE);
    expect(metrics.readRecords).toBeLessThanOrEqual(2 * PAGE);
  });

  it("bound every page on its own: a range reads its pages and `_pos` stays true (PAR-041, PAR-052)", async () => {
    const select = ["number", "_pos"];
    const { rows, metrics } = await find(await setUp(), and(gt("number", 194n), lt("number", 206n)), select);
    expect(rows).toEqual(
      Array.from({ length: 11 }, (_, at) => ({ number: BigInt(195 + at), _pos: BigInt(195 + at) })),
    );
    expect(metrics.readRecords).toBe(2 * PAGE);
  });
});

describe("two-phase reading", () => {
  it("reads one page of the other columns for one match, and nothing of groups without any", async () => {
    const setup = await setUp({}, undefined, 2, 10_000);
    setup.reads.length = 0;
    const { numbers, metrics } = await find(setup, eq("trace", traceOf(250)), ["number", "wide"]);
    expect(numbers).toEqual([250]);
    expect(metrics.readRecords).toBeLessThanOrEqual(PAGE);
    // The groups lie before the tail that comes with the footer: what is read of them is asked for.
    const bytes = new Map<number, number>();
    for (const group of setup.footer.rowGroups.slice(0, 4)) {
      const { start, compressedSize } = group.chunks.find(({ leaf }) => leaf.fieldId === WIDE)!;
      const overlaps = setup.reads.map(({ range }) =>
        Math.max(0, Math.min(range!.end, start + compressedSize) - Math.max(range!.start, start)),
      );
      const sum = overlaps.reduce((total, overlap) => total + overlap, 0);
      expect(compressedSize).toBeGreaterThan(1_000_000);
      bytes.set(group.index, sum);
    }
    expect([bytes.get(0), bytes.get(1), bytes.get(3)]).toEqual([0, 0, 0]);
    expect(bytes.get(2)).toBeGreaterThan(PAGE * 10_000);
    expect(bytes.get(2)).toBeLessThan(3 * PAGE * 10_000);
  });

  it("finds what one-phase reading finds, whether few, many or all rows match", async () => {
    const setup = await setUp();
    const all = held();
    for (const rows of [[], [0], [499], [0, 499], [99, 100], all.map((_, at) => at), [5, 6, 7, 250]]) {
      const traces = rows.length === 0 ? ["t0000-9"] : rows.map(traceOf);
      const { rows: found } = await find(setup, isIn("trace", traces), ["number", "wide", "_pos"]);
      expect(found).toEqual(
        rows.map((row) => ({ number: all[row]!.number, wide: all[row]!.wide, _pos: BigInt(row) })),
      );
    }
  });

  it.each([1, 200, 1000, 10_000])(
    "fetches no more than the whole file, whatever matches, with %d bytes a row",
    async (width) => {
      const setup = await setUp({}, undefined, 2, width);
      for (const rows of [[], [0], [499], [0, 250, 499], Array.from({ length: ROWS }, (_, at) => at)]) {
        const filter = isIn("trace", rows.length === 0 ? ["t0500-1"] : rows.map(traceOf));
        for (const select of [undefined, ["number"], ["wide"], ["number", "wide"]]) {
          setup.reads.length = 0;
          const { metrics } = await find(setup, filter, select);
          expect(metrics.returnedRecords).toBe(rows.length);
          const bytes = setup.reads.reduce((sum, { range }) => sum + range!.end - range!.start, 0);
          expect(bytes).toBeLessThanOrEqual(setup.file.fileSizeInBytes);
        }
      }
    },
  );

  it("asks once for the end of a small file and once for the rest, even where every row matches", async () => {
    const setup = await setUp({ rowGroupRows: ROWS, pageRows: 100 }, undefined, 2, 50);
    const { start } = setup.footer.rowGroups[0]!;
    expect(setup.file.fileSizeInBytes).toBeLessThan(64 * 1024);
    for (const rows of [[3], Array.from({ length: ROWS }, (_, at) => at)]) {
      setup.reads.length = 0;
      await find(setup, isIn("trace", rows.map(traceOf)));
      const [tail, rest] = setup.reads.map(({ range }) => range!);
      expect(setup.reads).toHaveLength(2);
      expect(rest).toEqual({ start, end: tail!.start });
    }
  });
});

/** The rows of every piece of the file, cut at given places. */
async function readSplits({ table, file }: Setup, cuts: readonly number[], filter?: Expression) {
  const scan = new Scan(table, { select: ["number", "_pos"], ...(filter && { filter }) });
  const { tasks } = await scan.plan();
  const bounds = [0, ...cuts, file.fileSizeInBytes];
  const input = {
    io: table.io,
    schema: scan.chosen.schema,
    filter: scanFilter(filter ?? alwaysTrue, scan.chosen.schema),
    fields: scan.fields,
    reporter: new ScanReporter(),
    deletes: new DeleteLoader({ io: table.io, schemas: table.metadata.schemas, specOf: () => undefined }),
  };
  const pieces: (readonly [number: number, position: number])[][] = [];
  for (const [at, start] of bounds.slice(0, -1).entries()) {
    const piece: (readonly [number, number])[] = [];
    const task = { ...tasks[0]!, start, length: bounds[at + 1]! - start };
    for await (const { rowCount, columns } of readTask(task, input)) {
      for (let row = 0; row < rowCount; row++)
        piece.push([Number(columns[0]![row]), Number(columns[1]![row])]);
    }
    pieces.push(piece);
  }
  return pieces;
}

describe("splits", () => {
  const gone = [0, 5, 99, 100, 201, 350, 499];
  const left = held()
    .map((_, row) => row)
    .filter((row) => !gone.includes(row));
  const byPositions = async (table: Table, file: DataFile) => [
    await write(
      table,
      "p.parquet",
      new Schema(POSITION_FIELDS),
      gone.map((row) => ({ file_path: file.filePath, pos: BigInt(row) })),
      { content: "position-deletes", referencedDataFile: file.filePath },
    ),
  ];
  const byVector = async (table: Table, file: DataFile) => {
    const blob = deletionVectorBlob(PositionBitmap.of(gone), file.filePath);
    const puffin = writePuffin({ blobs: [blob] });
    const filePath = `${table.location}/data/v.puffin`;
    await table.io.create(filePath, puffin.bytes);
    return [deletionVectorFile(puffin.blobs[0]!, puffin, { filePath, specId: 0, partition: [] })];
  };
  const byValue = async (table: Table) => {
    const only = new Schema([table.schema.fields[0]!]);
    const keys = gone.map((row) => ({ number: BigInt(row) }));
    return [
      await write(table, "e.parquet", only, keys, { content: "equality-deletes", equalityIds: [NUMBER] }),
    ];
  };

  it.each([
    ["position deletes", 2, byPositions],
    ["a deletion vector", 3, byVector],
    ["equality deletes", 2, byValue],
  ] as const)(
    "hold every row once, with its place, under %s (SCN-008, PAR-052)",
    async (_, version, deletesOf) => {
      const setup = await setUp({}, deletesOf, version);
      const { fileSizeInBytes: size } = setup.file;
      const offsets = setup.file.splitOffsets!;
      const cuttings = [
        [],
        offsets.slice(1),
        offsets.slice(1).map((offset) => offset + 1),
        offsets.slice(1).map((offset) => offset - 1),
        Array.from({ length: 40 }, (_, at) => Math.floor(((at + 1) * size) / 41)),
        [1, 2, 3, 4, size - 1],
        // Where a group's middle is the first byte of a piece.
        setup.footer.rowGroups.map(
          ({ start, chunks }) =>
            start + Math.floor(chunks.reduce((sum, chunk) => sum + chunk.compressedSize, 0) / 2),
        ),
      ];
      for (const cuts of cuttings) {
        const pieces = await readSplits(setup, cuts);
        const rows = pieces.flat();
        expect(rows.map(([number]) => number).toSorted((a, b) => a - b)).toEqual(left);
        for (const [number, position] of rows) expect(position).toBe(number);
      }
      const byGroup = await readSplits(setup, offsets.slice(1));
      expect(byGroup.map((piece) => piece.length)).toEqual([97, 99, 99, 99, 99]);
      const filtered = await readSplits(setup, offsets.slice(1), isIn("number", [99n, 101n, 350n, 498n]));
      expect(filtered.map((piece) => piece.map(([number]) => number))).toEqual([[], [101], [], [], [498]]);
    },
  );
});

describe("the delete cache", () => {
  /** Position deletes of two files of about `weight` bytes in the cache, and how often each file is read. */
  async function loads(
    cacheBytes: number,
    names = ["a.parquet", "b.parquet", "a.parquet", "b.parquet", "b.parquet"],
  ): Promise<readonly string[]> {
    const deletes = new Map<string, DataFile>();
    const setup = await setUp({}, async (table, file) => {
      for (const name of new Set(names)) {
        const rows = [{ file_path: file.filePath, pos: name === "a.parquet" ? 1n : 2n }];
        // Rows of other data files weigh, too.
        for (let other = 0; other < 50; other++) rows.push({ file_path: `zz-${10 + other}`, pos: 0n });
        const written = await write(table, name, new Schema(POSITION_FIELDS), rows, {
          content: "position-deletes",
        });
        deletes.set(name, written);
      }
      return [...deletes.values()];
    });
    const { io, metadata } = setup.table;
    const options = { io, schemas: metadata.schemas, specOf: () => undefined, cacheBytes };
    const loader = new DeleteLoader(options);
    const opened: string[] = [];
    for (const name of names) {
      setup.reads.length = 0;
      const { positions } = await loader.load(setup.file, [deletes.get(name)!]);
      expect([...Array(4).keys()].filter((at) => positions!.has(at))).toEqual([name === "a.parquet" ? 1 : 2]);
      if (setup.reads.length > 0) opened.push(name);
    }
    return opened;
  }

  it("keeps what fits", async () => {
    expect(await loads(1 << 20)).toEqual(["a.parquet", "b.parquet"]);
  });

  it("gives up what was used longest ago beyond its limit, and stays right", async () => {
    // Half of the limit is for positions; one file of 51 paths weighs some 11 kB.
    expect(await loads(30_000)).toEqual(["a.parquet", "b.parquet", "a.parquet", "b.parquet"]);
  });

  it("keeps what was used again, not what came last but one", async () => {
    const names = ["a.parquet", "b.parquet", "a.parquet", "c.parquet", "a.parquet", "b.parquet"];
    expect(await loads(52_000, names)).toEqual(["a.parquet", "b.parquet", "c.parquet", "b.parquet"]);
  });

  it("keeps nothing within no bytes", async () => {
    expect(await loads(0)).toHaveLength(5);
  });
});
