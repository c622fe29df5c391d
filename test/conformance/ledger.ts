/**
 * The conformance ledger: which requirements of `spec/requirements/` a run of the tests has proven, which are listed
 * as not testable with a reason, and which are missing.
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

/** One requirement, in our own words. */
export interface Requirement {
  readonly level: "MUST" | "SHOULD" | "MAY";
  /** Format versions: `all`, `v2+`, `v1-v3`, `v4d` (draft), `n/a`. */
  readonly versions: string;
  /** Section of the published specification or the document it rests on. */
  readonly section: string;
  readonly text: string;
}

/** One area: a file of `spec/requirements/`. */
export interface Area {
  readonly name: string;
  readonly prefix: string;
  /** Whether a MUST without test and reason fails `npm run conformance`. */
  readonly enforced: boolean;
  readonly requirements: Readonly<Record<string, Requirement>>;
}

/** A test that ran. */
export interface RanTest {
  readonly title: string;
  readonly file: string;
  readonly passed: boolean;
  /** Assertions that were evaluated while it ran. */
  readonly assertions: number;
}

/** What a run says of one requirement. */
export interface LedgerLine {
  readonly id: string;
  readonly level: Requirement["level"];
  readonly state: "tested" | "listed" | "missing";
  /** Passed tests that name it and evaluated an assertion. */
  readonly tests: readonly { readonly title: string; readonly file: string; readonly assertions: number }[];
  readonly assertions: number;
  readonly reason?: string;
}

/** The ledger of one area. */
export interface AreaLedger {
  readonly name: string;
  readonly prefix: string;
  readonly enforced: boolean;
  readonly lines: readonly LedgerLine[];
}

/** A finished ledger: areas, and what makes the run fail. */
export interface Ledger {
  readonly areas: readonly AreaLedger[];
  /** Ids that titles or the list of reasons name and no area knows, and reasons for what is tested anyway. */
  readonly faults: readonly string[];
}

const SPEC = new URL("../../spec/", import.meta.url);
const ID = /\b([A-Z]{3})-(\d{3}(?:(?: to |, )(?:\1-)?\d{3})*)\b/g;

/** The areas in the order in which their files ask to be read. */
export function readAreas(): readonly Area[] {
  const folder = new URL("requirements/", SPEC);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Area & { order: number })
    .toSorted((a, b) => a.order - b.order);
}

/** Requirement id -> why no test can prove it. */
export function readReasons(): Readonly<Record<string, string>> {
  const { reasons } = JSON.parse(readFileSync(new URL("not-tested.json", SPEC), "utf8")) as {
    readonly reasons: Readonly<Record<string, string>>;
  };
  return reasons;
}

/** The requirement ids that a title names; `PRT-018 to PRT-021` names four, `MAN-008, 010` two. */
export function idsIn(title: string): readonly string[] {
  const ids = new Set<string>();
  for (const [, prefix, numbers] of title.matchAll(ID))
    for (const part of numbers!.split(", ")) {
      const [first, last = first] = part.split(" to ").map((number) => Number(number.slice(-3)));
      for (let number = first!; number <= last!; number++)
        ids.add(`${prefix}-${String(number).padStart(3, "0")}`);
    }
  return [...ids];
}

/** Joins requirements, reasons and tests. A test counts when it passed and evaluated at least one assertion. */
export function makeLedger(
  areas: readonly Area[],
  reasons: Readonly<Record<string, string>>,
  tests: readonly RanTest[],
): Ledger {
  const naming = new Map<string, RanTest[]>();
  for (const test of tests)
    for (const id of idsIn(test.title)) {
      const found = naming.get(id);
      if (found) found.push(test);
      else naming.set(id, [test]);
    }
  const known = new Set(areas.flatMap(({ requirements }) => Object.keys(requirements)));
  const prefixes = new Set(areas.map(({ prefix }) => prefix));
  const faults: string[] = [];
  for (const [id, [test]] of naming)
    if (prefixes.has(id.slice(0, 3)) && !known.has(id))
      faults.push(`${test!.file}: "${test!.title}" names ${id}, which spec/requirements does not have`);
  for (const [id, reason] of Object.entries(reasons)) {
    if (!known.has(id))
      faults.push(`spec/not-tested.json names ${id}, which spec/requirements does not have`);
    if (reason.trim().length < 20) faults.push(`spec/not-tested.json gives no reason for ${id}`);
  }
  const ledgers = areas.map(({ name, prefix, enforced, requirements }) => ({
    name,
    prefix,
    enforced,
    lines: Object.entries(requirements).map(([id, { level }]) => {
      const proof = (naming.get(id) ?? []).filter(({ passed, assertions }) => passed && assertions > 0);
      const reason = reasons[id];
      if (proof.length > 0 && reason !== undefined)
        faults.push(`spec/not-tested.json lists ${id}, but "${proof[0]!.title}" tests it`);
      return {
        id,
        level,
        state:
          proof.length > 0
            ? ("tested" as const)
            : reason === undefined
              ? ("missing" as const)
              : ("listed" as const),
        tests: proof.map(({ title, file, assertions }) => ({ title, file, assertions })),
        assertions: proof.reduce((sum, { assertions }) => sum + assertions, 0),
        ...(reason !== undefined && { reason }),
      };
    }),
  }));
  return { areas: ledgers, faults };
}

/** The MUSTs without a test: those of enforced areas make a run fail. */
export function missingMusts(ledger: Ledger, enforced: boolean): readonly string[] {
  return ledger.areas
    .filter((area) => area.enforced === enforced)
    .flatMap(({ lines }) => lines)
    .filter(({ level, state }) => level === "MUST" && state === "missing")
    .map(({ id }) => id);
}

/** The ledger as a table of text, one line an area, MUSTs first. */
export function ledgerTable(ledger: Ledger): string {
  const head = ["area", "MUST", "tested", "listed", "missing", "SHOULD/MAY", "tested", "assertions"];
  const rows = ledger.areas.map(({ name, enforced, lines }) => {
    const musts = lines.filter(({ level }) => level === "MUST");
    const others = lines.filter(({ level }) => level !== "MUST");
    const count = (of: readonly LedgerLine[], state: LedgerLine["state"]) =>
      String(of.filter((line) => line.state === state).length);
    return [
      enforced ? name : `${name} (not enforced)`,
      String(musts.length),
      count(musts, "tested"),
      count(musts, "listed"),
      count(musts, "missing"),
      String(others.length),
      count(others, "tested"),
      String(lines.reduce((sum, { assertions }) => sum + assertions, 0)),
    ];
  });
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join("  ");
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}
