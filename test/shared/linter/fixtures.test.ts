/** The linter over tables of other implementations: what each does otherwise, and that it breaks no other rule. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { lintTable, readMoved } from "../../linter/lint.ts";
import { DIFFERENCES, type Difference, KNOWN } from "./differences.ts";

const FIXTURES = fileURLToPath(new URL("../../../../shared/fixtures/", import.meta.url));

interface Expected {
  readonly tables: Readonly<Record<string, { readonly metadata: string }>>;
}
const { tables } = JSON.parse(readFileSync(join(FIXTURES, "expected.json"), "utf8")) as Expected;

describe("lintTable() over tables of other implementations", () => {
  it("knows what to expect of each", () => {
    expect(Object.keys(KNOWN)).toEqual(Object.keys(tables));
  });

  it.each(Object.entries(tables))("%s", async (name, { metadata }) => {
    // Files that were added from elsewhere lie beside the table.
    const folder = join(FIXTURES, name === "pyiceberg/added" ? dirname(name) : name);
    const file = join(FIXTURES, name, "metadata", metadata);
    const findings = await lintTable(file, { readFile: await readMoved(folder) });
    const known = KNOWN[name]!;
    const differs = (rule: string, message: string, difference: Difference) =>
      DIFFERENCES[difference][0] === rule && DIFFERENCES[difference][1].test(message);
    const unexpected = findings.filter(
      ({ rule, message }) => !known.some((difference) => differs(rule, message, difference)),
    );
    expect(unexpected.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([]);
    const missing = known.filter(
      (difference) => !findings.some(({ rule, message }) => differs(rule, message, difference)),
    );
    expect(missing, "these are documented and were not found").toEqual([]);
  });

  it.each([
    ["a position", 45, "dv-blob"],
    ["the magic of the file", 0, "puffin-container"],
  ])("%s of a deletion vector changed is found", async (_, at, rule) => {
    const folder = join(FIXTURES, "impala/v3_deletion_vectors");
    const read = await readMoved(folder);
    const readFile = async (location: string) => {
      const bytes = await read(location);
      return location.endsWith(".puffin") ? bytes.with(at, bytes[at]! ^ 1) : bytes;
    };
    const findings = await lintTable(join(folder, "metadata/v3.metadata.json"), { readFile });
    expect(findings.map((finding) => finding.rule)).toContain(rule);
  });
});
