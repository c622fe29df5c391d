import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../../../src/base/index.ts";
import { fileCatalog, openTable } from "../../../src/node.ts";
import { bucket, truncate } from "../../../src/partitioning/index.ts";
import { defineSchema, optional, required, type Schema, t } from "../../../src/schema/index.ts";
import type { CreateTableOptions } from "../../../src/table/index.ts";
import { icewright, inFolder, makeFolder, type Outcome, removeFolder } from "./harness.ts";

function document(text: string): JsonObject {
  const json = parseJson(text);
  if (!isJsonObject(json)) throw new Error("not an object");
  return json;
}

function lines(text: string): readonly Json[] {
  return text === ""
    ? []
    : text
        .trimEnd()
        .split("\n")
        .map((line) => parseJson(line));
}

/** A folder with a table `ns.t`. */
async function withTable<T>(
  schema: Schema,
  body: (cwd: string, run: (...argv: string[]) => Promise<Outcome>) => Promise<T>,
  options: CreateTableOptions = {},
): Promise<T> {
  return await inFolder(async (cwd) => {
    const catalog = fileCatalog(join(cwd, "warehouse"));
    await catalog.ensureNamespace("ns");
    await catalog.createTable("ns.t", schema, { formatVersion: 3, ...options });
    return await body(cwd, async (...argv) => await icewright(argv, { cwd }));
  });
}

async function rowsOf(cwd: string): Promise<readonly Json[]> {
  const { stdout } = await icewright(["scan", "ns.t", "--json"], { cwd });
  return lines(stdout);
}

async function dataFiles(cwd: string): Promise<number> {
  const entries = await readdir(join(cwd, "warehouse/ns/t/data"), { recursive: true }).catch(() => []);
  return entries.filter((name) => name.endsWith(".parquet")).length;
}

const all = defineSchema({
  i: required(t.long()),
  n: optional(t.int()),
  b: optional(t.boolean()),
  f: optional(t.float()),
  d: optional(t.double()),
  m: optional(t.decimal(38, 18)),
  day: optional(t.date()),
  time: optional(t.time()),
  ts: optional(t.timestamp()),
  tz: optional(t.timestamptz()),
  ns: optional(t.timestampNs()),
  s: optional(t.string()),
  u: optional(t.uuid()),
  fix: optional(t.fixed(2)),
  bin: optional(t.binary()),
  st: optional(t.struct({ m: optional(t.decimal(9, 2)), l: optional(t.list(t.double())) })),
  mp: optional(t.map(t.string(), t.binary(), { required: false })),
  mi: optional(t.map(t.int(), t.long())),
});

/** A row of every type as `scan --json` prints it, spelled so that any detour through floats shows. */
const FULL =
  '{"i":9223372036854775807,"n":-2147483648,"b":true,"f":1.5,"d":"-Infinity","m":"12345678901234567890.123456789012345678",' +
  '"day":"1969-12-31","time":"23:59:59.999999","ts":"2025-10-01T00:00:00.000001","tz":"1969-12-31T23:59:59.999999Z",' +
  '"ns":"2025-10-01T00:00:00.000000001","s":"\\u001b[31m\\"","u":"f79c3e09-677c-4bbd-a479-3f349cb785e7","fix":"00ff",' +
  '"bin":"","st":{"m":"1.50","l":[1.0,"NaN"]},"mp":[["a","ff"],["b",null]],"mi":[[1,9007199254740993]]}';
const EMPTY = `{"i":-9223372036854775808${Object.keys(parseJson(FULL) as object)
  .slice(1)
  .map((name) => `,"${name}":null`)
  .join("")}}`;

describe("append of JSON Lines", () => {
  test("takes what scan --json prints, every type exact, in one commit", async () => {
    await withTable(
      all,
      async (cwd, run) => {
        await writeFile(join(cwd, "a.jsonl"), `${FULL}\n\n  \r\n${EMPTY}\n`);
        await writeFile(join(cwd, "b.ndjson.gz"), gzipSync('{"i":1}\r\n{"i":2}'));
        const { status, stdout, stderr } = await run("append", "ns.t", "a.jsonl", "b.ndjson.gz", "--json");
        expect([status, stderr]).toStrictEqual([0, `appending to ns.t in ${join(cwd, "warehouse")}\n`]);
        expect(document(stdout)).toMatchObject({
          table: "ns.t",
          rows: 4,
          skipped_rows: 0,
          bad_rows_file: null,
          files: [{ rows: 2 }, { rows: 2 }],
        });
        const scanned = await run("scan", "ns.t", "--json");
        expect(scanned.stdout.split("\n").slice(0, 2)).toStrictEqual([FULL, EMPTY]);
        expect((await openTable(join(cwd, "warehouse/ns/t"))).metadata.snapshots).toHaveLength(1);
      },
      { formatVersion: 3 },
    );
  });

  test("decimals keep every digit of a number", async () => {
    await withTable(defineSchema({ m: optional(t.decimal(38, 20)) }), async (cwd, run) => {
      const digits = ["0.10000000000000000555", "123456789012345678", "-1.5e3", "0"];
      await writeFile(join(cwd, "a.jsonl"), digits.map((number) => `{"m":${number}}`).join("\n"));
      expect((await run("append", "ns.t", "a.jsonl")).status).toBe(0);
      expect((await rowsOf(cwd)).map((row) => (row as JsonObject).m)).toStrictEqual([
        "0.10000000000000000555",
        "123456789012345678.00000000000000000000",
        "-1500.00000000000000000000",
        "0.00000000000000000000",
      ]);
    });
  });

  const small = defineSchema({ id: required(t.long()), n: optional(t.int()), at: optional(t.timestamptz()) });
  const bad: readonly (readonly [line: string, row: number, message: string | RegExp])[] = [
    ['{"id":"5"}', 3, 'Cannot write "5" to column "id"'],
    ['{"id":1.5}', 3, 'Cannot write 1.5 to column "id"'],
    ['{"id":9223372036854775808}', 3, 'Cannot write 9223372036854775808n to column "id"'],
    ['{"n":1}', 3, 'column "id": it is required'],
    ['{"id":null}', 3, 'column "id": it is required'],
    ['{"id":1,"n":2147483648}', 3, 'Cannot write 2147483648 to column "n"'],
    ['{"id":1,"extra":"\u001b"}', 3, "row 3: "],
    ['{"id":1,"other":2}', 3, 'column "other"'],
    ['{"id":1,"at":1759276800000}', 3, 'Cannot write 1759276800000 to column "at"'],
    ['{"id":1,"at":1759276800000000000}', 3, 'to column "at"'],
    ['{"id":1,"at":"2025-10-01T00:00:00"}', 3, 'to column "at"'],
    ["{", 3, "Cannot parse the line"],
    ["[]", 3, "the line holds an array, not an object"],
    ["null", 3, "the line holds null, not an object"],
    ['{"id":1}x', 3, "text after the end"],
  ];
  test.each(bad)("%s is told by row, column and value, and writes nothing", async (line, row, message) => {
    await withTable(small, async (cwd, run) => {
      await writeFile(join(cwd, "a.jsonl"), `{"id":1}\n\n{"id":2}\n${line}\n{"id":"later"}\n`);
      const { status, stdout, stderr } = await run("append", "ns.t", "a.jsonl");
      expect([status, stdout]).toStrictEqual([1, ""]);
      expect(stderr).toContain(`Cannot append a.jsonl: row ${row}: `);
      expect(stderr).toMatch(message);
      expect(stderr).toContain("[invalid-row]\nhint: nothing was written; --skip-bad-rows FILE");
      expect(stderr).not.toContain("\u001b");
      expect(await dataFiles(cwd)).toBe(0);
    });
  });

  test("a line that is not UTF-8 is a bad row", async () => {
    await withTable(defineSchema({ s: optional(t.string()) }), async (cwd, run) => {
      await writeFile(join(cwd, "a.jsonl"), Buffer.from('{"s":"\xff"}\n{"s":"ü"}\n', "latin1"));
      expect((await run("append", "ns.t", "a.jsonl")).stderr).toContain("row 1: the line is not UTF-8");
    });
  });

  test("the row is told in its own file, and in a batch that begins later", async () => {
    await withTable(small, async (cwd, run) => {
      const many = Array.from({ length: 60_000 }, (_, id) => `{"id":${id},"n":1}`).join("\n");
      await writeFile(join(cwd, "a.jsonl"), many);
      await writeFile(join(cwd, "b.jsonl"), `${many}\n{"id":1,"n":"x"}`);
      const { stderr } = await run("append", "ns.t", "a.jsonl", "b.jsonl");
      expect(stderr).toContain('Cannot append b.jsonl: row 60001: Cannot write "x" to column "n"');
      expect(await dataFiles(cwd)).toBe(0);
    });
  });

  test("--skip-bad-rows puts bad rows aside and writes the others", async () => {
    await withTable(small, async (cwd, run) => {
      await writeFile(
        join(cwd, "a.jsonl"),
        ['{"id":1}', ...bad.map(([line]) => line), '{"id":2}'].join("\n"),
      );
      const { status, stdout } = await run("append", "ns.t", "a.jsonl", "--skip-bad-rows", "bad.jsonl");
      expect(status).toBe(0);
      expect(stdout).toContain("written   2 rows in 1 data file");
      expect(stdout).toContain(`skipped   ${bad.length} bad, now in ${join(cwd, "bad.jsonl")}`);
      const skipped = lines(await readFile(join(cwd, "bad.jsonl"), "utf8")) as readonly JsonObject[];
      expect(skipped.map(({ record }) => record)).toStrictEqual(bad.map(([line]) => line));
      expect(skipped.map(({ row }) => row)).toStrictEqual(bad.map((_, at) => at + 2));
      expect(skipped[0]).toStrictEqual({
        file: "a.jsonl",
        row: 2,
        column: "id",
        value: "5",
        error: expect.stringContaining('Cannot write "5" to column "id"') as string,
        record: '{"id":"5"}',
      });
      expect(skipped[2]).toMatchObject({ value: 9223372036854775808n });
      expect(skipped.at(-1)).toMatchObject({ column: null, value: null });
      const again = await run("append", "ns.t", "a.jsonl", "--skip-bad-rows", "bad.jsonl");
      expect([again.status, again.stderr]).toStrictEqual([1, expect.stringContaining("[already-exists]")]);
      expect(await rowsOf(cwd)).toHaveLength(2);
    });
  });

  test("--skip-bad-rows without bad rows makes no file; with nothing else it fails", async () => {
    await withTable(small, async (cwd, run) => {
      await writeFile(join(cwd, "good.jsonl"), '{"id":1}\n');
      await writeFile(join(cwd, "bad.jsonl"), '{"id":"x"}\n{}\n');
      const good = await run("append", "ns.t", "good.jsonl", "--skip-bad-rows", "out", "--json");
      expect(document(good.stdout)).toMatchObject({ rows: 1, skipped_rows: 0, bad_rows_file: null });
      await expect(readFile(join(cwd, "out"))).rejects.toThrow("ENOENT");
      const bad = await run("append", "ns.t", "bad.jsonl", "--skip-bad-rows", "out");
      expect([bad.status, bad.stderr]).toStrictEqual([1, expect.stringContaining("all 2 rows are bad")]);
      expect(lines(await readFile(join(cwd, "out"), "utf8"))).toHaveLength(2);
    });
  });

  test("a partition value that cannot be is a bad row too", async () => {
    const schema = defineSchema({ id: required(t.int()) });
    await withTable(
      schema,
      async (cwd, run) => {
        await writeFile(join(cwd, "a.jsonl"), '{"id":5}\n{"id":-2147483648}\n');
        const { stderr } = await run("append", "ns.t", "a.jsonl");
        expect(stderr).toContain("Cannot append a.jsonl: row 2: Cannot truncate -2147483648");
        const skipped = await run("append", "ns.t", "a.jsonl", "--skip-bad-rows", "out", "--json");
        expect(document(skipped.stdout)).toMatchObject({ rows: 1, skipped_rows: 1 });
      },
      { partitionSpec: [truncate(10, "id")] },
    );
  });

  test("--ignore-unknown leaves columns out", async () => {
    await withTable(small, async (cwd, run) => {
      await writeFile(join(cwd, "a.jsonl"), '{"id":1,"more":[1],"__proto__":2}\n');
      expect((await run("append", "ns.t", "a.jsonl", "--ignore-unknown")).status).toBe(0);
      expect(await rowsOf(cwd)).toStrictEqual([{ id: 1, n: null, at: null }]);
    });
  });

  test("tells partitions, and how far it is on a terminal", async () => {
    await withTable(
      small,
      async (cwd) => {
        await writeFile(join(cwd, "a.jsonl"), '{"id":1}\n{"id":2}\n');
        const { stdout, stderr } = await icewright(["append", "ns.t", "a.jsonl"], { cwd, errorColumns: 80 });
        expect(stdout).toMatch(/\npartitions\n {2}id_bucket=\d+ +\d rows? in 1 file/);
        expect(stderr).toContain("\r\x1b[2Kappending to ns.t  ");
        expect(stderr).toContain("100 %  2 rows");
      },
      { partitionSpec: [bucket(4, "id")] },
    );
  });

  test.each([
    [["append", "ns.t"], 2, "append needs TABLE FILE..."],
    [["append", "ns.t", "a.txt"], 1, "its ending does not say what it holds"],
    [["append", "ns.t", "a.parquet.gz"], 1, "its ending does not say what it holds"],
    [["append", "ns.t", "none.jsonl"], 1, "[no-such-file]"],
    [["append", "ns.none", "a.jsonl"], 1, "[no-such-table]"],
    [["append", "warehouse/ns/t", "a.jsonl"], 1, "only a catalog commits"],
    [["append", "ns.t", "a.jsonl", "--format", "xml"], 2, "--format takes jsonl, csv, tsv, parquet, arrow"],
    [["append", "ns.t", "a.jsonl", "--delimiter", '"'], 2, "--delimiter takes one character"],
    [["append", "ns.t", "a.jsonl", "--delimiter", "ab"], 2, "--delimiter takes one character"],
    [["append", "ns.t", "empty.jsonl"], 1, "there are no rows; nothing was written"],
    [["append", "ns.t", "cut.jsonl.gz"], 1, "[corrupt-file]"],
    [["append", "ns.t", "folder.jsonl"], 1, "[io-failed]"],
  ])("%j fails", async (argv, expected, message) => {
    await withTable(small, async (cwd, run) => {
      await writeFile(join(cwd, "a.jsonl"), '{"id":1}\n');
      await writeFile(join(cwd, "empty.jsonl"), "\n \n");
      await writeFile(join(cwd, "cut.jsonl.gz"), gzipSync('{"id":1}\n'.repeat(100)).subarray(0, 30));
      await (await import("node:fs/promises")).mkdir(join(cwd, "folder.jsonl"));
      const { status, stderr } = await run(...argv);
      expect([status, stderr]).toStrictEqual([expected, expect.stringContaining(message)]);
      expect(await dataFiles(cwd)).toBe(0);
    });
  });

  test("--format says what the ending does not", async () => {
    await withTable(small, async (cwd, run) => {
      await writeFile(join(cwd, "rows.txt"), '{"id":1}\n');
      expect((await run("append", "ns.t", "rows.txt", "--format", "jsonl")).status).toBe(0);
      expect(await rowsOf(cwd)).toHaveLength(1);
    });
  });
});

describe("append of CSV", () => {
  const text = (row: JsonObject) =>
    Object.values(row)
      .map((value) => {
        if (value === null || value === undefined) return "";
        const cell = typeof value === "object" ? JSON.stringify(value) : String(value);
        return `"${cell.replaceAll('"', '""')}"`;
      })
      .join(",");

  test("every type by the table's columns, in any order", async () => {
    await withTable(
      all,
      async (cwd, run) => {
        const header = Object.keys(parseJson(FULL) as object);
        const cells = [
          ...["9223372036854775807", "-2147483648", "TRUE", "1.5", "-inf"],
          ...["12345678901234567890.123456789012345678", "1969-12-31", "23:59:59.999999"],
          ...["2025-10-01 00:00:00.000001", "1969-12-31T23:59:59.999999Z", "2025-10-01T00:00:00.000000001"],
          ...['"\u001b[31m"""', "F79C3E09-677C-4BBD-A479-3F349CB785E7", "00FF", '""'],
          ...['"{""m"":1.50,""l"":[1,""NaN""]}"', '"{""a"":""ff"",""b"":null}"', '"[[1,9007199254740993]]"'],
        ];
        const order = header.map((_, at) => at).reverse();
        const pick = (from: readonly string[]) => order.map((at) => from[at]).join(",");
        await writeFile(join(cwd, "a.csv"), `\ufeff${pick(header)}\r\n${pick(cells)}\r\n\r\n`);
        expect((await run("append", "ns.t", "a.csv")).stderr).not.toContain("error");
        const scanned = await run("scan", "ns.t", "--json");
        expect(scanned.stdout).toBe(`${FULL}\n`);
      },
      { formatVersion: 3 },
    );
  });

  const small = defineSchema({ id: required(t.long()), s: optional(t.string()), d: optional(t.double()) });

  test("an empty field is null, a quoted one empty text; --null chooses another word", async () => {
    await withTable(small, async (cwd, run) => {
      await writeFile(join(cwd, "a.csv"), 'id,s,d\n1,,\n2,"",1\n3,NA,2');
      expect((await run("append", "ns.t", "a.csv")).status).toBe(0);
      await writeFile(join(cwd, "b.tsv"), 'id\ts\td\n4\tNA\tNA\n5\t\t3\n6\t"NA"\t-0\n');
      expect((await run("append", "ns.t", "b.tsv", "--null", "NA")).status).toBe(0);
      const rows = (await rowsOf(cwd)) as readonly JsonObject[];
      expect([...rows].sort((a, b) => Number(a.id) - Number(b.id)).map(({ s, d }) => [s, d])).toStrictEqual([
        [null, null],
        ["", 1],
        ["NA", 2],
        [null, null],
        ["", 3],
        ["NA", -0],
      ]);
    });
  });

  test("records across pieces of the file, gzip and another delimiter", async () => {
    await withTable(small, async (cwd, run) => {
      const many = Array.from({ length: 40_000 }, (_, id) => `${id};"a;\nb ""${id}""";${id}.5`);
      await writeFile(join(cwd, "a.csv.gz"), gzipSync(`id;s;d\n${many.join("\n")}`));
      const { stdout } = await run("append", "ns.t", "a.csv.gz", "--delimiter", ";", "--json");
      expect(document(stdout)).toMatchObject({ rows: 40_000 });
      const where = ["--where", "id = 39999", "--json"];
      expect(lines((await run("scan", "ns.t", ...where)).stdout)).toStrictEqual([
        { id: 39999, s: 'a;\nb "39999"', d: 39999.5 },
      ]);
    });
  });

  test.each([
    ["id,s\n1,a\nx,b", 'row 2: Cannot write "x" to column "id"'],
    ["id,s\n1,a\n1.0,b", 'row 2: Cannot write "1.0" to column "id"'],
    ["id,d\n1,1e999", 'row 1: Cannot write "1e999" to column "d"'],
    ["id,d\n1,0x10", 'row 1: Cannot write "0x10" to column "d"'],
    ["id,s\n,a", 'row 1: Cannot write column "id": it is required'],
    ["id,s\n1,a,b", "row 1: it has 3 fields, the header has 2"],
    ['id,s\n1,a"b\n2,c', "row 1: a quote inside a field without quotes"],
    ['id,s\n1,a\n2,"c', "row 2: a quote is not closed"],
    ["id,x\n1,a", 'it has column "x", but the table has id, s, d'],
    ["id,id\n1,1", 'it has column "id" twice'],
    ["s\na", 'it lacks the required column "id"'],
    ["", "it has no header row"],
    ["id,s\n", "there are no rows"],
  ])("%j is refused", async (csv, message) => {
    await withTable(small, async (cwd, run) => {
      await writeFile(join(cwd, "a.csv"), csv);
      const { status, stderr } = await run("append", "ns.t", "a.csv");
      expect([status, stderr]).toStrictEqual([1, expect.stringContaining(message)]);
      expect(await dataFiles(cwd)).toBe(0);
    });
  });

  test("--skip-bad-rows keeps the records as they stood; bytes that are no text end it", async () => {
    await withTable(small, async (cwd, run) => {
      await writeFile(join(cwd, "a.csv"), 'id,s\r\n1,a\r\nx,"b, c"\r\n2\r\n3,d"e\r\n4,f\r\n');
      const { stdout } = await run("append", "ns.t", "a.csv", "--skip-bad-rows", "bad.jsonl", "--json");
      expect(document(stdout)).toMatchObject({ rows: 2, skipped_rows: 3 });
      const skipped = lines(await readFile(join(cwd, "bad.jsonl"), "utf8")) as readonly JsonObject[];
      expect(skipped.map(({ row, record }) => [row, record])).toStrictEqual([
        [2, 'x,"b, c"'],
        [3, "2"],
        [4, '3,d"e'],
      ]);
      await writeFile(join(cwd, "b.csv"), Buffer.from("id,s\n1,\xff\n", "latin1"));
      expect((await run("append", "ns.t", "b.csv")).stderr).toContain("it is not UTF-8");
    });
  });

  test("--ignore-unknown leaves columns out", async () => {
    await withTable(small, async (cwd, run) => {
      await writeFile(join(cwd, "a.csv"), "x,id,y\n7,1,8\n");
      expect((await run("append", "ns.t", "a.csv", "--ignore-unknown")).status).toBe(0);
      expect(await rowsOf(cwd)).toStrictEqual([{ id: 1, s: null, d: null }]);
    });
  });

  test("rows that scan printed come back through CSV", async () => {
    await withTable(
      all,
      async (cwd, run) => {
        const row = parseJson(FULL) as JsonObject;
        const { st: _, mp: __, mi: ___, ...flat } = row;
        await writeFile(join(cwd, "a.csv"), `${Object.keys(flat).join(",")}\n${text(flat)}\n`);
        expect((await run("append", "ns.t", "a.csv")).status).toBe(0);
        expect((await rowsOf(cwd))[0]).toStrictEqual({ ...row, st: null, mp: null, mi: null });
      },
      { formatVersion: 3 },
    );
  });
});

describe("append of Parquet", () => {
  let cwd = "";
  let parquet = "";
  beforeAll(async () => {
    cwd = await makeFolder();
    const catalog = fileCatalog(join(cwd, "from"));
    await catalog.ensureNamespace("ns");
    // Other ids than the target's: only names may count.
    const columns = { first: optional(t.int()), ...columnsOf(all) };
    const table = await catalog.createTable("ns.t", defineSchema(columns), { formatVersion: 3 });
    const row = JSON.stringify({ first: 1 }).slice(0, -1);
    await writeFile(join(cwd, "a.jsonl"), `${row},${FULL.slice(1)}\n${EMPTY}\n`);
    const argv = ["append", "ns.t", "a.jsonl", "--warehouse", "from"];
    expect((await icewright(argv, { cwd })).status).toBe(0);
    const folder = join(table.location.replace("file://", ""), "data");
    parquet = join(folder, (await readdir(folder)).find((name) => name.endsWith(".parquet"))!);
  });
  afterAll(async () => {
    await removeFolder(cwd);
  });

  test("columns by name, every type exact, whatever the file's field ids", async () => {
    await withTable(
      all,
      async (folder, run) => {
        const { status, stderr } = await run("append", "ns.t", parquet, "--ignore-unknown");
        expect([status, stderr]).toStrictEqual([0, expect.stringContaining("appending to ns.t")]);
        const { stdout } = await icewright(["scan", "ns.t", "--json"], { cwd: folder });
        expect(stdout.trimEnd().split("\n")).toStrictEqual([FULL, EMPTY]);
      },
      { formatVersion: 3 },
    );
  });

  test.each<readonly [what: string, schema: Schema, message: string]>([
    ["an unknown column", all, 'it has column "first", but the table has i, n'],
    [
      "a column of another type",
      defineSchema({ s: optional(t.long()) }),
      "Cannot read column s as long: it is stored as BYTE_ARRAY",
    ],
    ["no required column", defineSchema({ none: required(t.int()) }), 'it lacks the required column "none"'],
    [
      "times without zone",
      defineSchema({ ts: optional(t.timestamptz()) }),
      "column ts holds times without time zone",
    ],
    [
      "times with zone",
      defineSchema({ tz: optional(t.timestamp()) }),
      "column tz holds times with time zone",
    ],
    ["a null where none may be", defineSchema({ s: required(t.string()) }), "row 2: Cannot write column"],
  ])("%s is refused", async (what, schema, message) => {
    await withTable(schema, async (folder, run) => {
      const flags = what === "an unknown column" ? [] : ["--ignore-unknown"];
      const { status, stderr } = await run("append", "ns.t", parquet, ...flags);
      expect([status, stderr]).toStrictEqual([1, expect.stringContaining(message)]);
      expect(await dataFiles(folder)).toBe(0);
    });
  });

  test("--skip-bad-rows keeps what was read of a record", async () => {
    await withTable(defineSchema({ s: required(t.string()), i: optional(t.long()) }), async (folder, run) => {
      const flags = ["--ignore-unknown", "--skip-bad-rows", "bad.jsonl", "--json"];
      expect(document((await run("append", "ns.t", parquet, ...flags)).stdout)).toMatchObject({
        skipped_rows: 1,
      });
      expect(lines(await readFile(join(folder, "bad.jsonl"), "utf8"))).toMatchObject([
        { row: 2, column: "s", value: null, record: { s: null, i: -9223372036854775808n } },
      ]);
    });
  });

  test("a file that is something else is corrupt", async () => {
    await withTable(all, async (folder, run) => {
      await writeFile(join(folder, "a.parquet"), "this is no Parquet file");
      expect((await run("append", "ns.t", "a.parquet")).stderr).toContain("[corrupt-file]");
    });
  });
});

function columnsOf(schema: Schema) {
  return Object.fromEntries(
    schema.fields.map(({ name, type, required: must }) => [name, must ? required(type) : optional(type)]),
  );
}
