import { describe, expect, test } from "vitest";
import {
  closest,
  mentions,
  namesFlag,
  parseInvocation,
  splitVerb,
  wholeNumberFlag,
} from "../../../src/cli/arguments.ts";
import { UsageError, type Verb } from "../../../src/cli/verb.ts";

const verb: Verb = {
  name: "scan",
  summary: "for tests",
  operands: "TABLE",
  operandCount: { min: 1, max: 1 },
  flags: {
    select: { kind: "text", placeholder: "a,b", help: "" },
    limit: { kind: "text", placeholder: "N", help: "" },
    count: { kind: "switch", help: "" },
  },
  examples: [],
  run: async () => undefined,
};

describe("splitVerb()", () => {
  test.each([
    [["scan", "t"], "scan", ["t"]],
    [["--json", "scan", "t"], "scan", ["--json", "t"]],
    [["--warehouse", "scan", "plan", "t"], "plan", ["--warehouse", "scan", "t"]],
    [["--warehouse=w", "plan"], "plan", ["--warehouse=w"]],
    [["--help"], undefined, ["--help"]],
    [["--", "scan"], undefined, ["--", "scan"]],
    [[], undefined, []],
  ])("%j has the verb %s", (argv, name, rest) => {
    expect(splitVerb(argv)).toStrictEqual({ verb: name, rest });
  });
});

describe("mentions()", () => {
  test("looks no further than --", () => {
    expect(mentions(["t", "-h"], "--help", "-h")).toBe(true);
    expect(mentions(["t", "--", "-h"], "--help", "-h")).toBe(false);
  });
});

describe("parseInvocation()", () => {
  test("hands out operands, values and switches", () => {
    const call = parseInvocation(verb, ["t", "--select", "a,b", "--count", "--json"]);
    expect(call.operands).toStrictEqual(["t"]);
    expect(call.text("select")).toBe("a,b");
    expect(call.text("limit")).toBeUndefined();
    expect([call.has("count"), call.has("json"), call.has("verbose")]).toStrictEqual([true, true, false]);
  });

  test.each([
    [["t", "--cuont"], "Unknown option '--cuont'; did you mean --count?"],
    [["t", "--xyzzy"], "Unknown option '--xyzzy'"],
    [["t", "--select"], "Option '--select <value>' argument missing"],
    [["t", "--count=3"], "Option '--count' does not take an argument"],
    [[], "scan needs TABLE"],
    [["t", "u"], 'scan takes TABLE only, found also "u"'],
  ])("refuses %j as wrong usage", (argv, message) => {
    expect(() => parseInvocation(verb, argv)).toThrowError(new UsageError(message));
  });
});

describe("wholeNumberFlag()", () => {
  test.each(["-1", "1.5", "ten", "", "1e3", "99999999999999999"])("refuses %j", (value) => {
    const call = parseInvocation(verb, ["t", `--limit=${value}`]);
    expect(() => wholeNumberFlag(call, "limit")).toThrowError(/^--limit takes a whole number/);
  });

  test("takes 0 and more", () => {
    expect(wholeNumberFlag(parseInvocation(verb, ["t", "--limit", "0"]), "limit")).toBe(0);
    expect(wholeNumberFlag(parseInvocation(verb, ["t", "--limit", "12"]), "limit")).toBe(12);
    expect(wholeNumberFlag(parseInvocation(verb, ["t"]), "limit")).toBeUndefined();
  });
});

describe("namesFlag()", () => {
  test.each([
    ["a", ["a"]],
    ["a, b ,c", ["a", "b", "c"]],
    ['"a,b",c', ["a,b", "c"]],
    ['"say ""hi""", plain.name', ['say "hi"', "plain.name"]],
  ])("reads %j", (value, names) => {
    expect(namesFlag(parseInvocation(verb, ["t", `--select=${value}`]), "select")).toStrictEqual(names);
  });

  test.each(["", "a,", ",a", "a,,b", '"a', 'a"b'])("refuses %j", (value) => {
    const call = parseInvocation(verb, ["t", `--select=${value}`]);
    expect(() => namesFlag(call, "select")).toThrowError(/^--select takes names separated by commas/);
  });
});

describe("closest()", () => {
  test("finds a word two edits away and none further", () => {
    expect(closest("scna", ["scan", "plan"])).toBe("scan");
    expect(closest("ingset", ["scan", "ingest"])).toBe("ingest");
    expect(closest("frobnicate", ["scan", "ingest"])).toBeUndefined();
    expect(closest("xy", ["h"])).toBeUndefined();
  });
});
