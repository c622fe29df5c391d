import { describe, expect, test } from "vitest";
import { displayWidth, harmless, PLAIN, pad, paintFor, shorten } from "../../../src/cli/terminal.ts";
import { renderTable, StreamedTable } from "../../../src/cli/terminal-table.ts";

describe("paintFor()", () => {
  test("colours terminals only, and never against NO_COLOR", () => {
    expect(paintFor(true, {}).bold("x")).toBe("\x1b[1mx\x1b[22m");
    expect(paintFor(true, { NO_COLOR: "" }).red("x")).toContain("\x1b[31m");
    expect(paintFor(true, { NO_COLOR: "1" }).bold("x")).toBe("x");
    expect(paintFor(true, { TERM: "dumb" }).bold("x")).toBe("x");
    expect(paintFor(false, {}).dim("x")).toBe("x");
  });
});

describe("harmless()", () => {
  test("shows what would steer a terminal", () => {
    expect(harmless("a\nb\tc\r")).toBe("a\\nb\\tc\\r");
    expect(harmless("\x1b[31mred\x07\x9b")).toBe("\\u001b[31mred\\u0007\\u009b");
    expect(harmless("a\u202eb\u2028")).toBe("a\\u202eb\\u2028");
    expect(harmless("naïve ☃ 日本")).toBe("naïve ☃ 日本");
  });
});

describe("displayWidth(), shorten() and pad()", () => {
  test("count wide characters twice and combining ones not at all", () => {
    expect(displayWidth("abc")).toBe(3);
    expect(displayWidth("日本")).toBe(4);
    expect(displayWidth("e\u0301")).toBe(1);
    expect(displayWidth("🚀!")).toBe(3);
    expect(displayWidth("\x1b[1mab\x1b[22m\u00e9")).toBe(3);
  });

  test("cut to a width and say so", () => {
    expect(shorten("abcdef", 6)).toBe("abcdef");
    expect(shorten("abcdefg", 6)).toBe("abcde…");
    expect(shorten("日本語", 4)).toBe("日…");
    expect(shorten("ab", 1)).toBe("…");
  });

  test("pad on the right, or on the left for numbers", () => {
    expect(pad("日", 4)).toBe("日  ");
    expect(pad("12", 4, true)).toBe("  12");
  });
});

describe("renderTable()", () => {
  const columns = [{ title: "name" }, { title: "n", numeric: true }];

  test("aligns, numbers to the right, null in words", () => {
    expect(
      renderTable(
        columns,
        [
          ["a", "1"],
          ["long one", "1234"],
          [null, null],
        ],
        { paint: PLAIN },
      ),
    ).toBe(
      ["name         n", "────────  ────", "a            1", "long one  1234", "null      null"].join("\n"),
    );
  });

  test("without rows shows the titles", () => {
    expect(renderTable(columns, [], { paint: PLAIN })).toBe("name  n\n────  ─");
  });

  test("cuts wide cells", () => {
    const lines = renderTable([{ title: "t" }], [["x".repeat(100)]], { paint: PLAIN, maxCell: 10 }).split(
      "\n",
    );
    expect(lines[2]).toBe(`${"x".repeat(9)}…`);
  });

  test("fits a terminal by narrowing the widest columns", () => {
    const text = renderTable([{ title: "a" }, { title: "b" }], [["x".repeat(30), "y".repeat(12)]], {
      paint: PLAIN,
      columns: 30,
    });
    for (const line of text.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(30);
    expect(text).toContain("y".repeat(12));
  });

  test("lines of wide characters and escapes keep within the terminal too", () => {
    const rows = [["日本語".repeat(20), "\x1b]0;title\x07".repeat(5)]];
    const text = renderTable([{ title: "a" }, { title: "b" }], rows, { paint: PLAIN, columns: 24 });
    for (const line of text.split("\n")) expect(displayWidth(line)).toBeLessThanOrEqual(24);
  });
});

describe("renderTable() in a narrow terminal", () => {
  const cells = [
    "2025-10-01T00:00:00Z",
    "9223372036854775807",
    "data/folder/one.parquet",
    "some words of text",
  ];
  const titles = [
    { title: "time", whole: true },
    { title: "id", numeric: true },
    { title: "file", keepsEnd: true, spare: true },
    { title: "text" },
  ];
  const shown = (columns: number) => renderTable(titles, [cells], { paint: PLAIN, columns }).split("\n");

  test("leaves out a spare column before it cuts others to less than they need, and says so", () => {
    const lines = shown(62);
    expect(lines[2]).toBe("2025-10-01T00:00:00Z  9223372036854775807  some words of text");
    expect(lines[3]).toBe("no room for: file");
  });

  test("cuts text but never a number, a time or an id", () => {
    const lines = shown(52);
    expect(lines[2]).toBe("2025-10-01T00:00:00Z  9223372036854775807  some wor…");
    expect(shown(44)[3]).toBe("no room for: file, text");
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(52);
  });

  test("cuts a path at its start", () => {
    const [, , row] = renderTable([{ title: "file", keepsEnd: true }], [["data/日本/one.parquet"]], {
      paint: PLAIN,
      columns: 12,
    }).split("\n");
    expect(row).toBe("…one.parquet");
  });

  test("the title of numbers gives way, the numbers do not", () => {
    const text = renderTable([{ title: "long title", numeric: true }, { title: "t" }], [["12", "abcdefgh"]], {
      paint: PLAIN,
      columns: 18,
    });
    expect(text.split("\n")).toStrictEqual(["long ti…  t", "────────  ────────", "      12  abcdefgh"]);
  });
});

describe("StreamedTable", () => {
  test("hides columns that a terminal has no room for, and names them", () => {
    const titles = ["one", "two", "three"].map((title) => ({ title }));
    const table = new StreamedTable(titles, { paint: PLAIN, columns: 20 });
    const text = table.add([["a".repeat(20), "b".repeat(20), "c".repeat(20)]]) + table.end();
    expect(table.hidden).toStrictEqual(["three"]);
    expect(text).not.toContain("ccc");
  });

  test("prints a first page, then rows as they come in the widths of that page", () => {
    const table = new StreamedTable([{ title: "t" }], { paint: PLAIN });
    expect(table.add([["ab"]])).toBe("");
    const page = table.add(Array.from({ length: 300 }, () => ["cd"]));
    expect(page.split("\n")).toHaveLength(304);
    expect(table.add([["efgh"]])).toBe("e…\n");
    expect(table.end()).toBe("");
  });
});
