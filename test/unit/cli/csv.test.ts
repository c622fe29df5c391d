import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CsvParser, type CsvRecord } from "../../../src/cli/csv-parser.ts";

/** Parses a text that comes in pieces. */
function parse(pieces: readonly string[], delimiter = ","): readonly CsvRecord[] {
  const parser = new CsvParser(delimiter);
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()];
}

const texts = (records: readonly CsvRecord[]) => records.map(({ fields }) => fields.map(({ text }) => text));

describe("CsvParser", () => {
  test.each<readonly [string, readonly (readonly string[])[]]>([
    [
      "a,b\n1,2\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "a,b\r\n1,2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    ['"a,""b""\n c",d\n', [['a,"b"\n c', "d"]]],
    ['a,"b"\r\n', [["a", "b"]]],
    [",\n\n,,", [["", ""], [""], ["", "", ""]]],
    ['"",""\n', [["", ""]]],
    ["a\rb\n", [["a\rb"]]],
    ['"a\r\nb"\r\n', [["a\r\nb"]]],
    ["", []],
  ])("%j", (text, expected) => {
    const records = parse([text]);
    expect(texts(records)).toStrictEqual(expected);
    expect(records.every(({ fault }) => fault === undefined)).toBe(true);
  });

  test("tells quoted fields from others", () => {
    expect(parse(['"",,""""'])[0]!.fields).toStrictEqual([
      { text: "", quoted: true },
      { text: "", quoted: false },
      { text: '"', quoted: true },
    ]);
  });

  test.each([
    ['a,b"c,d\n1,2\n', "a quote inside a field without quotes", 'a,b"c,d'],
    ['"a"b,c\r\n1,2\n', "text after a closing quote", '"a"b,c'],
    ['"a" ,c\n1,2\n', "text after a closing quote", '"a" ,c'],
  ])("%j is a fault that ends with its line", (text, fault, source) => {
    const [bad, good] = parse([text]);
    expect([bad!.fault, bad!.source]).toStrictEqual([fault, source]);
    expect(texts([good!])).toStrictEqual([["1", "2"]]);
  });

  test("a quote that is not closed takes the rest", () => {
    const [, bad, ...more] = parse(['a\n"b\nc\n']);
    expect([bad!.fault, bad!.source, more]).toStrictEqual(["a quote is not closed", '"b\nc\n', []]);
  });

  test("a record without end is given up, and the text after it is read again", () => {
    const huge = `"${"x".repeat(1 << 24)}`;
    const records = parse([huge, "y\n", "1,2\n"]);
    expect(records[0]!.fault).toMatch(/is a quote not closed\?/);
    expect(records[0]!.source).toHaveLength(1000);
    expect(texts(records.slice(-1))).toStrictEqual([["1", "2"]]);
  });

  const field = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.string({ maxLength: 6, unit: fc.constantFrom('"', ",", ";", "\n", "\r", "a", " ") }),
  );
  const rows = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 6 });
  const quote = (text: string, delimiter: string) =>
    /["\n\r]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;

  test("reads back what was written, however it is cut and whatever ends the lines", () => {
    fc.assert(
      fc.property(
        rows,
        fc.constantFrom(",", ";", "\t"),
        fc.constantFrom("\n", "\r\n"),
        fc.boolean(),
        fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
        (written, delimiter, lineEnd, closed, cuts) => {
          let text = written
            .map((row) => row.map((cell) => quote(cell, delimiter)).join(delimiter))
            .join(lineEnd);
          if (closed || text === "" || written.at(-1)?.join("") === "")
            text += written.length > 0 ? lineEnd : "";
          const pieces: string[] = [];
          for (let at = 0; at < text.length; ) {
            const { value } = cuts.next();
            pieces.push(text.slice(at, at + (value as number)));
            at += value as number;
          }
          expect(texts(parse(pieces, delimiter))).toStrictEqual(written);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("any text gives the same records however it is cut", () => {
    const text = fc.string({ maxLength: 60, unit: fc.constantFrom('"', ",", "\n", "\r", "a", "b") });
    fc.assert(
      fc.property(text, fc.nat(60), fc.nat(60), (all, one, two) => {
        const [first, second] = [Math.min(one, two), Math.max(one, two)];
        const pieces = [all.slice(0, first), all.slice(first, second), all.slice(second)];
        expect(parse(pieces)).toStrictEqual(parse([all]));
      }),
      { numRuns: 500 },
    );
  });
});
