/** The reporter's negative controls: what is not proven is not called proven. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startVitest } from "vitest/node";
import {
  type Area,
  idsIn,
  type Ledger,
  ledgerTable,
  makeLedger,
  missingMusts,
  readAreas,
  readReasons,
} from "./ledger.ts";
import { ConformanceReporter } from "./reporter.ts";

const must = (text: string) => ({ level: "MUST", versions: "all", section: "S", text }) as const;
const areas: readonly Area[] = [
  {
    name: "core",
    prefix: "AAA",
    enforced: true,
    requirements: {
      "AAA-001": must("one"),
      "AAA-002": must("two"),
      "AAA-003": { ...must("three"), level: "SHOULD" },
    },
  },
  { name: "more", prefix: "BBB", enforced: false, requirements: { "BBB-001": must("four") } },
];
const test = (title: string, assertions = 1, passed = true) => ({ title, file: "t.ts", passed, assertions });
const stateOf = (ledger: Ledger, id: string) =>
  ledger.areas.flatMap(({ lines }) => lines).find((line) => line.id === id)!.state;

describe("idsIn()", () => {
  it.each([
    ["one (AAA-001)", ["AAA-001"]],
    ["a range (AAA-009 to AAA-011), twice AAA-010", ["AAA-009", "AAA-010", "AAA-011"]],
    ["short forms (AAA-008, 010, BBB-001 to 003)", ["AAA-008", "AAA-010", "BBB-001", "BBB-002", "BBB-003"]],
    ["none: A-1, AAA-12, XAAA-001x", []],
  ])("%s", (title, ids) => expect(idsIn(title)).toEqual(ids));
});

describe("makeLedger()", () => {
  it("counts a test that passed and asserted, and no other", () => {
    expect(stateOf(makeLedger(areas, {}, [test("works (AAA-001)")]), "AAA-001")).toBe("tested");
    for (const weak of [
      test("works (AAA-001)", 0),
      test("works (AAA-001)", 3, false),
      test("works (AAA-0010)"),
    ])
      expect(stateOf(makeLedger(areas, {}, [weak]), "AAA-001"), JSON.stringify(weak)).toBe("missing");
  });

  it("a MUST of an enforced area is missing until it is tested or listed", () => {
    expect(missingMusts(makeLedger(areas, {}, []), true)).toEqual(["AAA-001", "AAA-002"]);
    expect(missingMusts(makeLedger(areas, {}, []), false)).toEqual(["BBB-001"]);
    const reasons = { "AAA-002": "no code of ours could do this, for a reason" };
    expect(missingMusts(makeLedger(areas, reasons, [test("AAA-001 works")]), true)).toEqual([]);
  });

  it("finds ids nobody knows, empty reasons, and reasons for what is tested", () => {
    const { faults } = makeLedger(
      areas,
      {
        "AAA-009": "because of all that there is",
        "AAA-001": "because of all that there is",
        "AAA-002": "no",
      },
      [test("AAA-001 works"), test("AAA-777 works"), test("CCC-001 is no prefix of ours")],
    );
    expect(faults.map((fault) => fault.match(/AAA-\d+/)![0]).toSorted()).toEqual([
      "AAA-001",
      "AAA-002",
      "AAA-009",
      "AAA-777",
    ]);
  });

  it("prints a line an area", () => {
    const lines = ledgerTable(makeLedger(areas, {}, [test("AAA-001 works", 7)])).split("\n");
    expect(lines[2]!.split(/ {2,}/)).toEqual(["core", "2", "1", "0", "1", "1", "0", "7"]);
    expect(lines[3]).toContain("more (not enforced)");
  });
});

describe("our own lists", () => {
  it("every reason is of a MUST or SHOULD that there is", () => {
    expect(makeLedger(readAreas(), readReasons(), []).faults).toEqual([]);
  });
});

describe("a run under the reporter", () => {
  let folder: string;
  const before = process.exitCode;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "icewright-conformance-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    process.exitCode = before;
  });

  it("counts matchers that ran, and fails for what only says expect() or only names the id", async () => {
    const printed: string[] = [];
    const vitest = await startVitest("test", [], {
      root: new URL("fixture", import.meta.url).pathname,
      config: false,
      watch: false,
      include: ["*.fixture.ts"],
      setupFiles: [new URL("assertions.ts", import.meta.url).pathname],
      reporters: [
        new ConformanceReporter({
          areas: fixtureAreas,
          reasons: {},
          folder,
          print: (text) => printed.push(text),
        }),
      ],
    });
    await vitest.close();
    const ledger = JSON.parse(readFileSync(join(folder, "ledger.json"), "utf8")) as Ledger;
    const counts = Object.fromEntries(ledger.areas[0]!.lines.map(({ id, assertions }) => [id, assertions]));
    expect(counts).toEqual({
      "AAA-001": 2,
      "AAA-002": 20,
      "AAA-003": 1,
      "AAA-004": 0,
      "AAA-005": 0,
      "AAA-006": 0,
    });
    expect(missingMusts(ledger, true)).toEqual(["AAA-004", "AAA-005", "AAA-006"]);
    expect(printed.join("\n")).toContain("3 MUSTs have neither test nor reason: AAA-004 AAA-005 AAA-006");
    expect(process.exitCode).toBe(1);
  });
});

const fixtureAreas: readonly Area[] = [
  {
    name: "fixture",
    prefix: "AAA",
    enforced: true,
    requirements: Object.fromEntries(
      [1, 2, 3, 4, 5, 6].map((number) => [`AAA-00${number}`, must("a fixture")]),
    ),
  },
];
